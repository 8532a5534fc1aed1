"""Who asks for Chinese reads Chinese: no English word is left in a text, whatever fills its placeholders."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from enum import StrEnum
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages

import pytest
from buf.validate import validate_pb2
from google.protobuf.descriptor import Descriptor, FieldDescriptor

from chassis import descriptors
from chassis.grants import Visibility
from chassis.messages import SPOKEN, Catalogue, read, words
from chassis.settings import SERVICES
from chassis.tables import noun_of
from chassis.validation import FORMS
from gateway import problems
from gateway.contract import installed, option
from gateway.rules import rules_of
from gateway.wrong import json_kind

ROOT = Path(__file__).resolve().parents[2]
CONTRACT = installed()
FOLDERS = ["chassis", "gateway", *(f"services/{name}" for name in SERVICES)]

#: Parameters that are ids, codes, numbers, dates, names of fields, or what somebody typed: the same in every language.
FACTS = frozenset({
    "account_id", "action_id", "allowed", "amount", "arrived", "article_id", "asset_id", "before_id", "billable",
    "calendar_id", "cause", "column", "columns", "conflicting_id", "count", "criteria", "currency", "currency_id",
    "date", "days", "declared", "delivered", "discount", "document", "end_date", "expected_id", "fields", "given",
    "grant", "highest", "holder_id", "hub", "id", "into_id", "invoiced", "issuer", "key", "known", "least", "left",
    "length", "limit", "line", "line_id", "mapping", "maximum", "meant", "members", "method", "minimum", "minutes",
    "missing_id", "most", "needed", "name", "names", "number", "open", "opportunities", "opportunity_id",
    "order_id", "paid", "parent_id", "part", "path", "permission", "planned", "position", "price_book_id",
    "problem", "product_id", "quantity", "reference", "referral_id", "region", "regions", "resource", "right",
    "role", "rule", "seconds", "sign", "sku", "sla_policy_id", "source", "stage", "stages", "start_date", "subject",
    "time_zone", "today", "total", "value",
})  # fmt: skip
#: What Chinese readers of software know by its Latin name, and examples of what to type.
KNOWN = frozenset({
    "Accept-Language", "all", "API", "Asia/Shanghai", "Authorization", "base64", "CNY", "CN", "DE", "en",
    "Content-Type", "CSV",
    "desc", "EUR", "false", "ASCII", "Content-Encoding", "docs", "ETag", "HTTP", "IANA", "Idempotency-Key",
    "If-Match", "IBAN", "ISO", "JSON", "max", "MERIDIAN_MATCH_KEYS_FILE", "MERIDIAN_OIDC_ISSUERS", "min",
    "multipart", "null", "PDF", "SKU", "SLA", "true", "URL", "UTF-8", "UTC", "UUID", "X-API-Key",
    "X-Request-Timeout", "YYYY-MM-DD", "NEW", "AND",
})  # fmt: skip
_EXAMPLES = re.compile(
    r"name@example\.com|acme\.example|https://example\.com/page|state = NEW AND create_time > \S+"
    r"|text/csv|@all|zh-CN|HH:MM|select\.[a-z_]+|U\+0000"
    r"|marketing\.leads\.\*@team|2026-01-31T08:[03]0:00Z|\d+(\.\d+)?s\b|\{\"vat_regime\": \"reverse\"\}"
)
_LATIN = re.compile(r"[A-Za-z][A-Za-z0-9_/-]*[A-Za-z0-9]|[A-Za-z]")


def reached(message: Descriptor, found: dict[str, Descriptor]) -> dict[str, Descriptor]:
    if message.full_name not in found:
        found[message.full_name] = message
        for field in message.fields:
            if field.message_type is not None:
                reached(field.message_type, found)
    return found


def received(package: str = "") -> dict[str, Descriptor]:
    """All messages that can stand in requests to the services of a package, or to all."""
    found: dict[str, Descriptor] = {}
    for service in CONTRACT.services:
        for method in service.methods:
            if service.file.package.startswith(package):
                reached(method.input_type, found)
    return found


FIELDS = {field.name for message in received().values() for field in message.fields}


def english(text: str) -> list[str]:
    """The words of a text that are neither names of fields nor known in Chinese by their Latin name."""
    return [word for word in _LATIN.findall(_EXAMPLES.sub("", text)) if word not in KNOWN | FIELDS]


def labels(folder: str) -> dict[str, str]:
    """What the enum values of all of a service's nouns are called."""
    package = f"meridian.{Path(folder).name}.v1"
    ours = [each for each in CONTRACT.services if each.file.package == package]
    return {k: v for each in ours for k, v in descriptors.chinese_of_values(each).items()}


def spoken_words(folder: str) -> dict[str, str]:
    return words(ROOT / "chassis") | words(ROOT / folder) | labels(folder)


def own_texts(folder: str) -> Iterator[tuple[str, str]]:
    for reason, texts in read(ROOT / folder / "messages.toml").items():
        yield reason, texts["zh"]


def placeholders(text: str) -> set[str]:
    return set(re.findall(r"(?<!\{)\{([a-z_]+)\}", text))


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_parameter_is_a_word_that_is_translated_or_a_fact_that_is_not(folder: str) -> None:
    unknown = {
        f"{reason}: {name}"
        for reason, text in own_texts(folder)
        for name in placeholders(text) - SPOKEN - FACTS
    }
    assert unknown == set()


