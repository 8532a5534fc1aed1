"""What happens in sales, for systems outside that keep up with it (PLT-6)."""
