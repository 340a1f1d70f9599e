"""Every error and warning of the package knows its Spanish: the source is read, so that a new message cannot forget it."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from string import Formatter

import impact
from impact import checks
from impact.language import Text
from impact.report.words.words import WORDS

HOME = Path(impact.__file__).parent
PYTHON_ONLY = (
    "ValueError",  # of our own code, never of a user
    "NotImplementedError",
    "AttributeError",
    "KeyError",
    "StopIteration",
    "AssertionError",
    "TypeError",
    "BadParameter",
)


@cache
def calls() -> tuple[tuple[str, ast.Call], ...]:
    """Return every call of the package, with the file it stands in."""
    found = []
    for file in sorted(HOME.rglob("*.py")):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        found += [
            (str(file.relative_to(HOME)), node) for node in ast.walk(tree) if isinstance(node, ast.Call)
        ]
    return tuple(found)


def name_of(call: ast.Call) -> str:
    return call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")


def messages() -> Iterator[tuple[str, ast.expr]]:
    """Yield the message of every error raised or made and of every warning, with its file."""
    for file, call in calls():
        name = name_of(call)
        made = name.endswith("Error") and name[0].isupper() and name not in PYTHON_ONLY
        said = name == "warn" or (name == "error" and isinstance(call.func, ast.Attribute))
        if call.args and (made or said):
            yield file, call.args[0]


def literal(node: ast.expr) -> str | None:
    """Return a string that stands in the source, or None."""
    try:
        value = ast.literal_eval(node)
    except ValueError:
        return None
    return value if isinstance(value, str) else None


def test_no_message_is_a_bare_string():
    for file, message in messages():
        joined = isinstance(message, ast.BinOp) and any(literal(part) for part in ast.walk(message))
        bare = isinstance(message, ast.JoinedStr) or joined or literal(message) is not None
        assert not bare, f"{file}:{message.lineno}: give the message as a Text with its Spanish"


def test_every_message_has_spanish_with_no_value_of_its_own():
    for file, message in messages():
        if not (isinstance(message, ast.Call) and name_of(message) == "Text"):
            continue
        where = f"{file}:{message.lineno}"
        if any(isinstance(part, ast.JoinedStr) for part in message.args[1:2]):
            continue  # both languages are there, filled in already
        texts = [literal(part) for part in message.args[:2]]
        named = {word.arg: literal(word.value) for word in message.keywords}
        english = texts[0] if texts else named.get("en")
        spanish = texts[1] if len(texts) > 1 else named.get("es")
        assert english and spanish, f"{where}: no Spanish"
        given = {word.arg for word in message.keywords} - {"en", "es"}
        assert fields(spanish) <= given, f"{where}: {fields(spanish) - given} have no value"
        assert fields(english) <= given, f"{where}: {fields(english) - given} have no value"
        assert spanish != english or fields(english), f"{where}: the Spanish is English"


def fields(template: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(template) if name}


def test_what_is_counted_is_known_in_spanish():
    for file, call in calls():
        noun = literal(call.args[1]) if name_of(call) == "counted" else None
        if noun is not None:
            assert checks.counted(2, noun).es != checks.counted(2, noun).en, f"{file}: {noun}"


def test_what_an_argument_must_be_is_a_text():
    for file, call in calls():
        if name_of(call) == "instance" and len(call.args) > 2:
            assert literal(call.args[2]) is None, f"{file}:{call.lineno}"


SAID = ("Text", "refusal", "compile", "fullmatch", "execute", "sql", "annotate", *PYTHON_ONLY)
"""Calls within which a sentence has its Spanish, or is none of a reader's."""
FOLDERS = (
    "checks.py",
    "design",
    "effects",
    "evaluation/analyses",
    "evaluation/sections",
    "evaluation/verdicts",
    "monitoring",
    "registry",
    "report",
    "robustness",
    "survey",
)
NO_SENTENCES = (  # keys that a table of words translates, SQL, LaTeX, halves of a Text, a message of pyreadstat
    "against those that do not enter",
    "earlier against later, not yet treated",
    "later against earlier, already treated",
    "none: the flow never changes sign",
    "none: the present value never crosses 0",
    "SELECT id, count",
    "\\toprule",
    "\\addlinespace",
    "end of file missing",
    "stated in the text",
    "To explain the effect",
    "Para explicar el efecto",
    "Selection on what was not measured",
    "La selección por lo no medido",
    "by cohort and wave",
    "first wave against last",
    "min_controls and max_controls",
)


def sentences() -> Iterator[tuple[str, int, str]]:
    """Yield every text of four words or more that stands outside a Text, docstrings and ``__repr__`` apart."""
    for folder in FOLDERS:
        home = HOME / folder
        for file in [home] if home.is_file() else sorted(home.rglob("*.py")):
            if file.name not in ("words.py", "answers.py", "columns.py", "claim.py"):
                for node, text in prose(ast.parse(file.read_text(encoding="utf-8"))):
                    yield str(file.relative_to(HOME)), node.lineno, text


def prose(node: ast.AST) -> Iterator[tuple[ast.expr, str]]:
    """Yield the sentences below a node that are said by nobody who knows Spanish."""
    if (isinstance(node, ast.Call) and name_of(node) in SAID) or (
        isinstance(node, ast.Expr) and literal(node.value)
    ):
        return
    if isinstance(node, ast.FunctionDef) and node.name in ("__repr__", "_repr_html_", "_block"):
        return
    if isinstance(node, (ast.Constant, ast.JoinedStr)):
        parts = [node] if isinstance(node, ast.Constant) else node.values
        text = "".join(str(part.value) for part in parts if isinstance(part, ast.Constant))
        if len(re.findall(r"[A-Za-zÀ-ÿ]{2,}(?=[ ,.;:)]|$)", text)) > 3 and " " in text:
            yield node, text
        return
    for child in ast.iter_child_nodes(node):
        yield from prose(child)


