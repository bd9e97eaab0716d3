"""Open lines read once more from the archived file, after a fix: a mapping, an option, a newer reader.

What is a call now is stored with the file and line it always had; what is still bad stays, with its new reason.
What is a part of a call now is joined with what waits, as on arrival (pipelines.parts).
Per file: the decisions are written (retry `begun`), the calls go to the lake as one batch of the retry's name, the
retry is `done`. Killed in between, `finish_retries` sees by the batch which of both it was: nothing counts twice.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import uuid4

import polars as pl
import sqlalchemy as sa

from belnota.phone import without_numbers
from belnota.settings import Feed
from belnota.store.quarantine import quarantine_decisions, quarantine_retries
from pipelines import retry_pending
from pipelines.arrivals import is_whole, raw_copy
from pipelines.feeds import FileRefused, ReadResult, reader_of
from pipelines.feeds.calls import KNOWN, as_calls, fingerprint, part_known
from pipelines.feeds.future import without_future
from pipelines.feeds.purged import without_purged
from pipelines.ingest import mapping_text
from pipelines.known_calls import KnownCalls
from pipelines.legs import LegsOfRun
from pipelines.packing import content_bytes
from pipelines.parts import PartsOfRun
from pipelines.purged import through
from pipelines.quarantine import Selection, finish_retries, lines, settle
from pipelines.retry_guards import (
    TWIN,
    CannotRetry,
    refuse_calls_left_out,
    refuse_lines_that_vanish,
    refuse_other_identities,
    refuse_other_parts,
)
from pipelines.signatures import note, signed
from pipelines.workspace import Progress, Workspace


@dataclass
class RetrySummary:
    """What became of open lines that were read again. problems: (file, why none of its lines could be)."""

    tried: int = 0
    calls: int = 0
    parts: int = 0
    assembled: int = 0
    """Calls that these parts made whole."""
    duplicates: int = 0
    left_out: int = 0
    still_bad: int = 0
    problems: list[tuple[str, str]] = field(default_factory=list)


def retry(workspace: Workspace, chosen: Selection, *, actor: str, because: str, progress: Progress) -> RetrySummary:
    """Read the chosen open lines again, file by file; a repeat without a further fix changes nothing."""
    actor, because = signed("--by", actor), signed("--because", because)
    finish_retries(workspace)
    found = lines(workspace, replace(chosen, state="open"))
    files = found.partition_by("file_id", maintain_order=True)
    done = RetrySummary(tried=found.height)
    for number, own in enumerate(files):
        name = own.item(0, "file_name")
        progress(f"reading {name}", number, len(files))
        try:
            again = _read_again(workspace, own)
        except FileRefused as refusal:
            why = f"it would be refused whole now: {without_numbers(refusal.sentence)}"
            done.problems.append((name, why))
        except CannotRetry as problem:
            done.problems.append((name, str(problem)))
        else:
            _store(workspace, own, again, actor=actor, because=because)
            _count(done, again)
    progress("reading", len(files), len(files))
    done.still_bad = done.tried - done.calls - done.parts - done.duplicates - done.left_out
    return done


@dataclass(frozen=True)
class _Again:
    """What reading open lines of a file again led to: new calls (Call), parts (CallPart) and `outcomes` (`_outcomes`).

    `assembled` of the calls were made whole by parts; they are no lines.
    """

    outcomes: pl.DataFrame
    calls: pl.DataFrame
    parts: pl.DataFrame
    assembled: int


@dataclass(frozen=True)
class _Asked:
    """The asked lines of a file: records (RECORD) and parts (PART)."""

    records: pl.DataFrame
    parts: pl.DataFrame


def _count(done: RetrySummary, again: _Again) -> None:
    became = dict(again.outcomes.group_by("became").len().iter_rows())
    done.calls += became.get("call", 0)
    done.parts += became.get("part", 0)
    done.assembled += again.assembled
    done.duplicates += became.get("duplicate", 0)
    done.left_out += became.get("left_out", 0)


def _read_again(workspace: Workspace, own: pl.DataFrame) -> _Again:
    file_id, feed_name = own.item(0, "file_id"), own.item(0, "feed")
    feed = next((feed for feed in workspace.settings.feeds if feed.name == feed_name), None)
    if feed is None:
        raise CannotRetry(
            f"there is no feed {feed_name!r} in belnota.toml any more; put it back to read its lines again"
        )
    result = LegsOfRun(workspace.lake).without_repeats(_result(workspace, feed, file_id), feed, file_id)
    parked = workspace.lake.scan("quarantine").filter(pl.col("file_id") == file_id)
    records = result.records.with_columns(
        is_asked=pl.col("line_number").is_in(own["line_number"].implode()),
        is_parked=pl.col("line_number").is_in(parked.select("line_number").collect().to_series().implode()),
    )
    held = _held(workspace, records, feed_name, file_id)
    refuse_other_identities(records, held, feed_name, file_id)
    refuse_other_parts(workspace, result.parts, feed_name, file_id)
    asked = _Asked(
        _with_free_names(records, held["call_id"], feed_name),
        result.parts.filter(pl.col("line_number").is_in(own["line_number"].implode())),
    )
    waiting = PartsOfRun(workspace.store, workspace.lake, workspace.clock())
    joined = waiting.join(asked, feed, file_id, KnownCalls(workspace.lake).of, is_retry=True)
    # Every stored call counts as known, also those of this very file: they are other lines of it.
    calls = as_calls(joined.records, feed=feed_name, file_id=file_id)
    parted = part_known(calls, held.select(KNOWN.names()).cast(KNOWN))
    named = pl.concat(
        [
            lines.select("line_number", call_id=pl.lit(f"{feed_name}/") + pl.col("key"))
            for lines in (asked.records, asked.parts)
        ]
    )
    bad = pl.concat([result.rejects, parted.conflicts, joined.rejects])
    stored = parted.new.filter(pl.col("line_number").is_in(asked.records["line_number"].implode()))
    outcomes = _outcomes(own, named, bad, call=stored["line_number"], part=joined.parts["line_number"])
    if not parted.new.is_empty():
        refuse_calls_left_out(result, held, file_id)
    refuse_lines_that_vanish(workspace, file_id, outcomes, result)
    return _Again(outcomes, parted.new, joined.parts, joined.assembled)


def _result(workspace: Workspace, feed: Feed, file_id: str) -> ReadResult:
    path = raw_copy(workspace.settings.archive, file_id)
    if not path.is_file():
        raise CannotRetry("the archive has no copy of it; restore it from a backup")
    if not is_whole(path, file_id):
        raise CannotRetry("its copy in the archive was changed after it was stored; see: belnota verify")
    read = reader_of(feed, mapping_text(workspace.settings, feed))
    try:
        result = without_future(read(content_bytes(path)), latest=workspace.clock())
        return without_purged(result, through=through(workspace.store))
    except (FileRefused, OSError, MemoryError):
        raise
    except Exception as error:  # a fault of a reader must not stop the files of others
        raise CannotRetry(f"its reader broke ({type(error).__name__}); please report it with the file") from error


def _held(workspace: Workspace, records: pl.DataFrame, feed: str, file_id: str) -> pl.DataFrame:
    """Return the stored calls that have an identity of this file's records, or come from this file."""
    wanted = records.select(call_id=pl.lit(f"{feed}/") + pl.col("key")).unique()
    stored = workspace.lake.scan("calls").select(
        "call_id", "line_number", fingerprint=fingerprint(), origin="file_id", file_id=pl.lit("")
    )
    same = stored.join(wanted.lazy(), on="call_id", how="semi")
    return pl.concat([same, stored.filter(pl.col("origin") == file_id)]).unique("call_id").collect()


