"""How fast calls are rated, beside what else could rate them: python -m benchmarks.bench_rating --millions 1

A made-up reseller (benchmarks/reseller.py) is written to a temporary folder. Each rater runs in a process of its own,
in turn with the plain copy of the same file, three turns; the shortest time of each counts. Whatever another rater
says differently from the engine is counted, row by row. Compare ratios, not seconds: cores are often shared.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import polars as pl

from benchmarks.agreement import differing
from benchmarks.made_decks import write_wide_deck
from benchmarks.reseller import SEED, Reseller, Size, sampled, write_reseller
from tests.lib.postgres import binary

ROOT: Final = Path(__file__).resolve().parents[1]
DUCKDB_MOST: Final = 10_000_000
SAMPLES: Final = {"python": 200_000, "duckdb": DUCKDB_MOST, "postgres": 100_000}
"""Calls on which the slower raters are measured, at most; their times per call are compared."""
TITLES: Final = {
    "copy": "copy the file (Polars, zstd)",
    "light_copy": "copy it, compressed as the raters write",
    "engine": "rate, file to file: Belnota",
    "duckdb": "the same rating in DuckDB SQL",
    "python": "the same in lean plain Python",
    "postgres": "the same in PostgreSQL with prefix",
}
LEFT_OUT: Final = {
    "duckdb": "DuckDB: file to file, in memory; the result's rows are in any order",
    "python": "Python: file to file; Polars reads and writes the columns, the rating is a loop",
    "postgres": "PostgreSQL: table to table, without reading or writing a file; memory of the session's process",
}
WIDE: Final = 170_000
FEW: Final = 1000


@dataclass
class Bench:
    """One run: where the data are, what was measured so far."""

    whole: Reseller
    work: Path
    calls: int
    turns: int
    begun: float = field(default_factory=time.monotonic)
    best: dict[str, dict[str, Any]] = field(default_factory=dict)

    def say(self, text: str) -> None:
        print(f"[{time.monotonic() - self.begun:6.0f} s] {text}", file=sys.stderr, flush=True)

    def run(self, job: str, data: Reseller, label: str | None = None) -> Path:
        """Run a job in a process of its own and keep its shortest time; return the file it wrote."""
        label = label or job
        out = self.work / f"{label}.parquet"
        command = [sys.executable, "-m", "benchmarks.jobs", job, str(data.folder), str(out)]
        done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False)
        if done.returncode:
            raise SystemExit(f"{job} failed; its message is above")
        result = json.loads(done.stdout.splitlines()[-1])
        self.say(f"{label}: {result['seconds']:.2f} s")
        before = self.best.get(label, result)
        times = ("seconds", "cpu", "prepare_seconds", "text_seconds")
        shortest = {name: min(result[name], before[name]) for name in times if result.get(name) is not None}
        self.best[label] = result | shortest | {"peak_mb": max(result["peak_mb"], before["peak_mb"])}
        return out


def main(arguments: Sequence[str] | None = None) -> None:
    options = _options(arguments)
    calls = round(options.millions * 1_000_000)
    with tempfile.TemporaryDirectory(prefix="belnota-bench-") as scratch:
        work = (options.keep or Path(scratch)).resolve()
        work.mkdir(parents=True, exist_ok=True)
        data = (options.data or work / "data").resolve()
        bench = Bench(Reseller(data), work, calls, options.turns)
        bench.say(f"working in {work}, data in {data}")
        write_reseller(data, Size.of(calls), bench.say)
        others = [name for name in ("duckdb", "python", "postgres") if name not in options.without]
        samples = {name: _sample(bench, SAMPLES[name]) for name in others}
        differences = _measure(bench, samples)
        _measure_the_rest(bench)
        print(_report(bench, samples, differences))


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--millions", type=float, default=1, help="millions of calls")
    parser.add_argument("--turns", type=int, default=3, help="how often each is measured; the shortest time counts")
    parser.add_argument(
        "--data", type=Path, help="folder of made-up data, kept and used again by a run of the same size"
    )
    parser.add_argument("--keep", type=Path, help="folder in which everything is kept, results too")
    parser.add_argument(
        "--without", nargs="*", default=[], choices=["duckdb", "python", "postgres"], help="raters to leave out"
    )
    return parser.parse_args(arguments)


def _sample(bench: Bench, rows: int) -> tuple[Reseller, int]:
    """Return the data on which a slower rater is measured, and how many calls these are."""
    if rows >= bench.calls:
        return bench.whole, bench.calls
    folder = bench.work / f"sample-{rows}"
    made = sampled(bench.whole, folder, rows, bench.calls)
    return made, pl.scan_parquet(made.calls).select(pl.len()).collect().item()


def _measure(bench: Bench, samples: dict[str, tuple[Reseller, int]]) -> dict[str, int]:
    """Run all raters in turns; return for each other one how many of its rows differ from the engine's."""
    differences: dict[str, int] = {}
    for turn in range(bench.turns):
        bench.say(f"turn {turn + 1} of {bench.turns}")
        for job in ("copy", "light_copy", "engine"):
            bench.run(job, bench.whole)
        for job, (data, _) in samples.items():
            out = bench.run(job, data)
            if job not in differences:
                same = bench.work / "engine.parquet"
                if data != bench.whole:
                    same = bench.run("engine", data, label=f"engine-{data.folder.name}")
                differences[job] = differing(same, out)
                bench.say(f"{job}: {differences[job]} rows differ from the engine's")
    return differences


