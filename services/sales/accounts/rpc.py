"""AccountService: accounts over gRPC. Each method's errors are stated in account_service.proto."""

from __future__ import annotations

from collections.abc import Iterator

from google.api import httpbody_pb2
from google.protobuf.empty_pb2 import Empty
from meridian.sales.events.v1 import account_events_pb2 as _events  # noqa: F401 - announced by name
from meridian.sales.v1 import account_pb2, account_service_pb2

from chassis import tables
from chassis.app import Transaction
from chassis.call import Call
from chassis.errors import Invalid
from chassis.exports import export
from chassis.extensions import values
from chassis.records.decoding import changed_paths, from_proto
from chassis.records.encoding import to_proto, to_protos
from chassis.server import Servicer
from services.sales import uses
from services.sales.accounts import store
from services.sales.accounts.domain import Account
from services.sales.identifiers.domain import Identifier, normalise

#: How many accounts a look-up by identifier answers with.
MOST_FOUND = 50


class AccountService(Servicer):
    """The customers: companies and persons."""

    descriptor = account_service_pb2.DESCRIPTOR.services_by_name["AccountService"]

    def CreateAccount(
        self, request: account_service_pb2.CreateAccountRequest, call: Call
    ) -> account_pb2.Account:
        """Enter an account."""
        with self.transaction(call) as tx:
            account = Account(id=tx.new_id("account"), **from_proto(request.account, Account))
            tables.own(tx, account)
            created = account.enter()
            values.enter(tx, store.RESOURCE, account)
            _check_parent(tx, account)
            store.add(tx, account)
            tx.announce(created)
            return tx.reply(to_proto(account, account_pb2.Account))

    def GetAccount(
        self, request: account_service_pb2.GetAccountRequest, call: Call
    ) -> account_pb2.Account:
        """Read one account."""
        with self.reading(call) as tx:
            return to_proto(store.get(tx, request.id), account_pb2.Account)

    def ListAccounts(
        self, request: account_service_pb2.ListAccountsRequest, call: Call
    ) -> account_service_pb2.ListAccountsResponse:
        """Page through the accounts that the caller may see."""
        with self.reading(call) as tx:
            page = store.LISTING.page(tx, request)
        return account_service_pb2.ListAccountsResponse(
            accounts=to_protos(page.rows, account_pb2.Account),
            next_page_token=page.next_page_token,
        )

    def ExportAccounts(
        self, request: account_service_pb2.ExportAccountsRequest, call: Call
    ) -> Iterator[httpbody_pb2.HttpBody]:
        """All of a list, as CSV."""
        return export(self.app, call, request, store.LISTING, account_pb2.Account)

    def LookupAccounts(
        self, request: account_service_pb2.LookupAccountsRequest, call: Call
    ) -> account_service_pb2.LookupAccountsResponse:
        """Find accounts by an identifier."""
        wanted = normalise(Identifier(**from_proto(request.identifier, Identifier)))
        with self.reading(call) as tx:
            found = store.find(tx, store.holders(tx, wanted))
        return account_service_pb2.LookupAccountsResponse(
            accounts=[to_proto(account, account_pb2.Account) for account in found[:MOST_FOUND]]
        )

    def ListAccountDuplicates(
        self, request: account_service_pb2.ListAccountDuplicatesRequest, call: Call
    ) -> account_service_pb2.ListAccountDuplicatesResponse:
        """List the accounts that may be the same customer."""
        with self.reading(call) as tx:
            found = store.duplicates(tx, store.get(tx, request.account_id))
            names = {account.id: account.name for account in store.find(tx, found)}
        return account_service_pb2.ListAccountDuplicatesResponse(
            duplicates=[
                account_pb2.AccountDuplicate(
                    account_id=account_id, name=names.get(account_id, ""), matched_on=matched_on
                )
                for account_id, matched_on in sorted(found.items())[: store.MOST_MATCHES]
            ]
        )

    def UpdateAccount(
        self, request: account_service_pb2.UpdateAccountRequest, call: Call
    ) -> account_pb2.Account:
        """Change the fields named in update_mask."""
        paths = changed_paths(request.account, request.update_mask.paths)
        with self.transaction(call) as tx:
            account = store.get(tx, request.account.id, request.account.etag)
            changes = from_proto(request.account, Account, paths)
            account.revise(values.merged(tx, store.RESOURCE, account, changes))
            if "parent_account_id" in paths:
                _check_parent(tx, account)
            store.save(tx, account)
            return tx.reply(to_proto(account, account_pb2.Account))

    def DeleteAccount(self, request: account_service_pb2.DeleteAccountRequest, call: Call) -> Empty:
        """Remove an account that was entered by mistake."""
        with self.transaction(call) as tx:
            store.hold(tx, [request.id])
            account = store.get(tx, request.id, request.etag)
            account.check_deletable(uses.told(uses.of_account(tx, account.id)))
            store.remove(tx, account)
            return tx.reply(Empty())

    def AssignAccount(
        self, request: account_service_pb2.AssignAccountRequest, call: Call
    ) -> account_pb2.Account:
        """Say who looks after an account."""
        with self.transaction(call) as tx:
            account = store.get(tx, request.id, request.etag)
            account.assign(request.owner_id, request.team_id, request.business_unit_id)
            store.save(tx, account)
            return tx.reply(to_proto(account, account_pb2.Account))

    def DeactivateAccount(
        self, request: account_service_pb2.DeactivateAccountRequest, call: Call
    ) -> account_pb2.Account:
        """Stop new business with an account."""
        with self.transaction(call) as tx:
            account = store.get(tx, request.id, request.etag)
            account.deactivate()
            store.save(tx, account)
            return tx.reply(to_proto(account, account_pb2.Account))

    def ActivateAccount(
        self, request: account_service_pb2.ActivateAccountRequest, call: Call
    ) -> account_pb2.Account:
        """Allow new business with an account again."""
        with self.transaction(call) as tx:
            account = store.get(tx, request.id, request.etag)
            account.activate()
            store.save(tx, account)
            return tx.reply(to_proto(account, account_pb2.Account))


def _check_parent(tx: Transaction, account: Account) -> None:
    """Errors: Invalid(PARENT_NOT_FOUND); Invalid(PARENT_IS_PART)."""
    parent_id = account.parent_account_id
    if not parent_id:
        return
    if not store.find(tx, [parent_id]):
        raise Invalid("PARENT_NOT_FOUND", field="account.parent_account_id")
    # Held with all that is above, so that two accounts moved at once cannot end up above each other.
    store.hold(tx, [account.id, *store.ancestors(tx, parent_id)])
    account.check_parent(store.ancestors(tx, parent_id))