def _with_free_names(records: pl.DataFrame, held: pl.Series, feed: str) -> pl.DataFrame:
    """Return the records of the asked lines, with a key of their own where a good line took theirs meanwhile.

    For sources without an identity, readers number the equal calls of a file (`…`, `…#2`). Worked rows, both equal:
        line 1 bad, line 2 good -> 2 was stored as `…`; read again, 1 is `…` and 2 is `…#2`: 1 gets `…#2`, a call too
    """
    asked = records.filter("is_asked").drop("is_asked", "is_parked")
    name = pl.lit(f"{feed}/") + pl.col("key")
    base = pl.col("key").str.replace(TWIN, "")
    place = pl.col("line_number").rank("ordinal").over(base)
    free = records.filter(~pl.col("is_parked") & ~name.is_in(held.implode()))
    free = free.select(base=base, place=place, free="key")
    taken = asked.filter(name.is_in(held.implode())).select("line_number", base=base, place=place)
    given = taken.join(free, on=["base", "place"]).select("line_number", "free")
    named = asked.join(given, on="line_number", how="left", maintain_order="left")
    return named.with_columns(key=pl.coalesce("free", "key")).drop("free")


def _outcomes(
    own: pl.DataFrame, asked: pl.DataFrame, rejects: pl.DataFrame, *, call: pl.Series, part: pl.Series
) -> pl.DataFrame:
    """Return line_number, became (empty: still bad), call_id, reason and detail before, reason_now and detail_now.

    `asked` are line_number and call_id of what can be read now; `call` and `part` are the lines of these that are news.
    """
    bad = rejects.select("line_number", reason_now="reason", detail_now="detail")
    is_call, is_part = (pl.col("line_number").is_in(lines.implode()) for lines in (call, part))
    is_bad, is_record = pl.col("reason_now").is_not_null(), pl.col("call_id").is_not_null()
    kept = pl.when(is_record).then(pl.lit("duplicate")).otherwise(pl.lit("left_out"))
    news = pl.when(is_call).then(pl.lit("call")).when(is_part).then(pl.lit("part")).otherwise(kept)
    became = pl.when(is_bad).then(None).otherwise(news)
    return (
        own.select("line_number", "reason", "detail")
        .join(bad.unique("line_number"), on="line_number", how="left")
        .join(asked, on="line_number", how="left")
        .with_columns(became=became)
        .with_columns(call_id=pl.when(pl.col("became").is_not_null()).then("call_id"))
    )


