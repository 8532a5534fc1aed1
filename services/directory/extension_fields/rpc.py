"""ExtensionFieldService over gRPC. Each method's errors are stated in extension_field_service.proto."""

from __future__ import annotations

from meridian.directory.events.v1 import (
    extension_field_events_pb2 as _events,  # noqa: F401 - announced by name
)
from meridian.directory.v1 import extension_field_pb2, extension_field_service_pb2

from chassis.call import Call
from chassis.records.decoding import changed_paths, from_proto
from chassis.records.encoding import to_proto, to_protos
from chassis.server import Servicer
from services.directory.extension_fields import store
from services.directory.extension_fields.domain import ExtensionField


class ExtensionFieldService(Servicer):
    """The fields that this region adds to its resources."""

    descriptor = extension_field_service_pb2.DESCRIPTOR.services_by_name["ExtensionFieldService"]

    def CreateExtensionField(
        self, request: extension_field_service_pb2.CreateExtensionFieldRequest, call: Call
    ) -> extension_field_pb2.ExtensionField:
        """Declare a field."""
        with self.transaction(call) as tx:
            given = from_proto(request.extension_field, ExtensionField)
            field = ExtensionField(id=tx.new_id("extf"), **given)
            declared = field.declare(store.hold_active(tx, field.resource), at=tx.now)
            store.add(tx, field)
            tx.announce(declared)
            return tx.reply(to_proto(field, extension_field_pb2.ExtensionField))

    def GetExtensionField(
        self, request: extension_field_service_pb2.GetExtensionFieldRequest, call: Call
    ) -> extension_field_pb2.ExtensionField:
        """Read one field."""
        with self.reading(call) as tx:
            return to_proto(store.get(tx, request.id), extension_field_pb2.ExtensionField)

    def ListExtensionFields(
        self, request: extension_field_service_pb2.ListExtensionFieldsRequest, call: Call
    ) -> extension_field_service_pb2.ListExtensionFieldsResponse:
        """Page through the fields."""
        with self.reading(call) as tx:
            page = store.LISTING.page(tx, request)
        return extension_field_service_pb2.ListExtensionFieldsResponse(
            extension_fields=to_protos(page.rows, extension_field_pb2.ExtensionField),
            next_page_token=page.next_page_token,
        )

    def UpdateExtensionField(
        self, request: extension_field_service_pb2.UpdateExtensionFieldRequest, call: Call
    ) -> extension_field_pb2.ExtensionField:
        """Change the fields named in update_mask."""
        sent = request.extension_field
        changes = from_proto(sent, ExtensionField, changed_paths(sent, request.update_mask.paths))
        with self.transaction(call) as tx:
            field = store.get(tx, sent.id, sent.etag)
            changed = field.revise(changes, at=tx.now)
            store.save(tx, field)
            tx.announce(changed)
            return tx.reply(to_proto(field, extension_field_pb2.ExtensionField))

    def RetireExtensionField(
        self, request: extension_field_service_pb2.RetireExtensionFieldRequest, call: Call
    ) -> extension_field_pb2.ExtensionField:
        """Take no more values."""
        with self.transaction(call) as tx:
            field = store.get(tx, request.id, request.etag)
            retired = field.retire(at=tx.now)
            store.save(tx, field)
            tx.announce(retired)
            return tx.reply(to_proto(field, extension_field_pb2.ExtensionField))

    def RestoreExtensionField(
        self, request: extension_field_service_pb2.RestoreExtensionFieldRequest, call: Call
    ) -> extension_field_pb2.ExtensionField:
        """Take values again."""
        with self.transaction(call) as tx:
            field = store.get(tx, request.id, request.etag)
            changed = field.restore(store.hold_active(tx, field.resource), at=tx.now)
            store.save(tx, field)
            tx.announce(changed)
            return tx.reply(to_proto(field, extension_field_pb2.ExtensionField))

    def GetExtensionSchema(
        self, request: extension_field_service_pb2.GetExtensionSchemaRequest, call: Call
    ) -> extension_field_service_pb2.ExtensionSchema:
        """Read all active fields at once."""
        with self.reading(call) as tx:
            rows = store.active(tx)
        return extension_field_service_pb2.ExtensionSchema(
            extension_fields=to_protos(rows, extension_field_pb2.ExtensionField)
        )
