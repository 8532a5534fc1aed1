"""Marketing: what the service consists of."""

from pathlib import Path

from chassis.manifest import Service, Timer
from services.marketing.conversions import saga
from services.marketing.conversions.rpc import ConversionService
from services.marketing.lead_imports import runner
from services.marketing.lead_imports.rpc import LeadImportService
from services.marketing.leads.rpc import LeadService
from services.marketing.tables import metadata

SERVICE = Service(
    name="marketing",
    folder=Path(__file__).parent,
    metadata=metadata,
    servicers=(LeadService, LeadImportService, ConversionService),
    timers=(
        Timer("conversions.resume_stuck", 2.0, saga.resume_stuck),
        Timer("lead_imports.run", 0.5, runner.run_open_imports),
    ),
)
