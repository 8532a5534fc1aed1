"""Leads: capturing, working and qualifying them (MKT-2, MKT-3)."""
