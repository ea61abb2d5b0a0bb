"""A heap of packed keys, distance << bits | node: one comparison orders by distance, then by node."""

from __future__ import annotations

import numpy as np

from geo.extend.graph import Amounts
from geo.kernel import kernel


@kernel
def push(heap: Amounts, count: int, key: int) -> Amounts:
    """Add a key to a heap of `count` keys; return the heap, a larger one where it was full."""
    if count == heap.size:
        more = np.empty(2 * count + 16, np.int64)
        more[:count] = heap
        heap = more
    at = count
    while at > 0:
        above = (at - 1) >> 1
        if heap[above] <= key:
            break
        heap[at] = heap[above]
        at = above
    heap[at] = key
    return heap


@kernel
def pop(heap: Amounts, count: int) -> int:
    """Take the smallest of `count` keys; the heap then holds one less."""
    least, key = int(heap[0]), int(heap[count - 1])
    count -= 1
    at = 0
    while True:
        below = 2 * at + 1
        if below >= count:
            break
        if below + 1 < count and heap[below + 1] < heap[below]:
            below += 1
        if heap[below] >= key:
            break
        heap[at] = heap[below]
        at = below
    heap[at] = key
    return least
