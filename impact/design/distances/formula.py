"""Formulas for the score, from the notebook or from a file: covariates, arithmetic and named transformations, nothing else."""

from __future__ import annotations

import ast

import pandas as pd

from impact import checks
from impact.errors import OptionError
from impact.language import Text

_TRANSFORMATIONS = ("I", "C", "log", "log1p", "exp", "sqrt", "abs", "center", "scale", "poly", "bs")
_PARTS = (
    ast.Expression, ast.Call, ast.Name, ast.Load, ast.BinOp, ast.UnaryOp, ast.Constant, ast.keyword,
    ast.Add, ast.Sub, ast.Mult, ast.Div, ast.Pow, ast.USub, ast.UAdd,
)  # fmt: skip


def formula_matrix(formula: str, covariates: pd.DataFrame) -> pd.DataFrame:
    """Return the terms of a one-sided formula as numbers, without the constant.

    Parameters
    ----------
    formula : str
        For example ``"age + I(age**2) + C(region)"``.
    covariates : DataFrame, shape (n, …)
        The only names that the formula may use.

    Returns
    -------
    DataFrame, shape (n, p)

    Raises
    ------
    OptionError
        The formula does not parse, has a left-hand side, or uses anything but covariates and the named
        transformations.

    Notes
    -----
    formulaic evaluates what stands in a formula as Python, so each factor is checked against a whitelist
    first: a formula may come from a configuration file, and a file must not be able to run code.
    """
    import formulaic
    import formulaic.errors

    if "~" in formula:
        raise OptionError(
            Text(
                "formula must hold the terms of the score only, without '~'; got {formula!r}.",
                "formula debe tener solo los términos del puntaje, sin '~'; se dio {formula!r}.",
                formula=formula,
            )
        )
    try:
        terms = formulaic.Formula(formula)
        factors = {str(factor.expr) for term in terms for factor in term.factors}
    except (formulaic.errors.FormulaicError, SyntaxError) as error:
        raise OptionError(
            Text(
                "formula cannot be read: {formula!r} ({error}).",
                "formula no se puede leer: {formula!r} ({error}).",
                formula=formula,
                error=error,
            )
        ) from error
    for factor in factors:
        _check_factor(factor, formula, covariates)
    functions = {"abs": abs}
    matrix = pd.DataFrame(formulaic.model_matrix(terms, covariates, context=functions))
    return matrix.drop(columns="Intercept", errors="ignore").astype("float64")


def _check_factor(factor: str, formula: str, covariates: pd.DataFrame) -> None:
    if factor in covariates.columns or factor == "1":
        return
    try:
        tree = ast.parse(factor, mode="eval")
    except SyntaxError as error:
        raise OptionError(
            Text(
                "formula cannot be read at {factor!r}: {formula!r}.",
                "formula no se puede leer en {factor!r}: {formula!r}.",
                factor=factor,
                formula=formula,
            )
        ) from error
    for node in ast.walk(tree):
        if not isinstance(node, _PARTS):
            raise OptionError(
                Text(
                    "formula may hold covariates, arithmetic and {transformations}; got {factor!r}.",
                    "formula puede tener covariables, aritmética y {transformations}; se dio {factor!r}.",
                    transformations=checks.listed(_TRANSFORMATIONS, 20),
                    factor=factor,
                )
            )
        if isinstance(node, ast.Call) and not (
            isinstance(node.func, ast.Name) and node.func.id in _TRANSFORMATIONS
        ):
            raise OptionError(
                Text(
                    "formula may call only {transformations}; got {factor!r}.",
                    "formula puede llamar solo a {transformations}; se dio {factor!r}.",
                    transformations=checks.listed(_TRANSFORMATIONS, 20),
                    factor=factor,
                )
            )
    called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    names = [node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and id(node) not in called]
    checks.columns_present("formula", names, covariates.columns)
