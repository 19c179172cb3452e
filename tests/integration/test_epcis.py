"""GET /api/epcis: every event valid against GS1's own schema, nothing left out or told twice, asked for as the standard says."""

import base64
import json
import re
from collections.abc import AsyncIterator, Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import jsonschema
import pytest
import pytest_asyncio

from rma.bootstrap import Container, open_container
from rma.model.codes import Disposition, Reason
from rma.model.goods import Grade
from rma.model.gs1 import Gs1
from rma.service.epcis import EpcisDesk, Question
from rma.service.inspecting import Look
from rma.service.receiving import Arrival
from rma.settings import Settings
from tests.integration.gateway_kit import Shop, open_shop
from tests.integration.notice_shop import Clock, document, load, opened, plan

pytest_plugins = "tests.integration.gateway_kit"

SCHEMA = Path(__file__).resolve().parents[2] / ".cache" / "epcis" / "EPCISDocument.schema.json"
COCOA, PREFIX, GLN = "09506000134352", "9506000", "9506000134000"
ITEM = f"https://id.gs1.org/01/{COCOA}"
OWN = "https://shop.example/epcis"
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:(?:[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=]|%[0-9A-Fa-f]{2})+")


def strict() -> jsonschema.FormatChecker:
    checker = jsonschema.FormatChecker(formats=())
    checker.checks("uri")(lambda value: not isinstance(value, str) or bool(_URI.fullmatch(value)))
    checker.checks("date-time", raises=ValueError)(
        lambda value: not isinstance(value, str) or datetime.fromisoformat(value).tzinfo is not None
    )
    return checker


@pytest.fixture(scope="module")
def validator() -> jsonschema.Draft7Validator:
    if not SCHEMA.is_file():
        pytest.skip("the schema of EPCIS is not there: run setup/test-tools")
    return jsonschema.Draft7Validator(json.loads(SCHEMA.read_text()), format_checker=strict())


def test_the_schema_refuses_what_is_none(validator: jsonschema.Draft7Validator) -> None:
    """Or the tests below would show nothing."""
    event = {
        "type": "ObjectEvent", "action": "OBSERVE", "bizStep": "receiving", "eventTime": "2026-11-25T13:00:00+01:00",
        "eventTimeZoneOffset": "+01:00", "quantityList": [{"epcClass": ITEM, "quantity": 1}],
    }  # fmt: skip

    def valid(**changes: Any) -> bool:
        results = {"queryName": "SimpleEventQuery", "resultsBody": {"eventList": [event | changes]}}
        body = {"@context": ["https://x.example"], "type": "EPCISQueryDocument", "epcisBody": {"queryResults": results}}
        return bool(validator.is_valid(body))

    assert valid()
    for wrong in (
        {"bizStep": "recieving"}, {"disposition": "ruined"}, {"action": "SEEN"}, {"eventTime": "yesterday"}, {"own": 1},
        {"quantityList": [{"epcClass": "cocoa beans", "quantity": 1}]}, {"bizTransactionList": [{"type": "rma"}]},
    ):  # fmt: skip
        assert not valid(**wrong), wrong


