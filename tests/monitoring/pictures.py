"""Pictures of the dashboards: their own panels and queries, drawn by us from Prometheus' answers.

They show what Grafana would show, not how it would look.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import matplotlib.dates
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from tests.monitoring import dashboards
from tests.monitoring.prometheus import Prometheus

_COLUMNS = 24
_WIDTH_INCHES, _ROW_INCHES, _DOTS_PER_INCH = 16.0, 0.36, 80
_POINTS = 240
_MOST_IN_LEGEND = 8
_PREFIXES = ((1e9, "G"), (1e6, "M"), (1e3, "k"))
_UNITS = {"s": " s", "d": " d", "bytes": "B", "reqps": "/s", "ops": "/s", "none": ""}


@dataclass(frozen=True)
class Span:
    """The time that is shown, in Unix seconds."""

    begin: float
    end: float

    @property
    def step(self) -> float:
        """Seconds from one point to the next."""
        return max(1.0, (self.end - self.begin) / _POINTS)


def draw(
    boards: Sequence[dashboards.Board], prometheus: Prometheus, span: Span, folder: Path
) -> list[Path]:
    """Draw each of these dashboards into a file of the folder; gives the files."""
    folder.mkdir(parents=True, exist_ok=True)
    return [_draw(board, prometheus, span, folder) for board in boards]


def _draw(board: dict[str, Any], prometheus: Prometheus, span: Span, folder: Path) -> Path:
    rows = max(panel["gridPos"]["y"] + panel["gridPos"]["h"] for panel in board["panels"])
    figure = Figure((_WIDTH_INCHES, rows * _ROW_INCHES), layout=None)
    figure.suptitle(board["title"], x=0.02, ha="left", fontsize=15, fontweight="bold")
    grid = figure.add_gridspec(
        rows, _COLUMNS, left=0.04, right=0.99, top=0.95, bottom=0.02, hspace=0, wspace=0
    )
    for panel in board["panels"]:
        place = panel["gridPos"]
        # The last row and column of a panel's place keep it apart from its neighbours.
        down = slice(place["y"] + 1, place["y"] + place["h"] - 1)
        across = slice(place["x"], place["x"] + place["w"] - 1)
        axes = figure.add_subplot(grid[down, across])
        axes.set_title(panel["title"], loc="left", fontsize=9)
        _PAINTERS[panel["type"]](axes, panel, _series(board, panel, prometheus, span))
    path = folder / f"{board['uid'].removeprefix('meridian-')}.png"
    figure.savefig(path, dpi=_DOTS_PER_INCH)
    return path


@dataclass(frozen=True)
class _Series:
    name: str
    times: Sequence[datetime]
    values: Sequence[float]


def _series(
    board: dict[str, Any], panel: dict[str, Any], prometheus: Prometheus, span: Span
) -> list[_Series]:
    found = []
    for query in dashboards.queries(board, panel, dashboards.EXAMPLE):
        answer = prometheus.query_range(query.expression, span.begin, span.end, span.step)
        for each in answer:
            times = [datetime.fromtimestamp(at, UTC) for at, _ in each["values"]]
            values = [float(value) for _, value in each["values"]]
            found.append(_Series(_name(query.legend, each["metric"]), times, values))
    return found


def _name(legend: str, labels: Mapping[str, str]) -> str:
    """Grafana's legend, "{{service}} 99 %", filled in."""
    return re.sub(r"\{\{(\w+)\}\}", lambda found: _value(labels, found[1]), legend).strip()


def _value(labels: Mapping[str, str], label: str) -> str:
    """Of a file its name: the folder is that of this run."""
    value = labels.get(label, "")
    return Path(value).name if label == "file" else value


def _paint_lines(axes: Axes, panel: dict[str, Any], series: Sequence[_Series]) -> None:
    defaults = panel["fieldConfig"]["defaults"]
    if defaults["custom"]["stacking"]["mode"] == "normal" and series:
        times = max((each.times for each in series), key=len)
        heights = [_aligned(each, times) for each in series]
        axes.stackplot(times, heights, labels=[each.name for each in series], alpha=0.6)
    else:
        for each in series:
            axes.plot(each.times, each.values, label=each.name, linewidth=1)
    highest = max((value for each in series for value in each.values), default=0.0)
    axes.set_ylim(bottom=0, top=defaults.get("max") or (None if highest else 1))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: _text(value, defaults["unit"])))
    axes.xaxis.set_major_formatter(matplotlib.dates.DateFormatter("%H:%M"))
    axes.xaxis.set_major_locator(matplotlib.dates.AutoDateLocator(maxticks=6))
    axes.tick_params(labelsize=7)
    axes.grid(alpha=0.3)
    _add_legend(axes, series)


def _add_legend(axes: Axes, series: Sequence[_Series]) -> None:
    """Name the series that reach highest; more names than that would hide them all."""
    highest = sorted(series, key=lambda each: max(each.values, default=0.0), reverse=True)
    names = {each.name for each in highest[:_MOST_IN_LEGEND] if each.name}
    drawn = zip(*axes.get_legend_handles_labels(), strict=True)
    chosen = {name: handle for handle, name in drawn if name in names}
    if chosen:
        axes.legend(
            chosen.values(), chosen.keys(), fontsize=6, loc="upper left", ncols=2, framealpha=0.6
        )


def _aligned(series: _Series, times: Sequence[datetime]) -> list[float]:
    known = dict(zip(series.times, series.values, strict=True))
    return [known.get(time, 0.0) for time in times]


def _paint_number(axes: Axes, panel: dict[str, Any], series: Sequence[_Series]) -> None:
    axes.axis("off")
    values = [each.values[-1] for each in series if each.values]
    text = _text(values[-1], panel["fieldConfig"]["defaults"]["unit"]) if values else "no data"
    axes.text(0.0, 0.35, text, fontsize=22)


_PAINTERS = {"timeseries": _paint_lines, "stat": _paint_number}


def _text(value: float, unit: str) -> str:
    """A value with its unit, short."""
    if math.isnan(value):
        return "-"
    if unit == "percentunit":
        return f"{100 * value:.3g} %"
    for size, prefix in _PREFIXES if unit != "s" else ():
        if abs(value) >= size:
            return f"{value / size:.3g} {prefix}{_UNITS[unit].strip()}"
    return f"{value:,.0f}{_UNITS[unit]}" if abs(value) >= 100 else f"{value:.3g}{_UNITS[unit]}"
