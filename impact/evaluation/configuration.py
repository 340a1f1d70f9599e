"""evaluation.toml, read and checked: what is evaluated, how, and how it is reported."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from impact import checks
from impact.design.support import Support
from impact.effects.arm_means.adjustment import Adjustment
from impact.effects.heterogeneity.ranking import Baseline, PredictedOutcome, Ranking
from impact.errors import ImpactError
from impact.evaluation.components import (
    ADJUSTMENT,
    OUTCOME,
    RANKING,
    STRATEGY,
    SUPPORT,
    VARIANCE,
    build,
    chosen_component,
    component,
    named_component,
)
from impact.evaluation.toml_table import TomlTable
from impact.language import Text, languages
from impact.robustness.four_strategies import FOUR_STRATEGIES, MAIN_STRATEGY, Specification
from impact.survey.outcome import Outcome
from impact.survey.package.schema import SurveySchema, load_schema
from impact.survey.poverty.line import PovertyLine, PovertyLines

ESTIMANDS = ("ATT", "ATC", "ATE")
MINIMUM_CELL = 5
_FORMAT_KEYS = ("sheet", "separator", "decimal", "encoding")


@dataclass(frozen=True, slots=True)
class DataSource:
    """Which file is evaluated and how it is read."""

    file: Path
    options: Mapping[str, Any] = field(default_factory=dict)
    categorical: tuple[str, ...] = ()
    schema: SurveySchema | None = None
    response: str | None = None
    complete: str = "complete"


@dataclass(frozen=True, slots=True)
class QuintilePlan:
    """By what, for which outcome and by which strategy the effect is told apart by fifth."""

    outcome: str
    ranking: Ranking
    strategy: str
    quantiles: int = 5


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Configuration:
    """Everything that ``evaluation.toml`` says.

    Attributes
    ----------
    title, language, synthetic, seed, level, minimum_cell, stars
        Of the report: synthetic data say so everywhere; cells under ``minimum_cell`` units are suppressed.
    data : DataSource
    roles : mapping
        Keywords of ``im.Sample``.
    outcomes : tuple of Outcome
    specifications : tuple of Specification
        The strategies, the published four by default.
    main_strategy : str
        The one whose numbers lead and whose match, balance and poverty levels are shown in full: of the project's four the kernel, of
        one's own the first, unless the file names another.
    estimand : {"ATT", "ATC", "ATE"}
    support : Support or None
    quintiles : QuintilePlan or None
    figures : tuple of str
        Outcomes that get a figure of the strategies.
    labels : mapping of str to str
        Column or outcome to the name shown.
    source_hash : str
        SHA-256 of the file.
    """

    title: str
    language: str
    synthetic: bool
    seed: int
    level: float
    minimum_cell: int
    stars: bool
    data: DataSource
    roles: Mapping[str, Any]
    outcomes: tuple[Outcome, ...]
    specifications: tuple[Specification, ...]
    main_strategy: str
    estimand: str
    support: Support | None
    quintiles: QuintilePlan | None
    figures: tuple[str, ...]
    labels: Mapping[str, str]
    source_hash: str

    def specification(self, name: str) -> Specification:
        """Return the strategy of this name."""
        return next(specification for specification in self.specifications if specification.name == name)


def read_configuration(path: str | Path) -> Configuration:
    """Read ``evaluation.toml``.

    Parameters
    ----------
    path : path
        Paths within the file are relative to its folder.

    Returns
    -------
    Configuration

    Raises
    ------
    OptionError
        The file is absent or no TOML; a key is unknown, missing or of the wrong type. The message names the file, the line, the table
        and the key.
    """
    file = Path(path)
    top = TomlTable.read(file)
    language = top.one_of("language", languages(), "en")
    seed = top.get("seed", int, 0)
    labels = _labels(top)
    data, roles = _data(top, file.parent), _roles(top)
    outcomes = _outcomes(top, _lines(top), labels)
    names = [outcome.name for outcome in outcomes]
    specifications, main = _strategies(top, seed)
    estimand, support = _design(top)
    configuration = Configuration(
        title=top.get("title", str, "") or _default_title(language),
        language=language,
        synthetic=top.get("synthetic", bool, False),
        seed=seed,
        level=_checked(
            top,
            "level",
            top.get("level", float, 0.95),
            lambda value: checks.between("level", value, 0.0, 1.0),
        ),
        minimum_cell=_checked(
            top,
            "minimum_cell_count",
            top.get("minimum_cell_count", int, MINIMUM_CELL),
            lambda value: checks.whole("minimum_cell_count", value),
        ),
        stars=top.get("stars", bool, False),
        data=data,
        roles=roles,
        outcomes=outcomes,
        specifications=specifications,
        main_strategy=main,
        estimand=estimand,
        support=support,
        quintiles=_quintiles(top, names, [specification.name for specification in specifications], main),
        figures=_figures(top, names),
        labels=labels,
        source_hash=hashlib.sha256(file.read_bytes()).hexdigest(),
    )
    top.finish()
    return configuration


def _checked(table: TomlTable, key: str, value: Any, check: Any) -> Any:
    try:
        check(value)
    except ImpactError as problem:
        raise table.relocated(problem, key) from None
    return value


def _default_title(language: str) -> str:
    return Text("Impact evaluation", "Evaluación de impacto").to(language)


def _labels(top: TomlTable) -> dict[str, str]:
    table = top.table("labels")
    return {} if table is None else {key: table.required(key, str) for key in table.values}


def _data(top: TomlTable, folder: Path) -> DataSource:
    table = top.table("data")
    if table is None:
        raise top.error('table [data] is missing; it names the data file: [data] file = "survey.dta".')
    file = folder / table.required("file", str)
    options: dict[str, Any] = {
        key: value for key in _FORMAT_KEYS if (value := table.get(key, str)) is not None
    }
    dates = table.table("date_formats")
    if dates is not None:
        options["date_formats"] = {key: dates.required(key, str) for key in dates.values}
    source = DataSource(
        file=file,
        options=options,
        categorical=tuple(table.texts("categorical")),
        schema=_schema(table, folder),
        response=table.get("response", str),
        complete=table.get("complete", str, "complete"),
    )
    table.finish()
    return source


def _schema(table: TomlTable, folder: Path) -> SurveySchema | None:
    """Return the data package that tells what may be a covariate: ``true`` for the package's own, or a path."""
    value = table.get("schema", object)
    if value is None or value is False:
        return None
    if value is True:
        return load_schema()
    if not isinstance(value, str):
        raise table.error(
            f"key 'schema' must be true, false or the path of a datapackage.yaml in quotes; got {value!r}.",
            "schema",
        )
    try:
        return load_schema(folder / value)
    except ImpactError as problem:
        raise table.relocated(problem, "schema") from None


