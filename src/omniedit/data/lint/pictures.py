"""Checks of the two pictures and the mask: readable, of one size, told apart, and changed where they should be."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from omniedit.data.lint.check import Check, RowCheck, dropped
from omniedit.data.lint.rows import PICTURES, Row
from omniedit.images.formats import EXTENSIONS
from omniedit.types import Image

VISIBLE = 6.0
"""Levels (0..255) by which some small patch must differ for a change to be seen."""
FLAT = 1.0
"""Standard deviation in levels below which a picture shows nothing."""
OUTSIDE = 0.5
"""Share of the change that may lie outside the mask of a local edit."""

_NAMES = {"src_img": "the picture before", "edited_img": "the picture after", "x_mask": "the mask"}


def find_missing_picture(row: Row) -> str:
    """No bytes at all."""
    missing = [_NAMES[name] for name in PICTURES if not (row.values[name] or {}).get("bytes")]
    return f"{' and '.join(missing)} is missing" if missing else ""


def find_unreadable_picture(row: Row) -> str:
    """Bytes that are no picture, or no whole one."""
    stored = [name for name in _NAMES if (row.values.get(name) or {}).get("bytes")]
    troubles = [f"{_NAMES[name]}: {row.trouble(name)}" for name in stored if row.trouble(name)]
    return "; ".join(troubles)


def repair_unreadable(row: Row) -> Mapping[str, Any] | None:
    """The row dropped; or only its mask, if that alone is broken."""
    return None if any(row.trouble(name) for name in PICTURES) else {"x_mask": None}


def find_mislabelled_picture(row: Row) -> str:
    """A path that ends like another format."""
    for name in PICTURES:
        picture = row.picture(name)
        extension = Path((row.values[name] or {}).get("path") or "").suffix.lower()
        if picture and EXTENSIONS.get(extension, picture.format) != picture.format:
            return f"{_NAMES[name]} is named {extension} but is a {picture.format}"
    return ""


def repair_label(row: Row) -> Mapping[str, Any]:
    """The pictures without their paths; their bytes stay."""
    return {name: {**row.values[name], "path": None} for name in PICTURES if row.values[name]}


def find_not_rgb(row: Row) -> str:
    """Grey, CMYK, transparent or deep pictures, which are converted when they are read."""
    for name in PICTURES:
        picture = row.picture(name)
        if picture and (picture.mode != "RGB" or picture.alpha is not None):
            return f"{_NAMES[name]} is {picture.mode}, not plain RGB"
    return ""


def find_sizes_differ(row: Row) -> str:
    """Pictures of two sizes, unless the one lies on its side."""
    sizes = _sizes(row)
    return (
        f"{_times(sizes[0])} before, {_times(sizes[1])} after"
        if sizes and not _turned(*sizes) and sizes[0] != sizes[1]
        else ""
    )


def find_turned(row: Row) -> str:
    """One of the pictures on its side."""
    sizes = _sizes(row)
    return f"{_times(sizes[0])} before, {_times(sizes[1])} after" if sizes and _turned(*sizes) else ""


def find_wrong_columns(row: Row) -> str:
    """Columns that state another size than the picture has, unless it is only turned."""
    stated, actual = _stated(row)
    wrong = actual is not None and stated != actual and not _turned(stated, actual)
    return f"the columns say {_times(stated)}, the picture is {_times(actual)}" if wrong and actual else ""


def find_exchanged_columns(row: Row) -> str:
    """Width in the column of the height."""
    stated, actual = _stated(row)
    exchanged = actual is not None and _turned(stated, actual)
    return f"the columns say {_times(stated)}, the picture is {_times(actual)}" if exchanged and actual else ""


def repair_columns(row: Row) -> Mapping[str, Any]:
    """Width and height as the picture has them."""
    _, actual = _stated(row)
    return {} if actual is None else {"width": actual[0], "height": actual[1]}


def find_target_equals_source(row: Row) -> str:
    """A kept edit that changed nothing."""
    matched = row.matched if row.kept else None
    return "the two pictures are the same, pixel by pixel" if matched and np.array_equal(*matched) else ""


def find_no_visible_change(row: Row) -> str:
    """A kept edit of which nothing can be seen."""
    matched = row.matched if row.kept else None
    largest = float(_change(*matched).max()) if matched else 0.0
    return f"no patch differs by more than {largest:.1f} of 255 levels" if 0 < largest < VISIBLE else ""


def find_flat_picture(row: Row) -> str:
    """One colour from edge to edge."""
    flat = [_NAMES[name] for name in PICTURES if (it := row.picture(name)) and it.image.std(axis=(0, 1)).max() < FLAT]
    return f"{' and '.join(flat)} is of one colour" if flat and row.kept else ""


def find_mask_size(row: Row) -> str:
    """A mask of another size than the picture."""
    mask, picture = row.picture("x_mask"), row.picture("src_img")
    if mask is None or picture is None or mask.image.shape == picture.image.shape:
        return ""
    return f"the mask is {_times(_size(mask.image))}, the picture {_times(_size(picture.image))}"


def find_empty_mask(row: Row) -> str:
    """A mask of nothing."""
    mask = row.picture("x_mask")
    return "the mask is empty" if mask is not None and row.kept and not mask.image.any() else ""


def find_change_outside(row: Row) -> str:
    """A kept local edit whose change lies mostly where it says that nothing was edited."""
    task, mask, matched = row.task, row.mask, row.matched
    if not row.kept or task is None or not task.local or mask is None or matched is None or not mask.any():
        return ""
    import cv2

    side = 2 * max(2, round(0.02 * float(np.sqrt(mask.size)))) + 1
    inside = cv2.dilate(mask, np.ones((side, side))) > 0.02
    change = _change(*matched) ** 2
    outside = float(change[~inside].sum() / max(float(change.sum()), 1e-6))
    return f"{100 * outside:.0f} % of the change lies outside the mask" if outside > OUTSIDE else ""


def _change(source: Image, result: Image) -> np.ndarray[Any, np.dtype[np.float32]]:
    """Largest difference of a channel, averaged over 3 × 3 pixels, in levels."""
    import cv2

    gap = np.abs(source.astype(np.float32) - result).max(axis=2)
    return np.asarray(cv2.blur(gap, (3, 3)), np.float32)


def _sizes(row: Row) -> tuple[tuple[int, int], tuple[int, int]] | None:
    both = row.both
    return None if both is None else (_size(both[0]), _size(both[1]))


def _stated(row: Row) -> tuple[tuple[int | None, int | None], tuple[int, int] | None]:
    """Size in the columns, and of the picture before."""
    picture = row.picture("src_img")
    return (row.values["width"], row.values["height"]), None if picture is None else _size(picture.image)


def _size(image: Image) -> tuple[int, int]:
    return image.shape[1], image.shape[0]


def _turned(first: tuple[int | None, int | None], second: tuple[int, int]) -> bool:
    """Whether the sizes are each other's, width for height."""
    return first == second[::-1] and first != second


