"""The auditor: rounding, each rule by hand, and what the source report contradicts itself in."""

from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import impact as im
from impact.cli import main
from impact.monitoring.audit.figures import PrintedFigure

REPORT = Path(__file__).parents[2] / "reference" / "report"


@pytest.fixture(scope="module")
def tables():
    return pd.read_csv(REPORT / "report_tables.csv", dtype=str)


@pytest.fixture(scope="module")
def claims():
    return pd.read_csv(REPORT / "report_claims.csv")


def violations(audit):
    return {
        (row.table.split()[0], row.row, row.column): round(row.implied, 1) for row in audit.frame.itertuples()
    }


@pytest.mark.parametrize(
    ("text", "behind"),
    [("79.74", (79.735, 79.745)), ("193", (192.5, 193.5)), ("0.0", (-0.05, 0.05)), ("44200000", (44.15e6, 44.25e6)),
     ("-3.10", (-3.105, -3.095)), ("0", (-0.5, 0.5)), ("1000", (500, 1500)), ("100", (99.5, 100.5))],
)  # fmt: skip
def test_what_may_stand_behind_a_printed_figure(text, behind):
    assert PrintedFigure("t", "r", "c", text).behind() == pytest.approx(behind)


def test_the_report_tables_by_their_labels_alone(tables):
    found = violations(im.audit_table(tables))
    assert found == {
        ("3.1", "total", "appraisal"): 34.9,
        ("D.2", "total", "quinoa"): 11,
        ("D.6", "no change", "all"): 41,
        ("D.6", "total", "all"): 62,
    }


def test_table_3_1_prints_193_and_276_where_the_figures_give_275_and_202(tables):
    rule = im.Percentages("printed percent of appraisal", "actual", "appraisal", table="3.1")
    found = violations(im.audit_table(tables, [rule]))
    assert round(found["3.1", "alliance implementation", rule.percent]) == 275
    assert round(found["3.1", "administration, monitoring, evaluation", rule.percent]) == 202
    assert ("3.1", "institutional support", rule.percent) not in found  # 168.5, printed 168: rounding


def test_percentages_means_and_shares_of_the_other_tables(tables):
    rules = [
        im.Percentages("printed percent", "attending", "invited", table="D.3"),
        im.Percentages("printed percent", "actual", "appraisal", along="rows", table="A.2"),
        im.Percentages("printed percent have", "have", "total", along="rows", table="D.4"),
        im.Percentages(
            "mean investment per alliance", "investment", "alliances", along="rows", table="D.1", factor=1
        ),
        im.PossiblePercentages(64, "percent", table="D.5"),
        im.PossiblePercentages(21, "percent", table="D.7"),
        im.PossiblePercentages(86, "percent", table="4.1"),
        im.SharesAddUp(["printed percent have", "printed percent do not have"], table="D.4"),
    ]
    found = violations(im.audit_table(tables, rules))
    assert set(found) == {
        ("D.4", "printed percent have", "warehouse"),
        ("4.1", "quality or quantity", "percent"),
        ("4.1", "organisation", "percent"),
        ("4.1", "productive capacity", "percent"),
    }  # no number of 86 groups is 75, 68 or 32 % of them


def test_one_figure_in_two_places(tables):
    same = im.Same([("D.3", "total", "attending"), ("C.1", "total", "attended"), ("D.8", "total", "all")])
    lago = im.Stated("D.1", "alliances", "Lago", 29, where="paragraph 6.5")
    found = im.audit_table(tables, [same, lago]).frame
    assert found["printed"].tolist() == [63, 29]
    assert found["implied"].tolist() == [64, 26]


def test_the_claims_of_the_report(claims):
    audit = im.audit_claims(claims)
    found = {(row.rule, row.claim) for row in audit.frame.itertuples()}
    assert ("before–after called attributable", "C01") in found  # 160 % "above the counterfactual"
    assert ("contradiction", "C39") in found  # 83 against 110 municipalities
    assert ("contradiction", "C41") in found  # 7-11 against 7-10 years, 5 against 6 offices
    assert ("arithmetic", "C44") in found  # 42 of 64 is not 67 %
    assert ("arithmetic", "C29") not in found  # 8.93/79.74 is 11.2 %


def test_numbers_of_two_estimands_are_not_compared(claims):
    audit = im.audit_claims(claims)
    with pytest.raises(im.DataError, match="before–after is not share of the control mean"):
        audit.difference("C02", "C19")
    with pytest.raises(im.DataError, match="C08 does not state its estimand"):
        audit.difference("C02", "C08")


def test_claims_of_one_quantity_and_estimand_contradict_or_agree():
    claims = pd.DataFrame(
        {
            "id": list("abcd"),
            "claim": "share with a new buyer",
            "value": ["33", "32.8", "53", "n/a"],
            "estimand": "descriptive",
            "quantity": "changed buyer",
        }
    )
    audit = im.audit_claims(claims)
    assert audit.frame[["rule", "claim", "other"]].values.tolist() == [
        ["contradiction", "a", "c"],
        ["contradiction", "b", "c"],
    ]
    assert audit.difference("c", "a") == 20


