"""Spillover: the effect without the controls that live where the programme worked, or near it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from impact import checks
from impact.arrays import Array, Booleans
from impact.design.supports.rule import Support
from impact.errors import DataError, ImpactError, OptionError
from impact.language import Language, Text, kept_reason
from impact.robustness.four_strategies import Specification
from impact.survey.outcome import Outcome
from impact.survey.sample import Sample
from impact.views import Exported, html_view, text_view

DISTANCES = (5.0, 10.0, 20.0)
EARTH_RADIUS = 6371.0088
_ALL = Text("all controls", "todos los controles", "all")
_AWAY = Text(
    "controls of municipalities without a treated group",
    "controles de municipios sin grupos beneficiarios",
    "municipality",
)
_RING = Text(
    "controls at least {km} km from every treated group",
    "controles a {km} km o más de todo grupo beneficiario",
    "ring",
    km="",
)
_NOBODY = Text("no control is left", "no queda ningún control")
_SENTENCE = Text(
    "{outcome}: {estimate} with all controls, {away} with {variant} ({errors} standard errors away).",
    "{outcome}: {estimate} con todos los controles, {away} con {variant} (a {errors} errores estándar).",
    **dict.fromkeys(("outcome", "estimate", "away", "variant", "errors"), ""),
)
_NOTES = (
    Text(
        "Controls that the programme reached through markets, wages or neighbours earn more than without it, and the "
        "effect looks smaller; "
        "without them it should grow. Matched anew each time.",
        "Los controles a los que el programa llegó por mercados, jornales o vecinos ganan más que sin él, y el efecto "
        "parece menor; sin ellos "
        "debería crecer. Se empareja de nuevo cada vez.",
    ),
    Text(
        "Coordinates serve for distances alone and are shown nowhere.",
        "Las coordenadas sirven solo para las distancias y no se muestran.",
    ),
)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Spillover(Exported):
    """Effects without the controls near the programme.

    Attributes
    ----------
    frame : DataFrame
        variant (a Text), distance (km, of rings), outcome, estimate, std_error, conf_low, conf_high, moved (less the estimate with all
        controls, in its standard errors), n_control, control_groups, left_out (controls), reason (a Text; why it cannot be estimated).
    level : float
    synthetic : bool

    Examples
    --------
    Half of the controls live 11 km from the treated, the others 111 km.

    >>> import numpy as np, pandas as pd, impact as im
    >>> row = np.arange(900)
    >>> frame = pd.DataFrame({"treated": row // 5 % 2, "age": row % 37, "group": row // 5, "income": 100.0 + row % 11})
    >>> frame["lat"], frame["lon"] = -17 - np.array([0.1, 0, 1, 0])[row // 5 % 4], -65.0
    >>> sample = im.Sample(frame, "treated", ["age"], outcomes=["income"], cluster="group")
    >>> near = im.Specification("4-NN", im.NearestNeighbor(im.Euclidean(), ratio=4))
    >>> found = im.spillover(sample, near, ["income"], None, "lat", "lon", distances=[50]).frame
    >>> [(str(variant), left_out) for variant, left_out in zip(found["variant"], found["left_out"], strict=True)]
    [('all controls', 0), ('controls at least 50 km from every treated group', 225)]
    """

    TITLE: ClassVar[Text] = Text("Effects without neighbouring controls", "Efectos sin los controles vecinos")

    frame: pd.DataFrame
    level: float
    synthetic: bool

    @property
    def notes(self) -> tuple[Text, ...]:
        """How to read it."""
        return _NOTES if self.frame["distance"].notna().any() else _NOTES[:1]

    def of(self, outcome: str) -> pd.DataFrame:
        """Return the rows of an outcome that could be estimated."""
        rows = self.frame
        return rows.loc[(rows["outcome"] == outcome) & rows["estimate"].notna()]

    def sentence(self, outcome: str, language: str = "en", name: str | None = None) -> str:
        """Return how far leaving controls out moves an effect at most, in one plain sentence; empty where nothing could be left out."""
        rows, words = self.of(outcome), Language(language)
        others = rows.loc[rows["variant"].map(lambda variant: variant.code != "all")]
        if not len(others):
            return ""
        far = others.iloc[int(others["moved"].abs().fillna(0.0).to_numpy().argmax())]
        base = float(rows["estimate"].iloc[0])
        decimals = 0 if abs(base) >= 100 else 1 if abs(base) >= 10 else 3
        return _SENTENCE.with_values(
            outcome=name or outcome,
            estimate=words.number(base, decimals),
            away=words.number(far["estimate"], decimals),
            variant=far["variant"],
            errors=words.number(far["moved"], 1),
        ).to(language)

    def __repr__(self) -> str:
        return text_view(self.frame, tuple(self.notes), self.synthetic)

    def _repr_html_(self) -> str:
        return html_view(self.frame, tuple(self.notes), self.synthetic)


def spillover(
    sample: Sample,
    specification: Specification,
    outcomes: Sequence[str | Outcome] | None = None,
    municipality: str | None = "muni_code",
    latitude: str | None = None,
    longitude: str | None = None,
    distances: Sequence[float] = DISTANCES,
    estimand: str = "ATT",
    support: Support | None = None,
    level: float = 0.95,
) -> Spillover:
    """Estimate the effect again without controls in municipalities with treated groups, and without those near a treated group.

    Parameters
    ----------
    sample : Sample
    specification : Specification
        Strategy, adjustment and variance of the effect.
    outcomes : sequence of str or Outcome, optional
        All of the sample's by default.
    municipality : str, optional
        Column; None leaves this comparison out.
    latitude, longitude : str, optional
        Columns in decimal degrees, of the household or its group; both, or neither.
    distances : sequence of float
        Kilometres: controls nearer to a treated unit are left out, ring by ring.
    estimand, support, level
        As in ``match`` and ``estimate``.

    Returns
    -------
    Spillover
        A comparison that cannot be estimated stands with its reason.

    Raises
    ------
    OptionError
        One coordinate without the other, a column that is not there, nothing to compare by.
    DataError
        A treated unit's municipality is missing, or coordinates that are none.

    Notes
    -----
    Distances along a great circle. A control without a municipality or coordinates is left out of that comparison.

    Examples
    --------
    >>> import impact as im
    >>> survey = im.synthetic.rural_alliances(1, groups=150)
    >>> place = survey.group.set_index("group_id")[["lat", "lon"]]
    >>> frame = survey.household.join(place, on="group_id")
    >>> sample = im.Sample(frame, **survey.roles())
    >>> found = im.spillover(sample, im.FOUR_STRATEGIES[3], ["income_labour"], None, "lat", "lon", distances=[10])
    >>> found.frame["distance"].tolist()[1]
    10.0
    """
    if (latitude is None) != (longitude is None):
        raise OptionError(
            Text(
                "latitude and longitude must be given together; got one of them.",
                "latitude y longitude deben indicarse juntas; hay una sola.",
            )
        )
    if municipality is None and latitude is None:
        raise OptionError(
            Text(
                "municipality or coordinates are needed to leave controls out by; got neither.",
                "municipality o coordenadas hacen falta para dejar controles fuera; no hay ninguna.",
            )
        )
    named = [name for name in (municipality, latitude, longitude) if name is not None]
    checks.columns_present(
        Text("municipality and coordinates", "municipio y coordenadas"), named, sample.frame.columns
    )
    rows: list[dict[str, Any]] = []
    base: dict[str, tuple[float, float]] = {}
    for variant, distance, kept in _variants(sample, municipality, latitude, longitude, _rings(distances)):
        part = _effects(sample, specification, outcomes, kept, (estimand, support, level))
        for row in part:
            base.setdefault(row["outcome"], (row["estimate"], row["std_error"]))
            at, error = base[row["outcome"]]
            moved = (row["estimate"] - at) / error if error > 0 else np.nan
            rows.append({"variant": variant, "distance": distance, **row, "moved": moved})
    frame = pd.DataFrame(rows)
    order = [
        "variant", "distance", "outcome", "estimate", "std_error", "conf_low", "conf_high", "moved", "n_control", "control_groups",
        "left_out", "reason",
    ]  # fmt: skip
    frame["variant"] = pd.Series([row["variant"] for row in rows], dtype="object")
    frame["reason"] = pd.Series([row["reason"] for row in rows], dtype="object")
    return Spillover(frame[order], level, sample.synthetic)


def _rings(distances: Sequence[float]) -> tuple[float, ...]:
    for distance in distances:
        checks.positive("distances", distance, Text("number of kilometres", "número de kilómetros"))
    return tuple(sorted(map(float, distances)))


def _variants(
    sample: Sample,
    municipality: str | None,
    latitude: str | None,
    longitude: str | None,
    rings: tuple[float, ...],
) -> Iterator[tuple[Text, float, Booleans]]:
    """Yield each comparison, its distance, and the units that take part."""
    treated = sample.treated
    yield _ALL, np.nan, np.ones(len(sample), dtype=np.bool_)
    if municipality is not None:
        place = sample.frame[municipality]
        if place[treated].isna().any():
            raise DataError(
                Text(
                    "'{municipality}' is missing for some treated units: which municipalities have treated groups is not known.",
                    "Falta '{municipality}' en algunas unidades beneficiarias: no se sabe qué municipios tienen grupos beneficiarios.",
                    municipality=municipality,
                )
            )
        reached = place.isin(place[treated].unique()).to_numpy()
        yield _AWAY, np.nan, treated | (~reached & place.notna().to_numpy())
    if latitude is not None and longitude is not None:
        distance = nearest_treated(sample.frame[[latitude, longitude]].to_numpy(dtype=np.float64), treated)
        for ring in rings:
            yield _RING.with_values(km=f"{ring:g}"), ring, treated | (distance >= ring)


def nearest_treated(coordinates: Array, treated: Booleans) -> Array:
    """Return each unit's distance to the nearest treated one in kilometres, shape (n,); missing where it has no coordinates.

    Parameters
    ----------
    coordinates : float64 array, shape (n, 2)
        Latitude and longitude in decimal degrees.
    treated : bool array, shape (n,)

    Raises
    ------
    DataError
        A coordinate beyond ±90 or ±180 degrees, or no treated unit has any.

    Notes
    -----
    A ball tree over the distinct places of the treated, haversine distance, mean radius of the earth 6,371.0088 km.
    """
    from sklearn.neighbors import BallTree

    known = np.isfinite(coordinates).all(axis=1)
    if (np.abs(coordinates[known]) > (90.0, 180.0)).any():
        raise DataError(
            Text(
                "Coordinates must be decimal degrees, latitude within ±90 and longitude within ±180.",
                "Las coordenadas deben ser grados decimales, latitud entre ±90 y longitud entre ±180.",
            )
        )
    if not (known & treated).any():
        raise DataError(
            Text(
                "No treated unit has coordinates: distances to the programme are not known.",
                "Ningún beneficiario tiene coordenadas: no se conocen las distancias al programa.",
            )
        )
    places = np.unique(np.radians(coordinates[known & treated]), axis=0)
    distance = np.full(len(coordinates), np.nan)
    found, _ = BallTree(places, metric="haversine").query(np.radians(coordinates[known]))
    distance[known] = EARTH_RADIUS * found[:, 0]
    return distance


def _effects(
    sample: Sample,
    specification: Specification,
    outcomes: Sequence[str | Outcome] | None,
    kept: Booleans,
    how: tuple[str, Support | None, float],
) -> list[dict[str, Any]]:
    """Return the effects among the units kept, or the reason why there are none."""
    chosen, (estimand, support, level) = sample.chosen(outcomes), how
    control = kept & ~sample.treated
    groups = (
        int(control.sum()) if sample.cluster is None else sample.frame.loc[control, sample.cluster].nunique()
    )
    counts = {
        "n_control": int(control.sum()),
        "control_groups": int(groups),
        "left_out": int((~kept & ~sample.treated).sum()),
    }
    empty = dict.fromkeys(("estimate", "std_error", "conf_low", "conf_high"), np.nan)
    if not control.any():
        return [{"outcome": one.name, **empty, **counts, "reason": _NOBODY} for one in chosen]
    try:
        matched = specification.matched(sample.take(kept), estimand, support)
        effects = [specification.effect(matched, one, level) for one in chosen]
    except ImpactError as problem:
        return [{"outcome": one.name, **empty, **counts, "reason": kept_reason(problem)} for one in chosen]
    return [
        {
            "outcome": one.name,
            **{part: float(getattr(effect, part)) for part in empty},
            **counts,
            "reason": Text(""),
        }
        for one, effect in zip(chosen, effects, strict=True)
    ]
