"""Carrier adapters, each behind the Protocol `rma.model.shipping.Carrier`."""
