"""Campaigns and tactics, and the ledger of their budgets (MKT-1)."""
