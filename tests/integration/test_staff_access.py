"""Who may do what through the staff API, and what it says to those who send what makes no sense, or mean harm."""

import asyncio
import json
from typing import Any

import jsonschema
import pytest
from aiohttp import web
from sqlalchemy import text

from gateway.wire_errors import Runner
from rma.model.errors import Conflict, NotFound, Refused
from rma.model.staff import Scope
from tests.integration.staff_kit import Hands

pytest_plugins = "tests.integration.staff_kit"


async def operations(one: Hands) -> list[tuple[str, str, set[str]]]:
    """Method, path with something in it, and the scopes of which one is enough."""
    document = await one.get("/api/openapi.json")
    found = []
    for path, item in document["paths"].items():
        filled = path.replace("{number}", "RT-00000000").replace("{id}", "1").replace("{order}", "W1").replace("{sku}", "S")
        for method, operation in item.items():
            scopes = {scope for wanted in operation["security"] for scope in wanted["key"]}
            assert scopes and scopes <= set(Scope), path
            found.append((method.upper(), filled, scopes))
    return found


async def test_every_operation_is_closed_without_a_key_and_to_keys_that_are_not_for_it(one: Hands) -> None:
    listed = await operations(one)
    assert {path for _, path, _ in listed} >= {f"/api/returns/RT-00000000/{what}" for what in ("receive", "inspect", "refund")}
    master = one.key
    one.key = ""
    for method, path, _scopes in listed:
        # After twenty wrong keys a minute it is 429.
        assert (await one.ask(method, path)).status in (401, 429), path
    keys, others = {}, {}
    for n, scope in enumerate(Scope):
        keys[scope] = await one.container.keys.add(f"only-{n}", [scope])
    for n, scopes in enumerate({frozenset(scopes) for _, _, scopes in listed}):
        others[scopes] = await one.container.keys.add(f"not-{n}", sorted(set(Scope) - scopes))
    for method, path, scopes in listed:
        one.key = others[frozenset(scopes)]
        answer = await one.ask(method, path)
        assert (answer.status, answer.content_type) == (403, "application/problem+json"), (method, path)
        detail = (await answer.json())["detail"]
        assert all(scope in detail for scope in scopes)
        for wanted in scopes:
            one.key = keys[Scope(wanted)]
            assert (await one.ask(method, path)).status not in (401, 403), (method, path)
    one.key = master


async def test_every_address_of_the_api_is_described(one: Hands) -> None:
    document = await one.get("/api/openapi.json")
    described = {(method, path) for path, item in document["paths"].items() for method in item}
    routes = {
        (route.method.lower(), route.resource.canonical)
        for route in one.shop.client.app.router.routes()
        if route.resource and route.resource.canonical.startswith("/api/") and route.method != "HEAD"
    }
    public = {route for route in routes if route[1].startswith(("/api/chat/", "/api/openapi.json"))}
    assert described == routes - public


async def test_a_key_is_a_program_until_it_is_revoked(one: Hands) -> None:
    desk = one.container.keys
    for name, scopes in (("", ["parcels"]), ("Ä", ["parcels"]), ("x" * 41, ["parcels"]), ("ok", []), ("ok", ["everything"])):
        with pytest.raises(Refused):
            await desk.add(name, scopes)
    one.key = await desk.add("warehouse", ["returns:receive", "returns:read"])
    with pytest.raises(Conflict):
        await desk.add("warehouse", ["parcels"])
    rma = await one.new({"1": 1})
    document = await one.act(rma, "receive")
    assert document["events"][-1]["by"] == "api:warehouse"
    await one.act(rma, "inspect", status=403)
    await one.act(rma, "refund", status=403)
    async with one.container.engine.connect() as connection:
        kept = str((await connection.execute(text("SELECT * FROM api_keys"))).all())
    assert one.key not in kept and one.key.rpartition("_")[2] not in kept
    (key,) = await desk.everyone()
    assert key.last_used_at == one.time[0]
    for wrong in (one.key[:-1], one.key + "x", one.key[:-1] + ("A" if one.key[-1] != "A" else "B"), "retour_", key.public):
        given, one.key = one.key, wrong
        await one.get("/api/returns", 401)
        one.key = given
    await desk.revoke("warehouse")
    await one.get("/api/returns", 401)
    with pytest.raises(NotFound):
        await desk.revoke("warehous")


