"""evaluation.toml, read and checked: what is evaluated, how, and how it is reported."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from impact import checks
from impact.design.supports.rule import Support
from impact.errors import ImpactError
from impact.evaluation.keys.data_and_roles import DataSource, FileKeys, Roles, data_source, sample_roles
from impact.evaluation.keys.general import General
from impact.evaluation.keys.outcomes import OUTCOME_KEYS, configured_outcomes
from impact.evaluation.keys.package import PackageKeys, package_keys
from impact.evaluation.keys.registry import RegistryKeys, RegistryTable, registry_table
from impact.evaluation.keys.strategies import STRATEGY_KEYS, configured_strategies, configured_support
from impact.evaluation.keys.tables import TableKeys
from impact.evaluation.keys.treatment import TreatmentKeys
from impact.evaluation.reading.analysis import Analysis, Named, known_analyses, made_unasked
from impact.evaluation.reading.build import build, named_in
from impact.evaluation.reading.homes import keys_at_home
from impact.evaluation.reading.problems import Problems
from impact.evaluation.reading.spoken import in_its_language
from impact.evaluation.reading.toml_table import TomlTable
from impact.language import Text
from impact.robustness.four_strategies import FOUR_STRATEGIES, MAIN_STRATEGY, Specification
from impact.survey.outcome import Outcome
from impact.survey.poverty.line import PovertyLine

_TABLES = (
    "data",
    "tables",
    "treatment",
    "roles",
    "outcomes",
    "poverty_lines",
    "strategies",
    "support",
    "labels",
    "package",
    "registry",
)
_TOP = Text("the top of the file", "el comienzo del archivo")


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
    figures : tuple of str
        Outcomes that get a figure of the strategies.
    labels : mapping of str to str
        Column or outcome to the name shown.
    source_hash : str
        SHA-256 of the file.
    analyses : tuple of Analysis
        The tables that ask for a further analysis.
    package : PackageKeys
        What a reproduction package says beside the data.
    registry : RegistryTable or None
        Of a registry larger than memory.
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
    figures: tuple[str, ...]
    labels: Mapping[str, str]
    source_hash: str
    analyses: tuple[Analysis, ...] = field(default=())
    package: PackageKeys = field(default_factory=PackageKeys)
    registry: RegistryTable | None = None

    def specification(self, name: str) -> Specification:
        """Return the strategy of this name."""
        return next(specification for specification in self.specifications if specification.name == name)

    def analysis(self, table: str) -> Any:
        """Return the first table of this name that asks for an analysis, or None."""
        return next((analysis for analysis in self.analyses if table == analysis.TABLE), None)


@in_its_language
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
    with keys_at_home(*_sections()):
        return _configuration(file, TomlTable.read(file))


def _sections() -> tuple[Mapping[str, tuple[str, ...]], ...]:
    """Return the keys of the tables that every evaluation has, those of the further analyses, and the tables by their own names."""
    own: dict[str, type] = {
        "[data]": FileKeys,
        "[roles]": Roles,
        "[treatment]": TreatmentKeys,
        "[package]": PackageKeys,
        "[tables.…]": TableKeys,
        "[[poverty_lines]]": PovertyLine,
        "[registry]": RegistryKeys,
    }
    common = {name: _keys(kind) for name, kind in own.items()}
    common |= {
        _TOP: _keys(General),
        "[[outcomes]]": OUTCOME_KEYS,
        "[[strategies]]": STRATEGY_KEYS,
    }
    further = {f"[{name}]": _keys(kind) for name, kind in known_analyses().items()}
    several = ("outcomes", "strategies", "poverty_lines", "questions", "subgroups")
    tables = {
        f"[[{name}]]" if name in several else f"[{name}]": (name, name.removesuffix("s"))
        for name in (*_TABLES, *known_analyses())
    }
    return common, further, tables


def _keys(kind: Any) -> tuple[str, ...]:
    return tuple(one.name for one in fields(kind))


def _configuration(file: Path, top: TomlTable) -> Configuration:
    """Return what a file says, or raise everything that is wrong with it at once."""
    problems, known = Problems(file.name), (*General.__dataclass_fields__, *_TABLES, *known_analyses())
    needed = [key for key in ("data", "roles", "outcomes") if key not in top.values]
    with problems.kept():
        top.refuse_unknown(known, needed)
    told = needed if problems.found else []  # what is missing is named beside the key that nobody knows
    labels: dict[str, str] = {}
    general = problems.of(build, General, top.only(General.__dataclass_fields__))
    seed = 0 if general is None else general.seed
    with problems.kept():
        labels |= top.get("labels", dict[str, str], {})
    data = None if "data" in told else problems.of(data_source, top, file.parent)
    roles = None if "roles" in told else problems.of(sample_roles, top)
    outcomes = None if "outcomes" in told else problems.of(configured_outcomes, top, labels)
    specifications = problems.of(configured_strategies, top, seed)
    support, package = problems.of(configured_support, top), problems.of(package_keys, top)
    registry = problems.of(registry_table, top)
    if general is None or data is None or roles is None or outcomes is None or specifications is None:
        for kind, table in _tables_of_analyses(problems, top):
            problems.of(build, kind, table, seed)
        problems.tell()
    assert general is not None and data is not None
    assert roles is not None and outcomes is not None and specifications is not None
    named = problems.of(_named, top, general, outcomes, specifications, roles)
    figures = None if named is None else problems.of(_figures, top, general, named)
    analyses = None if named is None else problems.of(_analyses, top, named, seed)
    problems.tell()
    assert named is not None and figures is not None and analyses is not None and package is not None
    return Configuration(
        title=general.heading,
        language=general.language,
        synthetic=general.synthetic,
        seed=general.seed,
        level=general.level,
        minimum_cell=general.minimum_cell_count,
        stars=general.stars,
        data=data,
        roles=roles,
        outcomes=outcomes,
        specifications=specifications,
        main_strategy=named.main_strategy,
        estimand=general.estimand,
        support=support,
        figures=figures,
        labels=labels,
        source_hash=hashlib.sha256(file.read_bytes()).hexdigest(),
        analyses=analyses,
        package=package,
        registry=registry,
    )


def _named(
    top: TomlTable,
    general: General,
    outcomes: tuple[Outcome, ...],
    specifications: tuple[Specification, ...],
    roles: Mapping[str, Any],
) -> Named:
    strategies = tuple(specification.name for specification in specifications)
    default = MAIN_STRATEGY if specifications == FOUR_STRATEGIES else strategies[0]
    main = top.one_of("main_strategy", general.main_strategy or default, strategies)
    return Named(tuple(outcome.name for outcome in outcomes), strategies, main, tuple(roles["covariates"]))


def _figures(top: TomlTable, general: General, named: Named) -> tuple[str, ...]:
    chosen = general.figures or named.outcomes[:1]
    for name in chosen:
        if name not in named.outcomes:
            raise top.error(
                Text(
                    "key 'figures' must name outcomes ({named}); got {name!r}.",
                    "la clave 'figures' debe nombrar resultados ({named}); se dio {name!r}.",
                    named=checks.listed(map(repr, named.outcomes), 20),
                    name=name,
                ),
                "figures",
            )
    return chosen


def _analyses(top: TomlTable, named: Named, seed: int) -> tuple[Analysis, ...]:
    """Return the tables that have a file of their own in ``analyses``, each held against the names of the file."""
    problems = Problems(top.file)
    asked = problems.each(_analysis, _tables_of_analyses(problems, top), named, seed)
    given = {analysis.TABLE for analysis in asked}
    unasked = (kind for name, kind in known_analyses().items() if name not in given and made_unasked(kind))
    return (*asked, *(kind().settled(named) for kind in unasked))


def _tables_of_analyses(problems: Problems, top: TomlTable) -> list[tuple[type[Analysis], TomlTable]]:
    """Return the tables that ask for an analysis, with their kinds."""
    found = []
    for name, kind in known_analyses().items():
        found += [(kind, table) for table in problems.of(top.tables, name) or ()]
    return found


def _analysis(asked: tuple[type[Analysis], TomlTable], named: Named, seed: int) -> Analysis:
    kind, table = asked
    analysis = build(kind, table, seed)
    try:
        return analysis.settled(named)
    except ImpactError as problem:
        raise table.relocated(problem, named_in(problem, table.values)) from None
