"""How the effect goes with exposure: years since the money, grant per producer, share disbursed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd

from impact import checks
from impact.arrays import Array, Booleans, Positions
from impact.design.matched_sample import MatchedSample
from impact.effects.arm_means.idle_terms import OF_ARM, warn_of_idle_terms
from impact.effects.arm_means.regression import independent_terms
from impact.effects.distribution.uniform_band import sup_critical_value
from impact.effects.observed import with_values
from impact.errors import DataError, EstimationError, OptionError
from impact.language import Text
from impact.monitoring import columns
from impact.survey.clusters import cluster_totals, group_codes
from impact.survey.outcome import Outcome
from impact.survey.outcome_choice import one_outcome
from impact.views import Exported, html_view, p_said, text_view


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class DoseResponse(Exported):
    """Effect by exposure.

    Attributes
    ----------
    frame : DataFrame
        ``dose``, ``effect`` on those with this dose, ``std_error``, ``conf_low`` and ``conf_high`` at one dose,
        ``band_low`` and ``band_high`` at all doses at once, ``n_treated`` (units up to the next dose of the grid).
    statistic, p_value : float
        F test that the effect is the same at every dose.
    degrees_of_freedom : tuple of float
    notes : tuple of str
    synthetic : bool

    Examples
    --------
    >>> import numpy as np, pandas as pd, impact as im
    >>> row = np.arange(800)
    >>> frame = pd.DataFrame({"treated": row // 5 % 2, "age": row % 37, "group": row // 5})
    >>> frame["years"] = np.where(frame["treated"] == 1, 1.0 + row // 10 % 4, 0.0)
    >>> frame["income"] = 100 + frame["age"] + 10 * frame["years"] + row % 3  # 10 more for every year
    >>> sample = im.Sample(frame, "treated", ["age"], outcomes=["income"], cluster="group")
    >>> matched = im.match(sample, im.NearestNeighbor(im.Euclidean(), ratio=4))
    >>> found = im.dose_response(matched, "income", "years")
    >>> found.frame[["dose", "effect"]].iloc[[0, -1]].round(1).values.tolist()
    [[1.0, 10.0], [4.0, 40.0]]
    >>> found.p_value < 0.001  # not the same at every dose
    True
    """

    TITLE: ClassVar[Text] = Text("Effect by exposure", "Efecto según la exposición")

    frame: pd.DataFrame
    statistic: float
    degrees_of_freedom: tuple[float, float]
    p_value: float
    notes: tuple[str, ...] = ()
    synthetic: bool = False

    @property
    def note(self) -> Text:
        """The test in one line."""
        first, second = self.degrees_of_freedom
        return Text(
            "The same effect at every dose: F({first:g}, {second:g}) = {statistic:.2f}, {p}.",
            "El mismo efecto a cada dosis: F({first:g}, {second:g}) = {statistic:.2f}, {p}.",
            first=first, second=second, statistic=self.statistic, p=p_said(self.p_value),
        )  # fmt: skip

    def __repr__(self) -> str:
        return text_view(self.frame, [self.note, *self.notes], self.synthetic)

    def _repr_html_(self) -> str:
        return html_view(self.frame, [self.note, *self.notes], self.synthetic)


def dose_response(
    matched: MatchedSample,
    outcome: str | Outcome,
    dose: str,
    degree: int = 1,
    grid: Sequence[float] | None = None,
    level: float = 0.95,
    replications: int = 999,
    seed: int = 0,
) -> DoseResponse:
    r"""Estimate how the effect on the treated goes with their exposure, on the matched sample.

    Parameters
    ----------
    matched : MatchedSample
        Of pairs (nearest neighbours, kernel, radius), estimand ATT.
    outcome : str or Outcome
    dose : str
        Column of the exposure of the treated: years since disbursement, grant per producer, share disbursed. Controls
        need none.
    degree : int, default 1
        Of the polynomial in the dose; 2 for a bend.
    grid : sequence of float, optional
        Doses of the table; by default nine from the 5th to the 95th percentile.
    level : float, default 0.95
    replications, seed : int
        Draws over groups for the band.

    Returns
    -------
    DoseResponse
        The dose was not assigned by lot: who was paid first, or more, differs. The curve describes the effect among those
        with each dose; it is not what a unit would gain by more of it.

    Notes
    -----
    :math:`\hat\delta_i = Y_i - \hat m(X_i) - \sum_j w_{ij} (Y_j - \hat m(X_j))`, with :math:`\hat m` least squares on
    the matched controls, is regressed on the polynomial over the treated. Errors are summed by group, the controls'
    through every treated unit that they are matched to; :math:`\hat m` counts as known. Band: the sup-t quantile of
    multiplier draws.

    References
    ----------
    Chernozhukov, Chetverikov and Kato (2013), Annals of Statistics 41(6), 2786–2819, doi:10.1214/13-AOS1161.

    Examples
    --------
    >>> import impact as im
    >>> survey = im.synthetic.rural_alliances(2, groups=120)
    >>> frame = survey.household.assign(dose=lambda f: f["group_id"].str[4:8].astype(float) % 5)
    >>> sample = im.Sample(frame, **survey.roles())
    >>> matched = im.match(sample, im.NearestNeighbor(im.Mahalanobis()))
    >>> curve = im.dose_response(matched, "income_agr_net", "dose").frame
    >>> bool((curve["band_low"] <= curve["conf_low"]).all())
    True
    """
    checks.between("level", level, 0.0, 1.0)
    checks.whole("degree", degree)
    checks.one_of("matched.estimand", matched.estimand, ("ATT",))
    parts = _matched_parts(matched, outcome, dose)
    at = _grid(parts.dose, grid)
    centre, scale = float(parts.dose.mean()), float(parts.dose.std()) or 1.0
    if parts.dose.std() == 0 or len(np.unique(parts.dose)) <= degree:
        raise EstimationError(
            Text(
                "dose {dose!r} has too few different values among the matched treated for degree {degree}.",
                "La dosis {dose!r} tiene muy pocos valores distintos entre los beneficiarios emparejados para el grado {degree}.",
                dose=dose,
                degree=degree,
            )
        )
    basis = np.vander((parts.dose - centre) / scale, degree + 1, increasing=True)
    shown = np.vander((at - centre) / scale, degree + 1, increasing=True)
    coefficients, sums, groups = _projected(parts, basis)
    return _table(
        parts, at, shown, coefficients, sums, groups, level, (replications, seed), matched.sample.synthetic
    )


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class _Parts:
    """Treated units with their dose and residual, controls with theirs, and who stands for whom."""

    dose: Array
    weight: Array
    treated: Array
    control: Array
    pair_treated: Positions
    pair_control: Positions
    pair_weight: Array
    treated_group: Positions
    control_group: Positions


def _matched_parts(matched: MatchedSample, outcome: str | Outcome, dose: str) -> _Parts:
    chosen = one_outcome(matched.sample.outcomes, outcome)
    matched = with_values(matched, [chosen])
    pairs = matched.pairs
    if pairs is None:
        raise OptionError(
            Text(
                "dose_response needs matched pairs: nearest neighbours, radius or kernel; this strategy has none.",
                (
                    "dose_response necesita pares emparejados: vecinos más cercanos, radio o kernel; esta estrategia no "
                    "tiene ninguno."
                ),
            )
        )
    sample = matched.sample
    frame = sample.frame
    values = np.asarray(chosen.values(frame), dtype=np.float64)
    place = pd.Series(np.arange(len(frame)), index=frame.index)
    one, other = place[pairs["treated"]].to_numpy(), place[pairs["control"]].to_numpy()
    units, pair_treated = np.unique(one, return_inverse=True)
    controls, pair_control = np.unique(other, return_inverse=True)
    doses = columns.amounts(frame.iloc[units], "dose", dose)
    if np.isnan(values[units]).any() or np.isnan(values[controls]).any():
        raise DataError(
            Text(
                "Outcome {name!r} is missing for matched units. Exclude them before matching.",
                "El resultado {name!r} falta en unidades emparejadas. Exclúyalas antes de emparejar.",
                name=chosen.name,
            )
        )
    sampling = np.asarray(matched.sampling_weight, dtype=np.float64)
    weight = pairs["weight"].to_numpy(dtype=np.float64)
    weight = weight / np.bincount(pair_treated, weight)[pair_treated]
    fitted = _control_mean(
        frame,
        sample.covariates,
        values,
        controls,
        np.bincount(pair_control, weight * sampling[one]).astype(np.float64),
    )
    codes = group_codes(frame[sample.cluster]) if sample.cluster else np.arange(len(frame))
    return _Parts(
        doses, sampling[units], (values - fitted)[units], (values - fitted)[controls], pair_treated, pair_control, weight,
        codes[units], codes[controls],
    )  # fmt: skip


def _control_mean(
    frame: pd.DataFrame, covariates: Sequence[str], values: Array, controls: Positions, weight: Array
) -> Array:
    """Return the outcome that least squares on the matched controls predicts for every unit."""
    collected = np.zeros(len(frame))
    collected[controls] = weight
    table = columns.indicators(frame, covariates)
    design, idle = independent_terms(np.asarray(table, dtype=np.float64), collected)
    warn_of_idle_terms(idle, list(map(str, table.columns)), OF_ARM[1])
    root = np.sqrt(weight)
    slopes = np.linalg.lstsq(design[controls] * root[:, np.newaxis], values[controls] * root, rcond=None)[0]
    fitted: Array = design @ slopes
    return fitted


def _projected(parts: _Parts, basis: Array) -> tuple[Array, Array, tuple[int, int]]:
    """Return the coefficients and what each group contributes to their error, scaled by √(G/(G − 1)) of its arm."""
    weighted = basis * parts.weight[:, np.newaxis]
    inverse = np.linalg.inv(weighted.T @ basis)
    loads = weighted @ inverse
    of_controls = np.zeros((len(parts.control), basis.shape[1]))
    np.add.at(of_controls, parts.pair_control, loads[parts.pair_treated] * parts.pair_weight[:, np.newaxis])
    coefficients = loads.T @ parts.treated - of_controls.T @ parts.control
    treated = loads * (parts.treated - basis @ coefficients)[:, np.newaxis]
    control = -of_controls * parts.control[:, np.newaxis]
    sums, counts = [], []
    for scores, codes in ((treated, parts.treated_group), (control, parts.control_group)):
        totals = cluster_totals(scores, pd.factorize(codes, sort=True)[0])
        if len(totals) < 2:
            raise EstimationError(
                Text(
                    "Each arm needs at least 2 groups with weight for a standard error.",
                    "Cada brazo necesita al menos 2 grupos con peso para un error estándar.",
                )
            )
        sums.append((totals - totals.mean(axis=0)) * np.sqrt(len(totals) / (len(totals) - 1)))
        counts.append(len(totals))
    return coefficients, np.vstack(sums), (counts[0], counts[1])


def _table(
    parts: _Parts, at: Array, shown: Array, coefficients: Array, sums: Array, groups: tuple[int, int], level: float,
    draws: tuple[int, int], synthetic: bool,
) -> DoseResponse:  # fmt: skip
    from scipy.special import ndtri, stdtrit
    from scipy.stats import f

    at_doses = sums @ shown.T
    error, freedom = np.sqrt((at_doses**2).sum(axis=0)), min(groups) - 1
    critical = float(stdtrit(freedom, 0.5 + level / 2))
    widest = sup_critical_value(at_doses, level, *draws) * critical / float(ndtri(0.5 + level / 2))
    effect = shown @ coefficients
    edges = np.r_[-np.inf, (at[1:] + at[:-1]) / 2, np.inf]
    table = pd.DataFrame(
        {
            "dose": at, "effect": effect, "std_error": error, "conf_low": effect - critical * error,
            "conf_high": effect + critical * error, "band_low": effect - max(widest, critical) * error,
            "band_high": effect + max(widest, critical) * error, "n_treated": np.histogram(parts.dose, edges)[0],
        }
    )  # fmt: skip
    slopes, covariance = coefficients[1:], (sums.T @ sums)[1:, 1:]
    statistic = float(slopes @ np.linalg.solve(covariance, slopes)) / len(slopes)
    notes = (
        Text(
            "The dose was not assigned by lot: the curve describes those with each dose.",
            "La dosis no se asignó por sorteo: la curva describe a quienes tienen cada dosis.",
        ),
    )
    freedoms = (float(len(slopes)), float(freedom))
    return DoseResponse(table, statistic, freedoms, float(f.sf(statistic, *freedoms)), notes, synthetic)


def _grid(dose: Array, grid: Sequence[float] | None) -> Array:
    if grid is None:
        low, high = np.quantile(dose, [0.05, 0.95])
        return np.linspace(low, high, 9)
    at = np.unique(np.asarray(grid, dtype=np.float64))
    outside: Booleans = (at < dose.min()) | (at > dose.max())
    if not np.isfinite(at).all() or outside.any():
        raise OptionError(
            Text(
                "grid must lie within the doses of the matched treated, {dose:g} to {dose_2:g}.",
                "grid debe estar dentro de las dosis de los beneficiarios emparejados, de {dose:g} a {dose_2:g}.",
                dose=dose.min(),
                dose_2=dose.max(),
            )
        )
    return at
