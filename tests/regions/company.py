"""Real regions, three or fewer, each run by a `meridian up` of its own, whose every link goes through a proxy."""

from __future__ import annotations

import json
import shutil
import ssl
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from cli import secrets
from tests.faults.person import Person
from tests.faults.ports import reserved_port
from tests.faults.region import Region
from tests.regions.links import Links

HUB = "na"
NAMES = ("na", "emea", "apac")
#: How long access tokens last here, in seconds: people sign in again during a run.
_LIFETIME = 300


class Company:
    """The regions by name, and the links between them."""

    def __init__(
        self,
        hear: Callable[[bytes], None] = lambda _: None,
        names: Sequence[str] = NAMES,
        tls: ssl.SSLContext | None = None,
        **variables: str,
    ) -> None:
        """hear is given whatever crosses between regions. names: which regions there are, the hub among
        them. tls: what gateways of other regions are asked by, if it is not plain HTTP. variables: further
        settings of each.
        """
        self._names = names
        self._tls = tls
        self.links = Links(hear)
        self._shared = Path(tempfile.mkdtemp(prefix="meridian-regions-"))
        self._shared.chmod(0o755)
        self._leaf = reserved_port()
        secrets.make_leaf_passwords(self._passwords, [name for name in names if name != HUB])
        secrets.make_match_keys(self._match_keys)
        self.regions: dict[str, Region] = {}
        for name in names:
            self.regions[name] = Region(**self._settings(name), **variables)
        self.people = {
            name: Person(region, "administrator@meridian.example", Counter())
            for name, region in self.regions.items()
        }
        """An administrator in each region."""

    @property
    def hub(self) -> Region:
        """The region that writes for all."""
        return self.regions[HUB]

    def wait_until_ready(self) -> None:
        """Return when people can log in everywhere. Raises RuntimeError if that does not happen."""
        for region in self.regions.values():
            region.wait_until_ready()

    def stop(self) -> None:
        """End everything in order."""
        for region in self.regions.values():
            region.stop()

    @property
    def folders(self) -> str:
        """Where the data and logs of all regions are."""
        return " ".join(str(region.folder) for region in self.regions.values())

    def remove(self) -> None:
        """Remove the folders with all data and logs."""
        for region in self.regions.values():
            region.remove()
        shutil.rmtree(self._shared, ignore_errors=True)

    @property
    def _passwords(self) -> Path:
        return self._shared / "leaf-passwords.json"

    @property
    def _match_keys(self) -> Path:
        return self._shared / "match-keys.json"

    def _settings(self, name: str) -> dict[str, str]:
        """What makes a region by itself one of the company; it meets the others by proxies alone."""
        leaf = self._leaf
        if name != HUB:
            leaf = self.links.add(name, HUB, lambda: ("127.0.0.1", self._leaf))
        scheme = "https" if self._tls else "http"
        peers = [
            {"region": other, "gateway_url": f"{scheme}://127.0.0.1:{self._way(name, other)}"}
            for other in self._names
            if other != name
        ]
        return {
            "MERIDIAN_REGION": name,
            "MERIDIAN_HUB": HUB,
            "MERIDIAN_PEERS": json.dumps(peers),
            "MERIDIAN_LEAF_ADDRESS": f"127.0.0.1:{leaf}",
            "MERIDIAN_LEAF_PASSWORDS_FILE": str(self._passwords),
            "MERIDIAN_MATCH_KEYS_FILE": str(self._match_keys),
            "MERIDIAN_ACCESS_LIFETIME": str(_LIFETIME),
        }

    def _way(self, name: str, other: str) -> int:
        """The port by which a region reaches the gateway of another."""

        def gateway() -> tuple[str, int]:
            parts = urlsplit(self.regions[other].address)
            return str(parts.hostname), int(parts.port or 0)

        return self.links.add(name, other, gateway, self._tls)
