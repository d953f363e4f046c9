"""Edit a photograph with nano, and see that the size is kept and what the report says.

Run it: python examples/edit_a_photo.py [PHOTO] [INSTRUCTION]
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from omniedit import OmniEditPipeline
from omniedit.data.photos import bundled_photos


def main() -> None:
    photo = sys.argv[1] if len(sys.argv) > 1 else bundled_photos("eval")[-1]
    instruction = sys.argv[2] if len(sys.argv) > 2 else "Make it snow."

    pipeline = OmniEditPipeline.from_pretrained("nano")
    result = pipeline(photo, instruction, seed=0)

    for note in result.notes:
        print(f"note: {note}")
    print(result.reports[0].to_json())
    output = Path(tempfile.mkdtemp()) / "edited.png"
    result.save(output)
    print(f"saved {output}")


if __name__ == "__main__":
    main()
