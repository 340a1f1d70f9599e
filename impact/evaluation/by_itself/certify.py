"""certify_evaluation(): bias, coverage and power of an evaluation's own strategies, on surveys like its own."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from impact.effects.variances.estimation import Variance
from impact.evaluation.configuration import read_configuration
from impact.evaluation.intake import configured_sample
from impact.evaluation.reading.spoken import in_its_language
from impact.robustness.certification import Certification
from impact.robustness.certify import certify
from impact.robustness.sample_twin import SampleTwin


@in_its_language
def certify_evaluation(
    path: str | Path,
    effect: float = 0.3,
    draws: int = 200,
    seed: int = 0,
    n_jobs: int | None = None,
    out: str | Path | None = None,
    unadjusted: bool = False,
    variances: Mapping[str, Variance] | None = None,
    groups: int | None = None,
) -> Certification:
    """Draw surveys that resemble an evaluation's own sample, with a known effect planted, and judge its strategies.

    Parameters
    ----------
    path : path
        The ``evaluation.toml``: its sample, outcomes and strategies are used.
    effect : float
        Proportional effect planted in every outcome column: 0.3 adds 30 %; 0 for the size of the tests.
    draws, seed, n_jobs
        As in ``certify``.
    out : path, optional
        CSV file of the draws; an interrupted run goes on from it.
    unadjusted, variances
        As in ``certify``: rows without adjustment, and rows with other variances.
    groups : int, optional
        Groups of each survey, for planning another one; as many as the sample has by default.

    Returns
    -------
    Certification

    Raises
    ------
    OptionError, DataError
        The configuration is wrong, or the data break a rule.

    Examples
    --------
    >>> import pathlib, tempfile, numpy as np, pandas as pd, impact as im
    >>> folder, row = pathlib.Path(tempfile.mkdtemp()), np.arange(400)
    >>> frame = pd.DataFrame({"treated": row // 5 % 2, "age": row % 37, "group": row // 5})
    >>> frame.assign(income=100 + frame["age"] + 5 * frame["treated"] + row % 3).to_csv(folder / "survey.csv", index=False)
    >>> _ = (folder / "evaluation.toml").write_text('''
    ... data = {file = "survey.csv"}
    ... roles = {treatment = "treated", covariates = ["age"], cluster = "group"}
    ... outcomes = [{column = "income", unit = "Bs"}]
    ... strategies = [{name = "4-NN", type = "nearest neighbor", distance = "Mahalanobis", ratio = 4}]
    ... ''')
    >>> found = im.certify_evaluation(folder / "evaluation.toml", effect=0.3, draws=2)
    >>> found.frame[["strategy", "outcome", "target", "draws"]].values.tolist()
    [['4-NN', 'income', 'population', 2], ['4-NN', 'income', 'all treated', 2], ['4-NN', 'income', 'matched treated', 2]]
    """
    configuration = read_configuration(path)
    sample = configured_sample(configuration)
    twin = SampleTwin(sample, dict.fromkeys(sorted(sample.outcome_columns), effect), groups)
    return certify(
        twin,
        configuration.specifications,
        draws=draws,
        seed=seed,
        level=configuration.level,
        n_jobs=n_jobs,
        path=out,
        unadjusted=unadjusted,
        variances=variances,
    )
