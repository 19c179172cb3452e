"""What is shown beside a text: the papers of a return."""

from actions.dialogue.context import Dialogue
from rma.model.codes import Method
from rma.model.conversations import Attachment
from rma.model.returns import Return
from rma.service.declaring import has_papers


def label_attachments(rma: Return) -> list[Attachment]:
    """The label, and for printerless drop-off the code to show first."""
    if rma.label is None:
        return []
    label = Attachment(kind="label", ref=rma.number)
    return [Attachment(kind="qr", ref=rma.number), label] if rma.method is Method.QR else [label]


def tell_customs(d: Dialogue, rma: Return) -> None:
    """What goes on the parcel beside the label where it crosses a customs border."""
    if has_papers(rma):
        d.say("customs_papers", attachments=[Attachment(kind="customs", ref=rma.number)])
