"""Service contracts, and by what right a case has its targets (SVC-2)."""
