"""The staff API: parcels as they come (fewer, more, others, in two, too late, of no return) and the money for them, over HTTP."""

import io

import pytest
from PIL import Image

from rma.model.codes import Resolution
from tests.integration.staff_kit import Hands

pytest_plugins = "tests.integration.staff_kit"


async def test_a_return_in_two_parcels_from_the_counting_to_the_money(staff: Hands) -> None:
    rma = await staff.new({"1": 2, "2": 1})
    first = await staff.act(rma, "receive", {"lines": [{"id": "1", "quantity": 1}], "scanned": rma.number, "note": "torn box"})
    assert (first["status"], [line["received"] for line in first["lines"]]) == ("partially_received", [1, 0])
    second = await staff.act(rma, "receive")
    assert (second["status"], [line["received"] for line in second["lines"]]) == ("received", [2, 1])
    assert [event["by"] for event in second["events"]][-1] == "api"
    document = await staff.act(
        rma, "inspect", {"lines": [{"id": "1", "quantity": 1, "grade": "as_new"}, {"id": "1", "quantity": 1, "grade": "used"}]}
    )
    assert document["status"] == "received"
    assert (await staff.act(rma, "inspect"))["status"] == "inspected"
    assert await staff.counts(rma, "announced", "received", "accepted", "to_inspect") == {"1": (2, 2, 2, 0), "2": (1, 1, 1, 0)}
    due = (await staff.get("/api/refunds/due"))["due"]
    total = document["refund"]["total"]
    assert [(claim["number"], claim["amount"], claim["overdue"]) for claim in due] == [(rma.number, total, False)]
    paid = await staff.act(rma, "refund", key="pay")
    assert (paid["status"], paid["refund"]["total"]) == ("refunded", "55.10")
    refunds = (await staff.get(f"/api/returns/{rma.number}/refunds"))["refunds"]
    assert [(one["amount"], one["status"], [part["method"] for part in one["parts"]]) for one in refunds] == [
        ("55.10", "paid", ["card_1"])
    ]
    assert (await staff.get("/api/refunds?status=paid"))["refunds"] == refunds
    assert await staff.get("/api/refunds/due") == {"due": []}
    assert (await staff.act(rma, "refund", status=409))["status"] == 409
    units = (await staff.get(f"/api/returns/{rma.number}/units"))["units"]
    assert sum(unit["quantity"] for unit in units) == 3 and all(unit["accepted"] for unit in units)
    stock = await staff.get("/api/stock/TSH-1")
    restocked = sum(unit["quantity"] for unit in units if (unit["sku"], unit["disposition"]) == ("TSH-1", "restock"))
    assert stock["restocked"] == restocked > 0
    await staff.get("/api/stock/NOTHING", 404)


async def test_what_is_due_comes_in_pages_that_a_payment_does_not_move(one: Hands) -> None:
    made = [await one.new({"1": 1}) for _ in range(4)]
    for rma in made:
        await one.act(rma, "receive")
    await one.get("/api/refunds/due?after=RT-7K3M9QX4", 422)
    answer = await one.ask("GET", "/api/refunds/due?limit=2")
    found = [claim["number"] for claim in (await answer.json())["due"]]
    assert len(found) == 2 and "Link" not in (await one.ask("GET", "/api/refunds/due")).headers
    await one.act(found[1], "refund")
    last = await one.ask("GET", str(answer.links["next"]["url"].path_qs))
    found += [claim["number"] for claim in (await last.json())["due"]]
    assert sorted(found) == sorted(rma.number for rma in made) and "Link" not in last.headers


async def test_fewer_more_and_other_goods_than_announced(staff: Hands) -> None:
    fewer = await staff.new({"1": 2, "2": 1})
    body = {"lines": [{"id": "1", "quantity": 1}, {"id": "2", "quantity": 0}], "complete": True}
    assert (await staff.act(fewer, "receive", body))["status"] == "received"
    assert await staff.counts(fewer, "received", "missing", "outstanding") == {"1": (1, 1, 0), "2": (0, 1, 0)}
    await staff.act(fewer, "inspect")
    assert (await staff.act(fewer, "refund"))["refund"]["total"] == "15.10"  # one of three, less 4.90 for its way back

    more = await staff.new({"1": 1})
    document = await staff.act(more, "receive", {"lines": [{"id": "1", "quantity": 2}, {"id": "2", "quantity": 1}]})
    assert [(line["id"], line["quantity"], line["received"]) for line in document["lines"]] == [("1", 1, 2), ("2", 0, 1)]
    assert "announced" in (await staff.act(more, "inspect", status=422))["detail"]
    lots = [{"id": "1"}, {"id": "2", "accepted": False, "reason": "never announced, the shopper wants it back"}]
    assert (await staff.act(more, "inspect", {"lines": lots}))["status"] == "inspected"
    assert await staff.counts(more, "announced", "accepted", "rejected") == {"1": (2, 2, 0), "2": (0, 0, 1)}

    other = await staff.new({"1": 1})
    await staff.act(other, "receive", {"others": [{"name": "a red shoe"}, {"sku": "OTHER-9", "quantity": 2}]})
    assert await staff.counts(other, "received") == {"1": (0,)}
    waiting = (await staff.get("/api/parcels"))["parcels"]
    assert [(parcel["number"], parcel["contents"]) for parcel in waiting] == [
        (other.number, [{"name": "a red shoe", "quantity": 1}, {"sku": "OTHER-9", "quantity": 2}])
    ]


