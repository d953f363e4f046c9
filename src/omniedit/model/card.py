"""A model's card: what it was made from, how it was trained, how well it does, how to use it, and whose licence holds.

Card(recipe=Path("recipes/omniedit_sd3.toml").read_text(), scores={"swap": {"SC": 7.1, "PQ": 8.0}}).text(editor, repo)
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from omniedit.model.hub import HUB_ID

if TYPE_CHECKING:
    from omniedit.model.editor import Editor

PAPER = "[OmniEdit](https://arxiv.org/abs/2411.07199)"


@dataclass(frozen=True, kw_only=True)
class Card:
    """What a card says beside what the model says of itself."""

    recipe: str = ""
    """The training's recipe, TOML."""
    scores: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    """What was measured: row (a task, or all) -> column (SC, PQ, O) -> score."""
    judge: str = ""
    """Who scored, on which suite."""
    licence: str = ""
    """Licence of the weights; empty for that of the base."""
    notes: str = ""
    """What a user is to know: what it cannot do, what was not tried."""

    def text(self, editor: Editor, repo: str) -> str:
        """The card of ``editor`` in the repository ``repo``, Markdown with its front matter."""
        parts = (
            _front(editor, self.licence),
            f"# {repo.split('/')[-1]}\n\n{self._about(editor)}",
            self.notes,
            _usage(editor, repo),
            self._scores(),
            f"## Training\n\n```toml\n{self.recipe.strip()}\n```" if self.recipe.strip() else "",
            f"## Licence\n\n{_licence(editor, self.licence)}",
        )
        return "\n\n".join(part for part in parts if part) + "\n"

    def _about(self, editor: Editor) -> str:
        config, net = editor.config, editor.net
        added = {id(parameter) for parameter in net.control_parameters()}
        sizes = [(parameter.numel(), id(parameter) in added) for parameter in net.parameters()]
        rows = {
            "network": type(net).__name__ + _options(editor),
            "base": _link(editor.base.source) if editor.base else "its own",
            "parameters": f"{sum(size for size, _ in sizes):,}, of them {sum(size for size, new in sizes if new):,} "
            "added to the base",
            "text": _text(editor),
            "pictures": f"any size; the model works at about {config.area:,} pixels, sides multiples of "
            f"{config.multiple}, up to {config.max_ratio:g} : 1",
            "flow": f"predicts {editor.flow.prediction}, shift {editor.flow.shift:g}",
            "usual settings": f"{config.steps} steps, guidance {config.guidance_scale:g}, image guidance "
            f"{config.image_guidance_scale:g}",
        }
        table = "\n".join(f"| {name} | {value} |" for name, value in rows.items())
        return f"An instruction-based image editor, trained with omniedit after {PAPER}.\n\n| | |\n|---|---|\n{table}"

    def _scores(self) -> str:
        if not self.scores:
            return "## Scores\n\nNone were measured."
        columns = list(dict.fromkeys(column for row in self.scores.values() for column in row))
        lines = [f"| | {' | '.join(columns)} |", f"|---|{'--:|' * len(columns)}"]
        for name, row in self.scores.items():
            cells = (f"{row[column]:.2f}" if column in row else "" for column in columns)
            lines.append(f"| {name} | {' | '.join(cells)} |")
        judged = f"Judge: {self.judge}.\n\n" if self.judge else ""
        return f"## Scores\n\n{judged}" + "\n".join(lines)


def _front(editor: Editor, licence: str) -> str:
    """Front matter that the Hub reads; every value is written as JSON, which is YAML too."""
    facts: dict[str, object] = {
        "library_name": "omniedit",
        "pipeline_tag": "image-to-image",
        "tags": ["image-editing", "omniedit", "instruction-based-editing"],
        "license": licence or "other",
    }
    if editor.base and HUB_ID.fullmatch(editor.base.source):
        facts["base_model"] = editor.base.source
    lines = (f"{name}: {json.dumps(value, ensure_ascii=False)}" for name, value in facts.items())
    return "\n".join(("---", *lines, "---"))


def _options(editor: Editor) -> str:
    """The network's own settings, in brackets."""
    settings = editor.net.config.items()
    told = [f"{name}: {value}" for name, value in settings if name[0] != "_" and name != "base_config"]
    return f" ({', '.join(told)})" if told else ""


def _text(editor: Editor) -> str:
    from omniedit.model.text import SD3TextEncoder

    if not isinstance(editor.text, SD3TextEncoder):
        return "the embedded encoder of omniedit"
    config = editor.text.config
    return f"CLIP-L, CLIP-G and T5 ({config.length} tokens)" if config.t5 else "CLIP-L and CLIP-G, without T5"


def _usage(editor: Editor, repo: str) -> str:
    return f"""## Use

```
pip install "omniedit[full]"
omniedit edit photo.jpg "Make it snow." --model {repo}
```

```python
from omniedit.edit.pipeline import OmniEditPipeline

pipe = OmniEditPipeline.from_pretrained("{repo}")
pipe("photo.jpg", "Make it snow.", seed=0).save("snow.png")
```"""


def _licence(editor: Editor, licence: str) -> str:
    """Whose licence holds: a model that was made from another is not free of that other's."""
    own = f"These weights: {licence}. " if licence else ""
    if editor.base is None:
        return own or "The licence of these weights was not stated."
    base = _link(editor.base.source)
    return (
        f"{own}They were made from {base}, and its licence holds for them and for what is made with them. Read it "
        "there: that of Stable Diffusion 3 and 3.5 is Stability AI's Community License, which has conditions for "
        "commercial use. The training data have licences of their own."
    )


def _link(source: str) -> str:
    """A Hub id as a link. Of a folder only the name: whole paths say more of a machine than a card should."""
    if HUB_ID.fullmatch(source):
        return f"[{source}](https://huggingface.co/{source})"
    return f"a checkpoint in the folder `{source.rstrip('/').split('/')[-1]}`"