DEEP = "[" * 100_000 + "]" * 100_000
BODIES: list[tuple[bytes | str, int]] = [
    ("", 200),
    ("{}", 200),
    *((f'{{"a": {"[" * depth}{"]" * depth}}}', 422) for depth in (100, 300, 600)),
    *((f'{{"lines": {"[" * depth}{"]" * depth}}}', 422) for depth in (100, 300, 600)),
    (json.dumps({f"k{n}": n for n in range(200_000)}), 422),
    (json.dumps({"lines": [{"id": "1", "quantity": 1}] * 100_000}), 422),
    (json.dumps({"lines": [1] * 1_000_000}), 422),
    ("  \n", 200),
    ("{", 400),
    ("[]", 400),
    ("null", 400),
    ('"text"', 400),
    (b"\xff\xfe", 400),
    (b'{"note": "\xff"}', 400),
    ('{"note": "\\ud800"}', 400),
    ('{"note": NaN}', 400),
    ('{"lines": [{"id": "1", "quantity": Infinity}]}', 400),
    ('{"complete": true, "complete": false}', 400),
    ('{"lines": [{"id": "1", "id": "2", "quantity": 1}]}', 400),
    (f'{{"lines": {DEEP}}}', 400),
    ('{"a": ' * 50_000 + "1" + "}" * 50_000, 400),
    (f'{{"lines": [{{"id": "1", "quantity": {"9" * 5000}}}]}}', 400),
    (f'{{"lines": [{{"id": "1", "quantity": {"9" * 400}}}]}}', 422),
    ('{"lines": [{"id": "1", "quantity": 1e400}]}', 422),
    ('{"lines": [{"id": "1", "quantity": 1.5}]}', 422),
    ('{"lines": [{"id": "1", "quantity": "1"}]}', 422),
    ('{"lines": [{"id": "1", "quantity": true}]}', 422),
    ('{"lines": [{"id": "1", "quantity": -1}]}', 422),
    ('{"lines": [{"id": "1", "quantity": 1001}]}', 422),
    ('{"lines": [{"id": "1"}]}', 422),
    ('{"lines": [{"id": 1, "quantity": 1}]}', 422),
    ('{"lines": [{"id": "", "quantity": 1}]}', 422),
    ('{"lines": [{"id": "1\\u0000", "quantity": 1}]}', 422),
    ('{"lines": [{"id": "9", "quantity": 1}]}', 422),
    ('{"lines": [{"id": "1", "quantity": 1}, {"id": "1", "quantity": 1}]}', 422),
    ('{"lines": {"1": 1}}', 422),
    ('{"lines": "1"}', 422),
    ('{"complete": "yes"}', 422),
    ('{"complete": 1}', 422),
    ('{"complete": null}', 422),
    ('{"others": [{}]}', 422),
    ('{"others": [{"name": "x", "quantity": 0}]}', 422),
    ('{"note": "\\u0000"}', 422),
    ('{"note": "a\\u202eb"}', 422),
    ('{"note": 7}', 422),
    (json.dumps({"note": "x" * 2001}), 422),
    (json.dumps({"note": "x" * 10_001}), 413),
    (json.dumps({"x" * 10_001: 1}), 413),
    ('{"photo": 1e30}', 422),
    ('{"photo": 0}', 422),
    ('{"photo": 7}', 422),
    ('{"unknown": 1}', 422),
    ('{"__proto__": {}}', 422),
    (b'{"note": "' + b"x" * (10 * 1024 * 1024) + b'"}', 413),
    (b"\xef\xbb\xbf{}", 400),
]


