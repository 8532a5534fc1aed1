"""PartnerProgrammeService over gRPC. Each method's errors are stated in partner_programme_service.proto."""

from __future__ import annotations

from meridian.partners.events.v1 import (
    partner_programme_events_pb2 as _events,  # noqa: F401 - announced by name
)
from meridian.partners.v1 import partner_programme_pb2, partner_programme_service_pb2

from chassis.call import Call
from chassis.records.decoding import changed_paths, from_proto
from chassis.records.encoding import to_proto, to_protos
from chassis.server import Servicer
from services.partners.partner_programmes import store
from services.partners.partner_programmes.domain import PartnerProgramme


class PartnerProgrammeService(Servicer):
    """The programmes that partners are offered."""

    descriptor = partner_programme_service_pb2.DESCRIPTOR.services_by_name[
        "PartnerProgrammeService"
    ]

    def CreatePartnerProgramme(
        self, request: partner_programme_service_pb2.CreatePartnerProgrammeRequest, call: Call
    ) -> partner_programme_pb2.PartnerProgramme:
        """Lay down a programme."""
        values = from_proto(request.partner_programme, PartnerProgramme)
        with self.transaction(call) as tx:
            programme = PartnerProgramme(id=tx.new_id("pprog"), **values)
            created = programme.lay_down()
            store.add(tx, programme)
            tx.announce(created)
            return tx.reply(to_proto(programme, partner_programme_pb2.PartnerProgramme))

    def GetPartnerProgramme(
        self, request: partner_programme_service_pb2.GetPartnerProgrammeRequest, call: Call
    ) -> partner_programme_pb2.PartnerProgramme:
        """Read one programme."""
        with self.reading(call) as tx:
            return to_proto(store.get(tx, request.id), partner_programme_pb2.PartnerProgramme)

    def ListPartnerProgrammes(
        self, request: partner_programme_service_pb2.ListPartnerProgrammesRequest, call: Call
    ) -> partner_programme_service_pb2.ListPartnerProgrammesResponse:
        """Page through the programmes."""
        with self.reading(call) as tx:
            page = store.LISTING.page(tx, request)
        return partner_programme_service_pb2.ListPartnerProgrammesResponse(
            partner_programmes=to_protos(page.rows, partner_programme_pb2.PartnerProgramme),
            next_page_token=page.next_page_token,
        )

    def UpdatePartnerProgramme(
        self, request: partner_programme_service_pb2.UpdatePartnerProgrammeRequest, call: Call
    ) -> partner_programme_pb2.PartnerProgramme:
        """Change the fields named in update_mask."""
        paths = changed_paths(request.partner_programme, request.update_mask.paths)
        changes = from_proto(request.partner_programme, PartnerProgramme, paths)
        with self.transaction(call) as tx:
            programme = store.get(tx, request.partner_programme.id, request.partner_programme.etag)
            programme.revise(changes)
            store.save(tx, programme)
            return tx.reply(to_proto(programme, partner_programme_pb2.PartnerProgramme))

    def RetirePartnerProgramme(
        self, request: partner_programme_service_pb2.RetirePartnerProgrammeRequest, call: Call
    ) -> partner_programme_pb2.PartnerProgramme:
        """Let no more partners join."""
        with self.transaction(call) as tx:
            programme = store.get(tx, request.id, request.etag)
            retired = programme.retire()
            store.save(tx, programme)
            tx.announce(retired)
            return tx.reply(to_proto(programme, partner_programme_pb2.PartnerProgramme))
