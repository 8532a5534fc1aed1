"""Conversions: qualified leads become accounts, contacts and opportunities of sales (MKT-3)."""
