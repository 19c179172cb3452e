"""What is shown beside a text: the papers of a return."""

from actions.dialogue.context import Dialogue
from rma.model.codes import Method, ReturnStatus
from rma.model.conversations import Attachment
from rma.model.orders import Order
from rma.model.returns import Return
from rma.service.declaring import has_papers

TO_SEND = frozenset({ReturnStatus.APPROVED, ReturnStatus.LABEL_ISSUED})
"""Statuses in which a label is still of use."""


def is_late(d: Dialogue, order: Order, rma: Return) -> bool:
    """Whether the last day to send it is past, and the return not closed for it yet."""
    if rma.status is not ReturnStatus.LABEL_ISSUED or rma.send_by is None:
        return False
    return rma.send_by < d.local_day(order, d.now)


def tell_label_again(d: Dialogue, order: Order, rma: Return) -> None:
    key = "label_again_late" if is_late(d, order, rma) else "label_again"
    d.say(key, attachments=label_attachments(rma), number=rma.number, date=d.day(rma.send_by))
    tell_more_time(d, order, rma)


def tell_more_time(d: Dialogue, order: Order, rma: Return) -> None:
    """That there can be more time, to who is late and had none yet."""
    if is_late(d, order, rma) and d.container.expiry.why_not(rma) is None:
        d.say("more_time_possible")


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
