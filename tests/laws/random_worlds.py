"""Random small worlds: villages with hamlets, plant of three operators, a table, surveys."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
import pandas as pd
import shapely
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from tests.worlds import SIDE, SOUTH, WEST, World, features, hamlets, mosaic, villages

OPERATORS = ("a", "b", "c")

#: How a law is tried: few small worlds, the same ones each time; CUNTONG_LAWS=500 tries as many at random.
EXAMPLES = os.environ.get("CUNTONG_LAWS")
law = settings(
    max_examples=int(EXAMPLES or 16),
    derandomize=EXAMPLES is None,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)

LAYERS: tuple[dict[str, Any], ...] = (
    {
        "id": "nodes",
        "geometry": "point",
        "operator": {"column": "op"},
        "feature": "id",
        "mbps": {"column": "rate"},
        "reach_m": {"column": "reach"},
    },
    {"id": "zones", "geometry": "area", "operator": {"column": "op"}, "feature": "id"},
    {
        "id": "said",
        "geometry": "table",
        "operator": {"column": "op"},
        "unit": "unit",
        "unit_level": "village",
        "status": {"column": "status"},
    },
)


def _service(name: str, *rules: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"id": name, "name": name, "rules": list(rules), **more}


#: One service for each way to be decided.
SERVICES: tuple[dict[str, Any], ...] = (
    _service("near", {"level": "village", "rule": "within", "layers": ["nodes"], "distance_m": 1500}),
    _service("reach", {"level": "village", "rule": "within", "layers": ["nodes"], "place": "children"}),
    _service("outline", {"level": "village", "rule": "within", "layers": ["nodes"], "place": "polygon"}),
    _service("ground", {"level": "village", "rule": "area_share", "layers": ["zones"]}, covered=0.6),
    _service("people", {"level": "village", "rule": "population_share", "layers": ["zones"]}, partial=0.3),
    _service("homes", {"level": "village", "rule": "household_share", "layers": ["zones"]}, covered=0.5),
    _service("told", {"level": "village", "rule": "declared", "layers": ["said"]}),
    _service(
        "beside",
        {"level": "village", "rule": "area_share", "layers": ["zones"], "declared": ["said"]},
        covered=0.6,
    ),
    _service(
        "every",
        {"level": "hamlet", "rule": "within", "layers": ["nodes"], "distance_m": 1500},
        {"level": "village", "rule": "all_children"},
        {"level": "county", "rule": "any_child"},
    ),
    _service(
        "most",
        {"level": "hamlet", "rule": "within", "layers": ["nodes"], "distance_m": 1500},
        {"level": "village", "rule": "share_of_children", "share": 0.6, "basis": "households"},
        {"level": "county", "rule": "share_of_children", "share": 0.5},
    ),
    _service(
        "by_class",
        {"level": "village", "rule": "area_share", "layers": ["zones"], "classes": ["urban"]},
        {"level": "village", "rule": "within", "layers": ["nodes"], "distance_m": 1000},
    ),
)

#: Fractions of the world's width and height, coarse so that borders and repeats are met often.
_tenth = st.integers(0, 20).map(lambda k: k / 20)
_operator = st.sampled_from(OPERATORS)


def place(fx: float, fy: float) -> shapely.Point:
    """The point at a fraction of the world's width and height."""
    return shapely.Point(WEST + 3 * SIDE * fx, SOUTH + 2 * SIDE * fy)


@st.composite
def nodes(draw: st.DrawFn, least: int = 0, most: int = 5) -> pd.DataFrame:
    """Points with an operator, a rate and a reach."""
    rows = draw(
        st.lists(
            st.tuples(
                _tenth,
                _tenth,
                _operator,
                st.sampled_from([2.0, 20.0, np.nan]),
                st.sampled_from([500.0, 2000.0]),
            ),
            min_size=least,
            max_size=most,
        )
    )
    return features(
        [place(x, y) for x, y, *_ in rows],
        op=[r[2] for r in rows],
        rate=[r[3] for r in rows],
        reach=[r[4] for r in rows],
    )


