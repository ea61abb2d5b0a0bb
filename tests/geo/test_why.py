"""Why: small worlds published as snapshots, and the sentences that explain their facts."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import shapely

from geo.cover.decide import Ground, cover
from geo.facts import facts_table
from geo.findings import messages
from geo.snapshot import Snapshot, open_snapshot, publish
from geo.why import Reason, why
from tests import worlds

TABLE = {"id": "said", "geometry": "table", "unit": "code", "unit_level": "village", "service": "s"}
TABLE |= {"operator": {"column": "operator"}, "status": {"column": "status"}}


def published(at: Ground, folder: Path) -> Snapshot:
    """The world as a snapshot."""
    from geo.run import _geo

    units = at.hierarchy.table
    tables = {"units": _geo(units), "facts": facts_table(cover(at), units["unit_id"].to_numpy(dtype=object))}
    for layer, plant in at.plant.items():
        import geopandas as gpd

        tables[f"plant/{layer}"] = _geo(gpd.GeoDataFrame(plant.table, geometry="geometry", crs="OGC:CRS84"))
    source = {"kind": "simulated", "edition": 2010, "attribution": "Made up.", "licence": "MIT"}
    about = {
        "software": "test",
        "region": "world",
        "name": {"en": "world", "zh": "世界"},
        "as_of": dt.date(2010, 12, 31).isoformat(),
        "levels": [x.model_dump(mode="json") for x in at.region.levels],
        "services": [x.model_dump(mode="json") for x in at.region.services],
        "layers": [x.model_dump(mode="json") for x in at.region.layers],
        "inputs": {s.id: source for s in at.region.sources},
    }
    return open_snapshot(publish(folder, tables, about))


def said(
    folder: Path, unit: str, *, rules: list[dict[str, Any]], language: str = "en", **world: Any
) -> dict[str, Reason]:
    """Operator -> reason, in a world of one service "s"."""
    of = world.pop("of", worlds.villages(2, 1))
    at = worlds.ground(
        of, world.pop("below", None), services=[{"id": "s", "name": "s", "rules": rules}], **world
    )
    return {r.operator: r for r in why(published(at, folder), unit, "s", language=language)}


def declared(folder: Path, *rows: tuple[str, str, str], **layer: Any) -> dict[str, Reason]:
    frame = pd.DataFrame(list(rows), columns=["code", "operator", "status"])
    rules = [{"level": "village", "rule": "declared", "layers": "said"}]
    return said(folder, "village:V000@2010", rules=rules, layers=[{**TABLE, **layer}], plant={"said": frame})


def text(reason: Reason) -> str:
    return " ".join(reason.sentences)


def test_an_uncovered_declaration_speaks_of_declarations_not_of_units_below(tmp_path: Path) -> None:
    told = text(declared(tmp_path, ("V000", "a", "uncovered"))["a"])
    assert "below" not in told
    assert "A delivery that declares it covered would change it." in told


def test_any_operator_names_who_is_silent_and_who_says_no(tmp_path: Path) -> None:
    reasons = declared(tmp_path, ("V000", "a", "uncovered"), ("V001", "b", "uncovered"))
    assert "Not covered by a; silent here: b." in text(reasons["*"])
    assert "No source speaks" not in text(reasons["*"])
    assert "No row of said names this unit for b." in text(reasons["b"]).replace(" (source table)", "")


def test_every_operator_names_its_source_kind_edition_and_attribution(tmp_path: Path) -> None:
    reason = declared(tmp_path, ("V000", "a", "covered"))["a"]
    assert "Layer said: source table, simulated, edition 2010, Made up." in text(reason)
    (source,) = reason.as_row()["sources"]
    assert (source["kind"], source["edition"], source["attribution"]) == ("simulated", 2010, "Made up.")


def plant(*operators: str, **layer: Any) -> dict[str, Any]:
    return {"id": "net", "geometry": "area", "feature": "id", "operator": {"column": "operator"}, **layer}


def test_a_survey_that_leaves_the_unit_out_is_named(tmp_path: Path) -> None:
    of = worlds.villages(2, 1)
    reasons = said(
        tmp_path,
        "village:V000@2010",
        of=of,
        rules=[{"level": "village", "rule": "area_share", "layers": "net"}],
        layers=[plant(survey=[{"level": "county", "operator": "b", "without": ["C0"]}])],
        plant={"net": worlds.features([of.geometry.iloc[1]] * 2, operator=["a", "b"])},
    )
    line = "Layer net (source plant) does not speak of this unit for b: its survey leaves out county C0 county C0."
    assert line in reasons["*"].sentences
    assert line in reasons["b"].sentences
    assert reasons["b"].sources[0]["silent"] == "survey"
    assert "Not covered by a; silent here: b." in text(reasons["*"])
    assert "silent" not in text(reasons["a"])


def test_people_that_were_measured_by_area_reckon_with_the_area(tmp_path: Path) -> None:
    of = worlds.villages(1, 1)
    west, south, east, north = of.geometry.iloc[0].bounds
    half = shapely.box(west, south, (west + east) / 2, north)
    reasons = said(
        tmp_path,
        "village:V000@2010",
        of=of,
        rules=[{"level": "village", "rule": "population_share", "layers": "net"}],
        layers=[plant(operator="a")],
        plant={"net": worlds.features([half])},
    )
    assert "Another 45.0% of its area would have to be covered." in text(reasons["*"])


@pytest.mark.parametrize(("part", "shown"), [(1e-5, "<0.1% of its area"), (1 - 1e-5, ">99.9% of its area")])
def test_a_share_is_told_as_none_or_all_only_where_it_is(tmp_path: Path, part: float, shown: str) -> None:
    of = worlds.villages(1, 1)
    west, south, east, north = of.geometry.iloc[0].bounds
    reasons = said(
        tmp_path,
        "village:V000@2010",
        of=of,
        rules=[{"level": "village", "rule": "area_share", "layers": "net"}],
        layers=[plant(operator="a")],
        plant={"net": worlds.features([shapely.box(west, south, west + (east - west) * part, north)])},
    )
    assert shown in text(reasons["*"])


def family(folder: Path, covered: int, rule: dict[str, Any], language: str = "en") -> Reason:
    """A village of four hamlets, the first ones covered."""
    of = worlds.villages(1, 1)
    below = worlds.hamlets(of, 4).assign(homes=[40.0, 30.0, 20.0, 10.0])
    return said(
        folder,
        "village:V000@2010",
        of=of,
        below=below,
        language=language,
        rules=[
            {"level": "hamlet", "rule": "within", "layers": "net", "distance_m": 1},
            {"level": "village", **rule},
        ],
        layers=[plant(geometry="point", operator="a")],
        plant={"net": worlds.features([*below.geometry[:covered], shapely.Point(119.9, 31.9)])},
    )["*"]


def test_any_child_asks_for_one_unit_below(tmp_path: Path) -> None:
    told = text(family(tmp_path, 0, {"rule": "any_child"}))
    assert "One of the 4 units below would have to be covered." in told


def test_all_children_asks_for_each_that_is_not_covered(tmp_path: Path) -> None:
    told = text(family(tmp_path, 3, {"rule": "all_children"}))
    assert "Below it: 3 covered, 1 not covered." in told
    assert "Not covered: 1 of the units below. All of them would have to be." in told


@pytest.mark.parametrize(
    ("basis", "share", "expected"),
    [
        ("units", 0.7, "1 more units below would have to be covered, 3 of 4 in all."),
        ("households", 0.85, "15 more households below would have to be covered, 85 of 100 in all."),
    ],
)
def test_share_of_children_says_how_many_more_of_which_basis(
    tmp_path: Path, basis: str, share: float, expected: str
) -> None:
    rule = {"rule": "share_of_children", "share": share, "basis": basis}
    assert expected in text(family(tmp_path, 2, rule))


def test_a_covered_unit_names_the_units_below_that_cover_it(tmp_path: Path) -> None:
    assert family(tmp_path, 1, {"rule": "any_child"}).evidence == ("hamlet:V000H0@2010",)


def test_the_same_is_said_in_chinese(tmp_path: Path) -> None:
    told = text(family(tmp_path, 0, {"rule": "any_child"}, "zh"))
    assert "4 个下级单元中须有一个覆盖" in told
    assert "模拟" in told


def test_every_sentence_stands_in_both_languages_with_the_same_values() -> None:
    import string

    def fields(language: str) -> dict[str, set[str]]:
        texts = {k: v["message"] for k, v in messages(language).items() if k.startswith("why.")}
        return {k: {f for _, f, _, _ in string.Formatter().parse(t) if f} for k, t in texts.items()}

    assert fields("en") == fields("zh")
