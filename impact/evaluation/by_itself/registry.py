"""A registry larger than memory, evaluated from its configuration: read, matched, balanced and estimated by sums."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pandas as pd

from impact import checks
from impact.design.balance.table import BalanceTable
from impact.design.distances.propensity import PropensityScore
from impact.design.matching.nearest import NearestNeighbor
from impact.effects.arm_means.adjustment import Adjustment
from impact.effects.effect import EffectTable
from impact.effects.heterogeneity.ranking import Baseline
from impact.errors import ImpactError, OptionError
from impact.evaluation.by_itself.registry_report import registry_contents
from impact.evaluation.configuration import Configuration, read_configuration
from impact.evaluation.keys.data_and_roles import DataSource
from impact.evaluation.keys.registry import RegistryTable
from impact.evaluation.reading.spoken import in_its_language
from impact.language import Language, Text, speaking
from impact.registry.balance import balance_registry
from impact.registry.estimate import estimate_registry
from impact.registry.match import match_registry
from impact.registry.poverty import registry_poverty_effects
from impact.registry.quintiles import registry_quintile_effects
from impact.registry.registry_match import RegistryMatch
from impact.registry.sample import RegistrySample
from impact.registry.score import RegistryScore, score
from impact.report.publish import publish
from impact.robustness.four_strategies import FOUR_STRATEGIES, Specification
from impact.warn import collected_warnings, warning_about

if TYPE_CHECKING:
    from impact.effects.variances.cluster_robust import ClusterRobust
    from impact.registry.registry_match import RegistryStrategy

STRAIGHT = Text(
    "The bias adjustment of a registry is linear: squares for skewed amounts need all rows together.",
    "El ajuste de sesgo de un registro es lineal: los cuadrados para montos asimétricos necesitan todas las filas juntas.",
)
_FIFTHS = Text(
    " Fifths of a column from before the programme are [registry] baseline.",
    " Los quintiles de una columna de antes del programa son [registry] baseline.",
)


@dataclass(frozen=True, slots=True, eq=False)
class RegistryEvaluation:
    """A registry, evaluated.

    Attributes
    ----------
    configuration : Configuration
    sample : RegistrySample
    matched : dict of str to RegistryMatch
        By the strategy's name; so are ``balance`` and ``poverty``.
    balance : dict of str to BalanceTable
    effects : EffectTable
        Every outcome under every strategy.
    poverty : EffectTable or None
        Headcount, gap and severity at the lines of ``[registry]``.
    quintiles : dict of str to EffectTable
        By outcome, under the main strategy, where ``[registry]`` names a baseline.
    warnings : tuple of str

    Examples
    --------
    ``im.evaluate_registry`` makes one:

    >>> import pathlib, tempfile, pandas as pd, impact as im
    >>> folder = pathlib.Path(tempfile.mkdtemp())
    >>> columns = {"treated": [row // 5 % 3 == 0 for row in range(2000)], "group": [row // 5 for row in range(2000)]}
    >>> columns |= {"age": [row * 7 % 37 for row in range(2000)], "income": [100.0 + row % 11 for row in range(2000)]}
    >>> pd.DataFrame(columns).to_parquet(folder / "households.parquet")
    >>> lines = ["[data]", 'file = "."', "[roles]", 'treatment = "treated"', 'covariates = ["age"]', 'cluster = "group"']
    >>> lines += ["[[outcomes]]", 'column = "income"', 'unit = "Bs"', "[[strategies]]", 'name = "Balanced"']
    >>> _ = (folder / "evaluation.toml").write_text(chr(10).join([*lines, 'type = "entropy balancing"']))
    >>> found = im.evaluate_registry(folder / "evaluation.toml")
    >>> round(found.balance["Balanced"].max_abs_smd, 6), len(found.effects)
    (0.0, 1)
    """

    configuration: Configuration
    sample: RegistrySample
    matched: dict[str, RegistryMatch]
    balance: dict[str, BalanceTable]
    effects: EffectTable
    poverty: EffectTable | None
    quintiles: dict[str, EffectTable]
    warnings: tuple[str, ...] = ()

    @property
    def frame(self) -> pd.DataFrame:
        """The effects, one row for each outcome and strategy."""
        return self.effects.frame

    def report(self, path: str | Path) -> Path:
        """Write the report: ``.html``, ``.docx`` or ``.xlsx``; a path without suffix is a folder that gets all, with the tables as CSV."""
        contents = registry_contents(
            self.configuration,
            self.sample,
            self.matched,
            self.balance,
            [self.effects, *([] if self.poverty is None else [self.poverty])],
            self.quintiles,
            self.warnings,
        )
        return publish(contents, path)

    def __repr__(self) -> str:
        cells = self.sample.frame
        head = (
            Text("SYNTHETIC registry", "Registro SINTÉTICO")
            if self.sample.synthetic
            else Text("Registry", "Registro")
        )
        return Text(
            "{head}: {units} ({treated:,} treated) in {files} and {cells}, matched by {strategies}",
            "{head}: {units} ({treated:,} con el programa) en {files} y {cells}, emparejado por {strategies}",
            head=head,
            units=checks.counted(len(self.sample), "unit"),
            treated=int(cells["treated"].sum()),
            files=checks.counted(len(self.sample.files), "file"),
            cells=checks.counted(len(cells), "cell"),
            strategies=tuple(self.matched),
        ).to(Language(self.configuration.language))

    def _repr_html_(self) -> str:
        return self.effects._repr_html_()


@in_its_language
def evaluate_registry(path: str | Path, n_jobs: int | None = None) -> RegistryEvaluation:
    """Evaluate a registry larger than memory from its configuration file.

    Parameters
    ----------
    path : path
        An ``evaluation.toml`` whose ``[data] file`` is a folder of Parquet files, with roles, outcomes, strategies and ``[registry]``.
    n_jobs : int, optional
        Workers; what joblib's active backend says by default.

    Returns
    -------
    RegistryEvaluation
        ``.sample``, ``.matched``, ``.balance``, ``.effects``, ``.poverty`` and ``.report(path)``.

    Raises
    ------
    OptionError
        The configuration is wrong, or asks for what needs all rows together; it is named.
    DataError
        The files break a rule that the sample needs.

    Notes
    -----
    Without ``[[strategies]]`` it is matched 1:1 with replacement on the index of a logit score, caliper .2 SD, within the cells, and the
    estimate adjusted linearly. A ``bias_adjustment`` that is left open is linear.

    Examples
    --------
    >>> import pathlib, tempfile, numpy as np, pandas as pd, impact as im
    >>> folder = pathlib.Path(tempfile.mkdtemp())
    >>> row = np.arange(2000)
    >>> columns = {"treated": row // 5 % 3 == 0, "age": row * 7 % 37, "group": row // 5, "income": 100.0 + row % 11}
    >>> pd.DataFrame(columns).to_parquet(folder / "households.parquet")
    >>> lines = ["[data]", 'file = "."', "[roles]", 'treatment = "treated"', 'covariates = ["age"]', 'cluster = "group"']
    >>> lines += ["[[outcomes]]", 'column = "income"', 'unit = "Bs"']
    >>> _ = (folder / "evaluation.toml").write_text(chr(10).join(lines))
    >>> im.evaluate_registry(folder / "evaluation.toml").frame["outcome"].tolist()
    ['income']
    """
    configuration = read_configuration(path)
    asked = configuration.registry or RegistryTable()
    _refuse_other_keys(configuration)
    with speaking(configuration.language), collected_warnings() as raised:
        sample = _sample(configuration, asked, n_jobs)
        specifications = _specifications(configuration, asked)
        scores: dict[PropensityScore, RegistryScore] = {}
        matched, balanced, effects, poverty = {}, {}, [], []
        for specification in specifications:
            name = specification.name
            with warning_about(name), _named_refusals(name):
                fitted = _score(sample, specification, scores)
                one = match_registry(
                    sample,
                    cast("RegistryStrategy", specification.strategy),  # the match refuses others by name
                    configuration.estimand,
                    fitted,
                    asked.keys.largest_cell,
                )
                matched[name], balanced[name] = one, balance_registry(one)
                effects.append(_effects(one, specification, configuration))
                if asked.keys.income is not None:
                    poverty.append(_poverty(one, specification, configuration, asked))
        quintiles = _quintiles(sample, specifications, configuration, asked)
    return RegistryEvaluation(
        configuration,
        sample,
        matched,
        balanced,
        _together(effects),
        _together(poverty) if poverty else None,
        quintiles,
        tuple(raised),
    )


@contextmanager
def _named_refusals(name: str) -> Iterator[None]:
    """Put the strategy's name before what it is refused for."""
    try:
        yield
    except ImpactError as problem:
        said = Text(
            "[[strategies]] {name!r}: {said}", "[[strategies]] {name!r}: {said}", name=name, said=problem.text
        )
        raise type(problem)(said) from problem


def _refuse_other_keys(configuration: Configuration) -> None:
    """Refuse what a survey's file may ask for and a registry cannot give."""
    data, plain = configuration.data, DataSource(configuration.data.file)
    other = [
        f"[data] {entry.name}"
        for entry in fields(DataSource)
        if entry.name not in ("file", "complete") and getattr(data, entry.name) != getattr(plain, entry.name)
    ]
    if configuration.roles["stratum"] is not None:
        other.append("[roles] stratum")
    if configuration.support is not None:
        other.append("[support]")
    other += [f"[{one.TABLE}]" for one in configuration.analyses if not getattr(one, "UNASKED", False)]
    if other:
        raise OptionError(
            Text(
                (
                    "A registry is read as its files are and estimated by sums; {other} need all rows together. Leave them out, "
                    "or evaluate a sample of the registry with impact evaluate.{fifths}"
                ),
                (
                    "Un registro se lee como están sus archivos y se estima por sumas; {other} necesitan todas las filas juntas. "
                    "Quítelas, o evalúe una muestra del registro con impact evaluate.{fifths}"
                ),
                other=checks.listed(other, 10),
                fifths=_FIFTHS if "[quintiles]" in other else "",
            )
        )


def _sample(configuration: Configuration, asked: RegistryTable, n_jobs: int | None) -> RegistrySample:
    keys = asked.keys
    roles = {name: value for name, value in configuration.roles.items() if name != "stratum"}
    read = [
        name
        for name in (keys.income, keys.persons, keys.baseline)
        if name and name not in roles["covariates"]
    ]
    return RegistrySample(
        configuration.data.file,
        outcomes=configuration.outcomes,
        cells=keys.cells,
        further=tuple(dict.fromkeys([*keys.further, *read])),
        synthetic=configuration.synthetic,
        n_jobs=n_jobs,
        scratch=keys.scratch,
        **roles,
    )


def _specifications(configuration: Configuration, asked: RegistryTable) -> Sequence[Specification]:
    """Return the file's strategies; the project's own are one, within the cells: the others need all rows together."""
    if configuration.specifications != FOUR_STRATEGIES:
        return configuration.specifications
    by_score = NearestNeighbor(PropensityScore(scale="linear"), caliper=0.2, exact=asked.keys.cells)
    return [Specification(FOUR_STRATEGIES[0].name, by_score, "linear")]


def _score(
    sample: RegistrySample, specification: Specification, known: dict[PropensityScore, RegistryScore]
) -> RegistryScore | None:
    """Return the score of a strategy that matches on one, fitted once for all that match on the same."""
    strategy = specification.strategy
    propensity = getattr(strategy, "propensity", getattr(strategy, "distance", None))
    if not isinstance(propensity, PropensityScore):
        return None
    if propensity not in known:
        known[propensity] = score(sample, propensity)
    return known[propensity]


def _adjustment(specification: Specification) -> Adjustment | str | None:
    return "linear" if specification.bias_adjustment == "suited" else specification.bias_adjustment


def _effects(
    matched: RegistryMatch, specification: Specification, configuration: Configuration
) -> EffectTable:
    variance, level = cast("ClusterRobust | None", specification.variance), configuration.level
    table = estimate_registry(matched, None, variance, _adjustment(specification), level)
    return _renamed(table, specification)


def _poverty(
    matched: RegistryMatch, specification: Specification, configuration: Configuration, asked: RegistryTable
) -> EffectTable:
    table = registry_poverty_effects(
        matched,
        str(asked.keys.income),
        asked.lines,
        asked.keys.persons,
        variance=cast("ClusterRobust | None", specification.variance),  # others are refused by name
        bias_adjustment=_adjustment(specification),
        level=configuration.level,
    )
    return _renamed(table, specification)


def _quintiles(
    sample: RegistrySample,
    specifications: Sequence[Specification],
    configuration: Configuration,
    asked: RegistryTable,
) -> dict[str, EffectTable]:
    """Return every outcome's effects by fifth of the baseline, under the main strategy."""
    if asked.keys.baseline is None:
        return {}
    names = {one.name: one for one in specifications}
    chosen = names.get(configuration.main_strategy, specifications[0])
    found = {}
    for outcome in configuration.outcomes:
        with warning_about(chosen.name), _named_refusals(chosen.name):
            table = registry_quintile_effects(
                sample,
                cast("RegistryStrategy", chosen.strategy),
                outcome,
                Baseline(asked.keys.baseline),
                variance=cast("ClusterRobust | None", chosen.variance),
                bias_adjustment=_adjustment(chosen),
                level=configuration.level,
            )
            found[outcome.name] = _renamed(table, chosen)
    return found


def _renamed(table: EffectTable, specification: Specification) -> EffectTable:
    notes = (*table.notes, *([STRAIGHT] if specification.bias_adjustment == "suited" else []))
    return replace(
        table, effects=tuple(replace(one, strategy=specification.name) for one in table), notes=notes
    )


def _together(tables: Sequence[EffectTable]) -> EffectTable:
    notes = tuple(dict.fromkeys(note for table in tables for note in table.notes))
    return replace(tables[0], effects=tuple(one for table in tables for one in table), notes=notes)
