"""The verb `steiner`: what it prints can be checked by anyone, and a clock or Ctrl-C only ends it."""

from __future__ import annotations

import itertools
import json
import os
import signal

import pytest
from typer.testing import CliRunner

from geo.__main__ import app
from geo.errors import SourceError
from geo.extend.ready import streets
from geo.steiner import shown_gap
from tests.geo.extend.networks import least_cost

SQUARE = streets(6, 7)


@pytest.fixture(scope="module")
def square(tmp_path_factory):
    path = tmp_path_factory.mktemp("pace") / "square.gr"
    edges = [f"E {u + 1} {v + 1} {c}" for u, v, c in zip(SQUARE.tail, SQUARE.head, SQUARE.cost, strict=True)]
    terminals = [f"T {t + 1}" for t in SQUARE.terminal.nonzero()[0]]
    lines = ["SECTION Graph", "Nodes 36", f"Edges {len(edges)}", *edges, "END", "SECTION Terminals"]
    path.write_text("\n".join([*lines, f"Terminals {len(terminals)}", *terminals, "END", "EOF"]))
    return path


def run(*words):
    return CliRunner().invoke(app, ["steiner", *map(str, words)], catch_exceptions=False)


def test_json_has_cost_bound_gap_seconds_and_edges_that_join_the_terminals(square):
    done = run(square, "--format", "json")
    plan = json.loads(done.stdout)
    price = {
        frozenset((u + 1, v + 1)): c
        for u, v, c in zip(*(x.tolist() for x in (SQUARE.tail, SQUARE.head, SQUARE.cost)), strict=True)
    }
    assert sum(price[frozenset(pair)] for pair in plan["edges"]) == plan["cost"] == least_cost(SQUARE)
    assert plan["bound"] <= plan["cost"]
    assert plan["gap"] == (plan["cost"] - plan["bound"]) / plan["bound"]
    assert plan["seconds"] >= 0
    nodes = set(itertools.chain(*plan["edges"]))
    assert {int(t) + 1 for t in SQUARE.terminal.nonzero()[0]} <= nodes
    assert len(plan["edges"]) == len(nodes) - 1


def test_the_form_of_the_challenge_is_value_and_edges(square):
    first, *edges = run(square, "--format", "pace", "--seed", "2").stdout.splitlines()
    assert first == f"VALUE {least_cost(SQUARE)}"
    assert all(len(line.split()) == 2 for line in edges)


def test_the_table_says_the_gap(square):
    assert "0 % (proven)" in run(square).stdout


def test_a_clock_of_no_seconds_still_gives_a_tree(square):
    plan = json.loads(run(square, "--seconds", "0", "--format", "json").stdout)
    assert plan["bound"] <= least_cost(SQUARE) <= plan["cost"]


def test_ctrl_c_prints_the_best_so_far(square, monkeypatch):
    from geo.extend import solve as solver

    plain = solver.search

    def interrupted(problem, **how):
        for step, now in enumerate(plain(problem, **how)):
            if step == 1 and problem.nodes == SQUARE.nodes:
                os.kill(os.getpid(), signal.SIGINT)
            yield now

    monkeypatch.setattr(solver, "search", interrupted)
    plan = json.loads(run(square, "--format", "json").stdout)
    assert plan["cost"] >= least_cost(SQUARE)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_file_that_is_none_is_one_message(tmp_path):
    with pytest.raises(SourceError, match="no such file"):
        run(tmp_path / "no.gr")


@pytest.mark.parametrize(
    ("cost", "bound", "text"),
    [(5, 5, "0 % (proven)"), (0, 0, "0 % (proven)"), (10**9 + 1, 10**9, "0.001 %"), (103, 100, "3.000 %")],
)
def test_a_gap_is_shown_as_none_only_where_it_is_none(cost, bound, text):
    assert shown_gap(cost, bound) == text
