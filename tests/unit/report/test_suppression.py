"""A hidden cell cannot be had from the margins: an attacker who adds up everything published never learns it."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from impact.design.matched_sample import (
    CONTROL_NOT_USED,
    MATCHED_CONTROL,
    MATCHED_TREATED,
    OFF_SUPPORT,
    UNMATCHED,
)
from impact.language import Language
from impact.report.cells import shown
from impact.report.contents import Number
from impact.report.suppression import counts_shown, hidden_cells
from impact.report.tables.survey import flow_table
from impact.report.words.style import Style
from impact.survey.sample_flow import ANALYSED, ANALYSED_CONTROL, ANALYSED_TREATED, EXCLUDED, IN_TABLE


def bounds(counts, relations, hidden, place):
    """Return the least and the most that a hidden count can be, given everything that is published."""
    places = np.flatnonzero(hidden)
    matrix = np.zeros((len(relations), len(counts)))
    for row, (total, parts) in zip(matrix, relations, strict=True):
        row[total] = -1
        row[list(parts)] += 1
    published = np.where(hidden, 0, counts)
    target = -matrix @ published
    cost = (places == place).astype(float)
    ends = []
    for sign in (1, -1):
        solved = linprog(sign * cost, A_eq=matrix[:, places], b_eq=target, bounds=(0, None))
        ends.append(np.inf if solved.status == 3 else sign * solved.fun)
    return ends


def two_way(cells):
    """Return the counts of a table with its margins, and what adds up to what."""
    cells = np.asarray(cells)
    rows, columns = cells.shape
    counts = [*cells.ravel(), *cells.sum(1), *cells.sum(0), cells.sum()]
    place = np.arange(rows * columns).reshape(rows, columns)
    row_sums, column_sums = rows * columns + np.arange(rows), rows * columns + rows + np.arange(columns)
    relations = [(int(row_sums[k]), tuple(map(int, place[k]))) for k in range(rows)]
    relations += [(int(column_sums[k]), tuple(map(int, place[:, k]))) for k in range(columns)]
    relations += [
        (len(counts) - 1, tuple(map(int, row_sums))),
        (len(counts) - 1, tuple(map(int, column_sums))),
    ]
    return [int(count) for count in counts], relations


@settings(max_examples=40)
@given(st.lists(st.lists(st.integers(0, 60), min_size=3, max_size=3), min_size=2, max_size=4))
def test_no_small_cell_of_a_table_with_margins_can_be_computed(cells):
    counts, relations = two_way(cells)
    hidden = hidden_cells(counts, relations, 5)
    for place in np.flatnonzero((np.array(counts) > 0) & (np.array(counts) < 5)):
        assert hidden[place]
        low, high = bounds(counts, relations, hidden, place)
        assert high - low > 1e-6
    if not ((np.array(counts) > 0) & (np.array(counts) < 5)).any():
        assert not hidden.any()


def test_one_small_cell_takes_a_second_with_it_and_two_that_are_few_together_a_third():
    assert hidden_cells([100, 60, 37, 3], [(0, (1, 2, 3))], 5).tolist() == [False, False, True, True]
    assert hidden_cells([100, 60, 36, 3, 1], [(0, (1, 2, 3, 4))], 5).tolist() == [
        False,
        False,
        True,
        True,
        True,
    ]
    assert hidden_cells([100, 60, 32, 4, 4], [(0, (1, 2, 3, 4))], 5).tolist() == [
        False,
        False,
        False,
        True,
        True,
    ]
    assert hidden_cells([3, 3, 0], [(0, (1, 2))], 5).tolist() == [True, True, False]


def test_a_cell_hidden_for_anothers_sake_does_not_claim_to_be_small():
    cells = counts_shown([100, 97, 3], [(0, (1, 2))], 5)
    assert [shown(cell, Language("en")) for cell in cells] == ["100", "(c)", "n < 5"]


@pytest.mark.parametrize("unmatched", [0, 3, 19])
def test_the_flow_never_lets_a_small_step_be_computed(unmatched):
    steps = (
        (IN_TABLE, 320), (EXCLUDED.with_values(reason="no age"), 20), (ANALYSED, 300), (ANALYSED_TREATED, 120), (ANALYSED_CONTROL, 180),
        (OFF_SUPPORT, 0), (UNMATCHED, unmatched), (MATCHED_TREATED, 120 - unmatched), (MATCHED_CONTROL, 90), (CONTROL_NOT_USED, 90),
    )  # fmt: skip
    table = flow_table({"A": steps}, Style(), False)
    published = {row.cells[0]: row.cells[1] for row in table.rows}
    hidden = {name for name, cell in published.items() if not isinstance(cell, Number)}
    assert hidden == ({"on support, unmatched", "matched, treated"} if unmatched == 3 else set())


def test_a_hidden_fifth_does_not_follow_from_the_total():
    from impact.report.contents import Suppressed
    from impact.report.tables.effects import _parts

    cells = _parts([40, 3, 38, 41, 39], Style.of("en"))
    kinds = [type(cell).__name__ for cell in cells]
    assert kinds.count("Suppressed") == 2  # one alone would be the total less the others
    assert kinds[1] == kinds[2] == "Suppressed"
    assert [cell.secondary for cell in cells if isinstance(cell, Suppressed)] == [False, True]
    assert not [cell for cell in _parts([40, 42, 38, 41, 39], Style.of("en")) if isinstance(cell, Suppressed)]


@pytest.mark.parametrize(
    ("extreme", "hidden"),
    [
        (50.0, {}),
        (
            97.0,
            {"extreme": True},
        ),  # three households between the lines: their share is the difference of two shares
        (2.0, {"extreme": False}),  # three households below the line itself
    ],
)
def test_few_between_two_poverty_lines_do_not_follow_from_the_shares_below_them(extreme, hidden):
    import numpy as np
    import pandas as pd

    import impact as im
    from impact.report.contents import Suppressed
    from impact.report.tables.survey import poverty_table

    income = np.tile(np.arange(200.0), 2)  # both arms: one household at each whole number
    frame = pd.DataFrame({"treated": np.repeat([True, False], 200), "income": income})
    frame["age"] = income % 7 + (income % 3) * frame["treated"]
    sample = im.Sample(frame, treatment="treated", covariates=["age"])
    matched = im.match(sample, im.Kernel(im.PropensityScore()))
    arm = pd.Series(np.where(frame["treated"], "treated", "control"), index=frame.index)
    levels = {
        name: im.fgt(frame["income"], line, alpha=(0.0, 1.0), by=arm)
        for name, line in (("moderate", 100.0), ("extreme", extreme + 1 if extreme == 2.0 else extreme))
    }
    table = poverty_table(levels, matched, "kernel", Style())
    found, line = {}, ""
    for row in table.rows:
        line = str(row.cells[0]).split(":")[0].lower() if row.opens else line
        out = [cell for cell in row.cells[1:] if isinstance(cell, Suppressed)]
        if out:
            assert len(out) == 4  # both arms go together
            found[line] = all(cell.secondary for cell in out)
    assert found == hidden
