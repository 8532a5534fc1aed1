"""The configuration of a region's NATS: its accounts, who may do what in them, and its link to others.

Two accounts: REGION holds everything of the region's own, BORDER what may cross. Only BORDER is linked
to other regions' servers, so nothing of REGION can get out; and into BORDER the user `border` may put
nothing but what protos/border.toml lists.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from chassis import border

#: The user of everything that is the region's own.
USER = "meridian"


@dataclass(frozen=True)
class LeafListener:
    """The hub's end of the links: where it listens, and the passwords of the regions that may come.

    tls is the folder of its certificate (tls.crt, tls.key); None where the link stays on one machine.
    """

    address: str
    passwords: Mapping[str, str] = field(repr=False)
    tls: Path | None = None


@dataclass(frozen=True)
class LeafRemote:
    """Another region's end: where the hub listens, and our password there.

    tls is the folder of who vouches for the hub's certificate (ca.crt), or None, see LeafListener.
    """

    address: str
    password: str = field(repr=False)
    tls: Path | None = None


@dataclass(frozen=True)
class Company:
    """How a region's NATS takes part in a company of regions.

    password is that of the user `border` here; link is the hub's end or ours.
    """

    hub: str
    password: str = field(repr=False)
    link: LeafListener | LeafRemote


@dataclass(frozen=True)
class Configuration:
    """What nats-server is told. durable=False, which loses messages in a crash, is for tests alone.

    monitor is where it tells over HTTP how it is; empty: nowhere.
    """

    region: str
    listen: str
    folder: Path
    password: str = field(repr=False)
    company: Company | None = None
    durable: bool = True
    monitor: str = ""

    def text(self) -> str:
        """The configuration file."""
        return "\n".join(self._lines()) + "\n"

    def _lines(self) -> Iterator[str]:
        yield f"server_name: {_quoted(f'meridian-{self.region}')}"
        yield f"listen: {_quoted(self.listen)}"
        if self.monitor:
            yield f"http: {_quoted(self.monitor)}"
        yield f"pid_file: {_quoted(str(self.folder / 'nats.pid'))}"
        yield "jetstream {"
        yield f"  store_dir: {_quoted(str(self.folder))}"
        yield f"  domain: {_quoted(self.region)}"
        yield f"  sync_interval: {'always' if self.durable else '2m'}"
        yield "}"
        yield "accounts {"
        yield f"  REGION: {{ jetstream: enabled, users: [ {_user(USER, self.password)} ] }}"
        if self.company:
            yield "  BORDER: { jetstream: enabled, users: ["
            yield from (f"    {user}" for user in _border_users(self.region, self.company))
            yield "  ] }"
        yield "}"
        if self.company:
            yield from _leaf(self.region, self.company.link)


def _border_users(region: str, company: Company) -> Iterator[str]:
    """Our own workers, and at the hub the other regions' servers."""
    publish = [*border.outgoing_subjects(region, company.hub), "$JS.API.>", "$JS.ACK.>"]
    yield _user(border.USER, company.password, publish, ["_INBOX.>"])
    if isinstance(company.link, LeafListener):
        for other, password in sorted(company.link.passwords.items()):
            yield _user(f"leaf_{other}", password, *_leaf_subjects(region, other))


def _leaf_subjects(hub: str, region: str) -> tuple[list[str], list[str]]:
    """What may come from a region's server to the hub's, and go from the hub's to it.

    Deliveries of the other side's stream, the request to be a source, its answer, and flow control.
    """
    ours, theirs = border.INCOMING, border.outgoing(region)
    into = [
        f"border.{region}.{hub}.>",
        f"$JS.{hub}.API.CONSUMER.>",
        f"$JS.FC.{ours}.>",
        f"$JS.FC.{hub}.*.{ours}.>",
        "$JSC.R.>",
    ]
    out = [
        f"border.{hub}.{region}.>",
        f"$JS.{region}.API.CONSUMER.>",
        f"$JS.FC.{theirs}.>",
        f"$JS.FC.{region}.*.{theirs}.>",
        "$JSC.R.>",
    ]
    return into, out


def _leaf(region: str, link: LeafListener | LeafRemote) -> Iterator[str]:
    if isinstance(link, LeafListener):
        certificate = _tls(link.tls, cert_file="tls.crt", key_file="tls.key")
        yield f"leafnodes {{ listen: {_quoted(link.address)}{certificate} }}"
        return
    scheme = "tls" if link.tls else "nats-leaf"
    url = f"{scheme}://leaf_{region}:{link.password}@{link.address}"
    # The hub would tell its own address too, which other regions need not reach, or not that way.
    options = f"ignore_discovered_servers: true{_tls(link.tls, ca_file='ca.crt')}"
    remote = f"{{ url: {_quoted(url)}, account: BORDER, {options} }}"
    yield f"leafnodes {{ reconnect: 1, remotes: [ {remote} ] }}"


def _tls(folder: Path | None, **files: str) -> str:
    if folder is None:
        return ""
    return f", tls: {{ {', '.join(f'{k}: {_quoted(str(folder / v))}' for k, v in files.items())} }}"


def _user(
    name: str, password: str, publish: Sequence[str] = (), subscribe: Sequence[str] = ()
) -> str:
    """A user; with subjects, these are all that it may publish and subscribe to."""
    login = f"user: {_quoted(name)}, password: {_quoted(password)}"
    if not publish:
        return f"{{ {login} }}"
    rules = f"publish: {{ allow: {_list(publish)} }}, subscribe: {{ allow: {_list(subscribe)} }}"
    return f"{{ {login}, permissions: {{ {rules} }} }}"


def _quoted(text: str) -> str:
    return json.dumps(text)


def _list(texts: Sequence[str]) -> str:
    return f"[{', '.join(map(_quoted, texts))}]"
