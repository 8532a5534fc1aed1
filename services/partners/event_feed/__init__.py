"""What happens in partners, for systems outside that keep up with it (PLT-6)."""
