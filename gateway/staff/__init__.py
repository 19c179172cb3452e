"""The staff API: what the shop's own programs read and do (contract section 5)."""

from gateway.staff import returns
from gateway.staff.access import guarded, needs, require

ROUTES = tuple(module.routes for module in (returns,))

__all__ = ["ROUTES", "guarded", "needs", "require"]
