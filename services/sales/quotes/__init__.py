"""Quotes: offers, approval of discounts, acceptance (SAL-5)."""
