"""How long the shop waits for goods: `returns` of policy/shop.yml."""

from typing import Annotated

from pydantic import ConfigDict, Field

from rma.model.orders import Frozen

Days = Annotated[int, Field(ge=0, le=365)]


class Pace(Frozen):
    """In days. `expire_after`: after the last day to send, until a return that no carrier has seen expires; `more_time`: what a
    shopper who asks gets, once; `rest_after`: after the last arrival, until the rest of a parcel counts as missing; `close_after`:
    after the money or the new item left, until the return is closed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    expire_after: Days = 7
    more_time: Annotated[int, Field(ge=1, le=60)] = 14
    rest_after: Annotated[int, Field(ge=1, le=365)] = 21
    close_after: Days = 30
