"""The bilingual codebook of the survey tables: one self-contained page, or a workbook."""

from __future__ import annotations

from pathlib import Path

from impact.errors import OptionError
from impact.language import Text
from impact.survey.files.workbook import write_workbook
from impact.survey.package.field_text import codebook_frame
from impact.survey.package.schema import SurveySchema, given_or_own


def write_codebook(path: str | Path, schema: SurveySchema | None = None) -> Path:
    """Write the codebook of a survey's tables, in Spanish and English side by side.

    Parameters
    ----------
    path : path
        File to write: ``.html`` (one page, no external request) or ``.xlsx`` (one sheet per table).
    schema : SurveySchema, optional
        None: the package's own schema for rural alliances.

    Returns
    -------
    pathlib.Path
        The file written.

    Raises
    ------
    OptionError
        Another suffix.

    Examples
    --------
    >>> import pathlib, tempfile, impact as im
    >>> page = im.write_codebook(pathlib.Path(tempfile.mkdtemp()) / "codebook.html")
    >>> "Edad del jefe(a)" in page.read_text(encoding="utf-8")
    True
    """
    target, schema = Path(path), given_or_own(schema)
    if target.suffix.lower() == ".html":
        target.write_text(codebook_page(schema), encoding="utf-8")
    elif target.suffix.lower() == ".xlsx":
        book = codebook_frame(schema)
        flags = {name: book[name].map({True: "sí · yes", False: "no"}) for name in ("required", "sensitive")}
        book = book.assign(**flags)  # some spreadsheets show a truth as 1, others by their own language
        sheets = (
            (name, list(book.columns[1:]), rows.drop(columns="table").itertuples(index=False, name=None))
            for name, rows in book.groupby("table", sort=False)
        )
        write_workbook(target, ((str(name), headings, rows) for name, headings, rows in sheets))
    else:
        raise OptionError(
            Text(
                "A codebook is written as .html or .xlsx; got {target!r}.",
                "Un libro de códigos se escribe como .html o .xlsx; se dio {target!r}.",
                target=target.suffix or "no suffix",
            )
        )
    return target


def codebook_page(schema: SurveySchema) -> str:
    """Return the codebook as an HTML page in which every label is escaped."""
    from importlib import resources

    from jinja2 import Environment

    template = resources.files("impact.report").joinpath("codebook.html").read_text(encoding="utf-8")
    book = codebook_frame(schema)
    fields = {name: rows.to_dict("records") for name, rows in book.groupby("table", sort=False)}
    page = Environment(autoescape=True).from_string(template)
    return page.render(schema=schema, fields=fields)
