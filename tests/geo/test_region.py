"""The region file: every class of mistake gives a sentence with file, key, expected and nearest spelling."""

from __future__ import annotations

import copy
import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from geo.errors import RegionError
from geo.region import read_region
from geo.region.read import region_from
from geo.terms import Kind, SettlementClass

PROJECT = Path(__file__).resolve().parents[2]

GOOD = """
name = { en = "Small", zh = "小" }
as_of = 2010-12-31

[[levels]]
id = "county"
name = "county"
source = "places"
code = "county"
label = "county"
edition = 2010

[[levels]]
id = "village"
name = "village"
source = "places"
code = "code"
label = "name"
parent = "county"
edition = 2010

[[sources]]
id = "places"
path = "places.csv"
kind = "official"
crs = "EPSG:4490"

[[sources]]
id = "nodes"
path = "nodes.geojson"
kind = "declared"
datum = "GCJ-02"

[[operators]]
id = "telecom"
name = "Telecom"
aliases = ["CT"]

[[layers]]
id = "nodes"
source = "nodes"
geometry = "point"
operator = { column = "op" }
mbps = 20

[[layers]]
id = "zones"
source = "nodes"
geometry = "area"
operator = "telecom"

[[layers]]
id = "said"
source = "nodes"
geometry = "table"
unit = "code"
unit_level = "village"
service = "fibre"
survey = { level = "county", without = ["1"] }

[[services]]
id = "fibre"
name = "fibre"
rules = [
  { level = "village", rule = "within", layers = "nodes", distance_m = 500, declared = "said" },
  { level = "county", rule = "all_children" },
]

[[targets]]
id = "all"
name = "all villages"
service = "fibre"
level = "village"
threshold = ">80"
due = 2015-12-31
source = "plan, annex"
class = "rural"
"""


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "small.toml"
    path.write_text(text, encoding="utf-8")
    return path


def problems(tmp_path: Path, text: str) -> tuple[str, ...]:
    with pytest.raises(RegionError) as refused:
        read_region(written(tmp_path, text))
    assert str(refused.value) == "\n".join(refused.value.problems)
    return refused.value.problems


def test_a_good_file_becomes_a_region(tmp_path: Path) -> None:
    region = read_region(written(tmp_path, GOOD))
    assert region.id == "small"
    assert region.as_of == dt.date(2010, 12, 31)
    assert region.name.word("zh") == "小"
    assert region.source("nodes").crs == "GCJ-02"
    assert region.source("places").kind is Kind.OFFICIAL
    assert region.layer("nodes").mbps == 20
    assert region.services[0].rules[0].layers == ("nodes",)
    assert region.layer("said").survey[0].without == ("1",)
    assert region.targets[0].settlement_class is SettlementClass.RURAL
    assert (region.targets[0].threshold.value, region.targets[0].threshold.strict) == (80, True)
    assert region.level_index("village") == 1


