"""The pages keep up with the code: what is not written down fails the build, and the worked cases run."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from types import UnionType
from typing import Any, get_args, get_origin

import geopandas as gpd
import pytest
import shapely
import typer.main
from pydantic import BaseModel

from geo import facts, plant, quarantine, rollup, scorecard, units
from geo.__main__ import app
from geo.cover import decide
from geo.read import FORMATS, limits
from geo.region.schema import Region, RuleName
from geo.run import run
from geo.snapshot import open_snapshot
from tests import worlds

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"

#: Keys of models that no region file holds: set by the program.
PROGRAM = {("Region", "path")}


def page(name: str) -> str:
    """The text of a page."""
    return (DOCS / name).read_text(encoding="utf-8")


def section(text: str, heading: str) -> str:
    """What stands under a heading, up to the next of the same or a higher order."""
    order = len(heading) - len(heading.lstrip("#"))
    lines = text.splitlines()
    start = lines.index(heading) + 1
    ends = (i for i in range(start, len(lines)) if re.match(rf"#{{1,{order}}} ", lines[i]))
    return "\n".join(lines[start : next(ends, len(lines))])


def first_cells(text: str) -> set[str]:
    """The names in back quotes in the first cell of each table row."""
    return {name for row in re.findall(r"^\|([^|]*)\|", text, re.M) for name in re.findall(r"`([^`]+)`", row)}


def block(text: str, language: str, after: str = "") -> str:
    """The first code block of a language after some text, without its indent."""
    found = re.search(rf"^( *)```{language}\n(.*?)^\1```", text[text.index(after) :], re.M | re.S)
    assert found, f"no {language} block after {after!r}"
    return "\n".join(line.removeprefix(found[1]) for line in found[2].splitlines()) + "\n"


def fact_columns() -> tuple[str, ...]:
    """The columns of facts as the code writes them."""
    tree = ast.parse(Path(facts.__file__).read_text(encoding="utf-8"))
    writer = next(n for n in tree.body if isinstance(n, ast.FunctionDef) and n.name == "_block_table")
    columns = next(
        n.value for n in ast.walk(writer) if isinstance(n, ast.Assign) and isinstance(n.value, ast.Dict)
    )
    return tuple(k.value for k in columns.keys if isinstance(k, ast.Constant))  # type: ignore[attr-defined]


TABLES = {
    "units": units.COLUMNS,
    "facts": fact_columns(),
    "rollup": rollup.COLUMNS,
    "scorecard": scorecard.COLUMNS,
    "quarantine": quarantine.COLUMNS,
    "findings": quarantine.FINDING_COLUMNS,
    r"plant/\<layer\>": (*plant.COLUMNS, "geometry"),
}


@pytest.mark.parametrize("table", TABLES)
def test_every_column_of_a_table_stands_on_the_page_of_tables_and_no_other(table: str) -> None:
    assert first_cells(section(page("tables.md"), f"## {table}")) == set(TABLES[table])


def test_every_column_stands_in_the_glossary_and_no_other() -> None:
    glossary = first_cells(section(page("terms.md"), "## Columns"))
    assert glossary == {column for columns in TABLES.values() for column in columns}


def test_every_rule_has_a_page_that_the_index_names() -> None:
    pages = {"all_children": "children", "any_child": "children", "share_of_children": "children"}
    index = page("rules/README.md")
    for rule in get_args(RuleName):
        name = f"rules/{pages.get(rule, rule)}.md"
        text = page(name)
        assert f"`{rule}`" in text, f"docs/{name} does not name {rule}"
        assert f"[`{rule}`]({pages.get(rule, rule)}.md)" in index
        for heading in ("Example, by hand", "What `cuntong why` says", "Source"):
            assert f"\n## {heading}\n" in text, f"docs/{name} lacks the heading {heading}"


def verbs() -> dict[str, list[str]]:
    """Verb -> its options as the command knows them."""
    group: Any = typer.main.get_command(app)
    return {
        name: [o for p in command.params for o in p.opts if o.startswith("--")]
        for name, command in group.commands.items()
    }


@pytest.mark.parametrize("verb", verbs())
def test_every_verb_and_option_stands_on_the_page_of_the_command(verb: str) -> None:
    text = page("cli.md")
    heading = next((line for line in text.splitlines() if re.match(rf"## `cuntong {verb}[ `]", line)), None)
    assert heading, f"docs/cli.md has no heading for {verb}"
    part = section(text, heading)
    assert [o for o in verbs()[verb] if f"`{o}" not in part] == []


def models(
    model: type[BaseModel], seen: dict[str, type[BaseModel]] | None = None
) -> dict[str, type[BaseModel]]:
    """Every model that a region file may hold, by name."""
    seen = {} if seen is None else seen
    seen[model.__name__] = model
    for field in model.model_fields.values():
        for inner in inside(field.annotation):
            if inner.__name__ not in seen:
                models(inner, seen)
    return seen


def inside(annotation: Any) -> list[type[BaseModel]]:
    """The models that an annotation names, however deep."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    if get_origin(annotation) is None and not isinstance(annotation, UnionType):
        return []
    return [m for a in get_args(annotation) for m in inside(a)]


