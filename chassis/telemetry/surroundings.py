"""What a process tells of things beside it: the certificates it is shown, and the disk of its data."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from functools import partial
from pathlib import Path

from cryptography import x509

from chassis.telemetry import resource_metrics


def watch_certificates(files: Iterable[Path]) -> None:
    """Report until when the certificates in these PEM files are good; a file may be renewed any time."""
    for file in files:
        resource_metrics.watch_certificate(str(file), partial(_earliest_end, file))


def watch_home(folder: Path) -> None:
    """Report the room on the disk of the data folder. Where there is no such folder nothing is told."""
    if folder.is_dir():
        resource_metrics.watch_home(
            free=lambda: shutil.disk_usage(folder).free,
            size=lambda: shutil.disk_usage(folder).total,
        )


def _earliest_end(file: Path) -> float:
    """The first end of validity in a chain, as Unix time; 0 if the file cannot be read."""
    try:
        chain = x509.load_pem_x509_certificates(file.read_bytes())
    except (OSError, ValueError):
        return 0.0
    return min(certificate.not_valid_after_utc.timestamp() for certificate in chain)
