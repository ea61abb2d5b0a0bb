"""Plain: text from data inside Streamlit's Markdown, so that it shows as it is written."""

from __future__ import annotations

import re

_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")
_BREAKS = re.compile(r"[\x00-\x1f\x7f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")


def plain(text: object) -> str:
    """Return text that Markdown, LaTeX, HTML and Streamlit's own marks leave as it is, on one line.

    Every ASCII punctuation may be escaped in Markdown (CommonMark 0.31, section 2.4); control characters and
    those that turn the direction of writing become a blank.
    """
    return _PUNCTUATION.sub(r"\\\1", _BREAKS.sub(" ", str(text)))