def _roles(top: TomlTable) -> dict[str, Any]:
    table = top.table("roles")
    if table is None:
        raise top.error(
            "table [roles] is missing; it names the columns: treatment, covariates, cluster, sampling_weight, …"
        )
    roles: dict[str, Any] = {
        "treatment": table.required("treatment", str),
        "covariates": table.texts("covariates"),
    }
    for key in ("cluster", "sampling_weight", "stratum", "id"):
        roles[key] = table.get(key, str)
    roles["missing"] = table.one_of("missing", ("raise", "drop"), "raise")
    roles["group_assigned"] = table.get("group_assigned", bool, False)
    roles["comparator"] = table.get("comparator", str, "controls")
    table.finish()
    if not roles["covariates"]:
        raise table.error("key 'covariates' must name at least one column.", "covariates")
    return roles


def _lines(top: TomlTable) -> dict[str, PovertyLine]:
    """Return the poverty lines by name: written out in full, or looked up among the published ones by area and year."""
    lines: dict[str, PovertyLine] = {}
    for table in top.tables("poverty_lines"):
        name = table.required("name", str)
        if name in lines:
            raise table.error(
                f"the poverty line {name!r} stands twice. Give each line a name of its own.", "name"
            )
        try:
            lines[name] = _line(table, name)
        except ImpactError as problem:
            raise problem if str(problem).startswith(table.file) else table.relocated(problem) from None
        table.finish()
    return lines


def _line(table: TomlTable, name: str) -> PovertyLine:
    if "value" not in table.values:
        return PovertyLines.published().line(
            name, table.required("area", str), table.required("year", int), table.get("vintage", str)
        )
    described = {key: table.required(key, str) for key in ("unit", "area", "period", "vintage", "source")}
    return PovertyLine(
        table.required("value", float), **described, status=table.required("status", str), name=name
    )


def _outcomes(
    top: TomlTable, lines: Mapping[str, PovertyLine], labels: dict[str, str]
) -> tuple[Outcome, ...]:
    outcomes = tuple(_outcome(table, lines, labels) for table in top.tables("outcomes"))
    if not outcomes:
        raise top.error('the file must name at least one outcome: [[outcomes]] column = "income".')
    try:
        checks.distinct("outcomes", [outcome.name for outcome in outcomes])
    except ImpactError as problem:
        raise top.relocated(problem, "outcomes") from None
    return outcomes


