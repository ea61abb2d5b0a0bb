"""Natural villages: points in the rural and town villages, most of them along the roads."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from simulate.chance import Floats, apportion
from simulate.settlement import is_special
from simulate.terrain import Terrain

_FIRST = (
    "王李张刘陈杨黄周吴徐孙朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢"
)
_SECOND = "家庄巷村塘墩桥头湾圩荡渎岸埂坝浜舍棚城岗"
_PLACE = "东西南北前后上下大小新老河沟塘桥圩荡"


@dataclass(frozen=True)
class Scattered:
    """The hamlets of one village: plane points, people and households."""

    points: Floats
    people: NDArray[np.int64]
    homes: NDArray[np.int64]


def hamlet_counts(villages: pd.DataFrame, area_m2: Floats, *, total: int) -> NDArray[np.int64]:
    """Return how many hamlets each village has; only peopled rural and town villages have any."""
    weight = np.sqrt(area_m2) * villages["population"].to_numpy() ** 0.4
    weight *= villages["settlement_class"].map({"urban": 0.0, "town": 0.62, "rural": 1.0}).to_numpy()
    weight[villages["code12"].map(is_special).to_numpy()] = 0.0
    return apportion(total, weight)


def scatter(
    polygon: shapely.Geometry,
    roads: NDArray[np.object_],
    *,
    count: int,
    terrain: Terrain,
    rng: np.random.Generator,
) -> Floats:
    """Return `count` points in a village (plane), apart from each other, most of them near its roads.

    Candidates come from along the roads and from the whole village, hills are avoided; the least
    distance is lowered until enough fit.
    """
    inner = polygon.buffer(-25.0)
    candidates = np.vstack([_along(roads, 14 * count, rng), _anywhere(inner, 12 * count, rng)])
    candidates = candidates[rng.permutation(len(candidates))]
    keep = shapely.contains_xy(inner, candidates[:, 0], candidates[:, 1])
    keep &= rng.random(len(candidates)) > 0.75 * terrain.hill(candidates)
    candidates = candidates[keep]
    apart = 0.6 * float(np.sqrt(polygon.area / count))
    while True:
        chosen = _apart(candidates, count, apart)
        if len(chosen) == count:
            return np.asarray(candidates[chosen])
        apart *= 0.8
        if apart < 5.0:
            candidates = np.vstack([candidates, _anywhere(inner, 12 * count, rng)])


def _apart(candidates: Floats, count: int, apart: float) -> list[int]:
    """Return the first `count` candidates that keep their distance from those before."""
    chosen: list[int] = []
    for n, point in enumerate(candidates):
        if all(np.hypot(*(candidates[chosen] - point).T) >= apart) if chosen else True:
            chosen.append(n)
            if len(chosen) == count:
                break
    return chosen


def _along(roads: NDArray[np.object_], count: int, rng: np.random.Generator) -> Floats:
    """Return points beside the roads, 40 to 260 m off."""
    lengths = shapely.length(roads)
    if len(roads) == 0 or lengths.sum() == 0:
        return np.zeros((0, 2))
    which = rng.choice(len(roads), size=count, p=lengths / lengths.sum())
    at = shapely.get_coordinates(
        shapely.line_interpolate_point(roads[which], rng.random(count), normalized=True)
    )
    angle, off = rng.uniform(0, 2 * np.pi, count), rng.uniform(40.0, 260.0, count)
    return np.asarray(at + np.column_stack([np.cos(angle), np.sin(angle)]) * off[:, None])


def _anywhere(polygon: shapely.Geometry, count: int, rng: np.random.Generator) -> Floats:
    """Return points in the bounds of a polygon."""
    x0, y0, x1, y1 = shapely.bounds(polygon)
    return rng.uniform((x0, y0), (x1, y1), (count, 2))


def shared_people(
    village: pd.Series, count: int, rng: np.random.Generator
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return people and households of each hamlet; both add up to the village's, nobody is without."""
    size = rng.lognormal(0.0, 0.5, count) + 0.15
    homes = apportion(int(village["households"]) - count, size) + 1
    people = apportion(int(village["population"]) - count, homes * rng.uniform(0.9, 1.1, count)) + 1
    return people, homes


def hamlet_names(count: int, rng: np.random.Generator) -> list[str]:
    """Return `count` different invented names."""
    names: dict[str, None] = {}
    while len(names) < count:
        first, second, place = (str(rng.choice(list(kind))) for kind in (_FIRST, _SECOND, _PLACE))
        form = int(rng.integers(4))
        name = (f"{first}家{second}", f"{place}{first}{second}", f"{first}{second}", f"{place}{second}头")[
            form
        ]
        names[name.replace("家家", "家").replace("头头", "头")] = None
    return list(names)
