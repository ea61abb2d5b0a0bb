"""The map: what its colours mean, which tiles it draws, and how it stands in a page."""
