"""Partners: what the service consists of."""

from pathlib import Path

from meridian.partners.events.v1 import clearance_events_pb2, partner_programme_events_pb2
from meridian.sales.events.v1 import handover_events_pb2, opportunity_events_pb2

from chassis.extensions.copies import REACTIONS
from chassis.manifest import Reaction, Service, Timer
from chassis.mirror.assembly import mirrored
from chassis.mirror.declaration import Mirrored
from chassis.relocation.assembly import relocatable
from services.partners.clearances import reactions as clearances
from services.partners.clearances import restored
from services.partners.clearances.rpc import ClearanceService
from services.partners.commissions import reactions as commissions
from services.partners.commissions.rpc import CommissionService
from services.partners.deals import conversion, expiry, waiting
from services.partners.deals import reactions as deals
from services.partners.deals.figures import FIGURES
from services.partners.deals.rpc import DealService
from services.partners.event_feed.rpc import PartnersEventService
from services.partners.partner_programmes.rpc import PartnerProgrammeService
from services.partners.partner_programmes.store import partner_programmes
from services.partners.partners.rpc import PartnerService
from services.partners.reference_replica.rpc import PartnersReplicaService
from services.partners.referrals import timeout
from services.partners.referrals.rpc import ReferralService
from services.partners.relocations.estate import ESTATE
from services.partners.relocations.rpc import PartnersRelocationService
from services.partners.tables import metadata

_PARTNERS = mirrored(
    Service(
        name="partners",
        folder=Path(__file__).parent,
        metadata=metadata,
        servicers=(
            PartnerService,
            DealService,
            ClearanceService,
            ReferralService,
            CommissionService,
            PartnerProgrammeService,
            PartnersReplicaService,
            PartnersRelocationService,
            PartnersEventService,
        ),
        reactions=(
            *REACTIONS,
            Reaction(opportunity_events_pb2.OpportunityWon, deals.won),
            Reaction(opportunity_events_pb2.OpportunityWon, commissions.won),
            Reaction(opportunity_events_pb2.OpportunityLost, deals.lost),
            Reaction(opportunity_events_pb2.OpportunityLost, commissions.lost),
            Reaction(opportunity_events_pb2.OpportunityReopened, deals.reopened),
            Reaction(opportunity_events_pb2.OpportunityReopened, commissions.reopened),
            Reaction(handover_events_pb2.HandoverReverted, deals.reverted),
            Reaction(
                clearance_events_pb2.DealClearanceRequested, clearances.requested, border=True
            ),
            Reaction(clearance_events_pb2.DealClearanceDecided, clearances.decided, border=True),
            Reaction(clearance_events_pb2.DealClearanceDecided, deals.cleared, border=True),
            Reaction(clearance_events_pb2.DealClearanceReleased, clearances.released, border=True),
            Reaction(clearance_events_pb2.DealClearanceReleased, deals.ended, border=True),
            Reaction(
                clearance_events_pb2.DealClearancesForgotten, clearances.forgotten, border=True
            ),
        ),
        figures=FIGURES,
        restored=restored.tell,
        timers=(
            Timer("expire deals", 60, expiry.expire),
            Timer("ask the hub again", 30, waiting.ask_again),
            Timer("renew clearances", 5, waiting.renew),
            Timer("resume conversions of deals", 5, conversion.resume),
            Timer("recall referrals", 30, timeout.recall_overdue),
        ),
    ),
    Mirrored(partner_programme_events_pb2.PartnerProgrammeMirrored, partner_programmes),
)

SERVICE = relocatable(_PARTNERS, ESTATE)
