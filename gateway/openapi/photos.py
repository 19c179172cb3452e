"""Pictures that the warehouse takes."""

from gateway.openapi.parts import ID, KEY, Json, acted, count, object_of, operation, text
from gateway.staff.photos import TYPES
from rma.model.staff import Scope


def paths() -> Json:
    return {"/api/photos": {"post": _keep()}, "/api/photos/{id}": {"get": _show()}}


def schemas() -> Json:
    return {}


def _keep() -> Json:
    kept = object_of({"id": count(least=1), "mime": text(), "bytes": count(least=1)})
    form = {
        "type": "object",
        "properties": {"photo": {"type": "string", "contentMediaType": "image/jpeg"}},
        "required": ["photo"],
        "additionalProperties": False,
    }
    show = {"showPhoto": {"operationId": "showPhoto", "parameters": {"id": "$response.body#/id"}}}
    return operation(
        "keepPhoto",
        "Keep a picture, to be named by a counting or an inspection",
        [Scope.RETURNS_RECEIVE, Scope.RETURNS_INSPECT, Scope.PARCELS],
        {201: acted("It was drawn anew, without what else the file carried.", kept, links=show)},
        (400, 409, 413, 415, 422),
        [KEY],
        {
            "required": True,
            "content": {**{mime: {"schema": {}} for mime in TYPES}, "multipart/form-data": {"schema": form}},
        },
    )


def _show() -> Json:
    picture: Json = {"description": "The picture.", "content": {"image/jpeg": {"schema": {}}}}
    return operation("showPhoto", "A picture", [Scope.RETURNS_READ], {200: picture}, (404,), [ID])
