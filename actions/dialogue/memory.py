"""What the assistant remembers of a conversation: kept with it in the database, read and written once a turn."""

import secrets
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, Field

from rma.model.codes import Condition, Method, Reason, Resolution
from rma.model.conversations import ChoiceOption
from rma.model.outgoing import Medium
from rma.model.review import Understood


class Goal(StrEnum):
    """What the shopper is here for."""

    RETURN = "return"
    EXCHANGE = "exchange"
    WITHDRAW = "withdraw"
    RETURN_STATUS = "return_status"
    REFUND_STATUS = "refund_status"
    RESEND_LABEL = "resend_label"
    CANCEL_RETURN = "cancel_return"
    CANCEL_ORDER = "cancel_order"
    TRACK_ORDER = "track_order"
    NOT_RECEIVED = "not_received"
    MORE_TIME = "more_time"
    CHANGE_OUTCOME = "change_outcome"
    APPEAL = "appeal"

    @property
    def makes_return(self) -> bool:
        return self in (Goal.RETURN, Goal.EXCHANGE, Goal.WITHDRAW)


class Item(BaseModel):
    """A line the shopper wants to send back, as far as it is known. None: not said yet."""

    id: str
    quantity: int | None = None
    reason: Reason | None = None
    words: str | None = None
    condition: Condition | None = None
    photo: int | None = None
    photo_refused: bool = False
    exchange_for: str | None = None
    aimed: dict[str, str] | None = None
    """The variant chosen last: what a later word on it leaves unsaid stays as in it."""
    aimed_at: int = 0
    """The turn in which it was chosen."""


class Said(BaseModel):
    """A message that said something about items before the order was known: read again once it is."""

    text: str
    parse: dict[str, Any]


class SaidOfInstead(Said):
    """A message, read again when it is asked what is wanted instead of an item. `line`: the item that was asked about then; `wishing`:
    it spoke of an exchange; `answering`: it answered which one is wanted."""

    turn: int = 0
    line: str | None = None
    wishing: bool = False
    answering: bool = False


class Asked(BaseModel):
    """The question that stands."""

    slot: str
    kind: str
    line: str | None = None
    options: list[ChoiceOption] = []
    beside: list[ChoiceOption] = []
    """Options shown after them that do not answer it: a person."""
    accepts: list[str] = []
    """Values that answer it beyond the options shown."""


class SendTo(BaseModel):
    """Where a label is wanted: the order's own address of a medium, or another one. `numbers` are the returns it is of; `code_sent`
    whether a one-time code is on its way there; `turn` is the one in which the label left."""

    medium: Medium
    address: str | None = None
    numbers: list[str] = []
    code_sent: bool = False
    turn: int | None = None


class Draft(BaseModel):
    """The return in the making. `key` names it: confirming it twice makes one return."""

    key: str = Field(default_factory=lambda: secrets.token_hex(12))
    items: list[Item] = []
    candidates: list[str] = []
    """Lines that could be meant, when the shopper's words fit several."""
    resolution: Resolution | None = None
    wished: Resolution | None = None
    """What the shopper asked for, before the policy said what is possible."""
    otherwise: Resolution | None = None
    """What the shopper wants where the item wanted instead is not to be had: "or else my money back"."""
    undecided: bool = False
    """An exchange or a refund were named, the one as good as the other."""
    spare_photo: int | None = None
    """A picture that came before anybody asked for it."""
    method: Method | None = None
    send_to: SendTo | None = None
    """Where the shopper wants the label sent, once there is one."""
    of_order: bool = False
    """Asked where something is, the shopper named the order, not "my parcel", which may be that of a return."""
    unwanted: bool = False
    """What did not come is not wanted any more."""
    outcome: Resolution | None = None
    """What the shopper wants in place of what a return that stands was made for."""
    shown_total: str | None = None
    """What that comes to, as it was shown."""
    about: str | None = None
    """What an errand about returns said: which item's it is."""
    objection: str | None = None
    """What an appeal said, where the order has to be found first."""
    agreed: str | None = None
    """The summary that was shown, so that yes is said to what was read."""

    def item(self, line_id: str | None) -> Item | None:
        return next((item for item in self.items if item.id == line_id), None)


