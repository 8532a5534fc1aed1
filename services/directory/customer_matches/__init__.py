"""Customers of this region who may be the same as customers of other regions (PLT-4)."""