MISTAKES: list[tuple[str, str, str, str]] = [
    ("a misspelt key", 'kind = "official"', 'kind = "official"\nlicense = "x"', "sources 'places': the key 'license' is not known; did you mean 'licence'?"),
    ("a misspelt key on top", 'as_of = 2010-12-31', 'as_of = 2010-12-31\nmetrics_crs = "auto"', "top level: the key 'metrics_crs' is not known; did you mean 'metric_crs'?"),
    ("a key of ours", 'as_of = 2010-12-31', 'as_of = 2010-12-31\npath = "x"', "top level: the key 'path' is not known"),
    ("a misspelt key in a rule", "distance_m = 500", "distance = 500", "services 'fibre', rules 'village': the key 'distance' is not known; did you mean 'distance_m'?"),
    ("a misspelt key in a survey", "without = ", "wihtout = ", "layers 'said', survey no. 1: the key 'wihtout' is not known; did you mean 'without'?"),
    ("a third language", 'zh = "小" }', 'zh = "小", de = "Klein" }', "name: the key 'de' is not known; there is en, zh."),
    ("one language only", 'name = { en = "Small", zh = "小" }', 'name = { en = "Small" }', "name: the key 'zh' is missing."),
    ("a missing key", 'path = "places.csv"\n', "", "sources 'places': the key 'path' is missing."),
    ("a missing date", "as_of = 2010-12-31\n", "", "top level: the key 'as_of' is missing."),
    ("a word outside its list", 'kind = "official"', 'kind = "offical"', "sources 'places', kind: 'offical' is not one of official, measured, declared, simulated, reported; did you mean 'official'?"),
    ("a rule that is none", 'rule = "within"', 'rule = "withn"', "rule: 'withn' is not one of within, area_share"),
    ("a class that is none", 'class = "rural"', 'class = "rurals"', "targets 'all', class: 'rurals' is not one of urban, town, rural, unknown, all; did you mean 'rural'?"),
    ("a geometry that is none", 'geometry = "point"', 'geometry = "points"', "layers 'nodes', geometry: 'points' is not one of point, line, area, table; did you mean 'point'?"),
    ("a date that is none", "due = 2015-12-31", 'due = "end of 2015"', "targets 'all', due: "),
    ("a day that is none", "as_of = 2010-12-31", 'as_of = "2010-02-30"', "as_of: "),
    ("an edition that is no year", "edition = 2010\n\n[[sources]]", 'edition = "new"\n\n[[sources]]', "levels 'village', edition: "),
    ("a threshold that is none", '">80"', '"about 80"', "targets 'all', threshold: 'about 80' is no threshold: write 100, '>80' or '>=0.85'"),
    ("a share above one", 'name = "fibre"\n', 'name = "fibre"\ncovered = 95\n', "services 'fibre', covered: "),
    ("a negative distance", "distance_m = 500", "distance_m = -5", "distance_m: "),
    ("an id with blanks", 'id = "telecom"', 'id = "China Telecom"', "operators 'China Telecom', id: "),
    ("a hash that is none", 'kind = "official"', 'kind = "official"\nsha256 = "abc"', "sources 'places', sha256: "),
    ("a pattern that is none", 'parent = "county"', 'parent = "county"\ncode_pattern = "(["', "levels 'village', code_pattern: is no regular expression"),
    ("crs and datum", 'crs = "EPSG:4490"', 'crs = "EPSG:4490"\ndatum = "GCJ-02"', "sources 'places': says both crs and datum: keep one"),
    ("x without y", 'crs = "EPSG:4490"', 'crs = "EPSG:4490"\nx = "lon"', "sources 'places': names one coordinate column only: give both x and y"),
    ("coordinates without a datum", 'crs = "EPSG:4490"', 'x = "lon"\ny = "lat"', "sources 'places': has coordinates but no crs: declare it"),
    ("a column that is no column", 'operator = { column = "op" }', 'operator = { colunm = "op" }', "layers 'nodes', operator: give a plain value, or { column = \"…\" }."),
    ("a rate that is text", "mbps = 20", 'mbps = "20 Mbps"', "layers 'nodes', mbps: give a plain value, or { column = \"…\" }."),
    ("a plain value where a column is due", "mbps = 20", 'status = "up"', "layers 'nodes', status: should be a table with the keys column (seen: 'up')."),
    ("a status without its values", "mbps = 20", 'status = { column = "s" }', "layers 'nodes': has a status column but no in_service list"),
    ("a table without units", 'unit_level = "village"\n', "", "layers 'said': is a table: name the column of the unit's code"),
    ("half a seat", 'parent = "county"', 'parent = "county"\nplace_x = "lon"', "levels 'village': names one column of the seat only"),
    ("an unknown source", 'source = "nodes"\ngeometry = "point"', 'source = "node"\ngeometry = "point"', "layers 'nodes', source: there is no source 'node'; did you mean 'nodes'?"),
    ("an unknown source of a level", 'source = "places"\ncode = "code"', 'source = "place"\ncode = "code"', "levels 'village', source: there is no source 'place'; did you mean 'places'?"),
    ("an unknown operator", 'operator = "telecom"', 'operator = "telekom"', "layers 'zones', operator: there is no operator 'telekom'; did you mean 'telecom'?"),
    ("an unknown service of a target", 'service = "fibre"\nlevel', 'service = "fiber"\nlevel', "targets 'all', service: there is no service 'fiber'; did you mean 'fibre'?"),
    ("an unknown level of a target", 'level = "village"\nthreshold', 'level = "hamlet"\nthreshold', "targets 'all', level: there is no level 'hamlet'; there is county, village."),
    ("an unknown level of a rule", '{ level = "county", rule', '{ level = "conty", rule', "services 'fibre', rule all_children at conty, level: there is no level 'conty'; did you mean 'county'?"),
    ("an unknown level of a table", 'unit_level = "village"', 'unit_level = "villages"', "layers 'said', unit_level: there is no level 'villages'; did you mean 'village'?"),
    ("an unknown level of a survey", 'survey = { level = "county"', 'survey = { level = "country"', "layers 'said', survey, level: there is no level 'country'; did you mean 'county'?"),
    ("an unknown layer of a rule", 'layers = "nodes"', 'layers = "xyz"', "rule within at village, layers: there is no layer 'xyz'; there is nodes, zones, said."),
    ("an unknown declared layer", 'declared = "said"', 'declared = "sayd"', "rule within at village, declared: there is no layer 'sayd'; did you mean 'said'?"),
    ("the same id twice", 'id = "zones"', 'id = "nodes"', "layers: the id 'nodes' stands 2 times."),
    ("a spelling of two operators", 'aliases = ["CT"]', 'aliases = ["CT"]\n\n[[operators]]\nid = "ct"\nname = "Cable"', "operators: the spelling 'ct' stands for both 'telecom' and 'ct'."),
    ("a rule of polygons over points", 'rule = "within", layers = "nodes", distance_m = 500', 'rule = "area_share", layers = "nodes"', "rule area_share at village: the layer 'nodes' in layers has geometry 'point', where area is needed."),
    ("a rule of distances over polygons", 'layers = "nodes"', 'layers = "zones"', "rule within at village: the layer 'zones' in layers has geometry 'area', where point or line is needed."),
    ("plant where a table is due", 'declared = "said"', 'declared = "nodes"', "rule within at village: the layer 'nodes' in declared has geometry 'point', where table is needed."),
    ("no distance anywhere", ", distance_m = 500", "", "neither the rule states distance_m nor the layer 'nodes' reach_m: nothing would ever be near enough."),
    ("a rule without layers", 'layers = "nodes", ', "", "services 'fibre', rules 'village': the rule within needs layers = [...]"),
    ("children at the lowest level", '{ level = "county", rule', '{ level = "village", rule', "rule all_children at village: the lowest level has no units below it."),
    ("children without a rule of their own", '{ level = "village", rule = "within", layers = "nodes", distance_m = 500, declared = "said" },', "", "rule all_children at county: the level below, 'village', has no rule of this service to decide by."),
    ("a distance for children", 'rule = "all_children"', 'rule = "all_children", distance_m = 5', "the rule all_children takes units below, not layers or a distance"),
    ("a share of children without the share", 'rule = "all_children"', 'rule = "share_of_children"', "share_of_children needs share = (0 to 1]"),
    ("a target of two kinds", 'service = "fibre"\nlevel', 'service = "fibre"\nreported = "places"\nlevel', "targets 'all': give either service (computed) or reported"),
    ("a target without a level", 'level = "village"\nthreshold', "threshold", "targets 'all': a computed target needs the level that it counts"),
    ("a target in another unit", 'class = "rural"', 'class = "rural"\nunit = "homes"', "targets 'all': a computed target is a share: unit = 'percent'"),
    ("a target where nothing is decided", "[[targets]]", '[[services]]\nid = "tv"\nname = "tv"\nrules = [{ level = "county", rule = "within", layers = "nodes", distance_m = 1 }]\n\n[[targets]]\nid = "b"\nname = "b"\nservice = "tv"\nlevel = "village"\nthreshold = 1\ndue = 2015-12-31\nsource = "x"\n\n[[targets]]', "targets 'b': the service 'tv' has no rule at level 'village', only at county."),
    ("text where tables are due", "[[operators]]\nid = \"telecom\"\nname = \"Telecom\"\naliases = [\"CT\"]", 'operators = "telecom"', ""),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "said"), [m[1:] for m in MISTAKES], ids=[m[0] for m in MISTAKES])
