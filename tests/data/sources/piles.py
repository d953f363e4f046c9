"""Real piles of every kind, written to disk: what the tests of sources read."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import PIL.Image
import pyarrow as pa
import pyarrow.parquet as pq

from omniedit.data.sources import Source, open_source
from omniedit.types import Image


def blotches(seed: int, size: tuple[int, int] = (48, 32)) -> Image:
    """A smooth picture like no other."""
    coarse = np.random.default_rng(seed).integers(0, 256, (6, 6, 3), dtype=np.uint8)
    return np.asarray(PIL.Image.fromarray(coarse).resize(size, PIL.Image.Resampling.BICUBIC))


def encoded(image: Image, format: str = "PNG", quality: int = 90) -> bytes:
    buffer = io.BytesIO()
    PIL.Image.fromarray(image).save(buffer, format, quality=quality)
    return buffer.getvalue()


def pictures(count: int) -> dict[str, bytes]:
    return {f"{index:06}": encoded(blotches(index)) for index in range(count)}


def caption(key: str) -> str:
    return f"a photograph called {key}"


def folder(root: Path, files: Mapping[str, bytes]) -> Source:
    for index, (key, data) in enumerate(files.items()):
        place = root / "pile" / f"part{index % 3}"
        place.mkdir(parents=True, exist_ok=True)
        (place / f"{key}.png").write_bytes(data)
        (place / f"{key}.txt").write_text(caption(key))
    return open_source(root / "pile")


def parquet(root: Path, files: Mapping[str, bytes]) -> Source:
    (root / "pile").mkdir()
    for part, rows in enumerate(_thirds(files)):
        write_table(root / "pile" / f"{part}.parquet", rows, group=3)
    return open_source(root / "pile")


def parquet_of_paths(root: Path, files: Mapping[str, bytes]) -> Source:
    (root / "pile" / "photos").mkdir(parents=True)
    for key, data in files.items():
        (root / "pile" / "photos" / f"{key}.png").write_bytes(data)
    table = pa.table({"image_path": [f"photos/{key}.png" for key in files], "title": [caption(key) for key in files]})
    pq.write_table(table, root / "pile" / "list.parquet", row_group_size=2)
    return open_source({"kind": "parquet", "path": str(root / "pile")})


def dataset(root: Path, files: Mapping[str, bytes]) -> Source:
    _data_set(files).save_to_disk(root / "pile")
    return open_source(root / "pile")


def streamed(root: Path, files: Mapping[str, bytes]) -> Source:
    _data_set(files).save_to_disk(root / "pile")
    return open_source({"kind": "dataset", "path": str(root / "pile"), "streaming": True})


def streamed_files(root: Path, files: Mapping[str, bytes]) -> Source:
    (root / "pile").mkdir()
    for part, rows in enumerate(_thirds(files)):
        write_table(root / "pile" / f"{part}.parquet", rows, group=3)
    return open_source({"kind": "dataset", "path": str(root / "pile"), "streaming": True})


def webdataset(root: Path, files: Mapping[str, bytes]) -> Source:
    (root / "pile").mkdir()
    for part, rows in enumerate(_thirds(files)):
        write_tar(root / "pile" / f"{part:05}.tar", samples(rows))
    return open_source(root / "pile")


def compressed(root: Path, files: Mapping[str, bytes]) -> Source:
    write_tar(root / "pile.tar.gz", samples(files), "w:gz")
    return open_source(root / "pile.tar.gz")


def downloaded_tars(root: Path, files: Mapping[str, bytes]) -> Source:
    return img2dataset(root, files, "webdataset")


def downloaded_files(root: Path, files: Mapping[str, bytes]) -> Source:
    return img2dataset(root, files, "files")


def downloaded_tables(root: Path, files: Mapping[str, bytes]) -> Source:
    return img2dataset(root, files, "parquet")


def img2dataset(root: Path, files: Mapping[str, bytes], form: str, failed: Mapping[str, str] | None = None) -> Source:
    """The layout of img2dataset; ``failed`` are keys of rows without a picture and their messages."""
    (root / "pile").mkdir()
    for part, rows in enumerate(_thirds({**files, **dict.fromkeys(failed or {}, b"")})):
        stem, good = root / "pile" / f"{part:05}", {key: data for key, data in rows.items() if data}
        if form == "webdataset":
            write_tar(stem.with_suffix(".tar"), samples(good))
        if form == "files":
            stem.mkdir()
            for key, data in good.items():
                (stem / f"{key}.jpg").write_bytes(data)
        columns = {
            "url": [f"https://example.org/{key}.jpg" for key in rows],
            "key": list(rows),
            "caption": [caption(key) for key in rows],
            "status": ["success" if rows[key] else "failed_to_download" for key in rows],
            "error_message": [(failed or {}).get(key) for key in rows],
        }
        if form == "parquet":
            columns["jpg"] = [data or None for data in rows.values()]  # type: ignore[misc]
        pq.write_table(pa.table(columns), stem.with_suffix(".parquet"))
        Path(f"{stem}_stats.json").write_text(json.dumps({"count": len(rows)}))
    return open_source(root / "pile")


KINDS: dict[str, Callable[[Path, Mapping[str, bytes]], Source]] = {
    maker.__name__: maker
    for maker in (
        *(folder, parquet, parquet_of_paths, dataset, streamed, streamed_files, webdataset, compressed),
        *(downloaded_tars, downloaded_files, downloaded_tables),
    )
}
"""Name -> function that writes pictures as such a pile and opens it."""


def samples(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """The files of a WebDataset: caption, picture and metadata of each."""
    return {
        name: data
        for key, picture in files.items()
        for name, data in (
            (f"{key}.txt", caption(key).encode()),
            (f"{key}.png", picture),
            (f"{key}.json", json.dumps({"key": key, "width": 48, "nested": {"left": "out"}}).encode()),
        )
    }


def write_tar(path: Path, files: Mapping[str, bytes], mode: str = "w") -> None:
    with tarfile.open(path, mode) as tar:  # type: ignore[call-overload]
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))


def write_table(path: Path, files: Mapping[str, bytes], group: int) -> None:
    table = pa.table({"image": list(files.values()), "key": list(files), "caption": [caption(key) for key in files]})
    pq.write_table(table, path, row_group_size=group)


def _thirds(files: Mapping[str, bytes]) -> list[dict[str, bytes]]:
    keys = list(files)
    size = -(-len(keys) // 3)
    return [{key: files[key] for key in keys[start : start + size]} for start in range(0, len(keys), size)]


def _data_set(files: Mapping[str, bytes]):  # noqa: ANN202 (datasets has no types)
    import datasets

    rows = {"picture": [{"bytes": data, "path": None} for data in files.values()], "text": list(map(caption, files))}
    features = datasets.Features({"picture": datasets.Image(), "text": datasets.Value("string")})
    return datasets.Dataset.from_dict(rows, features=features)
