"""Business calendars: when a team works (SVC-2)."""
