"""Codes between two editions: which units stayed, were renamed, moved to another code, came or went.

A join by code alone links two places in silence where a code was given to another place; a join by name
alone does where a name repeats. So a code counts only together with the name, and a name only where it is
one of a kind inside the same township or county.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from enum import StrEnum

import pandas as pd

COLUMNS = ("code_old", "code_new", "name_old", "name_new", "how")

#: What the name of a village or community ends in besides its own name (居民委员会 in one edition is
#: 居委会 in another), longest first.
SUFFIXES = (
    "社区居民委员会",
    "社区村民委员会",
    "社区居委会",
    "社区村委会",
    "村民委员会",
    "居民委员会",
    "村委会",
    "居委会",
    "社区",
)
#: Digits of the township and of the county that a code begins with: a name must be one of a kind there.
WITHIN = (9, 6)
#: A renamed place keeps this share of its name.
HALF = 0.5


class How(StrEnum):
    """What became of a unit between two editions."""

    SAME = "same"
    RENAMED = "renamed"
    REASSIGNED = "reassigned"
    RECODED = "recoded"
    GONE = "gone"
    NEW = "new"


def map_editions(
    old: pd.DataFrame,
    new: pd.DataFrame,
    *,
    code: str = "code",
    name: str = "name",
    within: Sequence[int] = WITHIN,
) -> pd.DataFrame:
    """Return how the units of one edition stand in another, sorted by old code, then new.

    Parameters
    ----------
    old, new
        One row a unit with the columns `code` and `name`, text; codes are unique in each.
    within
        Numbers of first digits inside which a name that is one of a kind tells that a unit got another code,
        the narrowest first.

    Returns
    -------
    pandas.DataFrame
        Columns `COLUMNS`. Each old and each new code stands in at least one row.

        same
            code and name are those of the other edition (but for the kind of committee).
        renamed
            same code, another name that keeps half of the old one (新城逸境 and 新城逸境园), and neither name
            is another unit's of the county.
        reassigned
            same code, and a name with less in common (吊桥路 and 东头村), or the old place lives on under
            another code, or the new name was another code's before. The code may mean another place now: it
            must not be joined unseen. Where the old place got another code a row "recoded" says which.
        recoded
            another code, same name, one of a kind inside the township or county on both sides.
        gone, new
            only in the old, only in the new edition.

    """
    before = dict(zip(old[code].astype(str), old[name].astype(str), strict=True))
    after = dict(zip(new[code].astype(str), new[name].astype(str), strict=True))
    common = [c for c in before if c in after]
    changed = [c for c in common if bare(before[c]) != bare(after[c])]
    left = [c for c in before if c not in after] + changed
    came = [c for c in after if c not in before] + changed
    moved = _moved({c: before[c] for c in left}, {c: after[c] for c in came}, within)
    taken = set(moved.values())
    reassigned = {c for c in changed if c in moved or c in taken or _is_other(c, before, after, within)}
    rows: list[tuple[str | None, str | None, How]]
    rows = [(c, c, _stays(c, changed, reassigned)) for c in common]
    rows += [(c, d, How.RECODED) for c, d in moved.items()]
    rows += [(c, None, How.GONE) for c in before if c not in after and c not in moved]
    rows += [(None, c, How.NEW) for c in after if c not in before and c not in taken]
    rows.sort(key=lambda r: (r[0] or r[1] or "", r[1] or ""))
    table = [(c, d, before.get(c or ""), after.get(d or ""), how.value) for c, d, how in rows]
    return pd.DataFrame(table, columns=list(COLUMNS), dtype=object)


def _stays(code: str, changed: Sequence[str], reassigned: set[str]) -> How:
    if code not in changed:
        return How.SAME
    return How.REASSIGNED if code in reassigned else How.RENAMED


def _moved(left: dict[str, str], came: dict[str, str], within: Sequence[int]) -> dict[str, str]:
    """Return old code -> new code where the name is one of a kind among those that left and came."""
    moved: dict[str, str] = {}
    for digits in within:
        gone = _one_of_a_kind({c: n for c, n in left.items() if c not in moved}, digits)
        there = set(moved.values())
        new = _one_of_a_kind({c: n for c, n in came.items() if c not in there}, digits)
        moved |= {gone[key]: new[key] for key in gone if key in new and gone[key] != new[key]}
    return moved


def _one_of_a_kind(names: dict[str, str], digits: int) -> dict[tuple[str, str], str]:
    """Return (first digits, own name) -> code, for the pairs that one code alone has."""
    codes: dict[tuple[str, str], list[str]] = {}
    for code, name in names.items():
        codes.setdefault((code[:digits], bare(name)), []).append(code)
    return {key: found[0] for key, found in codes.items() if len(found) == 1}


def _is_other(code: str, before: dict[str, str], after: dict[str, str], within: Sequence[int]) -> bool:
    """Whether a code's two names are of two places: little in common, or one of them stands elsewhere."""
    county = code[: min(within)]
    old_name, new_name = bare(before[code]), bare(after[code])
    lives_on = any(c[: len(county)] == county and c != code and bare(n) == old_name for c, n in after.items())
    was_there = any(
        c[: len(county)] == county and c != code and bare(n) == new_name for c, n in before.items()
    )
    return lives_on or was_there or in_common(old_name, new_name) < HALF


def in_common(a: str, b: str) -> float:
    """Return the longest common subsequence of two names, as a share of the shorter one."""
    best = [0] * (len(b) + 1)
    for x in a:
        before, best = best, [0]
        for j, y in enumerate(b, 1):
            best.append(before[j - 1] + 1 if x == y else max(before[j], best[-1]))
    return best[-1] / max(min(len(a), len(b)), 1)


def bare(name: str) -> str:
    """Return a place's own name: without blanks and without the kind of its committee.

    Examples
    --------
    >>> bare("吊桥路社区居民委员会"), bare("吊桥路社区居委会")
    ('吊桥路', '吊桥路')

    """
    text = re.sub(r"\s+", "", unicodedata.normalize("NFKC", name))
    for suffix in SUFFIXES:
        if text.endswith(suffix) and len(text) > len(suffix):
            return text.removesuffix(suffix)
    return text


def counts(mapping: pd.DataFrame) -> dict[str, int]:
    """Return how many rows of a mapping there are of each kind, in the order of `How`."""
    there = mapping["how"].value_counts()
    return {how.value: int(there.get(how.value, 0)) for how in How}
