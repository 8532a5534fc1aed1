"""Partners: what the service consists of."""

from pathlib import Path

from chassis.manifest import Service, Timer
from services.partners.deals import conversion, expiry
from services.partners.deals.rpc import DealService
from services.partners.partners.rpc import PartnerService
from services.partners.tables import metadata

SERVICE = Service(
    name="partners",
    folder=Path(__file__).parent,
    metadata=metadata,
    servicers=(PartnerService, DealService),
    timers=(
        Timer("expire deals", 60, expiry.expire),
        Timer("resume conversions of deals", 5, conversion.resume),
    ),
)
