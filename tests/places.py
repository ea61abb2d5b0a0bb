"""A region of tables on disk: a city, two counties, six villages and twelve hamlets, each status by hand.

Villages V1 to V6 lie along a road, every 0.02 degrees (about 1.9 km); hamlets stand beside theirs. Fibre at
a village is measured (nodes within 1,000 m), broadband and cable TV at a hamlet are declared, one word each.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from geo.atlas import Atlas
from geo.run import run
from geo.snapshot import open_snapshot

#: Text that a page must show as it is written.
HOSTILE = "<img src=x onerror=alert(1)> $x$ **b** [l](h)"

COUNTIES = {"C1": "东县", "C2": HOSTILE}
VILLAGES = tuple(f"V{n}" for n in range(1, 7))
HOMES = dict(zip(VILLAGES, (100, 50, 80, 20, 60, 40), strict=True))

#: Nodes of fibre stand at these villages; operator b did not look at V6.
NODES = ("V1", "V2", "V4")

#: Words of the tables by hamlet; one that is not named is unknown.
BROADBAND = {"V1H1": "yes", "V1H2": "yes", "V2H1": "part", "V2H2": "no", "V3H1": "no", "V3H2": "yes"}
CABLE_TV = {h: "yes" for v in VILLAGES for h in (f"{v}H1", f"{v}H2")} | {"V5H1": "no"}

_REGION = """
name = {{ en = "Valley", zh = "山谷" }}
as_of = {as_of}

[[operators]]
id = "a"
name = {{ en = "A Net", zh = "甲网" }}
[[operators]]
id = "b"
name = {{ en = "B Tel", zh = "乙信" }}

[[levels]]
id = "city"
name = {{ en = "city", zh = "市" }}
source = "villages"
code = "city"
label = "city_name"
edition = {edition}
geometry = "none"
[[levels]]
id = "county"
name = {{ en = "county", zh = "县" }}
source = "villages"
code = "county"
label = "county_name"
parent = "city"
edition = {edition}
geometry = "none"
[[levels]]
id = "village"
name = {{ en = "village", zh = "行政村" }}
source = "villages"
code = "code"
label = "name"
parent = "county"
edition = {edition}
settlement_class = "class"
households = "homes"
population = "people"
place = "point"
[[levels]]
id = "hamlet"
name = {{ en = "hamlet", zh = "自然村" }}
source = "hamlets"
code = "code"
label = "name"
parent = "village"
edition = {edition}
households = "homes"
population = "people"
place = "point"

[[sources]]
id = "villages"
path = "villages.csv"
kind = "official"
edition = 2010
x = "lon"
y = "lat"
crs = "EPSG:4490"
[[sources]]
id = "hamlets"
path = "hamlets.csv"
kind = "official"
x = "lon"
y = "lat"
crs = "EPSG:4490"
[[sources]]
id = "nodes"
path = "nodes.csv"
kind = "declared"
x = "lon"
y = "lat"
crs = "EPSG:4490"
[[sources]]
id = "said"
path = "said.csv"
kind = "declared"
[[sources]]
id = "index"
path = "index.csv"
kind = "reported"

[[layers]]
id = "nodes"
source = "nodes"
geometry = "point"
feature = "node"
operator = {{ column = "operator" }}
survey = {{ level = "village", without = ["V6"] }}
[[layers]]
id = "broadband_said"
source = "said"
geometry = "table"
unit = "code"
unit_level = "hamlet"
operator = "a"
service = "broadband"
status = {{ column = "broadband" }}
covered_values = ["yes"]
partial_values = ["part"]
uncovered_values = ["no"]
[[layers]]
id = "tv_said"
source = "said"
geometry = "table"
unit = "code"
unit_level = "hamlet"
operator = "a"
service = "cable_tv"
status = {{ column = "tv" }}
covered_values = ["yes"]
uncovered_values = ["no"]

