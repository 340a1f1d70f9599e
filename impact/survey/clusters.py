"""Sums of squares by cluster and stratum: what a linearised standard error is made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from impact import checks
from impact.errors import DataError
from impact.language import Text

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


def group_codes(labels: ArrayLike, name: str = "cluster") -> NDArray[np.intp]:
    """Return the groups of the rows as whole numbers 0, 1, …, in the order of the sorted labels.

    Sorted labels make the codes, and with them every draw by group, independent of the order of the rows.

    Parameters
    ----------
    labels : array-like, shape (n,)
        Group of each row: numbers, text or categories, none missing.
    name : str
        What the labels are called in an error.

    Returns
    -------
    ndarray of int, shape (n,)
        Code of each row's group; every code from 0 to the largest occurs.

    Raises
    ------
    DataError
        A label is missing.

    Examples
    --------
    >>> from impact.survey.clusters import group_codes
    >>> group_codes(["valle", "chaco", "valle"])
    array([1, 0, 1])
    """
    import pandas as pd

    column = pd.Series(labels)
    lacking = column.isna().to_numpy()
    if lacking.any():
        raise DataError(
            Text(
                (
                    "{name} must name a group for every row; {rows} of {number:,} {rows:has|have} none (first: {first}). Fill in "
                    "the labels or exclude these rows."
                ),
                (
                    "{name} debe nombrar un grupo en cada fila; {rows} de {number:,} no {rows:tiene|tienen} ninguno (primero: "
                    "{first}). Complete las etiquetas o excluya esas filas."
                ),
                name=name,
                rows=checks.counted(int(lacking.sum()), "row"),
                number=len(column),
                first=checks.listed(column.index[lacking]),
            )
        )
    codes, _ = pd.factorize(column, sort=True)
    return codes


def sums_by_code(codes: NDArray[np.intp], values: NDArray[np.float64], number: int) -> NDArray[np.float64]:
    """Return the sum of ``values`` at each code 0, 1, …, ``number`` − 1; zero for codes that do not occur.

    Parameters
    ----------
    codes : ndarray of int, shape (m,)
    values : ndarray, shape (m,)
    number : int
        Above every code.

    Returns
    -------
    ndarray, shape (number,)

    Examples
    --------
    >>> import numpy as np
    >>> from impact.survey.clusters import sums_by_code
    >>> sums_by_code(np.array([0, 2, 0]), np.array([1.0, 2.0, 4.0]), 3)
    array([5., 0., 2.])
    """
    return np.bincount(codes, values, minlength=number).astype(np.float64, copy=False)


def cluster_totals(scores: NDArray[np.float64], cluster_codes: NDArray[np.intp]) -> NDArray[np.float64]:
    """Return the sum of the scores in every cluster.

    Parameters
    ----------
    scores : ndarray, shape (n,) or (n, p)
        Influence of each row on p estimates, or any other quantity that adds up.
    cluster_codes : ndarray of int, shape (n,)
        Cluster of each row as 0, 1, …, G − 1, from :func:`group_codes`.

    Returns
    -------
    ndarray, shape (G,) or (G, p)

    Examples
    --------
    >>> import numpy as np
    >>> from impact.survey.clusters import cluster_totals
    >>> cluster_totals(np.array([1.0, 2.0, 4.0]), np.array([0, 1, 0]))
    array([5., 2.])
    """
    columns = scores[:, None] if scores.ndim == 1 else scores
    sums = [np.bincount(cluster_codes, weights=column) for column in columns.T]
    totals: NDArray[np.float64] = np.array(sums, dtype=np.float64).T
    return totals[:, 0] if scores.ndim == 1 else totals


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class SurveyDesign:
    """Which cluster each row lies in and which stratum each cluster: made once, used for many estimates.

    Attributes
    ----------
    cluster_codes : ndarray of int, shape (n,)
        Cluster of each row, 0 to G − 1.
    stratum_codes : ndarray of int, shape (G,)
        Stratum of each cluster.
    sampled_share : ndarray, shape (H,), optional
        Share of each stratum's clusters that the survey drew, without replacement: its variance is smaller by
        that share. Clusters count as drawn from very many by default.

    Examples
    --------
    >>> import numpy as np
    >>> from impact.survey.clusters import SurveyDesign
    >>> design = SurveyDesign.of(3, cluster=["a", "b", "a"])
    >>> design.covariance(np.array([[1.0], [2.0], [4.0]]))
    array([[9.]])
    """

    cluster_codes: NDArray[np.intp]
    stratum_codes: NDArray[np.intp]
    sampled_share: NDArray[np.float64] | None = None

    @classmethod
    def of(
        cls,
        rows: int,
        cluster: ArrayLike | None = None,
        stratum: ArrayLike | None = None,
        *,
        lonely_allowed: bool = False,
    ) -> SurveyDesign:
        """Return the design of ``rows`` rows; labels as in :func:`stratified_cluster_covariance`.

        Parameters
        ----------
        rows : int
        cluster, stratum : array-like, shape (rows,), optional
        lonely_allowed : bool, default False
            Whether a stratum may hold a single cluster; see :meth:`covariance`. It is an error by default.
        """
        cluster_codes = np.arange(rows) if cluster is None else group_codes(cluster)
        row_strata = np.zeros(rows, dtype=np.intp) if stratum is None else group_codes(stratum, "stratum")
        if not len(cluster_codes) == len(row_strata) == rows:
            raise DataError(
                Text(
                    "scores, cluster and stratum must have one entry per row; got {rows:,}, {number:,} and {number_2:,}.",
                    "scores, cluster y stratum deben tener una entrada por fila; tienen {rows:,}, {number:,} y {number_2:,}.",
                    rows=rows,
                    number=len(cluster_codes),
                    number_2=len(row_strata),
                )
            )
        cluster_strata = _stratum_of_cluster(cluster_codes, row_strata, cluster)
        if not lonely_allowed or stratum is None:
            _refuse_lonely_cluster(cluster_strata, stratum)
        return cls(cluster_codes, cluster_strata)

    @property
    def lonely_strata(self) -> NDArray[np.intp]:
        """Codes of the strata that hold a single cluster."""
        return np.flatnonzero(np.bincount(self.stratum_codes) == 1)

    def covariance(self, scores: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the covariance matrix, (p, p), of estimates whose influences are ``scores``, (n, p).

        A stratum of one cluster, where it is allowed, counts with that cluster's distance from the mean of all
        clusters: R's ``survey.lonely.psu = "adjust"``, which is too large rather than too small.
        """
        squared = self._weighted_deviations(scores)
        covariance: NDArray[np.float64] = squared.T @ squared
        return covariance

    def tail_freedom(self, scores: NDArray[np.float64]) -> float:
        """Return the degrees of freedom of an estimate's variance by how its clusters contribute, (ΣS²)²/ΣS⁴.

        Equal contributions give about the number of clusters, a few that carry the variance give few: what Satterthwaite's rule
        makes of estimated fourth moments, as in the effects by group. ``scores`` have shape (n,).
        """
        squares = self._weighted_deviations(scores[:, None])[:, 0] ** 2
        largest = squares.max(initial=0.0)
        return (
            float((squares / largest).sum() ** 2 / ((squares / largest) ** 2).sum()) if largest > 0 else 0.0
        )

    def _weighted_deviations(self, scores: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return each cluster's total less its stratum's mean, scaled so that the squares add up to the variance."""
        totals = cluster_totals(scores, self.cluster_codes)
        sizes = np.bincount(self.stratum_codes).astype(np.float64)
        means = cluster_totals(totals, self.stratum_codes) / sizes[:, None]
        lonely = sizes == 1
        means[lonely] = totals.mean(axis=0)
        of_stratum = np.where(lonely, 1.0, sizes / np.where(lonely, 1.0, sizes - 1))
        if self.sampled_share is not None:
            of_stratum = of_stratum * (1 - self.sampled_share)
        scaled: NDArray[np.float64] = (totals - means[self.stratum_codes]) * np.sqrt(of_stratum)[
            self.stratum_codes, None
        ]
        return scaled

    def degrees_of_freedom(self, rows: NDArray[np.bool_] | None = None) -> int:
        """Return the clusters less the strata that hold the marked rows (all by default), as R's ``degf``."""
        codes = self.cluster_codes if rows is None else self.cluster_codes[rows]
        clusters = np.unique(codes)
        return len(clusters) - len(np.unique(self.stratum_codes[clusters]))


def stratified_cluster_covariance(
    scores: NDArray[np.float64], cluster: ArrayLike | None = None, stratum: ArrayLike | None = None
) -> NDArray[np.float64]:
    r"""Return the covariance matrix of estimates whose influences are ``scores``.

    Parameters
    ----------
    scores : ndarray, shape (n, p)
        Linearised variable of each row, such that an estimate's error is about the sum of its column. Rows
        outside the domain of an estimate stay in with score 0: their clusters count in n_h.
    cluster : array-like, shape (n,), optional
        Primary sampling unit of each row; every row is its own by default.
    stratum : array-like, shape (n,), optional
        Stratum of each row; one stratum by default. A cluster lies in one stratum.

    Returns
    -------
    ndarray, shape (p, p)

    Raises
    ------
    DataError
        A stratum holds a single cluster, a cluster lies in two strata, a label is missing.

    Notes
    -----
    The with-replacement estimator of the ultimate cluster, that of R's ``survey`` without finite population
    correction:

    .. math:: V = \sum_h \frac{n_h}{n_h - 1} \sum_{g \in h} (z_{hg} - \bar z_h)(z_{hg} - \bar z_h)'

    with :math:`z_{hg}` the total of the scores in cluster g and :math:`n_h` the number of clusters in stratum
    h. The scores carry the sampling weights already.

    References
    ----------
    Binder (1983), International Statistical Review 51(3), 279-292, doi:10.2307/1402588.

    Examples
    --------
    >>> import numpy as np
    >>> from impact.survey.clusters import stratified_cluster_covariance
    >>> stratified_cluster_covariance(np.array([[1.0], [2.0], [4.0]]), cluster=["a", "b", "a"])
    array([[9.]])
    """
    return SurveyDesign.of(len(scores), cluster, stratum).covariance(scores)


def stratified_cluster_variance(
    scores: NDArray[np.float64], cluster: ArrayLike | None = None, stratum: ArrayLike | None = None
) -> float:
    """Return the variance of one estimate whose influences are ``scores``, shape (n,).

    The case p = 1 of :func:`stratified_cluster_covariance`, which says what the arguments are.

    Examples
    --------
    >>> import numpy as np
    >>> from impact.survey.clusters import stratified_cluster_variance
    >>> round(stratified_cluster_variance(np.array([1.0, 2.0, 4.0]), cluster=["a", "b", "a"]), 9)
    9.0
    """
    return float(stratified_cluster_covariance(scores[:, None], cluster, stratum)[0, 0])


def _stratum_of_cluster(
    cluster_codes: NDArray[np.intp], row_strata: NDArray[np.intp], cluster: ArrayLike | None
) -> NDArray[np.intp]:
    cluster_strata = np.zeros(int(cluster_codes.max(initial=-1)) + 1, dtype=np.intp)
    cluster_strata[cluster_codes] = row_strata
    astray = np.flatnonzero(cluster_strata[cluster_codes] != row_strata)
    if len(astray):
        split = np.unique(cluster_codes[astray])
        first = np.asarray(cluster, dtype=object)[astray[0]]
        raise DataError(
            Text(
                (
                    "A cluster must lie in one stratum; {clusters} of {number:,} {clusters:lies|lie} in two or more (first: {first!r}). "
                    "If the numbering of clusters starts anew in each stratum, pass labels that join stratum and cluster."
                ),
                (
                    "Un conglomerado debe estar en un estrato; {clusters} de {number:,} {clusters:está|están} en dos o más (primero: "
                    "{first!r}). Si la numeración empieza de nuevo en cada estrato, dé etiquetas que unan estrato y "
                    "conglomerado."
                ),
                clusters=checks.counted(len(split), "cluster"),
                number=len(cluster_strata),
                first=first,
            )
        )
    return cluster_strata


def _refuse_lonely_cluster(cluster_strata: NDArray[np.intp], stratum: ArrayLike | None) -> None:
    sizes = np.bincount(cluster_strata, minlength=1)
    lonely = np.flatnonzero(sizes < 2)
    if not len(lonely):
        return
    if stratum is None:
        raise DataError(
            Text(
                (
                    "A variance needs at least 2 clusters; got {sizes}. Pass a finer cluster, or report the estimate "
                    "without a standard error."
                ),
                (
                    "Una varianza necesita al menos 2 conglomerados; hay {sizes}. Dé un conglomerado más fino, o informe "
                    "la estimación sin error estándar."
                ),
                sizes=int(sizes[0]),
            )
        )
    import pandas as pd

    labels = pd.factorize(pd.Series(stratum), sort=True)[1].to_numpy()[lonely]
    raise DataError(
        Text(
            (
                "Every stratum needs at least 2 clusters for a variance; {strata} of {number:,} {strata:holds|hold} one (first: "
                "{labels}). Merge each with the stratum most like it before the variance is computed."
            ),
            (
                "Cada estrato necesita al menos 2 conglomerados para una varianza; {strata} de {number:,} {strata:tiene|tienen} uno "
                "(primero: {labels}). Junte cada uno con el estrato más parecido antes de calcular la varianza."
            ),
            strata=checks.counted(len(lonely), "stratum"),
            number=len(sizes),
            labels=checks.listed(labels),
        )
    )
