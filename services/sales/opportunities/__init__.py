"""Opportunities: chances to sell, from the first stage to won or lost (SAL-2)."""
