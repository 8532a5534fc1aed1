"""Sales: what the service consists of."""

from pathlib import Path

from meridian.sales.events.v1 import price_events_pb2, product_events_pb2

from chassis.extensions.copies import REACTIONS
from chassis.manifest import Service, Timer
from chassis.mirror.assembly import mirrored
from chassis.mirror.declaration import Mirrored
from chassis.relocation.assembly import relocatable
from services.sales.accounts.rpc import AccountService
from services.sales.activities import timers as activity_timers
from services.sales.activities.rpc import ActivityService
from services.sales.contacts.rpc import ContactService
from services.sales.event_feed.rpc import SalesEventService
from services.sales.handovers.rpc import HandoverService
from services.sales.identifiers import restored, rotation
from services.sales.opportunities import figures as opportunities
from services.sales.opportunities.rpc import OpportunityService
from services.sales.orders import figures as orders
from services.sales.orders.rpc import OrderService
from services.sales.pipelines.rpc import PipelineService
from services.sales.price_books.rpc import PriceBookService
from services.sales.price_books.store import price_book_entries, price_books
from services.sales.pricing.rpc import PriceRuleService, PriceService
from services.sales.pricing.store import price_rules
from services.sales.products.rpc import ProductService
from services.sales.products.store import products
from services.sales.quotes import timers as quote_timers
from services.sales.quotes.limits_rpc import DiscountLimitService
from services.sales.quotes.rpc import QuoteService
from services.sales.reference_replica.rpc import SalesReplicaService
from services.sales.relocations.estate import ESTATE
from services.sales.relocations.rpc import SalesRelocationService
from services.sales.tables import metadata

_SALES = mirrored(
    Service(
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
            ProductService,
            PriceBookService,
            PriceRuleService,
            PriceService,
            QuoteService,
            DiscountLimitService,
            OrderService,
            SalesReplicaService,
            SalesRelocationService,
            SalesEventService,
        ),
        reactions=REACTIONS,
        figures=(*opportunities.FIGURES, *orders.FIGURES),
        restored=restored.tell,
        timers=(
            Timer("activity_reminders", every_seconds=5, handler=activity_timers.remind),
            Timer("match_key_rotation", every_seconds=5, handler=rotation.announce_anew),
            Timer("quote_expiry", every_seconds=60, handler=quote_timers.expire_overdue),
        ),
    ),
    Mirrored(product_events_pb2.ProductMirrored, products),
    Mirrored(price_events_pb2.PriceBookMirrored, price_books),
    Mirrored(price_events_pb2.PriceBookEntryMirrored, price_book_entries),
    Mirrored(
        price_events_pb2.PriceRuleMirrored,
        price_rules,
        # What one customer pays stays where that customer lives.
        where=price_rules.c.account_id == "",
    ),
)

SERVICE = relocatable(_SALES, ESTATE)