HEADINGS = {
    "Region": "## The region (top of the file)",
    "Label": "## Names (`name`, `notice`)",
    "Column": "## Values out of a column",
    "Level": "## `[[levels]]`",
    "Source": "## `[[sources]]`",
    "Operator": "## `[[operators]]`",
    "Layer": "## `[[layers]]`",
    "Survey": "### `survey`",
    "Service": "## `[[services]]`",
    "Rule": "### `[[services.rules]]`",
    "Target": "## `[[targets]]`",
    "Threshold": "### `threshold`, written out",
}


@pytest.mark.parametrize("name", models(Region))
def test_every_key_of_the_region_file_stands_on_its_page_and_no_other(name: str) -> None:
    fields = models(Region)[name].model_fields
    keys = {f.alias or n for n, f in fields.items() if (name, n) not in PROGRAM}
    text = section(page("region-file.md"), HEADINGS[name])
    own = re.split(r"^### ", text, flags=re.M)[0]
    assert first_cells(own) == keys


@pytest.mark.parametrize("name", sorted(set(models(Region)) - {"Threshold"}))
def test_exactly_the_keys_that_must_be_given_are_bold(name: str) -> None:
    fields = models(Region)[name].model_fields
    due = {f.alias or n for n, f in fields.items() if f.is_required()}
    own = re.split(r"^### ", section(page("region-file.md"), HEADINGS[name]), flags=re.M)[0]
    assert set(re.findall(r"^\| \*\*`([^`]+)`\*\* \|", own, re.M)) == due


def test_every_format_and_limit_stands_on_the_page_of_reading() -> None:
    text = page("reading.md")
    assert [s for s in FORMATS if f"`{s}`" not in text] == []
    shown = section(text, "## Limits")
    mebi = 2**20
    values = {
        f"{limits.FILE_BYTES // mebi} MiB",
        f"{limits.UNPACKED_BYTES // mebi} MiB",
        f"{limits.ARCHIVE_MEMBERS:,} members",
        f"{limits.UNPACK_RATIO} times",
        *(f"{v:,}" for v in (limits.ROWS, limits.VERTICES, limits.RASTER_CELLS, limits.FIELD_CHARACTERS)),
        f"| {limits.NESTING} |",
    }
    assert [v for v in values if v not in shown] == []


@pytest.mark.parametrize("path", sorted(DOCS.rglob("*.md")), ids=lambda p: p.relative_to(DOCS).as_posix())
def test_every_link_between_pages_leads_somewhere(path: Path) -> None:
    links = re.findall(r"\]\(([^)#]+?)(?:#[^)]*)?\)", path.read_text(encoding="utf-8"))
    assert [link for link in links if "://" not in link and not (path.parent / link).exists()] == []