def _times(size: tuple[int | None, int | None]) -> str:
    return f"{size[0]} × {size[1]}"


CHECKS: dict[str, Check] = {
    "missing-picture": RowCheck(
        severity="error",
        about="a picture has no bytes",
        advice="Store the picture's bytes in the shard, or drop the pair, as --fix does.",
        find=find_missing_picture,
        needs=PICTURES,
        repair=dropped,
    ),
    "unreadable-picture": RowCheck(
        severity="error",
        about="a picture or mask is cut off, damaged, or no picture",
        advice="Make the pair again, or drop it (or a broken mask alone), as --fix does.",
        find=find_unreadable_picture,
        needs=PICTURES,
        repair=repair_unreadable,
    ),
    "mislabelled-picture": RowCheck(
        severity="warning",
        about="a picture's path ends like another format than it has",
        advice="Remove the path, as --fix does; the bytes say what it is.",
        find=find_mislabelled_picture,
        needs=PICTURES,
        repair=repair_label,
    ),
    "not-rgb": RowCheck(
        severity="warning",
        about="a picture is grey, CMYK, deep or transparent",
        advice="Convert it to RGB on purpose: readers differ in how they do it.",
        find=find_not_rgb,
        needs=PICTURES,
    ),
    "sizes-differ": RowCheck(
        severity="error",
        about="the pictures before and after have different sizes",
        advice="Find the step that resized one; resizing the other hides a zoom.",
        find=find_sizes_differ,
        needs=PICTURES,
    ),
    "turned-picture": RowCheck(
        severity="error",
        about="the picture after has the size of the one before, width for height",
        advice="Look for a lost EXIF orientation, or an array read as width × height.",
        find=find_turned,
        needs=PICTURES,
    ),
    "wrong-columns": RowCheck(
        severity="error",
        about="`width` and `height` are not those of the picture before",
        advice="Take them from the picture, as --fix does.",
        find=find_wrong_columns,
        needs=("src_img", "width", "height"),
        repair=repair_columns,
    ),
    "exchanged-columns": RowCheck(
        severity="error",
        about="`width` and `height` are exchanged",
        advice="Exchange them, as --fix does.",
        find=find_exchanged_columns,
        needs=("src_img", "width", "height"),
        repair=repair_columns,
    ),
    "flat-picture": RowCheck(
        severity="warning",
        about="a picture of a pair with a weight is of one colour",
        advice="Look at it: it is likely a failed download or a black output.",
        find=find_flat_picture,
        needs=PICTURES,
    ),
    "target-equals-source": RowCheck(
        severity="error",
        about="a pair with a weight has the same picture before and after",
        advice="Drop it: it teaches to ignore the instruction.",
        find=find_target_equals_source,
        needs=PICTURES,
    ),
    "no-visible-change": RowCheck(
        severity="warning",
        about="a pair with a weight differs by less than can be seen",
        advice="Look at it, and drop it unless the edit is meant to be that faint.",
        find=find_no_visible_change,
        needs=PICTURES,
        limits="A threshold of 6 levels over 3 × 3 pixels: a JPEG of low quality differs by more.",
    ),
    "mask-size": RowCheck(
        severity="error",
        about="the mask has another size than the picture",
        advice="Make the mask at the picture's size.",
        find=find_mask_size,
        needs=("src_img", "x_mask"),
    ),
    "empty-mask": RowCheck(
        severity="warning",
        about="the mask of a pair with a weight is empty",
        advice="Store no mask where the maker does not say what it edited.",
        find=find_empty_mask,
        needs=("x_mask",),
    ),
    "change-outside-mask": RowCheck(
        severity="warning",
        about="most of a local edit's change lies outside its mask",
        advice="Look at it: the mask is of another picture, or the whole picture was repainted or moved.",
        find=find_change_outside,
        needs=(*PICTURES, "x_mask"),
        limits="A faint edit beside a strongly compressed background looks the same.",
    ),
}
"""Checks of pictures and masks, by name."""
