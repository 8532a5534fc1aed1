"""Teams: people who work on the same records."""