async def test_a_parcel_that_nobody_can_place_waits_until_somebody_does(one: Hands) -> None:
    rma = await one.new({"1": 1})
    body = {"scanned": "??? 4711", "contents": [{"name": "shoe"}], "note": "  "}
    kept = await one.post("/api/parcels", body, 201, key="a parcel")
    assert (kept["scanned"], kept["note"], kept["settled_at"], kept["by"]) == ("??? 4711", None, None, "api")
    assert await one.post("/api/parcels", body, 201, key="a parcel") == kept
    assert [parcel["id"] for parcel in (await one.get("/api/parcels"))["parcels"]] == [kept["id"]]
    path = f"/api/parcels/{kept['id']}/place"
    await one.post(path, {}, 422)
    await one.post(path, {"outcome": "of this", "number": "RT-00000000"}, 404)
    placed = await one.post(path, {"outcome": "of this return", "number": rma.number.lower()})
    assert (placed["number"], placed["outcome"]) == (rma.number, "of this return")
    await one.post(path, {"outcome": "again"}, 409)
    assert (await one.get("/api/parcels"))["parcels"] == []
    assert len((await one.get("/api/parcels?status=all"))["parcels"]) == 1
    for wrong in ("0", "999999", "x", "1.5", "9" * 30):
        await one.post(f"/api/parcels/{wrong}/place", {"outcome": "of this"}, 404)


async def test_a_parcel_of_nothing_is_none(one: Hands) -> None:
    rma = await one.new({"1": 1})
    for nothing in ({}, {"contents": []}, {"note": "  ", "scanned": ""}, {"number": rma.number}):
        assert "give 'scanned'" in (await one.post("/api/parcels", nothing, 422))["detail"].replace("Give", "give")
    assert (await one.get("/api/parcels"))["parcels"] == []


WRONG = [
    ("parcels", {"scanned": "a\u0000b"}, "#/scanned: Expected text without control characters."),
    ("parcels", {"number": "a\nb"}, "#/number: Expected text on one line, without control characters."),
    ("parcels", {"scanned": "x" * 201}, "#/scanned: Expected at most 200 characters."),
    ("parcels", {"scanned": 7}, "#/scanned: Expected a text."),
    ("parcels", {"contents": [{"name": "x"}] * 501}, "#/contents: Expected at most 500 entries."),
    ("parcels", {"contents": [{}]}, "#/contents/0: Give 'sku' or 'name'."),
    ("parcels", {"contents": "x"}, "#/contents: Expected a list."),
    ("parcels", {"contents": ["x"]}, "#/contents/0: Expected an object."),
    ("parcels", {"photo": 0}, "#/photo: Expected 1 or more."),
    ("parcels", {"photo": 2**31}, "#/photo: Expected 2147483647 or less."),
    ("receive", {"lines": [{"id": "1"}]}, "#/lines/0/quantity: Is missing."),
    ("receive", {"lines": [{"id": "", "quantity": 1}]}, "#/lines/0/id: May not be empty."),
    ("receive", {"lines": [{"id": "1", "quantity": 1.5}]}, "#/lines/0/quantity: Expected a whole number."),
    ("receive", {"lines": [{"id": "1", "quantity": "1"}]}, "#/lines/0/quantity: Expected a whole number."),
    ("receive", {"complete": "yes"}, "#/complete: Expected true or false."),
    ("inspect", {"lines": [{"id": "1", "grade": "x"}]}, "#/lines/0/grade: Expected as_new, opened, used, damaged or incomplete."),
    ("refund", {"amount": "1,5"}, "#/amount: Expected an amount such as 19.90."),
    ("refund", {"amont": "1.5"}, "#/amont: This key is not known."),
]


async def test_what_is_wrong_is_said_plainly(one: Hands) -> None:
    rma = await one.new({"1": 1})
    for what, body, said in WRONG:
        path = "/api/parcels" if what == "parcels" else f"/api/returns/{rma.number}/{what}"
        assert (await one.post(path, body, 422))["detail"] == said


