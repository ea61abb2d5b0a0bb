"""Every rule against a table made by hand (tests/golden/rules)."""

from __future__ import annotations

from pathlib import Path
from typing import Any, get_args

import numpy as np
import pandas as pd
import pytest
import shapely

from geo.cover.children import from_children
from geo.cover.decide import RULES, cover
from geo.facts import COVERED, PARTIAL, STATUSES, UNCOVERED, UNKNOWN, Setting, unknown_block
from geo.region import Rule
from geo.region.schema import RuleName
from tests.worlds import SIDE, SOUTH, WEST, facts_of, features, ground, hamlets, units, villages

GOLDEN = Path(__file__).resolve().parents[2] / "golden" / "rules"
HEAD = ("source", "edition", "how made", "tolerance")
LETTERS = {"c": COVERED, "p": PARTIAL, "u": UNCOVERED, "?": UNKNOWN}


def head(rule: str) -> dict[str, str]:
    lines = (GOLDEN / f"{rule}.csv").read_text(encoding="utf-8").splitlines()
    return dict(line.removeprefix("# ").split(": ", 1) for line in lines if line.startswith("#"))


def cases(rule: str) -> list[Any]:
    table = pd.read_csv(GOLDEN / f"{rule}.csv", skiprows=4, dtype=str, keep_default_na=False)
    return [pytest.param(row, id=str(row["case"])) for row in table.to_dict("records")]


def test_every_rule_has_a_table_made_by_hand_with_its_head() -> None:
    rules = set(get_args(RuleName)) | set(RULES)
    assert {p.stem for p in GOLDEN.glob("*.csv")} == rules
    for rule in rules:
        assert tuple(head(rule)) == HEAD, rule
        assert len(cases(rule)) >= 6, rule


def service(rule: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"id": "s", "name": "s", "rules": [rule]}]


def fact(facts: pd.DataFrame, operator: str, unit: str = "village:V000@2010") -> pd.Series:
    return facts.loc[(unit, "s", operator)]


@pytest.mark.parametrize("case", cases("within"))
def test_within(case: dict[str, str]) -> None:
    of = villages(1, 1)
    middle = of.geometry[0].centroid
    node = shapely.Point(middle.x + float(case["east_deg"]), middle.y + float(case["north_deg"]))
    at = ground(
        of,
        layers=[{"id": "n", "geometry": "point", "feature": "id", "operator": "a"}],
        services=service(
            {"level": "village", "rule": "within", "layers": ["n"], "distance_m": float(case["limit_m"])}
        ),
        plant={"n": features([node])},
    )
    seen = fact(facts_of(cover(at), at), "a")
    assert seen["status"] == case["status"]
    assert seen["nearest_m"] == pytest.approx(float(case["expected_m"]), abs=0.3)


def strips(text: str) -> list[shapely.Geometry]:
    """Strips as high as the village, from one fraction of its width to another."""
    ends = [tuple(float(x) for x in s.split(":")) for s in text.split()]
    return [shapely.box(WEST + SIDE * a, SOUTH, WEST + SIDE * b, SOUTH + SIDE) for a, b in ends]


def far() -> shapely.Geometry:
    return shapely.box(WEST + 9 * SIDE, SOUTH, WEST + 10 * SIDE, SOUTH + SIDE)


@pytest.mark.parametrize("case", cases("area_share"))
def test_area_share(case: dict[str, str]) -> None:
    silent = case["b"] == "-"
    a, b = strips(case["a"]), [] if silent else strips(case["b"])
    at = ground(
        villages(1, 1),
        layers=[
            {
                "id": "z",
                "geometry": "area",
                "feature": "id",
                "operator": {"column": "op"},
                **({"survey": {"level": "county", "operator": "b", "without": ["C0"]}} if silent else {}),
            }
        ],
        services=service({"level": "village", "rule": "area_share", "layers": ["z"]}),
        plant={"z": features([*a, *b, far(), far()], op=["a"] * len(a) + ["b"] * len(b) + ["a", "b"])},
    )
    facts = facts_of(cover(at), at)
    for operator, key in (("a", "share_a"), ("b", "share_b"), ("*", "share_any")):
        expected = float(case[key]) if case[key] else np.nan
        assert fact(facts, operator)["share_area"] == pytest.approx(expected, abs=2e-5, nan_ok=True)
    assert fact(facts, "*")["status"] == case["status_any"]
    assert fact(facts, "*")["unknown_share"] == pytest.approx(float(case["unknown_any"]), abs=2e-5)


