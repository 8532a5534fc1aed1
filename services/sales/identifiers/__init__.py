"""Identifiers: what a customer is recognised by, and what is compared (SAL-1)."""
