"""The rights of a person over what is kept about them, and how long it is kept of itself."""

from datetime import timedelta
from typing import Any

import phonenumbers

from rma.model.errors import NotFound, Refused
from rma.model.orders import order_key
from rma.model.phones import e164
from rma.model.privacy import Erasure, Person, PersonalData, Wanted
from rma.model.reach import is_email
from rma.model.shop import Shop
from rma.service.ports import Clock

FORMAT = 1
"""Of the exported document: it changes with what a reader of the one before would not understand."""


class PrivacyDesk:
    def __init__(self, data: PersonalData, clock: Clock, shop: Shop) -> None:
        self._data = data
        self._clock = clock
        self._shop = shop

    def wanted(self, order: str | None = None, email: str | None = None, phone: str | None = None) -> Wanted:
        """Raises Refused unless exactly one is given, and for what is no address."""
        given = [value for value in (order, email, phone) if value]
        if len(given) != 1:
            raise Refused("say who is meant by exactly one of --order, --email and --phone")
        if email:
            folded = email.strip().casefold()
            if not is_email(folded):
                raise Refused(f"{email!r} is no e-mail address; expected one such as noah@example.com")
            return Wanted(email=folded)
        if phone:
            number = e164(phone, self._shop.market)
            if number is None or not phonenumbers.is_possible_number(phonenumbers.parse(number)):
                raise Refused(f"{phone!r} is no phone number; write it with its country, such as +33612345678")
            return Wanted(phone=number)
        return Wanted(order=order_key(order or ""))

    async def export(self, wanted: Wanted) -> tuple[Person, dict[str, Any]]:
        """Everything kept about them, ready to be written as JSON. Raises NotFound when there is nothing."""
        person = await self._data.find(wanted)
        copy = await self._data.copy(person)
        if not any(value for name, value in copy.items() if name != "known_as"):
            raise NotFound(f"nothing is kept under this {_KINDS[wanted.kind]}")
        head = {
            "format": FORMAT,
            "shop": self._shop.name,
            "made_at": self._clock().isoformat(),
            "language": person.language.value,
        }
        return person, head | copy | {"left_out": {"numbers_shared_with_others": person.shared}}

    async def erase(self, wanted: Wanted, by: str, rehearse: bool = False) -> Erasure:
        """Erases what need not stay; says what was erased, what stays on which ground, and what waits until it is over. Doing it
        again is no error. `rehearse` changes nothing. Raises NotFound when nothing is known of them."""
        done = await self._data.erase(wanted, self._clock(), by, rehearse)
        if done is None:
            raise NotFound(f"nothing is kept under this {_KINDS[wanted.kind]}")
        return done

    async def keep_tidy(self) -> dict[str, int]:
        """Finishes erasures that had to wait, and removes what is older than the shop keeps it (policy/shop.yml, `privacy`)."""
        now, limits = self._clock(), self._shop.privacy
        finished = await self._data.finish(now)
        old = now - timedelta(days=limits.conversations_days) if limits.conversations_days else None
        expired = await self._data.expire(old, now - timedelta(days=365.25 * limits.withdrawals_years))
        done = {"erasures that waited": finished} | expired
        return {name: count for name, count in done.items() if count}


_KINDS = {"order": "order number", "email": "e-mail address", "phone": "phone number"}
