"""How fast raw files become checked, deduplicated Parquet: python -m benchmarks.bench_ingest --lines 1000000

A made-up CSV file of the plain layout (fixtures/mappings/mobiel.toml) goes through the real inbox into a lake, beside
the bare parse of the same file (Polars, all texts) and beside that parse written as Parquet. Each measurement is a
process of its own, in turns; the shortest time of each counts. With --known, stored calls are made up, and the time to
find the known ones among a million identities is measured. Compare ratios, not seconds.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import polars as pl

from belnota.settings import Feed, Night, Settings
from belnota.store import open_store
from benchmarks.made_raw_files import write_known_calls, write_mobiel_file
from pipelines.ingest import ingest
from pipelines.known_calls import KnownCalls
from pipelines.reading_child import read_here
from pipelines.workspace import silent
from warehouse import Lake, calls_with

ROOT: Final = Path(__file__).resolve().parents[1]
NAME: Final = "mobiel-1.csv"
NEW: Final = 1_000_000
MAPPING: Final = ROOT / "fixtures" / "mappings" / "mobiel.toml"


def parse(folder: Path) -> Callable[[], object]:
    return lambda: pl.read_csv(folder / NAME, separator=";", infer_schema=False)


def parse_and_write(folder: Path) -> Callable[[], object]:
    out = folder / "parsed.parquet"
    return lambda: pl.read_csv(folder / NAME, separator=";", infer_schema=False).write_parquet(out, compression="zstd")


def read(folder: Path) -> Callable[[], object]:
    """The reader alone: bytes to checked records, block by block."""

    feed, mapping = Feed("mobiel", "mapping", "*", mapping="mobiel.toml"), MAPPING.read_text(encoding="utf-8")
    return lambda: sum(block.records.height for block in read_here(feed, mapping, folder / NAME))


def engine(folder: Path) -> Callable[[], object]:
    """What a night does with the file, from inbox to register; the store and the mapping are there before."""

    workspace = folder / "workspace"
    shutil.rmtree(workspace, ignore_errors=True)
    (workspace / "inbox").mkdir(parents=True)
    shutil.copyfile(MAPPING, workspace / "mobiel.toml")
    shutil.copyfile(folder / NAME, workspace / "inbox" / NAME)
    feeds = (Feed("mobiel", "mapping", "mobiel-*.csv", mapping="mobiel.toml"),)
    settings = Settings(workspace, feeds=feeds, night=Night(max_file_mebibytes=1 << 20, reader_seconds=1 << 20))
    store, lake = open_store(settings.store_url), Lake(settings.lake)
    now = dt.datetime(2026, 12, 1, tzinfo=dt.UTC)

    def work() -> None:
        done = ingest(settings, store, lake, files=None, now=now, progress=silent)
        if done.calls_accepted + done.calls_duplicate != done.records_in or done.lines_quarantined:
            raise SystemExit(f"the file did not get in whole: {done}")

    return work


def known(folder: Path) -> Callable[[], object]:
    """A million identities, one in a hundred stored before, among all that are; their keys are there already."""

    lake = Lake(folder / "known")
    stored = lake.rows("calls")
    ids = pl.read_parquet(folder / "new.parquet")["call_id"]
    calls_with(lake, ids.head(1))

    def work() -> None:
        found = KnownCalls(lake).of(ids)
        if found.height < NEW // 100 or stored < found.height:
            raise SystemExit(f"{found.height} known calls were found")

    return work


JOBS: Final = {job.__name__: job for job in (parse, parse_and_write, read, engine, known)}


def measured(job: str, folder: Path) -> dict[str, Any]:
    """Do a job in this process and return its wall and CPU seconds and peak memory, those of its own children too."""
    work = JOBS[job](folder)
    begun = time.perf_counter()
    used = _cpu()
    work()
    return {
        "seconds": time.perf_counter() - begun,
        "cpu": _cpu() - used,
        "peak_mb": _peak_mb(),
        "child_mb": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024,
    }


def _peak_mb() -> int:
    """Return the peak of this process; ru_maxrss would be that of the process it was forked from, if larger."""
    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    [line] = [line for line in status.read_text(encoding="ascii").splitlines() if line.startswith("VmHWM")]
    return int(line.split()[1]) // 1024


def _cpu() -> float:
    who = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return sum(usage.ru_utime + usage.ru_stime for usage in map(resource.getrusage, who))


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lines", type=int, default=1_000_000, help="lines of the file")
    parser.add_argument("--known", type=int, default=0, help="stored calls among which a million are looked up")
    parser.add_argument("--jobs", nargs="+", default=["parse", "parse_and_write", "read", "engine"], choices=list(JOBS))
    parser.add_argument("--turns", type=int, default=3, help="how often each is measured; the shortest time counts")
    parser.add_argument("--job", choices=list(JOBS), help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.job:
        print(json.dumps(measured(options.job, options.folder)))
        return
    with tempfile.TemporaryDirectory(prefix="belnota-bench-") as scratch:
        folder = Path(scratch)
        write_mobiel_file(folder / NAME, options.lines)
        jobs = [*dict.fromkeys(["parse", *options.jobs])]
        if options.known:
            write_known_calls(folder, options.known, NEW)
            jobs.append("known")
        print(report(measure(folder, jobs, options.turns), folder, options.lines, options.known))


def measure(folder: Path, jobs: Sequence[str], turns: int) -> dict[str, dict[str, Any]]:
    """Run each job in a process of its own, in turns; return the shortest times and the highest peaks."""
    best: dict[str, dict[str, Any]] = {}
    for _ in range(turns):
        for job in jobs:
            command = [sys.executable, "-m", "benchmarks.bench_ingest", "--job", job, "--folder", str(folder)]
            done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False)
            if done.returncode:
                raise SystemExit(f"{job} failed; its message is above")
            result = json.loads(done.stdout.splitlines()[-1])
            before = best.get(job, result)
            best[job] = {
                name: (max if name.endswith("mb") else min)(value, before[name]) for name, value in result.items()
            }
            print(f"{job}: {result['seconds']:.2f} s", file=sys.stderr, flush=True)
    return best


def report(best: dict[str, dict[str, Any]], folder: Path, lines: int, stored: int) -> str:
    """Return the figures as a table; ratios are to the bare parse."""
    titles = {
        "parse": "parse (Polars, all texts)",
        "parse_and_write": "parse and write Parquet, zstd",
        "read": "reader: bytes to checked records",
        "engine": "ingest: inbox to lake and register",
        "known": f"1,000,000 new among {stored:,} known calls",
    }
    size = (folder / NAME).stat().st_size / 1e6
    rows = [
        f"{lines:,} lines, {size:,.0f} MB",
        "",
        "| | seconds | CPU s | of the parse | by CPU | lines/s | peak MB | of the reading process |",
    ]
    rows.append("|---|---|---|---|---|---|---|---|")
    floor = best["parse"]
    for job, figures in best.items():
        ratios = (figures["seconds"] / floor["seconds"], figures["cpu"] / floor["cpu"])
        speed = (NEW if job == "known" else lines) / figures["seconds"]
        rows.append(
            f"| {titles[job]} | {figures['seconds']:.2f} | {figures['cpu']:.2f} | {ratios[0]:.1f} | {ratios[1]:.1f} | "
            f"{speed:,.0f} | {figures['peak_mb']:,} | {figures['child_mb']:,} |"
        )
    return "\n".join(rows)


if __name__ == "__main__":
    main()
