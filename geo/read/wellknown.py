"""Geometry columns of tables: well-known text (WKT) and well-known binary in hexadecimal (WKB).

Each row is parsed by itself: a fault sets that row aside and names the place at which parsing stopped, in
characters for WKT and bytes for WKB. Counts that a WKB claims are compared with the bytes there are before
anything is allocated; nesting is bounded before the parser, which recurses, sees the text.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Any, Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.findings import Finding, Value, visible
from geo.read.encoding import decode
from geo.read.limits import NESTING
from geo.read.rows import row_label
from geo.read.table import SourceTable, refuse
from geo.terms import Action

_CURVES = re.compile(
    r"\b(CIRCULARSTRING|COMPOUNDCURVE|CURVEPOLYGON|MULTICURVE|MULTISURFACE|POLYHEDRALSURFACE|TIN|TRIANGLE)",
    re.I,
)
_TYPES = r"POINT|LINESTRING|LINEARRING|POLYGON|MULTIPOINT|MULTILINESTRING|MULTIPOLYGON|GEOMETRYCOLLECTION"
_WORD = re.compile(rf"(?:(?:{_TYPES})(?:ZM|Z|M)?|EMPTY|ZM|Z|M)(?![A-Z0-9_])", re.I)
_TYPE = re.compile(rf"\s*(?:SRID=\d+;)?\s*(?:{_TYPES})(?:ZM|Z|M)?\b", re.I)
_SRID = re.compile(r"\s*SRID=(\d+);", re.I)
_NUMBER = re.compile(
    r"(?:[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?|nan|[-+]?inf(?:inity)?)(?![\w.])", re.I | re.A
)
_BRACKETS = {"(": 1, ")": -1}
_HEX = re.compile(r"0[01](?:[0-9A-Fa-f]{2}){4,}")
#: OGC 06-103r4, table 7: type codes that have counts of vertices, rings or parts; and those of curves.
_WKB_NAMES = {
    8: "CIRCULARSTRING",
    9: "COMPOUNDCURVE",
    10: "CURVEPOLYGON",
    11: "MULTICURVE",
    12: "MULTISURFACE",
}
_WKB_NAMES |= {13: "CURVE", 14: "SURFACE", 15: "POLYHEDRALSURFACE", 16: "TIN", 17: "TRIANGLE"}
#: Flags of PostGIS's extended WKB.
_EWKB_Z, _EWKB_M, _EWKB_SRID = 0x80000000, 0x40000000, 0x20000000

#: A row's fault: rule and what was seen.
Fault = tuple[str, dict[str, Value]]


def wellknown_kind(values: pd.Series) -> str | None:
    """Return "wkt" or "wkb" where most filled values of a text column begin as that, else None."""
    texts = values.dropna().astype(str).head(1_000)
    if texts.empty:
        return None
    wkt = texts.map(lambda t: bool(_TYPE.match(t) or _CURVES.match(t.lstrip()))).mean()
    wkb = texts.map(lambda t: _HEX.match(t[:64]) is not None).mean()
    return "wkt" if wkt > 0.5 else "wkb" if wkb > 0.5 else None


def parse_wkt_column(values: pd.Series, source: str) -> tuple[np.ndarray, list[Finding]]:
    """Return a geometry for each text of a WKT column, and the findings.

    Parameters
    ----------
    values
        Texts, indexed by row; missing ones give no geometry and no finding.
    source
        Name for the findings.

    Returns
    -------
    tuple
        Geometries, shape (n,), flat, None where missing or set aside; and findings: "quarantine" for each
        row that cannot be read, "repair" for each whose rings were closed.
    """
    return _parse(values, source, Form(_wkt_bounds, _wkt_fault, lambda t: _SRID.sub("", t), shapely.from_wkt))


def parse_wkb_column(values: pd.Series, source: str) -> tuple[np.ndarray, list[Finding]]:
    """Return a geometry for each text of a column of hexadecimal WKB or EWKB, and the findings.

    As `parse_wkt_column`; a row's claimed counts must fit its bytes.
    """
    return _parse(values, source, Form(_wkb_fault, _no_fault, str.strip, shapely.from_wkb))


def read_wkt(path: Path) -> SourceTable:
    """Return a text file of WKT, one geometry after the other, each beginning on a line of its own.

    Raises
    ------
    Refused
        Where the file is no text or holds no geometry.
    """
    text, findings = decode(path.read_bytes(), path.name)
    starts: list[tuple[int, list[str]]] = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        if starts and not (_TYPE.match(line) or _CURVES.match(line.lstrip())):
            starts[-1][1].append(line)
        else:
            starts.append((number, [line]))
    if not starts:
        raise refuse(path.name, "delimited.empty")
    values = pd.Series(
        [" ".join(lines) for _, lines in starts], index=pd.RangeIndex(1, len(starts) + 1, name="row")
    )
    geometries, found = parse_wkt_column(values, path.name)
    bad = {f.row for f in found if f.action is Action.QUARANTINE}
    keep = np.array([row_label(row) not in bad for row in values.index])
    frame = gpd.GeoDataFrame(geometry=gpd.GeoSeries(geometries[keep], index=values.index[keep]))
    lines = {row: number for row, (number, _) in enumerate(starts, 1)}
    return SourceTable(frame, "WKT", findings=[*findings, *found], lines=lines)


@dataclass(frozen=True)
class Form:
    """How a form is read: its faults before, its faults where reading fails, cleaning, reader."""

    before: Callable[[str], Fault | None]
    after: Callable[[str], Fault | None]
    clean: Callable[[str], str]
    read: Callable[..., Any]


def _parse(values: pd.Series, source: str, form: Form) -> tuple[np.ndarray, list[Finding]]:
    """Parse all values at once, then each that failed by itself."""
    geometries = np.full(len(values), None, dtype=object)
    filled = [i for i, v in enumerate(values) if isinstance(v, str) and v.strip()]
    texts = {i: form.clean(values.iloc[i]) for i in filled}
    faults = {i: fault for i, text in texts.items() if (fault := form.before(text)) is not None}
    sound = [i for i in filled if i not in faults]
    closed: list[int] = []
    if sound:
        geometries[sound] = _read(form, [texts[i] for i in sound], "ignore")
    for i in sound:
        if geometries[i] is None:
            geometries[i] = _closed(form, texts[i])
            faults |= {i: _why(form, texts[i])} if geometries[i] is None else {}
            closed += [i] if geometries[i] is not None else []
    for i in _not_finite(geometries):
        faults[i] = ("wellknown.not_finite", {"seen": visible(texts[i], 40)})
    for i in faults:
        geometries[i] = None
    return shapely.force_2d(geometries), _findings(
        values, source, faults, [i for i in closed if i not in faults]
    )


def _read(form: Form, texts: list[str], on_invalid: str) -> np.ndarray:
    """Read texts; numbers beyond a double become infinite, which is found afterwards."""
    with np.errstate(all="ignore"):
        return np.asarray(form.read(np.array(texts, dtype=object), on_invalid=on_invalid), dtype=object)


def _closed(form: Form, text: str) -> shapely.Geometry | None:
    """Return a geometry whose only fault is that rings are open, closed; else None."""
    try:
        _read(form, [text], "raise")
    except (shapely.errors.GEOSException, ValueError, TypeError) as error:
        if "closed linestring" not in str(error):
            return None
    fixed = _read(form, [text], "fix")[0]
    rings = shapely.get_rings(fixed) if fixed is not None else []
    return fixed if len(rings) and (shapely.get_num_coordinates(rings) > 3).all() else None


def _why(form: Form, text: str) -> Fault:
    """Return why a text cannot be read: the place where our own scan stops, else the library's reason."""
    fault = form.after(text)
    if fault is not None:
        return fault
    try:
        _read(form, [text], "raise")
        reason = "?"
    except (shapely.errors.GEOSException, ValueError, TypeError) as error:
        reason = re.sub(r"^\w+Exception:\s*", "", str(error)).strip()
    return "wellknown.not_read", {"reason": visible(reason), "seen": visible(text, 40)}


