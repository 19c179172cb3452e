"""A phone that texts a running Retour: signed as Twilio signs, and answered by what the outbox then holds for its number."""

import itertools
import secrets
import sqlite3
import time
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import requests
from twilio.request_validator import RequestValidator

_serial = itertools.count(1)


@dataclass
class Phone:
    """`url` is where the gateway listens, `address` what it calls itself (RETOUR_PUBLIC_URL), `token` Twilio's auth token,
    `database` its SQLite file. `sent` and `received` are all texts so far."""

    number: str
    url: str
    address: str
    token: str
    database: Path
    to: str = "+33700000001"
    sent: list[str] = field(default_factory=list)
    received: list[str] = field(default_factory=list)

    def post(self, text: str, sid: str, **fields: str) -> requests.Response:
        """One delivery of a message, with a token of its own for each sid."""
        form = {"MessageSid": sid, "From": self.number, "To": self.to, "Body": text, "NumMedia": "0"} | fields
        path = "/webhooks/twilio/sms"
        signature = RequestValidator(self.token).compute_signature(self.address + path, form)
        headers = {"X-Twilio-Signature": signature, "I-Twilio-Idempotency-Token": f"token-{sid}"}
        return requests.post(self.url + path, data=form, headers=headers, timeout=30)

    def say(self, text: str, **fields: str) -> str:
        """Texts, and waits for the answer: the texts that came back, one a line."""
        sid, seen = f"SM{next(_serial):08d}{secrets.token_hex(12)}", len(self.received)
        self.sent.append(text)
        answer = self.post(text, sid, **fields)
        assert answer.status_code == 200, answer.text
        self._wait_until_done(sid)
        self.received = self._outbox()
        return "\n".join(self.received[seen:])

    def _wait_until_done(self, sid: str, patience: float = 60) -> None:
        late = time.monotonic() + patience
        while self._rows("SELECT status FROM inbound WHERE sid = ?", sid) != [("done",)]:
            if time.monotonic() > late:
                raise TimeoutError(f"not answered in {patience:.0f} s: {self.sent[-1]!r}")
            time.sleep(0.02)

    def _outbox(self) -> list[str]:
        query = "SELECT text FROM outbox WHERE recipient = ? AND medium = 'sms' ORDER BY id"
        return [text for (text,) in self._rows(query, self.number)]

    def _rows(self, query: str, value: str) -> list[tuple[str, ...]]:
        with closing(sqlite3.connect(self.database, timeout=10)) as connection:
            return connection.execute(query, (value,)).fetchall()