async def test_bodies_that_make_no_sense_change_nothing_and_are_told_apart(one: Hands) -> None:
    problem = (await one.get("/api/openapi.json"))["components"]["schemas"]["Problem"]
    rma = await one.new({"1": 1})
    path, kind = f"/api/returns/{rma.number}/receive", {"Content-Type": "application/json"}
    for body, status in BODIES:
        if status == 200:
            continue
        answer = await one.ask("POST", path, data=body, headers=kind)
        assert (answer.status, answer.content_type) == (status, "application/problem+json"), body[:80]
        jsonschema.validate(await answer.json(), problem)
    assert await one.counts(rma, "received") == {"1": (0,)}
    for body in ("", "  \n", "{}"):
        other = await one.new({"1": 1})
        answer = await one.ask("POST", f"/api/returns/{other.number}/receive", data=body, headers=kind)
        assert answer.status == 200, await answer.text()
    for wrong in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data"):
        assert (await one.ask("POST", path, data="{}", headers={"Content-Type": wrong})).status == 415
    assert (await one.ask("POST", path, data=b"no gzip", headers=kind | {"Content-Encoding": "gzip"})).status == 400


async def test_a_mistake_is_named_with_its_place(one: Hands) -> None:
    rma = await one.new({"1": 1})
    body = {"lines": [{"id": "1", "quantity": 1, "colour": "red"}, {"id": "2", "quantity": "x"}], "a/b~c\n": 1}
    document = await one.act(rma, "receive", body, 422)
    places = {mistake["pointer"]: mistake["detail"] for mistake in document["errors"]}
    assert places["#/lines/0/colour"] == "This key is not known."
    assert set(places) == {"#/lines/0/colour", "#/lines/1/quantity", "#/a~1b~0c?"}
    assert document["detail"].startswith("#/lines/0/colour: ") and "(and 2 more)" in document["detail"]
    for amount in ("1,00", "-1", "1e3", "NaN", "", "1.00001", 1):
        await one.act(rma, "refund", {"amount": amount}, 422)


async def test_addresses_and_methods_that_are_none(one: Hands) -> None:
    rma = await one.new({"1": 1})
    for method, path, status in (
        ("DELETE", f"/api/returns/{rma.number}", 405),
        ("PUT", "/api/returns", 405),
        ("POST", "/api/openapi.json", 405),
        ("GET", f"/api/returns/{rma.number}/receive", 405),
        ("GET", "/api/nothing", 404),
        ("POST", f"/api/returns/{rma.number}/destroy", 404),
        ("GET", "/api/returns/%zz", 422),
        ("GET", "/api/returns/%ff%fe", 422),
        ("GET", "/api/returns/%00", 422),
        ("GET", "/api/returns/RT-0000000%F0%9F%98%80", 422),
        ("GET", "/api/returns?status=%ff", 422),
        ("GET", "/api/returns?order=%00", 400),
        ("GET", "/api/stock/%00", 404),
        ("GET", "/api/stock/" + "x" * 3000, 404),
        ("POST", "/api/orders/%00/receive", 422),
    ):
        answer = await one.ask(method, path)
        assert (answer.status, answer.content_type) == (status, "application/problem+json"), (method, path)
        assert (status == 405) == ("Allow" in answer.headers)
    head = await one.ask("HEAD", f"/api/returns/{rma.number}")
    assert (head.status, await head.read(), "ETag" in head.headers) == (200, b"", True)
    head = await one.ask("HEAD", "/api/returns/RT-00000000")
    assert (head.status, head.content_type, await head.read()) == (404, "application/problem+json", b"")
    for wrong in ("", "x" * 101, "é", "a\tb"):
        answer = await one.ask("POST", f"/api/returns/{rma.number}/receive", headers={"Idempotency-Key": wrong})
        assert answer.status == 400, wrong


async def test_what_is_no_request_is_refused_in_the_same_words() -> None:
    app = web.Application()
    runner = Runner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        port = runner.addresses[0][1]
        for sent in (
            b"nonsense\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost: x\r\nBad Header\r\n\r\n",
            b"GET /" + b"x" * 20_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"x" * 20_000 + b"\r\n\r\n",
            b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
            b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        ):
            head, body = await _raw(port, sent)
            assert head.startswith(b"HTTP/1."), sent[:40]
            assert b"application/problem+json" in head, head
            document: Any = json.loads(body)
            assert document["status"] == int(head.split()[1]) and 400 <= document["status"] < 500
            assert sent[:15].decode("latin-1") not in body.decode()
    finally:
        await runner.cleanup()


async def _raw(port: int, sent: bytes) -> tuple[bytes, bytes]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(sent)
    answer = await asyncio.wait_for(reader.read(), 10)
    writer.close()
    head, _, body = answer.partition(b"\r\n\r\n")
    return head, body