def test_a_mistake_is_one_sentence_with_file_key_and_expectation(
    tmp_path: Path, old: str, new: str, said: str
) -> None:
    assert GOOD.count(old) >= 1
    found = problems(tmp_path, GOOD.replace(old, new, 1))
    assert all(p.startswith("small.toml") for p in found)
    assert all(p.endswith((".", "?")) for p in found), found
    assert any(said in p for p in found), found


@pytest.mark.parametrize("name", [m[0] for m in MISTAKES if "id" not in m[0]][:30])
def test_a_mistake_gives_no_crowd_of_sentences(tmp_path: Path, name: str) -> None:
    _, old, new, _ = next(m for m in MISTAKES if m[0] == name)
    assert len(problems(tmp_path, GOOD.replace(old, new, 1))) <= 2


def test_six_different_mistakes_give_six_sentences_at_once(tmp_path: Path) -> None:
    text = GOOD
    for name in (
        "a misspelt key",
        "a word outside its list",
        "a threshold that is none",
        "an unknown operator",
        "an unknown declared layer",
        "a rate that is text",
    ):
        _, old, new, _ = next(m for m in MISTAKES if m[0] == name)
        text = text.replace(old, new, 1)
    found = problems(tmp_path, text.replace('kind = "official"\nlicense', 'kind = "offical"\nlicense'))
    assert len(found) == 6, found
    for part in ("'license'", "'offical'", "'about 80'", "'telekom'", "'sayd'", "mbps"):
        assert sum(part in p for p in found) == 1, (part, found)


