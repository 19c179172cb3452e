"""What was not understood is noted as it happens, shown and learnt without personal data, and lost to nobody's mistake."""

import asyncio
import json
import shutil
import sys
from collections.abc import AsyncIterator, Callable
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import yaml
from rasa.shared.nlu.training_data.loading import load_data
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher
from sqlalchemy import delete

from actions.registry import all_actions
from bot.nlu.components import example_of
from retour.cli import main
from rma.bootstrap import Container, open_container
from rma.model.conversations import Channel
from rma.model.errors import Conflict, NotFound
from rma.model.review import Cause, Review, ReviewStatus
from rma.settings import Settings
from rma.store.tables import ConversationRow
from tests.fixtures.shopper import MUG, Orders

Cli = Callable[..., tuple[int, str, str]]


class Shopper:
    """A conversation, with each message understood as the test says Rasa understood it."""

    def __init__(self, container: Container, conversation: str) -> None:
        self.container = container
        self.id = conversation

    async def say(
        self, text: str, intent: str, confidence: float = 0.95, choice: list[str] | None = None, **parse: Any
    ) -> int:
        heard = await self.container.desk.hear(self.id, text, choice)
        await self.turn(heard.message.id, heard.message.text, intent, confidence, choice, **parse)
        return heard.message.id

    async def turn(
        self, message: int, text: str, intent: str, confidence: float, choice: list[str] | None = None, **parse: Any
    ) -> None:
        latest = {
            "text": text,
            "intent": {"name": intent, "confidence": confidence},
            "language": "en",
            "language_confidence": 0.9,
            "metadata": {"message_id": message, "choice": choice},
        } | parse
        action = next(one for one in all_actions(self.container) if one.name() == f"action_{intent}")
        tracker = Tracker(self.id, {}, latest, [], False, None, {}, "action_listen")
        await action.run(CollectingDispatcher(), tracker, {})

    async def noted(self) -> list[tuple[int, Cause]]:
        return [(review.message_id, review.cause) for review in await reviews(self.container)]


async def reviews(container: Container) -> list[Review]:
    async with container.transactions() as uow:
        return await uow.reviews.find()


@pytest.fixture
async def container(sqlite_url: str) -> AsyncIterator[Container]:
    async with open_container(Settings.load(database_url=sqlite_url)) as opened:
        yield opened


@pytest.fixture
async def shopper(container: Container) -> Shopper:
    conversation, _ = await container.desk.open(Channel.WEB, None, None)
    return Shopper(container, conversation.id)


async def test_what_was_not_understood_is_noted_once(shopper: Shopper) -> None:
    await shopper.say("I want to send something back", "request_return")
    first = await shopper.say("the purple monkey dishwasher", "out_of_scope", 0.62)
    assert await shopper.noted() == [(first, Cause.NOT_UNDERSTOOD)]
    (review,) = await reviews(shopper.container)
    assert (review.understood.intent, review.understood.confidence, review.status) == (
        "out_of_scope", 0.62, ReviewStatus.WAITING,
    )  # fmt: skip
    # The same turn once more, as after a crash, and the same message for another cause.
    await shopper.turn(first, "the purple monkey dishwasher", "out_of_scope", 0.62)
    await shopper.say("let me talk to somebody", "talk_to_human")
    assert [cause for message, cause in await shopper.noted() if message == first] == [Cause.NOT_UNDERSTOOD]


async def test_what_led_to_a_person_is_noted(shopper: Shopper) -> None:
    odd = [await shopper.say(text, "out_of_scope", 0.7) for text in ("what a day", "what a night")]
    asked = await shopper.say("how long do I have to send things back?", "ask_return_policy", 0.9)
    await shopper.say("", "talk_to_human", choice=["talk_to_human"])
    not_understood = [(message, Cause.NOT_UNDERSTOOD) for message in odd]
    assert await shopper.noted() == [*not_understood, (asked, Cause.PERSON)], "the click itself teaches nothing"
    *_, review = await reviews(shopper.container)
    assert (review.understood.intent, review.understood.confidence) == ("ask_return_policy", 0.9)


async def test_a_person_asked_for_in_words_is_noted(shopper: Shopper) -> None:
    before = await shopper.say("hello there", "greet")
    wanted = await shopper.say("get me a human being", "talk_to_human", 0.9)
    assert await shopper.noted() == [(before, Cause.PERSON), (wanted, Cause.PERSON)]


