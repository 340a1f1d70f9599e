"""How far apart matched units are, in total: what optimal and full matching make small."""

from __future__ import annotations

import numpy as np

from impact.design.matched_sample import MatchedSample
from impact.errors import OptionError
from impact.language import Text


def total_distance(matched: MatchedSample) -> float:
    """Return the sum of the distances between matched treated and control units.

    Parameters
    ----------
    matched : MatchedSample
        Matched on a distance, in pairs or in sets.

    Returns
    -------
    float
        For pairs the sum over pairs; for sets the sum over all treated–control pairs of a set, in the
        distance's published unit (a score's own scale).

    Raises
    ------
    OptionError
        The sample was not matched on a distance.

    Examples
    --------
    >>> import pandas as pd, impact as im
    >>> frame = pd.DataFrame({"treated": [1, 1, 0, 0], "age": [20.0, 50.0, 21.0, 47.0]})
    >>> sample = im.Sample(frame, treatment="treated", covariates=["age"])
    >>> total_distance(im.match(sample, im.NearestNeighbor(im.Euclidean("none"))))
    4.0
    """
    if matched.pair_positions is not None:
        return matched.pair_positions.total_distance
    sets, measure = matched.set_numbers, matched.measure
    if sets is None or measure is None:
        raise OptionError(
            Text(
                (
                    "matched must be matched on a distance, in pairs or sets; this strategy measures no distance between "
                    "units."
                ),
                (
                    "matched debe estar emparejado por una distancia, en pares o conjuntos; esta estrategia no mide "
                    "ninguna distancia entre unidades."
                ),
            )
        )
    treated = matched.sample.treated
    order = np.argsort(sets, kind="stable")
    order = order[sets[order] >= 0]
    starts = np.flatnonzero(np.diff(sets[order], prepend=-1))
    total = 0.0
    for members in np.split(order, starts[1:]):
        total += float(measure.block(members[treated[members]], members[~treated[members]]).sum())
    return total * measure.unit
