"""The reference page of evaluation.toml has every key of every table, with type, default and an example that is TOML."""

import importlib.util
import inspect
import re
import tomllib
from pathlib import Path

import pytest

from impact.evaluation.keys.general import General
from impact.evaluation.reading.analysis import known_analyses
from impact.evaluation.reading.kinds import ADJUSTMENT, DISTANCE, OUTCOME, STRATEGY, VARIANCE

SCRIPT = Path(__file__).parents[4] / "docs" / "_site" / "configuration.py"


@pytest.fixture(scope="module")
def reference():
    found = importlib.util.spec_from_file_location("reference_page", SCRIPT)
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def sections(reference):
    parts = re.split(r"^#{2,3} `(.+)`$", reference.page(), flags=re.MULTILINE)
    return list(zip(parts[1::2], parts[2::2], strict=True))


def keys_in(text: str) -> set[str]:
    return set(re.findall(r"^\| `(\w+)` \|", text, flags=re.MULTILINE))


def test_every_key_of_every_table_is_on_the_page(reference, sections):
    content = dict(sections)
    for title, kind in reference.TABLES.items():
        assert keys_in(content[title]) == set(inspect.signature(kind).parameters), title
    for name, kind in known_analyses().items():
        assert keys_in(content[f"[{name}]"]) == set(inspect.signature(kind).parameters), name
    assert (
        {"title", "level", "figures"}
        <= keys_in(content["top of the file"])
        == set(General.__dataclass_fields__)
    )


@pytest.mark.parametrize(
    "kind", [OUTCOME, STRATEGY, DISTANCE, VARIANCE, ADJUSTMENT], ids=lambda kind: str(kind.noun)
)
def test_every_component_that_a_file_can_name_is_on_the_page(kind, sections):
    titles = [title for title, _ in sections]
    for words in kind.known():
        assert f'type = "{words}"' in titles, words


def test_examples_are_toml(sections):
    examples = re.findall(r"\| `(\w+ = .+?)` \|", "\n".join(text for _, text in sections))
    assert len(examples) > 200
    for example in examples:
        assert tomllib.loads(example), example
