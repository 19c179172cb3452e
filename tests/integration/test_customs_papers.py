"""A return that crosses a customs border: its papers are in the mail with the label, at an address of their own, in the
conversation; and while the shop has not said what customs wants, a label without papers, an event and a word in `retour doctor`."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
import pytest_asyncio

from retour.checks import _customs
from rma.bootstrap import Container
from rma.model.codes import Language
from rma.model.errors import NotFound
from rma.model.outgoing import Kind, Paper
from rma.model.returns import Return
from rma.service.declaring import LACKING
from tests.fixtures.talking import Talk, outbox
from tests.integration.gateway_kit import Shop, open_shop
from tests.integration.notice_shop import Clock, document, opened
from tests.integration.test_tracking import sent_back

pytest_plugins = "tests.integration.gateway_kit"

ZURICH = {"name": "Noémie Müller", "line1": "Bahnhofstrasse 1", "city": "Zürich", "postal_code": "8001", "country": "CH"}
FACTS = {"hs_code": "6912.00", "origin": "PT", "weight_grams": 350}
CATALOGUE = {"sku": "S-2", "product": "mug", "name": "Mug", "price": "8.00", "currency": "EUR"}


@pytest_asyncio.fixture
async def container(sqlite_url: str) -> AsyncIterator[Container]:
    async with opened(sqlite_url, Clock()) as container:
        yield container


@pytest_asyncio.fixture
async def shop(container: Container) -> AsyncIterator[Shop]:
    async with open_shop(container) as shop:
        yield shop


async def swiss(container: Container, number: str = "CH1", **facts: Any) -> Return:
    lines = document()["lines"]
    lines[1] |= facts
    return await sent_back(container, number, shipping_address=ZURICH, lines=lines, export_mrn="26FR00012345678901",
                           customer={"phone": "+41791234567"})  # fmt: skip


def text_of(content: bytes) -> str:
    with pypdfium2.PdfDocument(content) as pdf:
        return "\n".join(page.get_textpage().get_text_range() for page in pdf)


async def test_the_papers_come_with_the_label(shop: Shop) -> None:
    rma = await swiss(shop.container, **FACTS)
    (mail,) = [message for message in await outbox(shop.container) if message.kind is Kind.LABEL]
    assert [paper.kind for paper in mail.papers] == ["label", "customs"] and "douan" in mail.text
    drawn = [await shop.container.papers.draw(Paper(kind=paper.kind, ref=paper.ref)) for paper in mail.papers]
    assert [paper.filename for paper in drawn] == [f"{rma.number}.pdf", f"{rma.number}-customs.pdf"]
    said = text_of(drawn[1].content)
    assert "691200" in said and "Noémie Müller" in said and "8.00 EUR" in said and "26FR00012345678901" in said
    token = shop.container.links.token("customs", rma.number)
    assert f"/labels/{token}.pdf" in mail.text
    answer = await shop.client.get(f"/labels/{token}.pdf")
    assert answer.status == 200 and await answer.read() == drawn[1].content
    assert answer.headers["Content-Disposition"] == f'inline; filename="{rma.number}-customs.pdf"'
    for form in ("png", "zpl"):
        assert (await shop.client.get(f"/labels/{token}.{form}")).status == 404


async def test_inside_a_customs_union_there_are_none(shop: Shop) -> None:
    rma = await sent_back(shop.container, "FR1")
    (mail,) = [message for message in await outbox(shop.container) if message.kind is Kind.LABEL]
    assert [paper.kind for paper in mail.papers] == ["label"] and "douan" not in mail.text
    token = shop.container.links.token("customs", rma.number)
    assert (await shop.client.get(f"/labels/{token}.pdf")).status == 404


async def test_what_lacks_is_said_and_no_wrong_form_is_drawn(shop: Shop, container: Container) -> None:
    rma = await swiss(container, origin="PT")
    assert rma.label and rma.events[-1].kind == LACKING
    assert rma.events[-1].detail == {"lacking": ["S-2: hs_code", "S-2: weight_grams"]}
    with pytest.raises(NotFound, match="hs_code"):
        await container.papers.draw(Paper(kind="customs", ref=rma.number))
    token = container.links.token("customs", rma.number)
    assert (await shop.client.get(f"/labels/{token}.pdf")).status == 404
    assert await container.customs.lacking() == {rma.number: ["S-2: hs_code", "S-2: weight_grams"]}
    finding = await asyncio.to_thread(_customs, container.settings)
    assert not finding.ok and "S-2: hs_code" in finding.detail
    # The shop fills it in, and the papers are there.
    await container.shop.load({"catalogue": [CATALOGUE | FACTS]})
    assert await container.customs.lacking() == {}
    assert (await asyncio.to_thread(_customs, container.settings)).ok
    answer = await shop.client.get(f"/labels/{token}.pdf")
    assert answer.status == 200 and "691200" in text_of(await answer.read())


async def test_the_weight_of_the_goods_is_on_the_label(container: Container) -> None:
    rma = await swiss(container, **FACTS)
    assert container.returns.shipment(rma).request.weight_grams == 350


@pytest.mark.parametrize(("language", "said"), [(Language.EN, "customs border"), (Language.FR, "frontière douanière")])
async def test_the_assistant_gives_them_with_the_label(container: Container, language: Language, said: str) -> None:
    rma = await swiss(container, **FACTS)
    talk = await Talk.begin(container, language, order_id=rma.order_id, last_return=rma.number)
    words = "I lost the label" if language is Language.EN else "j'ai perdu l'étiquette"
    await talk.say(words, "resend_label", 0.9)
    texts = [message for message in talk.said if said in message.text]
    assert len(texts) == 1 and [item.kind for item in texts[0].attachments] == ["customs"]


async def test_a_text_message_has_their_address(sqlite_url: str, tmp_path: Path) -> None:
    notices = {"notices": {"label": ["sms"]}}
    async with opened(sqlite_url, Clock(), tmp_path, **notices) as container:
        rma = await swiss(container, **FACTS)
        (text,) = [message for message in await outbox(container) if message.kind is Kind.LABEL]
        assert container.links.url("customs", rma.number) in text.text and len(text.text) < 320
