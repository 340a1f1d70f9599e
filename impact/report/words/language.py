"""Spanish and English: every word that a figure, table or page shows, and how numbers are written."""

from __future__ import annotations

import math
from dataclasses import dataclass

from impact import checks

_WORDS: dict[str, tuple[str, str]] = {
    "synthetic": ("SYNTHETIC DATA", "DATOS SINTÉTICOS"),
    "treated": ("treated", "beneficiarios"),
    "control": ("controls", "controles"),
    "before": ("before matching", "antes del emparejamiento"),
    "after": ("after matching", "después del emparejamiento"),
    "propensity": ("propensity score", "probabilidad de participación"),
    "index": ("propensity score, index", "probabilidad de participación, índice"),
    "density": ("% of the arm", "% del grupo"),
    "overlap": ("Overlap of the propensity score", "Superposición de la probabilidad de participación"),
    "love_plot": ("Balance before and after matching", "Balance antes y después del emparejamiento"),
    "abs_smd": (
        "absolute standardised mean difference",
        "diferencia de medias estandarizada, valor absoluto",
    ),
    "threshold": ("threshold", "umbral"),
    "sd_treated": (
        "in SDs of the treated before matching",
        "en desviaciones estándar de los beneficiarios antes del emparejamiento",
    ),
    "sd_control": (
        "in SDs of the controls before matching",
        "en desviaciones estándar de los controles antes del emparejamiento",
    ),
    "sd_pooled": (
        "over the root mean variance of the arms before matching",
        "sobre la raíz de la varianza media de los grupos antes del emparejamiento",
    ),
    "raw_shares": ("; two-valued: plain differences", "; de dos valores: diferencias simples"),
    "score": ("score (distance)", "puntaje (distancia)"),
    "unscored": ("units off support have no score", "unidades fuera del soporte no tienen puntaje"),
    "strategies": ("The effect under each strategy", "El efecto según cada estrategia"),
    "quintiles": ("The effect by fifth", "El efecto por quintil"),
    "effect": ("effect on the treated", "efecto en los beneficiarios"),
    "percent_effect": (
        "effect, % of the matched control mean",
        "efecto, % de la media de los controles emparejados",
    ),
    "interval": ("{level} % interval", "intervalo del {level} %"),
    "no_percent": (
        "no percentage: control mean not clearly above 0",
        "sin porcentaje: media de control no claramente positiva",
    ),
    "no_effect": ("not estimated", "no estimado"),
    "truth": ("true effect", "efecto verdadero"),
    "poorest": ("Q1 = poorest fifth of the ranking", "Q1 = quintil más pobre del ordenamiento"),
}


@dataclass(frozen=True, slots=True)
class Language:
    """A language of publication.

    Parameters
    ----------
    code : {"en", "es"}
        English or Spanish.
    """

    code: str = "en"

    def __post_init__(self) -> None:
        checks.one_of("language", self.code, ("en", "es"))

    def word(self, key: str) -> str:
        """Return the words for a key."""
        return _WORDS[key][0 if self.code == "en" else 1]

    def number(self, value: float, decimals: int = 0) -> str:
        """Return a number as the language writes it; an en dash where there is none."""
        if value is None or not math.isfinite(value):
            return "–"
        text = f"{value:,.{decimals}f}"
        if float(text.replace(",", "")) == 0:
            text = text.lstrip("-")
        text = text.replace("-", "−")
        return text if self.code == "en" else text.translate(str.maketrans(",.", ".,"))
