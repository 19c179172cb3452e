"""The description at /api/openapi.json against the real thing: schemathesis sends what the description allows and what it forbids,
and holds every answer against it."""

import asyncio
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema

from gateway.openapi import document
from rma.model.codes import Resolution
from tests.integration.gateway_kit import API_KEY
from tests.integration.staff_kit import Hands, hands

pytest_plugins = "tests.integration.staff_kit"

SECONDS = 20
"""How long it may go on with random requests and sequences of them, after those that it derives from the description."""

CONFIG = """
continue-on-failure = true
max-failures = 25
max-time = {seconds}
seed = 2611
request-timeout = 20.0
headers = {{ Authorization = "Bearer {key}" }}

[dictionaries]
numbers = {{ values = {numbers} }}
orders = {{ values = {orders} }}
skus = {{ values = ["TSH-1", "MUG-2"] }}
lines = {{ values = ["1", "2"] }}

[parameters]
"path.number" = {{ dictionary = "numbers", probability = 0.8 }}
"path.order" = {{ dictionary = "orders", probability = 0.5 }}
"path.sku" = {{ dictionary = "skus", probability = 0.5 }}
"query.after" = {{ dictionary = "numbers", probability = 0.5 }}
"body.lines[*].id" = {{ dictionary = "lines", probability = 0.8 }}

[checks]
# 422 says that values make no sense: a line that the order has not. No description can say which those are.
positive_data_acceptance = {{ expected-statuses = [200, 201, 202, 304, 404, 409, 412, 422] }}
negative_data_rejection = {{ expected-statuses = [400, 401, 404, 405, 406, 412, 413, 415, 422] }}

[[operations]]
include-operation-id = "keepPhoto"
# Random bytes are no picture.
checks.positive_data_acceptance = {{ expected-statuses = [201, 400, 415, 422] }}

[[operations]]
include-path = "/api/epcis"
checks.positive_data_acceptance = {{ expected-statuses = [200, 400, 406, 422] }}
"""


async def test_the_description_is_true(sqlite_url: str, tmp_path: Path) -> None:
    # Schemathesis tries every operation without a key, too.
    async with hands(sqlite_url, tmp_path, wrong_keys_per_minute=10**6) as one:
        await described(one, tmp_path)


async def described(one: Hands, tmp_path: Path) -> None:
    numbers = await life(one)
    config = tmp_path / "schemathesis.toml"
    orders = json.dumps([f"W{n:05}" for n in range(1, 4)] + ["NOPE"])
    config.write_text(CONFIG.format(seconds=SECONDS, key=API_KEY, numbers=json.dumps(numbers), orders=orders))
    url = str(one.shop.client.make_url("/api/openapi.json"))
    tool = Path(sys.executable).parent / "schemathesis"
    command = [str(tool), "--config-file", str(config), "run", url, "--url", str(one.shop.client.make_url("/")), "--no-color"]
    # Python 3.11 loses count of its recursion when two threads parse at once (SystemError), as two workers do.
    command += ["--workers", "1", "--checks", "all"]
    pipe, both = asyncio.subprocess.PIPE, asyncio.subprocess.STDOUT
    run = await asyncio.create_subprocess_exec(
        *command, cwd=tmp_path, env=os.environ | {"COLUMNS": "160"}, stdout=pipe, stderr=both
    )
    said, _ = await run.communicate()
    assert run.returncode == 0, said.decode()[-12_000:]


async def life(one: Hands) -> list[str]:
    """Returns at many points of their life; their numbers."""
    made = [await one.new({"1": 2, "2": 1}, (5, 5)) for _ in range(14)]
    numbers = [rma.number for rma in made]
    await one.act(numbers[0], "receive", {"lines": [{"id": "1", "quantity": 1}], "others": [{"name": "a shoe"}]})
    for number in numbers[1:5]:
        await one.act(number, "receive")
    for number in numbers[2:5]:
        await one.act(number, "inspect")
    await one.act(numbers[3], "refund")
    await one.act(numbers[5], "cancel")
    credit = await one.new({"1": 1}, resolution=Resolution.STORE_CREDIT)
    await one.act(credit, "receive")
    held = await one.new({"1": 1}, (1,), price="600", placed_at="2026-10-29T10:00:00Z", delivered_at="2026-11-02T12:00:00Z")
    await one.post("/api/parcels", {"scanned": "??? 4711"}, 201)
    return [*numbers, credit.number, held.number, "RT-00000000"]


