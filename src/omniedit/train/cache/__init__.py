"""Latents and embedded texts on disk: computed once, so that training needs neither codec nor text encoder.

    CACHE/rows/<hash>.parquet                             what a run of pairs needs, or why a pair is left out
    CACHE/latents/<encoder>/<w>x<h>/<hash>.safetensors    latents of one bucket
    CACHE/texts/<encoder>/<hash>.safetensors              embedded texts
    CACHE/units/<hash>.json                               manifest of a finished unit: its files, their keys and hashes
    CACHE/units/<hash>.seen                               when its files were last known to be whole
    CACHE/index.parquet                                   pair -> where its latents and texts are; published last
    CACHE/left_out.jsonl                                  the pairs that are in no index, and why

Everything is named by its content: a picture's latent by the picture, its bucket and the codec; a text by its words and
the encoder. So two pairs share the latent of one source, a set that grows keeps what it has, another codec makes other
files, and processes that work side by side, or die at any moment, end in the same files.

config       the settings
identity     names by content
rows         what every pair needs
plan         what is yet to be encoded, in units
shards       the files of latents and texts, and whether they are whole
encode       a unit, from pictures and words to its files
index        where everything is, for training
make         all of it: what ``omniedit cache`` does
opening      pairs and encoders of a recipe
sizes        what it will take
reader       latents and texts of a pair
examples     those of a batch, for the loop
"""
