"""Files of PACE 2018: what they say is read, what is wrong with them is named by line."""

from __future__ import annotations

import gzip

import numpy as np
import pytest

from geo.errors import LimitError, SourceError, UsageError
from geo.extend import pace
from geo.extend.pace import read_pace
from tests.reference import reference

GOOD = """SECTION Graph
Nodes 4
Edges 3
E 1 2 7
E 2 3 0
E 4 1 12
END

SECTION Terminals
Terminals 2
T 3
T 4
END

EOF
"""


@pytest.fixture
def written(tmp_path):
    def write(text: str | bytes, name: str = "a.gr"):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
def test_edges_and_terminals_are_read_plain_or_packed(written, pack):
    problem = read_pace(written(pack(GOOD.encode())))
    assert problem.nodes == 4
    assert problem.tail.tolist() == [0, 1, 3]
    assert problem.head.tolist() == [1, 2, 0]
    assert problem.cost.tolist() == [7, 0, 12]
    assert np.flatnonzero(problem.terminal).tolist() == [2, 3]


@pytest.mark.parametrize(
    "text",
    [
        GOOD.replace("\n", "\r\n"),
        "33D32945 STP File, STP Format Version 1.0\n" + GOOD,
        'SECTION Comment\nName "E 1 2"\nEND\n' + GOOD,
        GOOD.replace("EOF\n", ""),
        GOOD.replace("E 1 2 7", "  E\t1  2 7 "),
    ],
    ids=["CRLF", "SteinLib", "comment", "no EOF", "blanks"],
)
def test_forms_that_occur_read_the_same(written, text):
    assert read_pace(written(text)).cost.tolist() == [7, 0, 12]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("E 1 2 7", "E 1 2", r"line 4: 2 numbers after E"),
        ("E 1 2 7", "E 1 2 -7", r"line 4: cost '-7'; a cost is a whole number from 0 on"),
        ("E 1 2 7", "E 1 2 7.5", r"line 4: cost '7.5'"),
        ("E 1 2 7", "E 1 2 nan", r"line 4: cost 'nan'"),
        ("E 1 2 7", "E 1 2 1_0", r"line 4: cost '1_0'"),
        ("E 1 2 7", "E 1 2 " + "9" * 5000, r"line 4: cost '9{60}'"),
        ("E 1 2 7", "E 0 2 7", r"line 4: node '0'; nodes are numbered 1 to 4"),
        ("E 1 2 7", "E 5 2 7", r"line 4: node '5'"),
        ("E 1 2 7", "A 5 2 7", r"line 4: 'A 5 2 7' in SECTION Graph"),
        ("E 2 3 0\n", "", r"line 6: 2 edges, 3 are declared; the file may be cut off"),
        ("Nodes 4", "Nodes four", r"line 2: 'Nodes four'; expected the number of nodes"),
        ("Nodes 4\n", "", r"line 3: an edge or terminal before the number of nodes"),
        ("T 3\n", "", r"line 12: 1 terminals, 2 are declared"),
        ("T 3", "T 9", r"line 11: node '9'"),
        ("Terminals 2\nT 3\nT 4\n", "Terminals 0\n", r"line 11: no terminal"),
        ("END\n\nSECTION Terminals", "SECTION Terminals", r"line 7: 'SECTION Terminals' in SECTION Graph"),
        ("SECTION Terminals", "SECTION Something", r"no SECTION Terminals"),
        ("SECTION Graph", "SECTION Grap", r"line 11: an edge or terminal before the number of nodes"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_with_its_line(written, old, new, message):
    assert old in GOOD
    with pytest.raises(SourceError, match=message):
        read_pace(written(GOOD.replace(old, new)))


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", r"no SECTION Graph"),
        (b"\x00\xff" * 100, r"no SECTION Graph"),
        (gzip.compress(GOOD.encode())[:-20], r"cannot be read .*; fetch it again"),
        (b"\x1f\x8bnothing", r"cannot be read"),
        (GOOD[:40].encode(), r"line 1: SECTION Graph has no END|numbers after E"),
    ],
    ids=["empty", "binary", "cut gzip", "no gzip", "cut"],
)
def test_files_that_are_no_such_files_are_refused(written, data, message):
    with pytest.raises(SourceError, match=message):
        read_pace(written(data))


def test_a_file_that_is_not_there_is_said(tmp_path):
    with pytest.raises(SourceError, match="no such file"):
        read_pace(tmp_path / "a.gr")
    with pytest.raises(SourceError, match="cannot be read"):
        read_pace(tmp_path)


def test_a_small_file_that_unpacks_to_a_huge_one_is_refused(written, monkeypatch):
    monkeypatch.setattr(pace, "UNPACKED_BYTES", 2**20)
    with pytest.raises(LimitError, match="more than 1 MiB once unpacked"):
        read_pace(written(gzip.compress(b"E 1 2 3\n" * 2**18)))


def test_counts_beyond_all_measure_are_refused_before_room_is_made(written):
    with pytest.raises(LimitError, match="10000001 nodes; at most 10000000"):
        read_pace(written(GOOD.replace("Nodes 4", "Nodes 10000001")))


def test_costs_beyond_all_measure_are_refused(written):
    with pytest.raises(UsageError, match="give a larger unit of money"):
        read_pace(written(GOOD.replace("E 1 2 7", "E 1 2 " + "9" * 18)))


def test_a_published_file_has_the_counts_of_its_table():
    problem = read_pace(reference("steiner", "I085.gr.gz"))
    assert (problem.nodes, len(problem.tail), int(problem.terminal.sum())) == (9113, 14491, 301)
    assert int(problem.cost.sum()) == 1587575783
