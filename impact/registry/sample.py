"""A sample that is larger than memory: a folder of Parquet files or a Dask DataFrame, with the roles of ``im.Sample``."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from impact import checks
from impact.arrays import Positions
from impact.errors import OptionError
from impact.language import Text
from impact.parallel import each
from impact.registry.reading.checking import (
    categories_of,
    check_complete,
    check_counted_values,
    check_groups_of_one_arm,
    check_identifiers,
    check_terms,
)
from impact.registry.reading.moments import CrossProducts
from impact.registry.reading.partitions import Partition, partitions_of
from impact.registry.reading.roles import ColumnRoles, check_files, refuse_two_roles
from impact.registry.reading.runs import Piece, RunLayout, write_places
from impact.registry.reading.storage import WorkingFolder
from impact.registry.reading.tally import Reading, Tally, tallied
from impact.survey.outcome import Outcome, as_outcome
from impact.survey.sample_checks import lacks
from impact.survey.sample_flow import ANALYSED, ANALYSED_CONTROL, ANALYSED_TREATED, EXCLUDED, IN_TABLE
from impact.survey.sample_roles import refuse_groups_without_cluster
from impact.views import frame_of_texts, html_view

_ALL_ROWS = Text("all rows", "todas las filas")


class RegistrySample:
    """A registry of households, on disk, with roles that each column has exactly once.

    Parameters
    ----------
    path : path or Dask DataFrame
        A folder of Parquet files (or one file), with names such as ``region=3`` of folders read as columns; or a Dask DataFrame.
    treatment, covariates, outcomes, cluster, sampling_weight, id, group_assigned, comparator, synthetic
        As in ``im.Sample``. Covariates are numbers or text.
    cells : sequence of str
        Columns whose combinations of values are the exact cells (region × product): what is matched is matched within them, and the
        largest of them decides how much memory is needed.
    further : sequence of str
        Further columns of numbers that a later call reads: incomes of ``registry.poverty_effects``, the baseline of fifths.
    missing : {"raise", "drop"}
        What to do with rows that lack a value in a role, an outcome included: raise an error that counts them by file, or leave them
        out and count them in ``flow``.
    n_jobs : int, optional
        Workers of this and every later step; what joblib's active backend says by default: one, or
        ``with joblib.parallel_config(backend="dask"):`` a cluster.
    scratch : path, optional
        Where the working files stand, about 8 bytes a row and column; the system's temporary folder by default. On a cluster, a folder
        that every worker sees. They are removed with the sample.

    Attributes
    ----------
    frame : DataFrame
        One row a cell: its values, its rows, treated and controls.
    flow : DataFrame
        How many rows came in, which reasons took out how many, how many stay; ``steps`` are the same with their texts.

    Raises
    ------
    OptionError
        A role names a column that no file has, an unknown ``missing``.
    DataError
        A file cannot be read, lacks a column or holds other values in it; what ``im.Sample`` refuses, counted by file.
    StorageError
        The working files do not fit on the disk.
    WorkerLostError
        A worker process died.

    Notes
    -----
    Every file is read once: checked, counted, and written to ``scratch`` as a run, its rows sorted by cell. All later steps read the
    runs in place. Memory: about one million rows a worker while the files are read, later the largest cell a worker.

    Examples
    --------
    >>> import tempfile, pandas as pd, impact as im
    >>> folder = tempfile.mkdtemp()
    >>> frame = pd.DataFrame({"treated": [1, 0, 0, 1], "age": [30.0, 31, 52, 50], "region": ["a", "a", "b", "b"], "income": [9.0, 7, 6, 8]})
    >>> frame[:2].to_parquet(f"{folder}/north.parquet"), frame[2:].to_parquet(f"{folder}/south.parquet")
    (None, None)
    >>> im.RegistrySample(folder, "treated", ["age"], ["income"], cells=["region"])
    Registry sample: 4 units (2 treated, 2 controls) in 2 files, 2 cells, 1 covariate, 1 outcome; 0 excluded
    """

    def __init__(
        self,
        path: object,
        treatment: str,
        covariates: Sequence[str],
        outcomes: Sequence[str | Outcome] = (),
        cluster: str | None = None,
        sampling_weight: str | None = None,
        id: str | None = None,  # noqa: A002 - the role's own name
        cells: Sequence[str] = (),
        further: Sequence[str] = (),
        missing: str = "raise",
        group_assigned: bool = False,
        comparator: str = "controls",
        synthetic: bool = False,
        n_jobs: int | None = None,
        scratch: str | Path | None = None,
    ) -> None:
        _require_libraries()
        checks.one_of("missing", missing, ("raise", "drop"))
        checks.whole("n_jobs", abs(n_jobs) if n_jobs else n_jobs, optional=True)
        for name, value in (
            ("covariates", covariates),
            ("outcomes", outcomes),
            ("cells", cells),
            ("further", further),
        ):
            checks.not_a_text(name, value)
        refuse_groups_without_cluster(group_assigned, cluster)
        entries = tuple(as_outcome(entry) for entry in outcomes)
        if entries:
            checks.distinct("outcomes", [outcome.name for outcome in entries])
        self.roles = ColumnRoles(
            treatment, tuple(covariates), entries, cluster, sampling_weight, id, tuple(cells), tuple(further)
        )
        refuse_two_roles(self.roles)
        self.missing, self.comparator, self.synthetic = missing, comparator, bool(synthetic)
        self.n_jobs = n_jobs
        partitions = partitions_of(path)
        self._reading = Reading(self.roles, check_files(partitions, self.roles), missing == "drop")
        self.folder = WorkingFolder(scratch)
        try:
            self._settle(self._tallies(partitions), group_assigned)
        except BaseException:
            self.folder.remove()
            raise

    def _tallies(self, partitions: Sequence[Partition]) -> list[Tally]:
        """Read every partition once."""
        known = [part.rows or 0 for part in partitions]
        width = 12 + 8 * len(self._reading.floats) + 4 * len(self._reading.held)
        self.folder.require_room(sum(known) * width, Text("the registry", "el registro"))
        self._runs = [self.folder.path / f"run-{number:06d}.arrow" for number in range(len(partitions))]
        first = np.concatenate([[0], np.cumsum(known)]).astype(np.int64)
        tasks = [
            (part, self._reading, int(start), run)
            for part, start, run in zip(partitions, first, self._runs, strict=False)
        ]

        def unfinished() -> list[str]:
            return [part.name for part, run in zip(partitions, self._runs, strict=True) if not run.exists()]

        found: list[Tally] = each(
            tallied, tasks, self.n_jobs, Text("reading the registry", "se leía el registro"), unfinished
        )
        return found

    def _settle(self, tallies: Sequence[Tally], group_assigned: bool) -> None:
        """Check what the partitions counted, and join their cells and labels."""
        roles = self.roles
        check_complete(tallies, self.missing == "drop")
        check_counted_values(tallies, roles)
        self.categories = categories_of(tallies, self._reading.texts)
        self.terms, self.term_moments = check_terms(tallies, roles.covariates, self.categories)
        held = self._reading.held
        every = {
            name: _united([tally.levels[name] for tally in tallies])
            for name in held
            if name not in self.categories
        }
        every |= {name: _array_of(values) for name, values in self.categories.items()}
        for tally, run in zip(tallies, self._runs, strict=True):
            write_places(run, {name: _places(every[name], tally.levels[name]) for name in held})
        self.groups = every[roles.cluster] if roles.cluster else None
        if group_assigned and roles.cluster:
            places = [_places(self.groups, tally.levels[roles.cluster]) for tally in tallies]
            check_groups_of_one_arm(tallies, places, self.groups, roles)
        self._lay_out_cells(tallies)
        self.steps = _steps_of(tallies, self.frame)
        self.files = tuple(dict.fromkeys(tally.name for tally in tallies))
        if roles.id is not None:
            runs, names = [str(run) for run in self._runs], [tally.name for tally in tallies]
            check_identifiers(runs, names, roles.id, str(self.folder.path))

    def _lay_out_cells(self, tallies: Sequence[Tally]) -> None:
        """Give the cells numbers in the order of their values, and find the pieces of each in the runs."""
        values = sorted({cell for tally in tallies for cell in tally.cells})
        number = {cell: k for k, cell in enumerate(values)}
        self._pieces: list[list[Piece]] = [[] for _ in values]
        counts = np.zeros((len(values), 2), dtype=np.int64)
        for tally, run in zip(tallies, self._runs, strict=True):
            for k, cell in enumerate(tally.cells):
                start, stop = int(tally.starts[k]), int(tally.starts[k + 1])
                if stop > start:
                    self._pieces[number[cell]].append(Piece(str(run), start, stop))
                    counts[number[cell]] += (stop - start, int(tally.treated[k]))
        table = pd.DataFrame(values, columns=list(self.roles.cells), index=range(len(values)))
        table["rows"], table["treated"] = counts.T
        table["control"] = table["rows"] - table["treated"]
        self._cells = table

    def hold(self, pieces: list[list[Piece]], cells: pd.DataFrame, moments: CrossProducts) -> None:
        """Hold other rows, as a part of a registry does: where each cell stands, how many it has, and the covariates' moments."""
        self._pieces, self._cells, self.term_moments = pieces, cells, moments

    @property
    def frame(self) -> pd.DataFrame:
        """One row a cell: its values, its rows, treated and controls."""
        return self._cells.copy()

    @property
    def flow(self) -> pd.DataFrame:
        """How many rows came in, which reasons took out how many, and how many stay, by arm."""
        return pd.DataFrame([(str(step), units) for step, units in self.steps], columns=["step", "units"])

    def __len__(self) -> int:
        return int(self._cells["rows"].sum())

    @property
    def layout(self) -> RunLayout:
        """How the runs are read."""
        return RunLayout(self.roles.treatment, self.categories)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Names of the terms of a regression on the covariates, the constant first."""
        return ("(Intercept)", *(term.name for term in self.terms if term.code != 0))

    def pieces_of(self, cells: Sequence[int]) -> list[Piece]:
        """Return where the rows of some cells stand."""
        return [piece for cell in cells for piece in self._pieces[cell]]

    @property
    def whole_runs(self) -> list[Piece]:
        """Every run as one piece."""
        rows: dict[str, int] = {}
        for pieces in self._pieces:
            for piece in pieces:
                rows[piece.run] = max(rows.get(piece.run, 0), piece.stop)
        return [Piece(run, 0, rows[run]) for run in sorted(rows)]

    def cells_by(self, columns: Sequence[str]) -> list[tuple[str, list[int]]]:
        """Return the cells that agree on some of the cells' columns, each with its name: region=3 × product=quinua."""
        unknown = [name for name in columns if name not in self.roles.cells]
        if unknown:
            raise OptionError(
                Text(
                    (
                        "exact names {columns}, and a registry is cut by its cells. Name {them} in cells= of "
                        "im.RegistrySample too."
                    ),
                    (
                        "exact nombra {columns}, y un registro se corta por sus celdas. Póngalo también en "
                        "[registry] cells."
                    ),
                    columns=checks.listed(map(repr, unknown)),
                    them="it" if len(unknown) == 1 else "them",
                )
            )
        if not columns:
            return [(_ALL_ROWS, list(range(len(self._cells))))]
        grouped = self._cells.groupby(list(columns), sort=True, observed=True).indices
        named = [(cell if isinstance(cell, tuple) else (cell,), list(rows)) for cell, rows in grouped.items()]
        return [(cell_name(columns, cell), [int(row) for row in rows]) for cell, rows in named]

    def outcome(self, entry: str | Outcome) -> Outcome:
        """Return an outcome by name, or a further one as it is."""
        named = {outcome.name: outcome for outcome in self.roles.outcomes}
        return named[entry] if isinstance(entry, str) and entry in named else as_outcome(entry)

    def require_columns(self, columns: Sequence[str], what: Text | str) -> None:
        """Require that columns are among those that were read."""
        absent = [
            name
            for name in columns
            if name not in (*self._reading.floats, *self._reading.held, self.roles.treatment)
        ]
        if absent:
            raise OptionError(
                Text(
                    (
                        "{what} reads {columns}, which the registry has not read. Name {them} in further= of "
                        "im.RegistrySample."
                    ),
                    "{what} lee {columns}, que el registro no ha leído. Póngalo en [registry] further.",
                    what=what,
                    columns=checks.listed(map(repr, absent)),
                    them="it" if len(absent) == 1 else "them",
                )
            )

    def require_numbers(self, columns: Sequence[str], what: Text | str) -> None:
        """Require that columns were read, and as numbers: the cluster and covariates of text are held as labels."""
        self.require_columns(columns, what)
        labels = [name for name in columns if name not in self._reading.floats]
        if labels:
            raise OptionError(
                Text(
                    "{what} reads {columns}, which {number:is|are} the treatment, the cluster or text. Name a column of numbers.",
                    "{what} lee {columns}, que {number:es|son} el tratamiento, el cluster o texto. Nombre una columna de números.",
                    what=what,
                    columns=checks.listed(map(repr, labels)),
                    number=len(labels),
                )
            )

    def __repr__(self) -> str:
        table, excluded = self._cells, self.steps[0][1] - len(self)
        treated = int(table["treated"].sum())
        groups = "" if self.groups is None else f", {len(self.groups):,} groups"
        label = "Synthetic registry sample" if self.synthetic else "Registry sample"
        return (
            f"{label}: {len(self):,} units ({treated:,} treated, {len(self) - treated:,} controls{groups}) in "
            f"{checks.counted(len(self.files), 'file')}, {checks.counted(len(table), 'cell')}, "
            f"{checks.counted(len(self.roles.covariates), 'covariate')}, {checks.counted(len(self.roles.outcomes), 'outcome')}; "
            f"{excluded:,} excluded"
        )

    def _repr_html_(self) -> str:
        return html_view(frame_of_texts(self.steps, ["step", "units"]), (), self.synthetic)


