"""Contacts: the people whom we talk to at accounts (SAL-1)."""
