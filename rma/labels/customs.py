"""The customs papers of a shipment in one PDF: which forms they are depends on who carries it and on what it is worth."""

from rma.labels.cn23 import cn23_pages
from rma.labels.customs_invoice import invoice_pages
from rma.labels.customs_words import declared
from rma.labels.pdf import paint
from rma.model.customs import Form, forms
from rma.model.shipping import Shipment
from rma.texts import Texts

_DRAWN = {Form.CN23: cn23_pages, Form.INVOICE: invoice_pages}


def customs_pdf(shipment: Shipment, texts: Texts | None = None) -> bytes:
    """A4. The same shipment gives the same bytes as long as the texts stay. Raises ValueError without a declaration."""
    wanted = forms(declared(shipment), shipment.postal)
    return paint(*(page for form in wanted for page in _DRAWN[form](shipment, texts)))
