"""Elevation models: read by window, bilinear, voids kept; a VRT is a list of tiles and nothing else."""

from __future__ import annotations

import numpy as np
import pytest
import rasterio
from affine import Affine

from geo.measure import to_lonlat
from geo.radio.terrain import flat_ground, read_clutter, read_ground
from geo.radio.vrt import tiles_of
from geo.read.table import Refused
from tests.geo.radio.worlds import frame

FRAME = frame(40, 50)
CELL = 1 / 1200


def plane(lon, lat):
    """A tilted plane: bilinear sampling gives it exactly."""
    return 100.0 + 3000.0 * (lon - 117.0) + 2000.0 * (lat - 31.6)


def dem(
    path,
    west=116.98,
    north=31.65,
    shape=(120, 120),
    *,
    values=None,
    nodata=-32768,
    unit=None,
    crs="EPSG:4326",
):
    lon = west + (np.arange(shape[1]) + 0.5) * CELL
    lat = north - (np.arange(shape[0]) + 0.5) * CELL
    grid = plane(lon[None], lat[:, None]) if values is None else values
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        width=shape[1],
        height=shape[0],
        count=1,
        dtype="float64",
        nodata=nodata,
        crs=crs,
        transform=Affine(CELL, 0, west, 0, -CELL, north),
    ) as file:
        file.write(grid, 1)
        if unit:
            file.units = (unit,)
    return path


def expected():
    x, y = np.meshgrid(*FRAME.centres())
    lon, lat = to_lonlat(x.ravel(), y.ravel(), FRAME.crs)
    return plane(lon, lat).reshape(FRAME.shape)


def test_a_plane_comes_back_exactly(tmp_path):
    ground = read_ground([dem(tmp_path / "a.tif")], FRAME, kind="terrain")
    assert np.abs(ground.heights - expected()).max() < 1e-6
    assert (ground.kind, ground.sources, ground.findings) == ("terrain", ("a.tif",), [])


def test_tiles_side_by_side_and_their_seam_are_read(tmp_path):
    whole = read_ground([dem(tmp_path / "a.tif")], FRAME, kind="surface").heights
    middle = 116.98 + 60 * CELL
    parts = [dem(tmp_path / "w.tif", shape=(120, 60)), dem(tmp_path / "e.tif", middle, shape=(120, 60))]
    tiles = read_ground(parts, FRAME, kind="surface").heights
    assert np.isfinite(tiles).all()
    assert np.abs(tiles - whole).max() < 3000 * CELL / 2 + 1e-6  # half a cell of the slope, at the seam
    assert np.abs(tiles - whole)[:, :10].max() == 0.0
    assert np.array_equal(tiles, read_ground(parts[::-1], FRAME, kind="surface").heights)


def test_voids_stay_unknown_and_are_counted(tmp_path):
    values = plane(
        116.98 + (np.arange(120)[None] + 0.5) * CELL, 31.65 - (np.arange(120)[:, None] + 0.5) * CELL
    )
    values[60:62, 30:60] = -32768
    ground = read_ground([dem(tmp_path / "a.tif", values=values)], FRAME, kind="terrain")
    void = np.isnan(ground.heights)
    assert 0 < void.sum() < 300
    assert np.abs(ground.heights - expected())[~void].max() < 1e-6
    (finding,) = ground.findings
    assert (finding.rule, finding.values["pixels"]) == ("terrain.void", void.sum())


def test_an_undeclared_nodata_is_unknown(tmp_path):
    values = np.full((120, 120), 50.0)
    values[40:80, 40:80] = -9999.0
    ground = read_ground([dem(tmp_path / "a.tif", values=values, nodata=None)], FRAME, kind="terrain")
    assert [f.rule for f in ground.findings] == ["terrain.nodata", "terrain.void"]
    assert np.nanmin(ground.heights) > -500


