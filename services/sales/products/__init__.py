"""Products: the catalogue (SAL-4)."""
