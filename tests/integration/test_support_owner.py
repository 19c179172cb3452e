"""A conversation has one owner, ever: with agents, shoppers and the assistant at it at once, on both databases."""

import asyncio
import random
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from rma.model.conversations import Owner, Sender, Status, Utterance
from rma.model.errors import Conflict, Forbidden
from rma.model.support import QueueFilter
from tests.fixtures.support import Talk, Team, opened


@pytest_asyncio.fixture
async def team(database_url: str) -> AsyncIterator[Team]:
    async with opened(database_url) as found:
        yield found


async def handed_over(team: Team) -> Talk:
    talk = await team.shopper()
    await talk.say("a person please", "talk_to_human")
    return talk


IMPOSSIBLE = [
    "owner = 'assistant'",
    "owner = 'person', status = 'pending'",
    "status = 'resolved'",
    "status = 'snoozed'",
    "snoozed_until = '2030-01-01 00:00:00'",
    "owner = 'assistant', status = 'pending', assignee = 'ann'",
    "assignee = 'nobody'",
    "owner = 'both'",
]


async def test_the_table_refuses_two_owners_and_none(team: Team) -> None:
    talk = await handed_over(team)
    for change in IMPOSSIBLE:
        with pytest.raises(IntegrityError):
            async with team.container.engine.begin() as connection:
                await connection.execute(text(f"UPDATE conversations SET {change} WHERE id = :id"), {"id": talk.id})


async def test_of_ten_who_take_it_one_has_it(team: Team, database_url: str) -> None:
    talk = await handed_over(team)
    async with opened(database_url) as other:
        takes = [(team, other)[turn % 2].container.support.take((team.ann, team.bob)[turn % 2], talk.id) for turn in range(10)]
        outcomes = await asyncio.gather(*takes, return_exceptions=True)
    taken = [outcome for outcome in outcomes if not isinstance(outcome, BaseException)]
    assert len(taken) == 1 and all(isinstance(one, Conflict) for one in outcomes if one is not taken[0])
    shown = await team.container.support.overview(talk.id)
    assert shown.support.assignee == taken[0].assignee
    assert [event.by for event in shown.events if event.kind == "taken"] == [taken[0].assignee]


async def test_two_who_answer_at_once_say_one_thing(team: Team, database_url: str) -> None:
    talk = await handed_over(team)
    async with opened(database_url) as other:
        said = [
            team.container.support.say(team.ann, talk.id, "I have it."),
            other.container.support.say(other.bob, talk.id, "No, I have it."),
        ]
        outcomes = await asyncio.gather(*said, return_exceptions=True)
    assert sum(isinstance(outcome, Conflict) for outcome in outcomes) == 1, outcomes
    assert len(await talk.said_by(Sender.AGENT)) == 1


async def test_a_repeated_answer_is_said_once(team: Team) -> None:
    talk = await handed_over(team)
    say = team.container.support.say
    said = await asyncio.gather(*[say(team.ann, talk.id, "Here I am.", "browser-1") for _ in range(5)])
    assert len({message.id for message in said}) == 1 and await talk.said_by(Sender.AGENT) == ["Here I am."]


async def test_a_colleagues_conversation_is_taken_over_knowingly(team: Team) -> None:
    talk, desk = await handed_over(team), team.container.support
    await desk.take(team.ann, talk.id)
    for act in (
        desk.take(team.bob, talk.id),
        desk.say(team.bob, talk.id, "hello"),
        desk.resolve(team.bob, talk.id),
        desk.give_back(team.bob, talk.id),
        desk.snooze(team.bob, talk.id, team.clock.now.replace(hour=23)),
    ):
        with pytest.raises(Conflict, match="ann has this conversation"):
            await act
    with pytest.raises(Forbidden):
        await desk.assign(team.bob, talk.id, "bob")
    await desk.note(team.bob, talk.id, "I know this customer.")
    assert (await desk.take(team.bob, talk.id, over=True)).assignee == "bob"
    with pytest.raises(Conflict, match="bob has this conversation"):
        await desk.say(team.ann, talk.id, "hello")
    assert (await desk.assign(team.eve, talk.id, "ann")).assignee == "ann", "an admin passes it on"


async def test_an_agent_who_takes_it_in_the_middle_of_a_turn_is_not_talked_over(team: Team) -> None:
    talk = await team.shopper()
    heard = await team.container.desk.hear(talk.id, "hello")
    await team.container.support.take(team.ann, talk.id)
    with pytest.raises(Conflict):
        await team.container.desk.answer(heard.conversation, heard.message.id, [Utterance(text="Hello!")])
    assert len(await talk.said_by(Sender.BOT)) == 1, "only the greeting"
    assert await talk.say("anybody?", "greet") == ""


async def test_a_snoozed_one_comes_back_when_the_shopper_writes_or_the_time_comes(team: Team) -> None:
    talk, desk = await handed_over(team), team.container.support
    until = team.clock.now.replace(hour=15)
    for wake in ("shopper", "time"):
        await desk.snooze(team.ann, talk.id, until)
        assert (await desk.counts(team.ann)).snoozed == 1 and await desk.queue(QueueFilter()) == []
        if wake == "shopper":
            await talk.say("one more thing")
        else:
            team.clock.forward(hours=5)
            assert await desk.wake() == [talk.id] and await desk.wake() == []
        support = await desk.get(talk.id)
        assert (support.status, support.assignee, support.snoozed_until) == (Status.OPEN, "ann", None)
    kinds = [event.kind for event in (await desk.overview(talk.id)).events]
    assert kinds.count("woken") == 2


async def test_whatever_happens_at_once_there_is_one_owner(team: Team, database_url: str) -> None:
    """Agents, the shopper and the assistant do what they do, at random and together; after each round the conversation has one
    owner, the audit trail agrees, and nothing that was said is lost."""
    chance = random.Random(7)
    talk = await handed_over(team)
    async with opened(database_url) as other:
        desks = [team.container.support, other.container.support]
        words = 0
        for _round in range(12):
            acts = []
            for agent in (team.ann, team.bob, team.eve):
                desk = chance.choice(desks)
                acts.append(
                    chance.choice(
                        [
                            lambda d=desk, a=agent: d.take(a, talk.id, over=True),
                            lambda d=desk, a=agent: d.take(a, talk.id),
                            lambda d=desk, a=agent: d.say(a, talk.id, "yes?"),
                            lambda d=desk, a=agent: d.snooze(a, talk.id, team.clock.now.replace(hour=20)),
                            lambda d=desk, a=agent: d.resolve(a, talk.id),
                            lambda d=desk, a=agent: d.give_back(a, talk.id),
                            lambda d=desk, a=agent: d.reopen(a, talk.id),
                            lambda d=desk, a=agent: d.unassign(a, talk.id),
                        ]
                    )
                )
            acts += [lambda: team.container.desk.hear(talk.id, "hello?"), lambda: other.container.desk.take_back(talk.id)]
            chance.shuffle(acts)
            outcomes = await asyncio.gather(*[act() for act in acts], return_exceptions=True)
            wrong = [one for one in outcomes if isinstance(one, BaseException) and not isinstance(one, Conflict | Forbidden)]
            assert not wrong, wrong
            words += 1
            support = await desks[0].get(talk.id)
            assert support.owner is support.status.owner
            assert support.assignee is None or support.owner is Owner.PERSON
            shown = await desks[1].overview(talk.id)
            assert len([one for one in shown.stretches if one.ended is None]) == (support.owner is Owner.PERSON)
        said = await talk.said_by(Sender.SHOPPER)
        assert len(said) == words + 1, "a shopper's word was refused"
