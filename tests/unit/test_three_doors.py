"""What people meet: every public result has a table, a line of text and a notebook view; help fits a screen; dir shows public names."""

import contextlib
import inspect
import io

import numpy as np
import pandas as pd
import pytest

import impact as im
from impact.evaluation.locked_design import LockedDesign

NOT_RESULTS = {
    "Assignment": "what a strategy proposes: given to match()",
    "AssignmentRule": "which dates make a group treated: given to pipeline_gate()",
    "Choices": "what could have been chosen: given to universe()",
    "Claim": "a sentence with a figure: given to audit_claims()",
    "FirstStage": "how weights were estimated: a part of the Assignment that a strategy proposes",
    "LinearAdjustment": "how an estimate is adjusted: what SuitedAdjustment chooses for an outcome, given to estimate()",
    "Pairs": "what a strategy proposes, one by one: MatchedSample.pairs is their table",
    "PovertyLine": "one line of PovertyLines: given to measures of poverty",
    "SurveySchema": "the data package's rules: given to validate()",
    "Units": "what a strategy may see: given to assign()",
}


def returned():
    """Return the public classes that a public function, or a public method of a public class, is said to return."""
    public = {name: value for name in im.__all__ if isinstance(value := getattr(im, name), type)}
    functions = [value for name in im.__all__ if inspect.isfunction(value := getattr(im, name))]
    for folder in (im.registry, im.synthetic):
        made = [value for name in folder.__all__ if inspect.isfunction(value := getattr(folder, name))]
        functions += made
        kinds = [
            vars(inspect.getmodule(f)).get(inspect.signature(f).return_annotation.strip("'")) for f in made
        ]
        public |= {kind.__name__: kind for kind in kinds if isinstance(kind, type)}
    for kind in public.values():
        functions += [
            f for name, f in vars(kind).items() if inspect.isfunction(f) and not name.startswith("_")
        ]
    said = {str(inspect.signature(function).return_annotation).strip("'") for function in functions}
    inputs = {
        name for name, kind in public.items() if hasattr(kind, "assign") or hasattr(kind, "uncertainty")
    }
    return {name: public[name] for name in said & public.keys() - NOT_RESULTS.keys() - inputs}


RESULTS = returned()


def test_the_walk_finds_the_results():
    assert {
        "MatchedSample",
        "BalanceTable",
        "EffectTable",
        "Evaluation",
        "Universe",
        "LeeBounds",
        "Trend",
        "RegistryMatch",
        "RegistryScore",
        "RuralAlliances",
    } <= RESULTS.keys()
    assert len(RESULTS) > 40


@pytest.mark.parametrize("name", sorted(RESULTS))
def test_every_public_result_has_the_three_doors(name):
    kind = RESULTS[name]
    fields = set().union(*(vars(base).get("__annotations__", ()) for base in kind.__mro__))
    assert isinstance(inspect.getattr_static(kind, "frame", None), property) or "frame" in fields
    assert callable(getattr(kind, "_repr_html_", None))
    written = next(base for base in kind.__mro__ if "__repr__" in vars(base))
    assert written is not object
    assert vars(written)["__repr__"].__module__.startswith("impact."), (
        "a repr of all fields is not a line to read"
    )


def test_bounds_and_trends_show_themselves():
    bounds = im.lee_bounds([1, 2, 3, 4, 2, 3, 0, 0], [1, 1, 1, 1, 0, 0, 0, 0], [1, 1, 1, 1, 1, 1, 0, 0])
    assert bounds.frame["bound"].tolist() == ["lower", "upper"]
    np.testing.assert_array_equal(bounds.frame["estimate"], [bounds.lower, bounds.upper])
    assert repr(bounds).startswith(
        "LeeBounds(-1 to 1, 95% interval"
    ) and "50.0% of the treated trimmed" in repr(bounds)
    assert "<td>upper</td>" in bounds._repr_html_()
    trend = im.trend_in_shares([4, 6, 9], [10, 10, 10], [1, 2, 3])
    assert trend.frame["slope"].item() == trend.slope == pytest.approx(0.25)
    assert trend.verdict in trend._repr_html_()


def test_a_lock_shows_its_strategies_and_an_effect_its_row():
    strategy = {
        "name": "1 to 3",
        "treated": 7,
        "controls": 9,
        "ess_control": 8.5,
        "max_abs_smd": 0.1,
        "weights_sha256": "ab",
        "rule": "…",
    }
    sample = {"treated": 7, "controls": 9}
    lock = LockedDesign(
        {"locked_at": "2026-03-01T12:00:00+00:00", "sample": sample, "strategies": [strategy], "outcomes": []}
    )
    assert lock.frame.to_dict("records") == [
        {"strategy": "1 to 3"} | {k: strategy[k] for k in lock.frame.columns[1:]}
    ]
    assert "1 to 3" in lock._repr_html_()
    frame = pd.DataFrame({"t": [1, 0, 1, 0], "x": [1.0, 1.0, 2.0, 2.0], "y": [3.0, 1.0, 5.0, 2.0]})
    sample = im.Sample(frame, treatment="t", covariates=["x"], outcomes=["y"])
    effect = im.estimate(im.match(sample, im.Exact())).effects[0]
    assert effect.frame["estimate"].item() == effect.estimate == pytest.approx(2.5)
    assert "ATT on y" in effect._repr_html_()


def test_help_of_the_four_strategies_fits_a_screen():
    shown = io.StringIO()
    with contextlib.redirect_stdout(shown):
        help(im.four_strategies)
    lines = shown.getvalue().splitlines()
    assert "= FOUR_STRATEGIES" in lines[2]
    assert sum(1 + len(line) // 120 for line in lines) <= 40


@pytest.mark.parametrize(
    "module", [im, im.figures, im.registry, im.synthetic], ids=["impact", "figures", "registry", "synthetic"]
)
def test_dir_lists_public_names_only(module):
    assert [name for name in dir(module) if name.startswith("_") and name != "__version__"] == []
    assert not [
        name
        for name in dir(module)
        if inspect.ismodule(getattr(module, name)) and name not in ("figures", "registry", "synthetic")
    ]
    assert set(dir(module)) == set(module.__all__)
