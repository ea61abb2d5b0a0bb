"""What a column of a snapshot's table may hold, as pandera's columns and checks.

Every check takes a whole column, so that hundreds of thousands of rows are checked in a moment.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pandera.pandas as pandera
import pyarrow as pa
import pyarrow.compute as pc
import shapely

Test = Callable[[pd.Series], Any]

LISTED = pd.ArrowDtype(pa.list_(pa.string()))


@dataclass(frozen=True)
class Known:
    """What the tables of one snapshot may name.

    Attributes
    ----------
    levels
        Level id -> edition, outermost first.
    services, operators, rules, targets
        Ids of the region; `operators` without "*".
    units
        Every `unit_id` of the table of units; None where that cannot be read.
    plant
        Layer -> its features; None where the snapshot holds no table of the layer.
    """

    levels: Mapping[str, int]
    services: Collection[str]
    operators: Collection[str]
    rules: Collection[str]
    targets: Collection[str]
    units: pd.Index | None
    plant: Mapping[str, pd.Index | None]

    @cached_property
    def features(self) -> pd.Index:
        """Return every feature that a table of plant holds."""
        there = [ids for ids in self.plant.values() if ids is not None]
        return there[0].append(there[1:]) if there else pd.Index([], dtype=object)

    def names_feature(self, ids: pd.Index) -> npt.NDArray[np.bool_]:
        """Return which ids are features of the plant, or `layer:id` of a layer whose table is not there."""
        sound = np.asarray(ids.isin(self.features))
        for i, feature in [(i, ids[int(i)]) for i in np.flatnonzero(~sound)]:
            layer, _, name = str(feature).partition(":")
            sound[i] = bool(name) and layer in self.plant and self.plant[layer] is None
        return sound

    @cached_property
    def rank(self) -> dict[str, int]:
        """Return how deep each level lies, 0 the outermost."""
        return {level: i for i, level in enumerate(self.levels)}


def rule(what: str, test: Test, *, nulls: bool = False) -> pandera.Check:
    """Return a check of a whole column that says `what` a wrong value is; `nulls` are tested too.

    A column that is held against its neighbours finds them in the frame that its schema was made for.
    """

    def flags(values: pd.Series) -> pd.Series:
        sound = np.broadcast_to(np.asarray(test(values), dtype=bool), len(values))
        return pd.Series(sound if nulls else sound | values.isna().to_numpy(), index=values.index)

    return pandera.Check(flags, error=what, ignore_na=False)  # pandera would drop nulls, and rows with them


def by_word(words: pd.Series, meaning: Callable[[str], Any], missing: Any = np.nan) -> npt.NDArray[Any]:
    """Return what each text of a column of categories means; it is asked once a category."""
    told = np.array([*map(meaning, words.cat.categories.to_numpy(dtype=object)), missing])
    return told[words.cat.codes.to_numpy()]


def depth(words: pd.Series, known: Known) -> npt.NDArray[np.float64]:
    """Return how deep the level of each text lies: a level's id, or a unit's before its colon."""
    return by_word(words, lambda w: known.rank.get(w.partition(":")[0], np.nan))


def text(*checks: pandera.Check, nullable: bool = False) -> pandera.Column:
    """Return a column of text, stored plain or as a dictionary."""
    return pandera.Column("category", list(checks), nullable=nullable)


def real(*checks: pandera.Check, nullable: bool = False) -> pandera.Column:
    """Return a column of finite numbers; null is unknown."""
    finite = rule("is no finite number", np.isfinite)
    return pandera.Column("float64", [finite, *checks], nullable=nullable)


def one_of(values: Collection[str]) -> pandera.Check:
    """Return a check that a text is one of a closed set."""
    named = ", ".join(repr(str(v)) if not v else str(v) for v in list(values)[:12])
    rest = ", …" if len(values) > 12 else ""
    allowed = [str(v) for v in values]
    return rule(f"is not one of {named or 'none'}{rest}", lambda s: s.isin(allowed))


def like(pattern: str, what: str) -> pandera.Check:
    """Return a check that a whole text is of a form."""
    return rule(f"is not {what}", lambda s: s.str.fullmatch(pattern))


def said() -> pandera.Check:
    """Return a check that a text is not empty."""
    return rule("is empty", lambda s: s.str.len() > 0)


def within(low: float, high: float = np.inf, unit: str = "") -> pandera.Check:
    """Return a check that a number lies from `low` to `high`, both counted in."""
    to = f"{low:g} to {high:g}" if np.isfinite(high) else f"{low:g} or more"
    return rule(f"is not {to}{unit and ' ' + unit}", lambda s: (s >= low) & (s <= high))


def a_unit(known: Known) -> pandera.Check:
    """Return a check that a text is the id of a unit of the snapshot."""
    return rule("is no unit of the table units", lambda s: known.units is None or s.isin(known.units))


def feature_named(ids: pd.Series, known: Known) -> npt.NDArray[np.bool_]:
    """Return which ids of a column of categories name a feature; null names none and is no fault."""
    named = pd.Index(ids.cat.categories, dtype=object)
    return np.append(known.names_feature(named), True)[ids.cat.codes.to_numpy()]


def evidence_named(lists: pd.Series, known: Known) -> npt.NDArray[np.bool_]:
    """Return for each list whether all of it is features or units; the ids are looked up once each."""
    chunked = pa.chunked_array(lists.array.__arrow_array__())
    array = chunked.combine_chunks() if chunked.num_chunks != 1 else chunked.chunk(0)
    flat = pc.list_flatten(array).dictionary_encode()
    ids = pd.Index(flat.dictionary.to_pylist(), dtype=object)
    sound = known.names_feature(ids) | (known.units is None or ids.isin(known.units))
    index = flat.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.intp)
    wrong = ~np.append(sound, False)[index]
    out = np.ones(len(lists), bool)
    out[pc.list_parent_indices(array).to_numpy(zero_copy_only=False)[wrong]] = False
    return out


def geometry(*, nullable: bool) -> pandera.Column:
    """Return a column of WKB in longitude, latitude."""
    return pandera.Column("object", rule("is no WKB in longitude, latitude", _in_degrees), nullable=nullable)


def _in_degrees(wkb: pd.Series) -> npt.NDArray[np.bool_]:
    box = shapely.bounds(shapely.from_wkb(wkb.to_numpy(), on_invalid="ignore"))
    with np.errstate(invalid="ignore"):
        sound = (np.abs(box[:, [0, 2]]) <= 180).all(axis=1) & (np.abs(box[:, [1, 3]]) <= 90).all(axis=1)
    return np.asarray(sound)
