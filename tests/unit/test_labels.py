"""Labels, read back by programs that know nothing of how they were drawn: zbar for the codes, poppler for the PDF."""

import io
import re
import shutil
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from PIL import Image, ImageChops

from rma.labels import label_pdf, label_png, label_zpl, qr_pdf, qr_png
from rma.labels.clean import printable
from rma.labels.elements import DOT, Code128, Qr, Text, matrix
from rma.labels.fonts import em_width
from rma.labels.layout import EDGE, HEIGHT, WIDTH, label_page
from rma.model.codes import Language, Method
from rma.model.numbers import new_return_number, s10
from rma.model.orders import Address
from rma.model.shipping import Shipment, ShipmentRequest

FRENCH = Address(
    name="Éléonore Lefèvre-Muñoz",
    line1="12 rue de l’Œuvre",
    line2="Bâtiment C, 3e étage",
    city="Lyon",
    postal_code="69001",
    country="FR",
)
WAREHOUSE = Address(name="Demo returns", line1="7 quai des Vents", city="Gonesse", postal_code="95500", country="FR")
HOSTILE = "^XZ^XA^FO0,0^FDowned^FS~JR\n\r\x00\x1b\u202e\\&_5E_7E"
ENDLESS = Address(
    name="W" * 500,
    line1="Donaudampfschifffahrtselektrizitätenhauptbetriebswerk " * 9,
    line2=HOSTILE * 9,
    city="Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch",
    state="Wales",
    postal_code="LL61 5UJ",
    country="GB",
)
SCRIPTS = {
    "greek": ("Νίκος Παπαδόπουλος", "Αθήνα"),
    "cyrillic": ("Вячеслав Іваненко", "Київ"),
    "polish": ("Łukasz Żółć", "Łódź"),
    "vietnamese": ("Nguyễn Thị Hằng", "Huế"),
}


def shipment(**changes: object) -> Shipment:
    serial = 47_312_482
    values: dict[str, object] = {
        "return_number": new_return_number(),
        "order_number": "W2611340",
        "sender": FRENCH,
        "recipient": WAREHOUSE,
        "method": Method.LABEL,
        "language": Language.FR,
        "requested_at": datetime(2026, 11, 22, 10, tzinfo=UTC),
        "send_by": date(2026, 12, 6),
        "weight_grams": 1250,
        "contents": ("Lingerie en soie",),
    }
    asked = ShipmentRequest.model_validate(values | changes)
    return Shipment(
        carrier="retour-post",
        carrier_name="Retour Post",
        service="return_parcel",
        tracking_number=s10("ZR", serial, "FR"),
        created_at=asked.requested_at,
        request=asked,
    )


def tool(name: str, package: str) -> str:
    path = shutil.which(name)
    if not path:
        pytest.skip(f"{name} is missing: apt-get install {package}")
    return path


def decoded(png: bytes, folder: Path) -> set[str]:
    """What zbar reads in a picture, as 'CODE-128:...' and 'QR-Code:...'."""
    reader = tool("zbarimg", "zbar-tools")
    path = folder / "page.png"
    path.write_bytes(png)
    done = subprocess.run([reader, "-q", path], capture_output=True, text=True, check=False, timeout=60)
    return set(done.stdout.split("\n")) - {""}


def rasterised(pdf: bytes, folder: Path, dpi: int) -> bytes:
    """The first page as poppler, not our own renderer, draws it."""
    draw = tool("pdftoppm", "poppler-utils")
    (folder / "page.pdf").write_bytes(pdf)
    command = [draw, "-r", str(dpi), "-png", "-singlefile", str(folder / "page.pdf"), str(folder / "drawn")]
    subprocess.run(command, check=True, timeout=60)
    return (folder / "drawn.png").read_bytes()


def extracted(pdf: bytes, folder: Path) -> str:
    read = tool("pdftotext", "poppler-utils")
    (folder / "page.pdf").write_bytes(pdf)
    return subprocess.run(
        [read, "-layout", folder / "page.pdf", "-"], capture_output=True, check=True, timeout=60
    ).stdout.decode()


def codes(made: Shipment) -> set[str]:
    return {f"CODE-128:{made.tracking_number}", f"CODE-128:{made.request.return_number}", f"QR-Code:{made.qr_text}"}


