"""PipelineService: pipelines over gRPC. Each method's errors are stated in pipeline_service.proto."""

from __future__ import annotations

from meridian.sales.v1 import pipeline_pb2, pipeline_service_pb2

from chassis.call import Call
from chassis.records.decoding import changed_paths, from_proto
from chassis.records.encoding import to_proto, to_protos
from chassis.server import Servicer
from services.sales.opportunities import store as opportunities
from services.sales.pipelines import store
from services.sales.pipelines.domain import Pipeline


class PipelineService(Servicer):
    """The ways of selling of this region."""

    descriptor = pipeline_service_pb2.DESCRIPTOR.services_by_name["PipelineService"]

    def CreatePipeline(
        self, request: pipeline_service_pb2.CreatePipelineRequest, call: Call
    ) -> pipeline_pb2.Pipeline:
        """Add a pipeline."""
        with self.transaction(call) as tx:
            pipeline = Pipeline(id=tx.new_id("pipeline"), **from_proto(request.pipeline, Pipeline))
            pipeline.check()
            store.add(tx, pipeline)
            return tx.reply(to_proto(pipeline, pipeline_pb2.Pipeline))

    def GetPipeline(
        self, request: pipeline_service_pb2.GetPipelineRequest, call: Call
    ) -> pipeline_pb2.Pipeline:
        """Read one pipeline."""
        with self.reading(call) as tx:
            return to_proto(store.get(tx, request.id), pipeline_pb2.Pipeline)

    def ListPipelines(
        self, request: pipeline_service_pb2.ListPipelinesRequest, call: Call
    ) -> pipeline_service_pb2.ListPipelinesResponse:
        """Page through the pipelines."""
        with self.reading(call) as tx:
            page = store.LISTING.page(tx, request)
        return pipeline_service_pb2.ListPipelinesResponse(
            pipelines=to_protos(page.rows, pipeline_pb2.Pipeline),
            next_page_token=page.next_page_token,
        )

    def UpdatePipeline(
        self, request: pipeline_service_pb2.UpdatePipelineRequest, call: Call
    ) -> pipeline_pb2.Pipeline:
        """Change the fields named in update_mask."""
        paths = changed_paths(request.pipeline, request.update_mask.paths)
        with self.transaction(call) as tx:
            store.hold(tx, request.pipeline.id)
            pipeline = store.get(tx, request.pipeline.id, request.pipeline.etag)
            occupied = opportunities.occupied_stages(tx, pipeline.id)
            pipeline.revise(from_proto(request.pipeline, Pipeline, paths), occupied)
            store.save(tx, pipeline)
            return tx.reply(to_proto(pipeline, pipeline_pb2.Pipeline))

    def SetDefaultPipeline(
        self, request: pipeline_service_pb2.SetDefaultPipelineRequest, call: Call
    ) -> pipeline_pb2.Pipeline:
        """Make a pipeline the one that is used where none is named."""
        with self.transaction(call) as tx:
            store.hold_all(tx)
            pipeline = store.get(tx, request.id, request.etag)
            before = store.default(tx)
            if pipeline.id != before.id:
                pipeline.make_default()
                before.is_default = False
                store.save(tx, before)
                store.save(tx, pipeline)
            return tx.reply(to_proto(pipeline, pipeline_pb2.Pipeline))

    def RetirePipeline(
        self, request: pipeline_service_pb2.RetirePipelineRequest, call: Call
    ) -> pipeline_pb2.Pipeline:
        """Let no new opportunity enter."""
        with self.transaction(call) as tx:
            store.hold(tx, request.id)
            pipeline = store.get(tx, request.id, request.etag)
            pipeline.retire()
            store.save(tx, pipeline)
            return tx.reply(to_proto(pipeline, pipeline_pb2.Pipeline))
