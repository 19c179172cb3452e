"""Logs: one JSON object a line whatever is in it, and no words of a shopper's."""

import io
import json
import logging

import pytest
import structlog

from gateway.logs import configure_logs

WORDS = "noah@example.com\n2026 INFO forged line \x1b[2J"


@pytest.fixture
def lines():
    before = logging.getLogger().handlers[:], logging.getLogger().level
    stream = io.StringIO()
    configure_logs(stream)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    logging.getLogger().handlers[:], logging.getLogger().level = before
    structlog.reset_defaults()


def test_text_from_outside_cannot_begin_a_line(lines):
    structlog.get_logger("gateway").info("http", route=WORDS)
    logging.getLogger("library").warning("received %s", WORDS)
    first, second = lines()
    assert first["route"] == WORDS
    assert first["level"] == "info"
    assert WORDS in second["event"]


def test_the_address_of_a_broken_request_is_left_out(lines):
    logging.getLogger("aiohttp.server").error("Error handling request from %s", "203.0.113.9")
    assert "203.0.113.9" not in json.dumps(lines())


def test_an_exception_says_where_and_not_what(lines):
    try:
        try:
            raise ValueError(WORDS)
        except ValueError as cause:
            raise RuntimeError(WORDS) from cause
    except RuntimeError:
        logging.getLogger("library").exception("request failed")
        structlog.get_logger("gateway").exception("turn failed")
    first, second = lines()
    for line in (first, second):
        assert line["error"] == "RuntimeError < ValueError"
        assert line["at"][-1].endswith("test_an_exception_says_where_and_not_what")
        assert "noah" not in json.dumps(line)
