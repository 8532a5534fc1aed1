"""`make monitoring-check`: a real Prometheus watches a region in which things go wrong, and then two
regions between which they do.

    PICTURES=docs/dashboards make monitoring-check    draw the dashboards at the end
    ONLY=nats make monitoring-check       only the faults whose description has this word
    KEEP=1 make monitoring-check          leave data, rules and logs where they are

Exit code 0 if every expected alert fired and was over afterwards, and, unless ONLY is set, every dashboard had data.
"""

from __future__ import annotations

import os
import sys

from tests.monitoring import border_faults, course, dashboards, faults, storage_faults
from tests.monitoring.course import Course, Fault
from tests.monitoring.load import working
from tests.monitoring.watched import WatchedRegion
from tests.monitoring.watched_company import WatchedCompany

#: The dashboard that has something to show only where there are several regions.
_REGIONS = "meridian-regions"
_ONE_REGION = (*faults.FAULTS, *storage_faults.FAULTS)


def main() -> int:
    """Run once."""
    holds = True
    if any(fault.is_chosen for fault in (*_ONE_REGION, storage_faults.FULL_DISK)):
        holds &= _one_region()
    if any(fault.is_chosen for fault in border_faults.FAULTS):
        holds &= _two_regions()
    return 0 if holds else 1


def _one_region() -> bool:
    region = WatchedRegion()
    try:
        region.wait_until_ready()
        if not region.has_small_disk:
            print("No small disk may be mounted here: a full one alerts before promtool alone.")
        holds = course.run(
            Course(
                place=region,
                folder=region.folder,
                targets={at: {"process": process} for at, process in region.targets().items()},
                faults=_faults(region),
                load=working,
                boards=[board for board in dashboards.load() if board["uid"] != _REGIONS],
            )
        )
    finally:
        region.stop()
    if holds and not os.environ.get("KEEP"):
        region.remove()
    else:
        print(f"data, rules and logs are kept in {region.folder}")
    return holds


def _faults(region: WatchedRegion) -> tuple[Fault[WatchedRegion], ...]:
    """What goes wrong in one region; the disk is filled only where it is one of our own."""
    return (*_ONE_REGION, storage_faults.FULL_DISK) if region.has_small_disk else _ONE_REGION


def _two_regions() -> bool:
    company = WatchedCompany(border_faults.REGIONS)
    try:
        company.wait_until_ready()
        holds = course.run(
            Course(
                place=company,
                folder=company.folder,
                targets={
                    address: {"process": process, "region": name}
                    for name, region in company.regions.items()
                    for address, process in region.targets().items()
                },
                faults=border_faults.FAULTS,
                load=border_faults.working,
                boards=[board for board in dashboards.load() if board["uid"] == _REGIONS],
            )
        )
    finally:
        company.stop()
    if holds and not os.environ.get("KEEP"):
        company.remove()
    else:
        print(f"data and logs are kept in {company.folders}, rules in {company.folder}")
    return holds


if __name__ == "__main__":
    sys.exit(main())