@pytest.mark.parametrize(("unit", "factor"), [("ft", 0.3048), ("us-ft", 1200 / 3937), ("metre", 1.0)])
def test_feet_become_metres_where_the_file_says_so(tmp_path, unit, factor):
    ground = read_ground([dem(tmp_path / "a.tif", unit=unit)], FRAME, kind="terrain")
    assert np.abs(ground.heights - expected() * factor).max() < 1e-6
    assert [f.rule for f in ground.findings] == ([] if factor == 1.0 else ["terrain.feet"])


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"unit": "fathom"}, "heights in fathom"),
        ({"values": np.full((120, 120), 29_000.0)}, r"heights up to 29000\.0, above 9000\.0 m: feet"),
        ({"west": 100.0}, "knows no pixel of the region"),
        ({"crs": None}, "CRS"),
    ],
)
def test_what_is_no_elevation_model_of_the_region_is_refused(tmp_path, change, match):
    with pytest.raises(Refused, match=match):
        read_ground([dem(tmp_path / "a.tif", **change)], FRAME, kind="terrain")


def test_without_a_model_the_ground_is_flat_and_says_so():
    ground = flat_ground(FRAME)
    assert ground.kind == "flat"
    assert not ground.heights.any()
    assert "taken as flat" in ground.findings[0].message()
    assert "平地" in ground.findings[0].message("zh")


def test_land_cover_becomes_clutter_and_unknown_classes_are_named(tmp_path):
    values = np.full((120, 120), 10.0)
    values[:, 50:] = 50.0
    values[:, 70:] = 99.0
    clutter, findings = read_clutter(dem(tmp_path / "c.tif", values=values), FRAME, {10: 15.0, 50: 8.0})
    assert set(np.unique(clutter)) == {0.0, 8.0, 15.0}
    assert [f.values["value"] for f in findings if f.rule == "terrain.land_cover"] == [99.0]


def vrt(path, *names, head="<VRTDataset>", source="SimpleSource", relative="1"):
    body = "".join(
        f'<{source}><SourceFilename relativeToVRT="{relative}">{n}</SourceFilename></{source}>' for n in names
    )
    path.write_text(f"{head}<VRTRasterBand>{body}</VRTRasterBand></VRTDataset>")
    return path


def test_a_vrt_lists_its_tiles_once(tmp_path):
    (tmp_path / "sub").mkdir()
    dem(tmp_path / "a.tif")
    dem(tmp_path / "sub" / "b.tif")
    tiles = tiles_of(vrt(tmp_path / "all.vrt", "a.tif", "sub/b.tif", "a.tif"))
    assert [t.name for t in tiles] == ["a.tif", "b.tif"]
    assert np.isfinite(read_ground(tiles, FRAME, kind="surface").heights).all()


@pytest.mark.parametrize(
    ("names", "options", "match"),
    [
        (["../a.tif"], {}, r"names \.\./a\.tif, which is not a GeoTIFF beside it"),
        (["/etc/passwd"], {}, "names /etc/passwd"),
        (["/vsicurl/http://x/a.tif"], {}, "not a GeoTIFF beside it"),
        (["none.tif"], {}, r"names none\.tif"),
        (["a.tif"], {"relative": "0"}, 'relativeToVRT="0"'),
        (["a.tif"], {"source": "ComplexSource"}, "holds ComplexSource"),
        (["a.tif"], {"head": '<VRTDataset subClass="VRTWarpedDataset">'}, "holds VRTWarpedDataset"),
        (["a.tif"], {"head": '<!DOCTYPE x [<!ENTITY y "z">]><VRTDataset>'}, "holds DOCTYPE"),
        (["a.tif"], {"head": "<kml>"}, "this is no VRT"),
        ([], {}, "lists no tile"),
        ([f"{i}.tif" for i in range(1001)], {}, "lists 1001 tiles, the limit is 1000"),
    ],
)
def test_a_vrt_that_is_more_than_a_list_of_tiles_is_refused(tmp_path, names, options, match):
    dem(tmp_path / "a.tif")
    with pytest.raises(Refused, match=match):
        tiles_of(vrt(tmp_path / "all.vrt", *names, **options))


def test_a_link_that_leads_out_of_the_folder_is_refused(tmp_path):
    inner = tmp_path / "in"
    inner.mkdir()
    dem(tmp_path / "a.tif")
    (inner / "a.tif").symlink_to(tmp_path / "a.tif")
    with pytest.raises(Refused, match=r"names a\.tif, which is not a GeoTIFF beside it"):
        tiles_of(vrt(inner / "all.vrt", "a.tif"))
    with pytest.raises(Refused, match="there is no such file"):
        tiles_of(inner / "none.vrt")
