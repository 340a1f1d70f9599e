"""The economic return of subprojects: net present value, rates of return with their number, payback."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd

from impact import checks
from impact.arrays import Array, Booleans
from impact.errors import DataError, OptionError
from impact.language import Text, joined
from impact.monitoring.returns.cash_flow import payback, present_value, rates_of_return, sign_changes
from impact.views import Exported, html_view, kept_texts, text_view

UNIQUE, SEVERAL, NONE_ONE_SIGN, NONE = (
    "one",
    "several",
    "none: the flow never changes sign",
    "none: the present value never crosses 0",
)

STATUSES = {
    UNIQUE: Text("one", "una"),
    SEVERAL: Text("several", "varias"),
    NONE_ONE_SIGN: Text("none: the flow never changes sign", "ninguna: el flujo no cambia de signo"),
    NONE: Text("none: the present value never crosses 0", "ninguna: el valor actual nunca cruza 0"),
}
"""How many rates of return a flow has, in words."""


_SHOWN = ["npv", "irr", "irr_status", "payback"]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class EconomicReturn(Exported):
    """Returns of subprojects.

    Attributes
    ----------
    frame : DataFrame
        One row a subproject, with the index of the flows: ``npv`` at the rate; ``irr`` (share a year; missing
        unless there is exactly one), ``irr_number``, ``irr_status`` and ``irr_all`` (every rate, as text);
        ``payback`` and ``discounted_payback`` in years; ``total`` (undiscounted), ``sign_changes``, and
        ``above_hurdle``, whether the NPV at the rate is above 0.
    rate : float
        Discount rate, the hurdle.
    notes : tuple of str
    synthetic : bool

    Examples
    --------
    >>> import pandas as pd, impact as im
    >>> flows = pd.DataFrame([[-100, 60, 60], [10, 5, 5]], index=["milk", "no cost"])
    >>> found = im.economic_return(flows, rate=0.12)
    >>> found.frame[["npv", "irr", "payback"]].round(2).values.tolist()
    [[1.4, 0.13, 1.67], [18.45, nan, 0.0]]
    >>> found.frame["irr_status"].tolist()
    ['one', 'none: the flow never changes sign']
    """

    TITLE: ClassVar[Text] = Text("Economic return", "Rentabilidad económica")

    _frame: pd.DataFrame
    rate: float
    notes: tuple[str, ...] = ()
    synthetic: bool = False

    @property
    def frame(self) -> pd.DataFrame:
        """One row a subproject, as a copy-on-write copy."""
        return self._frame.copy(deep=False)

    @property
    def summary(self) -> pd.Series:
        """Number, share above the hurdle, mean and median NPV, median rate of return and payback."""
        frame = self._frame
        return pd.Series(
            {
                "subprojects": len(frame),
                "share_above_hurdle": frame["above_hurdle"].mean(),
                "mean_npv": frame["npv"].mean(),
                "median_npv": frame["npv"].median(),
                "median_irr": frame["irr"].median(),
                "median_payback": frame["payback"].median(),
                "without_unique_irr": int(frame["irr"].isna().sum()),
            }
        )

    def __len__(self) -> int:
        return len(self._frame)

    def __repr__(self) -> str:
        return text_view(self._frame[_SHOWN].reset_index(), self.notes, self.synthetic)

    def _repr_html_(self) -> str:
        return html_view(self._frame[_SHOWN].reset_index(), self.notes, self.synthetic)


def economic_return(flows: pd.DataFrame, rate: float = 0.12) -> EconomicReturn:
    r"""Return net present value, internal rate of return and payback of each subproject.

    Parameters
    ----------
    flows : DataFrame, shape (subprojects, years)
        Net flow of each year, costs negative; the first column is now. Columns that are numbers must be
        successive years.
    rate : float, default 0.12
        Discount rate a year, above −1: the hurdle.

    Returns
    -------
    EconomicReturn

    Raises
    ------
    DataError
        A flow is missing or no number, or the years leave one out.

    Notes
    -----
    :math:`NPV = \sum_t f_t (1 + r)^{-t}`. A rate of return is a root of the NPV above −100 %; Descartes' rule
    bounds their number. Where a flow has no such root or several, ``irr`` is missing and ``irr_status`` says
    which: no rule picks one of several, and the NPV at the hurdle decides in every case.

    References
    ----------
    Hirshleifer (1958), Journal of Political Economy 66(4), 329–352, doi:10.1086/258057, on several roots.

    Examples
    --------
    >>> import pandas as pd
    >>> import impact as im
    >>> flows = pd.DataFrame([[-100, 60, 60], [-100, 230, -132], [10, 5, 5]], index=["milk", "two roots", "no cost"])
    >>> im.economic_return(flows, rate=0.12).frame[["npv", "irr", "irr_status"]].round(4)
                   npv     irr                         irr_status
    milk        1.4031  0.1307                                one
    two roots   0.1276     NaN                            several
    no cost    18.4503     NaN  none: the flow never changes sign
    """
    values = _checked(flows, rate)
    rates = rates_of_return(values)
    number = np.array([len(found) for found in rates])
    worth = present_value(values, rate)
    changes = sign_changes(values).astype(int)
    status = np.select([number == 1, number > 1, changes == 0], [UNIQUE, SEVERAL, NONE_ONE_SIGN], NONE)
    frame = pd.DataFrame(
        {
            "npv": worth,
            "irr": [float(found[0]) if len(found) == 1 else np.nan for found in rates],
            "payback": payback(values),
            "discounted_payback": payback(values, rate),
            "above_hurdle": worth > 0,
            "total": values.sum(axis=1),
            "sign_changes": changes,
            "irr_number": number,
            "irr_status": kept_texts([STATUSES[str(one)] for one in status], flows.index),
            "irr_all": kept_texts(map(_every_rate, rates), flows.index),
        },
        index=flows.index,
    )
    synthetic = bool(flows.attrs.get("synthetic", False))
    return EconomicReturn(frame, rate, tuple(_notes(frame)), synthetic)


def _every_rate(rates: Array) -> Text:
    percent = Text("{rate:.1f} %", "{rate:.1f} %")
    return joined([percent.with_values(rate=100 * float(rate)) for rate in rates], "; ")


def _checked(flows: pd.DataFrame, rate: float) -> Array:
    checks.instance(
        "flows",
        flows,
        Text("a DataFrame, subprojects by years", "un DataFrame, subproyectos por años"),
        isinstance(flows, pd.DataFrame),
    )
    if not (isinstance(rate, (int, float)) and -1 < rate < np.inf):
        raise OptionError(
            Text(
                "rate must be a number above −1, such as 0.12 for 12 % a year; got {rate!r}.",
                "rate debe ser un número mayor que −1, como 0.12 para 12 % al año; se dio {rate!r}.",
                rate=rate,
            )
        )
    _refuse_other_tables(flows)
    _refuse_gaps(list(flows.columns))
    values = np.asarray(flows, dtype=np.float64)
    lacking: Booleans = np.asarray(~np.isfinite(values).all(axis=1))
    if lacking.any():
        raise DataError(
            Text(
                (
                    "{subprojects} of {number:,} {subprojects:lacks|lack} the flow of a year (first: {first}). Fill it in, with 0 where "
                    "nothing flowed."
                ),
                (
                    "A {subprojects} de {number:,} les falta el flujo de un año (primero: {first}). Complételo, con 0 "
                    "donde nada fluyó."
                ),
                subprojects=checks.counted(int(lacking.sum()), "subproject"),
                number=len(flows),
                first=checks.listed(flows.index[lacking]),
            )
        )
    return values


def _refuse_other_tables(flows: pd.DataFrame) -> None:
    if flows.shape[0] < 1 or flows.shape[1] < 2:
        raise DataError(
            Text(
                "flows must have a subproject and at least 2 years; got shape {shape}.",
                "flows debe tener un subproyecto y al menos 2 años; tiene forma {shape}.",
                shape=flows.shape,
            )
        )
    not_numbers = [name for name in flows if not pd.api.types.is_numeric_dtype(flows[name])]
    if not_numbers:
        raise DataError(
            Text(
                "flows must hold numbers; {not_numbers} hold something else.",
                "flows debe tener números; {not_numbers} tienen otra cosa.",
                not_numbers=checks.listed(not_numbers),
            )
        )


def _refuse_gaps(years: Sequence[object]) -> None:
    """Refuse columns that are years but not successive ones."""
    if not all(isinstance(year, (int, np.integer)) for year in years):
        return
    steps = np.diff(np.asarray(years, dtype=np.int64))
    if (steps != 1).any():
        raise DataError(
            Text(
                (
                    "flows must have one column for each year in order; got {years}. Add the years left out, with 0 "
                    "where nothing flowed."
                ),
                (
                    "flows debe tener una columna por año en orden; tiene {years}. Agregue los años que faltan, con 0 "
                    "donde nada fluyó."
                ),
                years=checks.listed(years, 12),
            )
        )


def _notes(frame: pd.DataFrame) -> list[Text]:
    found = frame.loc[frame["irr_number"] != 1, "irr_status"].value_counts()
    return [
        Text(
            "{subprojects} without a single rate of return: {status}.",
            "{subprojects} sin una tasa de retorno única: {status}.",
            subprojects=checks.counted(int(number), "subproject"),
            status=STATUSES[str(status)],
        )
        for status, number in found.items()
    ]