def _not_finite(geometries: np.ndarray) -> list[int]:
    """Return the places of geometries with a coordinate that is NaN or infinite."""
    points, places = shapely.get_coordinates(geometries, return_index=True)
    return [int(i) for i in np.unique(places[~np.isfinite(points).all(axis=1)])]


def _findings(values: pd.Series, source: str, faults: dict[int, Fault], closed: list[int]) -> list[Finding]:
    """Return a finding for each fault and closed geometry in row order, and one on spatial references."""
    found = []
    for i in sorted([*faults, *closed]):
        row = row_label(int(str(values.index[i])))
        if i in faults:
            found.append(Finding(source, row, faults[i][0], Action.QUARANTINE, faults[i][1]))
        else:
            found.append(Finding(source, row, "wellknown.unclosed_ring", Action.REPAIR, {}))
    srids = sorted({s for v in values if isinstance(v, str) for s in _srid(v)})
    if srids:
        seen = {"srid": ", ".join(map(str, srids[:5]))}
        found.append(Finding(source, "", "wellknown.srid", Action.NOTICE, seen))
    return found


def _no_fault(_: str) -> None:
    """Return None: a WKB has been walked through before it is read."""


def _wkt_bounds(text: str) -> Fault | None:
    """Return what must be found before the parser sees a WKT: curves, and nesting (it recurses)."""
    curve = _CURVES.search(text)
    if curve:
        return "wellknown.curve", {"seen": curve.group(1).upper()}
    if (
        text.count("(") > NESTING
        and max(accumulate(_BRACKETS[b] for b in re.findall("[()]", text))) > NESTING
    ):
        return "wellknown.nesting", {"limit": NESTING}
    return None


def _srid(text: str) -> list[int]:
    """Return the SRID that EWKT or EWKB states, as a list of none or one."""
    stated = _SRID.match(text)
    if stated:
        return [int(stated.group(1)[:9])]
    hexadecimal = re.match(r"\s*(0[01][0-9A-Fa-f]{16})", text)
    if hexadecimal is None:
        return []
    head = bytes.fromhex(hexadecimal.group(1))
    order: Literal["little", "big"] = "little" if head[:1] == b"\x01" else "big"
    if not int.from_bytes(head[1:5], order) & _EWKB_SRID:
        return []
    return [int.from_bytes(head[5:9], order)]


