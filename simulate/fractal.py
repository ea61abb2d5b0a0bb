"""Lines that look grown: a straight edge roughened inside a kite that no other edge enters."""

from __future__ import annotations

import numpy as np

from simulate.chance import Floats


def profile(rng: np.random.Generator, segments: int, *, roughness: float = 0.62) -> Floats:
    """Return a midpoint-displacement profile in [-1, 1], (segments + 1,), zero at both ends.

    `segments` is a power of two; `roughness` is how much the displacement shrinks per halving.
    """
    value = np.zeros(segments + 1)
    step, height = segments, 1.0
    while step > 1:
        half = step // 2
        middle = (value[:-1:step] + value[step::step]) / 2
        value[half::step] = middle + height * rng.uniform(-1.0, 1.0, len(middle))
        step, height = half, height * roughness
    return np.asarray(value / max(1.0, float(np.abs(value).max())))


def segments_for(length_m: float, target_m: float, *, most: int) -> int:
    """Return the power of two nearest to length / target, from 2 to `most`."""
    wanted = max(2.0, length_m / target_m)
    return int(min(most, 2 ** round(np.log2(wanted))))


def roughen(ends: Floats, sides: Floats, shape: Floats, *, amplitude: float) -> Floats:
    """Return the edge between two ends, roughened by `shape` within its kite.

    Parameters
    ----------
    ends
        The two ends, (2, 2).
    sides
        The point left and the point right of the edge whose triangles over the edge bound it, (2, 2).
    shape
        A profile, (n + 1,).
    amplitude
        Largest displacement as a share of the edge's length, before the kite limits it.

    Notes
    -----
    The displaced edge is the graph of a function over the edge, so it never crosses itself; it stays in
    0.8 of the two triangles, and the triangles of different edges of a Voronoi diagram do not overlap:
    so roughened edges never cross each other.
    """
    a, b = ends
    along = b - a
    length = float(np.hypot(*along))
    if length == 0 or amplitude == 0:
        return np.asarray(ends)
    unit = along / length
    normal = np.array([-unit[1], unit[0]])
    t = np.linspace(0.0, 1.0, len(shape))
    offset = amplitude * length * shape * np.minimum(1.0, 6.0 * np.minimum(t, 1 - t))
    left, right = (_room(t, (side - a) @ unit / length, abs(float((side - a) @ normal))) for side in sides)
    offset = np.clip(offset, -0.8 * right, 0.8 * left)
    points = a + t[:, None] * along + offset[:, None] * normal
    points[0], points[-1] = a, b
    return np.asarray(points)


def _room(t: Floats, foot: float, height: float) -> Floats:
    """Return the height at `t` of the triangle over [0, 1] whose apex stands at `foot`."""
    rising = t / foot if foot > 0 else np.full(len(t), np.inf)
    falling = (1 - t) / (1 - foot) if foot < 1 else np.full(len(t), np.inf)
    return np.asarray(height * np.minimum(rising, falling))
