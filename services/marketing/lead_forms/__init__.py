"""Forms on web pages through which people become leads (MKT-2)."""
