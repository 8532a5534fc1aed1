"""The OpenAPI description says what the gateway does."""

from __future__ import annotations

import pytest
from openapi_spec_validator import validate

from gateway import docs_page, openapi
from gateway.contract import Contract, installed
from gateway.routing import routes
from tests import trial

CONTRACT = Contract.of(trial.image())
DOCUMENT = openapi.document(CONTRACT, routes(CONTRACT))
SCHEMAS = DOCUMENT["components"]["schemas"]


@pytest.mark.parametrize("contract", [CONTRACT, installed()], ids=["trial", "installed"])
def test_it_is_valid(contract: Contract) -> None:
    validate(openapi.document(contract, routes(contract)))


def test_paths_that_differ_only_in_the_names_of_variables_are_one() -> None:
    assert set(DOCUMENT["paths"]["/trial/v1/things/{id}"]) == {"get", "patch", "delete"}
    assert "/trial/v1/things/{thing_id}/parts" in DOCUMENT["paths"]


def test_an_operation_tells_its_permission_errors_and_headers() -> None:
    operation = DOCUMENT["paths"]["/trial/v1/things"]["post"]
    assert operation["operationId"] == "TrialService_CreateThing"
    assert operation["summary"] == "Make a thing."
    assert operation["x-permission"] == "trial.things.create"
    assert "`NAME_TAKEN`" in operation["responses"]["409"]["description"]
    assert [each for each in operation["parameters"] if "$ref" not in each] == [
        {"name": "dry_run", "in": "query", "description": "", "schema": {"type": "boolean"}}
    ]
    paint = DOCUMENT["paths"]["/trial/v1/things/{id}:paint"]["post"]
    assert {"$ref": "#/components/parameters/IfMatch"} in paint["parameters"]
    assert "412" in paint["responses"]


def test_a_public_method_needs_no_security() -> None:
    paths = DOCUMENT["paths"]
    assert paths["/trial/v1:greet"]["post"]["security"] == [{}]
    assert paths["/trial/v1/greeting"]["get"]["operationId"] == "TrialService_Greet_get"
    assert "security" not in paths["/trial/v1/things"]["post"]


def test_rules_become_constraints_of_what_is_sent() -> None:
    sent = SCHEMAS["ThingInput"]["properties"]
    assert sent["small"] == {"type": "integer", "format": "int32", "minimum": 0, "maximum": 1000}
    assert (sent["name"]["minLength"], sent["name"]["maxLength"]) == (1, 100)
    assert sent["parts"]["maxItems"] == 50
    assert sent["id"]["readOnly"]
    assert SCHEMAS["ThingInput"]["required"] == ["name"]


def test_the_size_of_a_page_tells_its_limit() -> None:
    parameters = DOCUMENT["paths"]["/trial/v1/things"]["get"]["parameters"]
    size = next(each for each in parameters if each.get("name") == "page_size")
    assert size["schema"] == {"type": "integer", "format": "int32", "minimum": 0, "maximum": 200}


def test_what_is_answered_is_there_unless_it_can_be_absent() -> None:
    needed = SCHEMAS["Thing"]["required"]
    assert {"id", "name", "parts", "counts"} <= set(needed)
    assert not {"nickname", "part", "create_time", "metres"} & set(needed)
    assert "minimum" not in SCHEMAS["Thing"]["properties"]["small"]


def test_enums_carry_their_labels() -> None:
    assert SCHEMAS["Colour"]["x-labels"]["COLOUR_BLUE"] == {"en": "Blue", "zh": "蓝"}


def test_files_are_sent_and_fetched_as_they_are() -> None:
    imported = DOCUMENT["paths"]["/trial/v1/things:import"]["post"]
    assert "text/csv" in imported["requestBody"]["content"]
    assert [each["name"] for each in imported["parameters"] if "name" in each] == ["source"]
    exported = DOCUMENT["paths"]["/trial/v1/things:export"]["get"]
    assert exported["responses"]["200"]["content"] == {"*/*": {}}


def test_a_page_shows_every_method_with_its_types() -> None:
    page = docs_page.pages(DOCUMENT)["trial"]
    methods = {method.anchor: method for group in page.groups for method in group.methods}
    assert len(methods) == 12
    create = methods["TrialService_CreateThing"]
    assert create.curl.startswith('curl -X POST "$MERIDIAN/trial/v1/things"')
    names = [field.name for field in create.body]
    assert names[:2] == ["id", "name"]
    assert {name for name, _, _ in page.types} >= {"Thing", "Part", "PartInput", "Colour"}


def test_a_list_can_span_regions_and_says_which() -> None:
    listing = DOCUMENT["paths"]["/trial/v1/things"]["get"]
    assert [each["name"] for each in listing["parameters"] if "name" in each][-1] == "regions"
    assert "421" in listing["responses"]
    answer = SCHEMAS["ListThingsResponse"]
    assert answer["properties"]["regions"]["items"] == {"$ref": "#/components/schemas/RegionShown"}
    assert "regions" not in answer["required"]
    below = DOCUMENT["paths"]["/trial/v1/things/{thing_id}/parts"]["get"]
    assert "regions" not in [each.get("name") for each in below["parameters"]]


def test_every_answer_names_its_region() -> None:
    responses = DOCUMENT["paths"]["/trial/v1/things/{id}"]["get"]["responses"]
    assert all(
        "Meridian-Region" in response["headers"]
        for response in responses.values()
        if "headers" in response
    )
    assert "Meridian-Region" in DOCUMENT["components"]["responses"]["NotFound"]["headers"]