async def test_a_parcel_that_comes_after_its_return_expired(staff: Hands) -> None:
    late = await staff.new({"1": 1})
    staff.later(days=90)
    assert await staff.container.expiry.finish_interrupted() == 1
    assert (await staff.get(f"/api/returns/{late.number}"))["status"] == "expired"
    assert (await staff.act(late, "receive"))["status"] == "received"
    await staff.act(late, "inspect")
    assert (await staff.act(late, "refund"))["status"] == "refunded"


async def test_what_is_under_review_is_counted_and_stays_under_review(one: Hands) -> None:
    # Dear goods outside the 14 days: a person decides.
    rma = await one.new({"1": 1}, (1,), price="600", placed_at="2026-10-29T10:00:00Z", delivered_at="2026-11-02T12:00:00Z")
    assert rma.status == "review"
    assert (await one.act(rma, "receive"))["status"] == "review"
    assert await one.counts(rma, "received") == {"1": (1,)}
    await one.act(rma, "refund", status=409)
    await one.act(rma, "extend", status=409)


async def test_goods_that_nobody_announced(staff: Hands) -> None:
    await staff.new({"1": 1}, number="W9")
    body = {"lines": [{"id": "2", "quantity": 1}], "scanned": "W9"}
    came = await staff.post("/api/orders/w9/receive", body, key="unannounced")
    assert came["parcel"] is None and came["return"]["status"] == "received"
    assert await staff.post("/api/orders/w9/receive", body, key="unannounced") == came
    assert len((await staff.get("/api/returns?order=W9"))["returns"]) == 2
    # All of it stands in returns already: it waits.
    came = await staff.post("/api/orders/W9/receive", body)
    assert came["return"] is None and came["parcel"]["contents"] == [{"sku": "MUG-2", "quantity": 1}]
    unknown = await staff.post("/api/orders/NOPE/receive", body, key="no order")
    assert unknown["return"] is None and "NOPE" in unknown["parcel"]["note"]
    assert await staff.post("/api/orders/NOPE/receive", body, key="no order") == unknown
    assert len((await staff.get("/api/parcels"))["parcels"]) == 2
    await staff.post("/api/orders/W9/receive", {"lines": [{"id": "7", "quantity": 1}]}, 422)
    await staff.post("/api/orders/W9/receive", {}, 422)


async def test_more_time_is_given_once(one: Hands) -> None:
    rma = await one.new({"1": 1})
    assert [event["kind"] for event in (await one.act(rma, "extend", key="more"))["events"]][-1] == "extended"
    await one.act(rma, "extend", key="more")
    await one.act(rma, "extend", status=409)


async def test_money_before_the_goods_is_goodwill_and_needs_a_reason(one: Hands) -> None:
    rma = await one.new({"1": 1})
    await one.act(rma, "refund", status=409)
    assert "reason" in (await one.act(rma, "refund", {"goodwill": True}, 422))["detail"]
    paid = await one.act(rma, "refund", {"goodwill": True, "reason": "a good customer"}, key="goodwill")
    assert paid["status"] == "refunded"
    # The goods come all the same, and no money moves for them.
    assert (await one.act(rma, "receive"))["lines"][0]["received"] == 1
    await one.act(rma, "refund", status=409)
    await one.act(rma, "refund", {"amount": "99999.00", "goodwill": True, "reason": "too much"}, 422)


async def test_store_credit_is_told_without_its_code(one: Hands) -> None:
    rma = await one.new({"1": 1}, resolution=Resolution.STORE_CREDIT)
    await one.act(rma, "receive")
    await one.act(rma, "inspect")
    await one.act(rma, "refund")
    (paid,) = (await one.get(f"/api/returns/{rma.number}/refunds"))["refunds"]
    (credit,) = await one.container.refunds.credits(rma.number)
    assert paid["kind"] == "store_credit" and paid["parts"][0]["reference"] is None
    for path in (f"/api/returns/{rma.number}/refunds", f"/api/returns/{rma.number}", "/api/refunds"):
        assert credit.code not in str(await one.get(path))


def _picture(kind: str) -> bytes:
    stream = io.BytesIO()
    hidden = {"exif": b"Exif\x00\x00secret place"} if kind == "JPEG" else {}
    Image.new("RGB", (30, 20), "red").save(stream, kind, **hidden)
    return stream.getvalue()


