"""certify(): draw surveys with a known truth, and see whether the printed interval covers it."""

from __future__ import annotations

import csv
import io
import os
import warnings
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from impact import checks
from impact.effects.variances.cluster_robust import Variance
from impact.errors import DataError, ImpactError, ImpactWarning, OptionError
from impact.language import Text
from impact.progress import track
from impact.robustness.certification import DRAW_COLUMNS, Certification
from impact.robustness.four_strategies import (
    FOUR_STRATEGIES,
    Specification,
    with_unadjusted,
    with_variances,
)
from impact.robustness.judged import Compared, Judged, Trial, Twin
from impact.robustness.twins import RuralAlliancesTwin

Row = dict[str, Any]

_WHOLE = ("draw", "rows", "seed")
_TEXT = ("design", "strategy", "outcome", "variance", "warnings", "problem")


def certify(
    twin: Twin | None = None,
    specifications: Sequence[Judged] = FOUR_STRATEGIES,
    draws: int = 1000,
    seed: int = 0,
    unadjusted: bool = False,
    level: float = 0.95,
    n_jobs: int = 1,
    path: str | Path | None = None,
    variances: Mapping[str, Variance] | None = None,
) -> Certification:
    """Draw surveys whose truth is known, and hold every specification's intervals against it.

    Parameters
    ----------
    twin : Twin, optional
        What is drawn; the synthetic rural-alliances survey with 330 groups by default.
    specifications : sequence of Specification, or of PanelSpecification
        Strategies with their adjustment and variance, or for a twin with waves estimators; name each differently.
    draws : int
        Surveys. 1,000 tell coverage to ±1.4 points (95 %).
    seed : int
        One seed gives one answer, whatever ``n_jobs`` and however often the run was interrupted.
    unadjusted : bool
        Add each adjusted specification without its adjustment.
    level : float
        Confidence level of the intervals.
    n_jobs : int
        Processes; -1 for all processors.
    path : path, optional
        CSV file to which each draw is appended as soon as it is done. If it exists with the same design, the
        run goes on where it stopped.
    variances : mapping of str to Variance, optional
        Judge each specification with each of these beside its own, in rows of their own: {"CR2": …} adds
        "Propensity 1-NN · CR2". ``im.OTHER_VARIANCES`` holds three that are worth a comparison. The match is
        made once for all of them.

    Returns
    -------
    Certification
        ``frame``: bias, SD, SE, coverage and power by specification, outcome, target; ``draws``: every row.

    Raises
    ------
    DataError
        The file holds another design.

    Notes
    -----
    A draw in which a specification fails keeps its row with the reason, and counts in ``failed``: so does every
    draw of a variance that does not suit the strategy, as the bootstrap does not suit nearest neighbours.

    Examples
    --------
    >>> from impact.robustness.certify import certify
    >>> from impact.robustness.twins import RuralAlliancesTwin
    >>> table = certify(RuralAlliancesTwin(groups=60), draws=2).frame
    >>> table["draws"].unique().tolist()
    [2]
    """
    twin = RuralAlliancesTwin() if twin is None else twin
    checks.instance(
        "twin", twin, Text("an object with draw(seed)", "un objeto con draw(seed)"), isinstance(twin, Twin)
    )
    checks.whole("draws", draws, minimum=2)
    checks.whole("seed", seed, minimum=0)
    checks.between("level", level, 0.0, 1.0)
    chosen = _varied(specifications, unadjusted, variances)
    checks.distinct("specifications", [specification.name for specification in chosen])
    design = _Design(twin, chosen, seed, level)
    ledger = _Ledger(design, None if path is None else Path(path))
    rows = ledger.finished(draws)
    missing = [number for number in range(draws) if number not in rows]
    for number, new in track(_run(design, missing, n_jobs), "Monte Carlo", total=len(missing)):
        rows[number] = new
        ledger.append(new)
    frame = pd.DataFrame([row for number in range(draws) for row in rows[number]], columns=list(DRAW_COLUMNS))
    return Certification(frame, level, description=repr(twin), seed=seed)