URL = "https://shop.example.com/returns/RT-2V7KBX5Y?token=" + "Ab3-_" * 25


@pytest.mark.parametrize("changes", [{}, {"drop_off_url": URL}, {"sender": ENDLESS, "recipient": ENDLESS}])
@pytest.mark.parametrize("dpi", [203, 300])
def test_codes_are_read_from_the_png(tmp_path: Path, dpi: int, changes: dict[str, object]) -> None:
    made = shipment(**changes)
    png = label_png(made, dpi=dpi)
    assert Image.open(io.BytesIO(png)).size == (4 * dpi, 6 * dpi)
    assert decoded(png, tmp_path) == codes(made)


@pytest.mark.parametrize("dpi", [150, 203, 300, 600])
def test_codes_are_read_from_the_pdf_drawn_by_another_renderer(tmp_path: Path, dpi: int) -> None:
    made = shipment(drop_off_url="https://shop.example.com/r/RT-2V7KBX5Y")
    assert decoded(rasterised(label_pdf(made), tmp_path, dpi), tmp_path) == codes(made)


@pytest.mark.parametrize("dpi", [203, 300])
def test_many_numbers_are_read(tmp_path: Path, dpi: int) -> None:
    # Digit pairs change how Code 128 packs a number; the first three were unreadable when each bar was drawn on its own.
    for number in ("RT-YMBYYB3T", "RT-KYA35S27", "RT-0R6M9MRM", *(new_return_number() for _ in range(9))):
        made = shipment(return_number=number)
        assert decoded(label_png(made, dpi), tmp_path) == codes(made)


def test_labels_drawn_at_the_same_time_do_not_mix() -> None:
    made = [shipment() for _ in range(12)]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(label_png, made)) == [label_png(one) for one in made]


def test_the_page_is_one_page_of_four_by_six_inches_with_its_fonts_inside(tmp_path: Path) -> None:
    info, fonts = tool("pdfinfo", "poppler-utils"), tool("pdffonts", "poppler-utils")
    pdf = label_pdf(shipment())
    (tmp_path / "page.pdf").write_bytes(pdf)
    told = subprocess.run([info, tmp_path / "page.pdf"], capture_output=True, text=True, check=True).stdout
    assert re.search(r"Page size:\s+288 x 432 pts", told) and re.search(r"Pages:\s+1\n", told)
    assert b"/PrintScaling /None" in pdf
    rows = subprocess.run(
        [fonts, tmp_path / "page.pdf"], capture_output=True, text=True, check=True
    ).stdout.splitlines()[2:]
    assert rows and all("TrueType" in row and re.search(r" yes yes yes ", row) for row in rows), rows


def test_the_text_of_the_label(tmp_path: Path) -> None:
    made = shipment()
    text = extracted(label_pdf(made), tmp_path)
    for part in (
        "Éléonore Lefèvre-Muñoz", "12 rue de l’Œuvre", "Bâtiment C, 3e étage", "69001 Lyon", "FRANCE", "Demo returns",
        "7 quai des Vents", "95500 Gonesse", "RETOUR POST", "Colis retour", "W2611340", "6 déc. 2026", "1,3 kg",
        "À envoyer au plus tard le", "ZR 473 124 829 FR", made.request.return_number,
    ):  # fmt: skip
        assert part in text, part
    assert "Lingerie" not in text, "what is inside is nobody's business on the way"


def test_the_label_speaks_english_and_knows_other_countries_addresses(tmp_path: Path) -> None:
    american = Address(name="Ann Lee", line1="1 Main St", city="Austin", state="TX", postal_code="73301", country="US")
    british = Address(name="Returns", line1="2 Dock Rd", city="Leeds", postal_code="LS1 4AP", country="GB")
    text = extracted(label_pdf(shipment(language="en", sender=american, recipient=british)), tmp_path)
    for part in ("Austin, TX 73301", "UNITED STATES", "UNITED KINGDOM", "Send by", "6 Dec 2026", "1.3 kg", "US – GB"):
        assert part in text, part
    assert re.search(r"Leeds\s*\n\s*LS1 4AP", text)


@pytest.mark.parametrize("script", SCRIPTS)
def test_other_scripts_are_set_in_their_own_letters(tmp_path: Path, script: str) -> None:
    name, city = SCRIPTS[script]
    text = extracted(label_pdf(shipment(sender=FRENCH.model_copy(update={"name": name, "city": city}))), tmp_path)
    assert name in text and city in text


