"""Owner: whose jobs are whose, until there are accounts: the same browser, also after a reload of the page."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping

import streamlit as st

#: Streamlit's cookie against forged requests: one for each browser, of 32 hex digits under a mask.
COOKIE = "_streamlit_xsrf"

#: Key of the session's memory, where there is no such cookie.
_SESSION = "data_owner"


def owner_of(cookies: Mapping[str, str]) -> str:
    """Return a name for the reader's browser that tells nothing about it."""
    token = unmasked(cookies.get(COOKIE, ""))
    if not token:
        token = str(st.session_state.setdefault(_SESSION, secrets.token_hex(16)))
    return hashlib.sha256(token.encode()).hexdigest()[:32]


def unmasked(cookie: str) -> str:
    """Return what stays the same of the cookie "2|mask|masked|time", whose mask changes; else the cookie."""
    try:
        _, mask, masked, _ = cookie.strip('"').split("|")
        key, token = bytes.fromhex(mask), bytes.fromhex(masked)
        return bytes(b ^ key[i % len(key)] for i, b in enumerate(token)).hex()
    except (ValueError, ZeroDivisionError):
        return cookie
