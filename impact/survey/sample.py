"""The sample: a table, the role of each column, and every exclusion with its reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from impact import checks
from impact.arrays import Array
from impact.errors import CollinearCovariatesError, DataQualityWarning
from impact.language import Text, spoken
from impact.survey.covariates import (
    Term,
    covariate_terms,
    encoded,
)
from impact.survey.intake.intake import Intake, Tables, intake
from impact.survey.intake.plan import MissingCodes, as_values
from impact.survey.intake.roles_plan import intake_plan
from impact.survey.intake.translation import Translation
from impact.survey.outcome import Outcome, as_outcome
from impact.survey.outcome_choice import chosen_outcomes, one_outcome
from impact.survey.package.covariate_timing import is_after_programme
from impact.survey.package.schema import require_schema
from impact.survey.quality.groups import unnamed_groups
from impact.survey.sample_checks import (
    apply_missing_policy,
    check_covariates,
    check_group_assignment,
    check_treatment,
    check_values,
    missing_codes_among_numbers,
    prepare,
    varying,
    without_collinear,
)
from impact.survey.sample_flow import ledger
from impact.survey.sample_roles import (
    check_roles,
    design_columns,
    refuse_ex_post_covariates,
    refuse_groups_without_cluster,
    refuse_waves,
    roles_of,
    used_columns,
)
from impact.views import frame_of_texts, html_view
from impact.warn import warn

if TYPE_CHECKING:
    from impact.survey.package.eligibility import Eligibility
    from impact.survey.package.rules import AssignmentRule
    from impact.survey.package.schema import SurveySchema

_SHOWN = Text(
    "{label}: {units} ({treated} treated, {controls} controls{groups}), {covariates}, {outcomes}; {excluded} excluded",
    "{label}: {units} ({treated} de tratamiento, {controls} de control{groups}), {covariates}, {outcomes}; {excluded} "
    "{excluded:excluida|excluidas}",
)
_SAMPLE, _SYNTHETIC = Text("Sample", "Muestra"), Text("Synthetic sample", "Muestra sintética")
_GROUPS = Text(", {number}", ", {number}")


@dataclass(frozen=True, slots=True, eq=False, repr=False, init=False)
class Sample:
    """One row per unit, with roles that each column has exactly once.

    Parameters
    ----------
    frame : DataFrame, shape (n, …)
        The survey table; its index names the units and must be unique. It is never changed.
    treatment : str
        Column of 0/1 or bool: 1 for beneficiaries, 0 for the comparison group.
    covariates : sequence of str
        Columns that may enter the design: measured before the programme, fixed, or recalled. Text and categories become
        indicators of all levels but the first.
    outcomes : sequence of str or Outcome
        Columns or outcomes such as ``im.Headcount``. The design never sees them.
    cluster : str, optional
        Producer group: the unit of inference where treatment is assigned by group.
    sampling_weight : str, optional
        Survey weight, above zero.
    stratum, id : str, optional
        Survey stratum; identifier that is never published.
    missing : {"raise", "drop"}
        What to do with rows that lack a value in a role: raise an error that counts them, or exclude them and list each one
        in ``exclusions``. With "drop" a row that lacks an outcome (or its household size) stays, is matched, and leaves that
        outcome only; ``flow`` counts them.
    group_assigned : bool
        True if the programme was given to whole groups: treatment that varies within a cluster is then an error.
    comparator : str
        Who the controls are, for every table: "pipeline producers, approved but not financed".
    schema : SurveySchema, optional
        The survey's data package: what it calls an outcome, a mediator or a value at the interview is refused as a covariate,
        a baseline and a subgroup.
    ex_post : sequence of str
        Further columns from after the programme, refused in the same places.
    synthetic : bool
        True marks the data as synthetic on every table, figure and report. A frame whose ``attrs["synthetic"]`` is True, as the
        generators set it, is marked without being asked.

    Attributes
    ----------
    frame : DataFrame
        The analysed rows: roles as float64 or categories, the other columns as given. A copy-on-write copy.
    exclusions : DataFrame
        Every excluded unit (index) with its ``reason``.

    Raises
    ------
    OptionError
        A role names an absent column, a column has two roles, an unknown ``missing``.
    DataError
        Duplicated index; treatment not binary, constant or missing; missing or infinite values; constant or collinear
        covariates; text where numbers belong; weights not above zero; treatment varying within a cluster.

    Examples
    --------
    >>> import pandas as pd, impact as im
    >>> frame = pd.DataFrame({"treated": [1, 1, 0, 0], "age": [30, 41, 35, 52], "income": [9.0, 8.0, 5.0, 6.0]})
    >>> im.Sample(frame, treatment="treated", covariates=["age"], outcomes=["income"])
    Sample: 4 units (2 treated, 2 controls), 1 covariate, 1 outcome; 0 excluded
    """

    _frame: pd.DataFrame
    _matrix: pd.DataFrame
    _treated: NDArray[np.bool_]
    _terms: tuple[Term, ...]
    treatment: str
    covariates: tuple[str, ...]
    outcomes: tuple[Outcome, ...]
    cluster: str | None
    sampling_weight: str | None
    stratum: str | None
    id: str | None
    missing: str
    group_assigned: bool
    comparator: str
    schema: SurveySchema | None
    ex_post: frozenset[str]
    synthetic: bool
    exclusions: pd.DataFrame
    translations: tuple[Translation, ...]
    labels: Mapping[str, str]

    def __init__(
        self,
        frame: pd.DataFrame,
        treatment: str,
        covariates: Sequence[str],
        outcomes: Sequence[str | Outcome] = (),
        cluster: str | None = None,
        sampling_weight: str | None = None,
        stratum: str | None = None,
        id: str | None = None,  # noqa: A002 - the role's own name
        missing: str = "raise",
        group_assigned: bool = False,
        comparator: str = "controls",
        schema: SurveySchema | None = None,
        ex_post: Sequence[str] = (),
        synthetic: bool = False,
    ) -> None:
        table = Text("a pandas DataFrame", "un DataFrame de pandas")
        checks.instance("frame", frame, table, isinstance(frame, pd.DataFrame))
        require_schema(schema)
        checks.one_of("missing", missing, ("raise", "drop"))
        for name, value in (("covariates", covariates), ("outcomes", outcomes), ("ex_post", ex_post)):
            checks.not_a_text(name, value)
        entries = tuple(as_outcome(entry) for entry in outcomes)
        roles = roles_of(treatment, covariates, entries, cluster, sampling_weight, stratum, id)
        check_roles(frame, roles, entries)
        refuse_ex_post_covariates(covariates, schema, ex_post)
        refuse_groups_without_cluster(group_assigned, cluster)
        needed = used_columns(roles) if missing == "raise" else design_columns(roles)
        refuse_waves(frame, id, schema)
        prepared, exclusions = apply_missing_policy(prepare(frame, roles), needed, missing)
        check_values(prepared, roles)
        given: dict[str, Any] = {
            "treatment": treatment,
            "covariates": tuple(covariates),
            "outcomes": entries,
            "cluster": cluster,
            "sampling_weight": sampling_weight,
            "stratum": stratum,
            "id": id,
            "missing": missing,
            "group_assigned": group_assigned,
            "comparator": comparator,
            "schema": schema,
            "ex_post": frozenset(ex_post),
            "synthetic": bool(synthetic or frame.attrs.get("synthetic", False)),
            "exclusions": exclusions,
        }
        self._fill(prepared, given | {"translations": (), "labels": {}})
        self._warn_of_what_looks_wrong()

    def _warn_of_what_looks_wrong(self) -> None:
        """Name missing codes among the numbers, and groups of treatment that are not the cluster."""
        roles = roles_of(
            self.treatment,
            self.covariates,
            self.outcomes,
            self.cluster,
            self.sampling_weight,
            self.stratum,
            self.id,
        )
        concerns = missing_codes_among_numbers(self._frame, roles)
        if self.cluster is None:
            by_schema = () if self.schema is None else self.schema.with_role("cluster")
            treated = pd.Series(self.treated, index=self._frame.index)
            concerns += unnamed_groups(self._frame, treated, used_columns(roles), by_schema)
        for concern in concerns:
            warn(concern.text, DataQualityWarning)

    def _fill(self, prepared: pd.DataFrame, fields: Mapping[str, Any]) -> None:
        """Set the fields of a sample whose rows are complete, after the checks that a subset of rows could fail."""
        covariates: tuple[str, ...] = fields["covariates"]
        for name in covariates:
            if isinstance(prepared[name].dtype, pd.CategoricalDtype):
                prepared[name] = prepared[name].cat.remove_unused_categories()
        terms = covariate_terms(prepared, covariates)
        matrix = encoded(prepared, terms)
        check_treatment(prepared[fields["treatment"]])
        check_covariates(prepared, matrix, covariates)
        if fields["cluster"] is not None and fields["group_assigned"]:
            check_group_assignment(prepared, fields["treatment"], fields["cluster"])
        treated = prepared[fields["treatment"]].to_numpy() == 1.0
        treated.flags.writeable = False  # handed out as it is, to everybody
        made = {"_frame": prepared, "_matrix": matrix, "_treated": treated, "_terms": terms}
        for field, value in {**made, **fields}.items():
            object.__setattr__(self, field, value)

    @classmethod
    def from_tables(
        cls,
        tables: Tables,
        treatment: str,
        covariates: Sequence[str],
        outcomes: Sequence[str | Outcome] = (),
        *,
        schema: SurveySchema | None = None,
        treated: object = (),
        control: object = (),
        rule: AssignmentRule | None = None,
        gate: AssignmentRule | None = None,
        leave_out: Sequence[str] = (),
        eligibility: Sequence[Eligibility] = (),
        unit_table: str | None = None,
        keys: Mapping[str, str] | None = None,
        wave: float | str | None = None,
        missing_codes: MissingCodes = (),
        categorical: Sequence[str] = (),
        numeric: Sequence[str] = (),
        merge_spellings: bool = False,
        accept: Sequence[str] = (),
        language: str = "en",
        **roles: Any,
    ) -> Sample:
        """Return the sample of survey tables as they were read: checked, joined, and every translation listed in ``flow``.

        Parameters
        ----------
        tables : SurveyTable, DataFrame, or mapping of names to them
            As ``im.read_survey`` or ``im.read_tables`` return them. Several are joined by their keys.
        treatment, covariates, outcomes
            As in ``Sample``. Treatment may be 1 and 0, sí and no, or labels that say it.
        schema : SurveySchema, optional
            Its missing codes become missing, its categories are decoded, and its rules are checked for the columns used.
        treated, control : value, or sequence of values
            Values or labels of ``treatment`` that mean each arm; rows with another are left out, and listed.
        rule : AssignmentRule, optional
            Derive treatment from the dates of first disbursement and interview.
        gate : AssignmentRule, optional
            Dates that every control is held against: approved by its interview, not yet paid. By default those of ``rule`` or of the
            schema.
        leave_out : sequence of str
            Rules of the gate (``control_disbursed``, ``control_not_approved``) whose groups are left out, and listed, instead of
            stopping.
        eligibility : sequence of Eligibility
            Conditions for both arms; units that do not keep them are left out, and listed.
        unit_table : str, optional
            The table with one row per unit; by default the one that holds the outcomes.
        keys : mapping of str to str, optional
            By table, the column that joins it to the units; by default the schema's links.
        wave : optional
            The wave that is kept, where the table holds several.
        missing_codes : sequence, or mapping of str to sequence
            Further codes of a missing answer, for all columns or by column.
        categorical, numeric : sequence of str
            Covariates that are categories, or quantities, whatever their labels. A column with a label for every value is a
            category by default.
        merge_spellings : bool
            Let values that differ in case, accents and spaces be one.
        accept : sequence of str
            Rules whose breaches you live with; they are warned of.
        language : {"en", "es"}
            Of the messages.
        **roles
            Further keywords of ``Sample``: ``cluster``, ``sampling_weight``, ``missing``, …

        Raises
        ------
        SurveyRefusedError
            The data break rules; all of them are listed by rule, table, group and row.

        Examples
        --------
        >>> import pandas as pd, impact as im
        >>> answers = {"grupo": ["Sí", "sí", "No", "no"], "edad": ["30", "41", "NS", "52"]}
        >>> frame = pd.DataFrame(answers | {"ingreso": ["9,5", "8,0", "5,1", "6,2"]})
        >>> sample = im.Sample.from_tables(frame, "grupo", ["edad"], ["ingreso"], missing_codes=["NS"], missing="drop")
        >>> sample.frame["ingreso"].tolist()
        [9.5, 8.0, 6.2]
        """
        require_schema(schema)
        entries = tuple(as_outcome(entry) for entry in outcomes)
        plan = intake_plan(
            {"treatment": treatment, "covariates": covariates, **roles},
            entries,
            schema=schema,
            unit_table=unit_table,
            keys=dict(keys or {}),
            treated=as_values(treated),
            control=as_values(control),
            rule=rule,
            gate=gate,
            leave_out=frozenset(leave_out),
            eligibility=tuple(eligibility),
            wave=wave,
            missing_codes=missing_codes,
            categorical=tuple(categorical),
            numeric=tuple(numeric),
            merge_spellings=merge_spellings,
            accept=frozenset(accept),
        )
        return cls.from_intake(
            intake(tables, plan, language), treatment, covariates, entries, schema=schema, **roles
        )

    @classmethod
    def from_intake(
        cls,
        read: Intake,
        treatment: str,
        covariates: Sequence[str],
        outcomes: Sequence[str | Outcome] = (),
        **roles: Any,
    ) -> Sample:
        """Return the sample of tables that ``intake`` has read."""
        sample = cls(read.frame, treatment, covariates, outcomes, **roles)
        exclusions = (
            pd.concat([read.exclusions, sample.exclusions]) if len(read.exclusions) else sample.exclusions
        )
        further = {"translations": read.translations, "labels": dict(read.labels), "exclusions": exclusions}
        for field, value in further.items():
            object.__setattr__(sample, field, value)
        return sample

    @property
    def frame(self) -> pd.DataFrame:
        """The analysed rows, as a copy-on-write copy."""
        return self._frame.copy(deep=False)

    @property
    def matrix(self) -> pd.DataFrame:
        """The covariates as numbers, shape (n, p), as a copy-on-write copy."""
        return self._matrix.copy(deep=False)

    @property
    def numbers(self) -> dict[str, Array]:
        """The columns of ``matrix`` by their names, read-only."""
        values = self._matrix.to_numpy(copy=False)
        names = (term.name for term in self._terms if term.code != 0)
        return dict(zip(names, values.T, strict=True))

    @property
    def terms(self) -> tuple[Term, ...]:
        """Every number and every level of the covariates, with the column that each comes from."""
        return self._terms

    @property
    def treated(self) -> NDArray[np.bool_]:
        """Whether each unit is treated, shape (n,), read-only."""
        return self._treated

    @property
    def outcome_columns(self) -> frozenset[str]:
        """Every column that an outcome reads: none may enter the design."""
        return frozenset(column for outcome in self.outcomes for column in outcome.columns)

    @property
    def flow(self) -> pd.DataFrame:
        """The sample's ledger: how many units came in, which reasons took out how many, and how many stay, by arm."""
        return pd.DataFrame([(str(step), units) for step, units in self.steps], columns=["step", "units"])

    @property
    def steps(self) -> tuple[tuple[Text, int], ...]:
        """The lines of ``flow``, each in every language."""
        lines = ledger(self.exclusions["reason"], self.treated, self.gaps)
        return (*((one.text, one.cells) for one in self.translations), *lines)

    @property
    def gaps(self) -> dict[str, int]:
        """How many analysed units lack each outcome that some lack: they are left out of that outcome only."""
        if self.missing == "raise":
            return {}
        lacking = {outcome.name: int((~self.has(outcome)).sum()) for outcome in self.outcomes}
        return {name: units for name, units in lacking.items() if units}

    def has(self, outcome: Outcome) -> NDArray[np.bool_]:
        """Return the units that have a value of an outcome, and of the household size that weights it, shape (n,)."""
        present: NDArray[np.bool_] = ~np.isnan(outcome.values(self._frame))
        if outcome.persons is not None and outcome.persons in self._frame:
            present &= self._frame[outcome.persons].notna().to_numpy()
        return present

    def is_after_programme(self, column: str) -> bool:
        """Return whether a column may have been changed by the programme: an outcome's, an ``ex_post`` one, or so by the schema."""
        field = None if self.schema is None else self.schema.find(column)
        return (
            column in self.outcome_columns
            or column in self.ex_post
            or (field is not None and is_after_programme(field))
        )

    def chosen(self, outcomes: Sequence[str | Outcome] | None = None) -> list[Outcome]:
        """Return the outcomes of these names, further outcomes as they are, or all of the sample's."""
        return chosen_outcomes(self.outcomes, outcomes)

    def outcome(self, name: str) -> Outcome:
        """Return the outcome of this name, or raise an OptionError that lists those there are."""
        return one_outcome(self.outcomes, name)

    def reordered(self, order: NDArray[np.intp]) -> Sample:
        """Return the same sample with its rows in another order, a permutation of 0 … n − 1."""
        return self.with_frame(self._frame.iloc[order])

    def take(self, rows: NDArray[np.bool_]) -> Sample:
        """Return the sample of the rows marked True, with the same roles (a subgroup, for instance)."""
        return self.with_frame(self._frame.loc[rows])

    def with_frame(self, frame: pd.DataFrame, **changed: Any) -> Sample:
        """Return a sample with the same roles on another table of the same, complete columns.

        Parameters
        ----------
        frame : DataFrame
            Rows of this sample, drawn, reordered or with other values. Covariates that do not vary among them are left out, and those
            that say what others say, which a warning names.
        **changed
            Roles that differ.
        """
        fields = {name: getattr(self, name) for name in self.__slots__ if not name.startswith("_")}
        kept = tuple(varying(frame, changed.get("covariates", self.covariates)))
        nobody = self.exclusions.iloc[:0]
        other, prepared = object.__new__(Sample), frame.copy(deep=False)
        filled = fields | changed | {"covariates": kept, "exclusions": nobody}
        try:
            other._fill(prepared, filled)
        except CollinearCovariatesError as found:  # among these rows only: the whole sample has been checked
            kept = tuple(without_collinear(prepared, kept, found.terms))
            other._fill(prepared, filled | {"covariates": kept})
        return other

    def __len__(self) -> int:
        return len(self._frame)

    def __repr__(self) -> str:
        treated = int(self.treated.sum())
        said = _SHOWN.with_values(
            label=_SYNTHETIC if self.synthetic else _SAMPLE,
            units=checks.counted(len(self), "unit"),
            treated=treated,
            controls=len(self) - treated,
            groups=_GROUPS.with_values(number=checks.counted(self._frame[self.cluster].nunique(), "group"))
            if self.cluster
            else "",
            covariates=checks.counted(len(self.covariates), "covariate"),
            outcomes=checks.counted(len(self.outcomes), "outcome"),
            excluded=len(self.exclusions),
        )
        return spoken(said)

    def _repr_html_(self) -> str:
        return html_view(frame_of_texts(self.steps, ["step", "units"]), (), self.synthetic)
