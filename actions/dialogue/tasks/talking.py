"""Everything said beside the task: hello and thanks, a person asked for, an appeal, what the assistant cannot do."""

from actions.dialogue.context import Dialogue
from actions.dialogue.words import INSULT
from rma.model.conversations import Owner, Utterance


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
    """Nothing that this assistant does, and no task under way: says so, and the second time in a row offers a person."""
    d.memory.misses += 1
    if INSULT.search(d.reading.plain):
        d.say("calm")
    elif d.memory.misses >= 2:
        d.memory.offered_person = True
        d.said.append(Utterance(text=d.text("offer_person"), choices=[d.person_choice()]))
    else:
        d.say("out_of_scope")


async def fetch_person(d: Dialogue, cause: str = "asked_for") -> None:
    """Leaves the conversation to the team; from then on the assistant is silent until it is given back."""
    d.ticket(cause)
    d.conversation.owner = Owner.PERSON
    d.memory.misses = 0
    d.say("person_comes", hours=d.container.shop_profile.answer_within_hours, name=d.container.shop_profile.name)


async def appeal(d: Dialogue) -> None:
    """Takes the shopper's own words to a person; the assistant stays for everything else."""
    refused = d.memory.declined
    d.ticket("appeal", words=d.reading.text[:2000], declined=refused)
    d.say("appeal_taken" if refused else "appeal_taken_general", hours=d.container.shop_profile.answer_within_hours)
