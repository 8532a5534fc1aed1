"""Marketing: what the service consists of."""

from pathlib import Path

from meridian.marketing.events.v1 import lead_events_pb2 as own_leads
from meridian.marketing.events.v1 import programme_events_pb2
from meridian.partners.events.v1 import referral_events_pb2 as partners_referrals
from meridian.sales.events.v1 import opportunity_events_pb2 as sales_opportunities

from chassis.extensions.copies import REACTIONS
from chassis.manifest import Reaction, Service, Timer
from chassis.mirror.assembly import mirrored
from chassis.mirror.declaration import Mirrored
from chassis.relocation.assembly import relocatable
from services.marketing.assignment import reactions as assignment
from services.marketing.assignment.rpc import AssignmentService
from services.marketing.attribution import reactions as attribution
from services.marketing.campaigns.rpc import CampaignService
from services.marketing.conversions import figures as conversions
from services.marketing.conversions import saga
from services.marketing.conversions.rpc import ConversionService
from services.marketing.event_feed.rpc import MarketingEventService
from services.marketing.lead_forms.rpc import LeadFormService
from services.marketing.lead_imports import retention, runner
from services.marketing.lead_imports.rpc import LeadImportService
from services.marketing.leads import figures as leads
from services.marketing.leads.rpc import LeadService
from services.marketing.programmes.rpc import ProgrammeService
from services.marketing.programmes.store import programmes
from services.marketing.reference_replica.rpc import MarketingReplicaService
from services.marketing.referrals import reactions as referrals
from services.marketing.relocations.estate import ESTATE
from services.marketing.relocations.rpc import MarketingRelocationService
from services.marketing.tables import metadata
from services.marketing.touchpoints.rpc import TouchpointService

_MARKETING = mirrored(
    Service(
        name="marketing",
        folder=Path(__file__).parent,
        metadata=metadata,
        servicers=(
            ProgrammeService,
            CampaignService,
            LeadService,
            LeadFormService,
            LeadImportService,
            ConversionService,
            TouchpointService,
            AssignmentService,
            MarketingReplicaService,
            MarketingRelocationService,
            MarketingEventService,
        ),
        reactions=(
            *REACTIONS,
            Reaction(own_leads.LeadCreated, assignment.on_lead_waiting),
            Reaction(own_leads.LeadRecycled, assignment.on_lead_waiting),
            Reaction(partners_referrals.ReferralAccepted, referrals.on_referral_accepted),
            Reaction(partners_referrals.ReferralDeclined, referrals.on_referral_ended),
            Reaction(partners_referrals.ReferralRecalled, referrals.on_referral_ended),
            Reaction(sales_opportunities.OpportunityWon, attribution.on_opportunity_won),
            Reaction(sales_opportunities.OpportunityReopened, attribution.on_opportunity_reopened),
        ),
        figures=(*leads.FIGURES, *conversions.FIGURES),
        timers=(
            Timer("conversions.resume_stuck", 2.0, saga.resume_stuck),
            Timer("lead_imports.run", 0.5, runner.run_open_imports),
            Timer("lead_imports.forget_failed_rows", 3600, retention.forget_failed_rows),
        ),
    ),
    Mirrored(
        programme_events_pb2.ProgrammeMirrored,
        programmes,
        # Who owns it is a matter of the hub.
        withheld=("owner_id", "team_id", "business_unit_id"),
    ),
)

SERVICE = relocatable(_MARKETING, ESTATE)
