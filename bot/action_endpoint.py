"""How Rasa calls our actions: one kept connection, a time limit far under the conversation's lock, and no failure
lost."""

from typing import Any

import aiohttp
from jsonschema.validators import validator_for
from rasa.core.actions.action import RemoteAction
from rasa.utils.endpoints import ClientResponseError, EndpointConfig

from bot import turn

# Rasa's own limit is 300 s, its lock on a conversation lasts 60 s: with it, a slow action would let two turns run at
# once.
TIME_LIMIT = 20.0


def _sets_slots_only(result: Any) -> bool:
    """Whether it is what our actions answer: slots set, and nothing said. The schema has nothing against that."""
    return (
        isinstance(result, dict)
        and result.keys() == {"events", "responses"}
        and result["responses"] == []
        and isinstance(result["events"], list)
        and all(
            isinstance(event, dict)
            and event.get("event") == "slot"
            and isinstance(event.get("name"), str)
            and "value" in event
            and isinstance(event.get("timestamp"), float | None)
            and event.keys() <= {"event", "name", "value", "timestamp"}
            for event in result["events"]
        )
    )


def check_answers_quickly() -> None:
    """Rasa checks each answer of an action against a schema, and each time that schema against the standard: half of its
    part of a turn. From now on the schema is checked once, and not for answers that set slots and no more; an answer that it
    refuses is refused as before."""
    whole = RemoteAction._validate_action_result
    schema = RemoteAction.action_response_format_spec()
    kind = validator_for(schema)
    kind.check_schema(schema)
    validator = kind(schema)

    def check(self: RemoteAction, result: dict[str, Any]) -> bool:
        return _sets_slots_only(result) or validator.is_valid(result) or whole(self, result)

    RemoteAction._validate_action_result = check


class ActionEndpoint(EndpointConfig):
    """Used by bot.serve in place of Rasa's own class; `rasa run` and `rasa shell` keep theirs."""

    _session: aiohttp.ClientSession | None = None

    @classmethod
    def of(cls, plain: EndpointConfig) -> "ActionEndpoint":
        return cls(plain.url, plain.params, plain.headers, **plain.kwargs)

    async def request(
        self,
        method: str = "post",
        subpath: str | None = None,
        content_type: str | None = "application/json",
        compress: bool = False,
        **kwargs: Any,
    ) -> Any:
        """As EndpointConfig.request; notes every failure with bot.turn before raising it."""
        try:
            return await self._call(kwargs.get("json"))
        except BaseException as error:
            turn.note(type(error).__name__)
            raise

    async def _call(self, body: Any) -> Any:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                headers=self.headers,
                timeout=aiohttp.ClientTimeout(total=TIME_LIMIT),
                cookie_jar=aiohttp.DummyCookieJar(),
            )
        async with self._session.post(self.url, json=body) as response:
            if response.status >= 400:
                # Rasa parses the text of a 400 as the rejection of an action; other bodies may quote the tracker.
                text = await response.text() if response.status == 400 else ""
                raise ClientResponseError(response.status, response.reason, text)
            return await response.json()

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
