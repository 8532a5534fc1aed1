"""What happens in service, for systems outside that keep up with it (PLT-6)."""
