"""Sales: what the service consists of."""

from pathlib import Path

from chassis.manifest import Service, Timer
from services.sales.accounts.rpc import AccountService
from services.sales.activities import timers as activity_timers
from services.sales.activities.rpc import ActivityService
from services.sales.contacts.rpc import ContactService
from services.sales.handovers.rpc import HandoverService
from services.sales.opportunities.rpc import OpportunityService
from services.sales.pipelines.rpc import PipelineService
from services.sales.tables import metadata

SERVICE = Service(
    name="sales",
    folder=Path(__file__).parent,
    metadata=metadata,
    servicers=(
        AccountService,
        ContactService,
        PipelineService,
        OpportunityService,
        HandoverService,
        ActivityService,
    ),
    timers=(Timer("activity_reminders", every_seconds=5, handler=activity_timers.remind),),
)
