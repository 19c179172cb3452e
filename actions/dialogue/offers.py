"""The variants of a product: all that the catalogue knows, and those that are there."""

from decimal import Decimal

from actions.dialogue.context import Dialogue
from rma.model.conversations import ChoiceOption
from rma.model.orders import CatalogueItem, OrderLine


async def every_variant(d: Dialogue, line: OrderLine) -> list[CatalogueItem]:
    """The variants of a line's product, sold out or not."""
    async with d.container.transactions() as uow:
        return list(await uow.catalogue.variants(line.sku))


def in_stock(every: list[CatalogueItem], line: OrderLine) -> list[CatalogueItem]:
    """Those that are there, the nearest to the line first."""
    return sorted(
        (variant for variant in every if variant.available),
        key=lambda variant: -sum(variant.variant.get(key) == value for key, value in line.variant.items()),
    )


async def available_variants(d: Dialogue, line: OrderLine) -> list[CatalogueItem]:
    """What a line can be exchanged for: variants of its product that are in stock, the nearest to it first."""
    return in_stock(await every_variant(d, line), line)


def option(d: Dialogue, variant: CatalogueItem, line: OrderLine, currency: str) -> ChoiceOption:
    """What differs, and what it costs more or less: "blue, L (+€5.00)"."""
    names = d.variant(variant.variant) or variant.name
    if variant.sku == line.sku:
        names = d.plain_text("same_again", variant=names)
    difference = price_difference(variant, line)
    if difference:
        names = f"{names} ({'+' if difference > 0 else '−'}{d.money(abs(difference), currency)})"
    return ChoiceOption(label=names, value=variant.sku)


def price_difference(variant: CatalogueItem, line: OrderLine) -> Decimal:
    """A unit of `variant` less what a unit of the line cost before discounts; tax included, in the order's currency."""
    return variant.price - line.unit_price
