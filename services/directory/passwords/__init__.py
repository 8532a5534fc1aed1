"""Passwords: rules, hashes, lock-out, one-time tokens."""
