"""Facts: one row per unit x service x operator, with the rule that decided and its evidence.

Rules return a `Block` (arrays over the units of one level and one operator); `facts_table` joins the blocks
into the table of the snapshot.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from geo.terms import Status

if TYPE_CHECKING:
    import pyarrow as pa

Ints = npt.NDArray[np.intp]
Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int8]

STATUSES: tuple[Status, ...] = tuple(Status)
COVERED, PARTIAL, UNCOVERED, UNKNOWN = (STATUSES.index(s) for s in Status)
NONE = -1

#: "Any operator".
ANY = "*"


@dataclass(frozen=True)
class Named:
    """One feature id a unit, as a position in `ids`; -1 is none."""

    index: Ints
    ids: npt.NDArray[np.object_]

    @staticmethod
    def none(n: int) -> Named:
        """Return no feature for n units."""
        return Named(np.full(n, NONE, np.intp), np.empty(0, object))

    @staticmethod
    def stacked(parts: Sequence[Named]) -> Named:
        """Return the units of all parts one after the other."""
        shift = np.concatenate([[0], np.cumsum([len(p.ids) for p in parts])])
        index = [np.where(p.index >= 0, p.index + k, NONE) for p, k in zip(parts, shift, strict=False)]
        return Named(np.concatenate(index), np.concatenate([p.ids for p in parts]))

    def take(self, rows: Ints) -> Named:
        """Return the features of some units, in the order given; row -1 has none."""
        if not len(self.index):
            return Named(np.full(len(rows), NONE, np.intp), self.ids)
        return Named(np.where(rows >= 0, self.index[rows], NONE), self.ids)


@dataclass(frozen=True)
class Evidence:
    """Lists of feature ids by unit, as offsets into a flat array of positions in `ids`."""

    offsets: Ints
    index: Ints
    ids: npt.NDArray[np.object_]

    @staticmethod
    def none(n: int) -> Evidence:
        """Return empty lists for n units."""
        return Evidence(np.zeros(n + 1, np.intp), np.empty(0, np.intp), np.empty(0, object))

    @staticmethod
    def single(index: Ints, ids: npt.NDArray[np.object_]) -> Evidence:
        """Return lists of at most one feature: index -1 is none."""
        there = index >= 0
        return Evidence(np.concatenate([[0], np.cumsum(there)]), index[there], ids)

    @staticmethod
    def joined(parts: Sequence[Evidence]) -> Evidence:
        """Return, unit by unit, the lists of all parts one after the other, each feature once a part."""
        n = len(parts[0].offsets) - 1
        shift = np.cumsum([0, *(len(p.ids) for p in parts)])
        ids, total = np.concatenate([p.ids for p in parts]), max(int(shift[-1]), 1)
        unit = np.concatenate([np.repeat(np.arange(n), np.diff(p.offsets)) for p in parts])
        feature = np.concatenate([p.index + k for p, k in zip(parts, shift, strict=False)])
        unit, feature = np.divmod(np.unique(unit * total + feature), total)
        return Evidence(np.searchsorted(unit, np.arange(n + 1)), feature, ids)

    @staticmethod
    def stacked(parts: Sequence[Evidence]) -> Evidence:
        """Return the units of all parts one after the other."""
        ids = np.cumsum([0, *(len(p.ids) for p in parts)])
        count = np.concatenate([np.diff(p.offsets) for p in parts])
        index = [p.index + k for p, k in zip(parts, ids, strict=False)]
        offsets = np.concatenate([[0], np.cumsum(count)])
        return Evidence(offsets, np.concatenate(index), np.concatenate([p.ids for p in parts]))

    def take(self, rows: Ints) -> Evidence:
        """Return the lists of some units, in the order given."""
        count = np.diff(self.offsets)[rows]
        offsets = np.concatenate([[0], np.cumsum(count)])
        flat = np.repeat(self.offsets[rows], count) + np.arange(offsets[-1]) - np.repeat(offsets[:-1], count)
        return Evidence(offsets, self.index[flat], self.ids)


def nans(n: int) -> Floats:
    """Return n unknown numbers."""
    return np.full(n, np.nan)


@dataclass(frozen=True)
class Block:
    """Facts of one service and operator for some units of one level, as arrays of the same length.

    Attributes
    ----------
    units
        Positions in the hierarchy.
    status
        Position in STATUSES.
    unknown_share
        Part of the unit of which nothing is known, 0 to 1: 1 for an unknown unit, 0 for a known one, and
        between them for "any operator" where one operator said nothing and the others cover a part. It is
        measured on the basis that the rule decides by.
    share_area, share_population, share_households
        Covered part on each basis, 0 to 1; NaN where the rule does not tell it.
    best_mbps
        Best rate that the unit can get [Mbps]; NaN where nothing states a rate.
    nearest_m, nearest
        Distance to the nearest plant [m, ellipsoidal], and which it is.
    basis_used
        What the rule measured by: a name for each unit.
    rule, kind
        The rule and the kind of source that decided, a name for each unit.
    declared
        Position in STATUSES of what was declared beside, or -1.
    unknown_area, unknown_population, unknown_households
        The same on each basis; NaN where the rule does not tell it apart from `unknown_share`.
    closed
        Whether the unit cannot be covered any more, whatever its unknown part turns out to be.
    """

    service: str
    operator: str
    units: Ints
    status: Codes
    unknown_share: Floats
    share_area: Floats
    share_population: Floats
    share_households: Floats
    best_mbps: Floats
    nearest_m: Floats
    nearest: Named
    basis_used: npt.NDArray[np.object_]
    rule: npt.NDArray[np.object_]
    kind: npt.NDArray[np.object_]
    declared: Codes
    evidence: Evidence
    unknown_area: Floats = None  # type: ignore[assignment]  # not told: see __post_init__
    unknown_population: Floats = None  # type: ignore[assignment]
    unknown_households: Floats = None  # type: ignore[assignment]
    closed: npt.NDArray[np.bool_] = None  # type: ignore[assignment]  # none closed: see __post_init__

    def __post_init__(self) -> None:
        """Make every unit open to more knowledge where the rule does not say otherwise."""
        if self.closed is None:
            object.__setattr__(self, "closed", np.zeros(len(self.units), bool))
        for basis in ("unknown_area", "unknown_population", "unknown_households"):
            if getattr(self, basis) is None:
                object.__setattr__(self, basis, nans(len(self.units)))

    @property
    def open(self) -> npt.NDArray[np.bool_]:
        """Return which units more knowledge could still make covered."""
        out: npt.NDArray[np.bool_] = (self.status != COVERED) & (self.unknown_share > 0) & ~self.closed
        return out

    def share(self, basis: str) -> Floats:
        """Return the covered share on a basis; for units a covered one counts 1, any other 0."""
        if basis == "units":
            covered: Floats = (self.status == COVERED).astype(float)
            return covered
        return {
            "area": self.share_area,
            "population": self.share_population,
            "households": self.share_households,
        }[basis]

    def parts(self, basis: str) -> tuple[Floats, Floats]:
        """Return the covered and the unknown part of each unit on a basis, 0 to 1, together at most 1.

        Where the rule tells no share on the basis the status speaks for the whole unit: a covered one counts
        whole, an uncovered one not at all, and of any other nothing is known.
        """
        covered = (self.status == COVERED).astype(float)
        if basis == "units":
            return covered, self.open.astype(float)
        share, unknown = self.share(basis), getattr(self, f"unknown_{basis}")
        unstated = np.isnan(share)
        unknown = np.where(np.isnan(unknown), self.unknown_share, unknown)
        unknown = np.where(unstated, (self.status == PARTIAL) | (self.status == UNKNOWN), unknown)
        share = np.where(unstated, covered, share)
        return share, np.minimum(unknown, 1.0 - share)


@dataclass(frozen=True)
class Setting:
    """What a block's names are: the service, the operator, the rule and the kind of its sources."""

    service: str
    operator: str
    rule: str
    kind: str
    basis_used: str = ""


