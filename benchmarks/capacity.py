"""Time the capacity of a city and of a province: `python -m benchmarks.capacity`. CPU seconds of one thread.

The city has 20,000 hamlets with three lines each on 600 access nodes; the province 320,000 on 9,600. The
time a hamlet takes must not grow by more than the logarithm.
"""

from __future__ import annotations

import math
import sys
import time

import numpy as np
import pandas as pd

from geo.capacity.access import best_lines, line_rates, rate_shares
from geo.capacity.curves import read_curves
from geo.capacity.load import Busy, link_loads, unit_loads
from geo.capacity.tree import read_tree
from geo.collector import without_cycles

CITY, PROVINCE = 20_000, 320_000
#: CPU seconds of a city, and how much dearer than n log n a hamlet of the province may be.
CITY_S, SLACK = 2.0, 1.5


def main() -> int:
    """Print one line a scale; 1 if a bar is missed."""
    took = {}
    for name, hamlets in (("city", CITY), ("province", PROVINCE)):
        world = _world(hamlets)
        best = []
        for _ in range(3):
            with without_cycles():
                start = time.process_time()
                _all(*world)
                best.append(time.process_time() - start)
        took[name] = min(best)
        print(f"{name:9} {hamlets:8,} hamlets  {took[name]:7.3f} CPU s")
    grown = took["province"] / took["city"]
    allowed = SLACK * PROVINCE / CITY * math.log(PROVINCE) / math.log(CITY)
    print(f"province / city {grown:.1f}, allowed {allowed:.1f}; city allowed {CITY_S} s")
    return int(took["city"] > CITY_S or grown > allowed)


def _world(hamlets: int) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Return lines, units and nodes: no place, only numbers of about the right size."""
    random = np.random.default_rng(7)
    access = hamlets * 3 // 100
    units = pd.DataFrame(
        {
            "unit_id": [f"hamlet:{i:09}" for i in range(hamlets)],
            "settlement_class": random.choice(["urban", "town", "rural"], hamlets),
            "households": random.integers(5, 120, hamlets).astype(float),
        }
    )
    n = hamlets * 3
    lines = pd.DataFrame(
        {
            "unit_id": np.repeat(units["unit_id"].to_numpy(), 3),
            "node_id": [f"A{i:06}" for i in random.integers(0, access, n)],
            "technology": random.choice(["adsl2+", "vdsl2-17a", "gpon", "epon", "docsis", "hsdpa+ 21"], n),
            "distance_m": random.uniform(0, 6000, n),
            "split": random.choice([32.0, 64.0], n),
            "homes": random.integers(1, 400, n).astype(float),
            "capacities": random.choice([4.0, 8.0, np.nan], n),
        }
    )
    return lines, units, _nodes(access, random)


def _nodes(access: int, random: np.random.Generator) -> pd.DataFrame:
    wide, counties = max(access // 20, 1), max(access // 200, 1)
    rows = [("E", "egress", "", 200_000.0), ("M", "core", "E", 100_000.0)]
    rows += [(f"C{i}", "county", "M", 40_000.0) for i in range(counties)]
    rows += [(f"B{i}", "aggregation", f"C{i % counties}", 10_000.0) for i in range(wide)]
    rows += [(f"A{i:06}", "access", f"B{i % wide}", 1_000.0) for i in range(access)]
    table = pd.DataFrame(rows, columns=["node_id", "level", "parent_id", "uplink_mbps"])
    leaf = table["level"] == "access"
    homes = random.integers(50, 2000, len(table)).astype(float)
    return table.assign(
        subscribers=np.where(leaf, homes, np.nan), iptv_homes=np.where(leaf, homes // 2, np.nan)
    )


def _all(lines: pd.DataFrame, units: pd.DataFrame, nodes: pd.DataFrame) -> None:
    rates = line_rates(lines, read_curves())
    best = best_lines(lines, rates)
    rate_shares(best, units, thresholds=[4, 12, 20, 100])
    tree, _ = read_tree(nodes)
    links = link_loads(tree, Busy())
    serving = best.reset_index()[["unit_id", "node_id"]].assign(homes=10.0)
    unit_loads(serving, links)


if __name__ == "__main__":
    sys.exit(main())