async def test_what_the_model_was_unsure_of_is_noted_but_not_answers_and_clicks(container: Container, shopper: Shopper) -> None:
    unsure = await shopper.say("sending it back i guess?", "request_return", 0.48)
    assert await shopper.noted() == [(unsure, Cause.UNSURE)]
    number = Orders(container.settings.database).add(MUG)
    text = f"{number} {Orders.email(number)}"
    place = len(number) + 1
    entities = [
        {"entity": "order_number", "value": number, "start": 0, "end": place - 1},
        {"entity": "email", "value": Orders.email(number), "start": place, "end": len(text)},
    ]
    await shopper.say(text, "inform", 0.3, entities=entities)
    conversation, _ = await container.desk.transcript(shopper.id)
    assert conversation.expects is not None and conversation.expects.slot == "reason"
    assert await shopper.noted() == [(unsure, Cause.UNSURE)], "an answer to what was asked is understood by the question"
    vague = await shopper.say("meh", "inform", 0.9, reason="quality", reason_confidence=0.2)
    assert await shopper.noted() == [(unsure, Cause.UNSURE), (vague, Cause.UNSURE)], "the reason was guessed"


async def test_a_turn_that_is_not_kept_notes_nothing(shopper: Shopper, monkeypatch: pytest.MonkeyPatch) -> None:
    async def busy(*_: object, **__: object) -> None:
        raise Conflict("busy")

    monkeypatch.setattr(shopper.container.desk, "_say", busy)
    with pytest.raises(Conflict):
        await shopper.say("blah blah", "out_of_scope", 0.3)
    assert await shopper.noted() == []


async def test_an_erased_conversation_leaves_nothing_to_review(shopper: Shopper) -> None:
    await shopper.say("gibberish", "out_of_scope", 0.4)
    async with shopper.container.engine.begin() as connection:
        await connection.execute(delete(ConversationRow).where(ConversationRow.id == shopper.id))
    assert await shopper.noted() == []


async def test_secrets_are_hidden_before_they_are_stored(shopper: Shopper) -> None:
    desk, secret = shopper.container.desk, "4242 4242 4242 4242"
    heard = await desk.hear(shopper.id, f"my card {secret}, cvv 123", client_key="k")
    assert heard.message.text == "my card •••• 4242, cvv •••"
    again = await desk.hear(shopper.id, f"my card {secret}, cvv 123", client_key="k")
    assert not again.fresh and again.message.id == heard.message.id
    with pytest.raises(Conflict):
        await desk.hear(shopper.id, "another text", client_key="k")
    await shopper.turn(heard.message.id, heard.message.text, "out_of_scope", 0.4)
    path = Path(str(shopper.container.engine.url.database))
    stored = b"".join(file.read_bytes() for file in path.parent.glob(f"{path.name}*"))
    assert secret.encode() not in stored and b"\xe2\x80\xa2 4242" in stored


# -- the shop's side --------------------------------------------------------------------------------------------------

PERSONAL = ("Zoé", "Martin-Lefort", "zoe", "gmail", "98 76 54 32", "Opéra", "Lyon", "69009", "T0", "hunter2", "2611340")


