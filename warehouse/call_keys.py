"""Which calls of the lake have one of these identities, however many calls there are: 64-bit keys beside the lake.

Each Parquet file of calls has a file of keys in `lake/call_keys/`, one for each of its rows, made when first asked for.
Keys only say where to look: what counts is the call_id itself, so that two with the same key are never mixed up. They
follow from the calls and may be thrown away at any time.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Final

import polars as pl

from belnota import files
from warehouse.lake import Lake

FOLDER: Final = "call_keys"
_WORD: Final = 8
_FACTOR: Final = 0x9E3779B97F4A7C15
_MOST_WORDS: Final = 32


def key_of(call_id: pl.Expr, words: int = _MOST_WORDS) -> pl.Expr:
    """Return the key (UInt64): the words of eight bytes, little-endian, as digits of a number modulo 2^64.

    It is ours, so that it may be stored: hashes of Polars differ from version to version. `words` is at least the
    number of words of the longest identity; what goes beyond 256 bytes does not count.
    """
    # bytes, not characters: a slice of an identity may end inside one
    raw = pl.concat_str(call_id, pl.lit("\0" * _WORD)).cast(pl.Binary)
    length = call_id.str.len_bytes()
    key = length.cast(pl.UInt64)
    for word in range(words):
        digits = raw.bin.slice(word * _WORD, _WORD)
        whole = pl.when(digits.bin.size() == _WORD).then(digits).otherwise(pl.lit(b"\0" * _WORD))
        value = whole.bin.reinterpret(dtype=pl.UInt64, endianness="little")
        # `key` stands here once only: an expression that holds itself twice doubles with every word
        is_there = length > word * _WORD
        factor = pl.when(is_there).then(pl.lit(_FACTOR, pl.UInt64)).otherwise(pl.lit(1, pl.UInt64))
        key = key * factor + pl.when(is_there).then(value).otherwise(pl.lit(0, pl.UInt64))
    return key


def keys_of(call_ids: pl.Series) -> pl.Series:
    """Return the keys of identities."""
    longest = call_ids.str.len_bytes().max()
    words = min(_MOST_WORDS, -(-int(longest) // _WORD)) if isinstance(longest, int) else 0
    return pl.DataFrame({"call_id": call_ids}).select(key=key_of(pl.col("call_id"), words))["key"]


def calls_with(lake: Lake, call_ids: pl.Series) -> pl.LazyFrame:
    """Return the stored calls (contract Call) that have one of these identities.

    Whoever writes to the lake may call this, nobody else: missing keys are made, superfluous ones go.
    """
    held = {path.stem: path for path in lake.files("calls")}
    keys = _refreshed(lake, held)
    if not held or call_ids.is_empty():
        return lake.scan("calls", only=[])
    wanted = keys_of(call_ids)
    scanned = pl.scan_parquet(keys, include_file_paths="path", glob=False)
    hits = scanned.filter(pl.col("key").is_in(wanted.implode())).collect(engine="streaming")
    only = [held[Path(path).stem] for path in hits["path"].unique()]
    likely = call_ids.filter(wanted.is_in(hits["key"].implode())).unique()
    return lake.scan("calls", only=only).filter(pl.col("call_id").is_in(likely.implode()))


def forget(lake: Lake) -> int:
    """Remove the keys of files of calls that are no more; returns how many files."""
    held = {path.stem for path in lake.files("calls")}
    gone = [path for path in (lake.root / FOLDER).glob("*.parquet") if path.stem not in held]
    for path in gone:
        path.unlink(missing_ok=True)
    return len(gone)


def _refreshed(lake: Lake, held: dict[str, Path]) -> list[Path]:
    """Return the files of keys of all files of calls, in their order; makes what is missing and removes the rest."""
    folder = lake.root / FOLDER
    there = {path.stem: path for path in folder.glob("*.parquet")}
    for stem in there.keys() - held.keys():
        there[stem].unlink(missing_ok=True)
    for stem in held.keys() - there.keys():
        files.publish(folder / f"{stem}.parquet", partial(_write, held[stem]))
    return [folder / f"{stem}.parquet" for stem in held]


def _write(source: Path, target: Path) -> None:
    longest = pl.scan_parquet(source, glob=False).select(pl.col("call_id").str.len_bytes().max()).collect().item() or 0
    words = min(_MOST_WORDS, -(-int(longest) // _WORD))
    keys = pl.scan_parquet(source, glob=False).select(key=key_of(pl.col("call_id"), words))
    keys.sink_parquet(target, compression="uncompressed")
