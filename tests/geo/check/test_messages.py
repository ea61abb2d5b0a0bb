"""Every rule of the checks has its text in both languages, with the same blanks, and no text lacks a rule."""

import re
import tomllib
from pathlib import Path

import pytest

import geo

PACKAGE = Path(geo.__file__).parent
PARTS = ("check", "network")


def texts(language: str) -> dict[str, dict[str, str]]:
    found = {}
    for part in PARTS:
        tree = tomllib.loads((PACKAGE / "messages" / f"{part}.{language}.toml").read_text(encoding="utf-8"))
        found |= {f"{family}.{rule}": text for family, rules in tree.items() for rule, text in rules.items()}
    return found


def used() -> set[str]:
    files = [*sorted((PACKAGE / "check").glob("*.py")), PACKAGE / "checkfile.py"]
    code = "\n".join(p.read_text(encoding="utf-8") for p in files)
    families = {rule.partition(".")[0] for rule in texts("en")}
    rules = {r for r in re.findall(r'"([a-z]+\.[a-z0-9_]+)"', code) if r.partition(".")[0] in families}
    return rules | {f"datum.reaches_nothing_{guess}" for guess in ("axes", "metres", "datum")}


def blanks(text: dict[str, str]) -> set[str]:
    return set(re.findall(r"{(\w+)", text["message"] + text["remedy"]))


def test_every_rule_in_the_code_has_a_text_and_every_text_a_rule() -> None:
    assert used() == set(texts("en")) == set(texts("zh"))


@pytest.mark.parametrize("rule", sorted(texts("en")))
def test_a_rules_texts_are_whole_in_both_languages(rule: str) -> None:
    en, zh = texts("en")[rule], texts("zh")[rule]
    assert set(en) == set(zh) == {"message", "remedy"}
    assert blanks(zh) <= blanks(en)
    assert en["message"].endswith(".") or en["message"].endswith("?")
    assert zh["message"].endswith("。")
    assert re.search(r"[\u4e00-\u9fff]", zh["message"] + zh["remedy"])
    assert not re.search(r"[\u4e00-\u9fff]", re.sub("万|千|代码|是|否", "", en["message"] + en["remedy"]))
