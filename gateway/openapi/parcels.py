"""Parcels that belong to no return yet."""

from gateway.openapi.parts import (
    ID,
    KEY,
    Json,
    acted,
    answered,
    array,
    enum,
    limit,
    next_page,
    object_of,
    of_answer,
    of_body,
    operation,
    place,
    query,
    ref,
    sent_as_json,
)
from gateway.staff.bodies import NewParcel, Placed
from gateway.staff.parcels import PAGE
from rma.model.goods import Parcel
from rma.model.staff import Scope


def paths() -> Json:
    return {
        "/api/parcels": {"get": _waiting(), "post": _keep()},
        "/api/parcels/{id}/place": {"post": _place()},
    }


def schemas() -> Json:
    return {**of_body(NewParcel), **of_body(Placed), **of_answer(Parcel)}


def _waiting() -> Json:
    return operation(
        "findParcels",
        "Parcels that wait for somebody to place them",
        [Scope.PARCELS],
        {200: answered("The oldest first.", object_of({"parcels": array(ref("Parcel"))}), Link=next_page())},
        (422,),
        [
            query("status", enum(["open", "all"]), "Those that wait, unless said otherwise."),
            limit(PAGE),
            place("after", "Those with a higher id."),
        ],
    )


def _keep() -> Json:
    then = {"placeParcel": {"operationId": "placeParcel", "parameters": {"id": "$response.body#/id"}}}
    return operation(
        "keepParcel",
        "Keep a parcel that nobody can place",
        [Scope.PARCELS],
        {201: acted("The parcel.", ref("Parcel"), links=then)},
        (400, 404, 409, 413, 415, 422),
        [KEY],
        sent_as_json("NewParcel", True, {"scanned": "??? 4711", "contents": [{"name": "a red shoe", "quantity": 1}]}),
    )


def _place() -> Json:
    return operation(
        "placeParcel",
        "Say what a parcel was",
        [Scope.PARCELS],
        {200: acted("The parcel.", ref("Parcel"))},
        (400, 404, 409, 413, 415, 422),
        [ID, KEY],
        sent_as_json("Placed", required=True, example={"outcome": "of return RT-7K3M9QXP", "number": "RT-7K3M9QXP"}),
    )