@pytest.mark.parametrize(
    "name", ["محمد بن سلمان", "שרה כהן", "สมชาย ใจดี", "अमित शर्मा", "田中太郎 3F", "김철수", "🦊🦊", "ꦲꦏ᪥"]
)
@pytest.mark.parametrize("draw", [label_pdf, label_zpl], ids=["pdf", "zpl"])
def test_any_script_leaves_ink_and_never_an_error(name: str, draw: Callable[[Shipment], object]) -> None:
    without = FRENCH.model_copy(update={"name": None})
    drawn = draw(shipment(return_number="RT-2V7KBX5Y", sender=FRENCH.model_copy(update={"name": name})))
    assert drawn != draw(shipment(return_number="RT-2V7KBX5Y", sender=without))


@pytest.mark.parametrize("who", [FRENCH, ENDLESS])
@pytest.mark.parametrize("language", list(Language))
def test_nothing_leaves_its_place(who: Address, language: Language) -> None:
    page = label_page(
        shipment(sender=who, recipient=who, language=language, order_number="#" + "9" * 99, drop_off_url=URL)
    )
    texts = [element for element in page.elements if isinstance(element, Text)]
    for text in texts:
        assert em_width(text.text, text.bold) * text.size <= text.width + 0.1, text
        assert text.left >= EDGE and text.left + text.width <= WIDTH - EDGE, text
        assert EDGE + text.size * 0.7 <= text.y <= HEIGHT - EDGE - 2, text
    assert sum("GB" in text.text or text.text in ("LL61 5UJ", "69001 Lyon") for text in texts) >= 2, (
        "the code always prints"
    )
    for one in page.elements:
        if isinstance(one, Code128):
            quiet = 10 * one.dots * DOT
            assert one.x - quiet >= EDGE and one.x + one.width + quiet <= WIDTH - EDGE + 0.01
            _nothing_near(texts, one.x - quiet, one.y, one.width + 2 * quiet, one.height)
        elif isinstance(one, Qr):
            quiet, side = 4 * one.dots * DOT, len(matrix(one.data)) * one.dots * DOT
            _nothing_near(texts, one.x - quiet, one.y - quiet, side + 2 * quiet, side + 2 * quiet)


def _nothing_near(texts: list[Text], x: float, y: float, width: float, height: float) -> None:
    for text in texts:
        top, drawn = text.y - text.size * 0.75, em_width(text.text, text.bold) * text.size
        left = text.x - {"left": 0, "centre": drawn / 2, "right": drawn}[text.align]
        apart = left > x + width or left + drawn < x or top > y + height or text.y < y
        assert apart, text


def test_the_same_shipment_gives_the_same_bytes() -> None:
    made = shipment()
    again = Shipment.model_validate_json(made.model_dump_json())
    assert (
        label_pdf(made) == label_pdf(again)
        and label_png(made) == label_png(again)
        and label_zpl(made) == label_zpl(again)
    )


ZPL_COMMANDS = {
    "XA",
    "CI",
    "PW",
    "LL",
    "LH",
    "PQ",
    "FO",
    "GB",
    "FR",
    "A0",
    "FB",
    "FH",
    "FD",
    "FS",
    "BY",
    "BC",
    "BQ",
    "GF",
    "XZ",
}


@pytest.mark.parametrize(
    "changes", [{}, {"sender": ENDLESS, "recipient": ENDLESS, "order_number": HOSTILE, "drop_off_url": URL}]
)
def test_zpl_says_what_it_should_and_nothing_else(changes: dict[str, object]) -> None:
    made = shipment(**changes)
    zpl = label_zpl(made)
    assert zpl.isascii() and "~" not in zpl and "\x1b" not in zpl
    assert {zpl[at.end() : at.end() + 2] for at in re.finditer(r"\^", zpl)} <= ZPL_COMMANDS
    assert zpl.count("^XA") == zpl.count("^XZ") == 1 and zpl.startswith("^XA\n^CI28\n^PW812\n^LL1218\n")
    assert zpl.count("^FO") == zpl.count("^FS")
    fields = {_unescaped(field) for field in re.findall(r"\^BC[^^]*\^FH_\^FD([^^]*)\^FS", zpl)}
    assert fields == {made.tracking_number, made.request.return_number}
    (qr,) = re.findall(r"\^BQN,2,\d+\^FH_\^FD([^^]*)\^FS", zpl)
    assert _unescaped(qr) == f"MA,{made.qr_text}"
    if not changes:
        printed = {_unescaped(field) for field in re.findall(r"\^FH_\^FD([^^]*)\^FS", zpl)}
        assert {"Éléonore Lefèvre-Muñoz", "12 rue de l’Œuvre", "95500 Gonesse", "ZR 473 124 829 FR"} <= printed


