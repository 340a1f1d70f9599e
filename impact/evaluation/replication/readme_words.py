"""The words of a package's README."""

from __future__ import annotations

from impact.language import Text

TITLE = Text("Reproduction package: {title}", "Paquete de reproducción: {title}", title="")
OVERVIEW = Text("Overview", "Resumen")
WHAT = Text(
    "{treated} beneficiaries are compared with {control} {comparator}: {outcomes} outcomes, {strategies} strategies. `main.py` reads the "
    "de-identified survey in `data`, makes every table, figure and number of the report as `evaluation.toml` says, and compares each "
    "number "
    "with the published one.",
    "Se comparan {treated} beneficiarios con {control} {comparator}: {outcomes} resultados, {strategies} estrategias. `main.py` lee la "
    "encuesta "
    "anonimizada en `data`, hace cada cuadro, gráfico y número del informe según `evaluation.toml`, y compara cada número con el "
    "publicado.",
    treated=0,
    control=0,
    comparator="",
    outcomes=0,
    strategies=0,
)
AUTHORS = Text("Authors", "Autores")
PAPER = Text("Publication", "Publicación")
CONTACT = Text("Contact", "Contacto")
NOT_SAID = Text(
    "not said; write it in `[package]` of evaluation.toml",
    "sin decir; escríbalo en `[package]` de evaluation.toml",
)
RUN = Text("To make everything again:", "Para hacer todo de nuevo:")
WHAT_RUNS = Text(
    "On Windows `.venv\\Scripts` takes the place of `.venv/bin`. The new report goes to `output`; {compared} numbers are compared with "
    "`expected/numbers.csv`, and each that changed is named. The command ends with 1 if any did. `SHA256SUMS` has the fingerprint of every "
    "file. The toolkit's own code is in `code`; nothing is fetched from a network while it runs.",
    "En Windows, `.venv\\Scripts` en lugar de `.venv/bin`. El nuevo informe va a `output`; se comparan {compared} números con "
    "`expected/numbers.csv`, y se nombra cada uno que cambió. El comando termina con 1 si alguno cambió. `SHA256SUMS` tiene la huella "
    "de cada "
    "archivo. El código de la herramienta está en `code`; mientras corre no se descarga nada.",
    compared=0,
)
PROVENANCE = Text("Data availability and provenance", "Disponibilidad y procedencia de los datos")
SOURCE = Text(
    "Original file: `{name}`, {rows} rows; SHA-256 `{hash}`. It is not in the package.",
    "Archivo original: `{name}`, {rows} filas; SHA-256 `{hash}`. No está en el paquete.",
    name="",
    rows=0,
    hash="",
)
COLLECTED = Text("Who collected the data, and when", "Quién levantó los datos, y cuándo")
ACCESS = Text("Access to the original data", "Acceso a los datos originales")
RIGHTS = Text("Rights and licence", "Derechos y licencia")
IDENTITY = Text("How the data were de-identified", "Cómo se anonimizaron los datos")
RECODED = Text(
    "New codes, the same in every table: {columns}. They keep the order of the old ones, because ties and draws go by it: whoever holds "
    "the "
    "list of the sample in that order can put names beside them, so the list must not be published.",
    "Códigos nuevos, los mismos en todas las tablas: {columns}. Conservan el orden de los antiguos, porque de él dependen empates y "
    "sorteos: "
    "quien tenga la lista de la muestra en ese orden puede poner nombres al lado, así que la lista no se debe publicar.",
    columns="",
)
LEFT_OUT = Text(
    "Columns left out, which nothing here reads: {columns}.",
    "Columnas excluidas, que nada aquí lee: {columns}.",
    columns="",
)
ALONE = Text(
    "Units alone with their combination of categories among the covariates: {alone}.",
    "Unidades únicas en su combinación de categorías entre las covariables: {alone}.",
    alone=0,
)
DOUBTFUL = Text(
    "Decide before publishing: used columns that may tell who a unit is: {columns}.",
    "Decida antes de publicar: columnas usadas que pueden revelar quién es una unidad: {columns}.",
    columns="",
)
VARIABLES = Text("Variables", "Variables")
COLUMN = Text("column", "columna")
LABEL = Text("label", "etiqueta")
KIND = Text("kind", "tipo")
FILLED = Text("rows with a value", "filas con valor")
ROLE = Text("role", "función")
ROLES = {
    "treatment": Text("treatment", "tratamiento"),
    "covariates": Text("covariate", "covariable"),
    "cluster": Text("group of inference", "grupo de inferencia"),
    "sampling_weight": Text("sampling weight", "factor de expansión"),
    "stratum": Text("stratum", "estrato"),
    "id": Text("unit code", "código de la unidad"),
}
OUTCOME = Text("outcome", "resultado")
DATE = Text("date", "fecha")
NUMBER = Text("number", "número")
CATEGORY = Text("text or category", "texto o categoría")
COMPUTING = Text("Computational requirements", "Requisitos de cómputo")
MACHINE = Text(
    "Python {python}. The evaluation and its report took {seconds} seconds on {machine}. Libraries, as pinned in "
    "`environment/requirements.txt`:",
    "Python {python}. La evaluación y su informe tardaron {seconds} segundos en {machine}. Librerías, fijadas en "
    "`environment/requirements.txt`:",
    python="",
    seconds="",
    machine="",
)
EXHIBITS = Text(
    "Tables and figures, and the code that makes them", "Cuadros y gráficos, y el código que los hace"
)
NUMBERS = Text(
    "`numbers_in_text.csv` lists the {quoted} numbers of the running text, each with its sentence and the tables that print it; "
    "`exhibits.csv` is this list as a table.",
    "`numbers_in_text.csv` lista los {quoted} números del texto, cada uno con su oración y los cuadros que lo imprimen; `exhibits.csv` "
    "es esta "
    "lista como tabla.",
    quoted=0,
)
EXHIBIT = Text("exhibit", "elemento")
CAPTION = Text("title", "título")
CODE = Text("code", "código")
SETTINGS = Text("settings", "configuración")
FILES = Text("files", "archivos")
AGREEMENT = Text(
    "The de-identified data against the original", "Los datos anonimizados frente a los originales"
)
SAME = Text(
    "Every number of the report is the same with the original data.",
    "Cada número del informe es el mismo con los datos originales.",
)
MOVED = Text(
    "{moved} numbers differ between the original data and the de-identified (original → here); a group that a sentence names has a new "
    "code:",
    "{moved} números difieren entre los datos originales y los anonimizados (original → aquí); un grupo que una oración nombra tiene "
    "código nuevo:",
    moved=0,
)
