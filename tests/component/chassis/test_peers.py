"""A process tells whether the gateways of other regions answer it, and until when their certificates are good."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import IPv4Address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from prometheus_client import REGISTRY
from urllib3.exceptions import SSLError

from chassis import peers
from chassis.peers import PeerDirectory
from chassis.settings import Peer

END = datetime(2031, 5, 1, 12, tzinfo=UTC)
LATER = datetime(2032, 5, 1, 12, tzinfo=UTC)


class Answers(BaseHTTPRequestHandler):
    """What another region's gateway says of its revocations: none, if its directory is there."""

    protocol_version = "HTTP/1.1"
    status = 200

    def do_GET(self) -> None:
        body = b"{}"
        self.send_response(self.status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class Gateway:
    """A gateway with a certificate that can be exchanged while it runs."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.show_certificate(END)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
        self._server.socket = self._context.wrap_socket(self._server.socket, server_side=True)
        threading.Thread(target=self._server.serve_forever, args=(0.02,)).start()
        self.url = f"https://127.0.0.1:{self._server.server_port}"

    def show_certificate(self, end: datetime) -> None:
        """Have new connections meet a certificate that is good until then."""
        (self._folder / "tls.pem").write_bytes(_signed_by_itself(end))
        self._context.load_cert_chain(self._folder / "tls.pem")

    def stop(self) -> None:
        """Answer nobody any more."""
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def gateway(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Gateway]:
    monkeypatch.setattr(Answers, "status", 200)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "tls.pem"))
    made = Gateway(tmp_path)
    yield made
    made.stop()


@pytest.fixture
def emea(gateway: Gateway) -> Iterator[PeerDirectory]:
    directory = PeerDirectory(Peer("emea", gateway.url))
    yield directory
    directory.close()


def test_a_peer_is_reachable_while_its_directory_answers(
    emea: PeerDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    emea.revocations("")
    assert _told("meridian_peer_reachable") == 1

    monkeypatch.setattr(Answers, "status", 503)
    with pytest.raises(ConnectionError, match="emea answered 503"):
        emea.revocations("")
    assert _told("meridian_peer_reachable") == 0

    monkeypatch.setattr(Answers, "status", 200)
    emea.revocations("")
    assert _told("meridian_peer_reachable") == 1


def test_the_end_of_a_peers_certificate_is_told(emea: PeerDirectory) -> None:
    emea.revocations("")
    assert _told("meridian_peer_certificate_expiry_timestamp_seconds") == END.timestamp()


def test_a_renewed_certificate_is_seen_when_the_connection_is_made_anew(
    gateway: Gateway, emea: PeerDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    emea.revocations("")
    gateway.show_certificate(LATER)
    emea.revocations("")
    assert _told("meridian_peer_certificate_expiry_timestamp_seconds") == END.timestamp()

    monkeypatch.setattr(peers, "_LONGEST_CONNECTION", 0.0)
    emea.revocations("")
    assert _told("meridian_peer_certificate_expiry_timestamp_seconds") == LATER.timestamp()


def test_a_certificate_that_is_not_good_makes_a_peer_unreachable(
    gateway: Gateway, emea: PeerDirectory
) -> None:
    gateway.show_certificate(datetime.now(UTC) - timedelta(hours=1))
    with pytest.raises(SSLError, match="certificate has expired"):
        emea.revocations("")
    assert _told("meridian_peer_reachable") == 0


def _told(metric: str) -> float | None:
    return REGISTRY.get_sample_value(metric, {"peer": "emea"})


def _signed_by_itself(end: datetime) -> bytes:
    """A certificate for 127.0.0.1 with its key, in PEM."""
    key = ed25519.Ed25519PrivateKey.generate()
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "crm.emea.example")])
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(datetime.now(UTC) - timedelta(days=1)).not_valid_after(end)
    place = x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))])
    made = builder.add_extension(place, critical=False).sign(key, None)
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return secret + made.public_bytes(Encoding.PEM)
