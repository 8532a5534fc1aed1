"""Cases: what a customer needs from us, from new to closed (SVC-1)."""