def number(text: str) -> float:
    return np.nan if text == "?" else float(text)


@pytest.mark.parametrize(
    ("rule", "case"),
    [
        pytest.param(r, *c.values, id=f"{r}: {c.id}")
        for r in ("population_share", "household_share")
        for c in cases(r)
    ],
)
def test_people_share(rule: str, case: dict[str, str]) -> None:
    mine, other = ("people", "homes") if rule == "population_share" else ("homes", "people")
    places = [float(x) for x in case["at"].split()]
    of = villages(1, 1)
    below = hamlets(of, len(places)).assign(
        geometry=[shapely.Point(WEST + SIDE * x, SOUTH + SIDE / 2) for x in places],
        **{mine: [number(x) for x in case[mine].split()], other: [number(x) for x in case["other"].split()]},
    )
    at = ground(
        of,
        below,
        layers=[{"id": "z", "geometry": "area", "feature": "id", "operator": "a"}],
        services=service({"level": "village", "rule": rule, "layers": ["z"]}),
        plant={"z": features(strips(case["cover"]))},
    )
    seen = fact(facts_of(cover(at), at), "a")
    column = "share_population" if rule == "population_share" else "share_households"
    assert seen[column] == pytest.approx(float(case["share"]), abs=1e-9)
    assert seen["status"] == case["status"]
    assert seen["basis_used"] == "children"


@pytest.mark.parametrize("case", cases("declared"))
def test_declared(case: dict[str, str]) -> None:
    rows = [tuple(r.split("=")) for r in case["rows"].split()]
    elsewhere = [("V001", "a", "covered"), ("V001", "b", "covered")]
    table = pd.DataFrame([("V000", *r) for r in rows] + elsewhere, columns=["unit", "op", "word"])
    at = ground(
        villages(2, 1),
        layers=[
            {
                "id": "t",
                "geometry": "table",
                "unit": "unit",
                "unit_level": "village",
                "operator": {"column": "op"},
                "status": {"column": "word"},
            }
        ],
        services=service({"level": "village", "rule": "declared", "layers": ["t"]}),
        plant={"t": table},
    )
    facts = facts_of(cover(at), at)
    seen = {op: fact(facts, op)["status"] for op in ("a", "b", "*")}
    assert seen == {"a": case["status_a"], "b": case["status_b"], "*": case["status_any"]}


@pytest.mark.parametrize(
    ("rule", "case"),
    [
        pytest.param(r, *c.values, id=f"{r}: {c.id}")
        for r in ("all_children", "any_child", "share_of_children")
        for c in cases(r)
    ],
)
def test_children(rule: str, case: dict[str, str]) -> None:
    letters = case["below"].split()
    of = villages(2, 1)
    here = hamlets(of, max(len(letters), 1))
    here = here[here["parent"] == ("V000" if letters else "V001")]
    if case.get("homes"):
        here = here.assign(homes=[float(x) for x in case["homes"].split()])
    _, tree = units(of, here)
    below = tree.at("hamlet")
    blank = unknown_block(Setting("s", "a", "within", "simulated"), below)
    status = np.array([LETTERS[x] for x in letters] or [COVERED], np.int8)
    known = type(blank)(
        **{
            **{k: getattr(blank, k) for k in type(blank).__dataclass_fields__},
            "status": status,
            "unknown_share": (status == UNKNOWN).astype(float),
        }
    )
    asked = {"share": float(case["share"]), "basis": case["basis"]} if "share" in case else {}
    block = from_children(Rule(level="village", rule=rule, **asked), tree, tree.at("village")[:1], known)
    assert STATUSES[block.status[0]].value == case["status"]
