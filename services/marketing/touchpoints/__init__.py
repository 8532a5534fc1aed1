"""Touchpoints: when which campaign reached a lead (MKT-2)."""
