"""What a line typed in the terminal chat stands for, and that nothing shown can command the terminal."""

import io

import pytest
from rich.console import Console

from retour.chat.client import ChatClient
from retour.chat.terminal import Terminal


def asked(kind, *labels):
    choices = [{"label": label, "value": f"v-{label}"} for label in labels]
    message = {"id": 3, "from": "bot", "text": "Which?", "choices": choices, "attachments": []}
    return {"messages": [message], "expects": {"slot": "lines", "kind": kind, "line": None}, "owner": "assistant"}


@pytest.fixture
def terminal():
    return Terminal(ChatClient("http://127.0.0.1:1"), Console(file=io.StringIO(), width=200))


@pytest.mark.parametrize(
    ("kind", "typed", "picked"),
    [
        ("choice", "2", "v-Blue mug"),
        ("choice", " blue MUG ", "v-Blue mug"),
        ("choice", "the blue one", None),
        ("choice", "0", None),
        ("choice", "3", None),
        ("choice", "1, 2", None),
        ("choices", "1, 2", ["v-Red mug", "v-Blue mug"]),
        ("choices", "red mug", ["v-Red mug"]),
        ("choices", "1 and the other", None),
    ],
)
def test_a_number_or_a_label_picks_and_anything_else_is_for_the_assistant(terminal, kind, typed, picked):
    terminal.show(asked(kind, "Red mug", "Blue mug"))
    assert terminal.picked(typed) == picked


def test_a_number_that_is_a_label_means_the_label(terminal):
    terminal.show(asked("choice", "3", "2", "1"))
    assert terminal.picked("2") == "v-2"


def test_a_message_cannot_command_the_terminal_and_is_shown_once():
    stream = io.StringIO()
    terminal = Terminal(ChatClient("http://127.0.0.1:1"), Console(file=stream, width=200))
    answer = asked("choice", "a\x1b]0;title\x07b")
    answer["messages"][0]["text"] = "one\x1b[2J\r\ntwo [bold]kept[/bold]"
    terminal.show(answer)
    terminal.show(answer)
    shown = stream.getvalue()
    assert "\x1b" not in shown and "\x07" not in shown and shown.count("two [bold]kept[/bold]") == 1
