"""Datums: what a source declares, and the way from there to longitude and latitude on WGS 84.

x is longitude or easting and y latitude or northing, always, whatever order an authority gives the axes.

- WGS 84 and CGCS2000 are one here: they differ by centimetres.
- Beijing 1954 goes through one published transformation for the whole country, "Beijing 1954 to WGS 84 (6)"
  (EPSG, stated 1 m in the Ordos basin). The other published ones, of other basins, lie up to 25 m from it,
  which is therefore its accuracy elsewhere; picking one per place would tear borders at the basins' edges.
- For Xian 1980 no transformation is published: its longitudes and latitudes are taken as they are, which is
  wrong by an unknown shift of up to some 120 m (`Datum.accuracy_m` is None). Who has the seven parameters of
  the region declares them: "+proj=longlat +a=6378140 +rf=298.257 +towgs84=dx,dy,dz,rx,ry,rz,s".
- GCJ-02 and BD-09 are undone by `geo.offsets`.

No transformation here needs a grid file or the network.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray
from pyproj.aoi import AreaOfInterest
from pyproj.network import set_network_enabled  # type: ignore[attr-defined]
from pyproj.transformer import TransformerGroup

from geo import offsets
from geo.errors import RegionError, UsageError

set_network_enabled(False)

Floats = NDArray[np.float64]
Shapes = NDArray[np.object_]
Offset = Literal["gcj02", "bd09"]

LONLAT = "OGC:CRS84"
#: Names that people write, each under its simplest spelling (`_plain`); EPSG codes of the geographic CRS.
_NAMES: dict[str, str] = {
    "WGS 84": LONLAT,
    "CRS84": LONLAT,
    "WGS 1984": LONLAT,
    "GPS": LONLAT,
    "CGCS2000": "EPSG:4490",
    "China 2000": "EPSG:4490",
    "国家2000": "EPSG:4490",
    "2000国家大地坐标系": "EPSG:4490",
    "Beijing 1954": "EPSG:4214",
    "Beijing 54": "EPSG:4214",
    "北京1954": "EPSG:4214",
    "北京54": "EPSG:4214",
    "Xian 1980": "EPSG:4610",
    "Xian 80": "EPSG:4610",
    "西安1980": "EPSG:4610",
    "西安80": "EPSG:4610",
    "GCJ-02": "gcj02",
    "火星坐标": "gcj02",
    "火星坐标系": "gcj02",
    "BD-09": "bd09",
    "BD09LL": "bd09",
    "百度坐标": "bd09",
    "百度坐标系": "bd09",
}
_SHOWN: dict[str, str] = {LONLAT: "WGS 84", "EPSG:4490": "CGCS2000", "EPSG:4214": "Beijing 1954"}
_SHOWN |= {"EPSG:4610": "Xian 1980", "gcj02": "GCJ-02", "bd09": "BD-09"}
#: Datums that are WGS 84 to within some decimetres: no shift is applied.
_AS_WGS84 = ("world geodetic system 1984", "china_2000", "china 2000", "d_wgs_1984", "wgs_1984")
_BEIJING = ("beijing 1954", "beijing_1954", "d_beijing_1954")
_XIAN = ("xian 1980", "xian_1980", "d_xian_1980")
_BEIJING_OPERATION = "Beijing 1954 to WGS 84 (6)"
BEIJING_ACCURACY_M = 25.0
AS_WGS84_ACCURACY_M = 1.0


@dataclass(frozen=True, slots=True)
class Datum:
    """What the coordinates of a source mean.

    Attributes
    ----------
    name
        As shown to people: "CGCS2000", "EPSG:4549", "GCJ-02".
    crs
        The coordinate reference system; None where an offset says it all.
    offset
        "gcj02" or "bd09": degrees of WGS 84 moved by that offset.
    """

    name: str
    crs: pyproj.CRS | None
    offset: Offset | None = None

    @property
    def accuracy_m(self) -> float | None:
        """Stated accuracy [m] of the way to WGS 84; None where nobody states one (Xian 1980)."""
        return 0.001 if self.crs is None else _way(self.crs.to_wkt())[1]


def declared_datum(text: str) -> Datum:
    """Return the datum that a region file or a person declares.

    Parameters
    ----------
    text
        An EPSG code ("EPSG:4549"), "OGC:CRS84", a name ("CGCS2000", "WGS 84", "Beijing 1954", "Xian 1980",
        "GCJ-02", "BD-09", also in Chinese; case, spaces and hyphens do not matter), or a PROJ string.

    Raises
    ------
    RegionError
        Nothing of that name; the message gives the nearest spelling.
    """
    known = _plain_names().get(_plain(text))
    if known in ("gcj02", "bd09"):
        return Datum(_SHOWN[known], None, "gcj02" if known == "gcj02" else "bd09")
    crs = _crs(known or text)
    if crs is None:
        raise RegionError([f'datum "{text}" is not known; nearest: {_nearest(text)}. ' + _FORMS])
    return Datum(_SHOWN.get(known or "") or re.sub("(?i)^epsg", "EPSG", text.strip()), crs)


_FORMS = (
    "Write an EPSG code (EPSG:4490, EPSG:4549), OGC:CRS84, CGCS2000, WGS 84, Beijing 1954, Xian 1980, "
    "GCJ-02 or BD-09."
)


def datum_of(crs: pyproj.CRS) -> Datum:
    """Return the datum of a CRS that a file states."""
    code = crs.to_authority()
    return Datum(":".join(code) if code else crs.name, crs)


def same_datum(one: Datum, other: Datum) -> bool:
    """Return whether coordinates of both mean the same places (WGS 84 = CGCS2000; axis order no matter)."""
    if one.crs is None or other.crs is None:
        return one.crs is None and other.crs is None and one.offset == other.offset
    if one.crs.is_projected != other.crs.is_projected:
        return False
    if not one.crs.is_projected:
        return _family(one.crs) == _family(other.crs)
    return one.crs.equals(other.crs, ignore_axis_order=True) or _same_map(one.crs, other.crs)


def to_lonlat(geometries: Shapes, datum: Datum) -> Shapes:
    """Return geometries in longitude, latitude [deg] on WGS 84, without z.

    Parameters
    ----------
    geometries
        Shapely geometries or None, in x, y of `datum`.
    datum
        What their coordinates mean.

    Raises
    ------
    UsageError
        Coordinates that have no longitude and latitude in this CRS (another zone, degrees for metres).
    """
    move = _mover(datum)
    if move is None:
        return np.asarray(shapely.force_2d(geometries))
    moved = np.asarray(shapely.transform(geometries, move, interleaved=False))
    if not np.isfinite(shapely.get_coordinates(moved)).all():
        raise UsageError(
            f"coordinates lie outside what {datum.name} can express: see its zone and its units."
        )
    return moved


def lonlat_points(x: Floats, y: Floats, datum: Datum) -> tuple[Floats, Floats]:
    """Return longitudes and latitudes [deg] of points in x, y of `datum`; inf where there are none."""
    move = _mover(datum)
    return (np.asarray(x, float), np.asarray(y, float)) if move is None else move(x, y)


Move = Callable[[Floats, Floats], tuple[Floats, Floats]]


def _mover(datum: Datum) -> Move | None:
    """Return x, y -> lon, lat on WGS 84; None where they are that already."""
    if datum.offset == "gcj02":
        return offsets.gcj02_to_wgs84
    if datum.offset == "bd09":
        return offsets.bd09_to_wgs84
    assert datum.crs is not None  # noqa: S101  a Datum has a CRS or an offset
    if _is_lonlat(datum.crs):
        return None
    transformer = _way(datum.crs.to_wkt())[0]

    def move(x: Floats, y: Floats) -> tuple[Floats, Floats]:
        lon, lat = transformer.transform(x, y)
        return np.asarray(lon), np.asarray(lat)

    return move


@cache
def _way(wkt: str) -> tuple[pyproj.Transformer, float | None]:
    """Return the one transformation for this CRS to lon, lat on WGS 84, and its stated accuracy [m]."""
    crs = pyproj.CRS.from_wkt(wkt)
    crs = crs if crs.is_bound else crs.to_2d()
    family = _family(crs)
    if family in ("wgs84", "xian"):
        # to the CRS's own longitude and latitude: no shift is known, or none is needed
        base = crs.geodetic_crs or crs
        transformer = pyproj.Transformer.from_crs(crs, base, always_xy=True)
        return transformer, AS_WGS84_ACCURACY_M if family == "wgs84" else None
    if family == "beijing":
        return _beijing(crs), BEIJING_ACCURACY_M
    use = crs.area_of_use
    area: Any = AreaOfInterest(use.west, use.south, use.east, use.north) if use is not None else None
    best = TransformerGroup(crs, LONLAT, always_xy=True, area_of_interest=area).transformers[0]
    return best, None if best.accuracy < 0 else best.accuracy


def _beijing(crs: pyproj.CRS) -> pyproj.Transformer:
    """Return the way from a CRS on Beijing 1954: out of its projection, then the one published shift."""
    group = TransformerGroup("EPSG:4214", LONLAT, always_xy=True)
    shift = next(t for t in group.transformers if _BEIJING_OPERATION in t.description)
    if crs.is_geographic:
        return shift
    out = pyproj.Transformer.from_crs(crs, crs.geodetic_crs, always_xy=True)
    return pyproj.Transformer.from_pipeline(f"+proj=pipeline {_steps(out)} {_steps(shift)}")


def _steps(transformer: pyproj.Transformer) -> str:
    """Return a transformation's steps for use within a pipeline."""
    words = [f"+{word}" for word in transformer.definition.split() if word != "proj=pipeline"]
    return " ".join(words) if "+step" in words else " ".join(["+step", *words])


