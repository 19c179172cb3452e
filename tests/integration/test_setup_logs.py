"""Rasa's log says what happened and where, never what a shopper wrote."""

import subprocess
import sys

import pytest

from bot.logs import redact
from retour.processes import ROOT, environment


@pytest.mark.parametrize(
    "personal",
    [
        "noah.brown@example.com",
        "+33 6 12 34 56 78",
        "W2611340",
        "4242 4242 4242 4242",
        "'my shoes are too small'",
        "“trop petit, merci”",
    ],
)
def test_what_may_be_personal_is_hidden(personal):
    line = redact(f"Could not read {personal} at the end")
    assert "[hidden]" in line and personal.strip("'“”") not in line and "2611340" not in line
    assert line.startswith("Could not read")


def test_a_message_is_one_short_line():
    assert "\n" not in redact("one\nERROR forged\r\x1b[31m") and len(redact("long " * 1000)) == 300


def test_nothing_that_fails_in_rasas_process_writes_what_was_said():
    """Its own loggers, structlog with values and a traceback with locals, a warning, and an error that nobody
    caught."""
    code = """
import logging, warnings, structlog
from bot import logs
logs.configure()
log = structlog.get_logger("rasa.core.processor")
log.warning("message.parsing.failed", user_text="SECRET one")
log.info("too.chatty", user_text="SECRET info")
def turn(text):
    try:
        raise ValueError(f"SECRET two {text}")
    except ValueError:
        log.exception("rest.message.received.failure", text=text)
        logging.getLogger("rasa").exception("Encountered an exception")
turn("SECRET three")
warnings.warn("SECRET four")
raise RuntimeError("SECRET five")
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment(), cwd=ROOT)
    assert done.returncode == 1 and done.stdout == ""
    assert "SECRET" not in done.stderr
    for kept in (
        "message.parsing.failed",
        "rest.message.received.failure",
        "ValueError",
        "RuntimeError",
        "<string>:10 turn",
    ):
        assert kept in done.stderr
