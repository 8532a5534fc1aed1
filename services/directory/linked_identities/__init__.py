"""Linked identities: accounts at outside OIDC issuers."""
