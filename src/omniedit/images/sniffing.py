"""What a file is, by its first bytes: its extension is only a claim."""

from __future__ import annotations

import codecs

_UNKNOWN = "no kind of picture that is known"

_SIGNATURES: tuple[tuple[int, bytes, str], ...] = (
    (0, b"\x89PNG\r\n\x1a\n", "PNG"),
    (0, b"\xff\xd8\xff", "JPEG"),
    (0, b"GIF87a", "GIF"),
    (0, b"GIF89a", "GIF"),
    (0, b"II*\0", "TIFF"),
    (0, b"MM\0*", "TIFF"),
    (0, b"II+\0", "TIFF"),
    (0, b"MM\0+", "TIFF"),
    (0, b"BM", "BMP"),
    (0, b"\0\0\1\0", "an ICO icon"),
    (0, b"\0\0\2\0", "a CUR cursor"),
    (0, b"\0\0\0\x0cjP  ", "a JPEG 2000 picture"),
    (0, b"\xff\x4f\xff\x51", "a JPEG 2000 picture"),
    (0, b"\0\0\0\x0cJXL ", "a JPEG XL picture"),
    (0, b"\xff\x0a", "a JPEG XL picture"),
    (0, b"8BPS", "a Photoshop document"),
    (0, b"\x76\x2f\x31\x01", "an OpenEXR picture"),
    (0, b"#?RADIANCE", "a Radiance HDR picture"),
    (0, b"DDS ", "a DDS texture"),
    (0, b"%!PS", "a PostScript (EPS) document"),
    (0, b"\xc5\xd0\xd3\xc6", "a PostScript (EPS) document"),
    (0, b"%PDF", "a PDF document"),
    (0, b"PK\3\4", "a ZIP archive (or a document that is one)"),
    (0, b"PK\5\6", "an empty ZIP archive"),
    (0, b"\x1f\x8b", "a gzip archive"),
    (0, b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (0, b"Rar!", "a RAR archive"),
    (257, b"ustar", "a tar archive"),
    (0, b"\x1aE\xdf\xa3", "a Matroska or WebM video"),
    (0, b"ID3", "an MP3 sound"),
    (0, b"\x7fELF", "a program"),
    (0, b"MZ", "a program"),
    (0, b"\x93NUMPY", "a NumPy array"),
    (0, b"\x89HDF", "an HDF5 file"),
    (0, b"PAR1", "a Parquet table"),
    (0, b"SQLite format 3", "an SQLite database"),
    (0, b"\x80\2", "a Python pickle"),
    (0, b"\x80\3", "a Python pickle"),
    (0, b"\x80\4", "a Python pickle"),
    (0, b"\x80\5", "a Python pickle"),
)

_RIFF = {b"WEBP": "WEBP", b"AVI ": "an AVI video", b"WAVE": "a WAV sound"}

_TEXTS: tuple[tuple[str, str], ...] = (
    ("<svg", "an SVG drawing"),
    ("<html", "an HTML page, not the picture it should be (a download that failed?)"),
    ("<!doctype html", "an HTML page, not the picture it should be (a download that failed?)"),
    ("<?xml", "an XML document"),
    ("version https://git-lfs", "a Git LFS pointer (fetch the file itself: git lfs pull)"),
    ("data:image/", "a picture as base64 text"),
)


def sniff(data: bytes) -> str:
    """The name in ``FORMATS`` (``"PNG"``) of what ``data`` starts like; otherwise words for what it looks like."""
    head = data[:2048]
    for offset, magic, kind in _SIGNATURES:
        if head[offset : offset + len(magic)] == magic:
            return kind
    if head[:4] == b"RIFF":
        return _RIFF.get(head[8:12], _UNKNOWN)
    if head[4:8] == b"ftyp":
        return _iso_media(head)
    if head[:1] == b"P" and head[1:2] in b"1234567f" and head[2:3].isspace():
        return "PPM"
    if not head.strip(b"\0"):
        return "nothing but zero bytes (a copy or download that never finished?)"
    return _text(head)


def _iso_media(head: bytes) -> str:
    brands = head[8 : max(12, int.from_bytes(head[:4], "big"))]
    if b"avif" in brands or b"avis" in brands:
        return "AVIF"
    if any(brand in brands for brand in (b"heic", b"heix", b"hevc", b"mif1", b"msf1")):
        return "an HEIC photo (convert it to JPEG)"
    return "an MP4 or QuickTime video"


def _text(head: bytes) -> str:
    try:  # incremental: the cut at 2048 bytes may split a character
        text = codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return _UNKNOWN
    if not all(character.isprintable() or character.isspace() for character in text):
        return _UNKNOWN
    start = text.lstrip("\ufeff \t\r\n").lower()
    return next((kind for mark, kind in _TEXTS if start.startswith(mark) or (mark == "<svg" and mark in start)), "text")
