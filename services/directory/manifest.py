"""Directory: what the service consists of."""

from pathlib import Path

from meridian.directory.events.v1 import customer_events_pb2
from meridian.sales.events.v1 import customer_events_pb2 as sales_customer_events_pb2

from chassis.manifest import Reaction, Service, Timer
from services.directory.api_keys.rpc import ApiKeyService
from services.directory.bootstrap import write_built_in
from services.directory.business_units.rpc import BusinessUnitService
from services.directory.customer_matches.figures import FIGURES as CUSTOMER_MATCH_FIGURES
from services.directory.customer_matches.reactions import (
    on_customer_identified,
    on_customers_forgotten,
)
from services.directory.customer_matches.rpc import CustomerMatchService
from services.directory.customer_moves.figures import FIGURES as CUSTOMER_MOVE_FIGURES
from services.directory.customer_moves.reactions import REACTIONS as CUSTOMER_MOVE_REACTIONS
from services.directory.customer_moves.rpc import CustomerMoveService
from services.directory.event_feed.rpc import DirectoryEventService
from services.directory.extension_fields.rpc import ExtensionFieldService
from services.directory.extension_fields.timers import restate
from services.directory.linked_identities.rpc import LinkedIdentityService
from services.directory.passwords.rpc import PasswordService
from services.directory.placements.reactions import on_customer_moved
from services.directory.placements.rpc import PlacementService
from services.directory.retention import forget_expired
from services.directory.roles.rpc import RoleService
from services.directory.sessions.rpc import SessionService
from services.directory.tables import metadata
from services.directory.teams.rpc import TeamService
from services.directory.tokens.rpc import TokenService
from services.directory.users.rpc import UserService

SERVICE = Service(
    name="directory",
    folder=Path(__file__).parent,
    metadata=metadata,
    servicers=(
        ApiKeyService,
        BusinessUnitService,
        CustomerMatchService,
        CustomerMoveService,
        ExtensionFieldService,
        LinkedIdentityService,
        PasswordService,
        PlacementService,
        RoleService,
        SessionService,
        TeamService,
        TokenService,
        UserService,
        DirectoryEventService,
    ),
    reactions=(
        Reaction(customer_events_pb2.CustomerMoved, on_customer_moved, border=True),
        Reaction(sales_customer_events_pb2.CustomerIdentified, on_customer_identified, border=True),
        Reaction(sales_customer_events_pb2.CustomersForgotten, on_customers_forgotten, border=True),
        *CUSTOMER_MOVE_REACTIONS,
    ),
    figures=(*CUSTOMER_MATCH_FIGURES, *CUSTOMER_MOVE_FIGURES),
    timers=(
        Timer("forget_expired", 60.0, forget_expired),
        Timer("restate_extension_fields", 60.0, restate),
    ),
    seed=write_built_in,
)
