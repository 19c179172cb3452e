"""Everything said beside the task: hello and thanks, a person asked for, an appeal, what the assistant cannot do."""

from actions.dialogue import afterwards
from actions.dialogue.context import Dialogue
from rma.model.codes import ReturnStatus
from rma.model.conversations import Owner, Utterance
from rma.model.support import Cause

MOST_MISSES = 2
"""Misunderstandings in a row at which a person is offered; at the next one is fetched without asking."""


async def greet(d: Dialogue) -> None:
    d.say("hello" if d.memory.goal is None else "hello_busy")


async def thank(d: Dialogue) -> None:
    d.say("welcome")


async def goodbye(d: Dialogue) -> None:
    d.say("bye")


async def idle_yes_or_no(d: Dialogue) -> None:
    """A yes or no to nothing that was asked."""
    d.say("anything_else" if d.reading.intent == "deny" else "how_can_i_help")


async def unknown(d: Dialogue) -> None:
    """Nothing that this assistant does, and no task under way: says so, the second time in a row offers a person, and then fetches
    one."""
    d.memory.misses += 1
    if d.memory.misses > MOST_MISSES:
        await fetch_person(d, Cause.NOT_UNDERSTOOD)
    elif d.memory.misses == MOST_MISSES:
        d.memory.offered_person = True
        d.said.append(Utterance(text=d.text("offer_person"), choices=[d.person_choice()]))
    else:
        d.say("out_of_scope")


async def fetch_person(d: Dialogue, cause: Cause = Cause.ASKED) -> None:
    """Leaves the conversation to the team; from then on the assistant is silent until it is given back."""
    d.ticket(cause, misses=d.memory.misses)
    d.conversation.owner = Owner.PERSON
    d.memory.misses, d.memory.anger, d.memory.offered_person = 0, 0, False
    order = await d.order()
    async with d.container.transactions() as uow:
        d.say_text(await d.container.promises.of(uow, d.conversation, cause, order, d.now))


async def calm(d: Dialogue) -> None:
    """To somebody who is cross, once: the next time a person is fetched."""
    d.memory.offered_person = d.memory.asked is None
    d.said.append(Utterance(text=d.text("calm"), choices=[d.person_choice()]))


async def appeal(d: Dialogue) -> None:
    """Takes the shopper's own words to a person; the assistant stays for everything else. What a person has looked at already is
    not taken there again."""
    refused, number = d.memory.declined, await _refused_return(d)
    if refused is None and await afterwards.answered_before(d, Cause.APPEAL):
        return
    of_return = {"number": number} if number else {}
    d.ticket(Cause.APPEAL, words=d.draft.objection or d.reading.text[:2000], declined=refused, **of_return)
    when = d.container.promises.by_when(d.now, d.language)
    d.say("appeal_taken" if refused or number else "appeal_taken_general", when=when)


async def _refused_return(d: Dialogue) -> str | None:
    """The return of the proven order of which goods or money were refused."""
    if d.memory.order_id is None:
        return None
    for rma in await d.returns():
        standing = await d.container.standing.of(rma.number)
        withheld = any(refund.withheld for refund in standing.refunds)
        if rma.status is ReturnStatus.DECLINED or standing.rejected or withheld:
            return rma.number
    return None
