"""Faults put into the deliveries on purpose: rows that the check must set aside, each listed.

The list goes to `networks/KNOWN_FAULTS.csv`: file, layer, row (1-based, as delivered), id, fault.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import geopandas as gpd
import pandas as pd
import shapely
from shapely.affinity import translate

from simulate.delivery import FIBRE_FILES, Delivery
from simulate.plane import LONLAT

COLUMNS = ["file", "layer", "row", "id", "fault"]

Change = Callable[[pd.Series], dict[str, object]]


def _same_id(row: pd.Series) -> dict[str, object]:
    """Another cable under an id that is taken: other cores, other way."""
    return {
        "cores": 999,
        "geometry": shapely.reverse(translate(row["geometry"], 0.002, 0.002)),
    }


def _zero_length(row: pd.Series) -> dict[str, object]:
    at = shapely.get_coordinates(row["geometry"])[0]
    return {"cable_id": "T-320412-90001", "sheath_km": 0.0, "geometry": shapely.LineString([at, at])}


def _bow_tie(row: pd.Series) -> dict[str, object]:
    x, y = shapely.get_coordinates(shapely.centroid(row["geometry"]))[0].round(3)
    ring = [(x, y), (x + 0.02, y + 0.02), (x + 0.02, y), (x, y + 0.02), (x, y)]
    return {"id": "C3G90001", "geometry": shapely.Polygon(ring)}


def _used_up(row: pd.Series) -> dict[str, object]:
    return {"section_id": "D90001", "holes_used": int(row["holes"]) + 3}


def _reserve_too_large(row: pd.Series) -> dict[str, object]:
    return {"section_id": "D90002", "reserve_holes": int(row["holes"]) + 1}


def _elsewhere(**values: object) -> Change:
    """Return the change that puts fixed values into a copy of a row and moves it some 100 m."""
    return lambda row: {**values, "geometry": translate(row["geometry"], 0.0009, 0.0007)}


def _changes(**values: object) -> Change:
    """Return the change that puts fixed values into a copy of a row."""
    return lambda _row: dict(values)


#: File and layer, share of the way through the table, id column, change of a copied row, fault.
_FAULTS: tuple[tuple[str, float, str, Change, str], ...] = (
    (FIBRE_FILES["telecom"], 0.31, "cable_id", _same_id, "duplicate id with other content"),
    (FIBRE_FILES["telecom"], 0.62, "cable_id", _zero_length, "line of length zero"),
    (
        FIBRE_FILES["mobile"],
        0.4,
        "cable_id",
        _elsewhere(cable_id="M-320404-90001", operator="中国移通"),
        "unknown operator spelling",
    ),
    (
        FIBRE_FILES["unicom"],
        0.55,
        "cable_id",
        _elsewhere(cable_id="U-320411-90001", since="2010-02-30"),
        "date that does not exist",
    ),
    (
        FIBRE_FILES["broadcast"],
        0.2,
        "cable_id",
        _changes(cable_id="B-320481-90001", geometry=None),
        "geometry missing",
    ),
    (
        "networks/access_nodes.csv",
        0.15,
        "node_id",
        _changes(node_id="AN90001", lon=0.0, lat=0.0),
        "point at 0,0",
    ),
    (
        "networks/access_nodes.csv",
        0.5,
        "node_id",
        _changes(node_id="AN90002", lon=31.7712345, lat=119.9523456),
        "longitude and latitude swapped",
    ),
    (
        "networks/access_nodes.csv",
        0.8,
        "node_id",
        _changes(node_id="AN90003", technology="adls3"),
        "unknown technology",
    ),
    (
        "networks/sites_3g.csv",
        0.35,
        "site_id",
        _changes(site_id="U3G9001", lon=12.4922309, lat=41.8902102),
        "point in another country",
    ),
    ("networks/sites_3g.csv", 0.7, "site_id", _changes(site_id="M3G9001", range_m=-1500), "negative range"),
    ("networks/coverage_3g.gpkg:coverage", 0.45, "id", _bow_tie, "polygon that crosses itself (bow-tie)"),
    ("networks/ducts.gpkg:sections", 0.25, "section_id", _used_up, "more holes used than there are"),
    (
        "networks/ducts.gpkg:sections",
        0.75,
        "section_id",
        _reserve_too_large,
        "more holes reserved than there are",
    ),
    ("networks/catv.gpkg:optical_nodes", 0.5, "id", _changes(id="ON90001", homes=-40), "negative homes"),
    (
        "boundaries/hamlets.parquet",
        0.5,
        "code15",
        _changes(code15="320413105299001", code12="320413105299", name="无名村"),
        "orphan: its village is not in the list",
    ),
    (
        "networks/declared_services.xlsx",
        0.2,
        "code12",
        _changes(code12="320413001099", village="不存在社区居委会"),
        "village code that is not in the list",
    ),
    (
        "networks/egov_links.csv",
        0.9,
        "unit_code",
        _changes(unit_code="32048110720", unit_name="短码村村委会"),
        "code with a digit missing",
    ),
    (
        "networks/wlan_hotspots.csv",
        0.5,
        "hotspot_id",
        _changes(hotspot_id="W9001", since="二〇一〇年"),
        "date that is no date",
    ),
)


def with_faults(delivery: Delivery) -> tuple[Delivery, pd.DataFrame]:
    """Return the delivery with the faulty rows put in, and the list of them (columns `COLUMNS`).

    A faulty row is a changed copy of the row before it; no sound row is touched.
    """
    tables = dict(delivery.tables)
    placed: list[tuple[str, str, str]] = []
    for key, share, column, change, fault in _FAULTS:
        table = tables[key]
        if table.empty:
            continue
        at = int(share * len(table))
        row = table.iloc[at].copy()
        row = pd.Series({str(name): value for name, value in row.items()} | change(row))
        tables[key] = _inserted(table, row, at + 1)
        placed.append((key, str(row[column]), fault))
    listed = [_entry(tables[key], key, id_, fault) for key, id_, fault in placed]
    return replace(delivery, tables=tables), pd.DataFrame(listed, columns=COLUMNS)


def _inserted(table: pd.DataFrame, row: pd.Series, at: int) -> pd.DataFrame:
    """Return the table with a row put in before row `at` (0-based)."""
    single = pd.DataFrame({column: pd.Series([row[column]]) for column in table.columns})
    for column in table.columns:
        if column != "geometry":
            single[column] = single[column].astype(table[column].dtype)
    parts = [pd.DataFrame(table.iloc[:at]), single, pd.DataFrame(table.iloc[at:])]
    joined = pd.DataFrame(pd.concat(parts, ignore_index=True))
    is_map = isinstance(table, gpd.GeoDataFrame)
    return gpd.GeoDataFrame(joined, geometry="geometry", crs=LONLAT) if is_map else joined


def _entry(table: pd.DataFrame, key: str, id_: str, fault: str) -> tuple[str, str, int, str, str]:
    """Return the list's line of a fault: the last row of that id."""
    file, _, layer = key.partition(":")
    column = next(c for k, _, c, _, f in _FAULTS if k == key and f == fault)
    row = int((table[column].astype(str) == id_).to_numpy().nonzero()[0][-1]) + 1
    return file, layer, row, id_, fault
