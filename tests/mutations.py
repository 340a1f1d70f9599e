"""Seeded mutations of a clean survey: spellings, codes, stray text, types, rows; each must be seen or change nothing."""

from collections.abc import Callable

import numpy as np
import pandas as pd

from tests.dirty_corpus import clean_household

Random = np.random.Generator
NUMBERS = ("edad", "educacion", "miembros", "ingreso", "tierra")
WORDS = ("region", "grupo")


def mutated(seed: int) -> tuple[str, pd.DataFrame]:
    """Return the names of one or two mutations, and the survey that they leave."""
    random = np.random.default_rng(seed)
    frame = clean_household()
    chosen = random.choice(len(MUTATIONS), size=int(random.integers(1, 3)), replace=False)
    for number in sorted(
        chosen, key=lambda one: MUTATIONS[one] is column_renamed
    ):  # last: others go by its name
        frame = MUTATIONS[number](frame, random)
    return " + ".join(MUTATIONS[number].__name__ for number in chosen), frame


def _cells(frame: pd.DataFrame, random: Random, most: int = 40) -> pd.Index:
    return frame.index[np.sort(random.choice(len(frame), size=int(random.integers(1, most)), replace=False))]


def _put(frame: pd.DataFrame, column: str, rows: pd.Index, values: object) -> pd.DataFrame:
    changed = frame.astype({column: object})
    changed.loc[rows, column] = values
    return changed


def negative_code(frame: pd.DataFrame, random: Random) -> pd.DataFrame:
    return _put(
        frame, random.choice(NUMBERS), _cells(frame, random), int(random.choice([-97, -98, -99, -999, -9999]))
    )


def large_code(frame: pd.DataFrame, random: Random) -> pd.DataFrame:
    rows = frame.index[np.sort(random.choice(len(frame), size=int(random.integers(5, 40)), replace=False))]
    return _put(
        frame, random.choice(["educacion", "miembros"]), rows, int(random.choice([97, 98, 99, 997, 999]))
    )


def code_as_text(frame: pd.DataFrame, random: Random) -> pd.DataFrame:
    word = random.choice(
        ["NS/NR", "ns", "n.d.", "-", "--", "?", "x", "s/d", "NA*", "no sabe", "#N/A", "nulo"]
    )
    return _put(frame, random.choice(NUMBERS), _cells(frame, random), str(word))


def unit_in_cell(frame: pd.DataFrame, random: Random) -> pd.DataFrame:
    column, rows = random.choice(NUMBERS), _cells(frame, random, 8)
    unit = random.choice([" ha", " Bs", " años", "%", "*"])
    return _put(frame, column, rows, [f"{value}{unit}" for value in frame.loc[rows, column]])


def decimal_commas(frame: pd.DataFrame, random: Random) -> pd.DataFrame:
    column = random.choice(["ingreso", "tierra"])
    return frame.assign(**{column: [str(value).replace(".", ",") for value in frame[column]]})


def some_decimal_commas(frame: pd.DataFrame, random: Random) -> pd.DataFrame:
    column = random.choice(["ingreso", "tierra"])
    rows = _cells(frame, random)
    return _put(frame, column, rows, [str(value).replace(".", ",") for value in frame.loc[rows, column]])


def numbers_as_text(frame: pd.DataFrame, random: Random) -> pd.DataFrame:
    column = random.choice(NUMBERS)
    return frame.assign(**{column: [f"{' ' * int(random.integers(0, 3))}{value}" for value in frame[column]]})


def other_case(frame: pd.DataFrame, random: Random) -> pd.DataFrame:
    column, rows = random.choice(WORDS), _cells(frame, random)
    return _put(frame, column, rows, [str(value).swapcase() for value in frame.loc[rows, column]])


def spaces(frame: pd.DataFrame, random: Random) -> pd.DataFrame:
    column, rows = random.choice(WORDS), _cells(frame, random)
    return _put(frame, column, rows, [f" {value}  " for value in frame.loc[rows, column]])


def no_accents(frame: pd.DataFrame, random: Random) -> pd.DataFrame:
    rows = frame.index[(frame["region"] == "Trópico") & (random.random(len(frame)) < 0.2)]
    return _put(frame, "region", rows, "Tropico")


