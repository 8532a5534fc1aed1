"""Revocations: access tokens that no longer count although they have not expired."""
