"""The facade: quick, complete, typed."""

import subprocess
import sys

import pytest

import impact as im


def test_every_public_name_resolves():
    for name in im.__all__:
        assert getattr(im, name) is not None


def test_unknown_names_are_attribute_errors():
    with pytest.raises(AttributeError, match="typo"):
        _ = im.typo


def test_importing_impact_loads_nothing_heavy():
    code = "import sys, impact; print(sorted({'numpy', 'pandas', 'scipy', 'statsmodels', 'matplotlib', 'sklearn'} & set(sys.modules)))"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.strip()
    assert loaded == "[]"


def test_matching_and_estimating_load_no_presentation_library_and_no_scipy_stats():
    code = (
        "import sys, impact as im\n"
        "s = im.synthetic.rural_alliances(1, groups=40)\n"
        "r = s.roles()\n"
        "im.estimate(im.match(im.Sample(s.household, **r), im.Kernel(im.PropensityScore())))\n"
        "print(sorted({'scipy.stats', 'matplotlib', 'statsmodels', 'sklearn', 'jinja2', 'typer', 'great_tables'} & set(sys.modules)))"
    )
    loaded = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True, check=True
    ).stdout.strip()
    assert loaded == "[]"
