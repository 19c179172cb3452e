"""Customs: which borders need papers, which papers, what lacks; and the papers, read back from the PDF."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pypdfium2
import pytest

from rma.labels.customs import customs_pdf
from rma.labels.words import shipped_texts
from rma.model.customs import (
    CustomsLine,
    Declaration,
    Form,
    Relief,
    declared,
    forms,
    hs_code,
    needs_papers,
    relief,
    zone,
)  # fmt: skip
from rma.model.numbers import new_return_number
from rma.model.orders import Address, CatalogueItem, OrderLine
from rma.model.shipping import Shipment, ShipmentRequest
from rma.texts import LANGUAGES


def at(country: str, code: str | None = None) -> Address:
    return Address(name="Zoë Kłos", line1="1 rue X", city="Ville", postal_code=code, country=country)


@pytest.mark.parametrize(
    ("sender", "recipient", "wanted"),
    [
        (at("DE", "10115"), at("FR", "59100"), False),
        (at("MC", "98000"), at("FR", "59100"), False),
        (at("CH", "8001"), at("FR", "59100"), True),
        (at("LI", "9490"), at("CH", "8001"), False),
        (at("GB", "SW1A 1AA"), at("FR", "59100"), True),
        (at("GB", "BT1 1AA"), at("FR", "59100"), False),  # Northern Ireland, goods
        (at("FR", "59100"), at("GB", "bt1 1aa"), False),
        (at("GB", "BT1 1AA"), at("GB", "SW1A 1AA"), False),
        (at("GB", "SW1A 1AA"), at("GB", "BT1 1AA"), True),
        (at("IM", "IM1 1AA"), at("GB", "SW1A 1AA"), False),
        (at("JE", "JE2 3AB"), at("GB", "SW1A 1AA"), True),
        (at("ES", "28001"), at("FR", "59100"), False),
        (at("ES", "07001"), at("FR", "59100"), False),  # the Balearics
        (at("ES", "35001"), at("ES", "28001"), True),  # the Canaries
        (at("ES", "51001"), at("ES", "28001"), True),  # Ceuta
        (at("ES", "52001"), at("FR", "59100"), True),  # Melilla
        (at("PT", "9000-001"), at("FR", "59100"), False),  # Madeira
        (at("FI", "22100"), at("FI", "00100"), True),  # Åland, also under FI
        (at("AX", "22100"), at("FI", "00100"), True),
        (at("RE", "97400"), at("FR", "59100"), True),
        (at("FR", "97400"), at("FR", "59100"), True),
        (at("GP", "97110"), at("MQ", "97200"), False),
        (at("FR", "97200"), at("GP", "97110"), False),
        (at("RE", "97400"), at("YT", "97600"), True),
        (at("FR", "20000"), at("FR", "59100"), False),  # Corsica
        (at("AD", "AD500"), at("FR", "59100"), True),
        (at("SM", "47890"), at("IT", "00118"), True),
        (at("IT", "23041"), at("IT", "00118"), True),  # Livigno
        (at("DE", "27498"), at("DE", "10115"), True),  # Helgoland
        (at("DE", "78266"), at("CH", "8001"), False),  # Büsingen
        (at("NO", "0150"), at("SE", "11120"), True),
        (at("TR", "34000"), at("DE", "10115"), True),
        (at("US", "10001"), at("PR", "00901"), False),
        (at("US", None), at("CA", "H2X 1Y4"), True),
    ],
)
def test_which_borders_need_papers(sender: Address, recipient: Address, wanted: bool) -> None:
    assert needs_papers(sender, recipient) is wanted


def test_what_the_papers_rest_on() -> None:
    france = at("FR", "59100")
    assert relief(at("CH"), france) is Relief.EU
    assert relief(at("RE", "97400"), france) is Relief.UNION_GOODS
    assert relief(france, at("GB", "SW1A 1AA")) is Relief.UK
    assert relief(france, at("CH")) is Relief.SWITZERLAND and relief(france, at("US")) is Relief.US
    assert relief(france, at("JP")) is Relief.OTHER and zone(at("ES", "35001")) == "ES-CN"


def declaration(**changes: Any) -> Declaration:
    line = CustomsLine(
        title="T-shirt (bleu, M)", quantity=2, hs_code="610910", origin="PT", value=Decimal("39.80"), weight_grams=360
    )
    values: dict[str, Any] = {
        "lines": (line,), "currency": "EUR", "relief": Relief.EU, "invoice": "W2611340",
        "exported": datetime(2026, 11, 1, tzinfo=UTC),
    }  # fmt: skip
    return Declaration(**values | changes)


def dear(value: str, currency: str = "EUR") -> Declaration:
    (line,) = declaration().lines
    return declaration(currency=currency, lines=(line.model_copy(update={"value": Decimal(value)}),))


@pytest.mark.parametrize(
    ("said", "postal", "wanted"),
    [
        (dear("1000.00"), True, (Form.CN23,)),
        (dear("1000.01"), True, (Form.CN23, Form.INVOICE)),
        (dear("900.01", "GBP"), True, (Form.CN23, Form.INVOICE)),
        (dear("1000.01", "USD"), True, (Form.CN23,)),
        (dear("5.00"), False, (Form.INVOICE,)),
    ],
)
def test_which_papers(said: Declaration, postal: bool, wanted: tuple[Form, ...]) -> None:
    assert forms(said, postal) == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("610910", "610910"), ("6109.10", "610910"), ("6109 10 00 10", "6109100010"), ("0901210000", "0901210000"),
        ("61", None), ("61091", None), ("000000", None), ("770000", None), ("61091000100", None), ("coton", None), ("", None),
        (None, None),
    ],
)  # fmt: skip
def test_tariff_numbers(text: str | None, wanted: str | None) -> None:
    assert hs_code(text) == wanted


def line(**changes: Any) -> OrderLine:
    return OrderLine.model_validate({"id": "1", "sku": "S", "name": "Mug", "quantity": 3, "unit_price": "8.00"} | changes)


def item(**changes: Any) -> CatalogueItem:
    return CatalogueItem.model_validate({"sku": "S", "product": "mug", "name": "Mug", "price": "8.00"} | changes)


KNOWN = {"hs_code": "6912.00", "origin": "pt", "weight_grams": "350"}


def test_the_order_says_it_or_the_catalogue_does_or_it_lacks() -> None:
    full = declared(line(**KNOWN), 2, Decimal(16), None)
    assert isinstance(full, CustomsLine) and (full.hs_code, full.origin, full.weight_grams) == ("691200", "PT", 700)
    assert declared(line(), 2, Decimal(16), item(**KNOWN)) == full
    assert declared(line(origin="CN"), 1, Decimal(8), item(**KNOWN)).origin == "CN"  # type: ignore[union-attr]
    found = declared(line(hs_code="cup", origin="Portugal", weight_grams=-1), 1, Decimal(8), None)
    assert isinstance(found, tuple)
    assert [str(one) for one in found] == ["S: hs_code", "S: origin", "S: weight_grams"]


@pytest.mark.parametrize("nonsense", [5.5, [], {"a": 1}, True, "x" * 5000, None, "", "–"])
def test_nonsense_for_customs_never_costs_the_order(nonsense: object) -> None:
    assert line(hs_code=nonsense, origin=nonsense, weight_grams=nonsense).weight_grams is None
    assert item(hs_code=nonsense, origin=nonsense, weight_grams=nonsense).origin is None


def shipment(said: Declaration | None, postal: bool = True, **sender: Any) -> Shipment:
    request = ShipmentRequest(
        return_number=new_return_number(), order_number="W2611340", sender=at("CH", "8001").model_copy(update=sender),
        recipient=at("FR", "59100"), method="label", language="fr", requested_at=datetime(2026, 11, 22, tzinfo=UTC),
        crosses_border=True, customs=said,
    )  # fmt: skip
    return Shipment(
        carrier="retour-post", carrier_name="Retour Post", service="return_parcel", tracking_number="ZR473124829FR",
        created_at=request.requested_at, request=request, postal=postal,
    )  # fmt: skip


def pages(content: bytes) -> list[str]:
    with pypdfium2.PdfDocument(content) as document:
        return [page.get_textpage().get_text_range() for page in document]


def test_a_cn23_says_in_two_languages_what_is_sent_back() -> None:
    made = shipment(declaration(mrn="26FR00012345678901"))
    content = customs_pdf(made)
    (page,) = pages(content)
    assert content == customs_pdf(made)
    for said in (
        "CN 23", "DÉCLARATION EN DOUANE / CUSTOMS DECLARATION", "Zoë Kłos", "T-shirt (bleu, M)", "610910", "PT", "0.360",
        "39.80 EUR", "Retour de marchandises / Returned goods", "952/2013",
        "26FR00012345678901", "W2611340 du 1 nov. 2026", "ZR473124829FR",
        made.request.return_number, "SWITZERLAND",
    ):  # fmt: skip
        assert page.count(said) >= 2, said  # one for each copy
    ticked = [row for row in page.splitlines() if row.strip() == "X"]
    assert len(ticked) <= 2 and page.count("X") >= 2


def test_a_courier_gets_an_invoice_that_is_marked_as_returned() -> None:
    (page,) = pages(customs_pdf(shipment(declaration(), postal=False)))
    for said in ("COMMERCIAL INVOICE", "RETOUR DE MARCHANDISES / RETURNED GOODS", "19.90", "39.80", "DAP Ville", "no sale"):
        assert said in page
    assert "CN 23" not in page


def test_many_goods_fill_as_many_sheets_as_they_need() -> None:
    (one,) = declaration().lines
    lines = tuple(one.model_copy(update={"title": f"Thing {number:02}"}) for number in range(32))
    sheets = pages(customs_pdf(shipment(declaration(lines=lines))))
    cn23, invoices = sheets[:7], sheets[7:]
    assert len(invoices) == 2 and "Sheet 7 of 7" in cn23[6]
    for number in range(32):
        assert sum(sheet.count(f"Thing {number:02}") for sheet in cn23) == 2
        assert sum(sheet.count(f"Thing {number:02}") for sheet in invoices) == 1
    assert "1273.60" in invoices[-1] and all("1273.60 EUR" in sheet for sheet in cn23)


def test_names_of_any_length_and_script_stay_inside() -> None:
    (one,) = declaration().lines
    lines = (one.model_copy(update={"title": "茶碗 " * 60}), one.model_copy(update={"title": "x" * 500}))
    made = shipment(declaration(lines=lines), name="王" * 100, line1="y" * 300, city="z" * 200)
    assert len(pages(customs_pdf(made))) == 1
    assert len(pages(customs_pdf(made.model_copy(update={"postal": False})))) == 1


def test_without_a_declaration_there_is_nothing_to_draw() -> None:
    with pytest.raises(ValueError):
        customs_pdf(shipment(None))


def test_every_word_of_the_forms_is_there_in_both_languages() -> None:
    texts = shipped_texts()
    for key in filter(lambda key: key.startswith("customs_"), texts.keys()):
        assert all(texts.wordings(key, language) for language in LANGUAGES)
    assert all(f"customs_relief_{basis}" in texts for basis in Relief)
