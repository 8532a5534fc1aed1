"""A process that converts one deal, and may be killed while it does.

python -m tests.component.partners.converter DATABASE_URL SALES_ADDRESS DEAL_ID FUSES_FOLDER
"""

from __future__ import annotations

import sys
from pathlib import Path

from meridian.partners.v1.deal_service_pb2 import ConvertDealRequest

from chassis import crash_points
from chassis.app import App
from chassis.client import Neighbours
from chassis.database import Database
from services.partners.deals.rpc import DealService
from services.partners.manifest import SERVICE


def main(database_url: str, sales: str, deal_id: str, fuses: str) -> None:
    """Convert the deal as the service's server would."""
    crash_points.arm(Path(fuses))
    app = App(SERVICE, Database(database_url), neighbours=Neighbours({"sales": sales}))
    DealService(app).ConvertDeal(ConvertDealRequest(id=deal_id), app.system_call())


if __name__ == "__main__":
    main(*sys.argv[1:])
