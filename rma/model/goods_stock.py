"""What came back of an article and can be sold again, as staff ask for it."""

from datetime import datetime

from pydantic import BaseModel


class StockEntry(BaseModel):
    """A row of the embedded ledger: units that came (or, less than zero, went), and why."""

    quantity: int
    cause: str
    at: datetime


class ReturnedStock(BaseModel):
    """`restocked` units were accepted to be sold again, of which the shop was `told` so far. `moves` are the latest of the embedded
    ledger, the newest first, and `moved` their sum with all before; both stay empty where another platform keeps the stock."""

    sku: str
    name: str | None
    available: bool | None
    """Whether the catalogue says that it can be bought; None for an article that it does not know."""
    restocked: int
    told: int
    moved: int
    moves: list[StockEntry]
