"""Pipelines: the stages that opportunities pass, and what must be true to leave them (SAL-2)."""