def _outcome(table: TomlTable, lines: Mapping[str, PovertyLine], labels: dict[str, str]) -> Outcome:
    kind = named_component(table.get("type", str, "column"), table, "type", OUTCOME)
    name, label = table.get("name", str), table.get("label", str)
    replaced: dict[str, Any] = {}
    if name is not None:
        replaced["name" if "name" in kind.__dataclass_fields__ else "label"] = name  # type: ignore[attr-defined]
    elif "label" in kind.__dataclass_fields__:  # type: ignore[attr-defined]
        replaced["label"] = None  # the label of a configuration is what readers see, not the outcome's name
    if isinstance(table.values.get("line"), str):
        line = table.required("line", str)
        if line not in lines:
            raise table.error(
                f"key 'line' must be a number or the name of one of [[poverty_lines]] ({checks.listed(map(repr, lines)) or 'none given'}); "
                f"got {line!r}.",
                "line",
            )
        replaced["line"] = lines[line]
    outcome: Outcome = build(kind, table, replaced=replaced)
    if label is not None:
        labels[outcome.name] = label
    return outcome


def _strategies(top: TomlTable, seed: int) -> tuple[tuple[Specification, ...], str]:
    tables = top.tables("strategies")
    specifications = tuple(_specification(table, seed) for table in tables) or FOUR_STRATEGIES
    names = [specification.name for specification in specifications]
    if len(set(names)) < len(names):
        raise top.error(
            "the names of [[strategies]] must differ; " + checks.listed(names, 8) + ".", "strategies"
        )
    default = MAIN_STRATEGY if specifications == FOUR_STRATEGIES else names[0]
    return specifications, top.one_of("main_strategy", names, default)


def _specification(table: TomlTable, seed: int) -> Specification:
    name = table.required("name", str)
    variance = chosen_component(table, "variance", VARIANCE, seed) if "variance" in table.values else None
    adjustment = _adjustment(table)
    strategy = build(component(table, "type", STRATEGY), table)
    return Specification(name, strategy, adjustment, variance)


def _adjustment(table: TomlTable) -> Adjustment | str | None:
    """Return the bias adjustment: linear unless "none", or a component by name or as a table with its options."""
    short = table.values.get("bias_adjustment", "linear")
    if short in ("linear", "none"):
        table.get("bias_adjustment", str)
        return None if short == "none" else "linear"
    adjustment: Adjustment = chosen_component(table, "bias_adjustment", ADJUSTMENT)
    return adjustment


def _design(top: TomlTable) -> tuple[str, Support | None]:
    estimand = top.one_of("estimand", ESTIMANDS, "ATT")
    table = top.table("support")
    support: Support | None = None if table is None else build(component(table, "rule", SUPPORT), table)
    return estimand, support


def _quintiles(top: TomlTable, outcomes: list[str], strategies: list[str], main: str) -> QuintilePlan | None:
    table = top.table("quintiles")
    if table is None:
        return None
    ranking = _ranking(table)
    plan = QuintilePlan(
        outcome=table.one_of("outcome", outcomes, outcomes[0]),
        ranking=ranking,
        strategy=table.one_of("strategy", strategies, main),
        quantiles=_checked(
            table,
            "quantiles",
            table.get("quantiles", int, 5),
            lambda value: checks.whole("quantiles", value, minimum=2),
        ),
    )
    table.finish()
    return plan


def _ranking(table: TomlTable) -> Ranking:
    """Return what units are ranked by: a baseline column, a ranking with its options, or else the predicted outcome."""
    baseline = table.get("baseline", str)
    if "ranking" in table.values:
        if baseline is not None:
            raise table.error("give 'baseline' or 'ranking', not both.", "ranking")
        ranking: Ranking = chosen_component(table, "ranking", RANKING)
        return ranking
    table.get("ranking", object)
    return PredictedOutcome() if baseline is None else Baseline(baseline)


def _figures(top: TomlTable, outcomes: list[str]) -> tuple[str, ...]:
    chosen = top.texts("figures") or outcomes[:1]
    for name in chosen:
        if name not in outcomes:
            raise top.error(
                f"key 'figures' must name outcomes ({checks.listed(map(repr, outcomes), 20)}); got {name!r}.",
                "figures",
            )
    return tuple(chosen)
