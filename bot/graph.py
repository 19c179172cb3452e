"""Runs Rasa's graph by calling one component after the other. Rasa hands it to Dask, which plans it anew three times a turn and
writes every input, the tracker too, into a line of log that nobody keeps."""

from typing import Any

from rasa.core import processor
from rasa.engine.exceptions import GraphRunError
from rasa.engine.runner.dask import DaskGraphRunner


class DirectGraphRunner(DaskGraphRunner):
    """Used by bot.serve. Takes the nodes in an order in which each comes after what it needs, planned once for every choice of
    targets."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._plans: dict[tuple[str, ...], list[tuple[str, tuple[str, ...]]]] = {}

    def run(self, inputs: dict[str, Any] | None = None, targets: list[str] | None = None) -> dict[str, Any]:
        """The outputs of the targets, by name. Raises GraphRunError for inputs that are named like nodes, and what a component
        raises."""
        wanted = tuple(targets or self._graph_schema.target_names)
        if wanted not in self._plans:
            self._plans[wanted] = self._planned(wanted)
        made: dict[str, Any] = {name: (name, value) for name, value in (inputs or {}).items()}
        if clash := made.keys() & self._instantiated_nodes.keys():
            raise GraphRunError(f"inputs are named like nodes: {', '.join(sorted(clash))}")
        for name, needs in self._plans[wanted]:
            # A node gets the bare name of an input that was not given, as from Dask.
            made[name] = self._instantiated_nodes[name](*[made.get(need, need) for need in needs])
        return dict(made[name] for name in wanted if name in made)

    def _planned(self, targets: tuple[str, ...]) -> list[tuple[str, tuple[str, ...]]]:
        nodes, plan = self._graph_schema.nodes, dict[str, tuple[str, ...]]()

        def add(name: str) -> None:
            if name in nodes and name not in plan:
                needs = tuple(nodes[name].needs.values())
                for need in needs:
                    add(need)
                plan[name] = needs

        for target in targets:
            add(target)
        return list(plan.items())


def use_direct_runner() -> None:
    """For every model that is loaded from now on."""
    processor.DaskGraphRunner = DirectGraphRunner
