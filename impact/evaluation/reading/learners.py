"""Scikit-learn's learners in a file: ``{ type = "random forest", max_depth = 4 }``, found by name among its own modules."""

from __future__ import annotations

import difflib
import importlib
import inspect
from functools import cache
from typing import Any

from impact import checks
from impact.design.distances.propensity import Classifier
from impact.effects.arm_means.cross_fitted import Regressor
from impact.evaluation.reading.kinds import normal
from impact.evaluation.reading.toml_table import TomlTable
from impact.language import Text

_MODULES = (
    "linear_model", "ensemble", "tree", "neighbors", "svm", "neural_network", "kernel_ridge", "gaussian_process", "naive_bayes",
    "discriminant_analysis", "cross_decomposition", "calibration",
)  # fmt: skip
_NOUNS: dict[object, str] = {Regressor: "regressor", Classifier: "classifier"}


def is_learner(annotation: object) -> bool:
    """Return whether a field annotated so holds a scikit-learn regressor or classifier."""
    return annotation in (Regressor, Classifier)


def learner(table: TomlTable, key: str, annotation: object) -> Any:
    """Return the regressor or classifier that a key names, with its options.

    Parameters
    ----------
    table : TomlTable
    key : str
        Holds a name, such as "lasso", or a table with ``type`` and the learner's own options; an option that is such a table itself is a
        learner of the same kind.
    annotation : type
        ``Regressor`` or ``Classifier``.

    Raises
    ------
    OptionError
        With file, line and key: an unknown name or option, or a value that the learner refuses.
    """
    value, noun = table.values[key], _NOUNS[annotation]
    if isinstance(value, str):
        inner, named, where = TomlTable({}, table.name, table.file, {}), value, (table, key)
    elif isinstance(value, dict) and isinstance(value.get("type"), str):
        found = table.table(key)
        assert found is not None
        inner, named, where = found, value["type"], (found, "type")
    else:
        raise table.error(
            Text(
                "key '{key}' must name a scikit-learn {noun}, or be a table with its type and options; got {value!r}.",
                "la clave '{key}' debe nombrar un aprendiz ({noun}) de scikit-learn, o ser una tabla con su tipo y opciones; se recibió "
                "{value!r}.",
                key=key,
                noun=noun,
                value=value,
            ),
            key,
        )
    kind = _named(named, noun)
    if kind is None:
        raise where[0].error(_refusal(where[1], named, noun), where[1])
    return _made(kind, inner, annotation)


def _made(kind: type, table: TomlTable, annotation: object) -> Any:
    parameters = inspect.signature(kind).parameters
    needed = [name for name, one in parameters.items() if one.default is inspect.Parameter.empty]
    table.refuse_unknown([*parameters, "type"], needed)
    options = {name: value for name, value in table.values.items() if name != "type"}
    for name, value in options.items():
        if isinstance(value, dict) and "type" in value:
            options[name] = learner(table, name, annotation)
    for name in needed:
        if name not in options:
            raise table.error(
                Text(
                    "key '{name}' is missing; {who} needs it.",
                    "falta la clave '{name}'; {who} la necesita.",
                    name=name,
                    who=kind.__name__,
                )
            )
    made = kind(**options)
    try:
        made._validate_params()
    except ValueError as problem:
        refused = next((name for name in options if f"'{name}' parameter" in str(problem)), None)
        raise table.error(
            Text(
                "{who} refuses an option: {problem}",
                "{who} rechaza una opción: {problem}",
                who=kind.__name__,
                problem=str(problem),
            ),
            refused,
        ) from None
    return made


@cache
def _known(noun: str) -> dict[str, type]:
    """Return scikit-learn's learners of a kind, by name; classifiers that give probabilities alone."""
    from sklearn.base import ClassifierMixin, RegressorMixin

    mixin: type = RegressorMixin if noun == "regressor" else ClassifierMixin
    found: dict[str, type] = {}
    for name in _MODULES:
        module = importlib.import_module(f"sklearn.{name}")
        for public, kind in vars(module).items():
            shown = isinstance(kind, type) and not public.startswith("_") and kind is not mixin
            if shown and issubclass(kind, mixin) and (noun == "regressor" or hasattr(kind, "predict_proba")):
                found[public] = kind
    return dict(sorted(found.items()))


def _named(name: str, noun: str) -> type | None:
    """Return the learner of a name: its own, in words, or without the noun at its end."""
    by_words = {normal(known): kind for known, kind in _known(noun).items()}
    return by_words.get(normal(name)) or by_words.get(normal(name) + noun)


def _refusal(key: str, name: str, noun: str) -> Text:
    known = list(_known(noun))
    near = difflib.get_close_matches(normal(name), [normal(word) for word in known], n=1, cutoff=0.5)
    hint: str = ""
    if near:
        meant = next(word for word in known if normal(word) == near[0])
        hint = Text(" Did you mean {meant!r}?", " ¿Quiso decir {meant!r}?", meant=meant)
    return Text(
        "key '{key}' must name a scikit-learn {noun}: {known}; got {name!r}.{hint}",
        "la clave '{key}' debe nombrar un aprendiz ({noun}) de scikit-learn: {known}; se recibió {name!r}.{hint}",
        key=key,
        noun=noun,
        known=checks.listed(map(repr, known), 12),
        name=name,
        hint=hint,
    )
