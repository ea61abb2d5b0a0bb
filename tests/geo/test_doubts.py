"""Doubts: what a figure rests on, and what would make it wrong."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from geo.atlas import Atlas
from geo.doubts import Doubts, counted_units, doubts, rules_of, sources_of
from geo.terms import Status
from tests.places import BROADBAND, atlas, write_places


@pytest.fixture(scope="module")
def valley(tmp_path_factory: pytest.TempPathFactory) -> Atlas:
    return atlas(tmp_path_factory.mktemp("valley"))


def target(valley: Atlas, name: str, **other: Any) -> dict[str, Any]:
    return {**next(t for t in valley.manifest["targets"] if t["id"] == name), **other}


def about(valley: Atlas, name: str, **other: Any) -> Doubts:
    return doubts(valley, 0, target(valley, name, **other))


def test_the_four_parts_are_those_of_the_scorecard(valley: Atlas) -> None:
    for row in valley.cards(0).to_dict("records"):
        if row["how"] == "computed" and row["basis"] == "units":
            parts = about(valley, row["target_id"]).parts
            assert parts[Status.COVERED] == row["numerator"]
            assert parts[Status.UNKNOWN] == row["unknown"]
            assert sum(parts.values()) == row["denominator"]
    assert about(valley, "broadband_hamlets").parts[Status.PARTIAL] == 1


def test_only_the_class_that_is_counted_is_counted(valley: Atlas) -> None:
    found = counted_units(valley, 0, target(valley, "fibre_villages", **{"class": "urban"}))
    assert [valley.units.at[i, "code"] for i in found] == ["V1"]


def test_a_figure_rests_on_its_layers_and_on_its_units(valley: Atlas) -> None:
    assert sources_of(valley, target(valley, "fibre_villages")) == ["nodes", "villages"]
    assert sources_of(valley, target(valley, "tv_hamlets")) == ["said", "hamlets"]


def with_children(folder: Path) -> Path:
    """The valley's region where a village has broadband if all its hamlets have, and said so itself."""
    path = write_places(folder)
    old = 'rules = [{ level = "hamlet", rule = "declared", layers = ["broadband_said"] }]'
    text = path.read_text(encoding="utf-8")
    assert old in text
    more = '{ level = "village", rule = "all_children", declared = ["village_said"] }'
    layer = (
        '[[sources]]\nid = "village_said"\npath = "village_said.csv"\nkind = "declared"\n'
        '[[layers]]\nid = "village_said"\nsource = "village_said"\ngeometry = "table"\nunit = "code"\n'
        'unit_level = "village"\noperator = "a"\nservice = "broadband"\nstatus = { column = "broadband" }\n'
    )
    text = text.replace(old, old[:-1] + f", {more}]").replace("[[services]]", layer + "[[services]]", 1)
    path.write_text(text, encoding="utf-8")
    rows = ["code,broadband", "V1,covered", "V2,covered", "V9,covered"]
    (folder / "village_said.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    return path


def test_contradictions_and_rows_set_aside_are_counted(tmp_path: Path) -> None:
    from geo.run import run
    from geo.snapshot import open_snapshot

    valley = Atlas(open_snapshot(run(with_children(tmp_path / "in"), tmp_path / "out").path))
    asked = {"service": "broadband", "level": "village", "operator": "*", "class": "all"}
    found = doubts(valley, 0, asked)
    assert BROADBAND["V2H2"] == "no"  # so V2 is not covered, whatever it says
    assert found.contradicted == 1
    assert found.set_aside == {"village_said": 1}  # there is no V9
    assert [r["level"] for r in rules_of(valley, asked)] == ["village", "hamlet"]
    assert sources_of(valley, asked) == ["village_said", "said", "villages", "hamlets"]