def treatment_in_words(frame: pd.DataFrame, random: Random) -> pd.DataFrame:
    pairs = [
        ("Sí", "No"),
        ("si", "no"),
        ("SI", "NO"),
        ("Tratamiento", "Control"),
        ("1", "0"),
        ("Yes", "No"),
        ("A", "B"),
    ]
    yes, no = pairs[int(random.integers(len(pairs)))]
    numbers = pd.to_numeric(frame["beneficiario"], errors="coerce")
    return frame.assign(beneficiario=np.where(numbers == 1, yes, no))


def treatment_as_one_and_two(frame: pd.DataFrame, random: Random) -> pd.DataFrame:
    return frame.assign(beneficiario=2 - pd.to_numeric(frame["beneficiario"], errors="coerce"))


def third_answer(frame: pd.DataFrame, random: Random) -> pd.DataFrame:
    return _put(frame, "beneficiario", _cells(frame, random, 6), random.choice(["Retirado", "9", "-99", "?"]))


def total_row(frame: pd.DataFrame, random: Random) -> pd.DataFrame:
    total = {column: pd.to_numeric(frame[column], errors="coerce").sum() for column in NUMBERS}
    word = random.choice(["TOTAL", "Total general", "Suma", "Promedio"])
    return pd.concat([frame, pd.DataFrame([total | {"hogar": str(word)}])], ignore_index=True)


def copied_rows(frame: pd.DataFrame, random: Random) -> pd.DataFrame:
    return pd.concat([frame, frame.loc[_cells(frame, random, 5)]], ignore_index=True)


def stacked_waves(frame: pd.DataFrame, random: Random) -> pd.DataFrame:
    return pd.concat([frame.assign(ronda=0), frame.assign(ronda=1)], ignore_index=True)


def blanks(frame: pd.DataFrame, random: Random) -> pd.DataFrame:
    return _put(frame, random.choice([*NUMBERS, *WORDS, "beneficiario"]), _cells(frame, random, 6), None)


def shuffled(frame: pd.DataFrame, random: Random) -> pd.DataFrame:
    return frame.iloc[random.permutation(len(frame))]


def columns_moved(frame: pd.DataFrame, random: Random) -> pd.DataFrame:
    return frame[list(random.permutation(frame.columns))]


def column_renamed(frame: pd.DataFrame, random: Random) -> pd.DataFrame:
    column = random.choice(["edad", "ingreso", "grupo"])
    return frame.rename(columns={column: str(column).upper()})


def treated_within_groups(frame: pd.DataFrame, random: Random) -> pd.DataFrame:
    rows = _cells(frame, random, 3)
    numbers = pd.to_numeric(frame["beneficiario"], errors="coerce")
    return frame.assign(beneficiario=numbers.mask(numbers.index.isin(rows), 1 - numbers))


def infinite(frame: pd.DataFrame, random: Random) -> pd.DataFrame:
    column = random.choice(["ingreso", "tierra"])
    return _put(frame, column, _cells(frame, random, 3), np.inf)


def dates_for_numbers(frame: pd.DataFrame, random: Random) -> pd.DataFrame:
    return frame.assign(edad=pd.date_range("1950-01-01", periods=len(frame)))


def constant_column(frame: pd.DataFrame, random: Random) -> pd.DataFrame:
    return frame.assign(educacion=4)


def a_copy_of_a_covariate(frame: pd.DataFrame, random: Random) -> pd.DataFrame:
    return frame.assign(miembros=frame["edad"])


MUTATIONS: tuple[Callable[[pd.DataFrame, Random], pd.DataFrame], ...] = (
    negative_code, large_code, code_as_text, unit_in_cell, decimal_commas, some_decimal_commas, numbers_as_text, other_case, spaces,
    no_accents, treatment_in_words, treatment_as_one_and_two, third_answer, total_row, copied_rows, stacked_waves, blanks, shuffled,
    columns_moved, column_renamed, treated_within_groups, infinite, dates_for_numbers, constant_column, a_copy_of_a_covariate,
)  # fmt: skip
