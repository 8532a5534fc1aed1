"""ContractService: service contracts over gRPC. Errors are stated in contract_service.proto."""

from __future__ import annotations

from meridian.service.v1 import contract_pb2, contract_service_pb2

from chassis.app import Transaction
from chassis.call import Call
from chassis.errors import Invalid
from chassis.records.decoding import changed_paths, from_proto
from chassis.records.encoding import to_proto, to_protos
from chassis.server import Servicer
from services.service.cases.accounts import verify_account
from services.service.contracts import store
from services.service.contracts.domain import Contract
from services.service.sla_policies import store as sla_policies_store


class ContractService(Servicer):
    """Who has bought which service."""

    descriptor = contract_service_pb2.DESCRIPTOR.services_by_name["ContractService"]

    def CreateContract(
        self, request: contract_service_pb2.CreateContractRequest, call: Call
    ) -> contract_pb2.Contract:
        """Record a contract."""
        verify_account(self, call, request.contract.account_id, field="contract.account_id")
        with self.transaction(call) as tx:
            contract = Contract(id=tx.new_id("con"), **from_proto(request.contract, Contract))
            _check(tx, contract)
            store.add(tx, contract)
            return tx.reply(to_proto(contract, contract_pb2.Contract))

    def GetContract(
        self, request: contract_service_pb2.GetContractRequest, call: Call
    ) -> contract_pb2.Contract:
        """Read one contract."""
        with self.reading(call) as tx:
            return to_proto(store.get(tx, request.id), contract_pb2.Contract)

    def ListContracts(
        self, request: contract_service_pb2.ListContractsRequest, call: Call
    ) -> contract_service_pb2.ListContractsResponse:
        """Page through the contracts that the caller may see."""
        with self.reading(call) as tx:
            page = store.LISTING.page(tx, request)
        return contract_service_pb2.ListContractsResponse(
            contracts=to_protos(page.rows, contract_pb2.Contract),
            next_page_token=page.next_page_token,
        )

    def UpdateContract(
        self, request: contract_service_pb2.UpdateContractRequest, call: Call
    ) -> contract_pb2.Contract:
        """Change policy or term."""
        paths = changed_paths(request.contract, request.update_mask.paths)
        with self.transaction(call) as tx:
            contract = store.get(tx, request.contract.id, request.contract.etag)
            for name, value in from_proto(request.contract, Contract, paths).items():
                setattr(contract, name, value)
            _check(tx, contract)
            store.save(tx, contract)
            return tx.reply(to_proto(contract, contract_pb2.Contract))


def _check(tx: Transaction, contract: Contract) -> None:
    policy = sla_policies_store.find(tx, contract.sla_policy_id)
    if policy is None:
        raise Invalid(
            "SLA_POLICY_UNKNOWN",
            field="contract.sla_policy_id",
            sla_policy_id=contract.sla_policy_id,
        )
    contract.check(policy)