@pytest.mark.parametrize("folder", FOLDERS)
def test_no_text_holds_an_english_word_whatever_fills_it(folder: str) -> None:
    catalogue = Catalogue(ROOT / folder, labels(folder))
    said = spoken_words(folder)
    left = {
        f"{reason}: {word}"
        for reason, text in own_texts(folder)
        for filling in (said if placeholders(text) & SPOKEN else ("",))
        for word in english(
            catalogue.text(
                reason,
                {name: filling if name in SPOKEN else "1" for name in placeholders(text)},
                "zh",
            )
        )
    }
    assert left == set()


@pytest.mark.parametrize("name", SERVICES)
def test_what_is_not_found_has_a_name(name: str) -> None:
    tables = import_module(f"services.{name}.tables").metadata.sorted_tables
    import_module(f"services.{name}.manifest")
    nouns = {noun_of(table) for table in tables if "id" in table.c}
    assert nouns
    assert nouns - set(spoken_words(f"services/{name}")) == set()


@pytest.mark.parametrize("name", SERVICES)
def test_every_value_of_the_domain_has_a_label(name: str) -> None:
    package = import_module(f"services.{name}")
    modules = [
        import_module(each.name)
        for each in walk_packages(package.__path__, f"services.{name}.")
        if ".migrations" not in each.name
    ]
    kinds = {
        kind
        for module in modules
        for _, kind in inspect.getmembers(module, inspect.isclass)
        if issubclass(kind, StrEnum) and kind.__module__.startswith(f"services.{name}.")
    }
    known = {
        "",
        *read(ROOT / "services" / name / "messages.toml"),
        *spoken_words(f"services/{name}"),
    }
    bare = {
        f"{kind.__name__}.{value.value}"
        for kind in kinds
        for value in kind
        if value.value not in known
    }
    assert kinds
    assert bare == set()


@pytest.mark.parametrize("folder", FOLDERS)
def test_what_code_says_of_itself_is_known(folder: str) -> None:
    """Constants given for words that are translated."""
    said = {
        keyword.value.value
        for path in (ROOT / folder).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        for keyword in node.keywords
        if keyword.arg in {"expected", "found", "kind"} and isinstance(keyword.value, ast.Constant)
        if isinstance(keyword.value.value, str) and re.search("[a-z]", keyword.value.value)
    }
    assert said - set(spoken_words(folder)) == set()


def test_kinds_of_json_services_and_visibilities_are_known() -> None:
    told = words(ROOT / "chassis") | words(ROOT / "gateway")
    assert {json_kind(value) for value in (None, True, 1, "", [], {})} - set(told) == set()
    assert {*SERVICES, *(each.slug for each in Visibility)} - set(told) == set()


def test_every_status_has_a_title() -> None:
    mapped = {*problems.STATUSES.values(), *problems.BY_REASON.values(), 500}
    refused = {
        node.args[0].value
        for path in (ROOT / "gateway").glob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Refusal" and node.args
        if isinstance(node.args[0], ast.Constant)
    }
    for status in mapped | refused:
        title = problems.title(status, "zh")
        assert english(title) == [], status
        assert title != problems.title(status, "en")


def rule_ids(message: Descriptor) -> Iterator[str]:
    for rule in option(message.GetOptions(), validate_pb2.message).cel:
        yield rule.id
    for field in message.fields:
        yield from _of_field(rules_of(field), field)


def _of_field(rules: validate_pb2.FieldRules, field: FieldDescriptor) -> Iterator[str]:
    yield from (rule.id for rule in rules.cel)
    if rules.required:
        yield "required"
    kind = rules.WhichOneof("type")
    if kind is None:
        return
    own = getattr(rules, kind)
    names = [each.name for each, _ in own.ListFields()]
    for inner in {"items", "keys", "values"} & set(names):
        yield from _of_field(getattr(own, inner), field)
    bounds = [name for name in ("gt", "gte", "lt", "lte") if name in names]
    if bounds:
        yield f"{kind}.{'_'.join(bounds)}"
    yield from (
        f"{kind}.{each}" for each in names if each not in (*bounds, "items", "keys", "values")
    )


@pytest.mark.parametrize("name", SERVICES)
def test_every_field_rule_has_its_text(name: str) -> None:
    texts = read(ROOT / "chassis" / "messages.toml") | read(
        ROOT / "services" / name / "messages.toml"
    )
    missing = {
        f"{message.full_name}: {reason}"
        for message in received(f"meridian.{name}.v1").values()
        for reason in (each.upper().replace(".", "_") for each in rule_ids(message))
        for language in ("en", "zh")
        if not texts.get(reason, {}).get(language)
    }
    assert missing == set()


def patterns(rules: validate_pb2.FieldRules) -> Iterator[str]:
    if rules.string.pattern:
        yield rules.string.pattern
    if rules.HasField("repeated"):
        yield from patterns(rules.repeated.items)
    if rules.HasField("map"):
        yield from (*patterns(rules.map.keys), *patterns(rules.map.values))


def test_every_pattern_is_told_in_words() -> None:
    asked = {
        pattern
        for message in received().values()
        for field in message.fields
        for pattern in patterns(rules_of(field))
    }
    assert asked == set(FORMS)
    assert {form for form in FORMS.values() if form not in words(ROOT / "chassis")} == set()
