"""Folium's map without a foreign host: scripts and styles of this server, features as vector tiles.

What is put into scripts is JSON made here, in which no text can end the script or be read as a template.
"""

from __future__ import annotations

import json
import re
from typing import Any

import folium
from branca.element import MacroElement
from folium.elements import JSCSSMixin
from jinja2 import Template

ASSETS = "/assets"

#: What an HTML parser, a script and a template literal could stumble over, as JSON may write it.
_WRITTEN: dict[str | int, str | int | None] = {c: f"\\u{ord(c):04x}" for c in "<>&$`\u2028\u2029"}

#: folium renders what a template gave once more: a brace that opens something in Jinja. In JSON it can only
#: stand inside a text, for a brace of JSON's own is followed by a quote or its end.
_OPENS = re.compile(r"\{(?=[{%#])")


def in_script(value: Any) -> str:
    """Return a value as JSON that may stand in a script inside HTML."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return _OPENS.sub(r"\\u007b", text.translate(str.maketrans(_WRITTEN)))


class OfflineMap(folium.Map):
    """A map that loads Leaflet from this server and has no base layer."""

    default_js = [("leaflet", f"{ASSETS}/vendor/leaflet/leaflet.js")]  # noqa: RUF012  folium's own shape
    default_css = [  # noqa: RUF012
        ("leaflet_css", f"{ASSETS}/vendor/leaflet/leaflet.css"),
        ("ct_css", f"{ASSETS}/ct.css"),
    ]

    def render(self, **kwargs: Any) -> str:
        """Render; what folium puts into the head is in `ct.css`, and is not sent with every answer."""
        text: str = super().render(**kwargs)  # type: ignore[no-untyped-call]
        self.get_root().header._children.clear()  # type: ignore[attr-defined]
        return text


class TileFeatures(JSCSSMixin, MacroElement):
    """All vector tiles of one map, drawn by `ct.js`.

    `boot` must be the same from run to run: the address that the rest comes from; whether the map moves with
    another beside it (pair), and whether the link is left to that one (follows).
    """

    default_js = [  # noqa: RUF012
        ("protomaps", f"{ASSETS}/vendor/protomaps-leaflet/protomaps-leaflet.js"),
        ("ct", f"{ASSETS}/ct.js"),
    ]
    _template = Template(
        "{% macro script(this, kwargs) %}"
        "window.ct = new CT({{ this._parent.get_name() }}, {{ this.boot }});"
        "{% endmacro %}"
    )

    def __init__(self, boot: dict[str, Any]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._name = "TileFeatures"
        self.boot = in_script(boot)


class State(MacroElement):
    """What the map shows now. It rides in `feature_group_to_add`, which never mounts the map anew."""

    _template = Template(
        "{% macro script(this, kwargs) %}if (window.ct) window.ct.apply({{ this.state }});{% endmacro %}"
    )

    def __init__(self, state: dict[str, Any]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._name = "State"
        self.state = in_script(state)


def offline_map(boot: dict[str, Any], *, centre: tuple[float, float], zoom: int) -> OfflineMap:
    """Return a map of the sources at `boot`, opened at a place (latitude, longitude)."""
    chart = OfflineMap(
        location=centre,
        zoom_start=zoom,
        tiles=None,
        prefer_canvas=True,
        min_zoom=5,
        max_zoom=18,
        max_bounds=False,
    )
    TileFeatures(boot).add_to(chart)
    return chart


def carried(state: dict[str, Any]) -> folium.FeatureGroup:
    """Return the state of a map as `st_folium` takes it."""
    group = folium.FeatureGroup(name="state")
    State(state).add_to(group)
    return group