async def day(container: Container, clock: Clock) -> list[str]:
    """Three returns and what the warehouse did with them: counted twice, inspected in every way, read by RFID."""
    lines = [
        {"id": "1", "sku": "COCOA 1/2", "gtin": COCOA, "name": "Cocoa", "quantity": 5, "unit_price": "9.90"},
        {"id": "2", "sku": "Thé à l'été", "name": "Tea", "quantity": 3, "unit_price": "8.00"},
        {"id": "3", "sku": "96385074", "name": "Cup", "quantity": 2, "unit_price": "20.00"},
    ]
    delivered = (clock.now - timedelta(days=2)).isoformat()
    lines = [line | {"delivered_at": delivered, "category": "kitchen"} for line in lines]
    await load(container, document("W 1/é", lines=lines), document("W2", lines=lines))
    made = []
    async with container.transactions() as uow:
        orders = [(await uow.orders.find(number))[0] for number in ("W 1/é", "W2")]  # type: ignore[index]
    for key, order, line, quantity in (("a", 0, "1", 5), ("b", 0, "2", 3), ("c", 1, "3", 2)):
        rma = await container.returns.create(
            plan(key, order_id=orders[order], line=line, quantity=quantity, reason=Reason.SIZE_TOO_SMALL)
        )
        made.append(rma.number)

    async def receive(number: str, **lines: int) -> None:
        clock.now += timedelta(minutes=7, microseconds=1500)
        await container.receiving.receive(number, Arrival({name[1:]: units for name, units in lines.items()}), "ana")

    async def inspect(number: str, *looks: Look) -> None:
        clock.now += timedelta(minutes=7)
        await container.inspection.inspect(number, looks, "ana")

    cocoa, tea, cup = made
    await receive(cocoa, l1=3)
    await receive(cocoa, l1=2, l3=1)
    await inspect(
        cocoa,
        Look("1", 3, Grade.AS_NEW, epcs=("urn:epc:id:sgtin:9506000.013435.7", f"(01){COCOA}(21)a/b", "RT-7K3M9QX4")),
        Look("1", 1, Grade.DAMAGED, disposition=Disposition.DESTROY, why="crushed"),
        Look("1", 1, Grade.OPENED, disposition=Disposition.REFURBISH, why="box open"),
        Look("3", 1, Grade.USED, accepted=False, why="not announced"),
    )
    await receive(tea, l2=2)
    await inspect(tea, Look("2", 2, Grade.INCOMPLETE, disposition=Disposition.REPAIR, why="lid is missing"))
    await inspect(tea, Look("2", 1, disposition=Disposition.MISSING))
    await receive(cup, l3=2)
    await inspect(cup, Look("3", 2, Grade.DAMAGED, disposition=Disposition.REFURBISH, why="scratched"))
    return made


SEEN = [
    ("receiving", "returned", "OBSERVE"),
    ("receiving", "returned", "OBSERVE"),
    ("inspecting", "conformant", "OBSERVE"),
    ("stocking", "sellable_accessible", "OBSERVE"),
    ("inspecting", "damaged", "OBSERVE"),
    ("destroying", "destroyed", "DELETE"),
    ("inspecting", "conformant", "OBSERVE"),
    ("repairing", "non_conformant", "OBSERVE"),
    ("inspecting", "non_conformant", "OBSERVE"),
    ("receiving", "returned", "OBSERVE"),
    ("inspecting", "non_conformant", "OBSERVE"),
    ("repairing", "non_conformant", "OBSERVE"),
    ("receiving", "returned", "OBSERVE"),
    ("inspecting", "damaged", "OBSERVE"),
    ("repairing", "damaged", "OBSERVE"),
]


def said(events: Iterable[dict[str, Any]]) -> list[tuple[str, str, str]]:
    return [(event["bizStep"], event["disposition"], event["action"]) for event in events]


