"""Every command that the README, the documentation and the notebooks show is one that the program knows, with those options."""

import re
from pathlib import Path

import pytest
import typer

from impact.cli.program import app

HOME = Path(__file__).parents[2]
PAGES = [
    HOME / "README.md",
    *sorted((HOME / "docs").glob("*.md")),
    *sorted((HOME / "notebooks").glob("*.py")),
]
KNOWN = {
    name: {option for parameter in command.params for option in parameter.opts}
    for name, command in typer.main.get_command(app).commands.items()
}


def shown(text):
    """The commands of a page: lines of code that begin with impact, and code within a sentence."""
    return re.findall(r"^\s*(?:#\s+)?(impact [a-z][^#\n]*)", text, re.MULTILINE) + re.findall(
        r"`(impact [a-z][^`\n]*)`", text
    )


def wrong(command):
    """What a command has that the program does not know."""
    _, verb, *rest = command.split()
    if verb not in KNOWN:
        return [verb]
    return [word for word in rest if word.startswith("--") and word.split("=")[0] not in KNOWN[verb]]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_shown_exist(page):
    commands = [
        command for command in shown(page.read_text(encoding="utf-8")) if command.split()[1].isalpha()
    ]
    assert {command: wrong(command) for command in commands if wrong(command)} == {}


def test_a_command_that_does_not_exist_would_be_seen():
    assert wrong("impact evalute evaluation.toml") == ["evalute"]
    assert wrong("impact report x.toml --lenguaje es") == ["--lenguaje"]
    assert sum(len(shown(page.read_text(encoding="utf-8"))) for page in PAGES) > 40