async def test_pictures_are_drawn_anew_and_named_by_what_they_show(one: Hands) -> None:
    rma = await one.new({"1": 1})
    kept = []
    for kind in ("JPEG", "PNG", "WEBP"):
        answer = await one.ask(
            "POST", "/api/photos", data=_picture(kind), headers={"Content-Type": f"image/{kind.lower()}", "Idempotency-Key": kind}
        )
        assert answer.status == 201
        kept.append((await answer.json())["id"])
    again = await one.ask(
        "POST", "/api/photos", data=_picture("PNG"), headers={"Content-Type": "image/png", "Idempotency-Key": "PNG"}
    )
    assert (await again.json())["id"] == kept[1]
    shown = await one.ask("GET", f"/api/photos/{kept[0]}")
    assert shown.content_type == "image/jpeg" and b"secret place" not in await shown.read()
    await one.act(rma, "receive", {"photo": kept[0]})
    await one.act(rma, "inspect", {"lines": [{"id": "1", "photo": kept[1]}]})
    assert (await one.get(f"/api/returns/{rma.number}/units"))["units"][0]["photo"] == kept[1]
    await one.act(rma, "receive", {"photo": 99999}, 422)
    for content, kind, status in (
        (b"no picture", "image/png", 415),
        (b"", "image/png", 415),
        (_picture("PNG"), "image/svg+xml", 415),
        (b"x" * (10 * 1024 * 1024 + 1), "image/jpeg", 413),
    ):
        answer = await one.ask("POST", "/api/photos", data=content, headers={"Content-Type": kind})
        assert (answer.status, answer.content_type) == (status, "application/problem+json")
    for wrong in ("0", "x", "9" * 30):
        await one.get(f"/api/photos/{wrong}", 404)


async def test_codes_of_single_units_are_kept_and_must_be_some(one: Hands) -> None:
    rma = await one.new({"1": 1})
    await one.act(rma, "receive")
    lot = {"id": "1", "epcs": ["urn:epc:id:sgtin:0614141.812345.6789"]}
    assert "epcs" in (await one.act(rma, "inspect", {"lines": [lot | {"epcs": ["nonsense"]}]}, 422))["detail"]
    await one.act(rma, "inspect", {"lines": [lot]})
    assert (await one.get(f"/api/returns/{rma.number}/units"))["units"][0]["epcs"] == lot["epcs"]


async def test_a_list_comes_in_pages_that_link_to_the_next(staff: Hands) -> None:
    made = [(await staff.new({"1": 1})).number for _ in range(5)]
    found, path, pages = [], "/api/returns?status=label_issued&limit=2", 0
    while path:
        answer = await staff.ask("GET", path)
        assert answer.status == 200
        found += [rma["number"] for rma in (await answer.json())["returns"]]
        link = answer.headers.get("Link", "")
        path, pages = link[1 : link.index(">")] if link else "", pages + 1
    assert (found, pages) == (made, 3)
    assert "Link" not in (await staff.ask("GET", "/api/returns?limit=5")).headers
    for wrong in ("0", "-1", "1001", "x", "1e3", "９", ""):
        await staff.get(f"/api/returns?limit={wrong}", 422)
    for unheard in ("/api/returns?sttus=received", "/api/returns?limit=1&limit=2", "/api/refunds/due?x=1", "/api/parcels?order=W1"):
        await staff.get(unheard, 400)
    await staff.get("/api/returns?after=RT-00000000", 404)
    await staff.get("/api/returns?after=nonsense", 422)


@pytest.mark.parametrize("what", ["receive", "inspect", "refund", "cancel", "extend"])
async def test_an_old_version_is_not_worked_on(one: Hands, what: str) -> None:
    rma = await one.new({"1": 1})
    if what in ("inspect", "refund"):
        await one.act(rma, "receive")
    path = f"/api/returns/{rma.number}"
    tag = (await one.ask("GET", path)).headers["ETag"]
    assert (await one.ask("GET", path, headers={"If-None-Match": f'"other", W/{tag}'})).status == 304
    body = {"lines": []} if what == "receive" else None
    for old in ('"RT-1.1"', f"W/{tag}", '"a", "b"', "unquoted", tag.strip('"'), ""):
        await one.act(rma, what, body, 412, If_Match=old)
    assert (await one.ask("GET", path)).headers["ETag"] == tag
    answer = await one.ask("POST", f"{path}/{what}", headers={"If-Match": f'"x", {tag}', "Idempotency-Key": "k"})
    assert answer.status == 200 and answer.headers["ETag"] not in (tag, "")
    assert (await one.ask("GET", path)).headers["ETag"] == answer.headers["ETag"]
    assert (await one.ask("GET", path, headers={"If-None-Match": tag})).status == 200
    # Sent again it is answered, although the version that it names is old by now.
    again = await one.ask("POST", f"{path}/{what}", headers={"If-Match": f'"x", {tag}', "Idempotency-Key": "k"})
    assert (again.status, again.headers["Idempotency-Replayed"]) == (200, "true")
    assert await again.read() == await answer.read()
    await one.act(rma, what, status=412, If_Match=tag)
