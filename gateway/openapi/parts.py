"""The pieces that descriptions are made of."""

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import BaseModel

from gateway.staff.paging import LARGEST
from rma.model.staff import Scope

Json = dict[str, Any]

NUMBER: Json = {
    "name": "number",
    "in": "path",
    "required": True,
    "description": "RT- and 8 characters; case, spaces and dashes do not matter.",
    "schema": {"type": "string", "minLength": 1, "examples": ["RT-7K3M9QXP"]},
}
KEY: Json = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": (
        "A text of your own, another one for each thing to be done. The same request sent again with it within 24 hours does"
        " nothing again and gets the same answer, with Idempotency-Replayed: true. Another request with it is 422; while the"
        " first one is still running, 409."
    ),
    "schema": {"type": "string", "minLength": 1, "maxLength": 100, "pattern": "^[!-~]([ -~]*[!-~])?$"},
}
IF_MATCH: Json = {
    "name": "If-Match",
    "in": "header",
    "description": "The ETag of the return as you read it. When it was changed since: 412, and nothing is done.",
    "schema": {"type": "string"},
}
IF_NONE_MATCH: Json = {
    "name": "If-None-Match",
    "in": "header",
    "description": "The ETag of the return as you know it. While it is the same: 304.",
    "schema": {"type": "string"},
}
ID: Json = {"name": "id", "in": "path", "required": True, "schema": {"type": "integer", "minimum": 1, "maximum": 999_999_999}}


def text(description: str = "", **more: Any) -> Json:
    return {"type": "string"} | ({"description": description} if description else {}) | more


def count(description: str = "", least: int = 0) -> Json:
    return {"type": "integer", "minimum": least} | ({"description": description} if description else {})


def money() -> Json:
    return {"type": "string", "pattern": r"^-?[0-9]+(\.[0-9]+)?$"}


def moment() -> Json:
    return {"type": "string", "format": "date-time"}


def or_null(schema: Json) -> Json:
    return {"anyOf": [schema, {"type": "null"}]}


def ref(name: str) -> Json:
    return {"$ref": f"#/components/schemas/{name}"}


def enum(values: Iterable[str]) -> Json:
    return {"type": "string", "enum": [str(value) for value in values]}


def array(items: Json) -> Json:
    return {"type": "array", "items": items}


def object_of(properties: Mapping[str, Json], description: str = "") -> Json:
    """An object that has all of these and nothing else."""
    shape = {"type": "object", "properties": dict(properties), "required": list(properties), "additionalProperties": False}
    return shape | ({"description": description} if description else {})


def query(name: str, schema: Json, description: str) -> Json:
    return {"name": name, "in": "query", "description": description, "schema": schema}


def limit(most: int) -> Json:
    return query("limit", {"type": "integer", "minimum": 1, "maximum": most, "default": most}, "How many at most.")


def place(name: str, description: str) -> Json:
    """Where a page begins, by the id of the last thing on the page before."""
    return query(name, {"type": "integer", "minimum": 1, "maximum": LARGEST}, description)


def next_page() -> Json:
    return {"description": 'The next page: <address>; rel="next". Not there on the last one.', "schema": {"type": "string"}}


def of_body(kind: type[BaseModel]) -> Json:
    """The schema of what a body is read into, and of what that is made of, by their names."""
    return _named(kind, kind.model_json_schema(ref_template="#/components/schemas/{model}"))


def of_answer(kind: type[BaseModel], without: Iterable[str] = ()) -> Json:
    """The schema of a model as it is written, without some of its fields."""
    shape = kind.model_json_schema(mode="serialization", ref_template="#/components/schemas/{model}")
    for name in without:
        del shape["properties"][name]
    shape["required"] = list(shape["properties"])
    return _named(kind, shape | {"additionalProperties": False})


def _named(kind: type[BaseModel], shape: Json) -> Json:
    return {**shape.pop("$defs", {}), kind.__name__: shape}


def operation(
    name: str,
    summary: str,
    scopes: Iterable[Scope],
    answers: Mapping[int, Json],
    problems: Iterable[int],
    parameters: Iterable[Json] = (),
    body: Json | None = None,
    description: str = "",
) -> Json:
    """An operation; `answers` are the good ones, `problems` the statuses of others beside 400, 401, 403 and 429."""
    responses = {str(status): answer for status, answer in answers.items()}
    responses |= {"401": {"$ref": "#/components/responses/Unauthorized"}}
    responses |= {str(status): {"$ref": "#/components/responses/Problem"} for status in sorted({400, 403, *problems})}
    responses |= {"429": {"$ref": "#/components/responses/TooMany"}}
    made: Json = {
        "operationId": name,
        "summary": summary,
        "security": [{"key": [scope.value]} for scope in scopes],
        "parameters": list(parameters),
        "responses": responses,
    }
    if description:
        made["description"] = description
    if body is not None:
        made["requestBody"] = body
    return made


def answered(description: str, schema: Json, links: Mapping[str, Json] | None = None, **headers: Json) -> Json:
    """A good answer. A header's name has its dashes as underscores."""
    made: Json = {"description": description, "content": {"application/json": {"schema": schema}}}
    if headers:
        made["headers"] = {name.replace("_", "-"): header for name, header in headers.items()}
    if links:
        made["links"] = dict(links)
    return made


def acted(description: str, schema: Json, **more: Any) -> Json:
    """What a POST answers that may be sent again."""
    replayed = {"description": "true when the request was sent before.", "schema": {"type": "string", "enum": ["true"]}}
    return answered(description, schema, Idempotency_Replayed=replayed, **more)


def etag() -> Json:
    return {"description": "The version of the return.", "schema": {"type": "string"}}


def sent_as_json(name: str, required: bool = False, example: Any = None) -> Json:
    content: Json = {"schema": ref(name)} | ({"example": example} if example is not None else {})
    return {"required": required, "content": {"application/json": content}}
