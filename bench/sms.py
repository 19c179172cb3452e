"""What a return by text message costs: segments that leave, in English and French. `python -m bench.sms`; `--show` prints them all.

Signed webhooks of the running product, one item, from the number of the order; every text is what was posted to the outbox. The
baselines are the same messages without folding into GSM-7, and with all of them in UCS-2, as a sender that does not look pays them.
"""

import argparse
import json
import sqlite3
import tempfile
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.phone import Phone
from bench.running import start
from retour.up import model_for
from rma.links import Links
from rma.model.conversations import Message
from rma.model.gsm7 import GSM7, cost
from rma.service.sms import as_sms
from rma.settings import Settings

ADDRESS = "https://returns.example.com"
"""As long as a shop's own is: papers are sent as addresses."""
SECRET, TOKEN = "the secret of this bench", "the token of this bench"
MOST = 12
UNITS, UNITS_JOINED = 70, 67


@dataclass(frozen=True)
class Script:
    """`number` is that of an order of the demo shop; `texts` are what it sends, parted by bars."""

    language: str
    name: str
    number: str
    texts: str


SCRIPTS = (
    Script("en", "all at once", "+4915112345678", "Hi, I'd like to return the rain jacket from W2611348, too small | 1 | 1 | 1"),
    Script("en", "step by step", "+4915223456789", "hello | I want a return | the watch | too big | refund | qr | ok"),
    Script("fr", "en une fois", "+33645678901", "Je veux renvoyer un coussin de W2611343, il ne me plaît pas | 1 | 1 | 1"),
    Script("fr", "pas à pas", "+33634567890", "bonjour | je voudrais faire un retour | 1 | 5 | remboursement | 2 | ok"),
)


@dataclass(frozen=True)
class Sum:
    messages: int
    sent: int
    in_gsm7: int
    unfolded: int
    in_ucs2: int


def added_up(texts: list[str], unfolded: list[str]) -> Sum:
    costs = [cost(text) for text in texts]
    return Sum(
        messages=len(texts),
        sent=sum(one.segments for one in costs),
        in_gsm7=sum(one.encoding == GSM7 for one in costs),
        unfolded=sum(cost(text).segments for text in unfolded),
        in_ucs2=sum(_wide(text) for text in unfolded),
    )


def _wide(text: str) -> int:
    units = len(text.encode("utf-16-le")) // 2
    return 1 if units <= UNITS else -(-units // UNITS_JOINED)


def unfolded(database: Path, number: str) -> list[str]:
    """What was said to the number before it was made ready for sending: answers to one message are one text."""
    query = (
        "SELECT m.id, m.text, m.choices, m.attachments, m.sender, m.at, m.reply_to FROM messages m JOIN conversations c"
        " ON c.id = m.conversation_id WHERE c.address = ? AND m.sender != 'shopper' ORDER BY m.id"
    )
    names = ("id", "text", "choices", "attachments", "sender", "at", "reply_to")
    with closing(sqlite3.connect(database, timeout=10)) as connection:
        rows = connection.execute(query, (number,)).fetchall()
    turns: dict[int, list[Message]] = {}
    for row in rows:
        fields = dict(zip(names, row, strict=True))
        turns.setdefault(fields["reply_to"] or -fields["id"], []).append(_message(fields))
    return [as_sms(said, Links(SECRET, ADDRESS).url) for said in turns.values()]


def _message(fields: dict[str, object]) -> Message:
    at = f"{fields['at']}+00:00"
    lists = {name: json.loads(str(fields[name])) for name in ("choices", "attachments")}
    return Message.model_validate(fields | lists | {"at": at})


def main() -> int:
    parser = argparse.ArgumentParser(prog="bench.sms", description=__doc__)
    parser.add_argument("--show", action="store_true", help="print the messages too")
    show = parser.parse_args().show
    model_for(Settings.load())
    console = Console(width=110)
    table = Table(title="Segments that leave for a one-item return by SMS")
    for heading in ("conversation", "messages in", "messages out", "of them GSM-7", "segments", "not folded", "all UCS-2"):
        table.add_column(heading, justify="left" if heading == "conversation" else "right")
    worst = 0
    with tempfile.TemporaryDirectory() as folder:
        keys = {"RETOUR_SECRET_KEY": SECRET, "RETOUR_TWILIO_AUTH_TOKEN": TOKEN}
        settings = keys | {"RETOUR_PUBLIC_URL": ADDRESS, "RETOUR_SMS_QUIET": "0.05"}
        process, url, _ = start(Path(folder), **settings)
        try:
            database = Path(folder) / "retour.db"
            for script in SCRIPTS:
                _fresh(database, script.number)
                phone = Phone(script.number, url, ADDRESS, TOKEN, database)
                for text in script.texts.split(" | "):
                    answer = phone.say(text)
                    if show:
                        console.print(f"[bold]> {text}[/bold]", highlight=False)
                        console.print(answer, f"[dim]({cost(answer).encoding}, {cost(answer).segments})[/dim]", highlight=False)
                if "RT-" not in phone.received[-1]:
                    raise SystemExit(f"{script.name}: no return was made; with --show you see where it went astray")
                total = added_up(phone.received, unfolded(database, script.number))
                worst = max(worst, total.sent)
                figures = (len(phone.sent), total.messages, total.in_gsm7, total.sent, total.unfolded, total.in_ucs2)
                table.add_row(f"{script.language}: {script.name}", *map(str, figures))
        finally:
            process.terminate()
            process.wait(30)
    console.print(table)
    console.print(f"aim: {MOST} segments or fewer; the dearest took {worst}")
    return 0 if worst <= MOST else 1


def _fresh(database: Path, number: str) -> None:
    """Lets the number begin a new conversation: two scripts may use the same."""
    with closing(sqlite3.connect(database, timeout=10)) as connection, connection:
        for statement in (
            "DELETE FROM sms_threads WHERE address = ?",
            "DELETE FROM outbox WHERE recipient = ?",
            "UPDATE conversations SET address = NULL WHERE address = ?",
        ):
            connection.execute(statement, (number,))


if __name__ == "__main__":
    raise SystemExit(main())
