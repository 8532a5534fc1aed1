"""The conversation of a case (SVC-1)."""