def _unescaped(field: str) -> str:
    return re.sub(rb"_([0-9A-F]{2})", lambda found: bytes([int(found[1], 16)]), field.encode()).decode()


def test_zpl_stays_on_the_label() -> None:
    zpl = label_zpl(shipment(sender=ENDLESS, recipient=FRENCH.model_copy(update={"name": "محمد بن سلمان"})))
    for x, y, rest in re.findall(r"\^FO(\d+),(\d+)([^\n]*)", zpl):
        box = re.search(r"\^GB(\d+),(\d+)", rest) or re.search(r"\^FB(\d+),(1)", rest)
        width, height = (int(box[1]), int(box[2])) if box else (0, 0)
        if graphic := re.search(r"\^GFA,(\d+),\d+,(\d+),([0-9A-F]*)\^FS", rest):
            total, row = int(graphic[1]), int(graphic[2])
            width, height = row * 8, total // row
            assert len(graphic[3]) == 2 * total and "F" in graphic[3]
        assert int(x) + width <= 812 and int(y) + height <= 1218, rest


def test_the_page_for_the_counter(tmp_path: Path) -> None:
    made = shipment(method="qr", drop_off_url="https://shop.example.com/r/RT-2V7KBX5Y")
    png = qr_png(made, ["Déposez le colis au point relais de la gare."])
    assert Image.open(io.BytesIO(png)).size == (1080, 1920)
    assert decoded(png, tmp_path) == {f"QR-Code:{made.qr_text}"}
    assert decoded(qr_png(made, width=360), tmp_path) == {f"QR-Code:{made.qr_text}"}
    text = extracted(qr_pdf(made, ["Déposez le colis au point relais de la gare."]), tmp_path)
    assert "Déposez le colis au point relais de la gare." in " ".join(text.split())
    assert "Lefèvre" not in text and "Lyon" not in text, "it is shown in public"
    assert "Conservez le reçu" in extracted(qr_pdf(made), tmp_path)


def test_a_torn_qr_is_still_read(tmp_path: Path) -> None:
    made = shipment()
    image = Image.open(io.BytesIO(label_png(made, dpi=300)))
    (qr,) = [element for element in label_page(made).elements if isinstance(element, Qr)]
    corner = (qr.x + qr.width * 0.8) * 300 / 72, (qr.y + qr.width * 0.8) * 300 / 72
    image.paste(255, (round(corner[0]), round(corner[1]), image.width - 40, image.height - 60))
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    assert f"QR-Code:{made.qr_text}" in decoded(buffer.getvalue(), tmp_path)


def test_text_from_outside_becomes_one_visible_line() -> None:
    assert printable(None) == printable(" \n\u200b\x00 ") == ""
    assert printable("a\nb\tc\u2028d\u00a0e") == "a b c d e"
    assert printable("\u202ereversed\ud800") == "reversed"
    assert printable("e\u0301") == "é" and len(printable("x" * 10**6)) == 200


@pytest.mark.parametrize("call", [lambda made: label_png(made, dpi=10), lambda made: qr_png(made, width=10**6)])
def test_absurd_sizes_are_refused(call: Callable[[Shipment], bytes]) -> None:
    with pytest.raises(ValueError, match="choose"):
        call(shipment())


def test_both_renderers_draw_the_same(tmp_path: Path) -> None:
    made = shipment()
    ours = Image.open(io.BytesIO(label_png(made))).convert("L")
    theirs = Image.open(io.BytesIO(rasterised(label_pdf(made), tmp_path, 203))).convert("L")
    assert ours.size == theirs.size
    difference = ImageChops.difference(ours, theirs).point(lambda level: 255 if level > 160 else 0)
    assert difference.histogram()[255] < 0.01 * ours.width * ours.height
