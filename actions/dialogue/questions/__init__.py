"""Every question the assistant can put, by the slot it fills."""

from actions.dialogue.questions.base import Question
from actions.dialogue.questions.code import Code
from actions.dialogue.questions.confirm import Confirm, WhichReturn
from actions.dialogue.questions.exchange import ExchangeFor
from actions.dialogue.questions.identity import Contact, OrderNumber
from actions.dialogue.questions.items import HowIsIt, Lines, Photo, Quantity, WhyBack
from actions.dialogue.questions.outcome import WayBack, WhatInstead

_ALL: tuple[Question, ...] = (
    OrderNumber(),
    Contact(),
    Lines(),
    Quantity(),
    WhyBack(),
    HowIsIt(),
    Photo(),
    WhatInstead(),
    ExchangeFor(),
    WayBack(),
    Confirm(),
    WhichReturn(),
    Code(),
)
QUESTIONS: dict[str, Question] = {question.slot: question for question in _ALL}