async def test_a_day_is_told_in_valid_events(database_url: str, validator: jsonschema.Draft7Validator) -> None:
    clock = Clock()
    async with opened(database_url, clock) as container:
        made = await day(container, clock)
        desk = container.epcis
        events = (await desk.page(Question(limit=1000))).events
        assert said(events) == SEEN
        validator.validate(desk.document(events))
        names = [event["eventID"] for event in events]
        assert len(set(names)) == len(names)
        assert [each["eventID"] for each in (await desk.page(Question(limit=1000))).events] == names
        assert [event["eventTime"] for event in events] == sorted(event["eventTime"] for event in events)
        first, second, looked = events[:3]
        assert first["eventTime"].endswith("+01:00") and first["eventTimeZoneOffset"] == "+01:00"
        assert datetime.fromisoformat(first["eventTime"]) == datetime.fromisoformat(first["recordTime"])
        assert first["readPoint"] == first["bizLocation"] == {"id": f"{OWN}/loc/returns"}
        assert first["bizTransactionList"] == [
            {"type": "rma", "bizTransaction": f"{OWN}/bt/{made[0]}"},
            {"type": "po", "bizTransaction": f"{OWN}/bt/W%201%2F%C3%A9"},
        ]
        assert second["quantityList"] == [
            {"epcClass": ITEM, "quantity": 2},
            {"epcClass": "https://id.gs1.org/01/00000096385074", "quantity": 1},
        ]
        assert looked["epcList"] == [f"{ITEM}/21/7", f"{ITEM}/21/a%2Fb"]
        assert looked["quantityList"] == [{"epcClass": ITEM, "quantity": 1}]
        assert events[9]["quantityList"] == [{"epcClass": f"{OWN}/class/Th%C3%A9%20%C3%A0%20l%27%C3%A9t%C3%A9", "quantity": 2}]
        # Pages of any size join without a gap or a repetition, though events share their instant.
        for size in (1, 2, 3, 5, 14, 15):
            joined: list[str] = []
            place = None
            while True:
                page = await desk.page(Question(limit=size, after=place))
                joined += [event["eventID"] for event in page.events]
                assert len(page.events) == size or page.next is None
                place = page.next
                if place is None:
                    break
            assert joined == names, size
        own = EpcisDesk(container.transactions, clock, Gs1(company_prefix=PREFIX, location=GLN), "https://x.example", desk._zone)
        events = (await own.page(Question(limit=1000, urns=True))).events
        validator.validate(own.document(events))
        assert events[2]["epcList"] == ["urn:epc:id:sgtin:9506000.013435.7", "urn:epc:id:sgtin:9506000.013435.a%2Fb"]
        assert events[2]["quantityList"][0]["epcClass"] == "urn:epc:idpat:sgtin:9506000.013435.*"
        assert events[2]["readPoint"]["id"] == "urn:epc:id:sgln:9506000.13400.0"
        assert events[2]["bizTransactionList"][0]["bizTransaction"] == f"urn:epcglobal:cbv:bt:{GLN}:{made[0]}"
        assert [event["eventID"] for event in events] == names
        events = (await own.page(Question(limit=1))).events
        assert events[0]["readPoint"]["id"] == f"https://id.gs1.org/414/{GLN}"


@pytest_asyncio.fixture
async def scene(settings: Settings) -> AsyncIterator[tuple[Shop, list[str], Clock]]:
    clock = Clock()
    async with open_container(settings, clock) as container, open_shop(container) as shop:
        yield shop, await day(container, clock), clock


async def asked(shop: Shop, query: str = "", **headers: str) -> tuple[Any, list[dict[str, Any]]]:
    from tests.integration.gateway_kit import API_KEY

    answer = await shop.client.get(f"/api/epcis{query}", headers={"Authorization": f"Bearer {API_KEY}"} | headers)
    assert answer.status == 200, await answer.text()
    assert answer.content_type == "application/ld+json" and answer.headers["GS1-EPCIS-Version"] == "2.0.0"
    content = json.loads(await answer.text())
    assert content["type"] == "EPCISQueryDocument"
    return answer, content["epcisBody"]["queryResults"]["resultsBody"]["eventList"]