class Later(BaseModel):
    """A second wish of the same message: what was said of it, and the other order where one was named."""

    goal: Goal
    order: str | None = None
    said: Said


class Heard(BaseModel):
    """A message that was typed, and what the model made of it."""

    message_id: int
    turn: int
    understood: Understood


_KEPT = ("told_at", "anger", "stretches", "acts_known", "back")
"""What "back" does not take back."""


class Memory(BaseModel):
    goal: Goal | None = None
    last_goal: Goal | None = None
    """The task before, for "and now?"."""
    order_number: str | None = None
    contact: str | None = None
    order_id: int | None = None
    guessed: bool = False
    """The order was taken for the one that is meant, because of the number that the message came from, a turn ago."""
    other_orders: list[str] = []
    """Numbers of orders that the shopper said no to."""
    return_number: str | None = None
    said: list[Said] = []
    instead: list[SaidOfInstead] = []
    """What was typed since the task began: it may name the variant that is wanted instead of an item."""
    draft: Draft = Field(default_factory=Draft)
    asked: Asked | None = None
    answered: Asked | None = None
    """The question before, for a second click on one of its buttons."""
    misses: int = 0
    anger: int = 0
    stretches: int = 0
    acts_known: int = 0
    """How many times a person had the conversation, and how many of their acts, as far as this memory took note."""
    back: bool = False
    """A person gave the conversation back, and nothing was said of it yet."""
    turns: int = 0
    told: dict[str, int] = {}
    """How often each text was said, so that the next time it is worded anew."""
    told_at: dict[str, int] = {}
    """The turn in which each refusal was said last."""
    trail: list[dict[str, Any]] = []
    """Earlier states, for "back"."""
    dropped: dict[str, Any] | None = None
    """The return that was given up a turn ago, for "actually, let's do it"."""
    dropped_at: int = 0
    offered_person: bool = False
    """The last thing said was the offer of a person: a yes takes it."""
    later: Later | None = None
    """What is taken up once this task is done."""
    last_return: str | None = None
    sending: SendTo | None = None
    """A label that waits for its address or for the code that proves it, or the last one that was sent."""
    declined: dict[str, Any] | None = None
    """The last refusal, for an appeal."""
    heard: Heard | None = None
    """The last message typed: what a person who is asked for next has to put right."""

    def snapshot(self) -> dict[str, Any]:
        """What was said of exchanges is kept once, in the memory itself: `turn` tells up to where."""
        return self.model_dump(mode="json", exclude={"trail", "told", "turns", "misses", "dropped", "instead", *_KEPT}) | {"turn": self.turns}

    def remember(self, before: dict[str, Any]) -> None:
        """Adds the state `before` an answer, so that "back" finds it."""
        self.trail = [*self.trail, before][-12:]

    def step_back(self) -> bool:
        """Returns to the state before the last answer; False at the beginning."""
        if not self.trail:
            return False
        state = self.trail.pop()
        kept: dict[str, Any] = {name: getattr(self, name) for name in _KEPT}
        kept["instead"] = [said for said in self.instead if said.turn < state.get("turn", self.turns)]
        earlier = Memory.model_validate({**state, **kept, "trail": self.trail, "told": self.told, "turns": self.turns})
        for name in Memory.model_fields:
            setattr(self, name, getattr(earlier, name))
        return True

    def clear_task(self) -> None:
        """Forgets the task, not who the shopper is."""
        self.last_goal, self.goal, self.asked, self.misses = self.goal or self.last_goal, None, None, 0
        self.draft, self.said, self.instead, self.trail, self.return_number = Draft(), [], [], [], None
