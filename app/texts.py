"""Texts: every word of the app that a person reads, in English and Chinese, from `texts/<part>.<language>.toml`."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

LANGUAGES = {"zh": "中文", "en": "English"}

_FOLDER = Path(__file__).parent / "texts"


@cache
def catalogue(language: str) -> dict[str, str]:
    """Return all texts of a language by their key `part.key`."""
    out: dict[str, str] = {}
    for path in sorted(_FOLDER.glob(f"*.{language}.toml")):
        part = path.name.split(".", 1)[0]
        for key, text in tomllib.loads(path.read_text(encoding="utf-8")).items():
            out[f"{part}.{key}"] = text
    return out


def t(key: str, language: str, **values: Any) -> str:
    """Return a text with its `{name}` places filled.

    Raises
    ------
    KeyError
        There is no such text: a fault of the program, found by the tests.
    """
    return catalogue(language)[key].format_map(values)


def named(names: dict[str, str] | None, language: str, otherwise: str = "") -> str:
    """Return the name of a thing of the region file in a language."""
    return (names or {}).get(language) or (names or {}).get("en") or otherwise


def language_of(locale: str | None) -> str:
    """Return the language of a browser: Chinese for zh and its kin, else English."""
    return "zh" if (locale or "").lower().startswith("zh") else "en"
