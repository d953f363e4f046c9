"""The paper's numbers (arXiv 2411.07199v2, Tables 5 to 7), for tables of their own: SC, PQ and O on 0..10.

They are of another scale in every sense: SD3-medium, 1.2 million pairs, 62 photographs, two LMMs as judges.
"""

from __future__ import annotations

from collections.abc import Mapping

HEAD = ("", "GPT-4o PQ", "SC", "O", "Gemini PQ", "SC", "O")
"""Head of a table."""

PAPER: Mapping[str, tuple[str, tuple[tuple[str | float, ...], ...]]] = {
    "specialists": (
        "Table 5",
        (
            ("Obj-Remove specialist", 9.10, 7.76, 7.82, 7.46, 5.39, 4.84),
            ("OmniEdit (removal)", 8.45, 7.16, 7.23, 7.37, 5.45, 5.09),
            ("Obj-Replacement specialist", 8.48, 6.92, 7.02, 7.06, 5.68, 5.36),
            ("OmniEdit (replacement)", 8.95, 7.74, 8.14, 7.00, 7.77, 7.09),
            ("Style-Transfer specialist", 8.08, 7.47, 7.37, 7.97, 6.61, 6.76),
            ("OmniEdit (style)", 7.98, 5.77, 6.16, 8.24, 5.24, 6.08),
        ),
    ),
    "importance": (
        "Table 6",
        (
            ("OmniEdit", 8.38, 6.66, 6.98, 7.06, 5.82, 5.78),
            ("w/o importance sampling", 6.20, 2.95, 3.30, 6.40, 1.80, 2.25),
        ),
    ),
    "architecture": (
        "Table 7",
        (
            ("OmniEdit (EditNet)", 8.38, 6.66, 6.98, 7.06, 5.82, 5.78),
            ("ControlNet + TextControl", 6.45, 4.70, 4.89, 6.50, 4.35, 4.48),
            ("ControlNet", 6.35, 4.60, 4.75, 6.40, 4.25, 4.35),
        ),
    ),
}
"""Study -> the name and the rows of the paper's table; a study that the paper does not have is missing."""
