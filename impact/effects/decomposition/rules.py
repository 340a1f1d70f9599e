"""The rules by which a gain in income is split, as every table prints them, and the names of its parts."""

from __future__ import annotations

from impact.language import Text
from impact.survey.income.accounts import PARTS

ADJUSTMENT = Text("match adjustment", "ajuste del emparejamiento")
TOTAL = Text("total", "total")
OVER_WAVES = Text(
    "Each household's change in revenue is shared among volume, quality (mix of grades) and price (grade by grade) by the Shapley value; "
    "costs are a difference. The effect on each part is a difference-in-differences; the parts add up to the effect on income.",
    "El cambio de ingreso bruto de cada hogar se reparte entre volumen, calidad (mezcla de grados) y precio (grado por grado) con el valor "
    "de Shapley; los costos son una diferencia. El efecto en cada parte es una diferencia en diferencias; las partes suman el efecto.",
)
PART_NAMES = {str(part): part for part in (*PARTS, ADJUSTMENT, TOTAL)}
"""What the column ``part`` reads in every language."""
OTHER_PRODUCT = Text(
    "Pairs with different products are not split: their difference in revenue is the part 'product'.",
    "Las parejas con productos distintos no se reparten: su diferencia de ingreso bruto es la parte «otro producto».",
)
SAME_PRODUCT = Text(
    "By product: households by the product that they were first seen with, those that enter against comparison households of the same.",
    "Por producto: hogares según el producto de su primera entrevista, los que entran frente a hogares de comparación del mismo.",
)
NOT_SPLIT = Text("'{product}' is not split: {why}", "«{product}» no se reparte: {why}", product="", why="")
RULES = (
    Text(
        "Each pair's difference in revenue is shared among volume, quality (mix of grades) and price (grade by grade) by the Shapley "
        "value; costs are a difference. The parts add up to the unadjusted effect; what the bias adjustment changes is a part of its own.",
        "La diferencia de ingreso bruto de cada pareja se reparte entre volumen, calidad (mezcla de grados) y precio (grado por grado) con "
        "el valor de Shapley; los costos son una diferencia. Las partes suman el efecto sin ajuste; lo que cambia el ajuste es una parte "
        "aparte.",
    ),
    Text(
        "Where nothing was produced, grade mix and price are taken to be those of the unit compared with: the whole difference is volume.",
        "Donde no se produjo nada, la mezcla de grados y el precio se toman de la unidad comparada: toda la diferencia es volumen.",
    ),
    OTHER_PRODUCT,
    Text(
        "Intervals of shares are Fieller's; there is none where the total itself is not distinguishable from zero.",
        "Los intervalos de las proporciones son de Fieller; no hay donde el total mismo no se distingue de cero.",
    ),
)
