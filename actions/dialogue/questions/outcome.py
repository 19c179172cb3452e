"""How it ends: refund, credit or another item, the way back, and the yes."""

import re

from actions.dialogue import instead
from actions.dialogue.context import Dialogue
from actions.dialogue.memory import Asked
from actions.dialogue.particulars import method_in
from actions.dialogue.questions.base import picked
from actions.dialogue.words import ANY, DISAGREES, NO, YES
from rma.model.codes import Method, Resolution, as_code
from rma.model.conversations import ChoiceOption
from rma.model.orders import Order
from rma.service.returns import unsafe_to_post

_CREDIT = re.compile(
    r"(?:(?:un|en|l'|d'|oui|ok|plutot|en fait|je (?:veux|prefere|prends|voudrais)|a|the|by|in|as|pour|avec)[\s,]*)*(?:avoir|avoirs|credit|coupon|voucher|bon)(?:[\s,]+(?:svp|stp|merci|please|pls|thanks|alors|plutot|magasin|s'il (?:vous|te) plait))*"
)
_POSTED = re.compile(
    r"\b(?:by (?:post|mail|royal mail|snail mail)|(?:in|through|via) the (?:post|mail)|post office|i(?:'ll| will)? (?:post|mail) it|par (?:la |voie )?(?:poste|postale|courrier)|(?:a|via) la poste|poster|laposte)\b|^(?:post|mail|poste|la poste|courrier)$"
)
_FETCHED = re.compile(r"\b(?:pick(?:ed)?[- ]?(?:it |them )?up|pickup|collect(?:ed|ion)?|come (?:and )?(?:get|fetch)|fetch|enlevement|enlever|venir (?:le |la |les )?(?:chercher|prendre)|chez moi|at (?:my )?(?:home|place))\b")


def bare_outcome(said: str) -> Resolution | None:
    """An outcome that is named by a word alone, which means something else in a sentence: "cash", "un avoir"."""
    if said in ("money", "my money", "cash", "argent", "l'argent", "mon argent"):
        return Resolution.REFUND
    return Resolution.STORE_CREDIT if _CREDIT.fullmatch(said) else None


class WhatInstead:
    """The resolution."""

    slot = "resolution"

    async def ask(self, d: Dialogue, line: str | None = None) -> None:
        decision = await d.decide(d.draft.items, None)
        open_to = [set(item.resolutions) for item in decision.lines if item.decision != "decline"]
        common = set.intersection(*open_to) if open_to else set()
        options = [
            ChoiceOption(label=d.plain_text(f"resolution_{code}"), value=code) for code in Resolution if code in common
        ]
        if Resolution.REFUND not in common:
            d.say("remedy_first")
            options.append(ChoiceOption(label=d.plain_text("resolution_refund_review"), value=Resolution.REFUND))
        d.ask(Asked(slot=self.slot, kind="choice", options=options, accepts=list(Resolution)), d.text("ask_resolution"))

    async def read(self, d: Dialogue) -> bool:
        wish = as_code(Resolution, picked(d))
        if wish is None and d.reading.choice is None:
            wish = bare_outcome(d.reading.bare)
        if wish is None and d.reading.choice is None:
            named = (as_code(Resolution, value) for value in d.reading.values("resolution"))
            wish = next((code for code in named if code), None)
            if wish is None and (d.reading.is_sure("request_exchange") or await instead.wished_now(d)):
                wish = Resolution.EXCHANGE
        if wish is None:
            wish = as_code(Resolution, no_matter_which(d))
        if wish is None:
            return False
        # Kept as a wish: the task looks whether the policy allows it, and says so when not.
        d.draft.wished, d.draft.resolution = wish, None
        return True


def ways_back(d: Dialogue, order: Order) -> tuple[Method, ...]:
    """How the chosen items can travel: what the carrier offers there, but what is unsafe to post only by pick-up."""
    methods = d.container.carrier.methods(order.shipping_address.country)
    if any(unsafe_to_post(order, item.id, item.reason) for item in d.draft.items):
        return tuple(method for method in methods if method is Method.PICKUP)
    return methods


class WayBack:
    """How the goods travel: a label to print, or a QR to show."""

    slot = "method"

    async def ask(self, d: Dialogue, line: str | None = None) -> None:
        order = await d.order()
        assert order is not None
        options = [ChoiceOption(label=d.plain_text(f"method_{code}"), value=code) for code in ways_back(d, order)]
        d.ask(Asked(slot=self.slot, kind="choice", options=options), d.text("ask_method"))

    async def read(self, d: Dialogue) -> bool:
        asked = d.memory.asked
        assert asked is not None
        value = picked(d) or (None if d.reading.choice else self._said(d)) or no_matter_which(d)
        if value not in {option.value for option in asked.options}:
            return False
        d.draft.method = Method(value)
        return True

    @staticmethod
    def _said(d: Dialogue) -> Method | None:
        """What is posted needs a label."""
        method = method_in(d.reading)
        if method is None and _FETCHED.search(d.reading.plain):
            return Method.PICKUP
        return Method.LABEL if method is None and _POSTED.search(d.reading.plain) else method


def no_matter_which(d: Dialogue) -> str | None:
    """The first choice, when the shopper leaves it to us: the summary says which it is."""
    asked = d.memory.asked
    if asked is None or not asked.options or d.reading.choice is not None or not ANY.fullmatch(d.reading.bare):
        return None
    return asked.options[0].value


_MENDED = ("color", "size", "product", "quantity", "resolution")


def yes_or_no(d: Dialogue) -> bool | None:
    """What the message says to a yes-or-no question, or None when it says something else."""
    if d.reading.choice is not None:
        return {"yes": True, "no": False}.get(d.reading.choice[0])
    plain = d.reading.bare
    if plain in ("1", "2"):
        return plain == "1"
    if YES.fullmatch(plain):
        return True
    if NO.fullmatch(plain) or (DISAGREES.search(plain) and len(plain.split()) <= 6 and d.memory.declined is None):
        return False
    if len(plain.split()) <= 4 and d.reading.confidence >= 0.75:
        # "No wait, black please" puts something else in the place of what was proposed: it calls nothing off.
        mends = d.reading.intent == "deny" and any(d.reading.values(kind) for kind in _MENDED)
        return None if mends else {"affirm": True, "deny": False}.get(d.reading.intent or "")
    return None


def confirm_options(d: Dialogue) -> list[ChoiceOption]:
    return [
        ChoiceOption(label=d.plain_text("choice_yes"), value="yes"),
        ChoiceOption(label=d.plain_text("choice_no"), value="no"),
    ]
