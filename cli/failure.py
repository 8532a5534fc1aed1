"""What a person has to put right before the command can be run."""

from __future__ import annotations


class Failure(Exception):
    """The command cannot be run. The message is for people: what is wrong and what to do about it."""
