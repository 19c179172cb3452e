"""Events of EPCIS 2.0."""

from gateway.epcis import FORMATS, MOST, PER_PAGE, TIMES
from gateway.openapi.parts import Json, enum, moment, object_of, operation, query, text
from rma.model.staff import Scope
from rma.service.epcis import Step


def paths() -> Json:
    many = "Several are parted by |; any of them will do."
    values: Json = {"type": "string", "minLength": 1}
    instants = {name: moment() for name in TIMES}
    parameters = [
        query("eventType", values | {"examples": ["ObjectEvent"]}, "All events here are ObjectEvents."),
        *(query(name, schema, "GE: then or later; LT: before. Both times are the same here.") for name, schema in instants.items()),
        query("EQ_action", values | {"examples": ["OBSERVE"]}, many),
        query("EQ_bizStep", values | {"examples": [step.value for step in Step]}, f"Bare, or a URI of the CBV. {many}"),
        query("EQ_bizTransaction", values, f"The URI, or the number, of a return or an order. {many}"),
        query("EQ_bizTransaction_rma", values, f"Of a return. {many}"),
        query("EQ_bizTransaction_po", values, f"Of an order. {many}"),
        query("perPage", {"type": "integer", "minimum": 1, "maximum": MOST, "default": PER_PAGE}, "Events of a page."),
        query("nextPageToken", {"type": "string"}, "From the Link header of the page before."),
        {"name": "GS1-EPC-Format", "in": "header", "schema": enum(FORMATS), "description": "How EPCs are written."},
    ]
    answer: Json = {
        "description": "An EPCISQueryDocument of EPCIS 2.0, the oldest events first.",
        "headers": {
            "Link": {"description": "The next page, as rel=next; without it this is the last.", "schema": text()},
            "GS1-EPCIS-Version": {"schema": text()},
            "GS1-CBV-Version": {"schema": text()},
            "GS1-EPC-Format": {"schema": enum(FORMATS)},
        },
        "content": {"application/ld+json": {"schema": {"$ref": "#/components/schemas/EPCISQueryDocument"}}},
    }
    return {
        "/api/epcis": {
            "get": operation(
                "readEpcisEvents",
                "What happened to goods that came back, as EPCIS 2.0 events",
                [Scope.EVENTS_READ],
                {200: answer},
                (400, 406, 422),
                parameters,
                description="Receiving, inspecting, stocking, repairing and destroying. docs/events.md says how they are made.",
            )
        }
    }


def schemas() -> Json:
    listed = object_of({"eventList": {"type": "array", "items": {"type": "object"}}})
    results = object_of({"queryName": text(), "resultsBody": listed})
    return {
        "EPCISQueryDocument": object_of(
            {
                "@context": {"type": "array", "items": text()},
                "type": {"const": "EPCISQueryDocument"},
                "schemaVersion": text(),
                "creationDate": moment(),
                "epcisBody": object_of({"queryResults": results}),
            },
            "Its events are described by https://ref.gs1.org/standards/epcis/epcis-json-schema.json.",
        )
    }
