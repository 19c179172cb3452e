"""What agents do in the console: each act by the one who may, and by everybody who may not."""

import asyncio
import uuid

import pytest

from rma.model.agents import Role
from rma.model.conversations import Sender, Status
from rma.model.support import Action
from tests.fixtures.support import order
from tests.integration.console_kit import Console, Desk, Markup

pytest_plugins = "tests.integration.console_kit"

HOSTILE = "\"><script>alert(1)</script><img src=x onerror=alert(2)>'{{7*7}}javascript:alert(3)"


async def test_a_conversation_from_the_queue_to_its_end(desk: Desk) -> None:
    ann = await desk.enter("ann")
    conversation = await desk.talk("my mug leaks", "is anybody there?")
    row = Markup(await ann.page())
    for shown in ("Zoé Martin", "my mug leaks", "is anybody there?", "W1", "Asked for a person", "Nobody yet", "Web"):
        assert shown in row.text, shown
    page = Markup(await ann.page(f"/console/c/{conversation}")).text
    for shown in ("Zoé Martin", "Handed to the team: Asked for a person", "w•••@example.com", "Desk lamp", "44.90"):
        assert shown in page, shown
    assert "zoe@" not in page and "612345678" not in page

    assert (await ann.act(conversation, "take")).status == 303
    assert (await ann.act(conversation, "write", kind="note", text="VIP, be nice")).status == 303
    assert (await ann.act(conversation, "write", kind="reply", text="I look into it.", key="k1")).status == 303
    assert (await ann.act(conversation, "priority", priority="low")).status == 303
    assert (await ann.act(conversation, "snooze", until="", at="2026-11-24T11:30")).status == 303
    snoozed = await desk.container.support.get(conversation)
    assert snoozed.status is Status.SNOOZED and snoozed.snoozed_until is not None
    assert snoozed.snoozed_until.isoformat() == "2026-11-24T10:30:00+00:00"  # Half past eleven in Paris.
    assert (await ann.act(conversation, "reopen")).status == 303
    assert (await ann.act(conversation, "assign", to="bob")).status == 303
    bob = await desk.enter("bob")
    assert (await bob.act(conversation, "give_back")).status == 303
    assert await desk.kinds(conversation) == [
        "taken", "note", "said", "priority", "snoozed", "reopened", "assigned", "given_back",
    ]  # fmt: skip
    _, messages = await desk.container.desk.transcript(conversation)
    said = [message.text for message in messages if message.sender is Sender.AGENT]
    assert said == ["I look into it."]
    assert not any("VIP" in message.text for message in messages)
    thread = Markup(await ann.page(f"/console/c/{conversation}")).text
    for shown in ("Ann Lee took the conversation", "VIP, be nice", "Tomorrow, 11:30", "assigned it to Bob Roy", "gave it back"):
        assert shown in thread, shown


async def test_the_queue_shows_what_is_asked_for(desk: Desk) -> None:
    ann = await desk.enter("ann")
    await desk.talk("premier", language="fr", cause="anger")
    second = await desk.talk("second", cause="not_received", number="W9")
    await ann.act(second, "take")
    await desk.talk("third", cause=None, number=None)

    async def shown(query: str) -> set[str]:
        text = Markup(await ann.page(f"/console{query}")).text
        return {word for word in ("premier", "second", "third") if word in text}

    assert await shown("") == {"premier", "second"}
    assert await shown("?view=mine") == {"second"} and await shown("?view=unassigned") == {"premier"}
    assert await shown("?view=pending") == {"third"} and await shown("?view=all") == {"premier", "second", "third"}
    assert await shown("?language=fr") == await shown("?cause=anger") == await shown("?priority=high") == {"premier"}
    assert await shown("?q=W9") == {"second"} and await shown("?channel=sms") == set()
    # What makes no sense in an address is as if it were not there.
    assert await shown("?view=%00&cause=x&language=xx&priority=9&offset=-1&sort=rm") == {"premier", "second"}
    fragment = await ann.get("/console/rows?view=mine", **{"X-Requested-With": "fetch"})
    document = await fragment.json()
    assert "second" in document["parts"]["rows"] and document["todo"] == 2


def _fields(action: str) -> dict[str, str]:
    return {
        "snooze": {"until": "tomorrow"}, "assign": {"to": "ann"}, "priority": {"priority": "urgent"},
        "write": {"kind": "reply", "text": "let me in"}, "returns": {"step": "create", "quantity:1": "1", "reason:1": "other",
        "condition:1": "unopened", "resolution": "refund", "method": "label", "key": "forbidden-key", "reason": "because"},
        "decline": {"reason": "no"}, "override": {"amount": "1", "reason": "no"}, "cancel_return": {"reason": "no"},
    }.get(action.rpartition("/")[2], {})  # fmt: skip


