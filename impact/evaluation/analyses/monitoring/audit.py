"""``[audit]``: the arithmetic of published tables and claims, beside the evaluation that reads them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Self

from impact.errors import OptionError
from impact.language import Text
from impact.monitoring.audit.claims import ClaimAudit
from impact.monitoring.audit.files import audit_file, holds_claims
from impact.monitoring.audit.table import Audit

if TYPE_CHECKING:
    from impact.evaluation.findings import Findings
    from impact.evaluation.reading.analysis import Named


@dataclass(frozen=True, slots=True)
class Audited:
    """Published tables and claims.

    Parameters
    ----------
    tables : tuple of str
        Files of printed tables, or of claims (columns claim, value, estimand).
    rules : str, optional
        Rules of the tables; what the labels announce by default.
    """

    TABLE: ClassVar[str] = "audit"

    tables: tuple[str, ...]
    rules: str = ""

    def __post_init__(self) -> None:
        if not self.tables:
            raise OptionError(
                Text("tables must name at least one file.", "tables debe nombrar al menos un archivo.")
            )

    def settled(self, named: Named) -> Self:
        """Return the table as it is."""
        return self

    def answer(self, findings: Findings) -> tuple[tuple[str, Audit | ClaimAudit], ...]:
        """Return what was found, by file."""
        folder = findings.configuration.data.folder
        rules = folder / self.rules if self.rules else None
        return tuple(
            (name, audit_file(folder / name, None if holds_claims(folder / name) else rules))
            for name in self.tables
        )
