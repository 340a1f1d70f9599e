"""What a survey is read for: its roles, and what the analyst says of codes, categories, waves and treatment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from impact import checks
from impact.errors import OptionError
from impact.language import Text
from impact.survey.package.eligibility import Eligibility
from impact.survey.package.rules import AssignmentRule
from impact.survey.package.schema import SurveySchema

MissingCodes = Sequence[object] | Mapping[str, Sequence[object]]


@dataclass(frozen=True, slots=True, eq=False)
class IntakePlan:
    """How survey tables become the one table of a sample.

    Parameters
    ----------
    treatment : str
        Column that says who is treated; with ``rule`` the column that the dates make.
    covariates, numbers, labels : sequence of str
        Columns that may be categories; columns that must be numbers (outcomes, sizes, weights); further columns of text that tell
        units apart (cluster, stratum).
    id : str, optional
        Identifier of the units.
    schema : SurveySchema, optional
        The data package that the tables follow.
    unit_table : str, optional
        Which of several tables has one row per unit; by default the one that holds ``treatment`` and the outcomes.
    keys : mapping of str to str
        By table: the column by which it joins the unit table; by default the schema's.
    treated, control : sequence
        Values or labels of ``treatment`` that mean treated and control; rows with another are left out, and listed.
    rule : AssignmentRule, optional
        Derive treatment from the dates of the group's first disbursement and of the interviews.
    gate : AssignmentRule, optional
        The dates that every control is held against; by default those of ``rule``, or of the schema whose treatment this is.
    leave_out : collection of str
        Rules of the gate whose groups are left out, and listed, instead of stopping.
    eligibility : sequence of Eligibility
        Conditions that units of both arms must keep; those that do not are left out, and listed.
    wave : float or str, optional
        The wave that is kept, where the table holds several.
    missing_codes : sequence, or mapping of str to sequence
        Codes of a missing answer, for every column or by column.
    categorical, numeric : sequence of str
        Covariates that are categories, or quantities, whatever their labels.
    merge_spellings : bool
        Let values that differ in case, accents and spaces be one.
    accept : collection of str
        Rules whose breaches the analyst lives with.
    """

    treatment: str
    covariates: Sequence[str] = ()
    numbers: Sequence[str] = ()
    labels: Sequence[str] = ()
    id: str | None = None
    schema: SurveySchema | None = None
    unit_table: str | None = None
    keys: Mapping[str, str] = field(default_factory=dict)
    treated: Sequence[object] = ()
    control: Sequence[object] = ()
    rule: AssignmentRule | None = None
    gate: AssignmentRule | None = None
    leave_out: frozenset[str] = frozenset()
    eligibility: tuple[Eligibility, ...] = ()
    wave: float | str | None = None
    missing_codes: MissingCodes = ()
    categorical: Sequence[str] = ()
    numeric: Sequence[str] = ()
    merge_spellings: bool = False
    accept: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        both = [name for name in self.categorical if name in self.numeric]
        if both:
            raise OptionError(
                Text(
                    "A covariate is categorical or numeric; {both} is named as both. Leave one out.",
                    "Una covariable es categórica o numérica; {both} está nombrada como ambas. Quite una.",
                    both=checks.listed(map(repr, both)),
                )
            )
        if self.rule is not None and (len(self.treated) or len(self.control)):
            raise OptionError(
                Text(
                    (
                        "Treatment follows from the dates by rule, or from the values treated and control; got both. Leave "
                        "one out."
                    ),
                    (
                        "El tratamiento sale de las fechas por rule, o de los valores treated y control; se dieron ambos. "
                        "Quite uno."
                    ),
                )
            )

    @property
    def used(self) -> tuple[str, ...]:
        """Every column that has a role."""
        named = (
            self.treatment,
            *self.covariates,
            *self.numbers,
            *self.labels,
            *((self.id,) if self.id else ()),
        )
        return tuple(dict.fromkeys(named))

    def codes_of(self, column: str) -> tuple[object, ...]:
        """Return the codes of a missing answer in a column."""
        if isinstance(self.missing_codes, Mapping):
            return tuple(self.missing_codes.get(column, ()))
        return tuple(self.missing_codes)


def as_values(value: object) -> tuple[object, ...]:
    """Return one value, or a sequence of them, as a tuple."""
    if isinstance(value, (list, tuple, set, frozenset)):
        return tuple(value)
    return (value,)
