"""What holds for every test: one thread, no clock, and results that do not depend on where in memory a matrix lies.

Tests run side by side, one for each core (``make test``), and so do the processes that they start. For matrices see
docs/log.md.
"""

from __future__ import annotations

import os
import signal

from hypothesis import HealthCheck, settings

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("MKL_CBWR", "AUTO,STRICT")
settings.register_profile("no clock", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("no clock")
# A shell starts what runs in its background with interrupts ignored, and so would be every process that a test starts.
signal.signal(signal.SIGINT, signal.default_int_handler)