async def test_nobody_acts_on_what_a_colleague_holds(desk: Desk) -> None:
    """Every act, tried by an agent on a conversation and a return in another's hands."""
    ann, bob = await desk.enter("ann"), await desk.enter("bob")
    conversation, rma = await desk.review()
    assert (await bob.act(conversation, "take")).status == 303
    before = await desk.kinds(conversation)
    of_return = [f"returns/{rma.number}/{act}" for act in ("approve", "decline", "override", "cancel_return", "resend_label")]
    acts = ["take", "assign", "unassign", "snooze", "resolve", "reopen", "give_back", "priority", "write", "returns", *of_return]
    for place, act in enumerate(acts):
        answer = await ann.act(conversation, act, fetch=place % 2 == 0, **_fields(act))
        assert answer.status in (403, 409), (act, answer.status, (await answer.text())[:2000])
    assert await desk.kinds(conversation) == before
    assert (await desk.container.returns.get(rma.number)).status == "review"
    # The page says so before anybody tries: no form leads there, and each button says why.
    page = Markup(await ann.page(f"/console/c/{conversation}"))
    forms = {at["action"] for tag, at in page.elements if tag == "form" and at.get("method") == "post"}
    allowed = {f"/console/c/{conversation}/{act}" for act in ("take_over", "write", "returns")}
    assert {form for form in forms if form and f"/c/{conversation}/" in form} - allowed <= {
        f"/console/c/{conversation}/{act}" for act in ("assign", "priority")
    }
    why = [at.get("title") for tag, at in page.elements if tag == "button" and at.get("aria-disabled")]
    assert why and all(reason and "bob has this conversation" in reason for reason in why)
    # But they may leave a note, and say openly that they take it over.
    assert (await ann.act(conversation, "write", kind="note", text="look here")).status == 303
    assert (await ann.act(conversation, "take_over")).status == 303
    assert (await desk.container.support.get(conversation)).assignee == "ann"
    assert (await bob.act(conversation, "take_over")).status == 303


async def test_what_the_button_says_is_what_the_server_does(desk: Desk) -> None:
    """In each state, an act is a form on the page exactly if the server does it."""
    rights, eve = desk.container.support.rights, await desk.enter("eve")
    names = {"take": Action.TAKE, "give_back": Action.GIVE_BACK, "resolve": Action.RESOLVE, "snooze": Action.SNOOZE,
             "reopen": Action.REOPEN, "unassign": Action.UNASSIGN}  # fmt: skip
    with_assistant, open_, mine = [await desk.talk("a", cause=cause) for cause in (None, "anger", "anger")]
    await eve.act(mine, "take")
    agent = await desk.container.agents.get("eve")
    for conversation in (with_assistant, open_, mine):
        page = Markup(await eve.page(f"/console/c/{conversation}"))
        forms = {at.get("action") for tag, at in page.elements if tag == "form"}
        support = await desk.container.support.get(conversation)
        for act, action in names.items():
            # The bar leaves out what the assistant's conversations have no use for.
            if support.is_persons or action in (Action.TAKE, Action.REOPEN):
                there = f"/console/c/{conversation}/{act}" in forms
                assert there == rights.allowed(agent, action, support), (act, support.status)


async def test_of_two_who_take_it_at_once_one_has_it(desk: Desk) -> None:
    agents = [await desk.enter(login) for login in ("ann", "bob")]
    conversation = await desk.talk("who is faster?")
    marks = [await agent.mark(conversation) for agent in agents]
    answers = await asyncio.gather(
        *(agent.post(f"/console/c/{conversation}/take", fetch=True, mark=mark) for agent, mark in zip(agents, marks, strict=True))
    )
    assert sorted(answer.status for answer in answers) == [200, 409]
    (late,) = [answer for answer in answers if answer.status == 409]
    holder = (await desk.container.support.get(conversation)).assignee
    told = Markup((await late.json())["trouble"]).text
    assert f"{holder} has this conversation" in told and "Meanwhile:" in told and "took the conversation" in told
    assert await desk.kinds(conversation) == ["taken"]


async def test_nothing_is_done_about_what_one_has_not_seen(desk: Desk) -> None:
    ann = await desk.enter("ann")
    conversation, rma = await desk.review()
    mark = await ann.mark(conversation)
    assert f'data-mark="{mark}"' in await ann.page(f"/console/c/{conversation}")
    await desk.container.desk.hear(conversation, "forget it, I keep the lamp")
    refused = await ann.post(
        f"/console/c/{conversation}/returns/{rma.number}/decline", mark=mark, reason="too late, sorry"
    )
    assert refused.status == 409
    page = Markup(await refused.text())
    assert "changed while you looked at it" in page.text and "forget it, I keep the lamp" in page.text
    # What was typed is still there, and the page that came back may act.
    assert "too late, sorry" in page.text
    (fresh,) = {at["value"] for tag, at in page.elements if tag == "input" and at.get("name") == "mark"}
    assert (await ann.post(f"/console/c/{conversation}/returns/{rma.number}/approve", mark=fresh)).status == 303
    # Pressed twice: the second press is one on a page of before.
    assert (await ann.post(f"/console/c/{conversation}/returns/{rma.number}/approve", mark=fresh)).status == 409
    assert await desk.kinds(conversation) == ["approved"]
    for nonsense in ("", "1", "1.2.3", "-1.0", "x.y", "9" * 30 + ".1"):
        assert (await ann.post(f"/console/c/{conversation}/unassign", mark=nonsense)).status == 409


