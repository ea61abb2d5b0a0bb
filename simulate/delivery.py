"""A delivery: every table by the file (and layer) it is written to, and the population raster."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely.affinity import translate

from simulate.access import access_nodes
from simulate.cabletv import cable_tv
from simulate.carriers import CARRIERS
from simulate.country import Country
from simulate.declared import declared_services
from simulate.ducts import ducts
from simulate.fibre import fibre
from simulate.government import egov_links, rural_platform
from simulate.hotspots import key_places, wlan_hotspots
from simulate.plane import DECIMALS, LONLAT
from simulate.radio import coverage_3g, sites_3g
from simulate.raster import Raster, population_raster
from simulate.subscribers import egress_links, subscribers

#: File of each carrier's fibre.
FIBRE_FILES = {
    "telecom": "networks/fibre_telecom.gpkg:cables",
    "mobile": "networks/fibre_mobile/fibre_mobile.shp",
    "unicom": "networks/fibre_unicom.geojson",
    "broadcast": "networks/fibre_broadcast.parquet",
}

_CODES = ("code15", "code12", "code9", "town_code9", "county_code6", "unit_code", "city_code4")
_IDS = (
    "cable_id",
    "node_id",
    "site_id",
    "id",
    "key_id",
    "hotspot_id",
    "section_id",
    "chamber_id",
    "from_chamber",
    "to_chamber",
    "link_id",
)


@dataclass(frozen=True)
class Delivery:
    """What one run hands over.

    Attributes
    ----------
    tables
        "folder/file" or "folder/file:layer" -> the table as delivered; geometry in EPSG:4490.
    raster
        People per cell.
    share
        Size against the whole city: less than 1 where only some counties were drawn, 10 for ten cities.
    """

    tables: dict[str, pd.DataFrame]
    raster: Raster
    share: float = 1.0


def deliver(country: Country, divisions: pd.DataFrame, *, share: float) -> Delivery:
    """Return the deliveries of one city, without faults."""
    tv, duct = cable_tv(country), ducts(country)
    cables = {carrier.id: fibre(country, carrier) for carrier in CARRIERS}
    sites, places = sites_3g(country), key_places(country)
    city = (str(divisions["city_code4"].iloc[0]), str(divisions["city"].iloc[0]))
    villages = country.villages.drop(columns="county_code6")
    tables: dict[str, pd.DataFrame] = {
        "boundaries/counties.geojson": country.counties,
        "boundaries/divisions_2023.csv": divisions,
        "boundaries/townships.parquet": country.townships,
        "boundaries/villages.parquet": villages,
        "boundaries/hamlets.parquet": country.hamlets,
        "boundaries/roads.parquet": country.roads,
        "boundaries/built_up.geojson": country.built_up,
        **{FIBRE_FILES[id_]: table for id_, table in cables.items()},
        "networks/access_nodes.csv": access_nodes(country),
        "networks/sites_3g.csv": sites,
        "networks/coverage_3g.gpkg:coverage": coverage_3g(country, sites),
        "networks/catv.gpkg:headends": tv.headends,
        "networks/catv.gpkg:optical_nodes": tv.optical_nodes,
        "networks/catv.gpkg:areas": tv.areas,
        "networks/hotspots_key.csv": places,
        "networks/wlan_hotspots.csv": wlan_hotspots(country, places),
        "networks/egov_links.csv": egov_links(country, city),
        "networks/rural_platform.csv": rural_platform(country),
        "networks/ducts.gpkg:sections": duct.sections,
        "networks/ducts.gpkg:chambers": duct.chambers,
        "networks/declared_services.xlsx": declared_services(country, cables),
        "networks/subscribers.csv": subscribers(country),
        "networks/egress_links.csv": egress_links(),
    }
    return Delivery(tables, population_raster(country), share)


def moved(delivery: Delivery, *, east_deg: float, prefix: str, mark: str) -> Delivery:
    """Return a delivery as of another city: moved along its parallel, so that every length and area stays.

    Parameters
    ----------
    east_deg
        How far east [degrees], whole cells of the raster.
    prefix
        The synthetic city code that replaces the first four digits of every code.
    mark
        Put before every id, so that ids stay unique among cities.
    """
    tables = {key: _moved_table(table, east_deg, prefix, mark) for key, table in delivery.tables.items()}
    raster = delivery.raster
    return Delivery(
        tables, Raster(raster.west + round(east_deg * 1200), raster.north, raster.people), delivery.share
    )


def _moved_table(table: pd.DataFrame, east_deg: float, prefix: str, mark: str) -> pd.DataFrame:
    """Return one table moved and recoded."""
    table = table.copy()
    for column in table.columns.intersection(list(_CODES)):
        table[column] = prefix + table[column].str[4:]
    for column in table.columns.intersection(list(_IDS)):
        table[column] = mark + table[column].astype(str)
    if "lon" in table.columns:
        table["lon"] = np.round(table["lon"] + east_deg, DECIMALS)
    if isinstance(table, gpd.GeoDataFrame):
        shifted = np.array([translate(g, xoff=east_deg) for g in table.geometry], dtype=object)
        table = table.set_geometry(gpd.GeoSeries(_on_lattice(shifted), index=table.index, crs=LONLAT))
    return table


def _on_lattice(geometry: np.ndarray) -> np.ndarray:
    """Return the geometries with their coordinates rounded to the lattice."""
    return np.asarray(shapely.transform(geometry, lambda lonlat: np.round(lonlat, DECIMALS)))


def joined(deliveries: list[Delivery]) -> Delivery:
    """Return several cities' deliveries as one, in their order."""
    tables: dict[str, pd.DataFrame] = {}
    for key, first in deliveries[0].tables.items():
        table = pd.concat([delivery.tables[key] for delivery in deliveries], ignore_index=True)
        if isinstance(first, gpd.GeoDataFrame):
            table = gpd.GeoDataFrame(table, geometry="geometry", crs=LONLAT)
        tables[key] = table
    raster = _joined_rasters([delivery.raster for delivery in deliveries])
    return Delivery(tables, raster, sum(delivery.share for delivery in deliveries))


def _joined_rasters(rasters: list[Raster]) -> Raster:
    """Return one raster that holds all; where none lies there are no people."""
    west, north = min(r.west for r in rasters), max(r.north for r in rasters)
    east = max(r.west + r.people.shape[1] for r in rasters)
    south = min(r.north - r.people.shape[0] for r in rasters)
    people = np.zeros((north - south, east - west), dtype=np.uint16)
    for r in rasters:
        rows, columns = r.people.shape
        people[north - r.north : north - r.north + rows, r.west - west : r.west - west + columns] += r.people
    return Raster(west, north, people)
