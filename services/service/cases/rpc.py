"""CaseService: cases over gRPC. Each method's errors are stated in case_service.proto."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from google.api import httpbody_pb2
from meridian.service.events.v1 import case_events_pb2 as _events  # noqa: F401 - announced by name
from meridian.service.v1 import case_pb2, case_service_pb2

from chassis.app import Transaction
from chassis.call import Call
from chassis.errors import Invalid, Unavailable
from chassis.exports import export
from chassis.extensions import values
from chassis.records.decoding import changed_paths, from_proto
from chassis.records.encoding import to_proto, to_protos
from chassis.records.enums import enum_names
from chassis.server import Servicer
from services.service.assets import store as assets_store
from services.service.cases import store
from services.service.cases.accounts import verify_account
from services.service.cases.domain import Case, account_of_new_case
from services.service.cases.facts import CasePriority, PendingReason
from services.service.cases.folder import (
    CaseFolder,
    add_folder,
    open_folder,
    reentitle,
    save_folder,
)
from services.service.messages import store as messages_store


class CaseService(Servicer):
    """Working cases from new to closed."""

    descriptor = case_service_pb2.DESCRIPTOR.services_by_name["CaseService"]

    def CreateCase(self, request: case_service_pb2.CreateCaseRequest, call: Call) -> case_pb2.Case:
        """Open a case, start its clocks."""
        given = {name: value for name, value in from_proto(request.case, Case).items() if value}
        own = call.identity.account_id
        given["account_id"] = account_of_new_case(request.case.account_id, own)
        verified = bool(own) or self._verified(call, given["account_id"])
        with self.transaction(call) as tx:
            case = Case(id=tx.new_id("case"), account_verified=verified, **given)
            case.business_unit_id = call.identity.business_unit
            _check_asset(tx, case)
            created = case.create()
            values.enter(tx, store.RESOURCE, case)
            add_folder(tx, case)
            tx.announce(created)
            return tx.reply(to_proto(case, case_pb2.Case))

    def GetCase(self, request: case_service_pb2.GetCaseRequest, call: Call) -> case_pb2.Case:
        """Read one case."""
        with self.reading(call) as tx:
            return to_proto(store.get(tx, request.id), case_pb2.Case)

    def ListCases(
        self, request: case_service_pb2.ListCasesRequest, call: Call
    ) -> case_service_pb2.ListCasesResponse:
        """Page through the cases that the caller may see."""
        with self.reading(call) as tx:
            page = store.LISTING.page(tx, request)
        return case_service_pb2.ListCasesResponse(
            cases=to_protos(page.rows, case_pb2.Case),
            next_page_token=page.next_page_token,
        )

    def ExportCases(
        self, request: case_service_pb2.ExportCasesRequest, call: Call
    ) -> Iterator[httpbody_pb2.HttpBody]:
        """All of a list, as CSV."""
        return export(self.app, call, request, store.LISTING, case_pb2.Case)

    def UpdateCase(self, request: case_service_pb2.UpdateCaseRequest, call: Call) -> case_pb2.Case:
        """Change the fields named in update_mask; another asset decides the entitlement anew."""
        paths = changed_paths(request.case, request.update_mask.paths)
        with self.transaction(call) as tx:
            folder = open_folder(tx, request.case.id, request.case.etag)
            asset_id = folder.case.asset_id
            changes = from_proto(request.case, Case, paths)
            folder.case.change(values.merged(tx, store.RESOURCE, folder.case, changes))
            if folder.case.asset_id != asset_id:
                _check_asset(tx, folder.case)
                reentitle(tx, folder)
            return _done(tx, folder)

    def AssignCase(self, request: case_service_pb2.AssignCaseRequest, call: Call) -> case_pb2.Case:
        """Give a case to a person, a team, or both."""
        with self.transaction(call) as tx:
            folder = open_folder(tx, request.id, request.etag)
            return _done(tx, folder, folder.case.assign(request.owner_id, request.team_id))

    def TakeCase(self, request: case_service_pb2.TakeCaseRequest, call: Call) -> case_pb2.Case:
        """Take a case oneself."""
        with self.transaction(call) as tx:
            folder = open_folder(tx, request.id, request.etag)
            return _done(tx, folder, folder.case.assign(call.identity.subject, ""))

    def PrioritizeCase(
        self, request: case_service_pb2.PrioritizeCaseRequest, call: Call
    ) -> case_pb2.Case:
        """Change the priority and what is promised."""
        priority = CasePriority(enum_names(case_pb2.CasePriority.DESCRIPTOR)[request.priority])
        with self.transaction(call) as tx:
            folder = open_folder(tx, request.id, request.etag)
            prioritized = folder.case.prioritize(priority)
            return _done(tx, folder, prioritized, *folder.promises.retargeted(priority, tx.now))

    def HoldCase(self, request: case_service_pb2.HoldCaseRequest, call: Call) -> case_pb2.Case:
        """Wait for somebody."""
        reason = PendingReason(enum_names(case_pb2.PendingReason.DESCRIPTOR)[request.reason])
        with self.transaction(call) as tx:
            folder = open_folder(tx, request.id, request.etag)
            held = folder.case.hold(reason)
            return _done(tx, folder, held, *folder.promises.case_held(reason, tx.now))

    def ResumeCase(self, request: case_service_pb2.ResumeCaseRequest, call: Call) -> case_pb2.Case:
        """Go on with a pending case."""
        with self.transaction(call) as tx:
            folder = open_folder(tx, request.id, request.etag)
            resumed = folder.case.resume()
            folder.promises.case_resumed(tx.now)
            return _done(tx, folder, resumed)

    def ResolveCase(
        self, request: case_service_pb2.ResolveCaseRequest, call: Call
    ) -> case_pb2.Case:
        """Say what was done."""
        with self.transaction(call) as tx:
            folder = open_folder(tx, request.id, request.etag)
            resolved = folder.case.resolve(request.resolution, at=tx.now)
            return _done(tx, folder, resolved, *folder.promises.case_resolved(tx.now))

    def CloseCase(self, request: case_service_pb2.CloseCaseRequest, call: Call) -> case_pb2.Case:
        """Close a resolved case."""
        with self.transaction(call) as tx:
            folder = open_folder(tx, request.id, request.etag)
            return _done(tx, folder, folder.case.close(at=tx.now))

    def ReopenCase(self, request: case_service_pb2.ReopenCaseRequest, call: Call) -> case_pb2.Case:
        """Go on with what is not solved after all; the reason joins the conversation."""
        with self.transaction(call) as tx:
            folder = open_folder(tx, request.id, request.etag)
            reopened = folder.case.reopen()
            folder.promises.case_reopened(folder.case.priority, tx.now)
            message = messages_store.add_reopening(tx, folder.case, request.reason)
            return _done(tx, folder, reopened, message.created)

    def AcknowledgeCase(
        self, request: case_service_pb2.AcknowledgeCaseRequest, call: Call
    ) -> case_pb2.Case:
        """Record what the customer was told when we took the complaint in."""
        with self.transaction(call) as tx:
            folder = open_folder(tx, request.id, request.etag)
            return _done(tx, folder, folder.case.acknowledge(request.acknowledgement, at=tx.now))

    def SignOffCase(
        self, request: case_service_pb2.SignOffCaseRequest, call: Call
    ) -> case_pb2.Case:
        """Accept root cause and remedy of a complaint."""
        with self.transaction(call) as tx:
            folder = open_folder(tx, request.id, request.etag)
            return _done(tx, folder, folder.case.sign_off(call.identity.subject, at=tx.now))

    def AttachCase(self, request: case_service_pb2.AttachCaseRequest, call: Call) -> case_pb2.Case:
        """Make a case part of another one, or of none."""
        with self.transaction(call) as tx:
            folder = open_folder(tx, request.id, request.etag)
            parent = store.find(tx, request.parent_id) if request.parent_id else None
            if request.parent_id and parent is None:
                raise Invalid("PARENT_UNKNOWN", field="parent_id", parent_id=request.parent_id)
            children = store.has_children(tx, folder.case.id)
            attached = folder.case.attach(parent, has_children=children)
            if parent is not None:
                # Its version moves too, so that it cannot become a child at the same moment.
                store.save(tx, parent)
            return _done(tx, folder, attached)

    def MergeCase(self, request: case_service_pb2.MergeCaseRequest, call: Call) -> case_pb2.Case:
        """End a case as a duplicate; conversation and children move."""
        with self.transaction(call) as tx:
            folder = open_folder(tx, request.id, request.etag)
            into = store.find(tx, request.into_id)
            if into is None:
                raise Invalid("MERGE_TARGET_UNKNOWN", field="into_id", into_id=request.into_id)
            merged = folder.case.merge(into)
            for child in store.children(tx, folder.case.id):
                tx.announce(child.follow(folder.case, into))
                store.save(tx, child)
            messages_store.move_all(tx, folder.case.id, into.id)
            # Its version moves too, so that it cannot close or merge at the same moment.
            store.save(tx, into)
            return _done(tx, folder, merged, *folder.promises.case_merged(tx.now))

    def SplitCase(self, request: case_service_pb2.SplitCaseRequest, call: Call) -> case_pb2.Case:
        """Move some messages into a new case."""
        with self.transaction(call) as tx:
            folder = open_folder(tx, request.id, request.etag)
            part, created, split = folder.case.split(tx.new_id("case"), request.subject)
            values.keep(tx, store.RESOURCE, part)
            add_folder(tx, part)
            messages_store.move(tx, folder.case.id, list(request.message_ids), part.id)
            save_folder(tx, folder)
            tx.announce(created, split)
            return tx.reply(to_proto(part, case_pb2.Case))

    def _verified(self, call: Call, account_id: str) -> bool:
        """Whether sales knows the account; False if sales cannot be asked, so the case is taken."""
        if not account_id:
            return False
        try:
            verify_account(self, call, account_id, field="case.account_id")
        except Unavailable:
            return False
        return True


def _check_asset(tx: Transaction, case: Case) -> None:
    """Raise Invalid(ASSET_UNKNOWN) unless the case's asset is one of its account."""
    if not case.asset_id:
        return
    asset = assets_store.find(tx, case.asset_id)
    if asset is None or asset.account_id != case.account_id:
        raise Invalid("ASSET_UNKNOWN", field="case.asset_id", asset_id=case.asset_id)


def _done(tx: Transaction, folder: CaseFolder, *events: Any) -> case_pb2.Case:
    save_folder(tx, folder)
    tx.announce(*events)
    return tx.reply(to_proto(folder.case, case_pb2.Case))
