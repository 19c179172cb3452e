"""The demo shop: a stored import document whose dates are moved so that its deliveries are always recent."""

import json
import re
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from retour.processes import ROOT
from rma.model.errors import ConfigurationError
from rma.service.shop import ShopDesk

FILE = ROOT / "data" / "demo" / "shop.json"
_INSTANTS = re.compile(r"^(placed|delivered)_at$")


def demo_shop(today: date, file: Path = FILE) -> dict[str, Any]:
    """The import document as if it had been written today; the file's `as_of` says when it was. Raises
    ConfigurationError."""
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
        shift = today - date.fromisoformat(document.pop("as_of"))
        moved = _moved(document, shift)
    except (OSError, ValueError, KeyError, AttributeError, TypeError) as error:
        raise ConfigurationError(
            f"{file}: the demo shop cannot be read ({error}); restore it, or start with --no-demo"
        ) from error
    assert isinstance(moved, dict)
    return moved


def _moved(value: Any, shift: timedelta) -> Any:
    if isinstance(value, dict):
        return {
            key: _instant(item, shift) if _INSTANTS.match(key) else _moved(item, shift) for key, item in value.items()
        }
    return [_moved(item, shift) for item in value] if isinstance(value, list) else value


def _instant(value: str, shift: timedelta) -> str:
    return (datetime.fromisoformat(value) + shift).isoformat()


async def load_demo(shop: ShopDesk, today: date) -> int:
    """Loads the demo shop into a database without orders; how many it loaded, 0 when there were some: they may have
    returns by now, and dates must not move under those. Raises ConfigurationError."""
    if not await shop.is_empty():
        return 0
    report = await shop.load(demo_shop(today))
    if report.failures:
        number, reason = report.failures[0]
        raise ConfigurationError(f"{FILE}: order {number}: {reason}")
    return report.orders_saved
