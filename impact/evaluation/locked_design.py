"""A design locked before any outcome is seen: what was fixed, as a file that a later evaluation is held to."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from impact import checks
from impact.described import described
from impact.design.balance.table import balance
from impact.design.label_order import place_by_label
from impact.design.matched_sample import MatchedSample
from impact.errors import DataError, OptionError
from impact.evaluation.configuration import Configuration, read_configuration
from impact.evaluation.intake import configured_intake, sample_of
from impact.evaluation.reading.spoken import in_its_language
from impact.language import Text
from impact.report.versions import versions
from impact.robustness.four_strategies import matched_strategies
from impact.robustness.planning.design_power import power_of_design
from impact.survey.fingerprint import table_hash
from impact.survey.sample import Sample
from impact.views import html_view

FORMAT = "impact design lock 1"
_SHOWN = 60  # letters of a long entry that a message shows
_DIGITS = 9
"""Decimals of a weight that are hashed: what another machine may round otherwise is beyond them."""
_NOT_COMPARED = ("format", "locked_at", "versions", "power")


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class LockedDesign:
    """A design as it was locked.

    Attributes
    ----------
    contents : mapping
        What ``design.lock`` holds: format, locked_at (UTC), versions, data, roles, estimand, support, seed, level, outcomes (the names and
        definitions that are planned), strategies (with the hash of their weights and their balance), sample, power.

    Examples
    --------
    >>> import pathlib, tempfile, numpy as np, pandas as pd, impact as im
    >>> folder, row = pathlib.Path(tempfile.mkdtemp()), np.arange(400)
    >>> pd.DataFrame({"treated": row // 5 % 2, "age": row % 37, "group": row // 5}).to_csv(folder / "survey.csv", index=False)
    >>> _ = (folder / "evaluation.toml").write_text('''
    ... data = {file = "survey.csv"}
    ... roles = {treatment = "treated", covariates = ["age"], cluster = "group"}
    ... outcomes = [{column = "income", unit = "Bs"}]
    ... strategies = [{name = "4-NN", type = "nearest neighbor", distance = "Mahalanobis", ratio = 4}]
    ... ''')
    >>> lock = im.lock_design(folder / "evaluation.toml")  # the file has no income yet
    >>> lock.frame[["strategy", "treated", "controls", "ess_control"]].round(1).values.tolist()
    [['4-NN', 200, 200, 194.6]]
    >>> list(lock.contents["outcomes"])
    ['income']
    """

    contents: Mapping[str, Any]

    @property
    def locked_at(self) -> str:
        """When the design was locked: date and time, UTC."""
        return str(self.contents["locked_at"])

    @property
    def frame(self) -> pd.DataFrame:
        """The strategies that are locked: columns strategy, treated, controls, ess_control, max_abs_smd, weights_sha256."""
        columns = ["name", "treated", "controls", "ess_control", "max_abs_smd", "weights_sha256"]
        locked = pd.DataFrame(self.contents["strategies"], columns=columns)
        return locked.rename(columns={"name": "strategy"})

    def write(self, path: str | Path) -> Path:
        """Write the lock as JSON; an existing file is left alone.

        Raises
        ------
        OptionError
            The file exists: a design is locked once.
        """
        target = Path(path)
        if target.exists():
            raise OptionError(
                Text(
                    (
                        "{target!r} exists already: a design is locked once. Pass another path, or delete it and say why in "
                        "the report."
                    ),
                    (
                        "{target!r} ya existe: un diseño se fija una sola vez. Indique otra ruta, o bórrelo y diga por qué "
                        "en el informe."
                    ),
                    target=str(target),
                )
            )
        target.write_text(json.dumps(self.contents, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        return target

    def differences(self, other: LockedDesign) -> list[Text]:
        """Return what differs in another design, one line each, the path of the entry first; versions and time are not compared."""
        mine, others = (
            {key: value for key, value in one.contents.items() if key not in _NOT_COMPARED}
            for one in (self, other)
        )
        return list(_different("", mine, others))

    @property
    def sentence(self) -> Text:
        """When the design was locked, on whom, and which outcomes were not read: a text in every language."""
        sample, outcomes = self.contents["sample"], list(self.contents["outcomes"])
        moment = datetime.fromisoformat(self.locked_at)
        return Text(
            "Design locked {when}: {treated} treated, {controls} controls; {names}; outcomes not read: {outcomes}",
            "Diseño fijado el {day} a las {time} UTC: {treated} beneficiarios, {controls} controles; {names}; resultados no leídos: "
            "{outcomes}",
            when=self.locked_at,
            day=moment.date(),
            time=f"{moment:%H:%M}",
            treated=sample["treated"],
            controls=sample["controls"],
            names=checks.listed((strategy["name"] for strategy in self.contents["strategies"]), 99),
            outcomes=checks.listed(outcomes, 99) if outcomes else Text("none", "ninguno"),
        )

    def __repr__(self) -> str:
        return str(self.sentence)

    def _repr_html_(self) -> str:
        return html_view(self.frame, (repr(self),))


@in_its_language
def lock_design(
    path: str | Path, out: str | Path | None = None, accept: Collection[str] = ()
) -> LockedDesign:
    """Match and check balance as a configuration says, without its outcome columns, and lock the result.

    Parameters
    ----------
    path : path
        The ``evaluation.toml``.
    out : path, optional
        Where the lock is written, such as ``design.lock``; nothing is written by default.
    accept : collection of str
        Rules of the data whose breaches are lived with, as in ``im.evaluate``.

    Returns
    -------
    LockedDesign

    Raises
    ------
    OptionError
        The configuration is wrong, or ``out`` exists.
    DataError
        The data break a rule.

    Notes
    -----
    No column that an outcome reads is read (``read_survey(leave_out=…)``): a file without the outcome columns, or with anything in them,
    gives the same lock.

    Examples
    --------
    >>> import pathlib, tempfile, numpy as np, pandas as pd, impact as im
    >>> folder, row = pathlib.Path(tempfile.mkdtemp()), np.arange(400)
    >>> pd.DataFrame({"treated": row // 5 % 2, "age": row % 37, "group": row // 5}).to_csv(folder / "survey.csv", index=False)
    >>> _ = (folder / "evaluation.toml").write_text('''
    ... data = {file = "survey.csv"}
    ... roles = {treatment = "treated", covariates = ["age"], cluster = "group"}
    ... outcomes = [{column = "income", unit = "Bs"}]
    ... strategies = [{name = "4-NN", type = "nearest neighbor", distance = "Mahalanobis", ratio = 4}]
    ... ''')
    >>> lock = im.lock_design(folder / "evaluation.toml", out=folder / "design.lock")  # the file has no income yet
    >>> (folder / "design.lock").is_file(), str(lock.sentence).partition(": ")[2]
    (True, '200 treated, 200 controls; 4-NN; outcomes not read: income')
    """
    configuration = read_configuration(path)
    locked = locked_design(configuration, design_sample(configuration, accept))
    if out is not None:
        locked.write(out)
    return locked


def read_lock(path: str | Path) -> LockedDesign:
    """Read a ``design.lock``.

    Raises
    ------
    OptionError
        There is no such file.
    DataError
        It is no lock of this kind.

    Examples
    --------
    >>> import pathlib, tempfile, impact as im
    >>> lock = im.LockedDesign({"format": "impact design lock 1", "locked_at": "2026-03-01T12:00:00+00:00"})
    >>> path = lock.write(pathlib.Path(tempfile.mkdtemp()) / "design.lock")
    >>> im.read_lock(path).locked_at
    '2026-03-01T12:00:00+00:00'
    """
    file = Path(path)
    if not file.is_file():
        raise OptionError(
            Text(
                "There is no lock {file!r}. Make one before outcomes are seen: impact design evaluation.toml.",
                "No hay ningún diseño fijado en {file!r}. Fíjelo antes de ver resultados: impact design evaluation.toml.",
                file=str(file),
            )
        )
    try:
        contents = json.loads(file.read_text(encoding="utf-8"))
    except (json.JSONDecodeError, UnicodeDecodeError) as problem:
        raise DataError(
            Text(
                "{file!r} is no design lock: {problem}. Make one with impact design evaluation.toml.",
                "{file!r} no es un diseño fijado: {problem}. Haga uno con impact design evaluation.toml.",
                file=str(file),
                problem=problem,
            )
        ) from None
    if not isinstance(contents, dict) or contents.get("format") != FORMAT:
        raise DataError(
            Text(
                "{file!r} is no design lock of this version of the toolkit ({format!r}). Make one with impact design evaluation.toml.",
                "{file!r} no es un diseño fijado por esta versión ({format!r}). Haga uno con impact design evaluation.toml.",
                file=str(file),
                format=FORMAT,
            )
        )
    if not _is_moment(contents.get("locked_at")):
        raise DataError(
            Text(
                "{file!r} does not say when the design was locked: locked_at is {found!r}, not a date and time such as "
                "'2026-03-01T12:00:00+00:00'. A lock is not edited: restore it as it was written.",
                "{file!r} no dice cuándo se fijó el diseño: locked_at es {found!r}, no una fecha y hora como "
                "'2026-03-01T12:00:00+00:00'. Un diseño fijado no se edita: restáurelo como se escribió.",
                file=str(file),
                found=contents.get("locked_at"),
            )
        )
    return LockedDesign(contents)


def _is_moment(text: object) -> bool:
    try:
        datetime.fromisoformat(str(text))
    except ValueError:
        return False
    return True


def require_same(lock: LockedDesign, configuration: Configuration, accept: Collection[str] = ()) -> None:
    """Refuse a configuration whose design is not the locked one, naming what differs; no outcome is used.

    Raises
    ------
    DataError
        The design differs.
    """
    now = locked_design(configuration, design_sample(configuration, accept))
    different = lock.differences(now)
    if different:
        raise DataError(
            Text(
                (
                    "The design is not the one locked {locked_at}; {entries} {entries:differs|differ}: {different}. Evaluate the locked "
                    "data and configuration, or lock the new design and report both."
                ),
                (
                    "El diseño no es el que se fijó el {locked_at}; difieren {entries}: {different}. Evalúe los datos y "
                    "la configuración fijados, o fije el nuevo diseño e informe ambos."
                ),
                locked_at=lock.locked_at,
                entries=checks.counted(len(different), "entry"),
                different=checks.listed(different, 8),
            )
        )


def design_sample(configuration: Configuration, accept: Collection[str] = ()) -> Sample:
    """Return the sample of the design: nothing that an outcome reads is in its tables."""
    gate = tuple(analysis for analysis in configuration.analyses if analysis.TABLE == "gate")
    blind = replace(configuration, outcomes=(), analyses=gate)  # who is let in belongs to the design
    return sample_of(configured_intake(blind, accept, _outcome_columns(configuration)), blind)


def _outcome_columns(configuration: Configuration) -> frozenset[str]:
    """Return every column that an outcome reads, and those that the schema calls outcomes; none that has a role in the design."""
    read = {column for outcome in configuration.outcomes for column in outcome.columns}
    schema = configuration.data.schema
    if schema is not None:
        fields = (field for table in schema.tables.values() for field in table.fields.values())
        read |= {field.name for field in fields if field.role == "outcome"}
    return frozenset(read - set(_design_columns(configuration)))


def _design_columns(configuration: Configuration) -> list[str]:
    """Return every column that matching and balance may use: the roles, and what strategies declare."""
    roles = configuration.roles
    single = [roles[role] for role in ("treatment", "cluster", "sampling_weight", "stratum", "id")]
    declared = [
        name
        for specification in configuration.specifications
        for name in getattr(specification.strategy, "design_columns", ())
    ]
    return list(dict.fromkeys([*(name for name in single if name), *roles["covariates"], *declared]))


def locked_design(configuration: Configuration, sample: Sample) -> LockedDesign:
    """Return the lock of a configuration on its design sample."""
    matched = matched_strategies(
        sample, configuration.specifications, configuration.estimand, configuration.support
    )
    roles = {key: value for key, value in configuration.roles.items() if value not in (None, [], False)}
    columns = [name for name in _design_columns(configuration) if name in sample.frame.columns]
    main = next(
        one for specification, one in matched.items() if specification.name == configuration.main_strategy
    )
    power = power_of_design(main)
    return LockedDesign(
        {
            "format": FORMAT,
            "locked_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "versions": versions(),
            "data": {
                "file": configuration.data.file.name,
                "rows": len(sample) + len(sample.exclusions),
                "columns": sorted(columns),
                "sha256": table_hash(sample.frame, columns),
            },
            "roles": {
                key: list(value) if isinstance(value, (list, tuple)) else value
                for key, value in roles.items()
            },
            "estimand": configuration.estimand,
            "support": "none" if configuration.support is None else described(configuration.support),
            "seed": configuration.seed,
            "level": configuration.level,
            "main_strategy": configuration.main_strategy,
            "outcomes": {outcome.name: described(outcome) for outcome in configuration.outcomes},
            "sample": _counts(sample),
            "strategies": [
                {"name": specification.name, "rule": described(specification), **_match(one)}
                for specification, one in matched.items()
            ],
            "power": power.frame.drop(columns="mde").round(6).to_dict("records"),
        }
    )


def _counts(sample: Sample) -> dict[str, int]:
    treated = int(sample.treated.sum())
    groups = 0 if sample.cluster is None else int(sample.frame[sample.cluster].nunique())
    return {"units": len(sample), "treated": treated, "controls": len(sample) - treated, "groups": groups}


def _match(matched: MatchedSample) -> dict[str, Any]:
    """Return who is compared with whom, as a hash of the weights, and how well they balance."""
    weights, treated = matched.weights.to_numpy(), matched.sample.treated
    ordered = np.empty(len(weights))
    ordered[place_by_label(matched.weights.index)] = weights
    hashed = hashlib.sha256(np.round(ordered, _DIGITS).astype("<f8").tobytes()).hexdigest()
    table = balance(matched)
    after = table.frame[table.frame["stage"] == "after"]
    return {
        "weights_sha256": hashed,
        "treated": int((weights[treated] > 0).sum()),
        "controls": int((weights[~treated] > 0).sum()),
        "ess_control": round(float(matched.ess["control"]), 4),
        "max_abs_smd": round(table.max_abs_smd, 6),
        "balance": {str(row.covariate): _rounded(row.smd) for row in after.itertuples()},
    }


def _rounded(value: Any) -> float | None:
    return None if pd.isna(value) else round(float(value), 6)


def _different(where: str, mine: Any, others: Any) -> Any:
    """Yield a line for every leaf that differs."""
    if isinstance(mine, dict) and isinstance(others, dict):
        for key in dict.fromkeys([*mine, *others]):
            yield from _different(f"{where}.{key}".lstrip("."), mine.get(key), others.get(key))
    elif (
        isinstance(mine, list)
        and isinstance(others, list)
        and all(isinstance(one, dict) for one in [*mine, *others])
    ):
        named = [{str(one.get("name")): one for one in part} for part in (mine, others)]
        yield from _different(where, *named)
    elif mine != others:
        said = Text("{where} was {before}, is {now}", "{where} era {before}, es {now}", where=where)
        before, now = (json.dumps(value, ensure_ascii=False) for value in (mine, others))
        apart = next((k for k, (one, two) in enumerate(zip(before, now, strict=False)) if one != two), 0)
        yield said.with_values(before=_around(mine, before, apart), now=_around(others, now, apart))


def _around(value: Any, text: str, place: int) -> str:
    """Return a value as text, or, where it is long, what stands around the place where it differs."""
    if value is None:
        return Text("absent", "ausente")
    start = max(min(place - _SHOWN // 3, len(text) - _SHOWN), 0)
    return f"{'…' if start else ''}{text[start : start + _SHOWN]}{'…' if start + _SHOWN < len(text) else ''}"


def with_lock(findings: Any, lock: LockedDesign) -> Any:
    """Return findings that carry the lock, for the report."""
    return replace(findings, answers={**findings.answers, "locked_design": (lock,)})
