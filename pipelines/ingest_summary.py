"""What one run of ingest did, in files, lines and calls."""

from __future__ import annotations

from dataclasses import dataclass, replace

from pipelines.register import Registered


@dataclass(frozen=True)
class IngestSummary:
    """What became of the files so far.

    `refused` and `notes` are (file name, sentence): files refused whole, and files that were left or are odd.
    """

    files_accepted: int = 0
    files_duplicate: int = 0
    files_refused: int = 0
    lines: int = 0
    records_in: int = 0
    calls_accepted: int = 0
    lines_quarantined: int = 0
    calls_duplicate: int = 0
    filtered: int = 0
    framing: int = 0
    parts: int = 0
    """Lines that are parts of calls."""
    calls_assembled: int = 0
    """Calls that such parts made whole."""
    refused: tuple[tuple[str, str], ...] = ()
    notes: tuple[tuple[str, str], ...] = ()
    failed: tuple[str, ...] = ()
    """One sentence per file that could not be taken in, for a reason of ours or the disk's; it waits."""


def with_file(summary: IngestSummary, row: Registered | None) -> IngestSummary:
    """Return the summary with one more file in it; None is a file of which an earlier run had done all."""
    if row is None:
        return summary
    named = ((row.file_name, (row.reason or "").partition(": ")[2]),)
    records = row.lines - row.framing_lines
    bad = f"{row.quarantined_lines:,} of {records:,} records went to quarantine; see: belnota quarantine list"
    return replace(
        summary,
        files_accepted=summary.files_accepted + (row.status == "accepted"),
        files_duplicate=summary.files_duplicate + (row.status == "duplicate"),
        files_refused=summary.files_refused + (row.status == "refused"),
        lines=summary.lines + row.lines,
        records_in=summary.records_in + row.lines - row.framing_lines,
        calls_accepted=summary.calls_accepted + row.accepted_calls,
        lines_quarantined=summary.lines_quarantined + row.quarantined_lines,
        calls_duplicate=summary.calls_duplicate + row.duplicate_calls,
        filtered=summary.filtered + row.filtered_lines,
        framing=summary.framing + row.framing_lines,
        parts=summary.parts + row.part_lines,
        calls_assembled=summary.calls_assembled + row.assembled_calls,
        refused=summary.refused + (named if row.status == "refused" else ()),
        notes=summary.notes
        + (named if row.status == "accepted" and row.reason else ())
        + (((row.file_name, bad),) if row.quarantined_lines else ()),
    )
