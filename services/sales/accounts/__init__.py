"""Accounts: the companies and persons that buy from us (SAL-1)."""
