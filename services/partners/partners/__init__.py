"""Companies that sell for us: onboarding, terms, suspension, exit (PRM-1)."""
