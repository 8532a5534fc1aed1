"""What a process tells about itself: logs, metrics and the trace that a request belongs to.

Metrics are the four golden signals: traffic and errors (…_total by code), latency, saturation. Names and
units follow the conventions of Prometheus: base units (seconds, bytes), counters end in _total. Every metric
is declared in a module here whose name ends in _metrics, so that dashboards and alerts have one place to look.
Labels take few values each: never an id, never a person.
"""
