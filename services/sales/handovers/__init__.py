"""Handovers: leads and registered deals taken over into sales (MKT-3, PRM-4)."""
