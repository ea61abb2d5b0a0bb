"""What the binary readers share: geometry nested so deep that GEOS would crash, and codes as numbers."""

from __future__ import annotations

import struct

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geo.read.layer import Layer, codes_as_text, decode, nesting
from geo.read.limits import NESTING


def nested(kind: int, depth: int) -> bytes:
    point = b"\x01" + struct.pack("<Idd", 1, 119.9, 31.7)
    return (b"\x01" + struct.pack("<II", kind, 1)) * depth + point


@pytest.mark.parametrize("kind", [4, 5, 6, 7])
def test_collections_nested_a_hundred_thousand_deep_are_set_aside_and_do_not_crash(kind):
    layer = Layer("x", "x", pd.DataFrame({"code": ["1", "2"]}))
    decode(layer, [nested(kind, 100_000), shapely.to_wkb(shapely.Point(1, 2))])
    assert layer.dropped == [0]
    assert [f.row for f in layer.findings] == ["row 1 (1)"]


def test_nesting_hidden_behind_a_sound_first_part_is_found():
    first = shapely.to_wkb(shapely.box(0, 0, 1, 1))
    blob = b"\x01" + struct.pack("<II", 7, 2) + first + nested(7, 50_000)
    assert nesting(blob) > NESTING


shapes = st.sampled_from(
    [
        shapely.Point(1, 2),
        shapely.Point(1, 2, 3),
        shapely.LineString([(0, 0), (1, 1), (2, 0)]),
        shapely.box(0, 0, 1, 1).difference(shapely.box(0.2, 0.2, 0.4, 0.4)),
        shapely.MultiPolygon([shapely.box(0, 0, 1, 1), shapely.box(2, 2, 3, 3)]),
        shapely.MultiPoint([(0, 0, 1), (1, 1, 1)]),
    ]
)


@given(
    st.recursive(
        shapes, lambda inner: st.lists(inner, max_size=4).map(shapely.GeometryCollection), max_leaves=20
    )
)
def test_the_depth_found_in_bytes_is_that_of_the_geometry(shape):
    def depth(geometry):
        parts = getattr(geometry, "geoms", None)
        return 0 if parts is None else 1 + max((depth(p) for p in parts), default=0)

    for flavor in ("iso", "extended"):
        for order in (0, 1):
            blob = shapely.to_wkb(shape, flavor=flavor, byte_order=order) + shapely.to_wkb(shapely.Point())
            assert nesting(blob) <= NESTING
            assert nesting(blob) == 0 or depth(shape) > 0 or nesting(blob) == 1


def test_a_float_code_loses_its_point_zero_and_a_fraction_stays_a_number():
    frame = pd.DataFrame({"code": [320402001001.0, np.nan], "area_id": [1.5, 2.0], "share": [1.0, 2.0]})
    layer = Layer("x", "x", frame)
    codes_as_text(layer)
    assert layer.frame["code"].iloc[0] == "320402001001"
    assert pd.isna(layer.frame["code"].iloc[1])
    assert layer.frame["area_id"].tolist() == [1.5, 2.0]
    assert layer.frame["share"].dtype == float
    assert [f.rule for f in layer.findings] == ["binary.code_float"]