def _wkt_fault(text: str) -> Fault | None:
    """Return the character at which a WKT can be read no further, or None where the scan finds none."""
    depth, before, at = 0, "", 0
    while at < len(text):
        if text[at] in " \t\r\n":
            at += 1
            continue
        found, token = _token(text, at)
        if not _follows(before, token, depth):
            return "wellknown.wkt", {"position": at + 1, "seen": visible(text[at : at + 20], 20)}
        depth += _BRACKETS.get(token, 0)
        at, before = found, token
    if depth or before not in (")", "word"):
        return "wellknown.wkt_open", {"position": len(text) + 1, "count": depth}
    return None


def _token(text: str, at: int) -> tuple[int, str]:
    """Return where the token at `at` ends and what it is: "word", "number" or the mark itself."""
    for pattern, kind in ((_WORD, "word"), (_NUMBER, "number")):
        found = pattern.match(text, at)
        if found:
            return found.end(), kind
    return at + 1, text[at]


def _follows(before: str, kind: str, depth: int) -> bool:
    """Tell whether a token may follow another in WKT; the library judges the rest."""
    if kind == "word":
        return before in ("", "word") or (depth > 0 and before in ("(", ","))
    if kind == "(":
        return before in ("word", "(", ",") and (depth > 0 or before == "word")
    if kind == ")":
        return depth > 0 and before in ("number", ")", "word")
    if kind == ",":
        return depth > 0 and before in ("number", ")", "word")
    return kind == "number" and depth > 0 and before in ("(", ",", "number")


def _wkb_fault(text: str) -> Fault | None:
    """Return what is wrong with a hexadecimal WKB and the byte at which it can be read no further."""
    text = text.strip()
    odd = re.search(r"[^0-9A-Fa-f]", text)
    if odd or len(text) % 2:
        return "wellknown.hex", {"position": odd.start() + 1 if odd else len(text), "seen": visible(text, 24)}
    data = bytes.fromhex(text)
    end = _wkb_end(data, 0, 0)
    if isinstance(end, tuple):
        return end
    if end < len(data):
        return "wellknown.wkb_trailing", {"position": end + 1, "count": len(data) - end}
    return None


def _wkb_end(data: bytes, at: int, depth: int) -> int | Fault:
    """Return the byte after the geometry at `at`, or its fault; claimed counts allocate nothing."""
    if depth > NESTING:
        return "wellknown.nesting", {"limit": NESTING}
    if len(data) < at + 5:
        return _cut_short(data, at, 5)
    order: Literal["little", "big"] = "little" if data[at] == 1 else "big"
    code = int.from_bytes(data[at + 1 : at + 5], order)
    kind, size = _kind_and_size(code)
    if data[at] > 1 or not 1 <= kind <= 17:
        return "wellknown.wkb", {"position": at + 1, "seen": data[at : at + 5].hex()}
    if kind in _WKB_NAMES:
        return "wellknown.curve", {"seen": _WKB_NAMES[kind]}
    at += 9 if code & _EWKB_SRID else 5
    if kind == 1:
        return _after(data, at, size)
    return _counted_end(data, at, (kind, size, order), depth)


def _counted_end(
    data: bytes, at: int, form: tuple[int, int, Literal["little", "big"]], depth: int
) -> int | Fault:
    """Return the byte after the vertices, rings or parts whose count stands at `at`, or the fault."""
    kind, size, order = form
    start = _after(data, at, 4)
    if isinstance(start, tuple):
        return start
    count = int.from_bytes(data[at:start], order)
    if kind == 2:
        return _after(data, start, count * size)
    # the least bytes that a ring (its count) and a part (its head and a count) take
    enough = _after(data, start, count * (4 if kind == 3 else 9))
    if isinstance(enough, tuple):
        return enough
    at = start
    for _ in range(count):
        end = _counted_end(data, at, (2, size, order), depth) if kind == 3 else _wkb_end(data, at, depth + 1)
        if isinstance(end, tuple):
            return end
        at = end
    return at


def _kind_and_size(code: int) -> tuple[int, int]:
    """Return the plain type code and the bytes of one vertex, of ISO (1001, 2001, 3001) or EWKB codes."""
    iso = code & 0x0FFFFFFF
    has_z = bool(code & _EWKB_Z) or iso // 1000 in (1, 3)
    has_m = bool(code & _EWKB_M) or iso // 1000 in (2, 3)
    return iso % 1000 if iso < 4000 else -1, 8 * (2 + has_z + has_m)


def _after(data: bytes, at: int, needed: int) -> int | Fault:
    """Return the byte after `needed` more bytes, or the fault that there are not so many."""
    return at + needed if len(data) - at >= needed else _cut_short(data, at, needed)


def _cut_short(data: bytes, at: int, needed: int) -> Fault:
    """Return the fault of a WKB that claims more bytes than there are."""
    return "wellknown.wkb_truncated", {"position": at + 1, "needed": needed, "left": max(len(data) - at, 0)}