def unknown_block(setting: Setting, units: Ints) -> Block:
    """Return facts that nothing is known of."""
    n = len(units)
    return Block(
        service=setting.service,
        operator=setting.operator,
        units=units,
        status=np.full(n, UNKNOWN, np.int8),
        unknown_share=np.ones(n),
        share_area=nans(n),
        share_population=nans(n),
        share_households=nans(n),
        best_mbps=nans(n),
        nearest_m=nans(n),
        nearest=Named.none(n),
        basis_used=np.full(n, setting.basis_used, object),
        rule=np.full(n, setting.rule, object),
        kind=np.full(n, setting.kind, object),
        declared=np.full(n, NONE, np.int8),
        evidence=Evidence.none(n),
    )


def merged(first: Block, second: Block, rows: Ints) -> Block:
    """Return `first` with the facts of `rows` taken from `second` (which holds just these)."""
    if not len(rows):
        return first
    changed: dict[str, Any] = {}
    for name in Block.__dataclass_fields__:
        value = getattr(first, name)
        if isinstance(value, np.ndarray) and name != "units":
            value = value.copy()
            value[rows] = getattr(second, name)
            changed[name] = value
    pick = np.arange(len(first.units))
    pick[rows] = len(first.units) + np.arange(len(rows))
    both = Evidence.stacked([first.evidence, second.evidence])
    nearest = Named.stacked([first.nearest, second.nearest]).take(pick)
    return replace(first, **changed, nearest=nearest, evidence=both.take(pick))