[[services]]
id = "fibre"
name = {{ en = "fibre", zh = "光缆" }}
rules = [{{ level = "village", rule = "within", layers = ["nodes"], distance_m = {distance} }}]
[[services]]
id = "broadband"
name = {{ en = "broadband", zh = "宽带" }}
rules = [{{ level = "hamlet", rule = "declared", layers = ["broadband_said"] }}]
[[services]]
id = "cable_tv"
name = {{ en = "cable TV", zh = "有线电视" }}
rules = [{{ level = "hamlet", rule = "declared", layers = ["tv_said"] }}]

[[targets]]
id = "index"
name = {{ en = "Index", zh = "总指数" }}
group = "overall"
reported = "index"
threshold = ">0.85"
unit = "index"
due = 2015-12-31
source = "plan, annex"
[[targets]]
id = "fibre_homes"
name = {{ en = "Homes with fibre", zh = "光缆到户" }}
group = "rural_net"
service = "fibre"
level = "village"
basis = "households"
threshold = ">=90"
due = 2015-12-31
source = "plan, 2.3"
[[targets]]
id = "fibre_villages"
name = {{ en = "Villages with fibre", zh = "通光缆的行政村" }}
group = "rural_net"
service = "fibre"
level = "village"
threshold = 100
due = 2015-12-31
source = "plan, 2.3"
[[targets]]
id = "broadband_hamlets"
name = {{ en = "Hamlets with broadband", zh = "通宽带的自然村" }}
group = "rural_net"
service = "broadband"
level = "hamlet"
threshold = 100
due = 2015-12-31
source = "plan, 2.4"
[[targets]]
id = "tv_hamlets"
name = {{ en = "Hamlets with cable TV", zh = "通有线电视的自然村" }}
group = "rural_net"
service = "cable_tv"
level = "hamlet"
threshold = ">90"
due = 2015-12-31
source = "plan, 2.5"
"""


def write_places(
    folder: Path,
    *,
    as_of: str = "2010-12-31",
    edition: int = 2010,
    distance: int = 1000,
    nodes: Sequence[str] = NODES,
    broadband: Mapping[str, str] = BROADBAND,
    villages: Sequence[str] = VILLAGES,
) -> Path:
    """Write the region's files; return the region file."""
    folder.mkdir(parents=True, exist_ok=True)
    place = {v: 119.5 + 0.02 * n for n, v in enumerate(VILLAGES)}
    hamlets = [(v, n, f"{v}H{n}") for v in villages for n in (1, 2)]
    files = {
        "villages": [
            "code,name,county,county_name,city,city_name,class,homes,people,lon,lat",
            *(
                f'{v},{v}村,{c},"{COUNTIES[c]}",T,山谷市,{"urban" if v == "V1" else "rural"},'
                f"{HOMES[v]},{3 * HOMES[v]},{place[v]:.3f},31.5"
                for v in villages
                for c in ("C1" if v < "V4" else "C2",)
            ),
        ],
        "hamlets": [
            "code,name,village,homes,people,lon,lat",
            *(f"{h},{h},{v},{10 * n},{30 * n},{place[v] + 0.002:.3f},31.50{n}" for v, n, h in hamlets),
        ],
        "nodes": ["node,operator,lon,lat", *(f"n{v},A Net,{place[v]:.3f},31.502" for v in nodes)],
        "said": [
            "code,broadband,tv",
            *(f"{h},{broadband.get(h, '')},{CABLE_TV[h]}" for _, _, h in hamlets),
        ],
        "index": ["target_id,unit_code,date,value,source", "index,T,2009-12-31,0.757,yearbook"],
    }
    for name, lines in files.items():
        (folder / f"{name}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    text = _REGION.format(as_of=as_of, edition=edition, distance=distance)
    (folder / "valley.toml").write_text(text, encoding="utf-8")
    return folder / "valley.toml"


def published(folder: Path, out: Path, **knobs: object) -> Path:
    """Run the region; return the snapshot's folder."""
    return run(write_places(folder, **knobs), out).path  # type: ignore[arg-type]


def atlas(folder: Path, **knobs: object) -> Atlas:
    """Run the region; return its snapshot in memory."""
    return Atlas(open_snapshot(published(folder / "in", folder / "out", **knobs)))
