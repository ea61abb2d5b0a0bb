"""Time each stage against the plain GeoPandas way, in this run: `python -m benchmarks --scale city`.

CPU seconds of one thread. Values are compared before times: a faster wrong answer is no answer. Python's search
for reference cycles is off while anything of ours or theirs runs, as it is off in `cuntong run`.

"""

from __future__ import annotations

import argparse
import csv
import gc
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import geopandas as gpd
import pyproj
import rasterio
import shapely

from benchmarks import ours, plain
from benchmarks.race import Result, Stage, race
from benchmarks.world import World, world
from geo.collector import without_cycles
from geo.measure import metric_crs

HERE = Path(__file__).resolve().parent
RESULTS = HERE / "results.csv"
DEMO = HERE.parent / "data" / "changzhou.toml"
#: Where the made-up plane lies, so that it has longitudes and latitudes.
PLANE = pyproj.CRS("+proj=tmerc +lat_0=31 +lon_0=118.5 +k=1 +datum=WGS84 +units=m +type=crs")
WHOLE_S, START_S, MEMORY_GB = 3.0, 0.5, 1.5


def main() -> int:
    """Run the stages that were asked for and print one table."""
    ask = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    ask.add_argument("--scale", choices=["city", "province"], default="city")
    ask.add_argument("--rounds", type=int, default=5)
    ask.add_argument("--only", default="", help="stages whose name begins so, comma-separated")
    ask.add_argument("--slack", type=float, default=1.0, help="bars are multiplied by this (CI: 0.7)")
    ask.add_argument(
        "--memory", action="store_true", help="print the memory peak of all stages, nothing else"
    )
    asked = ask.parse_args()
    if asked.memory:
        print(f"{_peak_of_all_stages(asked.scale):.3f}")
        return 0
    wanted = tuple(name for name in asked.only.split(",") if name) or ("",)
    with tempfile.TemporaryDirectory() as folder:
        stages = [
            s for s in _stages(world(asked.scale), asked.scale, Path(folder)) if s.name.startswith(wanted)
        ]
        results = []
        for stage in stages:
            results.append(race(stage, asked.rounds))
            print(f"  {stage.name}: {results[-1].ratio:.1f} x", file=sys.stderr, flush=True)
    limits = [row for row in _limits(asked.scale, asked.rounds) if row[0].startswith(wanted)]
    failed = _print(results, limits, asked.slack)
    _append(asked.scale, results, limits)
    return 1 if failed else 0


def _stages(country: World, scale: str, folder: Path) -> list[Stage]:
    villages, hamlets, cover = country.villages, country.hamlets, country.cover
    raster = folder / "people.tif"
    on_map = villages.set_crs("EPSG:32650")
    with rasterio.open(
        raster,
        "w",
        driver="GTiff",
        height=country.people.shape[0],
        width=country.people.shape[1],
        count=1,
        dtype="float32",
        crs="EPSG:32650",
        transform=rasterio.Affine(*country.transform),
    ) as sink:
        sink.write(country.people.astype("float32"), 1)
    points, lines = plain.frame_of(hamlets), plain.frame_of(country.lines)
    # from longitudes and latitudes: the plain way projects too, and its plane is off by up to 1e-4
    lonlat = [gpd.GeoSeries(g, crs=PLANE).to_crs("OGC:CRS84") for g in (hamlets, country.lines)]
    plane = metric_crs(lonlat[1].total_bounds, "distance")
    degrees = [g.to_numpy() for g in lonlat]
    stages = [
        Stage(
            "area by county",
            lambda: ours.area_by_county(villages, cover),
            lambda: plain.area_by_county(villages, cover),
            1e-9,
            2.0 if scale == "province" else 0.0,
        ),
        Stage(
            "nearest, planar",
            lambda: ours.nearest_planar(hamlets, country.lines),
            lambda: plain.nearest_join(points, lines),
            1e-12,
            8.0,
        ),
        Stage(
            "nearest, ellipsoidal, from lon/lat",
            lambda: ours.nearest_ellipsoidal(*degrees, plane),
            lambda: plain.nearest_join(*(plain.frame_of(g.to_crs(plane.crs).to_numpy()) for g in lonlat)),
            1e-4,
            0.0,
        ),
        Stage(
            "points in polygons",
            lambda: ours.points(hamlets, cover),
            lambda: plain.points_join(points, cover),
            0.0,
            0.0,
        ),
        Stage(
            "zonal",
            lambda: ours.zonal(str(raster), on_map),
            lambda: plain.zonal_exactextract(raster, on_map),
            1e-6,
            10.0,
        ),
    ]
    if scale == "city":  # the plain overlay of a province takes minutes, and is no opponent there
        overlay = Stage(
            "area and roll-up",
            lambda: ours.area(villages, cover),
            lambda: plain.area_overlay(villages, cover),
            1e-9,
            2.5,
        )
        stages.insert(0, overlay)
    return stages


# ---------------------------------------------------------------- limits, without an opponent


def _limits(scale: str, rounds: int) -> list[tuple[str, float, float, str]]:
    """Return name, figure, limit (0: none) and unit of what has no opponent; a figure of NaN was left out."""
    python = sys.executable
    heavy = "import geopandas, numba, pyarrow, rasterio"
    rows = [
        ("start: cuntong --help, CPU", *_start([python, "-m", "geo", "--help"], rounds, START_S)),
        ("imports, cold: geopandas, numba, pyarrow, rasterio", *_start([python, "-c", heavy], rounds, 0.0)),
        ("memory peak of the stages, fresh process", _memory(scale), MEMORY_GB, "GB"),
    ]
    return rows + _whole(rounds) if scale == "city" else rows


