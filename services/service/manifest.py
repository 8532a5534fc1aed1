"""Service: what the service consists of."""

from pathlib import Path

from meridian.sales.events.v1.order_events_pb2 import OrderLineFulfilled

from chassis.extensions.copies import REACTIONS
from chassis.manifest import Reaction, Service, Timer
from chassis.mirror.assembly import mirrored
from chassis.relocation.assembly import relocatable
from services.service.articles.mirror import ARTICLES
from services.service.articles.rpc import ArticleService
from services.service.assets.reactions import assets_of_delivery
from services.service.assets.rpc import AssetService
from services.service.calendars.rpc import CalendarService
from services.service.cases.figures import FIGURES
from services.service.cases.rpc import CaseService
from services.service.cases.timers import check_clocks, close_resolved
from services.service.clocks.rpc import ClockService
from services.service.contracts.rpc import ContractService
from services.service.event_feed.rpc import ServiceEventService
from services.service.messages.rpc import MessageService
from services.service.reference_replica.rpc import ServiceReplicaService
from services.service.relocations.estate import ESTATE
from services.service.relocations.rpc import ServiceRelocationService
from services.service.sla_policies.rpc import SlaPolicyService
from services.service.tables import metadata

_SERVICE = mirrored(
    Service(
        name="service",
        folder=Path(__file__).parent,
        metadata=metadata,
        servicers=(
            CalendarService,
            SlaPolicyService,
            ContractService,
            CaseService,
            MessageService,
            ClockService,
            AssetService,
            ArticleService,
            ServiceReplicaService,
            ServiceRelocationService,
            ServiceEventService,
        ),
        reactions=(*REACTIONS, Reaction(OrderLineFulfilled, assets_of_delivery)),
        figures=FIGURES,
        timers=(
            Timer("check-clocks", 5, check_clocks),
            Timer("close-resolved-cases", 60, close_resolved),
        ),
    ),
    ARTICLES,
)

SERVICE = relocatable(_SERVICE, ESTATE)
