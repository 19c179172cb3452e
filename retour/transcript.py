"""What is kept about a person as a page to read: one file, in their language, without anything fetched from elsewhere."""

from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import jinja2
from babel.dates import format_date, format_datetime

from rma.model.money import spoken
from rma.texts import Texts

_TEMPLATES = Path(__file__).resolve().parent / "templates"


def page(document: dict[str, Any], texts: Texts, language: str, zone: ZoneInfo) -> str:
    """`document` as `rma.service.privacy.PrivacyDesk.export` makes it. Whatever a shopper wrote is escaped."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES), autoescape=True, undefined=jinja2.ChainableUndefined
    )

    def text(key: str, **values: Any) -> str:
        return texts.get(f"privacy_{key}", language, **values)

    def local(instant: str) -> datetime:
        return datetime.fromisoformat(instant).astimezone(zone)

    return environment.get_template("privacy.html").render(
        data=document,
        shop=document["shop"],
        language=language,
        t=text,
        day=lambda instant: format_date(local(instant), "long", locale=language),
        moment=lambda instant: format_datetime(local(instant), "d MMM y HH:mm", locale=language),
        money=lambda amount, currency: spoken(Decimal(amount), currency, language),
    )
