"""Ask one library for a Steiner tree: `python steiner_others.py LIBRARY network.npz`; needs nothing of ours.

Prints the positions of the tree's edges and CPU seconds as JSON. Its own graph is built in that time, as ours is.
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any

import numpy as np


def networkx(given: Any) -> list[tuple[int, int]]:
    import networkx as nx

    graph = nx.Graph()
    graph.add_weighted_edges_from(zip(*(given[k].tolist() for k in ("tail", "head", "cost")), strict=True))
    return list(
        nx.algorithms.approximation.steiner_tree(
            graph, given["terminals"].tolist(), method="mehlhorn"
        ).edges()
    )


def rustworkx(given: Any) -> list[tuple[int, int]]:
    import rustworkx as rx

    graph = rx.PyGraph(multigraph=False)
    graph.add_nodes_from(range(int(given["nodes"])))
    edges = list(zip(*(given[k].tolist() for k in ("tail", "head", "cost")), strict=True))
    graph.extend_from_weighted_edge_list(edges)
    return list(rx.steiner_tree(graph, given["terminals"].tolist(), float).edge_list())


def pcst_fast(given: Any) -> list[tuple[int, int]]:
    """Give a terminal a prize above the sum of all edges: it is never left out."""
    import pcst_fast as pcst

    cost = given["cost"].astype(np.float64)
    prizes = np.zeros(int(given["nodes"]))
    prizes[given["terminals"]] = cost.sum() + 1
    ends = np.stack([given["tail"], given["head"]], axis=1).astype(np.int64)
    _, edges = pcst.pcst_fast(ends, prizes, cost, -1, 1, "strong", 0)
    return [tuple(pair) for pair in ends[np.asarray(edges)].tolist()]


def main() -> None:
    name, path = sys.argv[1:3]
    given = dict(np.load(path))
    begun = time.process_time()
    pairs = {"networkx": networkx, "rustworkx": rustworkx, "pcst_fast": pcst_fast}[name](given)
    seconds = time.process_time() - begun
    ends = zip(given["tail"].tolist(), given["head"].tolist(), strict=True)
    at = {(min(u, v), max(u, v)): e for e, (u, v) in enumerate(ends)}
    print(json.dumps({"edges": [at[min(u, v), max(u, v)] for u, v in pairs], "seconds": seconds}))


if __name__ == "__main__":
    main()
