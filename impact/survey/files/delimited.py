"""Text files: encoding, separator and ragged lines are settled before a single value is read."""

from __future__ import annotations

import codecs
import csv
import io
import itertools
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from impact import checks
from impact.errors import OptionError
from impact.language import Text, refusal
from impact.survey.files.file_content import check_header
from impact.survey.files.text_columns import LEADING_ZERO, decimal_mark, plain_numbers, typed_columns

if TYPE_CHECKING:
    import pandas as pd

SEPARATORS = (",", ";", "\t", "|")
SAMPLE_BYTES = 65_536
EVIDENCE_ROWS = 500  # enough to see a decimal mark; the other columns are judged whole
BYTE_ORDER_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
# Between two letters no text has such a sign: the bytes were written in another encoding than the one they
# are read in.
SIGN_INSIDE_WORD = re.compile(r"[^\W\d_][\x80-\x9f¡-©«-´¶¸¹»-¿×÷‚ƒ„…†‡ˆ‰‹•™›€][^\W\d_]")
# UTF-8 taken for Latin-1 and saved again: "CÃ³digo" for "Código".
SAVED_TWICE = re.compile(r"Ã[\x80-\xbf]|Â[\x80-\xbf]|â€")


def read_delimited(
    file: Path,
    separator: str | None,
    decimal: str | None,
    encoding: str | None,
    date_formats: Mapping[str, str],
    language: str,
    leave_out: frozenset[str] = frozenset(),
) -> pd.DataFrame:
    """Read a text file with one record a line.

    Parameters
    ----------
    file : pathlib.Path
    separator, decimal, encoding : str or None
        None: found out, where the file allows only one reading.
    date_formats : mapping of str to str
        How a column writes its dates, in ``strptime`` codes.
    language : {"en", "es"}
    leave_out : frozenset of str
        Columns whose cells are not interpreted.

    Returns
    -------
    pandas.DataFrame

    Raises
    ------
    DataError
        The encoding, separator, decimal mark or dates are not clear, or a line has too few or too many cells.
    """
    if decimal is not None:
        checks.one_of("decimal", decimal, (".", ","))
    if separator is not None and len(separator) != 1:
        raise OptionError(
            Text(
                "separator must be one character; got {separator!r}.",
                "separator debe ser un solo carácter; se dio {separator!r}.",
                separator=separator,
            )
        )
    with file.open("rb") as stream:
        head = stream.read(SAMPLE_BYTES)
    whole = len(head) == file.stat().st_size
    sample = _decoded(head, encoding, file.name, language, cut=not whole)
    separator = separator or _separator(sample, whole)
    header = next(csv.reader(io.StringIO(sample), delimiter=separator), [])
    check_header(header, file.name, language, separated=True)

    text = _decoded(file.read_bytes(), encoding, file.name, language)
    _check_lines(text, separator, file.name, language)
    if any(name.strip() in leave_out for name in header):
        text = _kept_cells(text, separator, [name.strip() not in leave_out for name in header])
    return _typed(text, separator, decimal, date_formats, file.name, language)


def _kept_cells(text: str, separator: str, kept: list[bool]) -> str:
    """Return the text of some columns alone, every cell as it was written."""
    shorter = io.StringIO()
    writer = csv.writer(shorter, delimiter=separator, lineterminator="\n")
    writer.writerows(
        itertools.compress(row, kept) for row in csv.reader(io.StringIO(text), delimiter=separator)
    )
    return shorter.getvalue()


def _typed(
    text: str,
    separator: str,
    decimal: str | None,
    date_formats: Mapping[str, str],
    source: str,
    language: str,
) -> pd.DataFrame:
    """Return the records: plain numbers as the parser reads them, every other column judged by its text."""
    import pandas as pd

    sample = _cells(text, separator, rows=EVIDENCE_ROWS)
    mark = decimal or decimal_mark(sample, source, language)
    parsed = _parsed(text, separator, mark or ".")
    plain = [
        name for name in plain_numbers(parsed, proven=mark is not None) if name.strip() not in date_formats
    ]
    if re.search(rf"(?:^|[{re.escape(separator)}\"]) *[+-]?0[0-9]", text, re.MULTILINE):
        codes = _cells(text, separator, columns=plain)
        plain = [name for name in plain if not codes[name].str.strip().str.match(LEADING_ZERO.pattern).any()]
    rest = [name for name in parsed.columns if name not in plain]
    judged = _cells(text, separator, columns=rest, rows=len(parsed))
    typed = typed_columns(
        judged.rename(columns=str.strip), decimal, date_formats, source, language, evidence=sample[plain]
    )
    columns = [parsed[name] if name in plain else typed[name.strip()] for name in parsed.columns]
    return pd.DataFrame(dict(zip((name.strip() for name in parsed.columns), columns, strict=True)))


def _parsed(text: str, separator: str, mark: str) -> pd.DataFrame:
    """Return the file as the parser reads it, up to its last line that holds anything."""
    import pandas as pd

    def read(rows: int | None) -> pd.DataFrame:
        return pd.read_csv(
            io.StringIO(text), sep=separator, decimal=mark, keep_default_na=False, na_values=[""],
            skip_blank_lines=False, low_memory=False, nrows=rows,
        )  # fmt: skip

    whole = read(None)
    filled = _filled_rows(whole)
    return whole if filled == len(whole) else read(filled)


