"""What agents see of goods and money in the console, and what they do about the goods."""

from datetime import timedelta
from typing import Any

from sqlalchemy import event

from rma.model.codes import Reason, Resolution, ReturnStatus
from rma.model.goods import Grade
from rma.model.tracking import TrackingStatus
from rma.service.inspecting import Look
from rma.service.receiving import Arrival
from tests.integration.console_kit import PICTURE, Desk, Markup
from tests.integration.goods_kit import announced, another, big_order, come, panel, press, scan

pytest_plugins = "tests.integration.console_kit"


async def test_what_is_shown_from_the_label_to_the_money(desk: Desk) -> None:
    ann = await desk.enter("ann")
    conversation, rma = await announced(desk)
    assert rma.label and rma.send_by

    shown = await panel(ann, conversation)
    assert "to send by" in shown.text and "Still due: €55.10 · once the goods are here" in shown.text
    assert shown.can("/more_time") and shown.can("/goodwill") and not shown.can("/pay") and "Payments" not in shown.text
    desk.clock.forward(days=20)
    assert [red for red in (await panel(await desk.enter("ann"), conversation)).red if red.startswith("to send by")]
    desk.clock.forward(days=-20)
    ann = await desk.enter("ann")

    await scan(desk, rma, TrackingStatus.ACCEPTED, 1, place="Lyon 3")
    shown = await panel(ann, conversation)
    assert "Handed in · Lyon 3" in shown.text and not shown.can("/more_time") and shown.red == []
    await scan(desk, rma, TrackingStatus.FAILED, 2, place="Lyon 8", description="damaged <b>in the depot")
    shown = await panel(ann, conversation)
    (red,) = shown.red
    assert red.startswith("Trouble with the parcel · Lyon 8") and red.endswith("damaged <b>in the depot")
    await scan(desk, rma, TrackingStatus.DELIVERED, 3)
    assert not any("Trouble" in red for red in (await panel(ann, conversation)).red)

    async with desk.container.transactions() as uow:
        photo = await uow.goods.add_photo("image/png", PICTURE, "wim", desk.clock())
    other = [{"name": "Blue teapot", "quantity": 2}]
    await desk.container.receiving.receive(rma.number, Arrival({"1": 2}, others=other, note="not ours?"), "wim")
    shown = await panel(ann, conversation)
    assert "2 of 3 received" in shown.text and "2 × Blue teapot" in shown.text and "not ours?" in shown.text
    assert "Belongs to nobody yet:" in shown.red

    await desk.container.receiving.receive(rma.number, Arrival({}, complete=True), "wim")
    looks = [Look("1", 1), Look("1", 1, Grade.USED, accepted=False, why="Tea stains <i>inside", photo=photo)]
    await desk.container.inspection.inspect(rma.number, looks, "wim")
    shown = await panel(ann, conversation)
    for text in ("1 accepted", "1 not accepted", "1 missing", "Back to stock", "Tea stains <i>inside"):
        assert text in shown.text, text
    assert {"1 not accepted", "1 missing"} <= set(shown.red)
    pictures = [at.get("src") for tag, at in shown.markup.elements if tag == "img"]
    assert f"/warehouse/photos/{photo}" in pictures
    assert (await ann.get(f"/warehouse/photos/{photo}")).status == 200
    assert "Still due: €15.10 · by 7 December 2026" in shown.text and shown.can("/pay") and not shown.can("/goodwill")

    desk.clock.forward(days=15)
    late = await panel(await desk.enter("ann"), conversation)
    assert any(red.startswith("Still due: €15.10 · overdue since") for red in late.red)
    desk.clock.forward(days=-15)
    ann = await desk.enter("ann")

    assert (await press(ann, conversation, rma, "pay")).status == 303
    shown = await panel(ann, conversation, "fr")
    for text in ("15,10 € remboursement", "15,10 € → Carte ••9212 · versé", "1 refusés", "Ann Lee a lancé le remboursement"):
        assert text.replace(" €", "\u00a0€") in shown.text or text in shown.text, (text, shown.text)
    assert "Reste dû" not in shown.text and not shown.can("/pay") and shown.can("/goodwill")


async def test_the_customs_paper_is_beside_the_label_once_the_shop_knows_what_it_says(desk: Desk) -> None:
    ann = await desk.enter("ann")
    zurich = {"name": "Zoé Martin", "line1": "Bahnhofstrasse 1", "city": "Zürich", "postal_code": "8001", "country": "CH"}
    abroad = big_order(shipping_address=zurich, market="CH", export_mrn="26FR00012345678901")
    await desk.container.shop.load({"orders": [abroad]})
    conversation = await desk.talk("customs?", number="W5")
    await another(desk, conversation)
    assert "customs paper not possible yet: facts are lacking" in (await panel(ann, conversation)).red
    mug = {"sku": "S-1", "product": "mug", "name": "Mug", "price": "20.00", "currency": "EUR"}
    facts = {"hs_code": "6912.00", "origin": "PT", "weight_grams": 350}
    await desk.container.shop.load({"orders": [], "catalogue": [mug | facts]})
    shown = await panel(ann, conversation)
    assert "Customs paper" in shown.text and shown.red == []
    papers = [at["href"] or "" for tag, at in shown.markup.elements if tag == "a" and (at.get("href") or "").startswith("/labels/")]
    answers = [await ann.get(paper) for paper in papers]
    assert [answer.status for answer in answers] == [200, 200]
    assert "customs" in answers[1].headers["Content-Disposition"]


