"""ProductService: the catalogue over gRPC. Each method's errors are stated in product_service.proto."""

from __future__ import annotations

from meridian.sales.events.v1 import product_events_pb2 as _events  # noqa: F401 - announced by name
from meridian.sales.v1 import product_pb2, product_service_pb2

from chassis.call import Call
from chassis.records.decoding import changed_paths, from_proto
from chassis.records.encoding import to_proto, to_protos
from chassis.server import Servicer
from services.sales.products import store
from services.sales.products.domain import Product


class ProductService(Servicer):
    """The catalogue."""

    descriptor = product_service_pb2.DESCRIPTOR.services_by_name["ProductService"]

    def CreateProduct(
        self, request: product_service_pb2.CreateProductRequest, call: Call
    ) -> product_pb2.Product:
        """Put a product on offer."""
        with self.transaction(call) as tx:
            product = Product(id=tx.new_id("prod"), **from_proto(request.product, Product))
            created = product.offer()
            store.add(tx, product)
            tx.announce(created)
            return tx.reply(to_proto(product, product_pb2.Product))

    def GetProduct(
        self, request: product_service_pb2.GetProductRequest, call: Call
    ) -> product_pb2.Product:
        """Read one product."""
        with self.reading(call) as tx:
            return to_proto(store.get(tx, request.id), product_pb2.Product)

    def ListProducts(
        self, request: product_service_pb2.ListProductsRequest, call: Call
    ) -> product_service_pb2.ListProductsResponse:
        """Page through the catalogue."""
        with self.reading(call) as tx:
            page = store.LISTING.page(tx, request)
        return product_service_pb2.ListProductsResponse(
            products=to_protos(page.rows, product_pb2.Product),
            next_page_token=page.next_page_token,
        )

    def UpdateProduct(
        self, request: product_service_pb2.UpdateProductRequest, call: Call
    ) -> product_pb2.Product:
        """Change the fields named in update_mask."""
        paths = changed_paths(request.product, request.update_mask.paths)
        with self.transaction(call) as tx:
            product = store.get(tx, request.product.id, request.product.etag)
            product.revise(from_proto(request.product, Product, paths))
            store.save(tx, product)
            return tx.reply(to_proto(product, product_pb2.Product))

    def RetireProduct(
        self, request: product_service_pb2.RetireProductRequest, call: Call
    ) -> product_pb2.Product:
        """Take a product off the market."""
        with self.transaction(call) as tx:
            product = store.get(tx, request.id, request.etag)
            retired = product.retire()
            store.save(tx, product)
            tx.announce(retired)
            return tx.reply(to_proto(product, product_pb2.Product))

    def ReinstateProduct(
        self, request: product_service_pb2.ReinstateProductRequest, call: Call
    ) -> product_pb2.Product:
        """Put a retired product on offer again."""
        with self.transaction(call) as tx:
            product = store.get(tx, request.id, request.etag)
            reinstated = product.reinstate()
            store.save(tx, product)
            tx.announce(reinstated)
            return tx.reply(to_proto(product, product_pb2.Product))
