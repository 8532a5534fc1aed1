"""A region under test: its real directory and other services behind a real gateway, among others like it."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from chassis.app import utc_now
from chassis.configuration import parse
from chassis.ids import new_id
from chassis.manifest import Service
from chassis.settings import Settings
from chassis.tokens import Identity, TokenSigner
from chassis.trust import Trust
from cli.nats_server import free_port
from services.directory.authority import jwks, key_id
from services.directory.manifest import SERVICE as DIRECTORY
from services.sales.manifest import SERVICE as SALES
from tests.component.gateway.conftest import Client
from tests.component.gateway.served import gateway
from tests.running import RunningService

#: Makes a migrated, empty database of a service.
MakeDatabase = Callable[[Service], str]


class RunningRegion:
    """One region. Its gateway can be stopped and started again, its directory stopped."""

    def __init__(
        self,
        name: str,
        ports: Mapping[str, int],
        hub: str,
        folder: Path,
        make: MakeDatabase,
        services: Sequence[Service] = (SALES,),
    ) -> None:
        """ports: every region's gateway, this one's too. services: those that run beside directory."""
        self.name = name
        self._port = ports[name]
        self._key = Ed25519PrivateKey.generate()
        self._directory_address = f"127.0.0.1:{free_port()}"
        self.settings = self._settings(ports, hub, folder)
        self._urls = {each.name: make(each) for each in (DIRECTORY, *services)}
        self._trust = Trust(self.settings, keys=lambda: jwks(self.settings))
        self.services: dict[str, RunningService] = {}
        for each in (DIRECTORY, *services):
            self.services[each.name] = self._run(each)
        self.directory = self.services["directory"]
        self._directory = ExitStack()
        self._directory.callback(self.directory.stop)
        self._gateway = ExitStack()
        self.start_gateway()

    def start_gateway(self, **changes: Any) -> None:
        """Answer HTTP; changes: what the gateway's configuration says otherwise."""
        configured = {
            "port": self._port,
            "region": self.name,
            "hub": self.settings.regions.hub,
            "peers": self.settings.regions.peers,
        }
        targets = {name: each.address for name, each in self.services.items()}
        self.client: Client = self._gateway.enter_context(
            gateway(targets, "", **(configured | changes))
        )

    @property
    def sales(self) -> RunningService:
        """Its sales."""
        return self.services["sales"]

    def stop_gateway(self) -> None:
        """Be out of reach for the other regions."""
        self._gateway.close()

    def person(self, *grants: str, **identity: Any) -> Client:
        """Somebody of this region at this region's gateway."""
        return Client(self.client.base, f"Bearer {self.token(*grants, **identity)}")

    def token(self, *grants: str, **identity: Any) -> str:
        """An access token of this region's directory, by default for a user of its own."""
        chosen = {
            "subject": new_id("user", self.name, utc_now()),
            "session": new_id("session", self.name, utc_now()),
            "region": self.name,
            "grants": grants,
        }
        signer = TokenSigner(self._key, key_id(self._key), f"urn:meridian:{self.name}")
        who = Identity(**(chosen | identity))
        return signer.sign(who, token_id=str(uuid.uuid4()), now=time.time())

    def service_token(self, service: str) -> str:
        """An access token of one of this region's services, as its directory gives it."""
        account = f"service_{service}"
        return self.token("*@region", subject=account, session=account)

    def stop_directory(self) -> None:
        """Have nobody who knows placements, or lets people log in."""
        self._directory.close()

    def stop(self) -> None:
        """Stop all of it."""
        self.stop_gateway()
        for name, service in self.services.items():
            if name != "directory":
                service.stop()
        self.stop_directory()
        self._trust.close()

    def _run(self, service: Service) -> RunningService:
        """It may call those that run already."""
        url, verifier = self._urls[service.name], self._trust.verifier
        own = partial(self.service_token, service.name)
        bind = self._directory_address if service is DIRECTORY else "127.0.0.1:0"
        known = {name: each.address for name, each in self.services.items()}
        return RunningService(service, url, known, self.settings, verifier, bind, own)

    def _settings(self, ports: Mapping[str, int], hub: str, folder: Path) -> Settings:
        home = folder / self.name
        home.mkdir()
        pem = self._key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        (home / "signing-key.pem").write_bytes(pem)
        (home / "credentials.json").write_text("{}")
        peers = [
            {"region": region, "gateway_url": f"http://127.0.0.1:{port}"}
            for region, port in ports.items()
            if region != self.name
        ]
        return parse(
            {
                "MERIDIAN_HOME": str(home),
                "MERIDIAN_REGION": self.name,
                "MERIDIAN_HUB": hub,
                "MERIDIAN_PEERS": json.dumps(peers),
                "MERIDIAN_SIGNING_KEY_FILE": str(home / "signing-key.pem"),
                "MERIDIAN_SERVICE_CREDENTIALS_FILE": str(home / "credentials.json"),
                "MERIDIAN_GRPC_TARGET_DIRECTORY": self._directory_address,
            }
        )
