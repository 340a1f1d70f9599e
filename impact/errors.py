"""Every error and warning of the toolkit, each with the family that tells whose move it is."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

SPOKEN: ContextVar[str] = ContextVar("spoken", default="en")
"""The language in which messages are said, set for a while by ``language.speaking``."""
OF_A_FILE: ContextVar[bool] = ContextVar("of_a_file", default=False)
"""Whether what is said is about an evaluation that a file describes, whose keys are then the remedy, not Python's arguments."""

_TABLES = {"cluster": "[roles]", "cells": "[registry]", "further": "[registry]", "scratch": "[registry]"}
_Said = Callable[[re.Match[str]], str]
_IN_TERMS_OF_A_FILE: tuple[tuple[re.Pattern[str], _Said], ...] = (
    (re.compile(r"\b([Pp])ass (?=[a-z_]+=)"), lambda found: "Write " if found[1] == "P" else "write "),
    (re.compile(r"\b([a-z_]+)=(True|False)\b"), lambda found: f"{found[1]} = {found[2].lower()}"),
    (
        re.compile(r"\b(cluster|cells|further|scratch)= of im\.RegistrySample\b"),
        lambda found: f"{_TABLES[found[1]]} {found[1]}",
    ),
    (re.compile(r"\b([a-z_]+)=im\.([A-Z]\w+)\(\)"), lambda found: f'{found[1]} = "{_words(found[2])}"'),
    (re.compile(r"\b([a-z_]+)=(?=[\"'\d\[{])"), lambda found: f"{found[1]} = "),
    (re.compile(r"\b([a-z_]+)=(?=[ .,;:)])"), lambda found: found[1]),
    (re.compile(r"\bim\.([A-Z]\w+)(\(\))?"), lambda found: found[1]),
    (re.compile(r"\bsample\.(exclusions|flow)\b"), lambda found: "the sample flow"),
)


