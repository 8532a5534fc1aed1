"""Marketing: what the service consists of."""

from pathlib import Path

from chassis.manifest import Service
from services.marketing.leads.rpc import LeadService
from services.marketing.tables import metadata

SERVICE = Service(
    name="marketing",
    folder=Path(__file__).parent,
    metadata=metadata,
    servicers=(LeadService,),
)
