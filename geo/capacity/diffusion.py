"""Diffusion: how a service spreads, as a curve through the counts that were reported.

logistic K / (1 + e^-(a + b t)); Gompertz K exp(-e^-(a + b t)); Bass K (1 - e^-(p + q) s) / (1 + (q / p) e^-(p + q) s)
with s years from launch; besides, the last step carried on and the straight line. Least squares on the counts.

Two points tell no saturation K: fix it, or carry the step on. Where nothing can be fitted the reason is told,
and no number.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from geo.capacity.curves import Floats

#: A free saturation ends at so many times the greatest value seen; a fit that runs there is told so.
BOUND = 30.0

#: Model -> its number of parameters besides saturation.
CURVED = ("logistic", "gompertz", "bass")
STRAIGHT = ("last step", "linear")


class Unfit(StrEnum):
    """Why no curve can be laid through the points."""

    FEW = "too few points: one gives a scenario only, two need a fixed saturation or the last step"
    ZERO = "a value that is not above 0"
    FLAT = "all values are equal"
    FALLING = "the values fall"
    ABOVE = "a value lies above the saturation"
    TWICE = "two values of one date"
    LAUNCH = "no launch before the first date"
    MISSING = "a date or value is missing"


@dataclass(frozen=True)
class Fit:
    """A curve through points.

    Attributes
    ----------
    model
        One of `CURVED` or `STRAIGHT`.
    saturation
        K; inf where the model has none.
    a, b
        Parameters as printed above, in years; of Bass p and q; of straight models value and step a year.
    origin
        Year from which time counts: launch of Bass, last year of the last step, else 0.
    how
        fixed, free, bound (the free saturation ran to `BOUND`), none.
    error
        Root of the mean square of what is left.
    last
        Year of the last point.
    """

    model: str
    saturation: float
    a: float
    b: float
    origin: float
    how: str
    error: float
    last: float

    def at(self, years: Floats | Sequence[float] | float) -> Floats:
        """Return the curve's values: never below 0 nor above the saturation."""
        t = np.asarray(years, dtype=float) - self.origin
        if self.model in STRAIGHT:
            values = self.a + self.b * t
        else:
            values = self.saturation * _shape(self.model, self.a, self.b, t)
        clipped: Floats = np.clip(values, 0.0, self.saturation)
        return clipped


def fit(
    years: Sequence[float],
    values: Sequence[float],
    model: str,
    *,
    saturation: float | None = None,
    launch: float | None = None,
) -> Fit | Unfit:
    """Return a model's curve through points, or why there is none.

    Parameters
    ----------
    years
        Dates as years, in any order.
    values
        Counts or shares, above 0.
    saturation
        K; free where None, which needs three points. Straight models are cut at it.
    launch
        First year of the service, for Bass.
    """
    t, y = np.asarray(years, dtype=float), np.asarray(values, dtype=float)
    order = np.argsort(t, kind="stable")
    t, y = t[order], y[order]
    if reason := _unfit(t, y, model, saturation, launch):
        return reason
    if model in STRAIGHT:
        return _straight(t, y, model, saturation)
    return _curved(t, y, model, saturation, launch or 0.0)


def _unfit(t: Floats, y: Floats, model: str, saturation: float | None, launch: float | None) -> Unfit | None:
    curved = model in CURVED
    free = curved and saturation is None
    checks: tuple[tuple[Callable[[], bool], Unfit], ...] = (
        (lambda: not (np.isfinite(t).all() and np.isfinite(y).all()), Unfit.MISSING),
        (lambda: len(t) < (3 if free else 2), Unfit.FEW),
        (lambda: bool((np.diff(t) == 0).any()), Unfit.TWICE),
        (lambda: bool((y <= 0).any()), Unfit.ZERO),
        (lambda: curved and bool(np.ptp(y) <= 1e-12 * y.max()), Unfit.FLAT),
        (lambda: curved and float((t - t.mean()) @ y) <= 0, Unfit.FALLING),
        (lambda: saturation is not None and bool(y.max() >= saturation), Unfit.ABOVE),
        (lambda: model == "bass" and (launch is None or launch >= t[0]), Unfit.LAUNCH),
    )
    return next((reason for wrong, reason in checks if wrong()), None)


def _straight(t: Floats, y: Floats, model: str, saturation: float | None) -> Fit:
    top, how = (np.inf, "none") if saturation is None else (saturation, "fixed")
    if model == "last step":
        step = (y[-1] - y[-2]) / (t[-1] - t[-2])
        return Fit(model, top, float(y[-1]), float(step), float(t[-1]), how, 0.0, float(t[-1]))
    middle = t.mean()
    b = float((t - middle) @ y / ((t - middle) @ (t - middle)))
    a = float(y.mean() - b * middle)
    return Fit(model, top, a, b, 0.0, how, float(np.sqrt(np.mean((a + b * t - y) ** 2))), float(t[-1]))


