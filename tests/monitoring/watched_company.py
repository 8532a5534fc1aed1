"""Two regions under watch, whose gateways ask each other by TLS, with certificates that can be exchanged."""

from __future__ import annotations

import shutil
import ssl
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.monitoring.certificates import Authority
from tests.regions.company import Company

_LONG = 365


class WatchedCompany(Company):
    """Its links end TLS, as an Ingress does."""

    def __init__(self, names: Sequence[str]) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="meridian-monitoring-"))
        self._authority = Authority()
        believed = self.folder / "authority.pem"
        self._authority.show(believed)
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._issue(_LONG)
        super().__init__(names=names, tls=self._context, SSL_CERT_FILE=str(believed))

    def show_certificate(self, days: int) -> None:
        """Have all gateways show a certificate that is good for so many days; every connection is made anew."""
        self._issue(days)
        for pair in self.links.pairs:
            self.links.cut(pair)
            self.links.heal(pair)

    def remove(self) -> None:
        """See Company."""
        super().remove()
        shutil.rmtree(self.folder)

    def _issue(self, days: int) -> None:
        file = self.folder / "gateway.pem"
        self._authority.issue(file, days)
        self._context.load_cert_chain(file)
