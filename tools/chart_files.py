"""The files of the Helm chart that follow from code: what NATS is told, with blanks for the templates.

    python -m tools.chart_files     # writes deploy/helm/meridian/files/nats/

A blank in braces stands for a name, {REGION} for one in capital letters. A line with {peer} is written
once for each other region. Passwords are variables of NATS, $BORDER_PASSWORD, and nothing is secret.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from cli.nats_configuration import Company, Configuration, LeafListener, LeafRemote

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "deploy" / "helm" / "meridian" / "files" / "nats"

_TLS = Path("/etc/nats-tls")
#: What stands for passwords, and for the URL that has one in it, until variables take their place.
_VARIABLES = {
    '"meridian password"': "$MERIDIAN_PASSWORD",
    '"border password"': "$BORDER_PASSWORD",
    '"peer password"': "$LEAF_{PEER}_PASSWORD",
    '"tls://leaf_{region}:hub password@hub address"': "$LEAF_URL",
}


def files() -> Iterator[tuple[str, str]]:
    """Names and contents: for a region without others, for the hub, and for each other region."""
    listener = LeafListener("0.0.0.0:7422", {"{peer}": "peer password"}, _TLS)
    remote = LeafRemote("hub address", "hub password", _TLS)
    yield "alone.conf", _text("{region}", None)
    yield "hub.conf", _text("{region}", Company("{region}", "border password", listener))
    yield "region.conf", _text("{region}", Company("{hub}", "border password", remote))


def _text(region: str, company: Company | None) -> str:
    text = Configuration(
        region=region,
        listen="0.0.0.0:4222",
        folder=Path("/data"),
        password="meridian password",  # noqa: S106 - a mark, replaced below
        company=company,
        monitor="0.0.0.0:8222",
    ).text()
    for mark, variable in _VARIABLES.items():
        text = text.replace(mark, variable)
    return text


def main() -> None:
    """Write them all."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, content in files():
        (FOLDER / name).write_text(content, encoding="utf-8")


if __name__ == "__main__":
    main()