def _family(crs: pyproj.CRS) -> str:
    """Return "wgs84" (with CGCS2000), "beijing", "xian", or the datum's own name."""
    if crs.is_bound:
        return f"bound {crs.to_wkt()}"
    base = crs.to_2d().geodetic_crs
    name = (base.datum.name if base is not None and base.datum is not None else crs.name).lower()
    if any(word in name for word in (*_AS_WGS84, "china geodetic coordinate system 2000")):
        return "wgs84"
    if name in _BEIJING:
        return "beijing"
    return "xian" if name in _XIAN else name


def _is_lonlat(crs: pyproj.CRS) -> bool:
    """Return whether x, y of this CRS are degrees of longitude and latitude on WGS 84 or CGCS2000."""
    degrees = all(a.unit_name == "degree" for a in crs.axis_info[:2])
    greenwich = crs.prime_meridian is None or crs.prime_meridian.longitude == 0.0
    return bool(crs.is_geographic and degrees and greenwich and _family(crs) == "wgs84")


def _same_map(one: pyproj.CRS, other: pyproj.CRS) -> bool:
    """Return whether two projected CRS of one datum give the same places the same x, y (to 1 mm)."""
    if _family(one) != _family(other):
        return False
    lon = np.array([110.0, 120.0, 119.0, 30.0])
    lat = np.array([30.0, 31.5, 40.0, -2.0])
    a = pyproj.Transformer.from_crs(one.geodetic_crs, one, always_xy=True).transform(lon, lat)
    b = pyproj.Transformer.from_crs(other.geodetic_crs, other, always_xy=True).transform(lon, lat)
    here = np.isfinite(a).all(axis=0) & np.isfinite(b).all(axis=0)
    gap = np.abs(np.array(a)[:, here] - np.array(b)[:, here])
    return bool(here.any() and gap.max() < 0.001)


def _crs(text: str) -> pyproj.CRS | None:
    """Return the CRS of an authority's code, a PROJ string or WKT; None where there is none."""
    text = text.strip()
    if not re.match(r"(?i)(epsg|ogc|esri|iau|urn)\s*:|\+proj|\+init|\w+CRS\[|GEOGCS\[|PROJCS\[", text):
        return None
    try:
        return pyproj.CRS.from_user_input(text)
    except pyproj.exceptions.CRSError:
        return None


def _plain(text: str) -> str:
    """Return a name without case, spaces, hyphens, apostrophes and prefixes of authority."""
    return re.sub(r"[\s\-_'’/().]+", "", text).lower().removeprefix("ogc:").removeprefix("urn:ogc:def:crs:")


@cache
def _plain_names() -> dict[str, str]:
    """Return the known names by their plain spelling."""
    return {_plain(name): target for name, target in _NAMES.items()}


def _nearest(text: str) -> str:
    """Return the known name that is spelled most like `text`."""
    plain = {_plain(name): name for name in (*_NAMES, "EPSG:4490", "EPSG:4326", "OGC:CRS84")}
    return plain[difflib.get_close_matches(_plain(text), list(plain), n=1, cutoff=0.0)[0]]
