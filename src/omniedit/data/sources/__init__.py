"""Sources: photographs from any pile, with a reason for each that is dropped.

    open_source -> Source -> items, photos -> ingest -> ledger, KeptPhotos

source       what every source gives: items and photographs, sharded
kinds        the registry of sources, and how a kind is told from a path
folder, parquet, dataset, webdataset, img2dataset, bundled   one kind each
filters      thresholds, and what is refused; nsfw is one more
hashes       perceptual hashes, hash files, search for near ones
ingest       filters over shards, resumable
ledger       what became of every photograph; near-duplicates across shards
table        the kept ones, opened from where they are
"""

from __future__ import annotations

from omniedit.data.sources.filters import Filter, FilterConfig, Look
from omniedit.data.sources.hashes import hash_source, merge_hashes, perceptual_hash
from omniedit.data.sources.ingest import ingest, ingest_shard
from omniedit.data.sources.kinds import SOURCES, open_source
from omniedit.data.sources.ledger import IngestSummary, Line, conclude
from omniedit.data.sources.source import Item, Source, items, photos
from omniedit.data.sources.table import KeptPhotos, kept_photos

__all__ = [
    "SOURCES",
    "Filter",
    "FilterConfig",
    "IngestSummary",
    "Item",
    "KeptPhotos",
    "Line",
    "Look",
    "Source",
    "conclude",
    "hash_source",
    "ingest",
    "ingest_shard",
    "items",
    "kept_photos",
    "merge_hashes",
    "open_source",
    "perceptual_hash",
    "photos",
]
