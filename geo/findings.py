"""Findings: what is wrong with the data, as rows that go into the report and the quarantine.

A finding names the source, the row, the rule and the values seen; its text stands by rule id in
`geo/messages/*.en.toml` and `*.zh.toml`, so that every finding reads in both languages.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files

from geo.errors import CuntongError
from geo.terms import Action

#: At most this many rows are named in one printed line; the full list goes to the file.
EXAMPLES = 5

Value = str | int | float


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong (or was repaired) in one row of one source.

    Attributes
    ----------
    source
        Id of the source, or the file's name when a file is checked alone.
    row
        Where: "line 14", "row 3", a unit's code, or "" for the source as a whole.
    rule
        Id of the rule, a key of `messages/*.toml` such as "geometry.self_intersection".
    action
        What was done about it.
    values
        What was seen, by the names that the message uses.
    """

    source: str
    row: str
    rule: str
    action: Action
    values: Mapping[str, Value] = field(default_factory=dict)

    def message(self, language: str = "en") -> str:
        """Return what is wrong, in one sentence."""
        return _fill(self.rule, "message", language, self.values)

    def remedy(self, language: str = "en") -> str:
        """Return what the owner of the data can do about it."""
        return _fill(self.rule, "remedy", language, self.values)


@cache
def messages(language: str) -> dict[str, dict[str, str]]:
    """Return every rule's texts in one language: rule id -> {"message", "remedy"}.

    Each file `messages/<part>.<language>.toml` holds tables [family.rule] with the keys `message` and
    `remedy`.

    Raises
    ------
    CuntongError
        Two files hold texts of one rule: a fault of the program.
    """
    suffix = ".zh.toml" if language == "zh" else ".en.toml"
    texts: dict[str, dict[str, str]] = {}
    for file in sorted(files("geo").joinpath("messages").iterdir(), key=lambda f: f.name):
        if file.name.endswith(suffix):
            tree = tomllib.loads(file.read_text(encoding="utf-8"))
            for family, rules in tree.items():
                for rule, text in rules.items():
                    key = f"{family}.{rule}"
                    if key in texts:
                        raise CuntongError(f"messages/{file.name}: the rule {key} stands in another file too")
                    texts[key] = text
    return texts


def _fill(rule: str, part: str, language: str, values: Mapping[str, Value]) -> str:
    """Fill the values into a rule's text; text from data is cleaned of control characters."""
    text = messages(language)[rule][part]
    return text.format_map({k: visible(v) if isinstance(v, str) else v for k, v in values.items()})


def visible(text: str, limit: int = 80) -> str:
    r"""Return text from data as it may be printed: controls and bidi marks as \\uXXXX, cut at `limit`."""
    if len(text) <= limit and text.isprintable():
        return text
    shown = "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in text[: limit + 1])
    return shown if len(text) <= limit else shown[:limit] + "…"


def by_rule(findings: Iterable[Finding]) -> list[list[Finding]]:
    """Return the findings in groups of one source and rule, gravest action first, else in order met."""
    groups: dict[tuple[int, str, str], list[Finding]] = {}
    order = list(Action)
    for f in findings:
        groups.setdefault((order.index(f.action), f.source, f.rule), []).append(f)
    return [groups[k] for k in sorted(groups, key=lambda k: k[0])]


def summary(group: list[Finding], language: str = "en") -> str:
    """Return one line for a group of `by_rule`: source, rows, message of the first, count, remedy."""
    first = group[0]
    rows = [visible(f.row) for f in group if f.row]
    named = ", ".join(dict.fromkeys(rows[:EXAMPLES]))
    more = f" (+{len(rows) - EXAMPLES})" if len(rows) > EXAMPLES else ""
    where = f"{visible(first.source)}: {named}{more}" if named else visible(first.source)
    return f"{where}: {first.message(language)} {first.remedy(language)}"
