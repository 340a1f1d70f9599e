"""A snapshot of the public signatures and of the tables' columns, so that a change is seen.

After a change on purpose: ``python -m tests.unit.test_public_names`` writes the snapshot anew; say so in the changelog.
"""

import enum
import inspect
import json
import pydoc
import re
from pathlib import Path

import pytest

import impact as im
from impact.design.balance.table import BALANCE_COLUMNS
from impact.effects.effect import EFFECT_COLUMNS

SPACES = {"": im, "figures.": im.figures, "registry.": im.registry, "synthetic.": im.synthetic}
SCREEN = 50  # lines of 100 characters
SNAPSHOT = Path(__file__).with_name("public_names.json")


def signature(value):
    """Return the parameters of a public name, without the annotations and long defaults that say nothing of the call."""
    if not callable(value) or isinstance(value, enum.EnumMeta):
        return type(value).__name__
    try:
        parameters = inspect.signature(value).parameters.values()
    except ValueError:
        return type(value).__name__
    return ["*" * (p.kind == p.KEYWORD_ONLY) + p.name + _default(p.default) for p in parameters]


def _default(value):
    if value is inspect.Parameter.empty:
        return ""
    text = repr(value)
    return f"={type(value).__name__}" if " at 0x" in text else f"={text}"[:60]


def current():
    names = {name: signature(getattr(im, name)) for name in im.__all__}
    names |= {
        f"synthetic.{name}": signature(getattr(im.synthetic, name))
        for name in ("rural_alliances", "rural_alliances_panel")
    }
    return {"names": names, "effect_columns": list(EFFECT_COLUMNS), "balance_columns": list(BALANCE_COLUMNS)}


def test_public_names_and_signatures_are_those_of_the_snapshot():
    stored, now = json.loads(SNAPSHOT.read_text(encoding="utf-8")), current()
    assert sorted(now["names"]) == sorted(stored["names"])
    changed = {
        name: (stored["names"][name], now["names"][name])
        for name in now["names"]
        if now["names"][name] != stored["names"][name]
    }
    assert not changed


def test_the_tables_columns_are_those_of_the_snapshot():
    stored, now = json.loads(SNAPSHOT.read_text(encoding="utf-8")), current()
    assert (
        now["effect_columns"] == stored["effect_columns"]
        and now["balance_columns"] == stored["balance_columns"]
    )


def test_the_names_that_notebooks_and_outside_checks_rely_on_are_there():
    relied_on = [
        *(
            "Sample",
            "Headcount",
            "PovertyGap",
            "PropensityScore",
            "Mahalanobis",
            "Euclidean",
            "NearestNeighbor",
            "Radius",
            "Kernel",
        ),
        *(
            "Optimal",
            "Full",
            "Subclassification",
            "CoarsenedExact",
            "Cardinality",
            "match",
            "MinMax",
            "Crump",
            "balance",
            "estimate",
        ),
        *(
            "AbadieImbens",
            "ClusterRobust",
            "WildBootstrap",
            "Bootstrap",
            "Specification",
            "FOUR_STRATEGIES",
            "four_strategies",
        ),
        *(
            "quintile_effects",
            "Baseline",
            "PredictedOutcome",
            "fgt",
            "figures",
            "show_versions",
            "synthetic",
            "evaluate",
            "certify",
        ),
        *("InverseProbability", "EntropyBalancing", "CovariateBalancing"),
    ]
    assert not [name for name in relied_on if name not in im.__all__]


if __name__ == "__main__":
    SNAPSHOT.write_text(json.dumps(current(), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def results():
    """Return every public class that shows itself as a result: with a table, or with a view for notebooks."""
    classes = (getattr(im, name) for name in im.__all__)
    found = [value for value in classes if isinstance(value, type) and not issubclass(value, BaseException)]
    return [value for value in found if has_frame(value) or hasattr(value, "_repr_html_")]


def has_frame(value):
    return hasattr(value, "frame") or "frame" in getattr(value, "__dataclass_fields__", {})


@pytest.mark.parametrize("result", results(), ids=lambda result: result.__name__)
def test_every_result_has_three_doors(result):
    assert has_frame(result), "no frame"
    assert "__repr__" in vars(result) or result.__dataclass_params__.repr, "no repr"
    assert hasattr(result, "_repr_html_"), "no view for notebooks"


@pytest.mark.parametrize("module", [im, im.figures], ids=["impact", "figures"])
def test_a_module_lists_its_public_names_alone(module):
    assert sorted(dir(module)) == sorted(module.__all__)
    assert all(inspect.isfunction(getattr(im.figures, name)) for name in im.figures.__all__)


def test_every_figure_is_listed():
    own = [
        name
        for name, value in vars(im.figures).items()
        if inspect.isfunction(value)
        and not name.startswith("_")
        and value.__annotations__.get("return") == "Axes"
    ]
    assert set(own) - {"new_axes", "row_axes"} == set(im.figures.__all__)


def functions_and_classes():
    """Return every public function and class by its name."""
    every = {
        prefix + name: getattr(space, name) for prefix, space in SPACES.items() for name in space.__all__
    }
    return {
        name: value for name, value in every.items() if isinstance(value, type) or inspect.isfunction(value)
    }


def test_every_public_function_and_class_has_an_example():
    found = functions_and_classes()
    assert len(found) > 300
    assert not [name for name, value in found.items() if ">>>" not in (inspect.getdoc(value) or "")]


def test_help_of_every_public_function_fits_a_screen_before_its_notes():
    """Signature, summary, parameters and what is returned: what is looked up, without scrolling."""
    lengths = {}
    for name, value in functions_and_classes().items():
        if inspect.isfunction(value):
            text = pydoc.plain(pydoc.render_doc(value))
            shown = re.split(r"\n *(?:Raises|Warns|Notes|References|Examples)\n *-{3,}\n", text)[0]
            lengths[name] = sum(1 + len(line) // 100 for line in shown.splitlines())
    assert {name: lines for name, lines in lengths.items() if lines > SCREEN} == {}


def test_help_on_the_robustness_table_fits_a_screen():
    lines = pydoc.plain(pydoc.render_doc(im.four_strategies)).splitlines()
    assert sum(1 + len(line) // 80 for line in lines) <= 40
    assert "FOUR_STRATEGIES" in lines[2]
