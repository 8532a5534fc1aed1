"""Leads offered to partners and taken back (PRM-3)."""
