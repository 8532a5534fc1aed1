"""Partners: what the service consists of."""

from pathlib import Path

from chassis.manifest import Service
from services.partners.partners.rpc import PartnerService
from services.partners.tables import metadata

SERVICE = Service(
    name="partners",
    folder=Path(__file__).parent,
    metadata=metadata,
    servicers=(PartnerService,),
)
