"""Matching a registry, cell by cell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from impact import checks
from impact.design.match import refuse_undefined
from impact.design.match_weights import NOBODY_MATCHED
from impact.design.matching.nearest import NearestNeighbor
from impact.design.proposal import columns_read
from impact.design.units import TILTED
from impact.design.weighting.entropy_balancing import EntropyBalancing
from impact.design.weighting.inverse_probability import InverseProbability
from impact.errors import OptionError, SupportError
from impact.language import Text
from impact.parallel import each
from impact.registry.matching.cell_match import CellDesign, match_cell
from impact.registry.matching.cuts import match_in_slices, refuse_uncut
from impact.registry.matching.distances import registry_distance
from impact.registry.reading.runs import Piece
from impact.registry.reading.storage import WorkingFolder
from impact.registry.registry_match import MatchedCell, RegistryMatch, RegistryStrategy
from impact.registry.said import warn_of_cells
from impact.registry.sample import RegistrySample
from impact.registry.score import RegistryScore
from impact.registry.weighting.entropy import tilted_weights
from impact.registry.weighting.odds import odds_weights
from impact.registry.weighting.weighed_cells import weighed_cells
from impact.registry.weighting.weight_model import WeightModel
from impact.threads import on_one_thread

_ESTIMANDS = ("ATT", "ATC", "ATE", *TILTED)


@on_one_thread
def match_registry(
    sample: RegistrySample,
    strategy: RegistryStrategy,
    estimand: str = "ATT",
    score: RegistryScore | None = None,
    largest_cell: int = 2_000_000,
) -> RegistryMatch:
    """Match a registry within exact cells by the strategy's own code, or weigh it by sums.

    Parameters
    ----------
    sample : RegistrySample
    strategy : NearestNeighbor, InverseProbability or EntropyBalancing
        Nearest neighbours by a propensity score, Mahalanobis or Euclidean distance, whose ``exact`` names cells of the sample; or weights.
    estimand : {"ATT", "ATC", "ATE", "ATO", "ATM"}
        The ATO and the ATM are those of ``InverseProbability``.
    score : RegistryScore, optional
        A score that is fitted already, as ``registry.score`` returns it.
    largest_cell : int
        Rows that a worker may hold. A cell with more is cut where that changes nothing, with replacement: at quantiles of the score, or
        into boxes of the covariates; else it is refused by name. Weights are found some rows at a time, however large the cells.

    Returns
    -------
    RegistryMatch
        With the pairs and weights that ``im.match`` makes of the same rows, but for ties that the order of the rows decides.

    Raises
    ------
    OptionError
        A strategy, distance or estimand that needs all rows together.
    SupportError
        No cell holds both arms, nobody is matched, or no weights balance the covariates.

    Notes
    -----
    A cell is matched by one worker, in memory: about 400 bytes for each of its rows with eight covariates. Of a cut cell a worker holds a
    slice, and beyond each cut the ``ratio`` nearest units of the other arm and those tied with the last of them: no other unit there can
    be a match of the slice's, whatever the caliper. Of a box it holds the units beyond that lie no further from a unit inside than its
    ``ratio``-th neighbour inside. Entropy balancing passes over the runs once for each of Newton's steps.

    Examples
    --------
    >>> import tempfile, pandas as pd, impact as im
    >>> folder = tempfile.mkdtemp()
    >>> frame = pd.DataFrame({"treated": [1, 0, 0, 1, 0], "age": [30.0, 31, 52, 50, 44], "region": ["a", "a", "b", "b", "b"]})
    >>> frame.to_parquet(f"{folder}/all.parquet")
    >>> sample = im.RegistrySample(folder, "treated", ["age"], cells=["region"])
    >>> im.registry.match(sample, im.NearestNeighbor(im.Euclidean(), exact=("region",))).pairs[["treated", "control"]].values.tolist()
    [[0, 1], [3, 2]]
    >>> im.registry.balance(im.registry.match(sample, im.EntropyBalancing())).frame["mean_control"].round(3).tolist()
    [42.333, 40.0]
    """
    checks.instance(
        "sample",
        sample,
        Text("an im.RegistrySample", "un RegistrySample"),
        isinstance(sample, RegistrySample),
    )
    checks.one_of("estimand", estimand, _ESTIMANDS)
    checks.instance(
        "strategy",
        strategy,
        Text(
            "im.NearestNeighbor, im.InverseProbability or im.EntropyBalancing",
            "NearestNeighbor, InverseProbability o EntropyBalancing",
        ),
        isinstance(strategy, RegistryStrategy),
    )
    checks.whole("largest_cell", largest_cell)
    refuse_undefined(strategy, estimand)
    folder = WorkingFolder(sample.folder.path)
    try:
        if isinstance(strategy, NearestNeighbor):
            matched = _matched(sample, strategy, estimand, score, largest_cell, folder)
        else:
            matched = _weighed(sample, strategy, estimand, score, folder)
    except BaseException:
        folder.remove()
        raise
    if not matched.n_matched:
        raise SupportError(NOBODY_MATCHED)
    named = [(cell.name, cell.sums) for cell in matched.cells]
    warn_of_cells(named, matched.n_focal, matched.n_matched, matched.estimand)
    return matched


def _matched(
    sample: RegistrySample,
    strategy: NearestNeighbor,
    estimand: str,
    score: RegistryScore | None,
    largest_cell: int,
    folder: WorkingFolder,
) -> RegistryMatch:
    """Match cell by cell."""
    cells = sample.cells_by(strategy.exact)
    _require_both_arms(sample, cells, strategy.exact)
    distance, fitted = registry_distance(strategy.distance, sample, score)
    declared = tuple(name for name in columns_read(strategy) if name not in strategy.exact)
    sample.require_columns(declared, type(strategy).__name__)
    design = _design(sample, _within_cells(strategy, distance), estimand, declared, folder)
    made = _matched_cells(_places(sample, cells), design, largest_cell, sample.n_jobs)
    return RegistryMatch(sample, strategy, estimand, fitted, made, design, folder)


def _weighed(
    sample: RegistrySample,
    strategy: InverseProbability | EntropyBalancing,
    estimand: str,
    score: RegistryScore | None,
    folder: WorkingFolder,
) -> RegistryMatch:
    """Weigh all units, whose weights stand cell by cell."""
    _require_covariates(sample)
    model: WeightModel
    fitted: RegistryScore | None = None
    if isinstance(strategy, InverseProbability):
        model, fitted = odds_weights(sample, strategy, estimand, score)
    else:
        model = tilted_weights(sample, strategy, estimand)
    design = _design(sample, strategy, estimand, (), folder)
    places = _places(sample, sample.cells_by(sample.roles.cells))
    known = None if fitted is None else fitted.model
    sums = weighed_cells(places, design, model, known, sample.n_jobs)
    made = [MatchedCell(*place, one) for place, one in zip(places, sums, strict=True)]
    return RegistryMatch(sample, strategy, estimand, fitted, made, design, folder, model)


def _design(
    sample: RegistrySample, strategy: Any, estimand: str, declared: tuple[str, ...], folder: WorkingFolder
) -> CellDesign:
    return CellDesign(
        strategy=strategy,
        estimand=estimand,
        layout=sample.layout,
        covariates=sample.roles.covariates,
        terms=sample.terms,
        sampling_weight=sample.roles.sampling_weight,
        declared=declared,
        folder=folder.path,
    )


def _places(
    sample: RegistrySample, cells: Sequence[tuple[str, list[int]]]
) -> list[tuple[int, str, tuple[Piece, ...]]]:
    return [(k, name, tuple(sample.pieces_of(parts))) for k, (name, parts) in enumerate(cells)]


def _require_covariates(sample: RegistrySample) -> None:
    checks.instance(
        "covariates",
        sample.roles.covariates,
        Text("at least one column", "al menos una columna"),
        bool(sample.roles.covariates),
    )


def _matched_cells(
    cells: Sequence[tuple[int, str, tuple[Piece, ...]]], design: CellDesign, most: int, n_jobs: int | None
) -> list[MatchedCell]:
    """Match every cell: those that a worker can hold side by side, each of the others slice by slice."""
    rows = {number: sum(map(len, pieces)) for number, _, pieces in cells}
    for number, name, _ in cells:
        if rows[number] > most:
            refuse_uncut(name, rows[number], most, design.strategy)
    whole = [cell for cell in cells if rows[cell[0]] <= most]

    def unfinished() -> list[str]:
        return [name for number, name, _ in whole if not design.weights_file(number).exists()]

    tasks = [(*cell, design) for cell in whole]
    sums = dict(
        zip(
            [cell[0] for cell in whole],
            each(
                match_cell, tasks, n_jobs, Text("matching the cells", "se emparejaban las celdas"), unfinished
            ),
            strict=True,
        )
    )
    for cell in cells:
        if rows[cell[0]] > most:
            sums[cell[0]] = match_in_slices(*cell, design, most, n_jobs)
    return [MatchedCell(*cell, sums[cell[0]]) for cell in cells]


def _within_cells(strategy: NearestNeighbor, distance: Any) -> NearestNeighbor:
    """Return the strategy with the distance of all units; what depends on other columns' spread over all units is refused."""
    if (
        isinstance(strategy.caliper, Mapping)
        and strategy.caliper_unit == "sd"
        and set(strategy.caliper) != {"score"}
    ):
        raise OptionError(
            Text(
                (
                    "A caliper on covariates in SDs needs the SDs of all units; in a registry give it in the "
                    'covariate\'s unit: caliper_unit="raw".'
                ),
                (
                    "Un caliper sobre covariables en desviaciones necesita las desviaciones de todas las unidades; en un "
                    'registro délo en la unidad de la covariable: caliper_unit = "raw".'
                ),
            )
        )
    if strategy.mahalanobis_on:
        raise OptionError(
            Text(
                (
                    "mahalanobis_on needs the covariance of all units together; in a registry match by im.Mahalanobis() "
                    "within cells."
                ),
                (
                    "mahalanobis_on necesita la covarianza de todas las unidades juntas; en un registro empareje por "
                    "Mahalanobis dentro de las celdas."
                ),
            )
        )
    return replace(strategy, distance=distance, exact=())


def _require_both_arms(
    sample: RegistrySample, cells: Sequence[tuple[str, list[int]]], exact: Sequence[str]
) -> None:
    """Raise a SupportError that lists the cells if none holds both arms."""
    table = sample.frame
    if any((table.loc[rows, ["treated", "control"]].sum() > 0).all() for _, rows in cells):
        return
    described = checks.listed(f"{name} ({int(table.loc[rows, 'rows'].sum()):,})" for name, rows in cells)
    raise SupportError(
        Text(
            (
                "No combination of {exact} holds treated and control units: {described}. Match on fewer columns, or "
                "coarsen them."
            ),
            (
                "Ninguna combinación de {exact} tiene beneficiarios y controles: {described}. Empareje por menos "
                "columnas, o agrúpelas."
            ),
            exact=checks.listed(exact),
            described=described,
        )
    )
