"""Assignment: rules that give leads to people, each decision explained (MKT-3)."""
