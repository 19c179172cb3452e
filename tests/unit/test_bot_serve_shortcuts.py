"""What bot.serve does in another way than Rasa does the same: the graph without Dask, answers of actions without the schema."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema.validators import validator_for
from rasa.core.actions.action import RemoteAction
from rasa.engine.exceptions import GraphRunError
from rasa.engine.graph import ExecutionContext, GraphComponent, GraphSchema, SchemaNode
from rasa.engine.runner.dask import DaskGraphRunner
from rasa.engine.storage.local_model_storage import LocalModelStorage

from bot.action_endpoint import _sets_slots_only
from bot.graph import DirectGraphRunner


class Adds(GraphComponent):
    """Adds what it is given, and one; `runs` counts how often."""

    runs = 0

    @classmethod
    def create(cls, *_: Any, **__: Any) -> "Adds":
        return cls()

    def add(self, **given: int) -> int:
        Adds.runs += 1
        return sum(given.values()) + 1


def node(**needs: str) -> SchemaNode:
    return SchemaNode(needs=needs, uses=Adds, constructor_name="create", fn="add", config={})


SCHEMA = GraphSchema(
    {
        # Named so that no order of names is the order of running.
        "a": node(left="c", right="b"),
        "b": node(left="c", right="said"),
        "c": node(left="said"),
        "apart": node(left="said"),
    }
)


@pytest.fixture
def runners(tmp_path: Path) -> list[DaskGraphRunner]:
    storage, context = LocalModelStorage(tmp_path), ExecutionContext(SCHEMA, model_id="one")
    return [kind.create(SCHEMA, storage, context) for kind in (DaskGraphRunner, DirectGraphRunner)]


@pytest.mark.parametrize("targets", [["a"], ["b", "apart"], ["c", "a"], ["said", "c"]])
def test_both_runners_answer_the_same(runners: list[DaskGraphRunner], targets: list[str]) -> None:
    theirs, ours = (runner.run({"said": 5}, targets) for runner in runners)
    assert ours == theirs
    Adds.runs = 0
    runners[1].run({"said": 5}, ["a"])
    assert Adds.runs == 3


def test_an_input_named_like_a_node_or_missing_is_refused(runners: list[DaskGraphRunner]) -> None:
    for runner in runners:
        with pytest.raises(GraphRunError):
            runner.run({"c": "c", "said": 5}, ["a"]) if runner is runners[1] else runner.run({"said": "c"}, ["a"])
        with pytest.raises(GraphRunError):
            runner.run({}, ["c"])


values = st.one_of(st.none(), st.text(), st.integers(), st.lists(st.text()), st.dictionaries(st.text(), st.none()))
events = st.fixed_dictionaries(
    {"event": st.sampled_from(["slot", "slot", "bot"]), "value": values},
    optional={"name": st.one_of(st.text(), st.none()), "timestamp": st.one_of(st.none(), st.floats(0, 9), st.text())},
)


@given(st.fixed_dictionaries({"events": st.lists(events, max_size=3), "responses": st.lists(values, max_size=1)}))
def test_what_passes_without_the_schema_passes_it(result: dict[str, Any]) -> None:
    schema = RemoteAction.action_response_format_spec()
    if _sets_slots_only(result):
        assert validator_for(schema)(schema).is_valid(result)
