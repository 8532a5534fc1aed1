"""Flat commissions on won deals, and their ledger (core of PRM-7)."""
