"""The shop's numbers from GS1, where it has any."""

from typing import Annotated, Self

from pydantic import AfterValidator, ConfigDict, Field, model_validator
from stdnum import ean

from rma.model.orders import Frozen


def _gln(value: str) -> str:
    if len(value) != 13 or not ean.is_valid(value):
        raise ValueError("expected a GLN: 13 digits, the last one a check digit")
    return value


class Gs1(Frozen):
    model_config = ConfigDict(frozen=True, extra="forbid")

    company_prefix: Annotated[str, Field(pattern=r"^[0-9]{6,12}$")] | None = None
    """With it EPCs can be written as URNs, too (urn:epc:id:sgtin:), which tell the prefix from the rest."""
    location: Annotated[str, AfterValidator(_gln)] | None = None
    """The GLN of where returns arrive."""

    @model_validator(mode="after")
    def _of_one_company(self) -> Self:
        if self.company_prefix and self.location and not self.location.startswith(self.company_prefix):
            raise ValueError("the GLN of `location` does not begin with `company_prefix`")
        return self
