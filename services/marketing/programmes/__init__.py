"""Programmes: the themes under which campaigns run (MKT-1)."""