def _varied(
    specifications: Sequence[Judged], unadjusted: bool, variances: Mapping[str, Variance] | None
) -> tuple[Judged, ...]:
    """Return the specifications with the rows that ``unadjusted`` and ``variances`` add."""
    of_one_survey = [one for one in specifications if isinstance(one, Specification)]
    if not unadjusted and variances is None:
        return tuple(specifications)
    if len(of_one_survey) < len(specifications):
        raise OptionError(
            Text(
                (
                    "unadjusted= and variances= are for specifications of one survey (im.Specification). Give a "
                    "PanelSpecification its own variance=, and list one for each."
                ),
                (
                    "unadjusted y variances son para especificaciones de una sola encuesta (im.Specification). Dé a "
                    "PanelSpecification su propia variance, y liste una para cada una."
                ),
            )
        )
    chosen = with_unadjusted(of_one_survey) if unadjusted else tuple(of_one_survey)
    return with_variances(chosen, {} if variances is None else variances)


@dataclass(frozen=True, slots=True)
class _Design:
    """All that determines a draw."""

    twin: Twin
    specifications: tuple[Judged, ...]
    seed: int
    level: float

    @property
    def fingerprint(self) -> str:
        """Sixteen hexadecimal digits that change with the design and with the package's version."""
        from impact import __version__

        content = getattr(self.twin, "fingerprint", "")  # a twin made of data, which its repr does not show
        whole = f"{__version__} {self.twin!r} {self.specifications!r} {self.seed} {self.level} {content}"
        return sha256(whole.encode()).hexdigest()[:16]


def _run(design: _Design, numbers: Sequence[int], n_jobs: int) -> Iterator[tuple[int, list[Row]]]:
    """Yield the draws as they are done, in any order."""
    if n_jobs == 1:
        yield from (_one_draw(design, number) for number in numbers)
        return
    from joblib import Parallel, delayed

    yield from Parallel(n_jobs=n_jobs, return_as="generator_unordered")(
        delayed(_one_draw)(design, number) for number in numbers
    )


def _one_draw(design: _Design, number: int) -> tuple[int, list[Row]]:
    """Return the rows of one draw; a pure function of the design and the number."""
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    survey_seed = int(np.random.SeedSequence([design.seed, number]).generate_state(1)[0])
    with threadpool_limits(1):  # the sums of a threaded BLAS depend on the number of threads
        trial = design.twin.draw(survey_seed)
        matches: dict[Hashable, _Match] = {}
        rows: list[Row] = []
        for specification in design.specifications:
            rows += _estimates(trial, specification, matches, design.level)
    common: Row = {"design": design.fingerprint, "draw": number, "rows": len(rows), "seed": survey_seed}
    return number, [common | row for row in rows]


@dataclass(frozen=True, slots=True)
class _Match:
    """What the specifications with one strategy share: the matched sample or why there is none, and its warnings."""

    found: Compared | ImpactError
    warned: frozenset[str]

    @classmethod
    def of(cls, trial: Trial, specification: Judged) -> _Match:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always", ImpactWarning)
            try:
                found: Compared | ImpactError = specification.matched(trial.sample)
            except ImpactError as reason:
                found = reason
        return cls(found, _names(caught))


def _names(caught: list[warnings.WarningMessage]) -> frozenset[str]:
    return frozenset(warning.category.__name__ for warning in caught)


