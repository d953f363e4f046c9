"""What tests of sources share."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator

import pytest


@pytest.fixture
def alive() -> Iterator[Callable[..., int]]:
    """Tells how many things of a type are alive that the test made: there are a million of others, slow to walk."""
    gc.freeze()
    yield lambda kind: [type(thing) for thing in gc.get_objects()].count(kind)
    gc.unfreeze()
