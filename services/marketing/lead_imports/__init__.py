"""Imports of files of leads (MKT-2)."""
