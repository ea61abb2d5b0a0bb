"""Sound files with bytes flipped, zeroed, cut and doubled: an answer or a refusal, never a traceback."""

from __future__ import annotations

import random
import shutil

import numpy as np
import pytest
import rasterio
from affine import Affine

from geo.read.flatgeobuf import read_flatgeobuf
from geo.read.geopackage import read_geopackage
from geo.read.kml import read_kml
from geo.read.parquet import read_parquet
from geo.read.raster import Raster, read_raster
from geo.read.shapefile import read_shapefile
from geo.read.table import Refused
from tests.geo.read.units import units

ROUNDS = 80
READERS = {
    "units.gpkg": read_geopackage,
    "units.parquet": read_parquet,
    "units.fgb": read_flatgeobuf,
    "units.kml": read_kml,
    "units.shp": read_shapefile,
    "units.shx": read_shapefile,
    "units.dbf": read_shapefile,
    "units.tif": read_raster,
}


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    """Write one sound file of each format."""
    folder = tmp_path_factory.mktemp("sound")
    frame = units(12)
    for name in ("units.gpkg", "units.fgb", "units.shp"):
        frame.to_file(folder / name)
    frame.to_parquet(folder / "units.parquet")
    marks = "".join(
        f"<Placemark><Point><coordinates>119.{i},31.7</coordinates></Point></Placemark>" for i in range(9)
    )
    (folder / "units.kml").write_text(f"<kml>{marks}</kml>")
    shape = {"width": 40, "height": 30, "count": 1, "dtype": "float32"}
    place = Affine(0.01, 0, 119.8, 0, -0.01, 31.8)
    with rasterio.open(folder / "units.tif", "w", "GTiff", crs="EPSG:4490", transform=place, **shape) as out:
        out.write(np.arange(1200, dtype="float32").reshape(30, 40), 1)
    return folder


def mutated(data: bytes, dice: random.Random) -> tuple[str, bytes]:
    """Return a kind of damage and the damaged bytes."""
    kind = dice.choice(("flip", "zero", "cut", "double"))
    at = dice.randrange(len(data))
    to = min(len(data), at + dice.randrange(1, 300))
    if kind == "flip":
        return kind, data[:at] + bytes([data[at] ^ (1 << dice.randrange(8))]) + data[at + 1 :]
    if kind == "zero":
        return kind, data[:at] + bytes(to - at) + data[to:]
    return kind, data[:at] if kind == "cut" else data[:to] + data[at:to] + data[to:]


def content(read: object) -> bytes:
    """Return what a reader gave, as bytes to compare."""
    if isinstance(read, Raster):
        return read.window().tobytes()
    frame = read.frame
    return frame.drop(columns="geometry").to_csv().encode() + b"".join(
        b or b"" for b in frame.geometry.to_wkb()
    )


@pytest.mark.parametrize("name", READERS)
def test_damage_is_refused_said_or_without_effect_and_never_a_traceback(sound, tmp_path, name):
    dice = random.Random(name)
    folder = tmp_path / "damaged"
    shutil.copytree(sound, folder)
    opened = folder / (name if name.split(".")[1] not in ("shx", "dbf") else "units.shp")
    before, data = content(READERS[name](opened)), (folder / name).read_bytes()
    for _ in range(ROUNDS):
        kind, bad = mutated(data, dice)
        (folder / name).write_bytes(bad)
        try:
            read = READERS[name](opened)
        except Refused:
            continue
        if kind in ("cut", "double") and not read.findings:
            assert content(read) == before
