"""certify(): draw surveys with a known truth, and see whether the printed interval covers it."""

from __future__ import annotations

import warnings
from collections.abc import Hashable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from pathlib import Path

import numpy as np
import pandas as pd

from impact import checks
from impact.effects.variances.estimation import Variance
from impact.errors import ImpactError, ImpactWarning, OptionError
from impact.language import Text
from impact.parallel import Lost, fits
from impact.progress import track
from impact.robustness.certification import DRAW_COLUMNS, Certification
from impact.robustness.four_strategies import (
    FOUR_STRATEGIES,
    Specification,
    with_unadjusted,
    with_variances,
)
from impact.robustness.judged import Compared, Judged, Trial, Twin
from impact.robustness.ledger import Ledger, Row
from impact.robustness.twins import RuralAlliancesTwin


def certify(
    twin: Twin | None = None,
    specifications: Sequence[Judged] = FOUR_STRATEGIES,
    draws: int = 1000,
    seed: int = 0,
    unadjusted: bool = False,
    level: float = 0.95,
    n_jobs: int | None = None,
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
    n_jobs : int, optional
        Processes; -1 for all processors. By default what joblib's active backend says: one, or
        ``with joblib.parallel_config(backend="dask"):`` the workers of a cluster.
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

    WorkerLostError
        Every draw's worker died, or the cluster is gone.

    Warns
    -----
    LostDrawWarning
        A worker died whenever it tried a draw: that draw has rows with the reason, counts in ``failed``, and is not in the file,
        so that the next run tries it again.

    Notes
    -----
    A draw in which a specification fails keeps its row with the reason, and counts in ``failed``: so does every
    draw of a variance that does not suit the strategy, as the bootstrap does not suit nearest neighbours.

    Examples
    --------
    >>> import impact as im
    >>> twin = im.RuralAlliancesTwin(groups=60, outcomes=("income_labour",))
    >>> table = im.certify(twin, im.FOUR_STRATEGIES[3:], draws=2).frame
    >>> table[["strategy", "target", "draws"]].values.tolist()
    [['Mahalanobis 4-NN', 'population', 2], ['Mahalanobis 4-NN', 'all treated', 2], ['Mahalanobis 4-NN', 'matched treated', 2]]
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
    ledger = Ledger(design.fingerprint, None if path is None else Path(path))
    rows = ledger.finished(draws)
    missing = [number for number in range(draws) if number not in rows]
    lost: dict[int, Text] = {}
    with closing(fits(partial(_one_draw, design), missing, n_jobs)) as done:
        for place, new in track(done, "Monte Carlo", total=len(missing)):
            if isinstance(new, Lost):  # not in the file: the next run tries it again
                lost[missing[place]] = new.reason
            else:
                rows[missing[place]] = new
                ledger.append(new)
    if lost:
        finished = next(iter(rows.values()))
        rows |= {number: _lost(design, number, finished, reason) for number, reason in lost.items()}
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

    def survey_seed(self, number: int) -> int:
        """Return the seed of a draw's survey, whoever draws it and in whatever order."""
        return int(np.random.SeedSequence([self.seed, number]).generate_state(1)[0])

    def numbered(self, number: int, rows: Sequence[Row]) -> list[Row]:
        """Return the rows of a draw with what tells them apart from those of others."""
        seed = self.survey_seed(number)
        common: Row = {"design": self.fingerprint, "draw": number, "rows": len(rows), "seed": seed}
        return [common | row for row in rows]


def _one_draw(design: _Design, number: int) -> list[Row]:
    """Return the rows of one draw; a pure function of the design and the number."""
    trial = design.twin.draw(design.survey_seed(number))
    matches: dict[Hashable, _Match] = {}
    rows: list[Row] = []
    for specification in design.specifications:
        rows += _estimates(trial, specification, matches, design.level)
    return design.numbered(number, rows)


def _lost(design: _Design, number: int, finished: Sequence[Row], reason: Text) -> list[Row]:
    """Return the rows of a draw whose worker died: those of a finished one, without what they hold."""
    labels = {"variance": "", "warnings": "", "problem": f"WorkerLostError: {reason}"}
    rows = [{"strategy": row["strategy"], "outcome": row["outcome"]} | labels for row in finished]
    return design.numbered(number, rows)


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