async def test_the_description_is_one(one: Hands) -> None:
    """Every reference leads somewhere, every operation has a name of its own, every example is what it is an example of."""
    described = await one.get("/api/openapi.json")
    names: list[str] = []
    for item in described["paths"].values():
        for operation in item.values():
            names.append(operation["operationId"])
            for kind, content in operation.get("requestBody", {}).get("content", {}).items():
                if "example" in content:
                    assert kind == "application/json"
                    schema = content["schema"] | {"components": described["components"]}
                    jsonschema.Draft202012Validator(schema).validate(content["example"])
            for answer in operation["responses"].values():
                for link in answer.get("links", {}).values():
                    names_link = link["operationId"]
                    assert any(one["operationId"] == names_link for path in described["paths"].values() for one in path.values())
    assert len(set(names)) == len(names)
    for reference in references(described):
        where: Any = described
        for part in reference.removeprefix("#/").split("/"):
            where = where[part]


def test_schemas_say_nothing_that_json_schema_does_not_know() -> None:
    """What a validator does not know it leaves out, so that a bound under a wrong name is none."""
    described = document("https://shop.example")
    found = list(schemas(described))
    assert len(found) > 100
    unknown = {(name, json.dumps(schema)[:200]) for schema in found for name in schema if name not in KEYWORDS}
    assert unknown == set()
    for schema in found:
        jsonschema.Draft202012Validator.check_schema(schema)
    lot = described["components"]["schemas"]["Lot"]["properties"]
    assert {"type": "integer", "minimum": 1, "maximum": 1000} in lot["quantity"]["anyOf"]


# Of the vocabularies of JSON Schema 2020-12 (json-schema.org/draft/2020-12/schema).
KEYWORDS = frozenset(
    {
        "$id", "$schema", "$ref", "$anchor", "$dynamicRef", "$dynamicAnchor", "$vocabulary", "$comment", "$defs",
        "prefixItems", "items", "contains", "additionalProperties", "properties", "patternProperties", "dependentSchemas",
        "propertyNames", "if", "then", "else", "allOf", "anyOf", "oneOf", "not", "unevaluatedItems", "unevaluatedProperties",
        "type", "const", "enum", "multipleOf", "maximum", "exclusiveMaximum", "minimum", "exclusiveMinimum", "maxLength",
        "minLength", "pattern", "maxItems", "minItems", "uniqueItems", "maxContains", "minContains", "maxProperties",
        "minProperties", "required", "dependentRequired", "title", "description", "default", "deprecated", "readOnly",
        "writeOnly", "examples", "format", "contentEncoding", "contentMediaType", "contentSchema",
    }
)  # fmt: skip


def schemas(value: Any) -> Iterator[dict[str, Any]]:
    """Every schema of an OpenAPI document, with those inside of it."""
    if isinstance(value, list):
        for one in value:
            yield from schemas(one)
    elif isinstance(value, dict):
        for name, inside in value.items():
            if name == "schema":
                yield from within(inside)
            elif name == "schemas":
                for one in inside.values():
                    yield from within(one)
            elif name not in ("example", "examples"):
                yield from schemas(inside)


def within(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield schema
    for name in ("properties", "patternProperties", "$defs"):
        for one in schema.get(name, {}).values():
            yield from within(one)
    for name in ("anyOf", "oneOf", "allOf", "prefixItems"):
        for one in schema.get(name, []):
            yield from within(one)
    for name in ("items", "not", "additionalProperties", "contains", "propertyNames"):
        if isinstance(schema.get(name), dict):
            yield from within(schema[name])


def references(value: Any) -> list[str]:
    if isinstance(value, dict):
        own = [value["$ref"]] if isinstance(value.get("$ref"), str) else []
        return own + [found for item in value.values() for found in references(item)]
    return [found for item in value for found in references(item)] if isinstance(value, list) else []
