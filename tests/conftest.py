"""What holds for every test: no example of a law is judged by how busy the machine is."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("suite", deadline=None)
settings.load_profile("suite")