async def test_an_exchange_is_sent_and_what_it_costs_more_is_said(desk: Desk) -> None:
    ann = await desk.enter("ann")
    sizes = [
        {"sku": sku, "product": "mug", "name": "Mug", "variant": {"size": size}, "price": price, "currency": "EUR"}
        for sku, size, price in (("S-1", "M", "20.00"), ("S-1-L", "L", "25.00"))
    ]
    await desk.container.shop.load({"orders": [], "catalogue": sizes})
    conversation, rma = await announced(
        desk, quantity=1, resolution=Resolution.EXCHANGE, exchange_for="S-1-L", reason=Reason.SIZE_TOO_SMALL
    )
    await desk.container.exchanges.sync(rma.number)
    shown = await panel(ann, conversation)
    assert "1 × S-1-L · reserved · costs €5.00 more" in shown.text and not shown.can("/goodwill")
    assert (await press(ann, conversation, rma, "goodwill", amount="5", reason="x")).status == 409
    await come(desk, rma)
    shown = await panel(ann, conversation)
    assert "Still to be sent: 1 × S-1-L · by" in shown.text and "Paid by the shopper of the difference" in shown.text
    assert (await press(ann, conversation, rma, "pay", amount="5.00")).status == 422, "how was it settled?"
    assert (await press(ann, conversation, rma, "pay", amount="5.00", reason="paid by phone")).status == 303
    (item,) = await desk.container.refunds.exchanges(rma.number)
    shown = await panel(ann, conversation)
    assert item.placed and f"sent as order {item.placed}" in shown.text and "Ann Lee had the new item" in shown.text


async def test_goods_that_are_here_before_the_decision_are_seen_by_who_decides(desk: Desk) -> None:
    ann = await desk.enter("ann")
    conversation, rma = await announced(desk)
    async with desk.container.transactions() as uow:
        rma.status = ReturnStatus.REVIEW
        await uow.returns.save(rma)
    assert "received" not in (await panel(ann, conversation)).text
    await desk.container.receiving.receive(rma.number, Arrival(), "wim")
    shown = await panel(ann, conversation)
    assert "3 of 3 received" in shown.text and shown.can("/decline")


async def test_more_time_is_given_once_and_repaired_goods_end_a_return(desk: Desk) -> None:
    ann = await desk.enter("ann")
    conversation, rma = await announced(desk, quantity=1)
    assert rma.send_by
    assert (await press(ann, conversation, rma, "more_time", key="t")).status == 303
    assert (await press(ann, conversation, rma, "more_time", key="t")).status == 303
    extended = await desk.container.returns.get(rma.number)
    assert extended.send_by == rma.send_by + timedelta(days=14)
    again = await press(ann, conversation, rma, "more_time")
    assert again.status == 409 and "had more time once already" in Markup(await again.text()).text
    shown = await panel(ann, conversation)
    assert "more time was given" in shown.text and not shown.can("/more_time") and "You now have until" in shown.text
    repair = await another(desk, conversation, 1, line="2", resolution=Resolution.REPAIR, reason=Reason.DEFECTIVE)
    assert not (await panel(ann, conversation)).can("/repaired")
    assert (await press(ann, conversation, repair, "repaired")).status == 409
    await come(desk, repair)
    shown = await panel(ann, conversation)
    assert shown.can(f"{repair.number}/repaired") and not shown.can(f"{repair.number}/pay")
    assert (await press(ann, conversation, repair, "repaired", reason="new heating element")).status == 303
    assert (await desk.container.returns.get(repair.number)).status == "closed"
    assert [kind for kind in await desk.kinds(conversation) if kind != "said"] == ["more_time", "repair_sent"]


async def test_more_returns_take_no_more_questions(desk: Desk) -> None:
    conversation, first = await announced(desk, quantity=1)
    returns = [first, await another(desk, conversation, 1, line="2"), *[await another(desk, conversation, 1) for _ in range(2)]]
    for rma in returns:
        await come(desk, rma)
    asked: list[str] = []
    engine = desk.container.engine.sync_engine

    def heard(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        asked.append(statement)

    event.listen(engine, "before_cursor_execute", heard)
    fresh = [await desk.container.returns.get(rma.number) for rma in returns]
    asked.clear()
    await desk.container.standing.of_many(fresh[:1])
    one = len(asked)
    asked.clear()
    found = await desk.container.standing.of_many(fresh)
    event.remove(engine, "before_cursor_execute", heard)
    assert len(found) == 4 and 0 < len(asked) <= one, asked
