"""Does it hold: the universe and the sensitivity of a configuration by themselves, written to a folder."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from impact.evaluation.analyses.sensitivity import OutcomeSensitivity, Sensitivity
from impact.evaluation.analyses.universe import UniverseTable
from impact.evaluation.configuration import Configuration, read_configuration
from impact.evaluation.intake import configured_sample
from impact.evaluation.published_units import unit_of
from impact.evaluation.reading.analysis import Analysis, Named
from impact.evaluation.run import run
from impact.report import figures
from impact.report.drawing.images import drawn
from impact.report.words.names import Names
from impact.report.words.style import Style

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def universe_of(path: str | Path, out: str | Path, n_jobs: int | None = None) -> Iterator[str]:
    """Write the universe of a configuration and yield what it says, line by line.

    Parameters
    ----------
    path : path
        The ``evaluation.toml``; its ``[universe]``, or usual choices.
    out : path
        Folder: ``universe.csv``, ``infeasible.csv``, ``summary.csv``, ``choices.csv``, a curve per outcome, and in ``finished`` the matches
        from which a killed run goes on.
    n_jobs : int, optional
    """
    configuration = read_configuration(path)
    asked: UniverseTable = configuration.analysis("universe") or UniverseTable().settled(
        _named(configuration)
    )
    folder = _folder(out)
    found = asked.of(configured_sample(configuration), configuration.level, folder / "finished", n_jobs)
    tables = {
        "universe": found.frame,
        "infeasible": found.infeasible,
        "summary": found.summary,
        "choices": found.influence,
    }
    yield from _written(tables, folder)
    style = _style(configuration)
    for outcome in found.summary["outcome"]:
        labels = {outcome: style.name(outcome)}
        axes = figures.specification_curve(found, outcome, configuration.language, labels)
        yield _drawn(axes, folder / f"curve-{outcome}.svg")
        yield found.sentence(outcome, configuration.language, style.name(outcome))


def sensitivity_of(path: str | Path, out: str | Path) -> Iterator[str]:
    """Write the sensitivity of a configuration and yield what it says, line by line.

    Parameters
    ----------
    path : path
        The ``evaluation.toml``; its ``[sensitivity]``, or every covariate as a benchmark.
    out : path
        Folder: ``confounders.csv``, ``strength.csv``, ``rosenbaum.csv`` and a contour per outcome.
    """
    configuration = read_configuration(path)
    asked: Analysis = configuration.analysis("sensitivity") or Sensitivity().settled(_named(configuration))
    evaluation = run(replace(configuration, analyses=(asked,)))
    found: tuple[OutcomeSensitivity, ...] = evaluation.findings.answer("sensitivity")
    folder, style = _folder(out), _style(configuration)
    tables: dict[str, list[pd.DataFrame]] = {"confounders": [], "strength": [], "rosenbaum": []}
    for one in found:
        if not isinstance(one.confounder, str):
            tables["confounders"].append(one.bounds.assign(outcome=one.outcome))
            tables["strength"].append(one.confounder.frame)
        if not isinstance(one.rosenbaum, str):
            tables["rosenbaum"].append(one.rosenbaum.frame.assign(outcome=one.outcome))
    yield from _written({name: pd.concat(parts) for name, parts in tables.items() if parts}, folder)
    for one in found:
        if not isinstance(one.confounder, str):
            names = {one.outcome: style.name(one.outcome)}
            axes = figures.confounder_contour(
                one.confounder, configuration.language, names, unit_of(one.outcome, evaluation.findings)
            )
            yield _drawn(axes, folder / f"contour-{one.outcome}.svg")
        columns = (one.outcome, *configuration.roles["covariates"])
        yield from one.sentences(
            configuration.language,
            {column: style.name(column) for column in columns},
            unit_of(one.outcome, evaluation.findings),
        )
        yield from one.refusals


def _named(configuration: Configuration) -> Named:
    return Named(
        tuple(outcome.name for outcome in configuration.outcomes),
        tuple(specification.name for specification in configuration.specifications),
        configuration.main_strategy,
        tuple(configuration.roles["covariates"]),
    )


def _style(configuration: Configuration) -> Style:
    return Style.of(configuration.language, Names(dict(configuration.labels)))


def _folder(out: str | Path) -> Path:
    folder = Path(out)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _written(tables: dict[str, pd.DataFrame], folder: Path) -> Iterator[str]:
    for name, table in tables.items():
        file = folder / f"{name}.csv"
        table.to_csv(file, index=False, encoding="utf-8")
        yield str(file)


def _drawn(axes: Axes, file: Path) -> str:
    file.write_bytes(drawn(axes.figure).wide)
    return str(file)
