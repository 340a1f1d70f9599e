"""simulated_power(): surveys of a planned size with effects of several sizes, and how often each is detected."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from impact import checks
from impact.effects.variances.estimation import Variance
from impact.errors import OptionError
from impact.language import Text
from impact.robustness.certification import Certification
from impact.robustness.certify import certify
from impact.robustness.finished import kept_at
from impact.robustness.four_strategies import FOUR_STRATEGIES
from impact.robustness.judged import Judged, Twin
from impact.robustness.power_curve import PowerCurve, checked_effects


def simulated_power(
    twin_of: Callable[[float], Twin],
    effects: Sequence[float],
    specifications: Sequence[Judged] = FOUR_STRATEGIES,
    draws: int = 200,
    seed: int = 0,
    level: float = 0.95,
    n_jobs: int | None = None,
    path: str | Path | None = None,
    variances: Mapping[str, Variance] | None = None,
) -> PowerCurve:
    """Draw surveys of a planned size with effects of several sizes, and see how often the matched estimate detects them.

    Parameters
    ----------
    twin_of : callable
        From an effect to the twin that has it: ``lambda effect: im.RuralAlliancesTwin(groups=120, effect=effect)``,
        or ``lambda effect: im.SampleTwin(sample, {"income": effect})``; with waves ``im.RuralAlliancesPanelTwin``.
    effects : sequence of float
        Sizes of the effect on the scale of ``twin_of``, at least 0; two or more: 0, to see whether the test holds its size, and
        a few that are detected with probabilities between .5 and .95. For effects below zero let ``twin_of`` turn the sign.
    specifications : sequence of Specification, or of PanelSpecification
        Strategies with their adjustment and variance, or for a twin with waves estimators; name each differently.
    draws : int
        Surveys for each effect. 200 tell a power of .8 to ±6 points (95 %), 1,000 to ±2.5.
    seed : int
        The same for each effect: its surveys then differ by the effect alone, and the curve is smooth.
    level : float
        Confidence level of the intervals; an effect is detected where the p-value is below one minus it.
    n_jobs : int, optional
        Processes; -1 for all processors. Twins are handed to them, ``twin_of`` is not.
    path : path, optional
        Folder of the draws, a CSV file for each effect (``effect-0.25.csv``): an interrupted run goes on where it stopped.
    variances : mapping of str to Variance, optional
        As in ``certify``: each specification is judged with each of these too, in rows of their own.

    Returns
    -------
    PowerCurve
        ``frame``: power by specification, outcome and effect; ``minimum_detectable_effect(power)``;
        ``beside_formula(plan, standard_deviations)``.

    Raises
    ------
    OptionError
        ``twin_of`` gives no twin, effects are not sizes, or ``path`` is a file.
    DataError
        A file in the folder holds another design.

    Notes
    -----
    Each effect is one ``certify``; effects added later leave the files of the others as they are. Power is counted over the draws that did
    not fail; see ``failed``.

    Examples
    --------
    >>> import numpy as np, pandas as pd, impact as im
    >>> row = np.arange(400)
    >>> frame = pd.DataFrame({"treated": row // 5 % 2, "age": row % 37.0, "group": row // 5})
    >>> frame["income"] = np.random.default_rng(1).normal(100, 10, 400)
    >>> sample = im.Sample(frame, "treated", ["age"], outcomes=["income"], cluster="group")
    >>> near = im.Specification("4-NN", im.NearestNeighbor(im.Euclidean(), ratio=4))
    >>> curve = im.simulated_power(lambda effect: im.SampleTwin(sample, {"income": effect}), [0, 0.1], [near], draws=4)
    >>> curve.frame[["effect", "percent", "draws"]].round(6).values.tolist()  # two hundred draws tell the power
    [[0.0, 0.0, 4.0], [0.1, 10.0, 4.0]]
    >>> curve.minimum_detectable_effect(power=0.8)["reason"].tolist()
    ['the Monte Carlo interval reaches beyond the largest effect: add larger ones, or draws']
    """
    checks.instance(
        "twin_of",
        twin_of,
        Text(
            "a callable from an effect to an object with draw(seed)",
            "una función de un efecto a un objeto con draw(seed)",
        ),
        callable(twin_of),
    )
    twins = {effect: _twin(twin_of, effect) for effect in checked_effects(effects)}
    folder = _folder(path)
    certifications: dict[float, Certification] = {}
    for effect, twin in twins.items():
        certifications[effect] = certify(
            twin,
            specifications,
            draws=draws,
            seed=seed,
            level=level,
            n_jobs=n_jobs,
            path=None if folder is None else folder / f"effect-{effect!r}.csv",
            variances=variances,
        )
    return PowerCurve(certifications)


def _twin(twin_of: Callable[[float], Twin], effect: float) -> Twin:
    twin = twin_of(effect)
    checks.instance(
        f"twin_of({effect:g})",
        twin,
        Text("an object with draw(seed)", "un objeto con draw(seed)"),
        isinstance(twin, Twin),
    )
    return twin


def _folder(path: str | Path | None) -> Path | None:
    """Return the folder of the draws, made where it is absent."""
    if path is None:
        return None
    folder = Path(path)
    if folder.exists() and not folder.is_dir():
        raise OptionError(
            Text(
                "path must be a folder, in which each effect has a file; got the file {name!r}. Name a folder.",
                (
                    "path debe ser una carpeta, en que cada efecto tiene un archivo; se dio el archivo {name!r}. Nombre "
                    "una carpeta."
                ),
                name=folder.name,
            )
        )
    with kept_at(folder):
        folder.mkdir(parents=True, exist_ok=True)
    return folder