@st.composite
def zones(draw: st.DrawFn, least: int = 0, most: int = 5) -> pd.DataFrame:
    """Boxes and circles with an operator; they overlap, repeat and touch."""
    rows = draw(
        st.lists(
            st.tuples(_tenth, _tenth, st.integers(1, 10), _operator, st.booleans()),
            min_size=least,
            max_size=most,
        )
    )
    shapes = []
    for x, y, size, _, round_ in rows:
        centre, half = place(x, y), SIDE * size / 10
        shapes.append(
            centre.buffer(half, quad_segs=8)
            if round_
            else shapely.box(centre.x - half, centre.y - half, centre.x + half, centre.y + half)
        )
    return features(shapes, op=[r[3] for r in rows])


@st.composite
def statements(draw: st.DrawFn, codes: list[str]) -> pd.DataFrame:
    """What operators declare of some villages."""
    rows = draw(
        st.lists(
            st.tuples(
                st.sampled_from(codes), _operator, st.sampled_from(["covered", "partial", "uncovered"])
            ),
            max_size=5,
        )
    )
    return pd.DataFrame(rows, columns=["unit", "op", "status"])


@st.composite
def surveys(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Counties that an operator, or all of a layer's operators, left out."""
    rows = draw(
        st.lists(st.tuples(st.sampled_from([*OPERATORS, None]), st.sampled_from(["C0", "C1"])), max_size=2)
    )
    return [
        {"level": "county", "without": [c], **({"operator": o} if o else {})} for o, c in dict.fromkeys(rows)
    ]


@st.composite
def worlds(draw: st.DrawFn, *, silent: bool = True, each: int = 1) -> World:
    """A world with a few of the services; with `silent` some operators leave counties out.

    Every operator has `each` features a layer.
    """
    classes = ("rural", "urban") if draw(st.booleans()) else ("rural",)
    counties = draw(st.integers(1, 3))
    if draw(st.booleans()):
        of = villages(3, 2, classes=classes, counties=counties)
    else:
        of = mosaic(
            draw(st.integers(1, 7)), counties=counties, seed=draw(st.integers(0, 50)), classes=classes
        )
    below = hamlets(of, draw(st.integers(1, 3)), seed=draw(st.integers(0, 50)))
    below = below.drop(
        index=below.index[draw(st.lists(st.integers(0, len(below) - 1), max_size=3, unique=True))]
    )
    shares = st.sampled_from([0.0, 1.0, 7.0, 50.0])
    below = below.assign(homes=draw(st.lists(shares, min_size=len(below), max_size=len(below))))
    plant = {"nodes": _all_operators(draw(nodes()), each), "zones": _all_operators(draw(zones()), each)}
    plant["said"] = draw(statements(list(of["code"])))
    picked = draw(st.lists(st.integers(0, len(SERVICES) - 1), min_size=3, max_size=4, unique=True))
    world = World(of, below, LAYERS, tuple(SERVICES[i] for i in sorted(picked)), plant)
    if silent:
        for layer in ("nodes", "zones"):
            world = world.surveyed(layer, *draw(surveys()))
    return world


def _all_operators(rows: pd.DataFrame, each: int) -> pd.DataFrame:
    """Give every operator at least some features, far east of the world, so that its layer speaks."""
    if not each:
        return rows
    far = shapely.box(WEST + 6 * SIDE, SOUTH, WEST + 6.1 * SIDE, SOUTH + 0.1 * SIDE)
    is_zone = "rate" not in rows
    more = features([far if is_zone else far.centroid for _ in OPERATORS], op=OPERATORS)
    if "rate" in rows:
        more = more.assign(rate=np.nan, reach=500.0)
    joined = pd.concat([rows, more], ignore_index=True)
    return joined.assign(id=[f"f{i:03d}" for i in range(len(joined))])
