"""The staff API: what the shop's own programs read and do (contract section 5)."""

from gateway.staff import orders, parcels, photos, refunds, returns, stock
from gateway.staff.access import guarded, needs, require

ROUTES = tuple(module.routes for module in (returns, refunds, orders, parcels, stock, photos))

__all__ = ["ROUTES", "guarded", "needs", "require"]
