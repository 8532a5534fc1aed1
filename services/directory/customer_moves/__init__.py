"""Customers of this region who go to live in another one (PLT-4)."""
