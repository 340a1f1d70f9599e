"""Every error and warning of the toolkit, each with the family that tells whose move it is."""

from __future__ import annotations

from contextvars import ContextVar
from typing import Any

SPOKEN: ContextVar[str] = ContextVar("spoken", default="en")
"""The language in which messages are said, set for a while by ``language.speaking``."""


class ImpactError(Exception):
    """Root of every error that the toolkit raises on purpose.

    Parameters
    ----------
    message : Text or str
        A ``Text`` is said in the language that is spoken when the error is made.
    """

    def __init__(self, *message: Any) -> None:
        super().__init__(*message)
        self._language = SPOKEN.get()

    @property
    def text(self) -> Any:
        """The message as it was made: a ``Text``, which knows its languages, or a string."""
        return self.args[0] if self.args else ""

    def __str__(self) -> str:
        to = getattr(self.text, "to", None)
        return str(self.text) if to is None else str(to(self._language))

    def __reduce__(self) -> tuple[Any, ...]:
        """Let an error of another process be said anew in the language of this one."""
        return type(self), self.args


class OptionError(ImpactError, ValueError):
    """An argument is wrong: the call has to change."""


class DataError(ImpactError, ValueError):
    """The data break a rule: the table has to change, or the policy for such rows."""


class SupportError(ImpactError):
    """Treated and control units do not overlap enough for the comparison asked for."""


class EstimationError(ImpactError):
    """A model or solver could not give an answer that may be published."""


class StorageError(ImpactError):
    """A disk is full or cannot be written: nothing half written is left."""


class WorkerLostError(ImpactError):
    """A worker process died before it had finished its part."""


class CollinearCovariatesError(DataError):
    """A covariate follows exactly from others: made of the message, and of each such term with the terms that reproduce it."""

    @property
    def terms(self) -> dict[str, list[str]]:
        """Each term that others reproduce, and which."""
        return dict(self.args[1])


class SeparationError(EstimationError):
    """A column tells the arms apart by itself, so that a score does not converge."""


class OneGroupError(EstimationError):
    """An arm's weight rests on a single group, which cannot tell its own error."""


class CollinearTermsError(EstimationError):
    """Terms of a model do not vary or follow from others: made of the message, and of each such term with those that reproduce it."""

    @property
    def terms(self) -> dict[str, list[str]]:
        """Each such term, and the terms that reproduce it; none where it does not vary."""
        return dict(self.args[1])


class ImpactWarning(UserWarning):
    """Root of every warning of the toolkit, so that one filter governs them all."""


class OverlapWarning(ImpactWarning):
    """Treated units found no comparison and left the estimate."""


class DataQualityWarning(ImpactWarning):
    """A column looks wrong: which, how many cells, and what to do."""


class FewClustersWarning(ImpactWarning):
    """Too few groups carry the weight for the usual group-level inference."""


class RowOrderWarning(ImpactWarning):
    """The result depends on the order of the rows."""


class SingularCovarianceWarning(ImpactWarning):
    """A covariance matrix is singular and its generalised inverse was used."""


class LittleBiasRemovedWarning(ImpactWarning):
    """Nearly every control is used once, so that matching can hardly change the comparison."""


class LeverageWarning(ImpactWarning):
    """A group alone determines a regression coefficient that its own residuals are judged by."""


class LostDrawWarning(ImpactWarning):
    """Workers died with some of many draws, specifications or splits: the answer rests on the others."""


class EditedFileWarning(ImpactWarning):
    """A file of an earlier report had been edited; it is kept under another name."""