def cell_name(columns: Sequence[str], values: Sequence[object]) -> str:
    """Return a cell as messages name it: region=3 × product=quinua."""
    plain = (f"{value:g}" if isinstance(value, float) else str(value) for value in values)
    return " × ".join(f"{name}={value}" for name, value in zip(columns, plain, strict=True))


def _require_libraries() -> None:
    from importlib.util import find_spec

    lacking = [name for name in ("pyarrow", "duckdb") if find_spec(name) is None]
    if lacking:
        raise OptionError(
            Text(
                "im.RegistrySample needs {libraries}: pip install impact-evaluation[scale].",
                "RegistrySample necesita {libraries}: pip install impact-evaluation[scale].",
                libraries=checks.listed(lacking),
            )
        )


def _united(levels: Sequence[Any]) -> Any:
    return np.unique(np.concatenate(levels))


def _array_of(values: Sequence[Any]) -> Any:
    return np.array(values, dtype=object)


def _places(every: Any, some: Any) -> Positions:
    return np.asarray(np.searchsorted(every, some), dtype=np.intp)


def _steps_of(tallies: Sequence[Tally], cells: pd.DataFrame) -> tuple[tuple[Text, int], ...]:
    """Return the ledger; a row that lacks several columns counts at each of them."""
    read, kept = sum(tally.rows for tally in tallies), int(cells["rows"].sum())
    lacking: dict[str, int] = {}
    for tally in tallies:
        for name, count in tally.lacking.items():
            lacking[name] = lacking.get(name, 0) + count
    treated, control = int(cells["treated"].sum()), int(cells["control"].sum())
    return (
        (IN_TABLE, read),
        *((EXCLUDED.with_values(reason=lacks([name])), count) for name, count in lacking.items() if count),
        (ANALYSED, kept),
        (ANALYSED_TREATED, treated),
        (ANALYSED_CONTROL, control),
    )