def _estimates(
    trial: Trial, specification: Judged, matches: dict[Hashable, _Match], level: float
) -> list[Row]:
    """Return one row per outcome; ``matches`` keeps what specifications with the same strategy share."""
    key = specification.match_key
    if key not in matches:
        matches[key] = _Match.of(trial, specification)
    found = matches[key].found
    if isinstance(found, ImpactError):
        return _failures(trial, specification, found)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", ImpactWarning)
        try:
            table = specification.effects(found, level)
        except ImpactError as reason:
            return _failures(trial, specification, reason)
    names = "; ".join(sorted(matches[key].warned | _names(caught)))
    rows = []
    for k, effect in enumerate(table):
        truth, percent = trial.truth(k, found.focal)
        truth_matched, percent_matched = trial.truth(k, found.kept)
        rows.append(
            {
                "strategy": specification.name,
                "outcome": effect.outcome,
                "estimate": effect.estimate,
                "std_error": effect.std_error,
                "conf_low": effect.conf_low,
                "conf_high": effect.conf_high,
                "p_value": effect.p_value,
                "degrees_of_freedom": effect.degrees_of_freedom,
                "percent_effect": effect.percent_effect,
                "percent_conf_low": effect.percent_conf_low,
                "percent_conf_high": effect.percent_conf_high,
                "truth": truth,
                "truth_matched": truth_matched,
                "percent_truth": percent,
                "percent_truth_matched": percent_matched,
                "share_kept": effect.share_on_support,
                "effective_control_clusters": effect.effective_control_clusters,
                "variance": effect.variance,
                "warnings": names,
                "problem": "",
            }
        )
    return rows


def _failures(trial: Trial, specification: Judged, reason: ImpactError) -> list[Row]:
    text = f"{type(reason).__name__}: {reason}".replace("\n", " ")
    labels = {"strategy": specification.name, "variance": "", "warnings": "", "problem": text}
    return [labels | {"outcome": outcome.name} for outcome in trial.sample.outcomes]


@dataclass(frozen=True, slots=True)
class _Ledger:
    """The file of finished draws: read once, then only appended to."""

    design: _Design
    path: Path | None

    def finished(self, draws: int) -> dict[int, list[Row]]:
        """Return the rows of every finished draw, and leave only those in the file."""
        if self.path is None or not self.path.exists():
            return {}
        text = self.path.read_text(encoding="utf-8")
        text = text[: text.rfind("\n") + 1]  # an interrupted write leaves half a line
        if not text:
            return {}
        found = [_read(row) for row in csv.DictReader(io.StringIO(text))]
        if any(tuple(row) != DRAW_COLUMNS or row["design"] != self.design.fingerprint for row in found):
            raise DataError(
                Text(
                    (
                        "{name} holds draws of another design: other strategies, variances, twin, seed, level or version. "
                        "Name another file, or remove this one."
                    ),
                    (
                        "{name} tiene sorteos de otro diseño: otras estrategias, varianzas, gemelo, semilla, nivel o "
                        "versión. Nombre otro archivo, o quite este."
                    ),
                    name=self.path.name,
                )
            )
        rows: dict[int, list[Row]] = {}
        for row in found:
            rows.setdefault(row["draw"], []).append(row)
        rows = {number: part for number, part in rows.items() if len(part) == part[0]["rows"]}
        self._rewrite(rows)
        return {number: part for number, part in rows.items() if number < draws}

    def append(self, rows: list[Row]) -> None:
        """Append the rows of one draw and see them to the disk."""
        if self.path is None:
            return
        is_new = not self.path.exists()
        with self.path.open("a", encoding="utf-8", newline="") as file:
            file.write(_as_csv(rows, header=is_new))
            file.flush()
            os.fsync(file.fileno())

    def _rewrite(self, rows: dict[int, list[Row]]) -> None:
        if self.path is None:
            return
        text = _as_csv([row for part in rows.values() for row in part], header=True)
        beside = self.path.with_suffix(self.path.suffix + ".part")
        beside.write_text(text, encoding="utf-8", newline="")
        beside.replace(self.path)


def _read(line: dict[str, str]) -> Row:
    """Return a line of the file with its numbers as numbers, to the last digit."""
    row: Row = dict(line)
    for name, text in line.items():
        if name in _WHOLE:
            row[name] = int(text)
        elif name not in _TEXT:
            row[name] = float(text)
    return row


def _as_csv(rows: list[Row], header: bool) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, DRAW_COLUMNS, restval="nan", lineterminator="\n")
    if header:
        writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()