def test_dates_in_order_and_parts_within_their_whole():
    table = pd.DataFrame(
        {"group": ["A", "B"], "approved": [2008, 2010], "paid": [2009, 2009], "n": [5, 7], "of": [5, 6]}
    )
    rules = [
        {"rule": "order", "labels": ["approved", "paid"], "along": "columns"},
        {"rule": "order", "labels": ["n", "of"], "along": "columns"},
    ]
    found = im.audit_table(table, rules).frame
    assert found[["row", "column"]].values.tolist() == [["B", "paid"], ["B", "of"]]


@given(st.lists(st.integers(1, 9999), min_size=2, max_size=6), st.integers(0, 3))
def test_honest_rounding_is_never_a_violation(counts, decimals):
    total = sum(counts)
    percents = [f"{100 * count / total:.{decimals}f}" for count in counts]
    table = pd.DataFrame(
        {"part": [*map(str, range(len(counts)))], "n": counts, "of": total, "percent": percents}
    )
    rules = [im.Percentages("percent", "n", "of"), im.SharesAddUp(table["part"].tolist(), only=["percent"])]
    assert im.audit_table(table, rules).clean


@pytest.mark.parametrize(
    ("rules", "error", "message"),
    [
        ([im.Sums("nothing")], im.DataError, "names the row 'nothing'"),
        ([im.Sums("total", table="9.9")], im.DataError, "No table is called '9.9'"),
        ([{"rule": "summe"}], im.OptionError, "rule must be one of"),
        ([{"rule": "sum", "totale": "x"}], im.OptionError, "no field 'totale'"),
        ([{"rule": "sum"}], im.OptionError, "lacks a field"),
        (["sum"], im.OptionError, "a rule such as"),
        ([im.Sums("total", along="lines")], im.OptionError, "along must be one of"),
    ],
)
def test_wrong_rules_are_named(rules, error, message):
    table = pd.DataFrame({"cost": ["a", "b", "total"], "bs": [1, 2, 3]})
    with pytest.raises(error, match=message):
        im.audit_table(table, rules)


def test_wrong_tables_are_named():
    with pytest.raises(im.DataError, match="must hold a figure or a dash; got 'about 3'"):
        im.audit_table(pd.DataFrame({"cost": ["a"], "bs": ["about 3"]}), [])
    with pytest.raises(im.DataError, match="stands twice"):
        im.audit_table(pd.DataFrame({"cost": ["a", "a"], "bs": [1, 2]}), [])
    with pytest.raises(im.DataError, match="must have the columns claim, value and estimand"):
        im.audit_claims(pd.DataFrame({"claim": ["x"]}))


def test_the_command_line_audits_tables_and_claims(tmp_path, capsys):
    assert main(["audit", str(REPORT / "report_tables.csv"), "--out", str(tmp_path / "found.csv")]) == 1
    assert "4 do not hold" in capsys.readouterr().out
    assert len(pd.read_csv(tmp_path / "found.csv")) == 4
    assert main(["audit", str(REPORT / "report_claims.csv")]) == 1
    rules = tmp_path / "rules.toml"
    rules.write_text('[[rules]]\nrule = "sum"\ntotal = "total"\ntable = "C.1"\n', encoding="utf-8")
    assert main(["audit", str(REPORT / "report_tables.csv"), "--rules", str(rules)]) == 0
    rules.write_text("rules = 3", encoding="utf-8")
    assert main(["audit", str(REPORT / "report_tables.csv"), "--rules", str(rules)]) == 2
    assert main(["audit", str(tmp_path / "none.csv")]) == 1


def test_the_command_speaks_spanish(tmp_path, capsys):
    """Headings, rules, explanations and the last line; figures are quoted as they are printed."""
    pd.DataFrame({"cost": ["a", "b", "total"], "actual": ["5.14", "65.67", "79.74"]}).to_csv(
        tmp_path / "tabla.csv", index=False
    )
    out = tmp_path / "hallado.csv"
    assert main(["audit", str(tmp_path / "tabla.csv"), "--language", "es", "--out", str(out)]) == 1
    said = capsys.readouterr().out
    assert "explicación" in said and "suma" in said and "79,74" in said and "5.14 + 65.67 = 70.81" in said
    assert "1 cifra revisada; 1 no se sostiene." in said
    assert pd.read_csv(out)["regla"].tolist() == ["suma"]


def test_claims_are_told_in_spanish_and_keep_both_languages():
    claims = pd.DataFrame(
        {
            "claim": ["impact of the programme", "rose"],
            "value": [160, 63],
            "estimand": ["antes–después", "emparejados"],
            "quantity": "net income",
        }
    )
    found = im.audit_claims(claims)
    assert "no tiene grupo de comparación" in found.told("es")
    assert "antes–después no es frente a controles emparejados" in found.told("es")
    assert "before–after is not against matched controls" in repr(found)