def _cells(
    text: str, separator: str, columns: list[str] | None = None, rows: int | None = None
) -> pd.DataFrame:
    """Return cells as they stand in the file; a blank cell is an empty string."""
    import pandas as pd

    cells = pd.read_csv(
        io.StringIO(text), sep=separator, dtype="str", keep_default_na=False, na_filter=False,
        skip_blank_lines=False, usecols=columns, nrows=rows,
    )  # fmt: skip
    return cells.fillna("")


def _filled_rows(parsed: pd.DataFrame) -> int:
    """Return the rows up to the last that holds anything; a blank line between records counts."""
    end = len(parsed)
    while end and all(cell != cell or not str(cell).strip() for cell in parsed.iloc[end - 1]):
        end -= 1
    return end


def _decoded(content: bytes, encoding: str | None, source: str, language: str, cut: bool = False) -> str:
    """Return the text of UTF-8, UTF-16 or Latin-1 bytes; a sample may be cut inside a character."""
    marked = next((name for mark, name in BYTE_ORDER_MARKS.items() if content.startswith(mark)), None)
    errors = "ignore" if cut else "strict"
    try:
        text = _with_encoding(content, encoding or marked, errors)
    except LookupError:
        raise OptionError(
            Text(
                "encoding must be one that Python knows; got {encoding!r}.",
                "encoding debe ser una codificación que Python conozca; se dio {encoding!r}.",
                encoding=encoding,
            )
        ) from None
    except UnicodeDecodeError as problem:
        raise _wrong_encoding(source, f"byte {problem.start:,}", language) from None
    sign = re.search("\x00", text)
    if sign is None and encoding is None and not text.isascii():
        sign = SAVED_TWICE.search(text) or SIGN_INSIDE_WORD.search(text)
    if sign:
        around = text[max(sign.start() - 10, 0) : sign.end() + 10]
        raise _wrong_encoding(source, repr(around), language)
    return text


def _with_encoding(content: bytes, encoding: str | None, errors: str) -> str:
    if encoding is not None:
        return content.decode(encoding, errors)
    try:
        # A cut sample may end inside a character, of at most four bytes.
        return content.decode("utf-8") if errors == "strict" else _utf8_but_the_end(content)
    except UnicodeDecodeError:
        return content.decode("cp1252", errors)


def _utf8_but_the_end(content: bytes) -> str:
    decoder = codecs.getincrementaldecoder("utf-8")("strict")
    return decoder.decode(content, final=False)


def _wrong_encoding(source: str, where: str, language: str) -> Exception:
    return refusal(
        language,
        en=f"{source} must be text in UTF-8 or Latin-1; at {where} it is not. Save it as 'CSV UTF-8', or "
        "name its "
        "encoding: encoding = 'cp850'.",
        es=f"{source} debe ser texto en UTF-8 o Latin-1; en {where} no lo es. Guárdelo como 'CSV UTF-8', o "
        "indique su "
        "codificación: encoding = 'cp850'.",
    )


def _separator(sample: str, whole: bool) -> str:
    """Return the character that gives the most columns, the same number on nearly every line."""
    lines = sample.splitlines()
    if not whole and len(lines) > 1:
        lines.pop()  # cut in the middle
    best, most = ",", 1
    for candidate in SEPARATORS:
        widths = [len(row) for row in csv.reader(lines, delimiter=candidate) if row]
        if not widths:
            continue
        alike = sum(width == widths[0] for width in widths) / len(widths)
        if widths[0] > most and alike >= 0.8:
            best, most = candidate, widths[0]
    return best


def _check_lines(text: str, separator: str, source: str, language: str) -> None:
    """Require as many cells on every line as the header has: a short line would lose values."""
    widths = _line_widths(text, separator)
    try:
        _, expected = next(widths)
        wrong = next(((line, width) for line, width in widths if width not in (0, expected)), None)
    except csv.Error as problem:
        raise refusal(
            language,
            en=f"{source} has a quotation mark that is opened and never closed ({problem}). Close it, or "
            "delete it.",
            es=f"{source} tiene una comilla que se abre y no se cierra ({problem}). Ciérrela o bórrela.",
        ) from None
    if wrong is not None:
        line, width = wrong
        raise refusal(
            language,
            en=f"Every line of {source} must have {expected} cells, as its header; line {line:,} has "
            f"{width}. The file may "
            "be cut off there, or hold a separator or an open quotation mark inside a text.",
            es=f"Cada línea de {source} debe tener {expected} celdas, como su encabezado; la línea {line:,} "
            f"tiene {width}. "
            "Puede estar cortada, o tener un separador o una comilla abierta dentro de un texto.",
        )


def _line_widths(text: str, separator: str) -> Iterator[tuple[int, int]]:
    """Yield line number and number of cells; without quotation marks, separators are counted."""
    if '"' not in text:
        for number, line in enumerate(io.StringIO(text), start=1):
            yield number, line.count(separator) + 1 if line.strip("\r\n") else 0
        return
    reader = csv.reader(io.StringIO(text), delimiter=separator)
    for row in reader:
        yield reader.line_num, len(row)
