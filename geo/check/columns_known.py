"""Which column holds what, by the names that columns usually have: for a file that is checked alone.

A region file names its columns; nothing here is used then.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")


@dataclass(frozen=True)
class Columns:
    """The columns of a table by what they hold; None or empty where there is none."""

    code: str | None = None
    name: str | None = None
    parent: str | None = None
    level: str | None = None
    edition: str | None = None
    x: str | None = None
    y: str | None = None
    households: str | None = None
    population: str | None = None
    operator: str | None = None
    technology: str | None = None
    holes: str | None = None
    used: str | None = None
    reserved: str | None = None
    length: str | None = None
    radius: str | None = None
    frequency: str | None = None
    height: str | None = None
    start: str | None = None
    end: str | None = None
    node: str | None = None
    from_xy: tuple[str, str] | None = None
    to_xy: tuple[str, str] | None = None
    amounts: tuple[str, ...] = ()
    shares: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    dates: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()


#: Field of `Columns` -> names, the likeliest first; compared folded, without digits or a datum at the end.
NAMES: dict[str, tuple[str, ...]] = {
    "code": (
        "code",
        "代码",
        "编码",
        "统计用区划代码",
        "区划代码",
        "行政区划代码",
        "行政代码",
        "村代码",
        "unitcode",
        "villagecode",
        "spanid",
        "siteid",
        "ductid",
        "stationid",
        "featureid",
        "基站编号",
        "编号",
        "id",
    ),
    "name": ("name", "名称", "村名", "单位名称", "行政村", "villagename", "label", "社区名称"),
    "parent": ("parent", "parentcode", "parentid", "上级", "上级代码", "父级", "所属代码", "上级区划代码"),
    "level": ("level", "级别", "层级", "行政级别"),
    "edition": ("edition", "版本", "年份", "版次"),
    "x": ("lon", "longitude", "lng", "经度", "x", "xcoord", "东坐标", "easting", "横坐标"),
    "y": ("lat", "latitude", "纬度", "y", "ycoord", "北坐标", "northing", "纵坐标"),
    "households": ("households", "household", "户数", "总户数", "家庭户数", "hh"),
    "population": ("population", "人口", "人口数", "总人口", "people", "人数", "pop"),
    "operator": ("operator", "carrier", "运营商", "运营企业", "企业", "权属单位", "权属"),
    "technology": ("technology", "tech", "技术", "制式", "接入方式", "接入技术"),
    "holes": ("holes", "holestotal", "totalholes", "孔数", "总孔数", "管孔数"),
    "used": ("holesused", "usedholes", "占用孔数", "已用孔数", "已占用", "已用"),
    "reserved": ("holesreserved", "reservedholes", "reserve", "预留孔数", "储备孔数", "政府储备"),
    "length": ("length", "lengthm", "长度", "管道长度", "长度m", "长度米"),
    "radius": ("radius", "radiusm", "半径", "覆盖半径"),
    "frequency": ("frequency", "frequencymhz", "频率", "频段"),
    "height": ("height", "heightm", "天线高度", "挂高", "heightaglm"),
    "start": ("fromnode", "from", "startnode", "起点", "a端", "anode", "start"),
    "end": ("tonode", "to", "endnode", "终点", "z端", "bnode", "end"),
    "node": ("nodeid", "节点编号", "node"),
}
_AMOUNT = re.compile(
    r"(?i).*(?:household|population|people|subscriber|people|count|_km|_m|hole|户数|人口|人数|里程|孔数|用户数).*"
)
_SHARE = re.compile(r"(?i).*(?:pct|percent|(?:^|_)share|(?:^|_)rate|比例|占比|百分比|[^频速]率|%).*")
_FLAG = re.compile(r"(?i)(?:covered|served|connected|is_.*|has_.*|是否.*|.*_flag)")
_DATE = re.compile(
    r"(?i)(?:.*_)?(?:date|opened|since|built|until|start_date|end_date)|.*(?:日期|时间|开通日|建成日)"
)
_ID = re.compile(r"(?i)(?:.*[_ ])?ids?|.*[a-z]ID|.*编号")
_NOT_AMOUNT = re.compile(r"(?i).*(?:_mhz|_node|name|code|date|代码|名称|_id)$")


def fold(name: str) -> str:
    """Return a column's name as it is compared: narrow, visible, without blanks, marks and case."""
    plain = _INVISIBLE.sub("", unicodedata.normalize("NFKC", str(name)))
    return re.sub(r"[\s_\-.()（）]+", "", plain).casefold()


def _tail(folded: str) -> str:
    """Return a folded name without a datum or digits at its end (lonwgs84, code12)."""
    cut = re.sub(r"(?:wgs84|gcj02|bd09|cgcs2000|84)?\d*$", "", folded)
    return cut if len(cut) > 1 else folded  # x1 is no x


def guess_columns(names: Iterable[object]) -> Columns:
    """Return which columns hold what, by their names; each column serves once.

    Examples
    --------
    >>> guess_columns(["代 码", "名称", "lon_wgs84", "lat_wgs84", "fttb_pct"]).shares
    ('fttb_pct',)

    """
    there = [str(n) for n in names if str(n) != "geometry"]
    found: dict[str, Any] = {}
    free = dict.fromkeys(there)
    for field, words in NAMES.items():
        column = _first(list(free), words)
        if column is not None:
            found[field] = column
            free.pop(column)
    left = list(free)
    columns = Columns(**found)
    shares = tuple(c for c in left if _SHARE.fullmatch(c))
    dates = tuple(c for c in left if _DATE.fullmatch(c) and c not in shares)
    amounts = tuple(
        c for c in left if _AMOUNT.fullmatch(c) and not _NOT_AMOUNT.fullmatch(c) and c not in shares + dates
    )
    flags = tuple(c for c in left if _FLAG.fullmatch(c) and c not in amounts + shares + dates)
    ids = tuple(c for c in left if _ID.fullmatch(c) and c not in amounts + shares + dates + flags)
    ends = {
        key: (f"x{n}", f"y{n}")
        for key, n in (("from_xy", 1), ("to_xy", 2))
        if {f"x{n}", f"y{n}"} <= set(there)
    }
    ends_named = replace(columns, from_xy=ends.get("from_xy"), to_xy=ends.get("to_xy"))
    return replace(ends_named, shares=shares, dates=dates, amounts=amounts, flags=flags, ids=ids)


def _first(columns: Sequence[str], words: Sequence[str]) -> str | None:
    """Return the column of the likeliest name: a whole match before one without its tail."""
    for shape in (fold, lambda c: _tail(fold(c))):
        shapes: dict[str, str] = {}
        for c in columns:
            shapes.setdefault(shape(c), c)
        for word in words:
            if fold(word) in shapes:
                return shapes[fold(word)]
    return None


def renamed(columns: Columns) -> list[tuple[str, str]]:
    """Return (as delivered, as read) of the columns whose name holds blanks or invisible characters."""
    out = []
    for f in fields(columns):
        value = getattr(columns, f.name)
        if isinstance(value, str) and (
            _INVISIBLE.search(value) or value != value.strip() or re.search(r"[^\x00-\x7f]\s", value)
        ):
            out.append((value, " ".join(_INVISIBLE.sub("", value).split())))
    return out
