"""The gateway's process as `retour up` starts it: two servers on two ports, stopped together."""

import socket

import aiohttp
import pytest
from pydantic import SecretStr
from rasa_sdk import Action

from gateway.serve import run_gateway
from rma.model.errors import ConfigurationError

pytest_plugins = "tests.integration.gateway_kit"


class Nothing(Action):
    def name(self):
        return "action_nothing"

    async def run(self, dispatcher, tracker, domain):
        return []


def free_ports() -> tuple[int, int]:
    with socket.socket() as first, socket.socket() as second:
        first.bind(("127.0.0.1", 0))
        second.bind(("127.0.0.1", 0))
        return first.getsockname()[1], second.getsockname()[1]


def on_ports(settings, port: int, actions_port: int):
    return settings.model_copy(update={"host": "127.0.0.1", "port": port, "actions_port": actions_port})


async def test_both_servers_answer_until_they_are_stopped(settings):
    port, actions_port = free_ports()
    settings = on_ports(settings, port, actions_port)
    async with aiohttp.ClientSession() as client:
        async with run_gateway(settings, lambda container: [Nothing()]):
            async with client.get(f"http://127.0.0.1:{port}/healthz") as answer:
                assert answer.status == 200
            health = f"http://127.0.0.1:{actions_port}/health"
            async with client.get(health, headers={"X-Retour-Key": settings.internal_key}) as answer:
                assert (await answer.json())["actions"] == ["action_nothing"]
            async with client.get(health) as answer:
                assert answer.status == 403
        for stopped in (port, actions_port):
            with pytest.raises(aiohttp.ClientConnectionError):
                await client.get(f"http://127.0.0.1:{stopped}/healthz")


@pytest.mark.parametrize("taken", [0, 1])
async def test_a_port_in_use_is_one_clear_line_and_leaves_nothing_running(settings, taken):
    ports = free_ports()
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", ports[taken]))
        holder.listen()
        with pytest.raises(ConfigurationError, match=f"port {ports[taken]} cannot be used") as caught:
            async with run_gateway(on_ports(settings, *ports), lambda container: []):
                pytest.fail("it must not start")
    assert "\n" not in str(caught.value)
    with socket.socket() as again:
        again.bind(("127.0.0.1", ports[1 - taken]))


async def test_without_a_secret_it_does_not_start(settings):
    with pytest.raises(ConfigurationError, match="RETOUR_SECRET_KEY"):
        async with run_gateway(settings.model_copy(update={"secret_key": SecretStr("")}), lambda container: []):
            pytest.fail("it must not start")
