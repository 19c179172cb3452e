"""The staff API and the labels, on returns that the policy approved and the carrier labelled."""

import io
from datetime import UTC, datetime, timedelta

import jsonschema
import pypdfium2
import pytest
import pytest_asyncio
from PIL import Image

from gateway.keys import TOKENS
from rma.model.codes import Language, Method, Reason, Resolution
from rma.service.returns import Plan, PlannedLine
from tests.integration.gateway_kit import API_KEY

pytest_plugins = "tests.integration.gateway_kit"

UNKNOWN, MISTYPED = "RT-00000000", "RT-00000001"


def an_order(number: str) -> dict:
    day = datetime.now(UTC) - timedelta(days=3)
    line = {"name": "T-shirt", "category": "clothing", "variant": {"color": "blue"}, "delivered_at": day.isoformat()}
    return {
        "number": number,
        "status": "delivered",
        "currency": "EUR",
        "market": "FR",
        "placed_at": (day - timedelta(days=2)).isoformat(),
        "shipping_paid": "4.90",
        "customer": {"name": "Noah Brown", "email": "noah@example.com"},
        "shipping_address": {
            "name": "Noah Brown",
            "line1": "1 rue X",
            "city": "Lyon",
            "postal_code": "69001",
            "country": "FR",
        },
        "payment_methods": [{"id": "card_1", "type": "card", "last4": "9212", "amount": "44.70"}],
        "lines": [{"id": str(n), "sku": f"TSH-{n}", "quantity": 1, "unit_price": "19.90"} | line for n in (1, 2)],
    }


@pytest_asyncio.fixture
async def made(shop):
    """Two returns: of order W1 by label, of order W2 by QR."""
    report = await shop.container.shop.load({"orders": [an_order("W1"), an_order("W2")]})
    assert not report.failures
    made = []
    for number, method in (("W1", Method.LABEL), ("W2", Method.QR)):
        async with shop.container.transactions() as uow:
            order_id, _ = await uow.orders.find(number)
        lines = (PlannedLine(id="1", quantity=1, reason=Reason.SIZE_TOO_SMALL),)
        plan = Plan(f"key-{number}", order_id, lines, Resolution.REFUND, Language.EN, method)
        made.append(await shop.container.returns.create(plan))
    return made


async def described(shop) -> dict:
    answer = await shop.client.get("/api/openapi.json")
    assert answer.status == 200
    return await answer.json()


def check(document: dict, name: str, instance: object) -> None:
    jsonschema.validate(instance, {"$ref": f"#/components/schemas/{name}", "components": document["components"]})


async def test_a_return_has_the_shape_of_the_contract_and_of_the_description(shop, made):
    status, body = await shop.staff("GET", f"/api/returns/{made[0].number.lower()}")
    assert status == 200
    names = ["number", "order", "status", "resolution", "method", "lines", "refund", "label", "decision", "events"]
    assert list(body) == names
    assert list(body["lines"][0]) == ["id", "sku", "quantity", "received", "reason", "disposition", "exchange_for"]
    assert list(body["label"]) == ["tracking_number", "carrier", "pdf"]
    assert (body["number"], body["order"], body["status"], body["method"]) == (
        made[0].number,
        "W1",
        "label_issued",
        "label",
    )
    assert body["refund"]["items"] == "19.90"
    assert [event["kind"] for event in body["events"]][-1] == "label_issued"
    assert "Noah" not in str(body)
    check(await described(shop), "Return", body)


async def test_returns_are_found_by_order_and_status(shop, made):
    async def numbers(query: str) -> list[str]:
        status, body = await shop.staff("GET", f"/api/returns{query}")
        assert status == 200
        return [rma["number"] for rma in body["returns"]]

    first, second = (rma.number for rma in made)
    assert await numbers("") == [first, second]
    assert await numbers("?order=%23w1") == [first]
    assert await numbers("?order=W2&status=label_issued") == [second]
    assert await numbers("?status=closed") == []
    assert await numbers("?order=W3") == []
    for query, expected in (("?status=lost", 422), ("?status=", 422), ("?order=%00", 400), ("?order=%ed%a0%80", 200)):
        assert (await shop.staff("GET", f"/api/returns{query}"))[0] == expected


async def test_a_mistyped_number_is_told_from_an_unknown_one(shop, made):
    for method, path in (("GET", "/api/returns/{}"), ("POST", "/api/returns/{}/cancel")):
        assert (await shop.staff(method, path.format(UNKNOWN)))[0] == 404
        for number in (MISTYPED, "nonsense", "RT-", "%00", "..%2f..", "x" * 3000):
            assert (await shop.staff(method, path.format(number)))[0] == 422


