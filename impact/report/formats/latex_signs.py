"""Text as LaTeX sets it: no label is a command, and no sign is one that pdflatex does not have."""

from __future__ import annotations

import re
import unicodedata

_SIGNS = {
    "\\": r"\textbackslash{}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_", "{": r"\{", "}": r"\}",
    "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "<": r"\textless{}", ">": r"\textgreater{}", "|": r"\textbar{}",
    '"': r"\textquotedbl{}", "[": "{[}", "]": "{]}", "–": "--", "—": "---", "·": r"\textperiodcentered{}", "…": r"\ldots{}",
    "“": "``", "”": "''", "‘": "`", "’": "'", "«": r"\guillemotleft{}", "»": r"\guillemotright{}", "€": r"\texteuro{}",
    "•": r"\textbullet{}", "‰": r"\textperthousand{}", "™": r"\texttrademark{}", "ł": r"\l{}", "Ł": r"\L{}", "đ": r"\dj{}", "Đ": r"\DJ{}",
}  # fmt: skip
_MATHEMATICS = {
    "−": "-", "×": r"\times", "⊗": r"\otimes", "≤": r"\leq", "≥": r"\geq", "≠": r"\neq", "∞": r"\infty", "†": r"\dagger", "‡": r"\ddagger",
    "✓": r"\surd",
    "√": r"\surd", "′": "'", "∂": r"\partial", "→": r"\rightarrow", "∈": r"\in", "∓": r"\mp", "∝": r"\propto", "∪": r"\cup",
    "⌈": r"\lceil", "⌉": r"\rceil", "‖": r"\|",
}  # fmt: skip
_ACCENTS = {
    "\u0300": "`", "\u0301": "'", "\u0302": "^", "\u0303": "~", "\u0304": "=", "\u0306": "u", "\u0307": ".", "\u0308": '"', "\u030a": "r",
    "\u030b": "H", "\u030c": "v", "\u0323": "d", "\u0327": "c", "\u0328": "k",
}  # fmt: skip
_MATHEMATICAL_ACCENTS = {"\u0302": "hat", "\u0303": "tilde", "\u0304": "bar", "\u0307": "dot"}
_LIKE_LATIN = dict(zip("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧο", "ABEZHIKMNOPTYXo", strict=True))
"""Greek letters for which LaTeX has no command, as they look like Latin ones."""
_PERCENT = re.compile(r"(\d) ?(\\%)")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_CLUSTER = re.compile(r".[\u0300-\u036f]*", re.DOTALL)


def escaped(text: str) -> str:
    r"""Return a text that LaTeX sets as it is written.

    Examples
    --------
    >>> escaped("50 % of A&B_1 {x} −3")
    '50~\\% of A\\&B\\_1 \\{x\\} \\ensuremath{-}3'
    >>> escaped("μ̂₀")
    '\\ensuremath{\\hat{\\mu}}\\textsubscript{0}'
    """
    plain = _CONTROL.sub(" ", unicodedata.normalize("NFC", text))
    return _PERCENT.sub(r"\1~\2", _CLUSTER.sub(lambda found: _set(found[0]), plain)).replace("\u00a0", "~")


def _set(cluster: str) -> str:
    """Return one letter with the marks that stand on it."""
    if len(cluster) == 1 and ord(cluster) > 0xFF and cluster not in _SIGNS | _MATHEMATICS:
        cluster = unicodedata.normalize("NFD", cluster)
    letter, marks = cluster[0], cluster[1:]
    greek = _greek(letter)
    if greek:
        for mark in marks:
            greek = rf"\{_MATHEMATICAL_ACCENTS.get(mark, 'overline')}{{{greek}}}"
        return rf"\ensuremath{{{greek}}}"
    shown = _unmarked(letter)
    for mark in marks:
        shown = rf"\{_ACCENTS[mark]}{{{shown}}}" if mark in _ACCENTS else shown + _named(mark)
    return shown


def _unmarked(letter: str) -> str:
    if letter in _SIGNS:
        return _SIGNS[letter]
    if letter in _MATHEMATICS:
        return rf"\ensuremath{{{_MATHEMATICS[letter]}}}"
    kind, _, code = unicodedata.decomposition(letter).partition(" ")
    if kind in {"<sub>", "<super>"}:
        inner = "".join(_set(chr(int(part, 16))) for part in code.split())
        return rf"\text{'sub' if kind == '<sub>' else 'super'}script{{{inner}}}"
    return letter if ord(letter) <= 0xFF else _named(letter)


def _greek(letter: str) -> str:
    """Return a Greek letter's command, or nothing."""
    if letter in _LIKE_LATIN:
        return rf"\mathrm{{{_LIKE_LATIN[letter]}}}"
    found = re.fullmatch(r"GREEK (SMALL|CAPITAL) LETTER (FINAL )?([A-Z]+)", unicodedata.name(letter, ""))
    if found is None:
        return ""
    name = found[3].replace("LAMDA", "LAMBDA").lower()
    return "\\" + ("var" if found[2] else "") + (name.capitalize() if found[1] == "CAPITAL" else name)


def _named(letter: str) -> str:
    """Return the number of a sign that has no other form here: nothing is left out silently."""
    return f"{{[}}U+{ord(letter):04X}{{]}}"