def _words(name: str) -> str:
    """Return a component's name as a file has it: ClusterRobust is "cluster robust"."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower()


def in_terms_of_a_file(message: str) -> str:
    """Return what is said in English of Python's arguments as it is said of the keys of a file.

    Examples
    --------
    >>> in_terms_of_a_file('4 rows lack it. Pass missing="drop", or use im.Full() with replace=True.')
    '4 rows lack it. Write missing = "drop", or use Full with replace = true.'
    """
    for pattern, said in _IN_TERMS_OF_A_FILE:
        message = pattern.sub(said, message)
    return message


class ImpactError(Exception):
    """Root of every error that the toolkit raises on purpose.

    Parameters
    ----------
    message : Text or str
        A ``Text`` is said in the language that is spoken when the error is made.

    Examples
    --------
    >>> import impact as im
    >>> try:
    ...     im.NearestNeighbor(im.Euclidean(), ratio=0)
    ... except im.ImpactError as problem:
    ...     print(problem.text.to("es"))
    ratio debe ser un número entero de al menos 1; se dio 0.
    """

    def __init__(self, *message: Any) -> None:
        super().__init__(*message)
        self._language, self._of_a_file = SPOKEN.get(), OF_A_FILE.get()

    @property
    def text(self) -> Any:
        """The message as it was made: a ``Text``, which knows its languages, or a string."""
        return self.args[0] if self.args else ""

    @property
    def of_a_file(self) -> bool:
        """Whether it is about what a file asks for, and so to be said in the terms of the file."""
        return self._of_a_file

    def __str__(self) -> str:
        to = getattr(self.text, "to", None)
        if to is None:
            return in_terms_of_a_file(str(self.text)) if self._of_a_file else str(self.text)
        if self._language == "en" and self._of_a_file:
            return str(self.text.of_a_file())
        return str(to(self._language))

    def __reduce__(self) -> tuple[Any, ...]:
        """Let an error of another process be said as it was there, where the language of whoever asked was spoken."""
        return _said_as, (type(self), self.args, self._language, self._of_a_file)


def _said_as(kind: type[ImpactError], args: tuple[Any, ...], language: str, of_a_file: bool) -> ImpactError:
    """Return an error anew, in the language in which it was made, whatever is spoken in the thread that reads it."""
    problem = kind(*args)
    problem._language, problem._of_a_file = language, of_a_file
    return problem


class OptionError(ImpactError, ValueError):
    """An argument is wrong: the call has to change.

    Examples
    --------
    >>> import impact as im
    >>> im.NearestNeighbor(im.Euclidean(), ratio=0)
    Traceback (most recent call last):
    impact.errors.OptionError: ratio must be a whole number of at least 1; got 0.
    """


class DataError(ImpactError, ValueError):
    """The data break a rule: the table has to change, or the policy for such rows.

    Examples
    --------
    >>> import pandas as pd, impact as im
    >>> frame = pd.DataFrame({"treated": [1, 0, 2], "age": [30.0, 41.0, 35.0]})
    >>> try:
    ...     im.Sample(frame, treatment="treated", covariates=["age"])
    ... except im.DataError as problem:
    ...     print(str(problem).partition(". ")[0])
    treatment 'treated' must hold 0 and 1 (or False and True); got 0, 1, 2
    """


class SupportError(ImpactError):
    """Treated and control units do not overlap enough for the comparison asked for.

    Examples
    --------
    >>> import pandas as pd, impact as im
    >>> frame = pd.DataFrame({"treated": [1, 1, 0, 0], "region": ["Lago", "Lago", "Norte", "Norte"]})
    >>> try:
    ...     im.match(im.Sample(frame, treatment="treated", covariates=["region"]), im.Exact())
    ... except im.SupportError as problem:
    ...     print(problem)
    No combination of region holds treated and control units; the focal units have region=Lago (2). Match on fewer columns, or coarsen them.
    """


class EstimationError(ImpactError):
    """A model or solver could not give an answer that may be published.

    Examples
    --------
    >>> import pandas as pd, impact as im
    >>> frame = pd.DataFrame({"treated": [1, 1, 1, 0, 0, 0], "age": [61.0, 65.0, 70.0, 30.0, 35.0, 40.0]})
    >>> sample = im.Sample(frame, treatment="treated", covariates=["age"])
    >>> try:
    ...     im.match(sample, im.InverseProbability(im.PropensityScore()))
    ... except im.EstimationError as problem:
    ...     print(str(problem).partition(":")[0])
    The propensity score does not converge
    """


class StorageError(ImpactError):
    """A disk is full or cannot be written: nothing half written is left.

    Examples
    --------
    Another disk where the first is full:

    >>> import tempfile, pandas as pd, impact as im
    >>> folder = tempfile.mkdtemp()
    >>> pd.DataFrame({"treated": [1, 0, 0], "age": [30.0, 31, 52]}).to_parquet(f"{folder}/all.parquet")
    >>> try:
    ...     sample = im.RegistrySample(folder, "treated", ["age"])
    ... except im.StorageError:
    ...     sample = im.RegistrySample(folder, "treated", ["age"], scratch="/mnt/larger")
    >>> len(sample)
    3
    """


class WorkerLostError(ImpactError):
    """A worker process died before it had finished its part.

    Examples
    --------
    In one process where the workers of several ran out of memory:

    >>> import tempfile, pandas as pd, impact as im
    >>> folder = tempfile.mkdtemp()
    >>> pd.DataFrame({"treated": [1, 0, 0], "age": [30.0, 31, 52]}).to_parquet(f"{folder}/all.parquet")
    >>> sample = im.RegistrySample(folder, "treated", ["age"])
    >>> try:
    ...     matched = im.registry.match(sample, im.NearestNeighbor(im.Euclidean()))
    ... except im.WorkerLostError:
    ...     matched = im.registry.match(sample, im.NearestNeighbor(im.Euclidean()), n_jobs=1)
    >>> matched.pairs["control"].tolist()
    [1]
    """


class CollinearCovariatesError(DataError):
    """A covariate follows exactly from others: made of the message, and of each such term with the terms that reproduce it."""

    @property
    def terms(self) -> dict[str, list[str]]:
        """Each term that others reproduce, and which."""
        return dict(self.args[1])


class SeparationError(EstimationError):
    """A column tells the arms apart by itself, so that a score does not converge: made of the message, and of the columns."""

    @property
    def columns(self) -> list[str]:
        """The columns that do."""
        return list(self.args[1])


class OneGroupError(EstimationError):
    """An arm's weight rests on a single group, which cannot tell its own error."""


class CollinearTermsError(EstimationError):
    """Terms of a model do not vary or follow from others: made of the message, and of each such term with those that reproduce it."""

    @property
    def terms(self) -> dict[str, list[str]]:
        """Each such term, and the terms that reproduce it; none where it does not vary."""
        return dict(self.args[1])


class ImpactWarning(UserWarning):
    """Root of every warning of the toolkit, so that one filter governs them all.

    Examples
    --------
    One filter for all of them:

    >>> import warnings, pandas as pd, impact as im
    >>> frame = pd.DataFrame({"treated": [1, 1, 0, 0, 0], "age": [30.0, 90.0, 31.0, 44.0, 50.0]})
    >>> sample = im.Sample(frame, treatment="treated", covariates=["age"])
    >>> with warnings.catch_warnings():
    ...     warnings.simplefilter("ignore", im.ImpactWarning)
    ...     matched = im.match(sample, im.Radius(im.Euclidean("none"), caliper=10.0))
    >>> matched.share_on_support
    0.5
    """


class OverlapWarning(ImpactWarning):
    """Treated units found no comparison and left the estimate.

    Examples
    --------
    >>> import warnings, pandas as pd, impact as im
    >>> frame = pd.DataFrame({"treated": [1, 1, 0, 0, 0], "age": [30.0, 90.0, 31.0, 44.0, 50.0]})
    >>> sample = im.Sample(frame, treatment="treated", covariates=["age"])
    >>> with warnings.catch_warnings(record=True) as caught:
    ...     warnings.simplefilter("always")
    ...     matched = im.match(sample, im.Radius(im.Euclidean("none"), caliper=10.0))
    >>> caught[0].category is im.OverlapWarning, frame.loc[matched.unmatched, "age"].tolist()
    (True, [90.0])
    """


