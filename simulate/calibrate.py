"""The calibration table: each figure of the plan beside what the deliveries add up to."""

from __future__ import annotations

import numpy as np
import pandas as pd
import shapely

from simulate.carriers import IN_SERVICE
from simulate.delivery import FIBRE_FILES, Delivery
from simulate.plane import areas_km2, lengths_km, to_plane
from simulate.settlement import is_special

COLUMNS = ["id", "plan_value", "simulated_value", "deviation_percent", "unit", "how"]


def calibration(delivery: Delivery) -> pd.DataFrame:
    """Return one row per figure of the plan's state of 2010 (columns `COLUMNS`).

    The plan's values are those of the whole city, in proportion where only a part of it was drawn.
    `deviation_percent` is empty where the country does not simulate the figure.
    """
    rows = [*_plant(delivery), *_subscribers(delivery), *_people(delivery)]
    table = pd.DataFrame(rows, columns=["id", "plan_value", "simulated_value", "unit", "how"])
    extensive = ~table["unit"].isin(["percent", "per_100_households", "count"])
    table["plan_value"] = table["plan_value"].where(~extensive, table["plan_value"] * delivery.share)
    deviation = 100.0 * (table["simulated_value"] / table["plan_value"] - 1.0)
    table["deviation_percent"] = deviation.round(4) + 0.0
    return table[COLUMNS]


def _plant(delivery: Delivery) -> list[tuple[str, float, float, str, str]]:
    """Return the figures that the plant adds up to."""
    tables = delivery.tables
    fibre = pd.concat([pd.DataFrame(tables[key]) for key in FIBRE_FILES.values()])
    live = fibre[fibre["status"] == IN_SERVICE]
    km = float((live["cables"].to_numpy() * lengths_km(np.asarray(live["geometry"]))).sum())
    sections = tables["networks/ducts.gpkg:sections"]
    duct = sections[sections["status"] == IN_SERVICE]
    holes = float((duct["holes"] * duct["length_m"]).sum() / 1000.0)
    reserve = float((duct["reserve_holes"] * duct["length_m"]).sum() / 1000.0)
    nodes = tables["networks/catv.gpkg:optical_nodes"]
    digital = int(nodes["homes"][nodes["system"] == "digital"].sum())
    gbps = int(tables["networks/egress_links.csv"]["gbps"].sum())
    return [
        (
            "fibre_sheath_km",
            25_000,
            round(km, 3),
            "sheath_km",
            "four fibre files, status 在用: sum of cables x ellipsoidal length",
        ),
        (
            "duct_hole_km",
            2962,
            round(holes, 3),
            "hole_km",
            "ducts.gpkg sections 在用: sum of holes x length_m",
        ),
        (
            "duct_reserve_hole_km",
            580,
            round(reserve, 3),
            "hole_km",
            "ducts.gpkg sections 在用: sum of reserve_holes x length_m",
        ),
        (
            "digital_tv_coverage",
            94,
            round(100 * digital / int(nodes["homes"].sum()), 4),
            "percent",
            "catv.gpkg optical_nodes: homes of digital nodes / homes of all",
        ),
        ("metro_egress_gbps", 200, gbps, "Gbps", "egress_links.csv: sum of gbps"),
        (
            "villages_with_internet",
            100,
            round(_with_internet(delivery), 4),
            "percent",
            "ordinary villages whose seat is within reach of an access node in service",
        ),
    ]


def _with_internet(delivery: Delivery) -> float:
    """Return the share of ordinary villages whose seat an access node in service reaches [%]."""
    villages, nodes = (
        delivery.tables["boundaries/villages.parquet"],
        delivery.tables["networks/access_nodes.csv"],
    )
    villages = villages[~villages["code12"].map(is_special)]
    nodes = nodes[nodes["status"] == IN_SERVICE]
    seats = shapely.points(to_plane(villages[["lon", "lat"]].to_numpy()))
    discs = shapely.buffer(
        shapely.points(to_plane(nodes[["lon", "lat"]].to_numpy())), nodes["reach_m"].to_numpy()
    )
    return (
        100.0 * len(np.unique(shapely.STRtree(discs).query(seats, predicate="intersects")[0])) / len(villages)
    )


def _subscribers(delivery: Delivery) -> list[tuple[str, float, float, str, str]]:
    """Return the figures that the subscribers' table adds up to."""
    table = delivery.tables["networks/subscribers.csv"]
    total = {column: int(table[column].sum()) for column in table.columns if table[column].dtype.kind == "i"}
    per_100 = 100 * total["rural_computers"] / total["rural_households"]
    where = "subscribers.csv: sum of "
    return [
        ("broadband_users", 765_400, total["broadband"], "subscribers", where + "broadband"),
        (
            "broadband_penetration",
            60.22,
            round(100 * total["broadband"] / total["households"], 4),
            "percent",
            where + "broadband / sum of households",
        ),
        (
            "telephone_users",
            5_731_900,
            total["fixed"] + total["mobile"],
            "subscribers",
            where + "fixed + mobile",
        ),
        ("fixed_line_users", 1_637_400, total["fixed"], "subscribers", where + "fixed"),
        ("mobile_users", 4_094_500, total["mobile"], "subscribers", where + "mobile"),
        ("users_3g", 340_000, total["users_3g"], "subscribers", where + "users_3g"),
        ("digital_tv_users", 960_000, total["digital_tv"], "subscribers", where + "digital_tv"),
        (
            "rural_computers_per_100_homes",
            37,
            round(per_100, 4),
            "per_100_households",
            where + "rural_computers / sum of rural_households",
        ),
    ]


def _people(delivery: Delivery) -> list[tuple[str, float, float, str, str]]:
    """Return the figures of people and land."""
    villages = delivery.tables["boundaries/villages.parquet"]
    built = float(areas_km2(np.asarray(delivery.tables["boundaries/built_up.geojson"].geometry)).sum())
    counties = len(delivery.tables["boundaries/counties.geojson"])
    where = "villages.parquet: sum of "
    return [
        ("resident_population", 3_600_000, int(villages["population"].sum()), "people", where + "population"),
        ("floating_population", 1_000_000, int(villages["floating"].sum()), "people", where + "floating"),
        (
            "households",
            1_271_006,
            int(villages["households"].sum()),
            "households",
            where + "households; the plan's value is 765,400 / 60.22 % (registered households)",
        ),
        ("built_up_area_km2", 220, round(built, 3), "km2", "built_up.geojson: sum of ellipsoidal areas"),
        (
            "districts",
            7,
            counties,
            "count",
            "counties.geojson: codes of 2023; of the seven counties of 2010 one was merged away in 2015",
        ),
        ("broadcast_coverage", np.nan, np.nan, "percent", "not simulated (the plan says about 100)"),
    ]