def _curved(t: Floats, y: Floats, model: str, saturation: float | None, launch: float) -> Fit:
    """Fit in units of the points' own span and greatest value, so that neither's unit matters."""
    start, span, top = launch if model == "bass" else t[0], t[-1] - t[0], y.max()
    s, z = (t - start) / span, y / top
    k = None if saturation is None else saturation / top
    theta, how = _least(s, z, model, k)
    level = float(np.exp(theta[2]) if k is None else k) * top
    if model == "bass":
        a, b, origin = float(np.exp(theta[0]) / span), float(np.exp(theta[1]) / span), float(start)
    else:
        b = float(theta[1] / span)
        a, origin = float(theta[0] - b * start), 0.0
    left = level * _shape(model, a, b, t - origin) - y
    return Fit(model, level, a, b, origin, how, float(np.sqrt(np.mean(left**2))), float(t[-1]))


def _least(s: Floats, z: Floats, model: str, k: float | None) -> tuple[Floats, str]:
    """Return the parameters of least squares, with the logarithm of K as the third where it is free."""
    if k is not None:
        return _best(s, z, model, [_start(s, z, model, x, k) for x in _STARTS], k), "fixed"
    starts = [np.append(_start(s, z, model, x, level), np.log(level)) for level in _LEVELS for x in _STARTS]
    theta = _best(s, z, model, starts, None)
    if np.exp(theta[2]) < BOUND:
        return theta, "free"
    bound = _best(s, z, model, [_start(s, z, model, x, BOUND) for x in _STARTS], BOUND)
    return np.append(bound, np.log(BOUND)), "bound"


#: Levels of K from which a free fit starts, in greatest values; and ratios q / p from which Bass starts.
_LEVELS = (1.02, 1.3, 2.0, 4.0, 10.0)
_STARTS = (3.0, 30.0, 300.0)


def _start(s: Floats, z: Floats, model: str, ratio: float, k: float) -> Floats:
    """Return a first guess: the straight line through the points as the model bends them."""
    part = np.clip(z / k, 1e-9, 1 - 1e-9)
    if model == "bass":
        # at the last point the curve stands at part[-1]: the speed p + q that does so for this ratio
        speed = np.log((1 + ratio * part[-1]) / (1 - part[-1])) / s[-1]
        return np.log([speed / (1 + ratio), speed * ratio / (1 + ratio)])
    bent = np.log(part / (1 - part)) if model == "logistic" else -np.log(-np.log(part))
    b = (s - s.mean()) @ bent / ((s - s.mean()) @ (s - s.mean()))
    return np.array([bent.mean() - b * s.mean(), b])


def _best(s: Floats, z: Floats, model: str, starts: Sequence[Floats], k: float | None) -> Floats:
    """Return the best of the fits from several starts, of equal ones the first."""
    starts = starts if model == "bass" else starts[:: len(_STARTS)]  # their guess needs no ratio

    def left(theta: Floats) -> Floats:
        a, b = np.exp(theta[:2]) if model == "bass" else theta[:2]
        return (np.exp(theta[2]) if k is None else k) * _shape(model, a, b, s) - z

    found = [_descend(left, start) for start in starts]
    return min(found, key=lambda f: f[1])[0]


#: Steps of a descent at most, and the gain below which it has arrived.
_STEPS, _GAIN = 400, 1e-15


def _descend(left: Callable[[Floats], Floats], start: Floats) -> tuple[Floats, float]:
    """Return the parameters and the sum of squares at the foot of a descent (Levenberg and Marquardt)."""
    theta, damp = start, 1e-3
    rest = left(theta)
    cost = float(rest @ rest)
    for _ in range(_STEPS):
        slope = _slopes(left, theta)
        square = slope.T @ slope
        step = np.linalg.solve(square + damp * np.diag(np.diag(square) + 1e-12), -slope.T @ rest)
        trial = theta + np.clip(step, -2.0, 2.0)
        there = left(trial)
        reached = float(there @ there)
        if np.isfinite(reached) and reached < cost:
            gained, theta, rest, cost = cost - reached, trial, there, reached
            damp = max(damp / 5, 1e-14)
            if gained <= _GAIN * (cost + _GAIN):
                break
        elif (damp := damp * 5) > 1e12:
            break
    return theta, cost


def _slopes(left: Callable[[Floats], Floats], theta: Floats) -> Floats:
    """Return the derivatives of what is left by each parameter, from both sides."""
    columns = []
    for i in range(len(theta)):
        step = np.zeros(len(theta))
        step[i] = 1e-6 * max(1.0, abs(theta[i]))
        columns.append((left(theta + step) - left(theta - step)) / (2 * step[i]))
    return np.column_stack(columns)


def _shape(model: str, a: float, b: float, t: Floats) -> Floats:
    """Return a model's share of its saturation at t."""
    with np.errstate(over="ignore"):
        if model == "logistic":
            return np.asarray(1 / (1 + np.exp(-(a + b * t))))
        if model == "gompertz":
            return np.asarray(np.exp(-np.exp(-(a + b * t))))
        fall = np.exp(-(a + b) * np.maximum(t, 0.0))
        return np.asarray((1 - fall) / (1 + b / a * fall))
