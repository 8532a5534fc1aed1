"""Extension fields: what this region adds to accounts, leads, cases and so on (GOV-2)."""
