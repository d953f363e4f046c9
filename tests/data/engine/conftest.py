"""The tiny models of other folders' tests, for whole chains."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path += [str(Path(__file__).parents[1] / folder) for folder in ("diffusion", "tools")]
