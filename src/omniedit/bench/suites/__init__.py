"""The benchmark suites: each a file that makes items, and a line below."""

from __future__ import annotations

from omniedit.bench.suites.scenes import SceneSuite

SUITES = {"scenes": SceneSuite}
"""Name -> suite; made with a folder of photos (or None for the bundled ones), a seed and a number of items."""
