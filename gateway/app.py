"""The gateway put together: Flask for the pages, and in front of it the methods of all services."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from flask import Flask

from chassis.settings import Peer
from gateway import pages
from gateway.api import Api, Guards
from gateway.backends import Backends
from gateway.contract import Contract
from gateway.description import Descriptions
from gateway.endpoint import Endpoint, Sizes
from gateway.extensions import Ask as AskExtensions
from gateway.extensions import KnownExtensions
from gateway.extensions import from_directory as extensions_from_directory
from gateway.forwarding import Forwarder
from gateway.homes import Homes, Policy
from gateway.identity import Exchange, Identities
from gateway.limits import ADDRESS_FACTOR, Admission, RateLimit
from gateway.peers import PeerGateway
from gateway.placements import Ask, Placements, from_directory
from gateway.regional import Regional
from gateway.routing import Router, routes
from gateway.spanning import Spanning
from gateway.transcoding import Codecs


@dataclass(frozen=True)
class Configuration:
    """What the gateway needs to know.

    targets: service → "host:port" of its gRPC server. Sizes in bytes, timeout in seconds, rates in
    requests a second for each client; `running` requests work at once, `waiting` more queue, and
    as many as `running` may be under way to each of the `peers`, the gateways of other regions.
    """

    targets: Mapping[str, str]
    body_bytes: int = 1 << 20
    upload_bytes: int = 1 << 28
    timeout: float = 10.0
    rate: int = 200
    burst: int = 400
    running: int = 4
    waiting: int = 12
    patience: float = 2.0
    region: str = "na"
    hub: str = "na"
    peers: tuple[Peer, ...] = ()


def create_app(
    configuration: Configuration,
    contract: Contract,
    exchange: Callable[[Backends], Exchange],
    placements: Callable[[Backends], Ask] = from_directory,
    extensions: Callable[[Backends], AskExtensions] = extensions_from_directory,
) -> Flask:
    """The application of one process; it opens its channels, so call it after any fork.

    `exchange` gives what turns an API key into an access token, `placements` what knows where
    records live that have moved, `extensions` what knows the fields that this region adds.
    """
    known = routes(contract)
    backends = Backends(configuration.targets, known)
    codecs = Codecs()
    sizes = Sizes(configuration.body_bytes, configuration.upload_bytes, configuration.timeout)
    served = [(route, Endpoint(route, codecs, backends, sizes)) for route in known]
    app = Flask(__name__, static_folder=None)
    descriptions = Descriptions(contract, known, KnownExtensions(extensions(backends)))
    pages.add(app, contract, descriptions, backends)
    guards = _guards(configuration, Identities(exchange(backends)))
    app.wsgi_app = Api(  # type: ignore[method-assign]
        Router(served),
        guards,
        app.wsgi_app,
        configuration.region,
        _regional(configuration, sizes, placements(backends)),
    )
    return app


def _guards(configuration: Configuration, identities: Identities) -> Guards:
    rate, burst = configuration.rate, configuration.burst
    return Guards(
        identities,
        RateLimit(rate, burst),
        RateLimit(rate * ADDRESS_FACTOR, burst * ADDRESS_FACTOR),
        Admission(configuration.running, configuration.waiting, configuration.patience),
    )


def _regional(configuration: Configuration, sizes: Sizes, placed: Ask) -> Regional:
    region, hub = configuration.region, configuration.hub
    peers = {peer.region: PeerGateway(peer, configuration.running) for peer in configuration.peers}
    policy = Policy.written()
    homes = Homes(region, peers, policy, Placements(placed))
    forwarder = Forwarder(region, peers, sizes)
    spanning = Spanning(region, policy, forwarder, configuration.running)
    return Regional(region, hub, homes, policy, forwarder, spanning)
