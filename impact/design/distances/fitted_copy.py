"""A copy of a scikit-learn learner, fitted: seeded, and weighted where the survey has weights."""

from __future__ import annotations

from typing import Any

from impact.arrays import Array
from impact.errors import OptionError
from impact.language import Text


def fitted_copy(learner: Any, terms: Array, target: Any, weights: Array | None) -> Any:
    """Return a copy of a learner that was fitted; the learner itself is left as it is.

    Parameters
    ----------
    learner : regressor or classifier
    terms : float64 array, shape (n, p)
    target : array, shape (n,)
    weights : float64 array, shape (n,), optional
        Sampling weights.

    Raises
    ------
    OptionError
        The learner takes no weights where the survey has some.

    Notes
    -----
    A learner that draws and has no ``random_state`` of its own is given 0: the same survey gives the same result.
    """
    from sklearn.base import clone
    from sklearn.utils.validation import has_fit_parameter

    fresh = clone(learner)
    unseeded = [
        name
        for name, value in fresh.get_params(deep=True).items()
        if name.rsplit("__")[-1] == "random_state" and value is None
    ]
    if unseeded:
        fresh.set_params(**dict.fromkeys(unseeded, 0))
    if weights is None:
        return fresh.fit(terms, target)
    if not has_fit_parameter(fresh, "sample_weight"):
        raise OptionError(
            Text(
                "{who} cannot be fitted with the survey's sampling weights. Use a learner that takes sample_weight, such as "
                "LinearRegression or RandomForestRegressor, or a sample without sampling_weight.",
                "{who} no admite los factores de expansión de la encuesta. Use un aprendiz que tome sample_weight, como "
                "LinearRegression o RandomForestRegressor, o una muestra sin sampling_weight.",
                who=type(learner).__name__,
            )
        )
    return fresh.fit(terms, target, sample_weight=weights)
