"""Labels drawn from a Shipment: the same shipment gives the same bytes. Nothing here talks to a carrier or a database."""

from rma.labels.render import label_pdf, label_png, label_zpl, qr_pdf, qr_png

__all__ = ["label_pdf", "label_png", "label_zpl", "qr_pdf", "qr_png"]