def _measure_the_rest(bench: Bench) -> None:
    """The match alone, a wide price list, and the command on a small file."""
    write_wide_deck(bench.work / "decks" / "wide", WIDE, SEED)
    few = bench.work / "few.csv"
    voice = pl.scan_parquet(bench.whole.calls).filter(pl.col("service") == "voice", pl.col("direction") == "out")
    columns = ("call_id", "service", pl.col("other_number").alias("called"), "answered_at", "quantity")
    voice.select(*columns).head(FEW).collect().write_csv(few, datetime_format="%Y-%m-%dT%H:%M:%S%:z")
    demo = ROOT / "pipelines" / "demo" / "data" / "decks"
    made = bench.whole.folder / "decks"
    for _ in range(bench.turns):
        bench.run("match", bench.whole)
        bench.run("deck", Reseller(bench.work))
        _time_command(bench, "few-demo", few, demo / "zakelijk-2026", demo / "az-2026")
        _time_command(bench, "few-made", few, made / "plan-01", made / "az")


def _time_command(bench: Bench, label: str, calls: Path, deck: Path, base: Path) -> None:
    program = Path(sys.executable).with_name("belnota")
    out = bench.work / "few-rated.csv"
    begun = time.perf_counter()
    command = [program, "rate", calls, "--deck", deck, "--base", base, "--out", out]
    done = subprocess.run([str(part) for part in command], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"belnota rate failed: {done.stderr}")
    seconds = time.perf_counter() - begun
    bench.say(f"belnota rate, {label}: {seconds:.2f} s")
    bench.best[label] = {"seconds": min(seconds, bench.best.get(label, {"seconds": seconds})["seconds"])}


def _report(bench: Bench, samples: dict[str, tuple[Reseller, int]], differences: dict[str, int]) -> str:
    counts = dict.fromkeys(("copy", "light_copy", "engine"), bench.calls) | {
        job: count for job, (_, count) in samples.items()
    }
    per_call = {job: bench.best[job]["seconds"] / count for job, count in counts.items()}
    copy_cpu = bench.best["copy"]["cpu"] / bench.calls
    rows = [
        (
            "what",
            "calls",
            "seconds",
            "CPU s",
            "calls/s",
            "of a copy",
            "by CPU",
            "engine is",
            "peak MB",
            "rows that differ",
        )
    ]
    for job, count in counts.items():
        best = bench.best[job]
        faster = f"{per_call[job] / per_call['engine']:.1f} x faster" if job in samples else ""
        rows.append(
            (
                TITLES[job],
                f"{count:,}",
                f"{best['seconds']:.2f}",
                "" if best["cpu"] is None else f"{best['cpu']:.2f}",
                f"{count / best['seconds']:,.0f}",
                f"{per_call[job] / per_call['copy']:.1f}",
                "" if best["cpu"] is None else f"{best['cpu'] / count / copy_cpu:.1f}",
                faster,
                f"{best['peak_mb']:,.0f}",
                str(differences.get(job, "")),
            )
        )
    versions = _versions(with_postgres="postgres" in samples)
    lines = [
        f"Rating {bench.calls:,} calls; {os.cpu_count()} cores ({_processor()}); {versions}",
        f"shortest of {bench.turns} turns, most memory of any; price lists are loaded before the clock starts",
        "",
        *_aligned(rows),
        "",
        *_other_figures(bench.best),
        "",
        *(LEFT_OUT[job] for job in samples),
    ]
    return "\n".join(lines)


def _other_figures(best: dict[str, dict[str, Any]]) -> Iterator[str]:
    matched = best["match"]
    from_keys, from_text = (matched["rows"] / matched[name] / 1e6 for name in ("seconds", "text_seconds"))
    yield f"match alone: {from_keys:,.1f} M numbers/s from keys, {from_text:,.1f} M/s from text ({matched['rows']:,})"
    yield f"the 21 price lists of this run, read, checked and compiled: {best['engine']['prepare_seconds']:.2f} s"
    yield f"a price list of {WIDE:,} destinations, read, checked and compiled: {best['deck']['seconds']:.2f} s"
    demo, made = best["few-demo"]["seconds"], best["few-made"]["seconds"]
    yield f"belnota rate, {FEW:,} calls: {demo:.2f} s with the demo's lists, {made:.2f} s with this run's base list"


def _aligned(rows: list[tuple[str, ...]]) -> list[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return [
        "  ".join(cell.ljust(width) if column == 0 else cell.rjust(width) for column, (cell, width) in enumerate(cells))
        for cells in (list(zip(row, widths, strict=True)) for row in rows)
    ]


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    names = [line.split(":")[1].strip() for line in info.read_text().splitlines() if line.startswith("model name")]
    return names[0] if names else platform.machine()


def _versions(*, with_postgres: bool) -> str:
    names = [f"Python {platform.python_version()}", *(f"{name} {version(name)}" for name in ("polars", "duckdb"))]
    if with_postgres:
        said = subprocess.run([binary("postgres"), "--version"], capture_output=True, text=True, check=True).stdout
        names.append(f"PostgreSQL {said.split()[2]}")
    return ", ".join(names)


if __name__ == "__main__":
    main()