def graded(share: Floats, *, covered: float, partial: float) -> Codes:
    """Return the status of a share: covered from `covered` on, partial above `partial`, unknown where NaN."""
    status = np.where(share >= covered, COVERED, np.where(share > partial, PARTIAL, UNCOVERED))
    return np.where(np.isnan(share), UNKNOWN, status).astype(np.int8)


def facts_table(blocks: Sequence[Block], unit_ids: npt.NDArray[np.object_]) -> pa.Table:
    """Return the facts as an Arrow table, by service, level order of units, and operator."""
    import pyarrow as pa

    nothing = unknown_block(Setting("", "", "", ""), np.empty(0, np.intp))  # the columns, without any service
    table = pa.concat_tables([_block_table(block) for block in blocks or [nothing]]).unify_dictionaries()
    at = table["unit_id"].combine_chunks()
    return table.set_column(0, "unit_id", pa.DictionaryArray.from_arrays(at, pa.array(unit_ids, pa.string())))


def _block_table(block: Block) -> pa.Table:
    """Return a block's columns; units are positions still, which all blocks share."""
    import pyarrow as pa

    n = len(block.units)
    names = pa.array([s.value for s in STATUSES])
    evidence = pa.DictionaryArray.from_arrays(
        pa.array(block.evidence.index, pa.int32()), pa.array(block.evidence.ids, pa.string())
    )
    columns = {
        "unit_id": pa.array(block.units, pa.int32()),
        "service": _same(block.service, n),
        "operator": _same(block.operator, n),
        "status": pa.DictionaryArray.from_arrays(pa.array(block.status.astype(np.int32)), names),
        "unknown_share": pa.array(block.unknown_share),
        "basis_used": _words(block.basis_used),
        "share_area": _floats(block.share_area),
        "share_population": _floats(block.share_population),
        "share_households": _floats(block.share_households),
        "best_mbps": _floats(block.best_mbps),
        "nearest_m": _floats(block.nearest_m),
        "nearest_id": _ids(block.nearest),
        "rule": _words(block.rule),
        "kind": _words(block.kind),
        "declared_status": pa.DictionaryArray.from_arrays(
            pa.array(block.declared.astype(np.int32), mask=block.declared < 0), names
        ),
        "evidence": pa.ListArray.from_arrays(
            pa.array(block.evidence.offsets, pa.int32()), evidence.cast(pa.string())
        ),
    }
    return pa.table(columns)


def _same(word: str, n: int) -> pa.DictionaryArray:
    import pyarrow as pa

    return pa.DictionaryArray.from_arrays(pa.array(np.zeros(n, np.int32)), pa.array([word]))


def _words(words: npt.NDArray[np.object_]) -> pa.DictionaryArray:
    """Return words as codes in the order met: they are few, so that one comparison a word finds them all."""
    import pyarrow as pa

    codes, met = np.full(len(words), NONE, np.int32), list[str]()
    while (codes == NONE).any():
        met.append(words[np.argmin(codes)])
        codes[words == met[-1]] = len(met) - 1
    return pa.DictionaryArray.from_arrays(pa.array(codes), pa.array(met, pa.string()))


def _ids(named: Named) -> pa.DictionaryArray:
    import pyarrow as pa

    index = pa.array(named.index.astype(np.int32), mask=named.index < 0)
    return pa.DictionaryArray.from_arrays(index, pa.array(named.ids, pa.string()))


def _floats(values: Floats) -> pa.Array:
    import pyarrow as pa

    return pa.array(values, from_pandas=True)
