"""Placements: where records live that have moved to another region."""