@pytest.fixture(scope="module")
def talked(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The database of a shop whose shopper gave everything about herself away and was understood badly."""
    path = tmp_path_factory.mktemp("talked") / "retour.db"
    shutil.copy(migrated_sqlite, path)
    url = f"sqlite:///{path}"
    number = Orders(url).add(
        MUG,
        customer={"name": "Zoé Martin-Lefort", "email": "zoe@gmail.com"},
        shipping_address={"name": "Z. Martin-Lefort", "line1": "8 place de l'Opéra", "city": "Lyon", "country": "FR"},
    )

    async def talk() -> None:
        async with open_container(Settings.load(database_url=url)) as container:
            conversation, _ = await container.desk.open(Channel.WEB, None, None)
            shopper = Shopper(container, conversation.id)
            text = f"{number} zoe@gmail.com"
            entities = [
                {"entity": "order_number", "value": number, "start": 0, "end": len(number)},
                {"entity": "email", "value": "zoe@gmail.com", "start": len(number) + 1, "end": len(text)},
            ]
            french = {"language": "fr", "language_confidence": 0.97}
            await shopper.say("je veux renvoyer ma tasse", "request_return", **french)
            await shopper.say(text, "inform", entities=entities)
            await shopper.say(
                "Zoé encore, la tasse fuit comme une passoire [voir](photo), au 8 place de l'opéra à Lyon, "
                "tel 06 98 76 54 32, mdp hunter2, commande W2611340\n\nMartin-Lefort",
                "out_of_scope", 0.35, **french,
            )  # fmt: skip
            await shopper.say("it leaks like a sieve", "out_of_scope", 0.41, language="en", language_confidence=0.99)
            await shopper.say("ok", "out_of_scope", 0.3)

    asyncio.run(talk())
    return path


@pytest.fixture
def cli(talked: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Cli:
    shutil.copy(talked, tmp_path / "retour.db")
    monkeypatch.setenv("RETOUR_DATABASE_URL", f"sqlite:///{tmp_path / 'retour.db'}")
    monkeypatch.setenv("RETOUR_VAR", str(tmp_path))

    def run(*arguments: str, typed: str = "") -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["retour", "review-nlu", *arguments])
        monkeypatch.setattr(sys, "stdin", StringIO(typed))
        with pytest.raises(SystemExit) as ended:
            main()
        shown = capfd.readouterr()
        return int(ended.value.code or 0), shown.out, shown.err

    return run


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "nlu"
    (folder / "en").mkdir(parents=True)
    (folder / "en" / "affirm.yml").write_text(
        'version: "3.1"\nnlu:\n- intent: affirm\n  metadata: {language: en}\n  examples: |\n    - OK!\n    - yes\n',
        encoding="utf-8",
    )
    return folder


def listed(cli: Cli, *arguments: str) -> list[dict[str, Any]]:
    code, out, err = cli("list", "--format", "jsonl", *arguments)
    assert code == 0, err
    return [json.loads(line) for line in out.splitlines()]


def test_listed_without_personal_data_oldest_first(cli: Cli) -> None:
    rows = listed(cli)
    assert [row["intent"] for row in rows] == ["out_of_scope"] * 3 and rows[0]["language"] == "fr"
    assert rows[0]["text"] == (
        "Alex encore, la tasse fuit comme une passoire [voir](photo), au 12 rue des écoles à Villeneuve, "
        "tel 06 92 34 56 78, mdp ••••••, commande W1234567 Sam"
    )
    assert not [word for word in PERSONAL for row in rows if word.lower() in row["text"].lower()]
    assert [row["id"] for row in listed(cli, "--language", "en")] == [row["id"] for row in rows[1:]]
    assert listed(cli, "--since", "2999-01-01") == []
    assert [row["id"] for row in listed(cli, "--cause", "not_understood")] == [row["id"] for row in rows[:2]]
    assert rows[2]["cause"] == "person", "the third in a row fetches one"
    _, shown, _ = cli("list")
    assert "passoire" in shown and "out_of_scope 0.35" in shown and "Zoé" not in shown


def test_labelled_exported_and_learnt_by_rasa(cli: Cli, data: Path) -> None:
    first, second, third = (str(row["id"]) for row in listed(cli))
    assert cli("label", first, "--intent", "report_problem", "--reason", "defective")[0] == 0
    assert cli("label", second, "--intent", "report_problem", "--reason", "defective", "--text", "it leaks, says Zoé")[0] == 0
    assert cli("label", third, "--intent", "affirm")[0] == 0
    code, out, _ = cli("export", "--data", str(data))
    assert code == 0 and "2 added" in out and "1 there already" in out
    learnt = [example_of(message) for message in load_data(str(data / "fr")).intent_examples]
    (meaning,) = {(one.intent, one.reason, one.utterance.text) for one in learnt}
    assert meaning[:2] == ("report_problem", "defective") and "(voir)(photo)" in meaning[2]
    assert load_data(str(data / "fr")).entity_examples == []
    english = [(example_of(m).intent, example_of(m).utterance.text) for m in load_data(str(data / "en")).intent_examples]
    assert ("report_problem", "it leaks, says Alex") in english and len(english) == 3
    for path in data.glob("*/reviewed.yml"):
        text = path.read_text(encoding="utf-8")
        assert not [word for word in PERSONAL if word.lower() in text.lower()]
        assert yaml.safe_load(text)["nlu"][0]["metadata"] == {"language": path.parent.name, "reason": "defective"}
    before = {path: path.read_bytes() for path in data.glob("*/*.yml")}
    assert cli("export", "--data", str(data))[0] == 0
    assert {path: path.read_bytes() for path in data.glob("*/*.yml")} == before
    assert listed(cli) == [] and {row["status"] for row in listed(cli, "--all")} == {"exported"}
    assert cli("label", first, "--intent", "greet")[0] == 1, "it is training data already"


def test_a_contradiction_is_reported_and_not_written(cli: Cli, data: Path) -> None:
    *_, third = (str(row["id"]) for row in listed(cli))
    cli("label", third, "--intent", "deny")
    code, _, err = cli("export", "--data", str(data))
    assert code == 1 and "en/affirm.yml says affirm" in err and not (data / "en" / "reviewed.yml").exists()
    assert cli("label", third, "--intent", "affirm")[0] == 0 and cli("export", "--data", str(data))[0] == 0


def test_what_a_person_wrote_in_the_file_stays(cli: Cli, data: Path) -> None:
    second = str(listed(cli)[1]["id"])
    path = data / "en" / "reviewed.yml"
    path.write_text(
        'version: "3.1"\nnlu:\n# looked at by Ann\n- intent: report_problem\n  metadata: {language: en, reason: defective}\n'
        "  examples: |\n    - it's dead\n",
        encoding="utf-8",
    )
    cli("label", second, "--intent", "report_problem", "--reason", "defective")
    assert cli("export", "--data", str(data))[0] == 0
    assert "# looked at by Ann" in path.read_text(encoding="utf-8")
    (block,) = yaml.safe_load(path.read_text(encoding="utf-8"))["nlu"]
    assert block["examples"].splitlines() == ["- it's dead", "- it leaks like a sieve"]
    path.write_text("nlu: [", encoding="utf-8")
    cli("label", str(listed(cli)[1]["id"]), "--intent", "affirm", "--text", "sure thing")
    code, _, err = cli("export", "--data", str(data))
    assert code == 1 and "reviewed.yml" in err and path.read_text(encoding="utf-8") == "nlu: ["
    assert "labelled" in {row["status"] for row in listed(cli, "--all")}, "the label waits for the mended file"


def test_bad_input_is_refused_in_one_line(cli: Cli) -> None:
    for arguments in (
        "label 1 --intent returns", "label 1 --intent greet --reason quality", "label 1 --intent inform --reason ugly",
        "label 99 --intent greet", "label 1 --intent greet --language de", "skip 99", "list --since yesterday", "list --cause x",
        "list --format csv", "export --data /nowhere/at/all",
    ):  # fmt: skip
        code, out, err = cli(*arguments.split())
        assert code == 1 and out == "" and len(err.strip().splitlines()) == 1, arguments
    assert cli("label", "1", "--intent", "greet", "--text", "  ")[0] == 1
    assert {row["status"] for row in listed(cli, "--all")} == {"waiting"}


def test_going_through_them_one_by_one(cli: Cli, data: Path) -> None:
    keys = ["nonsense", "report_p", "defective", "e", "it leaks", "l", "l", "11", "s"]
    code, _, err = cli(typed="\n".join(keys) + "\n")
    rows = {row["id"]: row for row in listed(cli, "--all")}
    assert code == 0 and "no such name" in err and "2 labelled" in err
    labels = [(row["status"], (row["label"] or {}).get("intent"), (row["label"] or {}).get("text")) for row in rows.values()]
    assert labels[0][:2] == ("labelled", "report_problem") and "Zoé" not in labels[0][2]
    assert labels[1] == ("labelled", "report_not_received", "it leaks") and labels[2][0] == "skipped"
    assert "nothing to review" in cli(typed="")[1]


async def test_two_reviewers_do_not_overwrite_each_other(container: Container, shopper: Shopper) -> None:
    await shopper.say("gibberish", "out_of_scope", 0.4)
    (stale,) = await reviews(container)
    await container.reviews.skip(stale.id, "staff Ann")
    with pytest.raises(Conflict):
        await container.reviews.exported([stale], "staff Bob")
    with pytest.raises(NotFound):
        await container.reviews.skip(stale.id + 1, "staff Ann")
