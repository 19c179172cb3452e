"""What scanners and RFID readers send, read as one thing. The examples are GS1's own (Tag Data Standard, Digital Link Standard)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import ean

from rma.model.epc import Epc, is_epc, line_of, lines_of, read_epc
from rma.model.errors import Refused
from rma.model.gtin import gtin14
from rma.model.orders import Order

COCOA, GS = "09506000134352", "\x1d"


@pytest.mark.parametrize(
    ("text", "gtin", "serial"),
    [
        ("3034257BF7194E4000001A85", "80614141123458", "6789"),
        ("3034 257b f719 4e40 0000 1a85", "80614141123458", "6789"),
        ("0x3034257BF7194E4000001A85", "80614141123458", "6789"),
        ("3674257BF6B7A659B2C2BF1000000000000000000000000000", "70614141123451", "32a/b"),
        ("3674257BF6B7A659B2C2BF100000000000000000000000000000", "70614141123451", "32a/b"),
        ("urn:epc:id:sgtin:0614141.812345.6789", "80614141123458", "6789"),
        ("URN:EPC:ID:SGTIN:0614141.712345.32a%2Fb", "70614141123451", "32a/b"),
        ("urn:epc:tag:sgtin-96:3.0614141.812345.6789", "80614141123458", "6789"),
        ("urn:epc:tag:sgtin-198:3.0614141.712345.32a%2Fb", "70614141123451", "32a/b"),
        ("urn:epc:idpat:sgtin:0614141.812345.*", "80614141123458", None),
        (f"https://id.gs1.org/01/{COCOA}", COCOA, None),
        (f"https://id.gs1.org/01/{COCOA}/21/12345", COCOA, "12345"),
        (f"HTTPS://shop.example/some/where/01/{COCOA}/10/ABC/21/12%2F45?17=281231&utm_source=x", COCOA, "12/45"),
        (f"(01){COCOA}(21)ABC123", COCOA, "ABC123"),
        (f"(01) {COCOA} (21) AB (10) LOT", COCOA, "AB"),
        (f"]C101{COCOA}21AB{GS}10LOT", COCOA, "AB"),
        (f"]d201{COCOA}1728123121AB/c", COCOA, "AB/c"),
        (f"{GS}01{COCOA}10LOT{GS}21AB", COCOA, "AB"),
        (f"01{COCOA}21ABC123", COCOA, "ABC123"),
        (f"01{COCOA}2112345", COCOA, "12345"),
        ("9506000134352", COCOA, None),
        ("]E09506000134352", COCOA, None),
        (" 9 506000-134352\r\n", COCOA, None),
        ("012345678905", "00012345678905", None),
        ("96385074", "00000096385074", None),
    ],
)
def test_every_form_reads_as_gtin_and_serial(text: str, gtin: str, serial: str | None) -> None:
    assert read_epc(text) == Epc(gtin, serial)
    assert read_epc(read_epc(text).uri) == Epc(gtin, serial)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "nothing was read"),
        ("RT-7K3M9QX4", "not a code of an item"),
        ("W2611340", "not a code of an item"),
        ("JJFR000000000FR", "not a code of an item"),
        ("9506000134353", "check digit"),
        ("12345", "8, 12, 13 or 14 digits"),
        ("٩٥٠٦٠٠٠١٣٤٣٥٢", "not a code of an item"),
        ("(01)09506000134353(21)1", "check digit"),
        ("(00)006141411234567890", "no GTIN"),
        (f"(01){COCOA}(21){'x' * 21}", "GS1 elements"),
        (f"https://id.gs1.org/01/{COCOA}/21/{'x' * 21}", "Digital Link"),
        ("https://shop.example/products/cocoa", "Digital Link"),
        ("urn:epc:id:sscc:0614141.1234567890", "not of an item"),
        ("urn:epc:id:sgtin:0614141.812345", "as GS1 writes it"),
        ("urn:epc:id:sgtin:06141.81234567.1", "as GS1 writes it"),
        ("urn:isbn:9780141036144", "not of an item"),
        ("3034257BF7194E4000001A8", "not a code of an item"),
        ("3134257BF4499602D2000000", "not of an item"),
        ("30FFFFFFFFFFFFFFFFFFFFFF", "memory"),
        ("3" * 501, "too long"),
    ],
)
def test_anything_else_is_refused_with_a_reason(text: str, why: str) -> None:
    with pytest.raises(Refused, match=why):
        read_epc(text)
    assert not is_epc(text)


@given(st.text(max_size=80) | st.text("0123456789ABCDEFabcdef:()/.%]\x1d", max_size=60))
def test_nothing_that_is_scanned_breaks_it(text: str) -> None:
    try:
        epc = read_epc(text)
    except Refused:
        return
    assert gtin14(epc.gtin) == epc.gtin


BITS = {12: 40, 11: 37, 10: 34, 9: 30, 8: 27, 7: 24, 6: 20}
"""Of a company prefix, by its digits; prefix and item reference share 44 (Tag Data Standard, SGTIN partition table)."""


@given(st.integers(6, 12), st.integers(0, 10**13 - 1), st.integers(0, 2**38 - 1), st.integers(0, 7))
def test_a_tag_says_what_was_written_to_it(prefix: int, number: int, serial: int, filter_value: int) -> None:
    digits = f"{number:013}"  # indicator, company prefix, item reference
    company, item = digits[1 : 1 + prefix], digits[0] + digits[1 + prefix :]
    numbers = f"{int(company):0{BITS[prefix]}b}{int(item):0{44 - BITS[prefix]}b}{serial:038b}"
    bits = f"{0x30:08b}{filter_value:03b}{12 - prefix:03b}{numbers}"
    expected = Epc(digits + ean.calc_check_digit(digits), str(serial))
    assert read_epc(f"{int(bits, 2):024X}") == expected
    assert read_epc(f"urn:epc:id:sgtin:{company}.{item}.{serial}") == expected


def order(*lines: dict[str, object]) -> Order:
    document = {
        "number": "W1", "status": "delivered", "currency": "EUR", "market": "FR", "placed_at": "2026-11-01T10:00:00+01:00",
        "customer": {"name": "Noah"}, "shipping_address": {"line1": "1 rue X", "city": "Lyon", "country": "FR"},
        "lines": [
            {"id": str(place), "name": "Cocoa", "quantity": 1, "unit_price": "9.90", **line} for place, line in enumerate(lines, 1)
        ],
    }  # fmt: skip
    return Order.model_validate(document)


def test_an_item_is_found_by_the_lines_gtin_the_catalogues_or_the_sku() -> None:
    epc = Epc(COCOA, "7")
    assert line_of(order({"sku": "TEA"}, {"sku": "COCOA", "gtin": "9506000134352"}), epc).id == "2"  # type: ignore[union-attr]
    assert line_of(order({"sku": "TEA"}, {"sku": "COCOA"}), epc, {"COCOA": "9506000134352"}).id == "2"  # type: ignore[union-attr]
    assert line_of(order({"sku": "TEA"}, {"sku": "9506000134352"}), epc).id == "2"  # type: ignore[union-attr]
    assert line_of(order({"sku": "COCOA"}), epc) is None
    # What the line says counts, whatever its SKU looks like.
    assert line_of(order({"sku": "9506000134352", "gtin": "96385074"}), epc) is None
    twice = order({"sku": "COCOA", "gtin": COCOA}, {"sku": "COCOA", "gtin": COCOA})
    assert [line.id for line in lines_of(twice, epc)] == ["1", "2"]


@pytest.mark.parametrize("gtin", ["", "12", "9506000134353", None, [], True, "n/a"])
def test_an_order_with_a_wrong_gtin_is_an_order_without_one(gtin: object) -> None:
    assert order({"sku": "COCOA", "gtin": gtin}).lines[0].gtin is None
    assert order({"sku": "COCOA", "gtin": 9506000134352}).lines[0].gtin == COCOA
