"""What each table of a snapshot is: its columns, their ranges, their keys, and what they refer to.

A schema is held against one frame (see `geo.snapshot.conform`): text columns are categories, lists stay in
Arrow, geometry is WKB. The page docs/tables.md says the same in words.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pandera.pandas as pandera

from geo.snapshot.columns import (
    LISTED,
    Known,
    a_unit,
    by_word,
    depth,
    evidence_named,
    feature_named,
    geometry,
    like,
    one_of,
    real,
    rule,
    said,
    text,
    within,
)
from geo.terms import Action, Basis, Kind, SettlementClass, Status, Verdict

Columns = dict[str, pandera.Column]

ANY = "*"
#: What a share that is the same figure reckoned twice may differ by.
SAME = 1e-9

BASES_USED = (
    *("point", "centroid", "point_on_surface", "polygon", "children", "raster", "area", "declared"),
    *(f"children:{b.value}" for b in Basis),
)
KINDS = "|".join(k.value for k in Kind)
DAY = r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])"
UNIT = r"[a-z0-9][a-z0-9_]*:.+@\d+"


def schema(columns: Columns, *key: str) -> pandera.DataFrameSchema:
    """Return the schema of a table: these columns, no other, and a key that no two rows share."""
    return pandera.DataFrameSchema(columns, strict=True, unique=list(key) or None)


def units(known: Known, frame: pd.DataFrame) -> pandera.DataFrameSchema:
    """Return the schema of `units`."""
    classes = [c.value for c in SettlementClass if c is not SettlementClass.ALL]
    columns = {
        "unit_id": text(
            like(UNIT, "level:code@edition"),
            rule("is not the level, code and edition of its row", lambda s: s.astype(str) == _ids(frame)),
        ),
        "level": text(one_of(known.levels)),
        "code": text(said()),
        "edition": pandera.Column(
            "int64",
            rule(
                "is not its level's edition",
                lambda s: s == by_word(frame["level"], lambda w: known.levels.get(w, np.nan)),
            ),
        ),
        "name": text(),
        "parent_id": text(
            a_unit(known),
            rule(
                "is no unit of the level above", lambda s: depth(s, known) == depth(frame["level"], known) - 1
            ),
            nullable=True,
        ),
        "settlement_class": text(one_of(classes)),
        "population": real(within(0, unit="people"), nullable=True),
        "households": real(within(0, unit="households"), nullable=True),
        "area_m2": real(within(0, unit="m²"), nullable=True),
        "lon": real(within(-180, 180, "degrees"), nullable=True),
        "lat": real(within(-90, 90, "degrees"), nullable=True),
        "geometry": geometry(nullable=True),
    }
    return schema(columns, "unit_id")


def _ids(frame: pd.DataFrame) -> pd.Series:
    return frame["level"].astype(str) + ":" + frame["code"].astype(str) + "@" + frame["edition"].astype(str)


def facts(known: Known, frame: pd.DataFrame) -> pandera.DataFrameSchema:
    """Return the schema of `facts`."""
    share = within(0, 1)
    alone = rule(
        "stands without its nearest_m, or nearest_m without it",
        lambda s: s.notna() == frame["nearest_m"].notna(),
        nulls=True,
    )
    columns = {
        "unit_id": text(a_unit(known)),
        "service": text(one_of(known.services)),
        "operator": text(one_of([ANY, *known.operators])),
        "status": text(one_of(tuple(Status))),
        "unknown_share": real(share),
        "basis_used": text(one_of(BASES_USED)),
        "share_area": real(share, nullable=True),
        "share_population": real(share, nullable=True),
        "share_households": real(share, nullable=True),
        "best_mbps": real(within(0, unit="Mbps"), nullable=True),
        "nearest_m": real(within(0, unit="m"), nullable=True),
        "nearest_id": text(
            rule("is no feature of the plant", lambda s: feature_named(s, known)),
            alone,
            nullable=True,
        ),
        "rule": text(one_of(known.rules)),
        "kind": text(like(rf"(({KINDS})(\+({KINDS}))*)?", f"kinds joined by +: {KINDS.replace('|', ', ')}")),
        "declared_status": text(one_of(tuple(Status)), nullable=True),
        "evidence": pandera.Column(
            LISTED,
            rule("names what is no feature of the plant and no unit", lambda s: evidence_named(s, known)),
        ),
    }
    return schema(columns, "unit_id", "service", "operator")


def _counts(frame: pd.DataFrame, *, nullable: bool) -> Columns:
    """Return the three counts and three shares, each held against the others.

    Reported rows of a scorecard are as their source reports them: a rate may be above 1.
    """

    def of(name: str) -> npt.NDArray[np.float64]:
        return frame[name].to_numpy(dtype=float)

    def free(s: pd.Series) -> Any:
        return frame["how"] == "reported" if "how" in frame else np.zeros(len(s), bool)

    def close(s: pd.Series, part: npt.NDArray[np.float64], whole: npt.NDArray[np.float64]) -> Any:
        with np.errstate(invalid="ignore", divide="ignore"):
            due = np.clip(np.where(whole > 0, part / whole, np.nan), 0.0, 1.0)
        return np.isclose(s, due, rtol=0, atol=SAME, equal_nan=True) | free(s)

    one = rule("is not 0 to 1", lambda s: (s >= 0) & ((s <= 1) | free(s)))
    top = rule("is more than its denominator", lambda s: (s <= of("denominator") * (1 + SAME)) | free(s))
    rest = rule(
        "is more than its denominator less its numerator",
        lambda s: (s + of("numerator") <= of("denominator") * (1 + SAME)) | free(s),
    )
    known = rule(
        "is not numerator / (denominator - unknown)",
        lambda s: close(s, of("numerator"), of("denominator") - of("unknown")),
        nulls=True,
    )
    least = rule(
        "is not numerator / denominator", lambda s: close(s, of("numerator"), of("denominator")), nulls=True
    )
    most = rule(
        "is not (numerator + unknown) / denominator",
        lambda s: close(s, of("numerator") + of("unknown"), of("denominator")),
        nulls=True,
    )
    low = rule("is above share", lambda s: ~(of("share") < s - SAME))
    high = rule("is below share", lambda s: ~(of("share") > s + SAME))
    return {
        "numerator": real(within(0), top, nullable=nullable),
        "unknown": real(within(0), rest, nullable=nullable),
        "denominator": real(rule("is not above 0", lambda s: (s > 0) | free(s)), nullable=nullable),
        "share": real(one, known, nullable=True),
        "share_low": real(one, least, low, nullable=nullable),
        "share_high": real(one, most, high, nullable=nullable),
    }


def rollup(known: Known, frame: pd.DataFrame) -> pandera.DataFrameSchema:
    """Return the schema of `rollup`."""
    above = rule(
        "does not lie above the level that is counted",
        lambda s: depth(s, known) < depth(frame["level"], known),
    )
    columns = {
        "unit_id": text(a_unit(known), above),
        "service": text(one_of(known.services)),
        "operator": text(one_of([ANY, *known.operators])),
        "level": text(one_of(known.levels)),
        "basis": text(one_of(tuple(Basis))),
        "class": text(one_of(tuple(SettlementClass))),
        **_counts(frame, nullable=False),
    }
    return schema(columns, "unit_id", "service", "operator", "level", "basis", "class")


def scorecard(known: Known, frame: pd.DataFrame) -> pandera.DataFrameSchema:
    """Return the schema of `scorecard`."""
    told = rule(
        "is empty in a computed row, or not in a reported one",
        lambda s: (s != "") == (frame["how"] == "computed"),
    )
    columns = {
        "unit_id": text(a_unit(known)),
        "target_id": text(one_of(known.targets)),
        "indicator": text(said()),
        "group": text(),
        "how": text(one_of(("computed", "reported"))),
        "level": text(one_of(["", *known.levels]), told),
        "service": text(one_of(["", *known.services]), told),
        "operator": text(one_of([ANY, *known.operators])),
        "basis": text(one_of(tuple(Basis))),
        "class": text(one_of(tuple(SettlementClass))),
        "verdict": text(one_of(tuple(Verdict))),
        **_counts(frame, nullable=True),
        "value": real(nullable=True),
        "unit": text(said()),
        "threshold": text(like(r"\s*(>=|>)?\s*[0-9][0-9,]*(\.[0-9]+)?\s*", "a threshold")),
        "due": text(like(DAY, "a day YYYY-MM-DD")),
        "shortfall": real(within(0), nullable=True),
        "pace_needed": real(within(0), nullable=True),
        "pace_seen": real(nullable=True),
        "value_date": text(like(r"\d{4}(-\d{2}(-\d{2})?)?", "a day YYYY-MM-DD"), nullable=True),
        "source": text(),
        "value_source": text(),
    }
    return schema(columns, "unit_id", "target_id")


def _texts() -> Columns:
    """Return the columns that quarantine and findings share."""
    return {
        "source": text(said()),
        "row": text(),
        "rule": text(like(r"[a-z0-9_]+\.[a-z0-9_]+", "the id of a rule")),
        **{c: text(said()) for c in ("message", "message_zh", "remedy", "remedy_zh")},
    }


def quarantine(_: Known, __: pd.DataFrame) -> pandera.DataFrameSchema:
    """Return the schema of `quarantine`; a row may be set aside by several rules and has no key."""
    return schema({**_texts(), "as_it_came": text(like(r"(\{.*\})?", "a JSON object"))})


def findings(_: Known, __: pd.DataFrame) -> pandera.DataFrameSchema:
    """Return the schema of `findings`."""
    return schema({**_texts(), "action": text(one_of(tuple(Action)))})


def plant(layer: str, known: Known) -> pandera.DataFrameSchema:
    """Return the schema of `plant/<layer>`."""
    columns = {
        "feature_id": text(
            rule(f"does not begin with '{layer}:'", lambda s: s.str.startswith(f"{layer}:")),
            rule("names no feature", lambda s: by_word(s, lambda w: bool(w.partition(":")[2]), True)),
        ),
        "operator": text(one_of(["", *known.operators])),
        "technology": text(),
        "mbps": real(within(0, unit="Mbps"), nullable=True),
        "reach_m": real(within(0, unit="m"), nullable=True),
        "status": text(),
        "since": pandera.Column("datetime64[ms]", nullable=True),
        "in_service": pandera.Column("bool"),
        "geometry": geometry(nullable=False),
    }
    return schema(columns, "feature_id")


SCHEMAS: dict[str, Callable[[Known, pd.DataFrame], pandera.DataFrameSchema]] = {
    "units": units,
    "facts": facts,
    "rollup": rollup,
    "scorecard": scorecard,
    "quarantine": quarantine,
    "findings": findings,
}