@pytest.mark.parametrize("path", sorted((DOCS / "decisions").glob("*.md")), ids=lambda p: p.name)
def test_a_decision_note_has_its_five_parts_in_sixty_lines(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    assert len(lines) <= 60
    text = "\n".join(lines).lower()
    assert [
        part for part in ("status", "context", "decision", "consequences", "measured") if part not in text
    ] == []


def test_the_worked_region_runs_and_gives_the_figures_on_its_page(tmp_path: Path) -> None:
    region = write_isle(tmp_path)
    snapshot = published(region, tmp_path / "snapshots")
    card = snapshot.frame("scorecard").iloc[0]
    assert (card["numerator"], card["unknown"], card["denominator"], card["verdict"]) == (3, 1, 4, "open")
    fact = one_fact(snapshot, "hamlet:0004@2024", "fibre", "north_net")
    assert "Daphne lies 3,840 m" in page("how/add-a-region.md")
    assert round(fact["nearest_m"]) == 3840
    assert one_fact(snapshot, "hamlet:0004@2024", "fibre", "*")["status"] == "unknown"


def test_the_worked_service_runs_and_gives_the_figures_on_its_page(tmp_path: Path) -> None:
    region = write_isle(tmp_path)
    text = page("how/add-a-service.md")
    blocks = [block(text, "toml", after=f"{i}. **") for i in (1, 2, 3)]
    wkt = re.search(r"`(POLYGON \(\(.*?\)\))`", text, re.S)
    assert wkt
    area = gpd.GeoDataFrame({"id": ["c1"]}, geometry=[shapely.from_wkt(wkt[1])], crs="EPSG:4490")
    area.to_file(tmp_path / "catv.gpkg")
    source = '  { id = "catv", path = "catv.gpkg", kind = "declared", crs = "EPSG:4490" },'
    toml = region.read_text(encoding="utf-8").replace("\n]\noperators", f"\n{source}\n]\noperators")
    region.write_text("\n".join([toml, *blocks]), encoding="utf-8")
    snapshot = published(region, tmp_path / "snapshots")
    isle = one_fact(snapshot, "isle:01@2024", "cable_tv", "south_tel")
    assert isle["status"] == "partial"
    assert isle["share_households"] == pytest.approx(65 / 135)
    assert "65 of 135 homes, 48.15 %" in text


def write_isle(folder: Path) -> Path:
    """Write the files of the worked region into a folder; return the region file."""
    text = page("how/add-a-region.md")
    for name, language in (("isle.toml", "toml"), ("places.csv", "csv"), ("nodes.csv", "csv")):
        (folder / name).write_text(block(text, language, after=f"`{name}`\n"), encoding="utf-8")
    return folder / "isle.toml"


def published(region: Path, out: Path) -> Any:
    """Run a region that has nothing wrong with it; return its snapshot."""
    outcome = run(region, out)
    assert [f.message() for f in outcome.findings] == []
    return open_snapshot(outcome.path)


def one_fact(snapshot: Any, unit: str, service: str, operator: str) -> Any:
    """The one row of facts with this key."""
    table = snapshot.frame("facts")
    rows = table[(table["unit_id"] == unit) & (table["service"] == service) & (table["operator"] == operator)]
    assert len(rows) == 1
    return rows.iloc[0]


def test_the_worked_rule_runs_in_the_place_of_another(monkeypatch: pytest.MonkeyPatch) -> None:
    scope: dict[str, Any] = {}
    exec(block(page("how/add-a-rule.md"), "python"), scope)
    monkeypatch.setitem(decide.RULES, "within", scope["any_plant"])
    ground = worlds.ground(
        worlds.villages(3, 1),
        layers=[
            {
                "id": "p",
                "geometry": "point",
                "feature": "id",
                "operator": "a",
                "survey": {"level": "village", "without": ["V002"]},
            }
        ],
        services=[
            {
                "id": "s",
                "name": "s",
                "rules": [{"level": "village", "rule": "within", "layers": ["p"], "distance_m": 1}],
            }
        ],
        plant={"p": worlds.features([shapely.Point(worlds.WEST + 0.01, worlds.SOUTH + 0.01)])},
    )
    (found,) = (b for b in decide.cover(ground) if b.operator == "a")
    assert [facts.STATUSES[s].value for s in found.status] == ["covered", "uncovered", "unknown"]