async def test_the_api_answers_what_was_asked(
    scene: tuple[Shop, list[str], Clock], validator: jsonschema.Draft7Validator
) -> None:
    shop, (cocoa, tea, cup), _ = scene
    _, events = await asked(shop)
    assert said(events) == SEEN
    described = await (await shop.client.get("/api/openapi.json")).json()
    answer, _ = await asked(shop, "?perPage=1")
    reference = {"$ref": "#/components/schemas/EPCISQueryDocument", "components": described["components"]}
    jsonschema.validate(json.loads(await answer.text()), reference)

    async def steps(query: str) -> list[str]:
        return [event["bizStep"] for event in (await asked(shop, query))[1]]

    everything = [step for step, _, _ in SEEN]
    assert await steps("?EQ_bizStep=stocking|destroying") == ["stocking", "destroying"]
    assert await steps("?EQ_bizStep=repairing&EQ_bizStep=stocking") == ["stocking", "repairing", "repairing", "repairing"]
    assert await steps("?EQ_bizStep=urn:epcglobal:cbv:bizstep:destroying") == ["destroying"]
    assert await steps("?EQ_bizStep=https://ref.gs1.org/cbv/BizStep-receiving") == ["receiving"] * 4
    assert await steps("?EQ_bizStep=shipping") == []
    assert await steps("?EQ_action=DELETE") == ["destroying"] and await steps("?EQ_action=ADD") == []
    assert await steps("?eventType=ObjectEvent") == everything and await steps("?eventType=AggregationEvent") == []
    assert await steps(f"?EQ_bizTransaction={OWN}/bt/{tea}") == everything[9:12]
    assert await steps(f"?EQ_bizTransaction={tea.lower()}|{cup}") == everything[9:]
    assert await steps("?EQ_bizTransaction_po=w%201%2F%C3%A9") == everything[:12]
    assert await steps(f"?EQ_bizTransaction_po=W2&EQ_bizTransaction_rma={cocoa}") == []
    assert await steps(f"?EQ_bizTransaction_po={cocoa}") == []
    assert await steps("?EQ_bizTransaction=https://elsewhere.example/bt/W2") == []
    third = events[9]["recordTime"].replace("+", "%2B")
    assert await steps(f"?GE_eventTime={third}") == everything[9:]
    assert await steps(f"?LT_eventTime={events[9]['recordTime']}") == everything[:9], "an unescaped + is a space"
    assert await steps(f"?GE_recordTime={third}&LT_recordTime={third}") == []

    read: list[str] = []
    query = "?perPage=4&EQ_bizStep=inspecting|stocking|repairing"
    while query:
        answer, page = await asked(shop, query)
        read += [event["bizStep"] for event in page]
        link = re.fullmatch('<(.+)>; rel="next"', answer.headers.get("Link", ""))
        query = f"?{urlsplit(link[1]).query}" if link else ""
        if link:
            assert link[1].startswith("https://shop.example/api/epcis?") and len(page) == 4
    assert read == [step for step in everything if step not in ("receiving", "destroying")]


UNREADABLE = ["MATCH_epc=x", "perPage=1&perPage=2", "EQ_bizStep=a%00"]
SENSELESS = [
    "perPage=0", "perPage=1001", "perPage=٣", "GE_eventTime=yesterday", "GE_eventTime=2026-11-01T00:00:00",
    "LT_eventTime=0001-01-01T00:00:00%2B23:00", "EQ_action=SEEN", "EQ_bizStep=|", "nextPageToken=x", "nextPageToken=",
]  # fmt: skip
FORGED = [
    [], {}, ["2026-11-01", 0, 1, 1], ["2026-11-01T00:00:00Z", 5, 1, 1], ["2026-11-01T00:00:00Z", 0, 2**40, 0],
    ["2026-11-01T00:00:00Z", 0, -1, 0], ["2026-11-01T00:00:00Z", 0, True, 0], [1, 0, 1, 0],
]  # fmt: skip


async def test_what_cannot_be_meant_is_refused(shop: Shop) -> None:
    tokens = [base64.urlsafe_b64encode(json.dumps(token).encode()).decode().rstrip("=") for token in FORGED]
    senseless = [*SENSELESS, *(f"nextPageToken={token}" for token in tokens)]
    for query, status in [*((query, 400) for query in UNREADABLE), *((query, 422) for query in senseless)]:
        answered, problem = await shop.staff("GET", f"/api/epcis?{query}")
        assert (answered, problem["status"]) == (status, status), (query, problem)


async def test_who_may_read_and_in_which_format(shop: Shop) -> None:
    assert (await shop.client.get("/api/epcis")).status == 401
    status, _ = await shop.staff("GET", "/api/epcis", headers={"GS1-EPC-Format": "Always_EPC_URN"})
    assert status == 406
    status, _ = await shop.staff("GET", "/api/epcis", headers={"GS1-EPC-Format": "XML"})
    assert status == 400
    answer, events = await asked(shop, **{"GS1-EPC-Format": "Always_GS1_Digital_Link"})
    assert events == [] and "Link" not in answer.headers and answer.headers["GS1-EPC-Format"] == "Always_GS1_Digital_Link"
