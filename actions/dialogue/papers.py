"""What is shown beside a text: the papers of a return."""

from rma.model.codes import Method
from rma.model.conversations import Attachment
from rma.model.returns import Return


def label_attachments(rma: Return) -> list[Attachment]:
    """The label, and for printerless drop-off the code to show first."""
    if rma.label is None:
        return []
    label = Attachment(kind="label", ref=rma.number)
    return [Attachment(kind="qr", ref=rma.number), label] if rma.method is Method.QR else [label]
