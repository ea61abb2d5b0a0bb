"""The closed sets of the field: each value with its English and Chinese word.

Services, operators and levels are configuration (the region file), never code.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Self


class Term(StrEnum):
    """A value that is stored as its lower-case English id and shown in two languages."""

    en: str
    zh: str

    def __new__(cls, value: str, en: str, zh: str) -> Term:
        """Make a member of `value` with its words in English and Chinese."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.en, member.zh = en, zh
        return member

    @classmethod
    def of(cls, value: str) -> Self:
        """Return the member that is stored as `value`.

        Raises
        ------
        ValueError
            There is none.
        """
        return cls(value)  # type: ignore[call-arg]  # mypy takes the look-up for a call of __new__

    def word(self, language: str) -> str:
        """Return the word for `language` ("zh" or anything else for English)."""
        return self.zh if language == "zh" else self.en


class Status(Term):
    """Whether a service reaches a unit (design: coverage 覆盖)."""

    COVERED = "covered", "covered", "已覆盖"
    PARTIAL = "partial", "partly covered", "部分覆盖"
    UNCOVERED = "uncovered", "not covered", "未覆盖"
    UNKNOWN = "unknown", "unknown", "未知"


class Basis(Term):
    """What a share counts (design: basis 口径)."""

    UNITS = "units", "units", "单元数"
    HOUSEHOLDS = "households", "households", "户数"
    POPULATION = "population", "people", "人口"
    AREA = "area", "area", "面积"


class SettlementClass(Term):
    """Settlement class; ALL is every unit whatever its class, UNKNOWN one that nobody stated."""

    URBAN = "urban", "urban", "城区"
    TOWN = "town", "town", "镇区"
    RURAL = "rural", "rural", "乡村"
    UNKNOWN = "unknown", "class unknown", "类别未知"
    ALL = "all", "all", "全部"


#: Statistical class codes of the National Bureau of Statistics of China
#: (统计用城乡划分代码): 11x urban, 12x town, 2xx rural.
CLASS_CODES: dict[str, SettlementClass] = {
    "111": SettlementClass.URBAN,
    "112": SettlementClass.URBAN,
    "121": SettlementClass.TOWN,
    "122": SettlementClass.TOWN,
    "123": SettlementClass.TOWN,
    "210": SettlementClass.RURAL,
    "220": SettlementClass.RURAL,
}


class Verdict(Term):
    """Whether a target is reached; OPEN cannot be told from what is known."""

    MET = "met", "met", "达标"
    MISSED = "missed", "missed", "未达标"
    OPEN = "open", "cannot be told", "无法判定"


class Kind(Term):
    """Where a source's figures come from."""

    OFFICIAL = "official", "official", "官方"
    MEASURED = "measured", "measured", "实测"
    DECLARED = "declared", "declared", "申报"
    SIMULATED = "simulated", "simulated", "模拟"
    REPORTED = "reported", "reported", "上报"


class Action(Term):
    """What is done about a finding, gravest first."""

    REJECT = "reject", "source refused", "整个来源拒收"
    QUARANTINE = "quarantine", "row set aside", "该行隔离"
    REPAIR = "repair", "repaired", "已修复"
    NOTICE = "notice", "notice", "提示"


class Role(Term):
    """What a single data file is told to be when it is checked alone."""

    UNITS = "units", "units (areas)", "单元（面）"
    POINTS = "points", "places or plant (points)", "点"
    TABLE = "table", "a table without geometry", "表"
    DUCT = "duct", "duct sections", "管道"
    FIBRE = "fibre", "fibre routes and nodes", "光缆"
    TOWER = "tower", "radio sites", "基站"
    POPULATION = "population", "a population raster", "人口栅格"
    WKT = "wkt", "well-known text", "WKT 文本"
