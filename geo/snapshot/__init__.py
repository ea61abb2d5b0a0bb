"""Snapshots: one immutable folder of tables and a manifest, written whole or not at all."""

from geo.snapshot.conform import misfits
from geo.snapshot.open import Snapshot, list_snapshots, open_snapshot
from geo.snapshot.verify import verify
from geo.snapshot.write import publish

__all__ = ["Snapshot", "list_snapshots", "misfits", "open_snapshot", "publish", "verify"]
