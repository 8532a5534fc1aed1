"""AssetService: the installed base over gRPC. Errors are stated in asset_service.proto."""

from __future__ import annotations

from meridian.service.events.v1 import asset_events_pb2 as _events  # noqa: F401 - announced by name
from meridian.service.v1 import asset_pb2, asset_service_pb2

from chassis.call import Call
from chassis.records.decoding import changed_paths, from_proto
from chassis.records.encoding import to_proto, to_protos
from chassis.server import Servicer
from services.service.assets import store
from services.service.assets.domain import Asset, WarrantyState
from services.service.calendars.domain import check_date
from services.service.cases.accounts import verify_account


class AssetService(Servicer):
    """What customers have."""

    descriptor = asset_service_pb2.DESCRIPTOR.services_by_name["AssetService"]

    def CreateAsset(
        self, request: asset_service_pb2.CreateAssetRequest, call: Call
    ) -> asset_pb2.Asset:
        """Enter an asset."""
        verify_account(self, call, request.asset.account_id, field="asset.account_id")
        given = {name: value for name, value in from_proto(request.asset, Asset).items() if value}
        with self.transaction(call) as tx:
            asset = Asset(id=tx.new_id("ast"), **given)
            created = asset.create()
            store.add(tx, asset)
            tx.announce(created)
            return tx.reply(to_proto(asset, asset_pb2.Asset))

    def GetAsset(self, request: asset_service_pb2.GetAssetRequest, call: Call) -> asset_pb2.Asset:
        """Read one asset."""
        with self.reading(call) as tx:
            return to_proto(store.get(tx, request.id), asset_pb2.Asset)

    def ListAssets(
        self, request: asset_service_pb2.ListAssetsRequest, call: Call
    ) -> asset_service_pb2.ListAssetsResponse:
        """Page through the assets that the caller may see."""
        with self.reading(call) as tx:
            page = store.LISTING.page(tx, request)
        return asset_service_pb2.ListAssetsResponse(
            assets=to_protos(page.rows, asset_pb2.Asset),
            next_page_token=page.next_page_token,
        )

    def UpdateAsset(
        self, request: asset_service_pb2.UpdateAssetRequest, call: Call
    ) -> asset_pb2.Asset:
        """Change the fields named in update_mask."""
        paths = changed_paths(request.asset, request.update_mask.paths)
        with self.transaction(call) as tx:
            asset = store.get(tx, request.asset.id, request.asset.etag)
            asset.revise(from_proto(request.asset, Asset, paths))
            store.save(tx, asset)
            return tx.reply(to_proto(asset, asset_pb2.Asset))

    def CheckWarranty(
        self, request: asset_service_pb2.CheckWarrantyRequest, call: Call
    ) -> asset_pb2.WarrantyCheck:
        """Say whether an asset is under warranty on a day, today unless said."""
        on_date = request.on_date or call.now.date().isoformat()
        check_date(on_date, "on_date")
        with self.reading(call) as tx:
            asset = store.get(tx, request.id)
        state = asset.warranty(on_date)
        return to_proto(
            {
                "asset_id": asset.id,
                "on_date": on_date,
                "state": state,
                "covered": state is WarrantyState.IN_FORCE,
                "warranty_start_date": asset.warranty_start_date,
                "warranty_end_date": asset.warranty_end_date,
            },
            asset_pb2.WarrantyCheck,
        )

    def StartAssetRepair(
        self, request: asset_service_pb2.StartAssetRepairRequest, call: Call
    ) -> asset_pb2.Asset:
        """Take an active asset out of use for repair."""
        with self.transaction(call) as tx:
            asset = store.get(tx, request.id, request.etag)
            started = asset.start_repair()
            store.save(tx, asset)
            tx.announce(started)
            return tx.reply(to_proto(asset, asset_pb2.Asset))

    def FinishAssetRepair(
        self, request: asset_service_pb2.FinishAssetRepairRequest, call: Call
    ) -> asset_pb2.Asset:
        """Put a repaired asset back into use."""
        with self.transaction(call) as tx:
            asset = store.get(tx, request.id, request.etag)
            repaired = asset.finish_repair()
            store.save(tx, asset)
            tx.announce(repaired)
            return tx.reply(to_proto(asset, asset_pb2.Asset))

    def RetireAsset(
        self, request: asset_service_pb2.RetireAssetRequest, call: Call
    ) -> asset_pb2.Asset:
        """Take an asset out of use for good."""
        with self.transaction(call) as tx:
            asset = store.get(tx, request.id, request.etag)
            retired = asset.retire(request.reason)
            store.save(tx, asset)
            tx.announce(retired)
            return tx.reply(to_proto(asset, asset_pb2.Asset))
