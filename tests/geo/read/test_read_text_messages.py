"""Every text of the readers of text formats: in both languages, fired by a broken file, with a remedy."""

from __future__ import annotations

import re
import tomllib
from importlib.resources import files

import pytest

from tests.geo.read import test_delimited, test_geojson, test_wellknown, test_workbook

#: Fired in tests of their own, for they need a limit or a declaration.
ELSEWHERE = {
    "encoding.declared_wrong",
    "encoding.declared_unknown",
    "encoding.declared_utf8",
    "delimited.file_limit",
    "delimited.row_limit",
    "geojson.file_limit",
    "geojson.row_limit",
    "geojson.vertex_limit",
    "wellknown.unclosed_ring",
    "wellknown.srid",
    "workbook.limit",
    "workbook.no_sheet",
}


def texts(language: str) -> dict[str, dict[str, str]]:
    tree = tomllib.loads(files("geo").joinpath("messages", f"read_text.{language}.toml").read_text("utf-8"))
    return {f"{family}.{rule}": text for family, rules in tree.items() for rule, text in rules.items()}


def test_each_rule_is_fired_by_a_broken_file() -> None:
    fired = {
        *test_delimited.BROKEN,
        *test_geojson.BROKEN,
        *test_wellknown.BROKEN,
        *test_workbook.BROKEN,
        *ELSEWHERE,
    }
    assert fired == set(texts("en"))


@pytest.mark.parametrize("rule", sorted(texts("en")))
def test_each_rule_has_the_same_values_in_both_languages(rule: str) -> None:
    english, chinese = texts("en")[rule], texts("zh")[rule]
    for part in ("message", "remedy"):
        names = [sorted(re.findall(r"{(\w+)}", text[part])) for text in (english, chinese)]
        assert names[0] == names[1]
        assert english[part].strip().endswith((".", "?"))
        assert re.search("[\u4e00-\u9fff]", chinese[part])


def test_no_rule_lacks_its_chinese() -> None:
    assert set(texts("en")) == set(texts("zh"))