def test_no_sentence_of_a_result_is_in_english_alone():
    """Notes, titles, labels and reasons of results are Texts, wherever Python alone reaches them."""
    alone = [
        f"{file}:{line}: {text}"
        for file, line, text in sentences()
        if not any(known in text for known in NO_SENTENCES)
    ]
    assert alone == []


PYTHON_ALONE = (  # messages that no file and no command can reach: a call of Python alone makes them
    "im.Assignment", "im.Rules", "im.Baseline(", "im.AssignmentRule", "im.load_schema()", "(im.Specification)", "im.Headcount",
    "panel.baseline()", "im.group_time_effects", "panel_roles()", "im.Certification",
)  # fmt: skip
CLASS = re.compile(r"\bun im\.[A-Z]\w+|\bo im\.[A-Z]\w+")
"""What an argument must be an instance of: nothing that a file can get wrong."""
SLIPS = {
    "two spaces": re.compile(r"\S  \S"),
    "two stops, or a sign after a space": re.compile(r"(?<!\.)\.\.(?!\.)| [,;:?](?!=)|,,"),
    "one with a verb of several": re.compile(
        r"\b1 (?:[a-záéíóúñ]+ ){1,3}(?:de '?X'? |en '?X'? )?(?:no |ya |se |le )*(?!sin |con |en |un |según )([a-záéíóúñ]+n)\b(?! con\b)"
    ),
    "several with a verb of one": re.compile(
        r"\b2 [a-záéíóúñ]+s (?:no |ya |se )*(tiene|está|es|puede|debe|hay que|sirve|falta|queda)\b"
    ),
    "one in the plural": re.compile(
        r"\b1 (?:filas|hogares|grupos|unidades|controles|columnas|rondas|resultados|estratos|pares)\b"
    ),
}
SINGULAR = ("variación", "ningún", "comparación")


def filled(node: ast.Call, number: int) -> str | None:
    """Return the Spanish of a Text of the source with its counts set to a number, and X for everything else."""
    texts = [literal(part) for part in node.args[:2]]
    if len(texts) < 2 or None in texts:
        return None
    english, spanish = texts
    values: dict[str, object] = dict.fromkeys(fields(spanish) | fields(english), "X")
    for _, name, shape, _ in Formatter().parse(spanish):
        if name and shape and "|" in shape:
            values[name] = number
        elif name and shape:
            values[name] = 3.5
    for word in node.keywords:
        noun = word.value
        if (
            isinstance(noun, ast.Call)
            and name_of(noun) == "counted"
            and len(noun.args) > 1
            and literal(noun.args[1])
        ):
            values[word.arg] = checks.counted(number, literal(noun.args[1]))
    try:
        return Text(english, spanish, **values).es
    except (ValueError, TypeError):
        return None  # a shape that no number of this kind has


def test_no_spanish_text_has_a_slip_of_agreement_or_of_signs():
    found = []
    for file, call in calls():
        for number in (1, 2) if name_of(call) == "Text" else ():
            said = filled(call, number) or ""
            for name, pattern in SLIPS.items():
                slip = pattern.search(said)
                if slip and not any(slip[0].endswith(word) for word in SINGULAR):
                    found.append(f"{file}:{call.lineno}: {name}: {slip[0]!r} in {said}")
    assert found == []


def test_spanish_messages_speak_of_python_only_where_python_alone_reaches_them():
    found = []
    for file, call in calls():
        texts = [literal(part) for part in call.args[:2]] if name_of(call) == "Text" else []
        said = CLASS.sub("", (texts[1] if len(texts) > 1 else None) or "")
        for known in PYTHON_ALONE:
            said = said.replace(known, "")
        if re.search(r"\bim\.\w+|\b(?:True|False)\b|=True|=False", said):
            found.append(f"{file}:{call.lineno}: {texts[1]}")
    assert found == []


TREATED = re.compile(r"\btratad[oa]s?\b", re.IGNORECASE)
OF_THE_PANEL = re.compile(
    r"(?:\baún no|\(aún\) no|\bnunca|\bsiempre|\bya) tratad[oa]s?\b|\b(?:cohorte|cohorte está|filas) tratadas?\b|tratados \(ATT\)|"
    r"no tratados en este panel|tratados como controles"
)
"""What is no word for people: the name of the ATT, and the states of a cohort over time that the literature names."""


def test_the_people_of_the_programme_have_one_name_in_spanish():
    said = [
        (f"{file}:{call.lineno}", literal(call.args[1]) or "")
        for file, call in calls()
        if name_of(call) == "Text" and len(call.args) > 1
    ]
    said += [(f"report/words/words.py: {key}", spanish) for key, (_, spanish) in WORDS.items()]
    assert [one for one in said if TREATED.search(OF_THE_PANEL.sub("", one[1]))] == []
    assert sum("beneficiari" in spanish for _, spanish in said) > 100


def test_what_a_result_shows_of_itself_is_said_in_the_language_that_is_spoken():
    english = re.compile(r"_view\([^\n]*(?:self\.sentence\(\)|map\(str, self\.notes\))")
    found = [str(file) for file in HOME.rglob("*.py") if english.search(file.read_text(encoding="utf-8"))]
    assert found == []
