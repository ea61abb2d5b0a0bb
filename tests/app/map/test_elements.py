"""What Python puts into the map's scripts: data that cannot run, no foreign host, the same text each time."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import app
from app.map.elements import OfflineMap, TileFeatures, carried, in_script, offline_map
from app.map.sources import opened_at

HOSTILE = [
    "</script><script>alert(1)</script>",
    "<!--<script>",
    "${alert(1)}",
    "`",
    "{{ 7 * 7 }}",
    "{% for x in y %}",
    "{# no #}",
    "{{{{",
    "\\u007b\\",
    '"',
    "\u2028\u2029",
    "&lt;",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_comes_back_as_it_is_and_can_end_no_script(text: str) -> None:
    written = in_script({"name": text, text: [text]})
    assert json.loads(written) == {"name": text, text: [text]}
    assert not re.search(r"[<>&$`\u2028\u2029]|\{[{%#]", written)


@given(st.recursive(st.text(), lambda x: st.lists(x) | st.dictionaries(st.text(), x), max_leaves=8))
def test_any_text_comes_back_as_it_is(value: object) -> None:
    written = in_script(value)
    assert json.loads(written) == value
    assert not re.search(r"[<>&$`\u2028\u2029]|\{[{%#]", written)


def scripts(boot: dict[str, object]) -> str:
    return str(offline_map(boot, centre=(31.5, 119.5), zoom=9).get_root().render())


def test_hostile_text_survives_foliums_rendering_twice() -> None:
    page = scripts({"url": "".join(HOSTILE)})
    boot = re.search(r"new CT\(\w+, (.*)\);", page)
    assert boot
    assert json.loads(boot[1]) == {"url": "".join(HOSTILE)}
    assert "49" not in boot[1]


def test_the_maps_page_names_no_other_host() -> None:
    page = scripts({"url": "/tiles/x"})
    loaded = [*OfflineMap.default_js, *OfflineMap.default_css, *TileFeatures.default_js]
    assert {url.split("/")[1] for _, url in loaded} == {"assets"}
    for _, url in loaded:
        assert (Path(app.__file__).parent / url.removeprefix("/")).is_file()
    assert not re.search(r"(?:https?:)?//(?!www\.w3\.org/)[\w.-]+\.\w", page), page


def test_the_state_has_the_same_text_each_time() -> None:
    """Its text is compared in the browser, and what is the same is not done again."""
    state = {"theme": {"levels": ["a"]}, "fly": None}

    def text() -> str:
        group = carried(state)
        group._id = "x"
        (child,) = group._children.values()
        return str(child._template.module.script(child, {}))  # type: ignore[attr-defined]

    assert text() == text()
    assert "ct.apply(" in text()


@pytest.mark.parametrize(
    "at", ["", "x", "9/31", "nan/nan/nan", "99/0/0", "9/91/0", "9/0/181", "9/0/0/0", "inf/0/0"]
)
def test_a_link_that_is_no_place_shows_the_whole(at: str) -> None:
    (lat, lon), zoom = opened_at(at, (119.0, 31.0, 120.0, 32.0))
    assert (lat, lon, zoom) == (31.5, 119.5, 9)


def test_a_link_opens_where_it_says() -> None:
    assert opened_at("12/31.62/119.75", (0, 0, 1, 1)) == ((31.62, 119.75), 12)
    assert opened_at("", None) == ((0.0, 0.0), 5)
