"""Keys that a Spanish reader would try, and what they are called in the file."""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Sequence

_KEYS = {
    "archivo": "file", "area": "area", "bases": "data", "calibrador": "caliper", "celdas": "cells", "columna": "column",
    "comparador": "comparator",
    "conglomerado": "cluster", "covariables": "covariates", "datos": "data", "decimales": "decimal", "distancia": "distance",
    "encuesta": "data", "esquema": "schema", "estimando": "estimand", "estrategia": "strategy", "estrategias": "strategies",
    "estrato": "stratum", "etiqueta": "label", "etiquetas": "labels", "factor_de_expansion": "sampling_weight", "fichero": "file",
    "figuras": "figures", "fuente": "source", "grupo": "cluster", "hoja": "sheet", "hogar": "id", "identificador": "id",
    "idioma": "language", "ingreso": "income", "lengua": "language", "linea": "line", "lineas": "poverty_lines",
    "lineas_de_pobreza": "poverty_lines", "linea_base": "baseline", "miembros": "members", "nivel": "level", "nombre": "name",
    "personas": "persons", "peso": "sampling_weight", "ponderacion": "sampling_weight", "ponderador": "sampling_weight",
    "quintiles": "quintiles", "registro": "registry", "respuesta": "response",
    "resultado": "outcome", "resultados": "outcomes", "roles": "roles",
    "semilla": "seed", "sintetico": "synthetic", "soporte": "support", "tipo": "type", "titulo": "title", "tratado": "treatment",
    "tratamiento": "treatment", "unidad": "unit", "valor": "value", "variable": "column", "varianza": "variance",
}  # fmt: skip


def nearest_key(word: str, known: Sequence[str]) -> str | None:
    """Return the key meant by a word that is none: the nearest spelling, or what the Spanish word says.

    Examples
    --------
    >>> nearest_key("tratamiento", ["treatment", "cluster"]), nearest_key("covariate", ["covariates"])
    ('treatment', 'covariates')
    """
    meant = english_key(word)
    if meant in known:
        return meant
    near = difflib.get_close_matches(word, known, n=1, cutoff=0.5)
    return near[0] if near else None


def english_key(word: str) -> str | None:
    """Return the key that a Spanish word stands for, whatever its accents and capitals."""
    plain = unicodedata.normalize("NFKD", word.lower()).encode("ascii", "ignore").decode()
    spanish = difflib.get_close_matches(plain, _KEYS, n=1, cutoff=0.85)
    return _KEYS[spanish[0]] if spanish else None
