"""The actions for a process that has a container: the gateway's."""

from rasa_sdk import Action

from actions.topics import ALL
from rma.bootstrap import Container


def all_actions(container: Container) -> list[Action]:
    async def opened() -> Container:
        return container

    return [action(opened) for action in ALL]
