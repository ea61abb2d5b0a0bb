"""Where the country is built up and where it is hilly: two fields over the plane.

The centres of the towns were placed by hand, to a few kilometres, where towns of these names lie; the
fields around them are invented. Hills rise in the south of Liyang and along the western border
(where the Maoshan range lies), plain elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from rasterio.features import shapes
from rasterio.transform import Affine

from simulate.chance import Floats, noise, stream
from simulate.plane import to_plane

#: Town and street centres, longitude and latitude, by code9.
TOWN_CENTRES: dict[str, tuple[float, float]] = {
    "320402001": (120.012, 31.752),
    "320402002": (120.020, 31.790),
    "320402003": (119.972, 31.748),
    "320402004": (119.985, 31.788),
    "320402005": (119.966, 31.772),
    "320402006": (119.952, 31.755),
    "320402109": (120.095, 31.818),
    "320404001": (119.920, 31.786),
    "320404002": (119.922, 31.758),
    "320404003": (119.882, 31.779),
    "320404004": (119.880, 31.752),
    "320404005": (119.944, 31.772),
    "320404006": (119.946, 31.785),
    "320404007": (119.875, 31.803),
    "320404116": (119.828, 31.768),
    "320411002": (119.965, 31.822),
    "320411003": (119.972, 31.856),
    "320411004": (119.985, 31.925),
    "320411005": (119.905, 31.955),
    "320411006": (119.938, 31.872),
    "320411101": (119.818, 32.000),
    "320411103": (119.898, 31.842),
    "320411104": (119.795, 31.868),
    "320411105": (119.832, 31.922),
    "320411122": (119.820, 31.838),
    "320412001": (120.062, 31.738),
    "320412002": (120.032, 31.742),
    "320412003": (120.066, 31.768),
    "320412100": (119.945, 31.715),
    "320412102": (119.895, 31.728),
    "320412103": (120.080, 31.648),
    "320412104": (120.050, 31.700),
    "320412105": (120.118, 31.698),
    "320412106": (120.132, 31.752),
    "320412110": (120.085, 31.520),
    "320412113": (119.955, 31.575),
    "320412114": (120.008, 31.628),
    "320412119": (119.785, 31.700),
    "320412120": (119.718, 31.648),
    "320412400": (119.862, 31.682),
    "320412411": (119.948, 31.655),
    "320412412": (119.845, 31.705),
    "320412413": (120.045, 31.395),
    "320413001": (119.560, 31.742),
    "320413100": (119.590, 31.768),
    "320413104": (119.640, 31.605),
    "320413106": (119.450, 31.785),
    "320413108": (119.478, 31.690),
    "320413109": (119.365, 31.722),
    "320413112": (119.560, 31.630),
    "320413400": (119.628, 31.738),
    "320413401": (119.325, 31.690),
    "320413402": (119.545, 31.705),
    "320481001": (119.455, 31.440),
    "320481002": (119.484, 31.418),
    "320481003": (119.522, 31.432),
    "320481101": (119.522, 31.500),
    "320481102": (119.565, 31.540),
    "320481103": (119.500, 31.290),
    "320481106": (119.430, 31.305),
    "320481107": (119.455, 31.545),
    "320481109": (119.240, 31.535),
    "320481111": (119.345, 31.535),
    "320481114": (119.300, 31.430),
    "320481116": (119.255, 31.320),
    "320481400": (119.300, 31.500),
    "320481401": (119.275, 31.470),
}

#: Centres of the built-up areas: longitude, latitude, peak [people/km2], fall-off [m].
BUILT_UP_CENTRES = (
    (119.955, 31.778, 14000.0, 2900.0),
    (119.945, 31.712, 8000.0, 2300.0),
    (119.965, 31.828, 7000.0, 2300.0),
    (120.055, 31.735, 5500.0, 2100.0),
    (119.890, 31.840, 4200.0, 1300.0),
    (119.950, 31.660, 6500.0, 1700.0),
    (120.118, 31.705, 4200.0, 1200.0),
    (119.835, 31.770, 4200.0, 1200.0),
    (119.970, 31.920, 4200.0, 1300.0),
    (119.895, 31.728, 4200.0, 1200.0),
    (119.800, 31.862, 4200.0, 1100.0),
    (119.625, 31.740, 4500.0, 1200.0),
    (119.580, 31.750, 8000.0, 1900.0),
    (119.488, 31.422, 8500.0, 2100.0),
)

#: Seat of each county: code6 -> longitude, latitude.
COUNTY_SEATS: dict[str, tuple[float, float]] = {
    "320402": (119.975, 31.780),
    "320404": (119.930, 31.782),
    "320411": (119.965, 31.822),
    "320412": (119.945, 31.712),
    "320413": (119.575, 31.748),
    "320481": (119.486, 31.420),
}

CITY_CENTRE = (119.955, 31.777)

_TOWN_PEAK, _TOWN_FALL_M, _OPEN_COUNTRY = 5200.0, 520.0, 260.0


@dataclass(frozen=True)
class Terrain:
    """The fields of one country: `hill` in 0 to 1, `density` in people per km2, both at plane points."""

    seed: int

    def hill(self, points: Floats) -> Floats:
        """Return how hilly each plane point is, 0 (plain) to 1."""
        south = _ramp(_plane_y(31.335) - points[:, 1], 13000.0)
        south *= _ramp(points[:, 0] - _plane_x(119.23), 9000.0)
        west = _ramp(_plane_x(119.345) - points[:, 0], 8000.0) * _ramp(points[:, 1] - _plane_y(31.56), 9000.0)
        rough = noise(points, scale_m=9000.0, rng=stream(self.seed, "hill"), octaves=4)
        return np.asarray(np.clip(np.maximum(south, west) * (1.0 + 0.9 * rough), 0.0, 1.0))

    def density(self, points: Floats) -> Floats:
        """Return the density of settlement at each plane point [people/km2], before any total is met."""
        value = np.full(len(points), _OPEN_COUNTRY)
        for lon, lat, peak, fall_m in BUILT_UP_CENTRES:
            value += peak * np.exp(-((_distance(points, lon, lat) / fall_m) ** 1.15))
        for lon, lat in TOWN_CENTRES.values():
            value += _TOWN_PEAK * np.exp(-_distance(points, lon, lat) / _TOWN_FALL_M)
        rough = noise(points, scale_m=5200.0, rng=stream(self.seed, "density"), octaves=5)
        rough = 1.4 * rough + 0.9 * noise(points, scale_m=1300.0, rng=stream(self.seed, "blocks"), octaves=3)
        return np.asarray(value * np.exp(rough) * (1.0 - 0.75 * self.hill(points)))


def _ramp(depth_m: Floats, width_m: float) -> Floats:
    """Return 0 outside, rising smoothly to 1 where `depth_m` reaches `width_m`."""
    t = np.clip(depth_m / width_m, 0.0, 1.0)
    return np.asarray(t * t * (3 - 2 * t))


def _plane_x(lon: float) -> float:
    return float(to_plane(np.array([[lon, 31.6]]))[0, 0])


def _plane_y(lat: float) -> float:
    return float(to_plane(np.array([[119.6, lat]]))[0, 1])


def _distance(points: Floats, lon: float, lat: float) -> Floats:
    centre = to_plane(np.array([[lon, lat]]))[0]
    return np.asarray(np.hypot(*(points - centre).T))


def built_up(
    terrain: Terrain, outline: shapely.Geometry, *, area_km2: float, cell_m: float = 90.0
) -> NDArray[np.object_]:
    """Return the built-up area as plane polygons: the densest `area_km2` inside `outline`."""
    x0, y0, x1, y1 = shapely.bounds(outline)
    columns, rows = int((x1 - x0) // cell_m) + 1, int((y1 - y0) // cell_m) + 1
    xs = x0 + (np.arange(columns) + 0.5) * cell_m
    ys = y1 - (np.arange(rows) + 0.5) * cell_m
    grid = np.stack(np.meshgrid(xs, ys), axis=-1).reshape(-1, 2)
    inside = shapely.contains_xy(outline, grid[:, 0], grid[:, 1])
    density = np.zeros(len(grid))
    density[inside] = terrain.density(grid[inside])
    count = int(area_km2 * 1e6 / cell_m**2)
    mask = density >= np.sort(density)[-count]
    image = mask.reshape(rows, columns).astype(np.uint8)
    found = shapes(
        image, mask=image.astype(bool), connectivity=4, transform=Affine(cell_m, 0.0, x0, 0.0, -cell_m, y1)
    )
    polygons = [shapely.geometry.shape(geometry) for geometry, _ in found]
    return np.array([_round_corners(p) for p in polygons if p.area > 5 * cell_m**2], dtype=object)


def _round_corners(polygon: shapely.Geometry) -> shapely.Geometry:
    """Return the polygon of whole cells with its steps cut off (each corner of a ring cut once)."""
    rings = [polygon.exterior, *polygon.interiors]
    return shapely.Polygon(_cut(rings[0]), [_cut(ring) for ring in rings[1:]])


def _cut(ring: shapely.Geometry) -> Floats:
    """Return the middles of a ring's sides: the ring with every corner cut."""
    points = shapely.get_coordinates(ring)
    middles = (points[1:] + points[:-1]) / 2
    return np.vstack([middles, middles[:1]])
