"""Before and after in one frame with a handle between them: dragged, or moved with the arrow keys.

The handle is an ``<input type="range">`` as large as the frame, so touch, mouse, keys and screen readers know it. Where
scripts are switched off, the two pictures stand side by side.
"""

from __future__ import annotations

from html import escape
from pathlib import Path

from omniedit.bench.page import embedded, size
from omniedit.types import Image

TALL = 340
"""Height of a frame at most, in CSS pixels."""
SIDE = 512
"""Longest side of a picture in the page, in pixels; larger ones are made smaller."""

STYLE = f"""
.slide {{
  --at: 50%; position: relative; overflow: hidden; border-radius: 6px; margin: 0 auto; background: var(--ground);
  aspect-ratio: var(--w) / var(--h); width: min(100%, {TALL}px * var(--w) / var(--h));
}}
.slide img {{
  position: absolute; inset: 0; width: 100%; height: 100%; object-fit: contain; background: var(--ground);
}}
.slide img + img {{ clip-path: inset(0 0 0 var(--at)); }}
.slide i {{ position: absolute; inset: 0 auto 0 var(--at); width: 2px; margin-left: -1px; background: #fff; }}
.slide i {{ box-shadow: 0 0 3px #000; pointer-events: none; }}
.slide i::after {{
  content: "‹ ›"; position: absolute; top: 50%; left: 50%; transform: translate(-50%, -50%); padding: .1rem .4rem;
  border-radius: 1rem; background: #fff; color: #1d2329; font: bold 14px/1.4 system-ui, sans-serif; white-space: pre;
}}
.slide span {{
  position: absolute; bottom: .3rem; left: .3rem; padding: 0 .4rem; border-radius: .6rem; pointer-events: none;
  background: #0009; color: #fff; font-size: 11px;
}}
.slide span + span {{ left: auto; right: .3rem; }}
.slide input {{
  position: absolute; inset: 0; width: 100%; height: 100%; margin: 0; opacity: 0; cursor: ew-resize;
  touch-action: pan-y;
}}
.slide:focus-within {{ outline: 3px solid var(--bar); outline-offset: 2px; }}
@media (scripting: none) {{
  .slide {{ display: flex; gap: .4rem; aspect-ratio: auto; width: auto; }}
  .slide img {{ position: static; flex: 1; min-width: 0; height: auto; }}
  .slide img + img {{ clip-path: none; }}
  .slide input, .slide i {{ display: none; }}
}}
"""

SCRIPT = """<script>
const move = (handle) => handle.parentNode.style.setProperty("--at", handle.value + "%");
document.addEventListener("input", (event) => event.target.matches(".slide input") && move(event.target));
document.querySelectorAll(".slide input").forEach(move);
</script>"""
"""Goes once on a page, below its last slider."""


def slider(before: Path | Image, after: Path | Image, words: str) -> str:
    """A frame of two pictures, or of those at two paths, that are told by ``words`` to who cannot see them."""
    width, height = size(before)
    said = escape(words)
    return (
        f'<div class="slide" style="--w: {width}; --h: {height}">'
        f'<img src="{embedded(before, SIDE)}" alt="Before: {said}" draggable="false">'
        f'<img src="{embedded(after, SIDE)}" alt="After: {said}" draggable="false">'
        '<i></i><span aria-hidden="true">before</span><span aria-hidden="true">after</span>'
        f'<input type="range" min="0" max="100" value="50" aria-label="How much is before: {said}"></div>'
    )
