"""A moment of a region: all rows of its services, to which it can be restored."""

from __future__ import annotations

import sqlalchemy as sa

from chassis import restoration
from tests.component.regions.region import RunningRegion
from tests.component.relocation.company import Company

Rows = dict[str, dict[str, list[dict[str, object]]]]


class Snapshot:
    """What a region's databases hold at this moment."""

    def __init__(self, region: RunningRegion) -> None:
        self._region = region
        self._rows: Rows = {
            service: {name: running.table(name) for name in running.app.service.metadata.tables}
            for service, running in region.services.items()
        }

    def restore(self, company: Company) -> list[str]:
        """Take the region back to this moment, as a restore does; what then became a dead letter.

        Afterwards it hears again what other regions told, and what it told them itself.
        """
        for service, running in self._region.services.items():
            self._put_back(service)
            restoration.begin_anew(running.app)
        return company.tell_again(self._region.name)

    def _put_back(self, service: str) -> None:
        app = self._region.services[service].app
        tables = app.service.metadata.sorted_tables
        with app.database.engine.begin() as connection:
            for table in reversed(tables):
                connection.execute(sa.delete(table))
            for table in tables:
                if rows := self._rows[service][table.name]:
                    connection.execute(sa.insert(table), rows)
