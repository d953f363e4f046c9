"""What holds for every test: results do not depend on where in memory a matrix lies (see docs/log.md)."""

from __future__ import annotations

import os

os.environ.setdefault("MKL_CBWR", "AUTO,STRICT")