class DataQualityWarning(ImpactWarning):
    """A column looks wrong: which, how many cells, and what to do.

    Examples
    --------
    >>> import warnings, pandas as pd, impact as im
    >>> frame = pd.DataFrame({"treated": [1, 0] * 30, "age": [*range(20, 72), *[999] * 8]})
    >>> with warnings.catch_warnings(record=True) as caught:
    ...     warnings.simplefilter("always")
    ...     sample = im.Sample.from_tables(frame, "treated", ["age"])
    >>> str(caught[0].message).partition(". ")[0]
    "'age' holds what looks like codes of a missing answer: 999 (8)"
    """


class FewClustersWarning(ImpactWarning):
    """Too few groups carry the weight for the usual group-level inference.

    Examples
    --------
    >>> import warnings, numpy as np, pandas as pd, impact as im
    >>> row = np.arange(60)
    >>> frame = pd.DataFrame({"treated": row // 10 % 2, "age": row % 7, "group": row // 10, "income": 100.0 + row % 11})
    >>> sample = im.Sample(frame, "treated", ["age"], outcomes=["income"], cluster="group")
    >>> with warnings.catch_warnings(record=True) as caught:
    ...     warnings.simplefilter("always")
    ...     table = im.estimate(im.match(sample, im.NearestNeighbor(im.Euclidean(), ratio=4)))
    >>> caught[0].category is im.FewClustersWarning, table.one("income").effective_control_clusters < 3
    (True, True)
    """


class RowOrderWarning(ImpactWarning):
    """The result depends on the order of the rows.

    Examples
    --------
    Two controls of the same age: which of them is taken, if one is asked for, the order of the rows decides.

    >>> import warnings, pandas as pd, impact as im
    >>> frame = pd.DataFrame({"treated": [1, 0, 0, 0, 0], "age": [30.0, 31.0, 31.0, 44.0, 50.0]})
    >>> sample = im.Sample(frame, treatment="treated", covariates=["age"])
    >>> with warnings.catch_warnings(record=True) as caught:
    ...     warnings.simplefilter("always")
    ...     matched = im.match(sample, im.NearestNeighbor(im.Euclidean(), replace=False, order="closest"))
    >>> [warning.category.__name__ for warning in caught]
    ['RowOrderWarning']
    """


class SingularCovarianceWarning(ImpactWarning):
    """A covariance matrix is singular and its generalised inverse was used.

    Examples
    --------
    Sales and their squares have the same ranks.

    >>> import warnings, pandas as pd, impact as im
    >>> frame = pd.DataFrame({"treated": [1, 1, 0, 0, 0], "sales": [30.0, 41.0, 31.0, 44.0, 70.0]})
    >>> frame["squared"] = frame["sales"] ** 2
    >>> sample = im.Sample(frame, treatment="treated", covariates=["sales", "squared"])
    >>> with warnings.catch_warnings(record=True) as caught:
    ...     warnings.simplefilter("always")
    ...     matched = im.match(sample, im.NearestNeighbor(im.RobustMahalanobis()))
    >>> caught[0].category is im.SingularCovarianceWarning
    True
    """


class LittleBiasRemovedWarning(ImpactWarning):
    """Nearly every control is used once, so that matching can hardly change the comparison.

    Examples
    --------
    >>> import warnings, pandas as pd, impact as im
    >>> frame = pd.DataFrame({"treated": [1, 1, 0, 0, 0], "age": [30.0, 41.0, 31.0, 44.0, 70.0]})
    >>> sample = im.Sample(frame, treatment="treated", covariates=["age"])
    >>> with warnings.catch_warnings(record=True) as caught:
    ...     warnings.simplefilter("always")
    ...     matched = im.match(sample, im.NearestNeighbor(im.Euclidean(), replace=False, order="closest"))
    >>> [warning.category.__name__ for warning in caught]
    ['LittleBiasRemovedWarning']
    """


class LostDrawWarning(ImpactWarning):
    """Workers died with some of many draws, specifications or splits: the answer rests on the others.

    Examples
    --------
    To stop rather than go on with the other draws:

    >>> import warnings, impact as im
    >>> with warnings.catch_warnings():
    ...     warnings.simplefilter("error", im.LostDrawWarning)  # then im.certify(…, n_jobs=-1)
    >>> issubclass(im.LostDrawWarning, im.ImpactWarning)
    True
    """


class EditedFileWarning(ImpactWarning):
    """A file of an earlier report had been edited; it is kept under another name.

    Examples
    --------
    Where somebody wrote into the last report by hand, the edited file is kept and the report written anew; to stop instead:

    >>> import warnings, impact as im
    >>> with warnings.catch_warnings():
    ...     warnings.simplefilter("error", im.EditedFileWarning)  # then evaluation.report("informe")
    >>> issubclass(im.EditedFileWarning, im.ImpactWarning)
    True
    """