def _start(command: list[str], rounds: int, limit: float) -> tuple[float, float, str]:
    """Least CPU seconds of a command in a process of its own."""
    seconds = []
    for _ in range(rounds):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(command, check=True, capture_output=True, cwd=HERE.parent)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        seconds.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return min(seconds), limit, "s"


def _memory(scale: str) -> float:
    command = [sys.executable, "-m", "benchmarks", "--scale", scale, "--memory"]
    return float(subprocess.run(command, check=True, capture_output=True, text=True, cwd=HERE.parent).stdout)


def _peak_of_all_stages(scale: str) -> float:
    """Run our side of every stage and return the process's peak [GB]."""
    with tempfile.TemporaryDirectory() as folder:
        for stage in _stages(world(scale), scale, Path(folder)):
            stage.ours()
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2


def _whole(rounds: int) -> list[tuple[str, float, float, str]]:
    """CPU seconds of the whole demo run, warm: read, check, cover, roll up, publish.

    As the command runs it: without the search for reference cycles (geo.collector).
    """
    try:
        from geo.run import run  # the rest can be measured without it
    except ImportError as absent:
        print(f"  whole demo run left out: {absent}", file=sys.stderr)
        return []
    if not DEMO.exists():
        print(f"  whole demo run left out: {DEMO.name} is not there", file=sys.stderr)
        return []
    seconds = []
    for _ in range(rounds + 1):
        gc.collect()
        with tempfile.TemporaryDirectory() as folder, without_cycles():
            start = time.process_time()
            run(DEMO, Path(folder))
            seconds.append(time.process_time() - start)
    return [
        ("whole demo run, first in the process", seconds[0], 0.0, "s"),
        ("whole demo run, warm", min(seconds[1:]), WHOLE_S, "s"),
    ]


# ---------------------------------------------------------------- what is printed and kept


def _print(results: list[Result], limits: list[tuple[str, float, float, str]], slack: float) -> bool:
    """Print the table; return whether a bar was missed or an answer was wrong."""
    heads = f"{'ours s':>9} {'plain s':>9} {'ratio':>7} {'min..max':>13} {'bar':>6} {'differs':>9}"
    print(f"\n{'stage':36} {heads}")
    failed = False
    for r in results:
        bar = f"{r.bar * slack:.2f}" if r.bar else "-"
        verdict = "pass" if r.verdict == "MISS" and r.ratio >= r.bar * slack else r.verdict
        spread = f"{r.least:.1f}..{r.most:.1f}"
        figures = f"{r.ours_s:9.4f} {r.plain_s:9.4f} {r.ratio:7.2f} {spread:>13} {bar:>6} {r.difference:9.1e}"
        print(f"{r.name:36} {figures}  {verdict}")
        failed |= verdict in {"MISS", "WRONG"}
    print()
    for name, figure, limit, unit in limits:
        verdict = "-" if not limit else "pass" if figure <= limit / slack else "MISS"
        at_most = f"at most {limit:g} {unit}" if limit else ""
        print(f"{name:52} {figure:8.3f} {unit:3} {at_most:16} {verdict}")
        failed |= verdict == "MISS"
    return failed


def _append(scale: str, results: list[Result], limits: list[tuple[str, float, float, str]]) -> None:
    """Add the figures to results.csv, with the commit and the kind of machine."""
    is_new = not RESULTS.exists()
    with RESULTS.open("a", newline="", encoding="utf-8") as sink:
        rows = csv.writer(sink, lineterminator="\n")
        if is_new:
            rows.writerow(
                [
                    "commit",
                    "machine",
                    "scale",
                    "stage",
                    "ours",
                    "plain",
                    "ratio",
                    "least",
                    "most",
                    "bar",
                    "unit",
                ]
            )
        stamp = [_commit(), _machine(), scale]
        for r in results:
            seconds = [f"{r.ours_s:.4f}", f"{r.plain_s:.4f}"]
            ratios = [f"{r.ratio:.2f}", f"{r.least:.2f}", f"{r.most:.2f}"]
            rows.writerow([*stamp, r.name, *seconds, *ratios, r.bar or "", "s"])
        for name, figure, limit, unit in limits:
            rows.writerow([*stamp, name, f"{figure:.3f}", "", "", "", "", limit or "", unit])


def _commit() -> str:
    try:
        command = ["git", "describe", "--always", "--dirty=+"]
        return subprocess.run(command, check=True, capture_output=True, text=True, cwd=HERE).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


def _machine() -> str:
    """Kind of processor, cores, versions: what a figure depends on, and no name of a host."""
    cpus = Path("/proc/cpuinfo")
    lines = cpus.read_text().splitlines() if cpus.exists() else []
    model = next((x.split(":")[1].strip() for x in lines if x.startswith("model name")), platform.machine())
    versions = (
        f"Python {platform.python_version()}, shapely {shapely.__version__}, geopandas {gpd.__version__}"
    )
    return f"{model}, {os.cpu_count()} cores, {versions}"


if __name__ == "__main__":
    sys.exit(main())
