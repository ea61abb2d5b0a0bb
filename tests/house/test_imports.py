"""Imports go one way. The table is the architecture: a part may import what stands in its row, and itself."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.sources import GEO, ROOT, dotted, imports, modules, parsed

#: Part -> its modules of geo, and the parts that it may import besides itself.
PARTS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "floor": (("collector", "errors", "faults", "terms", "findings"), ()),
    "measure": (
        (
            "kernel", "measure", "datum", "offsets", "zones", "editions",
            "edges", "green", "grid", "nearest", "overlay", "points", "zonal",
        ),
        ("floor",),
    ),
    "extend": (("extend",), ("floor", "measure")),
    "region": (("region",), ("floor",)),
    "snapshot": (("snapshot",), ("floor",)),
    "read": (("read",), ("floor", "measure")),
    "radio": (("radio",), ("floor", "measure", "read")),
    "capacity": (("capacity",), ("floor",)),
    "check": (("check",), ("floor", "measure", "read")),
    "model": (("units", "plant", "facts"), ("floor", "region")),
    "cover": (("cover",), ("floor", "measure", "region", "model")),
    "sums": (("rollup", "scorecard"), ("floor", "region", "model")),
    "input": (
        ("sources", "examine", "reported", "ground", "quarantine"),
        ("floor", "measure", "region", "snapshot", "read", "check", "model", "cover"),
    ),
    "answers": (
        ("why", "cards", "show", "wording", "atlas", "search", "gaps", "compare", "doubts"),
        ("floor", "region", "snapshot"),
    ),
    "tiles": (("tiles",), ("floor", "snapshot")),
    "export": (("export",), ("floor", "measure", "region", "snapshot", "answers")),
    "report": (("report",), ("floor", "measure", "region", "snapshot", "answers", "export")),
    "runs": (
        ("run", "checkfile"),
        ("floor", "measure", "region", "snapshot", "read", "check", "model", "cover", "sums", "input"),
    ),
    "time": (("mapped", "differ", "progress"), ("floor", "measure", "snapshot", "capacity", "answers")),
    "command": (
        ("__main__", "takeaway", "steiner", "timeline"),
        ("floor", "extend", "region", "snapshot", "check", "input", "answers", "export", "report", "runs", "time"),
    ),
}  # fmt: skip


def part_of(module: str) -> str:
    """Return the part that a module of geo belongs to."""
    room = module.split(".")[1]
    return next(part for part, (rooms, _) in PARTS.items() if room in rooms)


def geo_imports(path: Path) -> set[str]:
    return {m for m in imports(path) if m.startswith("geo.") and (room_exists(m))}


def room_exists(module: str) -> bool:
    room = GEO / module.split(".")[1]
    return room.is_dir() or room.with_suffix(".py").exists()


def test_every_module_of_geo_belongs_to_one_part() -> None:
    rooms = [room for mine, _ in PARTS.values() for room in mine]
    assert len(rooms) == len(set(rooms))
    there = {dotted(p).split(".")[1] for p in modules() if dotted(p) != "geo"}
    assert there == set(rooms)


def test_the_table_itself_has_no_circle() -> None:
    seen: list[str] = []
    for part, (_, below) in PARTS.items():
        assert set(below) <= set(seen), f"{part} may import only what stands above it in the table"
        seen.append(part)


@pytest.mark.parametrize("path", [p for p in modules() if dotted(p) != "geo"], ids=dotted)
def test_a_module_imports_only_what_its_part_may(path: Path) -> None:
    mine = part_of(dotted(path))
    allowed = {mine, *PARTS[mine][1]}
    wrong = sorted(m for m in geo_imports(path) if part_of(m) not in allowed)
    assert wrong == [], f"{dotted(path)} ({mine})"


def test_no_two_modules_import_each_other_at_the_start() -> None:
    """Modules of one part may import one another, in one direction."""
    names = {dotted(p) for p in modules()}
    graph = {dotted(p): {m for m in _at_start(p) if m in names and m != dotted(p)} for p in modules()}
    done: set[str] = set()
    while left := set(graph) - done:
        free = {m for m in left if graph[m] <= done}
        assert free, f"these import one another in a circle: {sorted(left)}"
        done |= free


def _at_start(path: Path) -> set[str]:
    """The modules that a file imports when it is loaded; a package's own parts do not count for the package."""
    out = set()
    for node in parsed(path).body:
        if isinstance(node, ast.ImportFrom) and node.module:
            out |= {node.module, *(f"{node.module}.{a.name}" for a in node.names)}
        elif isinstance(node, ast.Import):
            out |= {a.name for a in node.names}
    return out


def test_the_library_knows_neither_the_app_nor_the_simulation_nor_the_tests() -> None:
    """The command alone starts the app, with the verb `serve`."""
    for path in modules():
        roots = {m.split(".")[0] for m in imports(path)} - (
            {"app"} if dotted(path) == "geo.__main__" else set()
        )
        assert not roots & {"app", "simulate", "tests", "benchmarks", "streamlit", "folium"}, dotted(path)


#: Rooms of geo that the app may read: what a snapshot says, in words, tables and pictures; nothing that computes.
READ_BY_APP = {
    "atlas", "cards", "compare", "doubts", "errors", "export", "faults", "findings", "gaps", "report", "search",
    "show", "snapshot", "terms", "tiles", "why", "wording",
}  # fmt: skip

#: These run the command's own work, in the start or in a child process: the demo, and what a reader brings.
RUNS = {"app.serve", "app.work", "app.uploads"}


@pytest.mark.parametrize("path", modules("app"), ids=dotted)
def test_the_app_reads_snapshots_and_computes_no_coverage(path: Path) -> None:
    rooms = {m.split(".")[1] for m in imports(path) if m.startswith("geo.")}
    if dotted(path) not in RUNS:
        assert rooms - READ_BY_APP == set()


def test_nothing_that_is_shipped_imports_the_tests() -> None:
    for folder in ("geo", "simulate", "app"):
        for path in modules(folder):
            assert "tests" not in {m.split(".")[0] for m in imports(path)}, dotted(path)


def test_no_module_opens_a_connection() -> None:
    """Addresses may be taken apart (urllib.parse); nothing may be fetched."""
    net = {"socket", "http", "requests", "httpx", "ftplib", "smtplib", "aiohttp", "ssl"}
    for path in modules():
        names = set(imports(path))
        assert not net & {m.split(".")[0] for m in names}, dotted(path)
        assert not names & {"urllib.request", "urllib.error"}, dotted(path)


LOADED = "import sys, json, geo.__main__; from typer.testing import CliRunner; {act}; print(json.dumps(sorted(sys.modules)))"


@pytest.mark.parametrize(
    "act",
    [
        "0",
        "CliRunner().invoke(geo.__main__.app, ['--help'])",
        "CliRunner().invoke(geo.__main__.app, ['run', '--help'])",
    ],
    ids=["import", "--help", "run --help"],
)
def test_help_loads_none_of_the_heavy_libraries(act: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", LOADED.format(act=act)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    loaded = {m.split(".")[0] for m in json.loads(done.stdout.splitlines()[-1])}
    heavy = {
        "pandas",
        "numpy",
        "numba",
        "shapely",
        "geopandas",
        "pyproj",
        "pyarrow",
        "rasterio",
        "pandera",
        "openpyxl",
    }
    assert loaded & heavy == set()
