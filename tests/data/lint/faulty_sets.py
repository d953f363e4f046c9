"""A small clean set of pairs, and one function for each kind of fault that plants it there."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import PIL.Image
import pyarrow as pa
import pyarrow.parquet as pq

from omniedit.data.pairs import schema, write_pairs
from omniedit.images import decode, encode
from omniedit.types import Candidate, Image, Mask, Pair, Proposal, Task, Verdict

HEIGHT, WIDTH = 72, 96
REMOVAL, ADDITION, ATTRIBUTE, SWAP = range(4)
"""Rows of the set by their task."""

Rows = list[dict[str, Any]]
JUDGED = Verdict((9.5, 9.8), (9.2,), "judge", "1", "abc", "done", "sharp")


# The clean set --------------------------------------------------------------------------------------------------------


def scenery(seed: int) -> Image:
    """Smooth colours with some texture."""
    noise = np.random.default_rng(seed).normal(size=(HEIGHT, WIDTH, 3)).astype(np.float32)
    waves = 128 + 600 * cv2.GaussianBlur(noise, (0, 0), 8) + 40 * cv2.GaussianBlur(noise, (0, 0), 1.2)
    return np.clip(waves, 0, 255).astype(np.uint8)


def disc() -> Mask:
    mask = np.zeros((HEIGHT, WIDTH), np.float32)
    cv2.circle(mask, (60, 30), 14, 1.0, -1)
    return mask


def with_disc(image: Image, colour: tuple[int, int, int]) -> Image:
    rough = np.random.default_rng(7).normal(scale=30, size=image.shape)
    painted = np.clip(np.array(colour) + rough, 0, 255).astype(np.uint8)
    return np.where(disc()[..., None] > 0, painted, image)


def clean_pair(number: int) -> Pair:
    """A removal, an addition, a new colour or a swap, as the number says."""
    plain = scenery(number)
    ball, cube = (with_disc(plain, colour) for colour in ((230, 20, 20), (20, 60, 230)))
    name = f"{number}"
    words: dict[int, tuple[Task, Image, Image, dict[str, str]]] = {
        REMOVAL: (Task.REMOVAL, ball, plain, {"object": "ball"}),
        ADDITION: (Task.ADDITION, plain, ball, {"target": "ball"}),
        ATTRIBUTE: (Task.ATTRIBUTE, ball, cube, {"object": "ball", "target": "blue"}),
        SWAP: (Task.SWAP, ball, cube, {"object": "ball", "target": "cube"}),
    }
    task, source, result, arguments = words[number % 4]
    captions = {"source_caption": "a view with a ball", "target_caption": "a view"}
    if task is not Task.REMOVAL:
        captions = {"source_caption": "a view", "target_caption": f"a view with {arguments['target']}"}
    proposal = Proposal(
        name, task, f"{task} the ball {number}", phrasings=(f"now {task} {number}",), **arguments, **captions
    )
    return Pair(f"pair-{number}", Candidate(f"photo-{number}", proposal, source, result, "maker", 1, disc()), JUDGED)


def make_clean(folder: Path, count: int = 4) -> Path:
    """``count`` clean pairs in ``kept``, a clean reject in ``rejected``."""
    for name in ("kept", "rejected"):
        (folder / name).mkdir(parents=True)
    write_pairs(folder / "kept/00000.parquet", map(clean_pair, range(count)))
    reject = clean_pair(count)
    poor = Verdict((1.0, 9.0), (9.0,), "judge", "1", "abc")
    write_pairs(folder / "rejected/00000.parquet", [Pair(reject.id, reject.candidate, poor, 0.0, "success 1 < 9")])
    return folder


# Planting -------------------------------------------------------------------------------------------------------------


def change(folder: Path, edit: Callable[[Rows], object]) -> None:
    """Let ``edit`` change the kept rows."""
    path = folder / "kept/00000.parquet"
    rows = pq.read_table(path).to_pylist()
    edit(rows)
    pq.write_table(pa.Table.from_pylist(rows, schema()), path)


def put(row: int, **values: Any) -> Callable[[Path], None]:
    """A planter that puts values into a row."""
    return lambda folder: change(folder, lambda rows: rows[row].update(values))


def stored(image: Image) -> dict[str, Any]:
    return {"bytes": encode(image, "PNG"), "path": None}


def picture(row: dict[str, Any], name: str = "edited_img") -> Image:
    return decode(row[name]["bytes"]).image


def redraw(row: int, edit: Callable[[Image], Image], name: str = "edited_img") -> Callable[[Path], None]:
    """A planter that draws a picture anew."""

    def plant(folder: Path) -> None:
        change(folder, lambda rows: rows[row].update({name: stored(edit(picture(rows[row], name)))}))

    return plant


def reword(row: int, **words: Any) -> Callable[[Path], None]:
    """A planter that changes fields of a proposal."""

    def edit(rows: Rows) -> None:
        rows[row]["x_proposal"] = json.dumps({**json.loads(rows[row]["x_proposal"]), **words})

    return lambda folder: change(folder, edit)


def list_wordings(row: int, *wordings: str) -> Callable[[Path], None]:
    """A planter of wordings, in the list and in the proposal."""

    def plant(folder: Path) -> None:
        put(row, edited_prompt_list=list(wordings))(folder)
        reword(row, instruction=wordings[0], phrasings=list(wordings[1:]))(folder)

    return plant


def cut_shard(folder: Path) -> None:
    path = folder / "kept/00000.parquet"
    path.write_bytes(path.read_bytes()[:-40])


def drop_column(folder: Path) -> None:
    path = folder / "kept/00000.parquet"
    pq.write_table(pq.read_table(path).drop_columns(["o_score"]), path)


def spell_scores(folder: Path) -> None:
    path = folder / "kept/00000.parquet"
    table = pq.read_table(path)
    spelt = table["o_score"].cast(pa.string())
    pq.write_table(table.set_column(table.schema.get_field_index("o_score"), "o_score", spelt), path)


def add_empty_shard(folder: Path) -> None:
    write_pairs(folder / "kept/00001.parquet", [])


def cut_picture(folder: Path) -> None:
    def edit(rows: Rows) -> None:
        rows[SWAP]["edited_img"]["bytes"] = rows[SWAP]["edited_img"]["bytes"][:200]

    change(folder, edit)


def store_a_page(folder: Path) -> None:
    put(SWAP, src_img={"bytes": b"<html>404</html>", "path": "a.png"})(folder)


def label_wrongly(folder: Path) -> None:
    change(folder, lambda rows: rows[SWAP]["src_img"].update(path="view.jpg"))


def make_grey(folder: Path) -> None:
    def edit(rows: Rows) -> None:
        file = io.BytesIO()
        PIL.Image.fromarray(picture(rows[SWAP])).convert("L").save(file, "PNG")
        rows[SWAP]["edited_img"] = {"bytes": file.getvalue(), "path": None}

    change(folder, edit)


def exchange_columns(folder: Path) -> None:
    put(SWAP, width=HEIGHT, height=WIDTH)(folder)


def copy_source(folder: Path) -> None:
    change(folder, lambda rows: rows[SWAP].update(edited_img=rows[SWAP]["src_img"]))


def hardly_change(folder: Path) -> None:
    def edit(rows: Rows) -> None:
        source = picture(rows[SWAP], "src_img")
        rows[SWAP]["edited_img"] = stored(np.where(source < 250, source + 2, source).astype(np.uint8))

    change(folder, edit)


def unscore(folder: Path) -> None:
    whole = dict.fromkeys(("sc_score_1", "sc_score_2", "pq_score", "o_score"))
    put(SWAP, x_sc=[], x_pq=[], x_unscored="no numbers in the reply", **whole)(folder)


def shift(image: Image) -> Image:
    return np.roll(image, (2, -3), (0, 1))


def zoom(image: Image, factor: float = 1.06) -> Image:
    matrix = cv2.getRotationMatrix2D(((WIDTH - 1) / 2, (HEIGHT - 1) / 2), 0, factor)
    return cv2.warpAffine(image, matrix, (WIDTH, HEIGHT), flags=cv2.INTER_CUBIC)


def exchange_pictures(row: int) -> Callable[[Path], None]:
    def edit(rows: Rows) -> None:
        rows[row].update(src_img=rows[row]["edited_img"], edited_img=rows[row]["src_img"])

    return lambda folder: change(folder, edit)


def exchange_one_of_a_photo(folder: Path) -> None:
    """Four edits of one photo, of which the last goes the wrong way."""

    def edit(rows: Rows) -> None:
        photo = rows[SWAP]["src_img"]
        for number, row in enumerate(rows):
            row.update(
                x_photo_id="one", x_task="style", task="style", src_img=photo, edited_img=stored(scenery(50 + number))
            )
        rows[-1].update(src_img=rows[-1]["edited_img"], edited_img=photo)

    change(folder, edit)


def repeat_row(**values: Any) -> Callable[[Path], None]:
    """A planter of a second pair like the last, but for some values."""
    return lambda folder: change(folder, lambda rows: rows.append({**rows[SWAP], **values}))


def nearly_repeat_row(folder: Path) -> None:
    def edit(rows: Rows) -> None:
        paler = np.where(picture(rows[SWAP]) < 250, picture(rows[SWAP]) + 3, 255).astype(np.uint8)
        rows.append({**rows[SWAP], "omni_edit_id": "another", "edited_img": stored(paler)})

    change(folder, edit)


def repeat_instruction(folder: Path) -> None:
    for path in folder.rglob("*.parquet"):
        path.unlink()
    write_pairs(folder / "kept/00000.parquet", map(clean_pair, range(12)))
    change(folder, lambda rows: [row.update(edited_prompt_list=["Make it better."]) for row in rows])


FAULTS: dict[str, Callable[[Path], None]] = {
    "not-parquet": cut_shard,
    "missing-column": drop_column,
    "wrong-type": spell_scores,
    "empty-shard": add_empty_shard,
    "no-id": put(SWAP, omni_edit_id=""),
    "unknown-task": put(SWAP, task="dream"),
    "task-disagrees": put(SWAP, x_task="style"),
    "broken-json": put(SWAP, x_proposal='{"task": "swap"'),
    "no-instruction": list_wordings(SWAP, "", "  "),
    "blank-wording": list_wordings(SWAP, "swap it", ""),
    "untidy-instruction": list_wordings(SWAP, " swap\tit  now\n"),
    "repeated-wording": list_wordings(SWAP, "Swap it.", "now", "swap  it"),
    "wordings-disagree": put(SWAP, edited_prompt_list=["something else"]),
    "equal-captions": reword(SWAP, source_caption="a view", target_caption="A view."),
    "score-range": put(SWAP, x_pq=[float("nan")]),
    "score-count": put(SWAP, x_sc=[9.5]),
    "score-disagrees": put(SWAP, o_score=3.0),
    "scored-and-unscored": put(SWAP, x_unscored="no numbers in the reply"),
    "unscored-weight": unscore,
    "no-stamp": put(SWAP, x_judge=""),
    "weight-range": put(SWAP, x_weight=float("nan")),
    "no-reason": put(SWAP, x_weight=0.0),
    "reason-with-weight": put(SWAP, x_reason="blurred"),
    "wrong-folder": put(SWAP, x_weight=0.0, x_reason="blurred"),
    "missing-picture": put(SWAP, edited_img=None),
    "unreadable-picture": cut_picture,
    "mislabelled-picture": label_wrongly,
    "not-rgb": make_grey,
    "sizes-differ": redraw(SWAP, lambda image: image[:-4]),
    "turned-picture": redraw(SWAP, lambda image: np.ascontiguousarray(image.transpose(1, 0, 2))),
    "wrong-columns": put(SWAP, width=512),
    "exchanged-columns": exchange_columns,
    "flat-picture": redraw(SWAP, np.zeros_like),
    "target-equals-source": copy_source,
    "no-visible-change": hardly_change,
    "mask-size": redraw(SWAP, lambda mask: mask[:-4], "x_mask"),
    "empty-mask": redraw(SWAP, np.zeros_like, "x_mask"),
    "change-outside-mask": redraw(SWAP, lambda mask: np.ascontiguousarray(mask[:, ::-1]), "x_mask"),
    "shifted": redraw(SWAP, shift),
    "zoomed": redraw(SWAP, zoom),
    "swapped-captions": reword(REMOVAL, source_caption="a view", target_caption="a view with a ball"),
    "swapped-object": exchange_pictures(REMOVAL),
    "swapped-colour": exchange_pictures(ATTRIBUTE),
    "swapped-photo": exchange_one_of_a_photo,
    "duplicate-id": put(SWAP, omni_edit_id="pair-0"),
    "duplicate-pair": repeat_row(omni_edit_id="another"),
    "same-pictures": repeat_row(omni_edit_id="another", edited_prompt_list=["a third wording"]),
    "near-duplicate": nearly_repeat_row,
    "repeated-instruction": repeat_instruction,
    "leakage": lambda folder: None,
}
"""Check -> plants what it should find. What leaks is a matter of the list: a clean set and its own hashes."""
