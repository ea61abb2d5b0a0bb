"""Steiner tree files of the PACE 2018 challenge (.gr), plain or packed by gzip.

The format, by lines: `SECTION Graph`, `Nodes n`, `Edges m`, `E u v cost` m times, `END`, `SECTION Terminals`,
`Terminals k`, `T v` k times, `END`, `EOF`. Nodes are numbered from 1. Other sections are passed over.

References
----------
PACE 2018, Parameterized Algorithms and Computational Experiments Challenge, rules of the Steiner tree tracks; SteinLib
(Koch, Martin, Voss 2001) for the older form with a line before the first section.

"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from pathlib import Path

from geo.errors import LimitError, SourceError
from geo.extend.graph import Problem, problem_of

#: Bytes once unpacked, and nodes or edges that a file may declare.
UNPACKED_BYTES = 256 * 2**20
MOST_COUNT = 10_000_000

Line = tuple[int, list[bytes]]


def read_pace(path: Path) -> Problem:
    """Read a network and its terminals.

    Raises
    ------
    SourceError
        A file that is absent, cut off, or not of this format: the line is named.
    LimitError
        A file larger than `UNPACKED_BYTES`, or with more than `MOST_COUNT` nodes or edges.

    """
    lines = _lines(_bytes(path))
    graph: tuple[int, list[tuple[int, int, int]]] | None = None
    terminals: list[int] | None = None
    try:
        for number, words in lines:
            if words[0].upper() == b"SECTION":
                name = words[1].upper() if len(words) > 1 else b""
                if name == b"GRAPH":
                    graph = _graph(lines, number)
                elif name == b"TERMINALS":
                    terminals = _terminals(lines, number, graph[0] if graph else 0)
                else:
                    _passed_over(lines, number)
            elif words[0].upper() == b"EOF":
                break
    except _Wrong as wrong:
        raise SourceError(f"{path}, line {wrong.line}: {wrong}") from None
    if graph is None or terminals is None:
        missing = "Graph" if graph is None else "Terminals"
        raise SourceError(
            f"{path}: no SECTION {missing}; give a Steiner tree file of PACE 2018 (.gr or .gr.gz)."
        )
    tail, head, cost = zip(*graph[1], strict=True) if graph[1] else ((), (), ())
    return problem_of(graph[0], tail, head, cost, terminals=terminals)


class _Wrong(Exception):
    def __init__(self, line: int, text: str) -> None:
        self.line = line
        super().__init__(text)


def _bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            packed = file.read(2) == b"\x1f\x8b"
        with (gzip.open if packed else open)(path, "rb") as file:
            data = file.read(UNPACKED_BYTES + 1)
    except FileNotFoundError:
        raise SourceError(
            f"{path}: no such file; give a Steiner tree file of PACE 2018 (.gr or .gr.gz)."
        ) from None
    except (OSError, EOFError, zlib.error) as problem:
        raise SourceError(f"{path}: cannot be read ({problem}); fetch it again.") from None
    if len(data) > UNPACKED_BYTES:
        raise LimitError(
            f"{path}: more than {UNPACKED_BYTES // 2**20} MiB once unpacked; that is the most that is read."
        )
    return bytes(data)


def _lines(data: bytes) -> Iterator[Line]:
    for number, line in enumerate(data.split(b"\n"), 1):
        words = line.split()
        if words:
            yield number, words


def _graph(lines: Iterator[Line], begun: int) -> tuple[int, list[tuple[int, int, int]]]:
    nodes = edges = -1
    rows: list[tuple[int, int, int]] = []
    for number, words in lines:
        key = words[0].upper()
        if key == b"E":
            if len(words) != 4:
                raise _Wrong(number, f"{len(words) - 1} numbers after E; an edge is two nodes and a cost.")
            rows.append(_edge(number, words, nodes))
        elif key == b"NODES":
            nodes = _count(number, words, "nodes")
        elif key == b"EDGES":
            edges = _count(number, words, "edges")
        elif key == b"END":
            if len(rows) != edges:
                raise _Wrong(number, f"{len(rows)} edges, {edges} are declared; the file may be cut off.")
            return nodes, rows
        else:
            raise _Wrong(number, f"'{_shown(words)}' in SECTION Graph; expected Nodes, Edges, E or END.")
    raise _Wrong(begun, "SECTION Graph has no END; the file may be cut off.")


def _edge(number: int, words: list[bytes], nodes: int) -> tuple[int, int, int]:
    tail, head = _node(number, words[1], nodes), _node(number, words[2], nodes)
    if not words[3].isdigit() or len(words[3]) > 18:
        raise _Wrong(number, f"cost '{_shown(words[3:])}'; a cost is a whole number from 0 on.")
    return tail, head, int(words[3])


def _node(number: int, word: bytes, nodes: int) -> int:
    if nodes < 0:
        raise _Wrong(
            number, "an edge or terminal before the number of nodes; give SECTION Graph with Nodes first."
        )
    if not word.isdigit() or len(word) > 18 or not 1 <= int(word) <= nodes:
        raise _Wrong(number, f"node '{_shown([word])}'; nodes are numbered 1 to {nodes}.")
    return int(word) - 1


def _count(number: int, words: list[bytes], what: str) -> int:
    if len(words) != 2 or not words[1].isdigit() or len(words[1]) > 18:
        raise _Wrong(number, f"'{_shown(words)}'; expected the number of {what}.")
    if int(words[1]) > MOST_COUNT:
        raise LimitError(f"Line {number}: {int(words[1])} {what}; at most {MOST_COUNT} are read.")
    return int(words[1])


def _terminals(lines: Iterator[Line], begun: int, nodes: int) -> list[int]:
    declared, rows = -1, []
    for number, words in lines:
        key = words[0].upper()
        if key == b"T" and len(words) == 2:
            rows.append(_node(number, words[1], nodes if nodes else -1))
        elif key == b"TERMINALS":
            declared = _count(number, words, "terminals")
        elif key == b"END":
            if len(rows) != declared:
                raise _Wrong(
                    number, f"{len(rows)} terminals, {declared} are declared; the file may be cut off."
                )
            if not rows:
                raise _Wrong(number, "no terminal; name at least one node that must be joined.")
            return rows
        elif key not in (b"ROOT", b"ROOTP"):
            raise _Wrong(number, f"'{_shown(words)}' in SECTION Terminals; expected Terminals, T or END.")
    raise _Wrong(begun, "SECTION Terminals has no END; the file may be cut off.")


def _passed_over(lines: Iterator[Line], begun: int) -> None:
    for _, words in lines:
        if words[0].upper() == b"END":
            return
    raise _Wrong(begun, "a section without END; the file may be cut off.")


def _shown(words: list[bytes]) -> str:
    return b" ".join(words)[:60].decode("ascii", "replace")
