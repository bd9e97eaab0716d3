"""One measured piece of work in a process of its own: python -m benchmarks.jobs JOB DATA OUT.

What is the same every night (price lists compiled, tables loaded) comes before the clock and is reported apart.
Prints one line of JSON: wall and CPU seconds of both parts, and the most memory the process had.
"""

from __future__ import annotations

import importlib
import json
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl

from benchmarks.reseller import ZSTD, Reseller


def copy(reseller: Reseller, out: Path) -> dict[str, Any]:
    """The floor of performance.md: the file copied by Polars as it does by itself."""
    return _clocked(lambda: pl.scan_parquet(reseller.calls).sink_parquet(out, compression="zstd"))


def light_copy(reseller: Reseller, out: Path) -> dict[str, Any]:
    """The same, compressed as the raters write."""
    return _clocked(
        lambda: pl.scan_parquet(reseller.calls).sink_parquet(out, compression="zstd", compression_level=ZSTD)
    )


def engine(reseller: Reseller, out: Path) -> dict[str, Any]:
    engine = importlib.import_module("benchmarks.engine")
    return _prepared_first(
        lambda: engine.compiled(reseller), lambda prices: engine.rate_file(reseller.calls, out, reseller, prices)
    )


def python(reseller: Reseller, out: Path) -> dict[str, Any]:
    rater = importlib.import_module("benchmarks.raters.plain_python")
    return _prepared_first(lambda: rater.Prepared(reseller), lambda ready: rater.rate_file(reseller.calls, out, ready))


def duckdb(reseller: Reseller, out: Path) -> dict[str, Any]:
    rater = importlib.import_module("benchmarks.raters.duckdb_sql")
    return _prepared_first(lambda: rater.Prepared(reseller), lambda ready: rater.rate_file(reseller.calls, out, ready))


def postgres(reseller: Reseller, out: Path) -> dict[str, Any]:
    """The clock holds the rating only: the calls are in a table before, and the result stays in one."""
    rater = importlib.import_module("benchmarks.raters.postgres_prefix")
    with rater.server() as connection:
        result = _prepared_first(lambda: rater.Prepared(connection, reseller), rater.rate)
        rater.write(connection, out)
        return result | {"cpu": None, "peak_mb": rater.server_peak(connection)}


def match(reseller: Reseller, _out: Path) -> dict[str, Any]:
    """The longest prefix of all numbers called, of at most ten million calls: keys to matches, and text to matches."""
    engine = importlib.import_module("benchmarks.engine")
    prices = engine.compiled(reseller)
    numbers = pl.scan_parquet(reseller.calls).select("other_number").head(10_000_000).collect()["other_number"]
    numbers = numbers.filter(numbers.str.contains(r"^\+[0-9]+$"))
    keys = engine.keys_of(numbers)
    engine.match(keys.head(1000), prices)
    timed = _clocked(lambda: engine.match(keys, prices))
    with_keys = _clocked(lambda: engine.match(engine.keys_of(numbers), prices))
    return timed | {"rows": len(keys), "text_seconds": with_keys["seconds"]}


def deck(reseller: Reseller, _out: Path) -> dict[str, Any]:
    """Read, check and compile the one price list in decks/wide."""
    tariffs = importlib.import_module("tariffs")
    folder = reseller.folder / "decks" / "wide"
    return _clocked(lambda: tariffs.compile_prices({"wide": tariffs.read_deck(folder)}, ["wide"]))


JOBS: dict[str, Callable[[Reseller, Path], dict[str, Any]]] = {
    job.__name__: job for job in (copy, light_copy, engine, python, duckdb, postgres, match, deck)
}


def _clocked(work: Callable[[], object]) -> dict[str, Any]:
    """Return wall and CPU seconds of work, and the peak of the process so far."""
    begun, used = time.perf_counter(), time.process_time()
    work()
    return {"seconds": time.perf_counter() - begun, "cpu": time.process_time() - used, "peak_mb": peak_mb()}


def _prepared_first(prepare: Callable[[], Any], work: Callable[[Any], object]) -> dict[str, Any]:
    ready: list[Any] = []
    before = _clocked(lambda: ready.append(prepare()))
    apart = {f"prepare_{name}": value for name, value in before.items()}
    return apart | _clocked(lambda: work(ready[0]))


def peak_mb() -> float:
    """Return the most memory this process had; `ru_maxrss` alone would count what its parent had when it forked."""
    status = Path("/proc/self/status")
    if status.exists():
        lines = status.read_text(encoding="utf-8").splitlines()
        return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    name, data, out = sys.argv[1:]
    print(json.dumps(JOBS[name](Reseller(Path(data)), Path(out))))