async def test_cancelling_is_done_once_and_the_same_request_gets_the_same_answer(shop, made):
    path = f"/api/returns/{made[0].number}/cancel"
    answers = [await shop.staff("POST", path, headers={"Idempotency-Key": "first"}) for _ in range(2)]
    assert [status for status, _ in answers] == [200, 200]
    assert answers[0][1]["status"] == "cancelled"
    assert answers[0][1] | {"label": None} == answers[1][1] | {"label": None}
    check(await described(shop), "Return", answers[0][1])
    assert (await shop.staff("POST", path, headers={"Idempotency-Key": "second"}))[0] == 409
    assert (await shop.staff("POST", path))[0] == 409
    assert (await shop.staff("POST", path, headers={"Idempotency-Key": "x" * 101}))[0] == 400
    # Its units can be returned again.
    async with shop.container.transactions() as uow:
        assert not (await uow.orders.committed(made[0].order_id)).get("1")


@pytest.mark.parametrize(
    "header", [None, "", "Bearer", "Bearer wrong", f"Basic {API_KEY}", f"Bearer {API_KEY}x", "Bearer é"]
)
async def test_without_the_key_there_is_nothing_to_see(shop, header):
    headers = {} if header is None else {"Authorization": header}
    for method, path in (
        ("GET", "/api/returns"),
        ("GET", f"/api/returns/{UNKNOWN}"),
        ("POST", f"/api/returns/{UNKNOWN}/cancel"),
    ):
        answer = await shop.client.request(method, path, headers=headers)
        assert answer.status == 401
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
        check(await described(shop), "Problem", await answer.json())


async def test_guessing_the_key_is_slowed_down_and_the_right_one_still_works(shop):
    for _ in range(20):
        await shop.client.get("/api/returns", headers={"Authorization": "Bearer guess"})
    answer = await shop.client.get("/api/returns", headers={"Authorization": "Bearer guess"})
    assert (answer.status, "Retry-After" in answer.headers) == (429, True)
    assert (await shop.staff("GET", "/api/returns"))[0] == 200


async def label(shop, url: str):
    answer = await shop.client.get(url.removeprefix("https://shop.example"))
    return answer, await answer.read()


async def test_labels_are_drawn_in_each_form(shop, made):
    _, body = await shop.staff("GET", f"/api/returns/{made[0].number}")
    answer, content = await label(shop, body["label"]["pdf"])
    assert (answer.status, answer.content_type) == (200, "application/pdf")
    assert answer.headers["Cache-Control"] == "private, no-store"
    page = pypdfium2.PdfDocument(content)[0]
    assert page.get_size() == (288, 432)
    answer, content = await label(shop, body["label"]["pdf"].replace(".pdf", ".png"))
    assert (answer.content_type, Image.open(io.BytesIO(content)).size) == ("image/png", (812, 1218))
    answer, content = await label(shop, body["label"]["pdf"].replace(".pdf", ".zpl"))
    assert (answer.status, content[:3]) == (200, b"^XA")
    assert body["label"]["tracking_number"].encode() in content


async def test_the_picture_of_a_qr_return_is_its_code(shop, made):
    token = shop.container.links.token("qr", made[1].number)
    answer, content = await label(shop, f"/labels/{token}.png")
    assert (answer.status, answer.content_type) == (200, "image/png")
    assert Image.open(io.BytesIO(content)).size != (812, 1218)


async def test_a_label_that_is_forged_unknown_or_called_off_is_not_there(shop, made):
    links, tokens = shop.container.links, shop.client.app[TOKENS]
    good = links.token("label", made[0].number)
    for path in (
        f"{good[:-2]}.pdf",
        f"{good}.exe",
        f"{links.token('label', UNKNOWN)}.pdf",
        f"{links.token('withdrawal', made[0].number)}.pdf",
        f"{tokens.session('x')}.pdf",
        f"{made[0].number}.pdf",
        "..%2f..%2fetc.pdf",
    ):
        answer, _ = await label(shop, f"/labels/{path}")
        assert answer.status == 404, path
        assert answer.content_type == "application/problem+json"
    await shop.staff("POST", f"/api/returns/{made[0].number}/cancel")
    assert (await label(shop, f"/labels/{good}.pdf"))[0].status == 404
