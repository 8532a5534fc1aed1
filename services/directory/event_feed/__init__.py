"""What happens in directory, for systems outside that keep up with it (PLT-6)."""