def test_a_table_with_decimal_commas_is_read_as_it_is_printed(tmp_path, capsys):
    printed = pd.DataFrame(
        {
            "costo": ["a", "b", "total"],
            "previsto": ["3,05", "1.223,88", "1.226,93"],
            "actual": ["5,14", "65,67", "80,81"],
            "%": ["168,5", "276", "—"],
        }
    )
    found = im.audit_table(
        printed, [im.Sums("total", only=["actual"]), im.Percentages("%", "actual", "previsto")]
    ).frame
    assert found[["printed", "implied"]].round(2).values.tolist() == [[80.81, 70.81], [276, 5.37]]
    assert found["explanation"].tolist() == ["5,14 + 65,67 = 70,81", "100 × 65,67/1223,88 = 5,366"]
    mixed = printed.assign(actual=["5.14", "65.67", "70.81"])
    with pytest.raises(
        im.DataError, match=r"after a point in '5.14' \(a × actual\) and after a comma in '3,05'"
    ):
        im.audit_table(mixed, [])
    long = "tabla;fila;columna;valor\nD.1;alianzas;Lago;26\n"
    rules = '[[rules]]\nrule = "stated"\ntable = "D.1"\nrow = "alianzas"\ncolumn = "Lago"\nvalue = "29"\nwhere = "6.5"\n'
    (tmp_path / "largo.csv").write_text(long, encoding="utf-8")
    (tmp_path / "reglas.toml").write_text(rules, encoding="utf-8")
    assert (
        main(
            [
                "audit",
                str(tmp_path / "largo.csv"),
                "--rules",
                str(tmp_path / "reglas.toml"),
                "--language",
                "es",
            ]
        )
        == 1
    )
    assert "1 cifra revisada; 1 no se sostiene." in capsys.readouterr().out


SPANISH_CLAIMS = """id;afirmación;valor;estimando;cantidad
A;el ingreso neto supera al contrafactual;160;antes y después;ingreso neto
B;frente a los controles;63 %;frente a controles emparejados;ingreso neto
C;lo mismo en otra página;62,8;emparejados;Ingreso neto
D;de cuatro estrategias;28–39;ATT / media de los controles;ingreso neto
E;de una de ellas;33,0;ATT / media de los controles;ingreso neto
F;63,5 vs 63,4 por ciento, 10/40 = 25,0 %, 42/64 = 67,0 %;67;descriptivo;
"""


def test_claims_written_in_spanish_are_read_and_told_in_both_languages(tmp_path, capsys):
    file = tmp_path / "afirmaciones.csv"
    file.write_text(SPANISH_CLAIMS, encoding="utf-8")
    audit = im.audit_claims(pd.read_csv(file, sep=";", dtype=str))
    found = {(row.rule, row.claim, row.other) for row in audit.frame.itertuples()}
    apart = [("A", "B"), ("A", "C"), ("A", "D"), ("A", "E"), ("B", "D"), ("B", "E"), ("C", "D"), ("C", "E")]
    alone = {
        ("before–after called attributable", "A", ""), ("contradiction", "F", ""), ("arithmetic", "F", ""),
    }  # fmt: skip
    assert found == alone | {("another estimand", *pair) for pair in apart}  # 63 is 62,8; 33,0 lies in 28–39
    assert audit.difference("B", "C") == pytest.approx(0.2)
    assert audit.frame.set_index("rule")["implied"]["arithmetic"] == "65,6"
    for language, said in (
        ("es", "antes–después no es frente a controles emparejados"),
        ("en", "before–after is not against matched controls"),
    ):
        assert main(["audit", str(file), "--language", language]) == 1
        assert said in capsys.readouterr().out


def test_the_command_finds_what_the_issue_names_in_the_report(tmp_path, capsys):
    """Table 3.1's 193 and 276, D.6's 43, 29 groups in Lago, 83 and 110 municipalities: each from a file of rules or of claims."""
    rules = tmp_path / "rules.toml"
    rules.write_text(
        """
        [[rules]]
        rule = "percentage"
        percent = "printed percent of appraisal"
        part = "actual"
        whole = "appraisal"
        table = "3.1"
        [[rules]]
        rule = "sum"
        total = "all"
        along = "columns"
        parts = ["Lago", "Salar", "Valles", "Tropico"]
        only = ["no change"]
        table = "D.6"
        [[rules]]
        rule = "stated"
        table = "D.1"
        row = "alliances"
        column = "Lago"
        value = 29
        where = "paragraph 6.5"
        """,
        encoding="utf-8",
    )
    out = tmp_path / "found.csv"
    assert main(["audit", str(REPORT / "report_tables.csv"), "--rules", str(rules), "--out", str(out)]) == 1
    found = pd.read_csv(out)
    pairs = set(zip(found["printed"], found["implied"].round(), strict=True))
    assert pairs >= {(193, 275), (276, 202), (43, 41), (29, 26)}
    capsys.readouterr()
    assert main(["audit", str(REPORT / "report_claims.csv"), "--language", "en"]) == 1
    assert "one thing, two figures: 83 and 110" in capsys.readouterr().out
