"""Findings speak both languages: every rule that code names has its texts, with the same values in them."""

from __future__ import annotations

import ast
import re
from string import Formatter

import pytest

from geo.findings import messages
from tests.house.sources import modules, parsed

RULE = re.compile(r"[a-z]+(_[a-z]+)*\.[a-z0-9]+(_[a-z0-9]+)*")
EN, ZH = messages("en"), messages("zh")
#: Sentences of `cuntong why`: texts in both languages too, but no findings.
SENTENCES = {rule for rule in EN if rule.startswith("why.")}
FAMILIES = {rule.split(".")[0] for rule in EN}


def strings() -> set[str]:
    """All strings of the code, and the parts of those that are put together."""
    return {
        node.value
        for path in modules()
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


def named_in_code() -> set[str]:
    """The strings of the code that look like a rule of a family that has texts."""
    return {w for w in strings() if RULE.fullmatch(w) and w.split(".")[0] in FAMILIES}


def put_together(rule: str, words: set[str]) -> bool:
    """Whether a rule is made of a beginning and an end that stand in the code."""
    beginnings = [w for w in words if len(w) > 5 and (rule.startswith(w) or rule.split(".")[1].startswith(w))]
    return any(w.endswith("_") or rule.removeprefix(w) in words for w in beginnings)


def values_of(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def test_every_rule_has_its_texts_in_both_languages() -> None:
    assert set(EN) == set(ZH)
    assert len(EN) > 50


def test_every_rule_that_the_code_names_has_a_text() -> None:
    """A name with texts behind it that begin with it is the beginning of several rules."""
    assert [w for w in sorted(named_in_code() - set(EN)) if not any(r.startswith(f"{w}_") for r in EN)] == []


def test_every_text_belongs_to_a_rule_that_the_code_names() -> None:
    words = strings()
    stray = [r for r in EN if r not in words and r.split(".")[1] not in words and not put_together(r, words)]
    assert stray == []


@pytest.mark.parametrize("rule", sorted(EN))
def test_a_rule_says_what_and_what_to_do_with_the_same_values_in_both_languages(rule: str) -> None:
    assert set(EN[rule]) == set(ZH[rule])
    assert {"message"} <= set(EN[rule]) if rule in SENTENCES else {"message", "remedy"} <= set(EN[rule])
    for part in EN[rule]:
        assert values_of(EN[rule][part]) == values_of(ZH[rule][part]), part
        assert EN[rule][part].strip() != ""
        assert ZH[rule][part].strip() != ""
    if rule not in SENTENCES:
        assert re.search(r"[\u4e00-\u9fff]", ZH[rule]["message"])
        assert EN[rule]["message"].endswith((".", "?", "}"))
