"""Roles: those that come with the product, and those that a region adds."""
