"""Load: what the homes ask of every link in the busy hour, where it fills, and whom that touches.

Demand is offered and never clipped by a full link below. Live television is counted once a link: the
channels seen, never the sum of the children. A link without a stated capacity is unknown, not infinite.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo.capacity.curves import Floats
from geo.capacity.pon import active_at
from geo.capacity.tree import LEVELS, Ints, Tree
from geo.errors import UsageError

#: Columns of `link_loads`, whose index is node_id.
LINKS = (
    "level", "parent_id", "uplink_mbps", "subscribers", "iptv_homes", "homes", "internet_mbps", "channels",
    "live_mbps", "vod_mbps", "demand_mbps", "carried_mbps", "whole", "how", "utilisation", "above_limit",
    "gap_mbps", "state", "path", "first_full", "homes_affected",
)  # fmt: skip

#: Columns of `unit_loads`.
UNITS = ("unit_id", "homes", "homes_within", "homes_full", "homes_unknown", "first_full", "gap_mbps")

#: Share of the active at the access link that is active at once farther in: assumptions; never rising inward.
COINCIDENCE: Mapping[str, float] = {
    "access": 1.0,
    "aggregation": 0.8,
    "county": 0.8,
    "core": 0.6,
    "egress": 0.6,
}

#: A number is above another only beyond rounding.
_ROUNDING = 1 + 1e-12


class State(StrEnum):
    """Whether a link, or the path inward from a node, carries what is asked."""

    WITHIN = "within"
    FULL = "full"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Busy:
    """What the busy hour asks for. Every default is an assumption with its source in docs/rules/capacity.md.

    Attributes
    ----------
    internet_mbps, concurrency
        Rate sold where a node states none [Mbps], and the share of subscribers that use it at the access link.
    coincidence
        Level -> share of the access links' unicast demand that meets there, counted from access, not
        multiplied on.
    live_share, live_mbps, lineup
        Share of the homes with television that watch live, rate of a channel [Mbps], channels there are.
    vod_share, vod_mbps
        Share that watches on demand, and rate of a stream [Mbps].
    live_until, vod_until
        Innermost level whose uplinks the service still loads.
    limit
        Utilisation above which a link is flagged for planning.
    peak_below
        Up to so many subscribers an access link is asked for the active of 99 of 100 moments, not the mean;
        0 never.
    per_subscriber_mbps
        Level -> measured busy-hour rate of a subscriber, in place of rate times concurrency [Mbps].
    measured
        Whether `measured_mbps` of a node stands in place of what is computed for its uplink.
    cached
        Share of internet traffic that caches keep from the egress.
    """

    internet_mbps: float = 2.0
    concurrency: float = 0.25
    coincidence: Mapping[str, float] = field(default_factory=lambda: dict(COINCIDENCE))
    live_share: float = 0.4
    live_mbps: float = 2.5
    lineup: int = 20
    live_until: str = "core"
    vod_share: float = 0.1
    vod_mbps: float = 2.5
    vod_until: str = "core"
    limit: float = 0.7
    peak_below: int = 0
    per_subscriber_mbps: Mapping[str, float] = field(default_factory=dict)
    measured: bool = False
    cached: float = 0.0

    def __post_init__(self) -> None:
        """Refuse settings that no busy hour has.

        Raises
        ------
        UsageError
            Coincidence rises inward, a share lies outside 0 to 1, a rate is below 0, a level is none.
        """
        inward = [self.coincidence[x] for x in LEVELS if x in self.coincidence]
        if len(inward) < len(LEVELS) or any(b > a for a, b in pairwise(inward)):
            raise UsageError(
                f"coincidence {dict(self.coincidence)}: give every level one, never rising inward."
            )
        shares = [*inward, self.concurrency, self.live_share, self.vod_share, self.cached]
        rates = [
            self.internet_mbps,
            self.live_mbps,
            self.vod_mbps,
            self.lineup,
            *self.per_subscriber_mbps.values(),
        ]
        if not all(0 <= s <= 1 for s in shares) or not all(np.isfinite(r) and r >= 0 for r in rates):
            raise UsageError(
                "shares lie in 0 to 1, rates are at least 0: correct the settings of the busy hour."
            )
        if {self.live_until, self.vod_until, *self.per_subscriber_mbps} - set(LEVELS):
            raise UsageError(f"a level of the busy hour is none of {', '.join(LEVELS)}.")


def link_loads(tree: Tree, busy: Busy) -> pd.DataFrame:
    """Return every node's uplink in the busy hour (index node_id, columns `LINKS`).

    Returns
    -------
    pandas.DataFrame
        `channels` are those seen below, whether or not the link carries them. `demand_mbps` is what is
        offered by all that is known below, `whole` whether nothing below is unknown. `utilisation` and
        `gap_mbps` are NaN where capacity or demand is not known whole; a link that the known part alone fills
        is full, and its gap is the least. `path` and `first_full` say the same of the way from the node
        inward; `homes_affected` counts the homes behind a full link.
    """
    asked = _asked(tree, busy)
    capacity, demand, whole = tree.numbers("uplink_mbps"), asked["demand_mbps"], asked["whole"]
    full = demand > capacity * _ROUNDING  # NaN is not full
    unknown = ~full & (np.isnan(capacity) | ~whole)
    with np.errstate(divide="ignore", invalid="ignore"):
        used = np.where(demand == 0, 0.0, demand / capacity)
    state = np.select([full, unknown], [State.FULL, State.UNKNOWN], default=State.WITHIN)
    path, first = _paths(tree, full, unknown)
    homes = tree.up(np.nan_to_num(_homes(tree)))
    return pd.DataFrame(
        {
            "level": tree.nodes["level"],
            "parent_id": tree.nodes["parent_id"],
            "uplink_mbps": capacity,
            **{c: asked[c] for c in ("subscribers", "iptv_homes")},
            "homes": homes,
            **{c: asked[c] for c in ("internet_mbps", "channels", "live_mbps", "vod_mbps")},
            "demand_mbps": demand,
            "carried_mbps": np.fmin(demand, capacity),
            "whole": whole,
            "how": asked["how"],
            "utilisation": np.where(np.isnan(capacity) | ~whole, np.nan, used),
            "above_limit": used > busy.limit,
            "gap_mbps": np.where(full, demand - capacity, np.where(unknown, np.nan, 0.0)),
            "state": state.astype(object),
            "path": path,
            "first_full": np.where(first >= 0, tree.nodes["node_id"].to_numpy(dtype=object)[first], ""),
            "homes_affected": np.where(full, homes, 0.0),
        }
    ).set_index(pd.Index(tree.nodes["node_id"], name="node_id"))


def _homes(tree: Tree) -> Floats:
    """Return the homes at each node itself: those stated, else its subscribers."""
    stated = tree.numbers("homes")
    return np.where(np.isnan(stated), tree.numbers("subscribers"), stated)


def _asked(tree: Tree, busy: Busy) -> dict[str, npt.NDArray[Any]]:
    """Return what each link is asked to carry, service by service."""
    level = tree.nodes["level"].to_numpy(dtype=object)
    own, tv_own = tree.numbers("subscribers"), tree.numbers("iptv_homes")
    silent = (level == LEVELS[0]) & (np.isnan(own) | np.isnan(tv_own))
    subscribers, tv = tree.up(np.nan_to_num(own)), tree.up(np.nan_to_num(tv_own))
    internet = _internet(tree, busy, subscribers)
    coincide = np.array([busy.coincidence[x] for x in level], dtype=float)
    channels = np.minimum(tv * busy.live_share, busy.lineup)
    live = np.where(_loads(level, busy.live_until), channels * busy.live_mbps, 0.0)
    vod = np.where(_loads(level, busy.vod_until), tv * busy.vod_share * busy.vod_mbps * coincide, 0.0)
    computed = internet + live + vod
    seen = tree.numbers("measured_mbps") if busy.measured else np.full(len(level), np.nan)
    told = ~np.isnan(seen)
    return {
        "subscribers": subscribers,
        "iptv_homes": tv,
        "internet_mbps": internet,
        "channels": channels,
        "live_mbps": live,
        "vod_mbps": vod,
        "demand_mbps": np.where(told, seen, computed),
        "whole": told | (tree.up(silent.astype(float)) == 0),
        "how": np.where(told, "measured", "computed").astype(object),
    }


def _loads(level: npt.NDArray[np.object_], until: str) -> npt.NDArray[np.bool_]:
    return np.isin(level, LEVELS[: LEVELS.index(until) + 1])


def _internet(tree: Tree, busy: Busy, subscribers: Floats) -> Floats:
    """Return the internet demand of each link: coincidence times the access demands below, or as measured."""
    level = tree.nodes["level"].to_numpy(dtype=object)
    own = np.nan_to_num(tree.numbers("subscribers"))
    sold = np.where(np.isnan(tree.numbers("sold_mbps")), busy.internet_mbps, tree.numbers("sold_mbps"))
    below = tree.up(own * sold * busy.concurrency)
    out = below * np.array([busy.coincidence[x] for x in level], dtype=float)
    if busy.peak_below:
        out = np.where(level == LEVELS[0], below * _peaks(subscribers, busy), out)
    for name, rate in busy.per_subscriber_mbps.items():
        out = np.where(level == name, subscribers * rate, out)
    kept = np.where(level == LEVELS[-1], 1 - busy.cached, 1.0)
    whole: Floats = out * kept
    return whole


def _peaks(subscribers: Floats, busy: Busy) -> Floats:
    """Return the factor above the mean of small groups; a larger group is asked for no less than a smaller."""
    numbers, which = np.unique(subscribers, return_inverse=True)
    factors = []
    for n in numbers:
        mean = n * busy.concurrency
        active = active_at(int(min(np.ceil(n), busy.peak_below)), busy.concurrency)
        factors.append(max(active / mean, 1.0) if mean else 1.0)
    return np.array(factors)[which]


def _paths(
    tree: Tree, full: npt.NDArray[np.bool_], unknown: npt.NDArray[np.bool_]
) -> tuple[npt.NDArray[np.object_], Ints]:
    """Return the state of the way inward from each node, and the position of its first full link (-1: none)."""
    first = np.where(full, np.arange(len(full)), -1)
    # what lies above the outermost node is known only where it is the egress
    outside = (tree.parent < 0) & (tree.nodes["level"].to_numpy(dtype=object) != LEVELS[-1])
    dark = unknown | outside
    for some, above in tree.inward():
        fed = above >= 0
        mine, parent = some[fed], above[fed]
        first[mine] = np.where(first[mine] >= 0, first[mine], first[parent])
        dark[mine] |= dark[parent]
    states = np.select([first >= 0, dark], [State.FULL, State.UNKNOWN], default=State.WITHIN)
    return states.astype(object), first


def unit_loads(serving: pd.DataFrame, links: pd.DataFrame) -> pd.DataFrame:
    """Return how the homes of each unit fare (columns `UNITS`), most homes behind a full link first.

    Parameters
    ----------
    serving
        Columns unit_id, node_id (the access node; one that is not in `links` is unknown), homes.
    links
        Of `link_loads`.

    Returns
    -------
    pandas.DataFrame
        homes = within + full + unknown. `first_full` is the link behind which most of the unit's homes sit;
        `gap_mbps` is the gap there.
    """
    at = links.reindex(serving["node_id"])
    path = at["path"].fillna(State.UNKNOWN.value).to_numpy(dtype=object)
    homes = serving["homes"].to_numpy(dtype=float)
    parts = {f"homes_{s.value}": np.where(path == s.value, homes, 0.0) for s in State}
    table = pd.DataFrame({"unit_id": serving["unit_id"].to_numpy(), "homes": homes, **parts})
    sums = table.groupby("unit_id", sort=True).sum()
    first = table.assign(first_full=at["first_full"].fillna("").to_numpy(dtype=object))
    behind = first[first["first_full"] != ""].groupby(["unit_id", "first_full"])["homes_full"].sum()
    most = behind.reset_index().sort_values(
        ["unit_id", "homes_full", "first_full"], ascending=[True, False, True], kind="stable"
    )
    worst = most.drop_duplicates("unit_id").set_index("unit_id")["first_full"]
    sums["first_full"] = worst.reindex(sums.index).fillna("")
    sums["gap_mbps"] = links["gap_mbps"].reindex(sums["first_full"]).to_numpy()
    sums["gap_mbps"] = sums["gap_mbps"].where(
        sums["first_full"] != "", np.where(sums["homes_unknown"] > 0, np.nan, 0.0)
    )
    out = sums.reset_index().sort_values(["homes_full", "unit_id"], ascending=[False, True], kind="stable")
    return out[list(UNITS)].reset_index(drop=True)
