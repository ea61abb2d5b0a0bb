"""A vector tile taken apart: features with their properties, after the vector tile specification 2.1.

Only what the tests look at: keys, values, kind of geometry and the box of its points in the tile's grid.
"""

from __future__ import annotations

import gzip
import struct
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Feature:
    kind: int
    properties: dict[str, Any]
    points: tuple[tuple[int, int], ...]


def layers(tile: bytes) -> dict[str, list[Feature]]:
    """Layer name -> features."""
    out: dict[str, list[Feature]] = {}
    for tag, body in fields(gzip.decompress(tile)):
        if tag == 3:
            name, features = layer(body)
            out[name] = features
    return out


def fields(raw: bytes) -> list[tuple[int, Any]]:
    at, out = 0, []
    while at < len(raw):
        key, at = varint(raw, at)
        wire = key & 7
        if wire == 0:
            value, at = varint(raw, at)
        elif wire == 1:
            value, at = raw[at : at + 8], at + 8
        elif wire == 5:
            value, at = raw[at : at + 4], at + 4
        else:
            length, at = varint(raw, at)
            value, at = raw[at : at + length], at + length
        out.append((key >> 3, value))
    return out


def varint(raw: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        value |= (raw[at] & 127) << shift
        at += 1
        if raw[at - 1] < 128:
            return value, at
        shift += 7


def packed(raw: bytes) -> list[int]:
    at, out = 0, []
    while at < len(raw):
        value, at = varint(raw, at)
        out.append(value)
    return out


def signed(value: int) -> int:
    return (value >> 1) ^ -(value & 1)


def value(raw: bytes) -> Any:
    ((tag, content),) = fields(raw)
    if tag == 1:
        return content.decode()
    if tag == 2:
        return struct.unpack("<f", content)[0]
    if tag == 3:
        return struct.unpack("<d", content)[0]
    if tag == 6:
        return signed(content)
    return bool(content) if tag == 7 else content


def layer(raw: bytes) -> tuple[str, list[Feature]]:
    parts = fields(raw)
    keys = [v.decode() for tag, v in parts if tag == 3]
    values = [value(v) for tag, v in parts if tag == 4]
    name = next(v.decode() for tag, v in parts if tag == 1)
    return name, [feature(v, keys, values) for tag, v in parts if tag == 2]


def feature(raw: bytes, keys: list[str], values: list[Any]) -> Feature:
    parts = dict(fields(raw))
    tags = packed(parts.get(2, b""))
    properties = {keys[k]: values[v] for k, v in zip(tags[::2], tags[1::2], strict=True)}
    return Feature(parts[3], properties, tuple(points(packed(parts[4]))))


def points(commands: list[int]) -> list[tuple[int, int]]:
    x = y = at = 0
    out = []
    while at < len(commands):
        command, count = commands[at] & 7, commands[at] >> 3
        at += 1
        if command == 7:
            continue
        for _ in range(count):
            x, y = x + signed(commands[at]), y + signed(commands[at + 1])
            at += 2
            out.append((x, y))
    return out
