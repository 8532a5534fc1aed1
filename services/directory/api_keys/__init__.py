"""API keys: secrets for programs."""
