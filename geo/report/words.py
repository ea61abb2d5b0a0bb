"""Words of the report, in English or Chinese."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

from geo.findings import visible

#: Longest text from data that a page shows, in characters.
LONGEST = 200

#: Longest text that the region file or a source states of itself.
LONGEST_NOTICE = 4_000


@cache
def texts() -> dict[str, Any]:
    """Return key -> text by language, and under "units" the words for units of values."""
    return tomllib.loads(files("geo.report").joinpath("words.toml").read_text(encoding="utf-8"))


def say(key: str, language: str, **values: Any) -> str:
    """Return a text with its values; text from data is cleaned of control characters."""
    text: str = texts()[key]["zh" if language == "zh" else "en"]
    return text.format_map(
        {k: clean(v, LONGEST_NOTICE) if isinstance(v, str) else v for k, v in values.items()}
    )


def unit_word(unit: str, language: str) -> str:
    """Return the word for the unit of a value; one that is not listed as the region file writes it."""
    listed = texts()["units"].get(unit)
    return str(listed["zh" if language == "zh" else "en"]) if listed else clean(unit)


def clean(text: str, limit: int = LONGEST) -> str:
    """Return text from data as it may stand on a page, cut at `limit` characters."""
    return visible(text, limit)
