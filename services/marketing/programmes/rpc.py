"""ProgrammeService over gRPC. Each method's errors are stated in programme_service.proto."""

from __future__ import annotations

from google.protobuf.empty_pb2 import Empty
from meridian.marketing.v1 import programme_pb2, programme_service_pb2

from chassis import tables
from chassis.call import Call
from chassis.errors import Refused
from chassis.records.decoding import changed_paths, from_proto
from chassis.records.encoding import to_proto, to_protos
from chassis.server import Servicer
from services.marketing.campaigns import store as campaigns
from services.marketing.programmes import store
from services.marketing.programmes.domain import Programme


class ProgrammeService(Servicer):
    """Programmes that bind campaigns together."""

    descriptor = programme_service_pb2.DESCRIPTOR.services_by_name["ProgrammeService"]

    def CreateProgramme(
        self, request: programme_service_pb2.CreateProgrammeRequest, call: Call
    ) -> programme_pb2.Programme:
        """Enter a programme."""
        with self.transaction(call) as tx:
            programme = Programme(id=tx.new_id("prog"))
            programme.revise(from_proto(request.programme, Programme))
            tables.own(tx, programme)
            store.add(tx, programme)
            return tx.reply(to_proto(programme, programme_pb2.Programme))

    def GetProgramme(
        self, request: programme_service_pb2.GetProgrammeRequest, call: Call
    ) -> programme_pb2.Programme:
        """Read one programme."""
        with self.reading(call) as tx:
            return to_proto(store.get(tx, request.id), programme_pb2.Programme)

    def ListProgrammes(
        self, request: programme_service_pb2.ListProgrammesRequest, call: Call
    ) -> programme_service_pb2.ListProgrammesResponse:
        """Page through the programmes that the caller may see."""
        with self.reading(call) as tx:
            page = store.LISTING.page(tx, request)
        return programme_service_pb2.ListProgrammesResponse(
            programmes=to_protos(page.rows, programme_pb2.Programme),
            next_page_token=page.next_page_token,
        )

    def UpdateProgramme(
        self, request: programme_service_pb2.UpdateProgrammeRequest, call: Call
    ) -> programme_pb2.Programme:
        """Change the fields named in update_mask."""
        paths = changed_paths(request.programme, request.update_mask.paths)
        with self.transaction(call) as tx:
            programme = store.get(tx, request.programme.id, request.programme.etag)
            programme.revise(from_proto(request.programme, Programme, paths))
            store.save(tx, programme)
            return tx.reply(to_proto(programme, programme_pb2.Programme))

    def DeleteProgramme(
        self, request: programme_service_pb2.DeleteProgrammeRequest, call: Call
    ) -> Empty:
        """Remove a programme that has no campaigns."""
        with self.transaction(call) as tx:
            programme = store.get(tx, request.id, request.etag)
            if campaigns.any_of_programme(tx, programme.id):
                raise Refused("PROGRAMME_IN_USE")
            store.remove(tx, programme)
            return tx.reply(Empty())