def _store(workspace: Workspace, own: pl.DataFrame, again: _Again, *, actor: str, because: str) -> None:
    """Write what was decided, the parts and the calls; nothing when all is as it was."""
    calls = again.calls
    file_id, at = own.item(0, "file_id"), workspace.clock()
    retry_id = f"retry {uuid4().hex}"
    same = {"file_id": file_id, "retry_id": retry_id, "decided_by": actor, "because": because, "decided_at": at}
    rows = [{**same, **row} for row in _decisions(again.outcomes)]
    if not rows:
        return
    if not again.parts.is_empty():
        retry_pending.keep(workspace, retry_id, call_parts=again.parts, calls=calls)
    with workspace.store.writing() as tx:
        state = "done" if calls.is_empty() and again.parts.is_empty() else "begun"
        tx.execute(
            sa.insert(quarantine_retries).values(
                retry_id=retry_id, file_id=file_id, state=state, calls=calls.height, assembled=again.assembled
            )
        )
        tx.execute(sa.insert(quarantine_decisions), rows)
        detail = {"file_name": own.item(0, "file_name"), "lines": len(rows), "calls": calls.height, "because": because}
        note(tx, "quarantine retry", file_id, actor, detail, at=at)
    if not again.parts.is_empty():
        retry_pending.bring_in(workspace, retry_id)
        settle(workspace, retry_id, "done")
        retry_pending.forget(workspace)
    elif not calls.is_empty():
        workspace.lake.append("calls", calls, batch=retry_id)
        settle(workspace, retry_id, "done")


def _decisions(outcomes: pl.DataFrame) -> Iterator[dict[str, Any]]:
    for row in outcomes.iter_rows(named=True):
        now = {"reason": row["reason_now"], "detail": row["detail_now"]}
        if row["became"] is not None:
            both = {"reason": row["reason"], "detail": row["detail"]}
            yield {"line_number": row["line_number"], "state": "retried", "became": row["became"],
                   "call_id": row["call_id"], **both}  # fmt: skip
        elif now != {"reason": row["reason"], "detail": row["detail"]}:
            yield {"line_number": row["line_number"], "state": "open", "became": None, "call_id": None, **now}
