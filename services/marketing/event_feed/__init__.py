"""What happens in marketing, for systems outside that keep up with it (PLT-6)."""
