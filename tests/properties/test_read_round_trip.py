"""Whatever separator, decimal mark and encoding a text file uses, the same table comes back."""

import csv
import io
import tempfile
from pathlib import Path

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from impact.survey.files.read import read_survey

LETTERS = "abcñáéíóúüÑÁ"
text = st.tuples(st.text(LETTERS, min_size=1, max_size=4), st.text(LETTERS + " ,;\"'=\n.-", max_size=8)).map(
    "".join
)
code = st.integers(0, 99_999).map(lambda number: f"0{number:05d}")
amount = st.none() | st.integers(-10_000_000, 10_000_000).map(lambda cents: cents / 100)
record = st.tuples(code, text, amount)


@settings(max_examples=60, deadline=None)
@given(
    records=st.lists(record, min_size=1, max_size=12),
    separator=st.sampled_from([",", ";", "\t", "|"]),
    decimal=st.sampled_from([".", ","]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "latin-1"]),
)
def test_a_table_survives_the_way_it_was_written(
    records: list[tuple[str, str, float | None]], separator: str, decimal: str, encoding: str
) -> None:
    stream = io.StringIO()
    writer = csv.writer(stream, delimiter=separator, lineterminator="\n")
    writer.writerow(["código", "nombre", "ingreso"])
    for key, name, value in records:
        writer.writerow([key, name, "" if value is None else f"{value:.2f}".replace(".", decimal)])
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "hogares.csv"
        file.write_bytes(stream.getvalue().encode(encoding))
        frame = read_survey(file).frame
    assert frame["código"].tolist() == [key for key, _, _ in records]
    assert frame["nombre"].tolist() == [name.strip() for _, name, _ in records]
    np.testing.assert_array_equal(
        frame["ingreso"], np.array([np.nan if value is None else value for _, _, value in records])
    )