async def test_an_answer_sent_twice_is_said_once_and_what_cannot_be_sent_is_kept(desk: Desk) -> None:
    ann = await desk.enter("ann")
    conversation = await desk.talk("hello")
    for _ in range(2):
        assert (await ann.act(conversation, "write", kind="reply", text="Good day", key="same")).status == 303
    assert await desk.kinds(conversation) == ["said"]
    for text, status in (("", 422), (" \u200b\n", 422), ("x" * 4001, 422), ("x" * 10_001, 413), ("\x00", 422)):
        assert (await ann.act(conversation, "write", kind="reply", text=text)).status == status, text[:10]
    await desk.container.support.give_back(await desk.container.agents.get("ann"), conversation)
    late = await ann.act(conversation, "write", kind="reply", text="one more thing <b>")
    assert late.status == 409 and "one more thing &lt;b&gt;" in await late.text()
    assert "The assistant has this conversation" in await late.text()


async def test_money_has_limits_by_role_and_only_what_was_paid_goes_back(desk: Desk) -> None:
    ann, eve = await desk.enter("ann"), await desk.enter("eve")
    conversation, rma = await desk.review()
    override = f"returns/{rma.number}/override"
    for amount, status in (("300", 403), ("abc", 422), ("-5", 422), ("1e3", 422), ("NaN", 422), ("", 422), ("99999", 422)):
        answer = await ann.act(conversation, override, fetch=True, amount=amount, reason="kind")
        assert answer.status == status, (amount, answer.status, await answer.text())
    over = await ann.act(conversation, override, amount="300", reason="kind")
    assert "more than your limit of €200.00" in Markup(await over.text()).text
    assert (await ann.act(conversation, override, amount="120,50", reason="")).status == 422
    assert (await ann.act(conversation, override, amount="120,50", reason="we were slow")).status == 303
    assert (await desk.container.returns.get(rma.number)).refund["total"] == "120.50"
    assert (await eve.act(conversation, override, amount="480", reason="on the house")).status == 303
    thread = Markup(await eve.page(f"/console/c/{conversation}")).text
    assert "Eve Sol set the amount" in thread and "€480.00" in thread and "on the house" in thread


async def test_a_return_is_made_once_after_what_the_policy_says_was_read(desk: Desk) -> None:
    ann = await desk.enter("ann")
    conversation = await desk.talk("please", number="W1")
    key = uuid.uuid4().hex
    draft = {"quantity:1": "1", "reason:1": "changed_mind", "condition:1": "unopened", "quantity:2": "0", "resolution": "refund",
             "method": "label", "key": key}  # fmt: skip
    read = await ann.act(conversation, "returns", step="check", **draft)
    page = Markup(await read.text())
    assert read.status == 200 and "The policy says" in page.text and "By law you may withdraw" in page.text
    assert ("button", "create") in [(tag, at.get("value")) for tag, at in page.elements]
    assert await desk.kinds(conversation) == []
    assert (await ann.act(conversation, "returns", step="create", **draft)).status == 303
    assert (await ann.act(conversation, "returns", step="create", **draft)).status == 303
    (made,) = await desk.container.returns.find("W1")
    assert made.status == "label_issued" and [line.id for line in made.lines] == ["1"]
    shown = Markup(await ann.page(f"/console/c/{conversation}")).text
    assert made.number in shown and "Label issued" in shown and "How it was decided" in shown
    empty = await ann.act(conversation, "returns", step="check", **(draft | {"quantity:1": "0"}))
    odd = await ann.act(conversation, "returns", step="check", **(draft | {"reason:1": "just because"}))
    assert [empty.status, odd.status] == [422, 422] and "at least one item" in await empty.text()
    assert (await ann.act(conversation, f"returns/{made.number}/resend_label")).status == 303
    assert (await ann.act(conversation, f"returns/{made.number}/cancel_return", reason="")).status == 303
    assert await desk.kinds(conversation) == ["return_created", "label_resent", "said", "return_cancelled"]


