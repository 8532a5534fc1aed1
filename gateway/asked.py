"""A request that was let in, with all that is needed to answer it, here or elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from gateway.endpoint import Endpoint
from gateway.forwarding import FORWARDED
from gateway.http import Answer, Request


@dataclass(frozen=True)
class Asked:
    """A request, and how it, or one like it, would be answered here.

    renew: another Authorization in the place of one that was refused, or None.
    """

    request: Request
    endpoint: Endpoint
    values: list[str]
    authorization: str
    answer_here: Callable[[Request], Answer]
    renew: Callable[[], str | None]

    @property
    def was_forwarded(self) -> bool:
        """Whether another gateway sent it here; then it goes no further."""
        return self.request.header(FORWARDED) is not None

    def here(self) -> Answer:
        """The answer of this region."""
        return self.answer_here(self.request)
