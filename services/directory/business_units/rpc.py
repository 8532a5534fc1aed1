"""BusinessUnitService: the tree over gRPC. Each method's errors are in business_unit_service.proto."""

from __future__ import annotations

from google.protobuf.empty_pb2 import Empty
from meridian.directory.events.v1 import (
    business_unit_events_pb2 as _events,  # noqa: F401 - announced by name
)
from meridian.directory.v1 import business_unit_pb2, business_unit_service_pb2

from chassis.app import Transaction
from chassis.call import Call
from chassis.errors import Refused
from chassis.records.decoding import changed_paths, from_proto
from chassis.records.encoding import to_proto, to_protos
from chassis.server import Servicer
from services.directory.business_units import store
from services.directory.business_units.domain import BusinessUnit, BusinessUnitDeleted
from services.directory.teams import store as teams
from services.directory.users import store as users


class BusinessUnitService(Servicer):
    """The tree of business units."""

    descriptor = business_unit_service_pb2.DESCRIPTOR.services_by_name["BusinessUnitService"]

    def CreateBusinessUnit(
        self, request: business_unit_service_pb2.CreateBusinessUnitRequest, call: Call
    ) -> business_unit_pb2.BusinessUnit:
        """Add a unit."""
        with self.transaction(call) as tx:
            given = from_proto(request.business_unit, BusinessUnit)
            unit = BusinessUnit(id=tx.new_id("bu"), **given)
            created = unit.create(store.lock_tree(tx))
            store.add(tx, unit)
            tx.announce(created)
            return tx.reply(to_proto(unit, business_unit_pb2.BusinessUnit))

    def GetBusinessUnit(
        self, request: business_unit_service_pb2.GetBusinessUnitRequest, call: Call
    ) -> business_unit_pb2.BusinessUnit:
        """Read one unit."""
        with self.reading(call) as tx:
            return to_proto(store.get(tx, request.id), business_unit_pb2.BusinessUnit)

    def ListBusinessUnits(
        self, request: business_unit_service_pb2.ListBusinessUnitsRequest, call: Call
    ) -> business_unit_service_pb2.ListBusinessUnitsResponse:
        """Page through the units."""
        with self.reading(call) as tx:
            page = store.LISTING.page(tx, request)
        return business_unit_service_pb2.ListBusinessUnitsResponse(
            business_units=to_protos(page.rows, business_unit_pb2.BusinessUnit),
            next_page_token=page.next_page_token,
        )

    def UpdateBusinessUnit(
        self, request: business_unit_service_pb2.UpdateBusinessUnitRequest, call: Call
    ) -> business_unit_pb2.BusinessUnit:
        """Change the fields named in update_mask; a changed parent_id moves the unit."""
        sent = request.business_unit
        changes = from_proto(sent, BusinessUnit, changed_paths(sent, request.update_mask.paths))
        with self.transaction(call) as tx:
            parents = store.lock_tree(tx)
            unit = store.get(tx, sent.id, sent.etag)
            unit.name = changes.get("name", unit.name)
            moved = unit.move(changes.get("parent_id", unit.parent_id), parents)
            store.save(tx, unit)
            if moved:
                tx.announce(moved)
            return tx.reply(to_proto(unit, business_unit_pb2.BusinessUnit))

    def DeleteBusinessUnit(
        self, request: business_unit_service_pb2.DeleteBusinessUnitRequest, call: Call
    ) -> Empty:
        """Remove a unit that has no units below it, no teams and no users."""
        with self.transaction(call) as tx:
            store.lock_tree(tx)
            unit = store.get(tx, request.id, request.etag)
            if _is_in_use(tx, unit.id):
                raise Refused("BUSINESS_UNIT_IN_USE")
            store.remove(tx, unit)
            tx.announce(BusinessUnitDeleted(unit.id))
            return tx.reply(Empty())


def _is_in_use(tx: Transaction, unit_id: str) -> bool:
    return (
        store.has_units_below(tx, unit_id)
        or teams.any_in_unit(tx, unit_id)
        or users.anybody_in_unit(tx, unit_id)
    )