def test_a_file_that_is_not_there_names_the_nearest(tmp_path: Path) -> None:
    written(tmp_path, GOOD)
    with pytest.raises(
        RegionError, match=r"smal\.toml: there is no such region file; did you mean 'small\.toml'\?"
    ):
        read_region(tmp_path / "smal.toml")
    with pytest.raises(RegionError, match="there is no such region file"):
        read_region(tmp_path / "absent" / "x.toml")


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"name = ", "is not TOML"),
        ("name = '常州'".encode("gb18030"), "is not UTF-8 at byte 8"),
        (b"x = " + b"[" * 5000, "nested too deeply"),
        (b"x = " + b"9" * 5000, "is not TOML"),
        (b"", "the key 'name' is missing"),
    ],
    ids=["cut", "GB18030", "deep", "a huge number", "empty"],
)
def test_a_file_that_is_no_region_file_is_refused_with_a_sentence(
    tmp_path: Path, raw: bytes, said: str
) -> None:
    (tmp_path / "x.toml").write_bytes(raw)
    with pytest.raises(RegionError, match=f"x.toml.*{said}"):
        read_region(tmp_path / "x.toml")


def test_a_folder_is_no_region_file(tmp_path: Path) -> None:
    with pytest.raises(RegionError, match="cannot be read"):
        read_region(tmp_path)


def test_a_review_number_stands_in_the_manifest_only_where_the_region_states_it(tmp_path: Path) -> None:
    from types import SimpleNamespace

    from geo.run import _about

    planes = SimpleNamespace(crs=SimpleNamespace(to_string=str), scale_error=0.0)
    places = SimpleNamespace(planes=SimpleNamespace(distance=planes, area=planes))
    prepared: Any = SimpleNamespace(loaded={}, ground=SimpleNamespace(places=places), findings=[])
    bare, reviewed = (
        _about(read_region(written(tmp_path, text)), prepared, None)
        for text in (GOOD, 'map_review_number = "苏S(2026)001号"\n' + GOOD)
    )
    assert reviewed.pop("map_review_number") == "苏S(2026)001号"
    assert reviewed == bare
    (problem,) = problems(tmp_path, 'map_review_number = ""\n' + GOOD)
    assert "map_review_number" in problem


def test_a_byte_order_mark_is_no_mistake(tmp_path: Path) -> None:
    path = tmp_path / "small.toml"
    path.write_text(GOOD, encoding="utf-8-sig")
    assert read_region(path).id == "small"


def base() -> dict[str, Any]:
    import tomllib

    return tomllib.loads(GOOD)


JUNK: list[Any] = [
    None,
    3,
    -1.5,
    "x",
    True,
    [],
    [1],
    [[]],
    {},
    {"id": 3},
    [{"id": ["a"]}],
    [{}],
    dt.date(2010, 1, 1),
]


@pytest.mark.parametrize(
    "part", ["levels", "sources", "operators", "layers", "services", "targets", "name", "as_of"]
)
@pytest.mark.parametrize("junk", JUNK, ids=[repr(j)[:20] for j in JUNK])
def test_junk_in_place_of_a_part_is_a_problem_or_accepted_but_never_a_crash(part: str, junk: Any) -> None:
    tree = base()
    tree[part] = copy.deepcopy(junk)
    try:
        region_from(tree, Path("x.toml"))
    except RegionError as refused:
        said = refused.problems
    else:
        said = ("accepted",)
    assert said


def paths(tree: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    items = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    return [p for k, v in items for p in [(*at, k), *paths(v, (*at, k))]]


@pytest.mark.parametrize("path", paths(base()), ids=str)
def test_junk_in_place_of_any_value_is_never_a_crash(path: tuple[Any, ...]) -> None:
    for junk in (*JUNK, "{evil}", "a" * 10_000, "\u202e"):
        tree = base()
        at = tree
        for step in path[:-1]:
            at = at[step]
        at[path[-1]] = copy.deepcopy(junk)
        try:
            region_from(tree, Path("x.toml"))
        except RegionError as refused:
            said = refused.problems
        else:
            said = ("accepted",)
        assert said


@pytest.mark.parametrize("path", sorted((PROJECT / "data").glob("*.toml")), ids=lambda p: p.name)
def test_every_region_that_the_project_ships_is_sound(path: Path) -> None:
    region = read_region(path)
    assert region.targets
    assert {s.kind for s in region.sources} <= set(Kind)


@pytest.fixture
def shipped() -> Callable[[str], Any]:
    return lambda name: read_region(PROJECT / "data" / f"{name}.toml")


def test_the_plans_contradicting_rates_are_two_targets_each_with_its_line(
    shipped: Callable[[str], Any],
) -> None:
    targets = shipped("changzhou").targets
    sources = {t.source for t in targets}
    assert len(sources) > 5
    assert all(t.source for t in targets)
