"""Metrics count what happened under the names that dashboards and alerts use."""

from __future__ import annotations

import pytest
from prometheus_client import REGISTRY

from chassis.telemetry import event_metrics, request_metrics, resource_metrics, timer_metrics


def value(name: str, **labels: str) -> float | None:
    return REGISTRY.get_sample_value(name, labels)


def test_a_call_is_counted_and_timed() -> None:
    labels = {"service": "unit", "method": "WinOpportunity"}
    meter = request_metrics.rpc_meter("unit", "WinOpportunity")

    mark = meter.begin()
    assert value("meridian_rpc_requests_in_flight", **labels) == 1
    meter.end(mark, "OK")
    meter.end(meter.begin(), "ABORTED")

    assert value("meridian_rpc_requests_in_flight", **labels) == 0
    assert value("meridian_rpc_requests_total", **labels, code="OK") == 1
    assert value("meridian_rpc_requests_total", **labels, code="ABORTED") == 1
    assert value("meridian_rpc_request_duration_seconds_count", **labels) == 2


def test_an_http_request_is_counted_by_route() -> None:
    meter = request_metrics.http_meter("unit", "GET", "/unit/v1/leads/{id}")
    meter.end(meter.begin(), "404")

    labels = {"service": "unit", "method": "GET", "route": "/unit/v1/leads/{id}"}
    assert value("meridian_http_requests_total", **labels, code="404") == 1
    assert value("meridian_http_request_duration_seconds_count", **labels) == 1


def test_a_pool_is_asked_at_each_scrape() -> None:
    busy = [0]
    resource_metrics.watch_pool("unit", "connections", 4, lambda: busy[0])
    busy[0] = 3

    assert value("meridian_pool_members_in_use", service="unit", pool="connections") == 3
    assert value("meridian_pool_members", service="unit", pool="connections") == 4


def test_events() -> None:
    event_metrics.outbox_state("unit", pending=7, oldest_age_seconds=1.5)
    event_metrics.events_published("unit", 3)
    event_metrics.consumer_pending("unit", "sales", 5)
    event_metrics.event_handled("unit", "sales", "handled", seconds=0.01, delay_seconds=-0.5)
    event_metrics.dead_letters("unit", 2)

    assert value("meridian_outbox_pending_events", service="unit") == 7
    assert value("meridian_outbox_oldest_age_seconds", service="unit") == 1.5
    assert value("meridian_events_published_total", service="unit") == 3
    assert value("meridian_consumer_pending_events", service="unit", consumer="sales") == 5
    assert value("meridian_dead_letters", service="unit") == 2
    handled = {"service": "unit", "consumer": "sales"}
    assert value("meridian_events_handled_total", **handled, outcome="handled") == 1
    assert value("meridian_event_delay_seconds_sum", **handled) == 0


def test_a_timer_that_raises_has_failed() -> None:
    with timer_metrics.timer_run("unit", "escalate"):
        pass
    with pytest.raises(ValueError, match="late"), timer_metrics.timer_run("unit", "escalate"):
        raise ValueError("late")

    labels = {"service": "unit", "timer": "escalate"}
    assert value("meridian_timer_runs_total", **labels, outcome="done") == 1
    assert value("meridian_timer_runs_total", **labels, outcome="failed") == 1
    assert value("meridian_timer_run_duration_seconds_count", **labels) == 2
