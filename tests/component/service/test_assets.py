"""Assets through real gRPC on a real PostgreSQL, and from what sales delivers (SVC-8)."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from meridian.sales.events.v1.order_events_pb2 import OrderLineFulfilled
from meridian.service.v1 import asset_pb2, asset_service_pb2, sla_policy_pb2

from chassis.errors import AlreadyExists, Denied, Invalid, NotFound, Refused
from chassis.inbox import Event, handle_once
from chassis.outbox import subject_of
from services.service.manifest import SERVICE
from tests.component.service.desk import Desk
from tests.running import RunningService

WARRANTY = {"warranty_start_date": "2026-01-01", "warranty_end_date": "2026-11-23"}


def deliver(service: RunningService, event_id: str, **fields: object) -> bool:
    """Have an OrderLineFulfilled arrive; False if it had arrived before."""
    fulfilled = Timestamp()
    fulfilled.FromDatetime(datetime(2026, 11, 23, 8, tzinfo=UTC))
    event = OrderLineFulfilled(
        order_id="ord_na_1",
        line_id="line_na_1",
        account_id="acc_na_1",
        product_id="prod_na_1",
        product_name="Printer",
        product_name_zh="打印机",
        warranty_months=12,
        fulfilled_time=fulfilled,
        **fields,  # type: ignore[arg-type]
    )
    headers = {"ce-id": event_id, "ce-actor": "user_otto"}
    subject = subject_of(OrderLineFulfilled, "na")
    arrived = Event(subject, headers, event.SerializeToString())
    [new] = handle_once(service.app, "service", SERVICE.reactions, [arrived])
    return new


def test_a_delivery_becomes_assets_with_warranty(service: RunningService, desk: Desk) -> None:
    deliver(service, "e1", fulfilment_id="ful_1", quantity=2, serials=["SN-1", "SN-2"])

    request = asset_service_pb2.ListAssetsRequest(filter='serial = "SN-2"')
    [asset] = desk.assets.ListAssets(request).assets
    assert (asset.account_id, asset.product_name_zh, asset.quantity) == ("acc_na_1", "打印机", 1)
    assert (asset.warranty_start_date, asset.warranty_end_date) == ("2026-11-23", "2027-11-22")
    assert (asset.order_id, asset.order_line_id) == ("ord_na_1", "line_na_1")
    assert service.events() == ["AssetCreated", "AssetCreated"]


def test_units_without_serial_are_one_asset(service: RunningService) -> None:
    deliver(service, "e1", fulfilment_id="ful_1", quantity=500)

    assert [row["quantity"] for row in service.table("assets")] == [500]


def test_a_delivery_counts_once_however_often_it_arrives(service: RunningService) -> None:
    delivery = {"fulfilment_id": "ful_1", "quantity": 1, "serials": ["SN-1"]}
    assert deliver(service, "e1", **delivery)
    assert not deliver(service, "e1", **delivery)
    assert deliver(service, "e2", **delivery)

    assert len(service.table("assets")) == 1
    assert service.events() == ["AssetCreated"]


def test_two_deliveries_of_a_line_are_both_entered(service: RunningService) -> None:
    deliver(service, "e1", fulfilment_id="ful_1", quantity=3)
    deliver(service, "e2", fulfilment_id="ful_2", quantity=2)

    assert sorted(row["quantity"] for row in service.table("assets")) == [2, 3]


def test_an_asset_is_entered_changed_repaired_and_retired(
    service: RunningService, desk: Desk
) -> None:
    asset = desk.asset(serial="SN-9", location="Room 1")
    update = asset_service_pb2.UpdateAssetRequest(asset={"id": asset.id, "location": "Room 2"})
    moved = desk.assets.UpdateAsset(update)
    desk.assets.StartAssetRepair(asset_service_pb2.StartAssetRepairRequest(id=asset.id))
    desk.assets.FinishAssetRepair(asset_service_pb2.FinishAssetRepairRequest(id=asset.id))
    retire = asset_service_pb2.RetireAssetRequest(id=asset.id, reason="Scrapped")
    retired = desk.assets.RetireAsset(retire)

    assert (moved.location, moved.serial, moved.quantity) == ("Room 2", "SN-9", 1)
    assert retired.state == asset_pb2.ASSET_STATE_RETIRED
    with pytest.raises(Refused, match="ASSET_RETIRED"):
        desk.assets.UpdateAsset(update)
    assert service.events() == [
        "AssetCreated",
        "AssetRepairStarted",
        "AssetRepaired",
        "AssetRetired",
    ]


def test_a_serial_is_one_unit_of_a_product(service: RunningService, desk: Desk) -> None:
    desk.asset(serial="SN-9")
    other = desk.asset(serial="SN-9", product_id="prod_na_2")

    with pytest.raises(AlreadyExists, match="SERIAL_TAKEN"):
        desk.asset(serial="SN-9")
    with pytest.raises(Invalid, match="ACCOUNT_UNKNOWN"):
        desk.asset(account_id="acc_na_9")
    assert len(service.table("assets")) == 2
    assert other.serial == "SN-9"


@pytest.mark.parametrize(
    ("on_date", "state"),
    [("", 3), ("2026-11-23", 3), ("2026-11-24", 4), ("2025-12-31", 2)],
)
def test_the_warranty_is_checked_for_a_day(desk: Desk, on_date: str, state: int) -> None:
    asset = desk.asset(**WARRANTY)

    request = asset_service_pb2.CheckWarrantyRequest(id=asset.id, on_date=on_date)
    checked = desk.assets.CheckWarranty(request)

    assert (checked.state, checked.covered) == (state, state == 3)


def test_a_day_that_there_is_not_is_refused(desk: Desk) -> None:
    request = asset_service_pb2.CheckWarrantyRequest(id=desk.asset().id, on_date="2026-02-30")

    with pytest.raises(Invalid, match="DATE_IMPOSSIBLE"):
        desk.assets.CheckWarranty(request)


def test_a_case_about_an_asset_under_warranty_has_the_warranty_policy(desk: Desk) -> None:
    desk.policy()
    desk.policy(name="Warranty", entitlement_kind=sla_policy_pb2.ENTITLEMENT_KIND_WARRANTY)
    covered, over = desk.asset(**WARRANTY), desk.asset()
    case_id = desk.case(asset_id=covered.id).id

    assert desk.sla(case_id).sla_policy_name == "Warranty"
    assert covered.id in desk.sla(case_id).entitlement_reason

    desk.update(case_id, "asset_id", asset_id=over.id)
    sla = desk.sla(case_id)
    assert sla.sla_policy_name == "Standard"
    assert sla.entitlement_reason.startswith("The asset's warranty is not in force")
    assert [segment.sla_policy_id for segment in sla.clocks[0].segments][1] == sla.sla_policy_id


def test_customers_see_their_own_assets(desk: Desk, customer: Desk) -> None:
    mine, foreign = desk.asset(), desk.asset(account_id="acc_na_2")

    listed = customer.assets.ListAssets(asset_service_pb2.ListAssetsRequest()).assets
    assert [asset.id for asset in listed] == [mine.id]
    with pytest.raises(NotFound):
        customer.assets.GetAsset(asset_service_pb2.GetAssetRequest(id=foreign.id))
    with pytest.raises(Denied):
        customer.asset()
