"""A campaign to which tests may refer."""

from __future__ import annotations

from meridian.marketing.v1 import campaign_service_pb2

from tests.running import Caller

CAMPAIGNS = campaign_service_pb2.DESCRIPTOR.services_by_name["CampaignService"]


def a_campaign(caller: Caller) -> str:
    """The id of a new campaign of the caller's."""
    wanted = {"name": "Fair", "currency": "EUR"}
    request = campaign_service_pb2.CreateCampaignRequest(campaign=wanted)
    return str(caller.call(CAMPAIGNS).CreateCampaign(request).id)
