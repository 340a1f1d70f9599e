"""Survey files in: Stata, SPSS, CSV, Excel and Parquet become a table with labels, codes and data hash."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from impact import checks
from impact.errors import OptionError
from impact.language import Text, refusal
from impact.survey.files.delimited import read_delimited
from impact.survey.files.file_content import FileContent, check_columns
from impact.survey.files.spreadsheet import read_spreadsheet
from impact.survey.files.statistical import read_spss, read_stata
from impact.views import html_view

if TYPE_CHECKING:
    import pandas as pd

SUFFIXES = (".dta", ".sav", ".csv", ".tsv", ".txt", ".xlsx", ".parquet")
DELIMITED = (".csv", ".tsv", ".txt")


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class SurveyTable:
    r"""A survey file as it was read: nothing recoded, nothing lost.

    Attributes
    ----------
    frame : pandas.DataFrame
        One row per record, in the order of the file, rows numbered from 0. Handed out as a copy-on-write
        copy.
    labels : mapping of str to str
        Variable labels, by column.
    value_labels : mapping of str to mapping
        Labels of the stored values, by column.
    missing_codes : mapping of str to pandas.Series
        The user's own missing codes (Stata's ``.a`` to ``.z``, SPSS's missing values), by column: one entry
        per row that holds such a code. In ``frame`` the same cells are missing, so that no code is taken
        for an answer.
    source : str
        Name of the file, without its folder.
    data_hash : str
        SHA-256 of the file's bytes, 64 hexadecimal digits.
    first_row : int
        Number that the file's own program gives the first record: 2 below a header line, 1 in Stata and SPSS.

    Examples
    --------
    >>> import pathlib, tempfile, impact as im
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "hogares.csv"
    >>> _ = path.write_text("codigo;ingreso\n1;1.250,50\n2;980,00\n", encoding="utf-8")
    >>> table = im.read_survey(path)
    >>> table.frame["ingreso"].tolist(), table.source, table.first_row
    ([1250.5, 980.0], 'hogares.csv', 2)
    """

    _frame: pd.DataFrame
    labels: Mapping[str, str] = field(default_factory=dict)
    value_labels: Mapping[str, Mapping[object, str]] = field(default_factory=dict)
    missing_codes: Mapping[str, pd.Series] = field(default_factory=dict)
    source: str = ""
    data_hash: str = ""
    first_row: int = 1

    @property
    def frame(self) -> pd.DataFrame:
        """The records, as a copy that shares memory until one of the two is changed."""
        return self._frame.copy(deep=False)

    def without(self, columns: Collection[str]) -> SurveyTable:
        """Return the table without some columns, their labels and codes; names that it does not have are passed over."""
        kept = [name for name in self._frame.columns if name not in columns]
        return replace(
            self,
            _frame=self._frame[kept],
            labels={name: label for name, label in self.labels.items() if name in kept},
            value_labels={name: labels for name, labels in self.value_labels.items() if name in kept},
            missing_codes={name: codes for name, codes in self.missing_codes.items() if name in kept},
        )

    def describe(self) -> pd.DataFrame:
        """Return one row per column: label, type, filled rows, rows with a missing code; no value."""
        import pandas as pd

        return pd.DataFrame(
            {
                "column": list(self._frame.columns),
                "label": [self.labels.get(name, "") for name in self._frame.columns],
                "type": [str(kind) for kind in self._frame.dtypes],
                "filled": self._frame.notna().sum().to_numpy(),
                "missing_coded": [len(self.missing_codes.get(name, ())) for name in self._frame.columns],
            }
        )

    def __repr__(self) -> str:
        rows, columns = self._frame.shape
        size = f"{checks.counted(rows, 'row')} of {checks.counted(columns, 'column')}"
        return f"SurveyTable({self.source!r}, {size}, sha256 {self.data_hash[:12]})"

    def _repr_html_(self) -> str:
        return html_view(self.describe())


def read_survey(
    path: str | Path,
    *,
    sheet: str | None = None,
    separator: str | None = None,
    decimal: str | None = None,
    encoding: str | None = None,
    date_formats: Mapping[str, str] | None = None,
    leave_out: Collection[str] = (),
    language: str = "en",
) -> SurveyTable:
    r"""Read a survey file of any of the usual formats.

    Accents, leading zeros of codes and decimal commas survive: in a text file, a column in which any value
    starts with a zero followed by a digit stays text, and so does a number of more than 15 digits. What
    cannot be read without a guess is an error that says which argument settles it.

    Parameters
    ----------
    path : path
        A ``.dta``, ``.sav``, ``.csv`` (``.tsv``, ``.txt``), ``.xlsx`` or ``.parquet`` file.
    sheet : str, optional
        Sheet of an ``.xlsx`` file. Needed when more than one sheet holds data.
    separator, decimal, encoding : str, optional
        Of a text file: the character between columns, ``"."`` or ``","``, and the encoding. Found out where
        the file allows only one reading. ``decimal`` also of numbers that a sheet holds as text.
    date_formats : mapping of str to str, optional
        Of a text file or sheet: how a column writes its dates, such as ``{"interview_date": "%d/%m/%Y"}``.
        Dates as YYYY-MM-DD need none.
    leave_out : collection of str
        Columns that are not read, such as the outcomes while a design is made; names that the file does not have are passed over. Of Stata,
        SPSS and Parquet files their values are never loaded; of text files and workbooks they are passed over before a cell is interpreted.
    language : {"en", "es"}, default "en"
        Language of the messages.

    Returns
    -------
    SurveyTable

    Raises
    ------
    DataError
        The file is absent, damaged, empty, or cannot be read without a guess; the message says where and
        what to do.
    OptionError
        An argument does not fit the file's format.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = pathlib.Path(folder) / "hogares.csv"
    ...     text = "código;muni_code;ingreso\n1;070101;1.250,50\n2;080203;980,00\n"
    ...     _ = file.write_text(text, encoding="latin-1")
    ...     table = read_survey(file)
    >>> table.frame.to_dict("list")
    {'código': [1, 2], 'muni_code': ['070101', '080203'], 'ingreso': [1250.5, 980.0]}
    """
    file = Path(path)
    suffix = file.suffix.lower()
    if suffix not in SUFFIXES:
        raise refusal(
            language,
            en=f"A survey file must be one of {', '.join(SUFFIXES)}; got {file.name!r}.",
            es=f"El archivo de la encuesta debe ser uno de {', '.join(SUFFIXES)}; se recibió {file.name!r}.",
        )
    if not file.is_file():
        raise refusal(
            language, en=f"There is no file {file.name!r}.", es=f"No existe el archivo {file.name!r}."
        )
    _only_for(suffix, DELIMITED, separator=separator, encoding=encoding)
    _only_for(suffix, (*DELIMITED, ".xlsx"), decimal=decimal)
    checks.one_of("decimal", decimal, (None, ".", ","))
    _only_for(suffix, (".xlsx",), sheet=sheet)
    _only_for(suffix, (*DELIMITED, ".xlsx"), date_formats=date_formats)
    if file.stat().st_size == 0:
        raise refusal(language, en=f"{file.name} is empty.", es=f"{file.name} está vacío.")

    options = (sheet, (separator, decimal, encoding), date_formats or {})
    content = _content(file, suffix, *options, frozenset(leave_out), language)
    check_columns(list(content.frame.columns), len(content.frame), file.name, language)
    return SurveyTable(
        content.frame,
        content.labels,
        content.value_labels,
        content.missing_codes,
        source=file.name,
        data_hash=data_hash(file),
        first_row=1 if suffix in (".dta", ".sav", ".parquet") else 2,
    )


def data_hash(path: str | Path) -> str:
    """Return the SHA-256 of a file's bytes, by which a report names the data that it was made from.

    Parameters
    ----------
    path : path

    Returns
    -------
    str
        64 hexadecimal digits.

    Examples
    --------
    >>> import tempfile, pathlib, impact as im
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "a.csv"
    >>> _ = path.write_bytes(b"income")
    >>> im.data_hash(path)[:12]
    '00cf141f881d'
    """
    with Path(path).open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _content(
    file: Path,
    suffix: str,
    sheet: str | None,
    text_format: tuple[str | None, str | None, str | None],
    date_formats: Mapping[str, str],
    leave_out: frozenset[str],
    language: str,
) -> FileContent:
    if suffix == ".dta":
        return read_stata(file, language, leave_out)
    if suffix == ".sav":
        return read_spss(file, language, leave_out)
    if suffix == ".parquet":
        return FileContent(_read_parquet(file, leave_out, language))
    if suffix == ".xlsx":
        return FileContent(read_spreadsheet(file, sheet, date_formats, language, leave_out, text_format[1]))
    return FileContent(read_delimited(file, *text_format, date_formats, language, leave_out))


def _read_parquet(file: Path, leave_out: frozenset[str], language: str) -> pd.DataFrame:
    import pandas as pd

    try:
        import pyarrow.parquet
    except ImportError:
        raise refusal(
            language,
            en=f"{file.name} needs the library pyarrow: pip install impact-evaluation[parquet]",
            es=f"{file.name} necesita la librería pyarrow: pip install impact-evaluation[parquet]",
        ) from None
    try:
        names = [name for name in pyarrow.parquet.read_schema(file).names if name not in leave_out]
        return pd.read_parquet(file, engine="pyarrow", columns=names if leave_out else None).reset_index(
            drop=True
        )
    except (OSError, ValueError):
        raise refusal(
            language,
            en=f"{file.name} is damaged or no Parquet file. Export it again.",
            es=f"{file.name} está dañado o no es un archivo Parquet. Expórtelo de nuevo.",
        ) from None


def _only_for(suffix: str, suffixes: tuple[str, ...], **options: object) -> None:
    """Refuse an option that a file of this format would ignore."""
    given = [name for name, value in options.items() if value]
    if given and suffix not in suffixes:
        raise OptionError(
            Text(
                "{given} is an option of {suffixes} files; got a {suffix} file.",
                "{given} es una opción de archivos {suffixes}; se dio un archivo {suffix}.",
                given=given[0],
                suffixes=", ".join(suffixes),
                suffix=suffix,
            )
        )
