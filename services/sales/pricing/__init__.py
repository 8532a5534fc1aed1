"""Pricing: price rules, and prices with their explanation (SAL-4)."""
