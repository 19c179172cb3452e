"""Papers as carriers send them: what they are is read from their first bytes, not from what is said of them."""

from rma.model.carrying import Drawn
from rma.model.shipping import CarrierPaper

LARGEST = 8_000_000
"""Bytes."""
_BEGINNINGS = (
    (b"%PDF-", "application/pdf"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"^XA", "application/zpl"),
    (b"\x10CT~~CD", "application/zpl"),
)


def drawn(kind: str, content: bytes) -> Drawn | None:
    """None for what is no paper that we can give on."""
    if len(content) > LARGEST:
        return None
    start = content[:1024].lstrip(b"\xef\xbb\xbf \r\n\t")
    for beginning, mime in _BEGINNINGS:
        if start.startswith(beginning):
            return Drawn(paper=CarrierPaper.model_validate({"kind": kind, "mime": mime}), content=content)
    return None