async def test_nobody_sees_a_photo_or_a_return_through_another_conversation(desk: Desk) -> None:
    ann = await desk.enter("ann")
    conversation, rma = await desk.review()
    other = await desk.talk("hello", number="W1")
    (photo,) = (await desk.container.support.overview(conversation)).photos
    assert (await ann.get(f"/console/c/{conversation}/photos/{photo}")).status == 200
    assert (await ann.get(f"/console/c/{other}/photos/{photo}")).status == 404
    assert (await ann.get(f"/console/c/{conversation}/photos/{photo + 1}")).status == 404
    await desk.container.shop.load({"orders": [order("W2") | {"customer": {"name": "X", "email": "x@example.org"}}]})
    stranger = await desk.talk("hello", number="W2")
    assert (await ann.act(stranger, f"returns/{rma.number}/approve")).status == 404
    assert (await ann.get("/console/c/nothing")).status == 404 and (await ann.get("/console/c/%00")).status == 404


async def test_text_from_outside_stays_text(desk: Desk) -> None:
    """In every field that anybody can fill in, on every page and in every fragment that shows it."""
    await desk.container.agents.add("mallory", HOSTILE[:90], Role.ADMIN, "a long password")
    number = "<b onclick=alert(4)>9"
    hostile = order(number, price="600.00", days=20)
    hostile["customer"]["name"] = hostile["lines"][0]["name"] = hostile["lines"][1]["name"] = HOSTILE
    hostile["shipping_address"]["line1"] = HOSTILE
    await desk.container.shop.load({"orders": [hostile]})
    conversation, rma = await desk.review(number)
    await desk.container.desk.hear(conversation, HOSTILE)
    login = await desk.attempt("mallory", "a long password", **{"User-Agent": HOSTILE})
    secret = login.headers["Set-Cookie"].partition("=")[2].partition(";")[0]
    mallory = Console(desk.shop, "mallory", secret)
    mallory.csrf = next(at["value"] or "" for tag, at in Markup(await mallory.page()).elements if at.get("name") == "csrf")
    await mallory.act(conversation, "take")
    await mallory.act(conversation, "write", kind="note", text=HOSTILE)
    await mallory.act(conversation, "write", kind="reply", text=HOSTILE)
    await mallory.act(conversation, f"returns/{rma.number}/approve", reason=HOSTILE)
    kept = await mallory.act(conversation, f"returns/{rma.number}/decline", reason=HOSTILE)
    wrong = await mallory.act(conversation, f"returns/{rma.number}/override", reason=HOSTILE, amount=HOSTILE[:19])
    added = await mallory.post("/console/team", login=HOSTILE[:39], name=HOSTILE[:90], role="agent", password="x" * 12)
    away = await desk.attempt(HOSTILE[:99], "x")
    assert [answer.status for answer in (kept, wrong, added, away)] == [409, 422, 422, 401]
    pages = [await answer.text() for answer in (kept, wrong, added, away)]
    pages += [
        await mallory.page(path)
        for path in (
            f"/console/c/{conversation}", "/console", "/console?view=all", "/console/team", "/console/account",
            "/console?q=%22%3E%3Cscript%3Ealert(1)%3C/script%3E", f"/console/login?next={HOSTILE}",
        )[:-1]
    ]  # fmt: skip
    for path in (f"/console/c/{conversation}/parts", "/console/rows?view=all"):
        pages += (await (await mallory.get(path)).json())["parts"].values()
    for page in pages:
        markup = Markup(page)
        assert markup.dangers() == [], page[:3000]
        assert "49" not in [text.strip() for text in markup.text.split("'")]
    thread = Markup(pages[4]).text
    assert thread.count("<script>alert(1)</script>") >= 7


@pytest.mark.parametrize("language", ["en", "fr"])
async def test_every_page_speaks_the_agents_language(desk: Desk, language: str) -> None:
    ann = await desk.enter("ann")
    conversation, rma = await desk.review()
    switched = await ann.get(f"/console/c/{conversation}?lang={language}")
    assert f'<html lang="{language}"' in await switched.text()
    assert f"retour-console-language={language}" in switched.headers["Set-Cookie"]
    assert (await ann.act(conversation, "take")).status == 303
    page = await ann.get(f"/console/c/{conversation}", **{"Accept-Language": language})
    text = Markup(await page.text()).text
    assert ("À décider" in text) == (language == "fr") and ("To decide" in text) == (language == "en")
    # The shopper's own words, and answers to them, stay in theirs.
    assert "my lamp is broken" in text and "Ask for a photo" in text
    over = await ann.post(
        f"/console/c/{conversation}/returns/{rma.number}/override?lang={language}", mark=await ann.mark(conversation),
        amount="500", reason="x",
    )  # fmt: skip
    limit = {"en": "more than your limit of €200.00", "fr": "dépasse votre limite de 200,00"}[language]
    assert limit in Markup(await over.text()).text
