"""Every file of ../shared/samples, how we read it, and where its lines must go; run as a module it prints the table.

Each reader adds its files to SAMPLES. The figures of one file: lines = framing + filtered + bad + duplicates + parts
+ calls - assembled; `waiting` are among the parts, `assembled` (made of parts) and `unanswered` among the calls.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from belnota.settings import Feed
from pipelines.feed_trial import Trial, tried
from pipelines.feeds import reader_of

ROOT = Path(__file__).parents[2]
FOLDER = ROOT.parent / "shared" / "samples"


@dataclass(frozen=True)
class Expected:
    """Where the lines of a file must go; `refused` is the reason of a file that is refused whole."""

    lines: int = 0
    framing: int = 0
    filtered: int = 0
    bad: Mapping[str, int] = field(default_factory=dict)
    duplicates: int = 0
    parts: int = 0
    waiting: int = 0
    assembled: int = 0
    calls: int = 0
    unanswered: int = 0
    refused: str = ""


@dataclass(frozen=True)
class SampleFile:
    """A file below ../shared/samples, the feed that reads it, and the mapping (fixtures/mappings) if it has one."""

    path: str
    feed: Feed
    expected: Expected
    mapping: str = ""
    unit: str = "line"
    """What its reader counts; a file of XML has elements."""

    def tried(self) -> Trial:
        toml = (ROOT / f"fixtures/mappings/{self.mapping}.toml").read_text(encoding="utf-8") if self.mapping else ""
        return tried((FOLDER / self.path).read_bytes(), self.feed, reader_of(self.feed, toml))


def _mapped(path: str, mapping: str, expected: Expected, timezone: str = "UTC") -> SampleFile:
    return SampleFile(path, Feed(mapping, "mapping", "*", timezone=timezone), expected, mapping)


_SIP = Feed("sip", "opensips_flatstore", "*", options={"caller": 9, "called": 10})


def _roaming(name: str, expected: Expected) -> SampleFile:
    feed = Feed("roaming", "tap_3_12", "*", options={"countries": {"WERFD": "de"}})
    return SampleFile(f"tap3_rap_nrtrde/{name}.ber", feed, expected, unit="event")


SAMPLES = [
    SampleFile(
        "asterisk_cdr_csv/Master.csv",
        Feed("pbx", "asterisk_cdr_csv", "*", timezone="UTC", options={"incoming_contexts": ["stadion-pstn"]}),
        Expected(lines=45, calls=45, unanswered=24),
    ),
    SampleFile(
        "nl_wholesale_fwv/DDB-Some-10022-20120711-308.CDR",
        Feed("wholesale", "nl_wholesale_fwv", "*"),
        Expected(lines=11, framing=2, calls=9),
    ),
    SampleFile(
        "asterisk_cdr_custom/Master.csv",
        Feed("pbx", "asterisk_cdr_custom", "*", timezone="Africa/Nairobi"),
        Expected(lines=7, calls=7, unanswered=2),
    ),
    SampleFile(
        "freepbx_export/cdr.csv",
        Feed("pbx", "freepbx_csv", "*", timezone="Europe/Lisbon"),
        Expected(lines=428, calls=428, unanswered=55),
    ),
    SampleFile(
        "freepbx_mysql/asteriskcdrdb_cdr_part1.sql",
        Feed("pbx", "freepbx_sql", "*", timezone="UTC"),
        # one row has no caller; one leg of a forwarded call repeats the other
        Expected(lines=321, framing=34, filtered=1, bad={"own_number": 1}, calls=285, unanswered=69),
    ),
    SampleFile(
        "freeswitch_cdr_csv/Master_from_docs.csv",
        Feed("pbx", "freeswitch_cdr_csv", "*"),
        Expected(lines=5, calls=5, unanswered=5),
    ),
    SampleFile(
        "broadworks_xml/BW-CDR-sample1.xml",
        Feed("platform", "broadworks_xml", "*"),
        Expected(lines=4, framing=2, calls=2),
        unit="element",
    ),
    SampleFile(
        "3cx/cdr-240617055949.log",
        Feed("pbx", "threecx_cdr", "*"),
        Expected(lines=2, framing=1, calls=1),
    ),
    _mapped(
        "asterisk_db_export_badquotes/cdr.csv",
        "asterisk-export",
        Expected(lines=501, framing=1, calls=500, unanswered=206),
        timezone="America/Detroit",
    ),
    _mapped(
        "carrier_usage_exports/didww_cdr_export.csv",
        "didww",
        Expected(lines=5, framing=1, calls=4, unanswered=2),
    ),
    _mapped(
        "cdr_stats_import/CDRImport-2015-10-26.csv",
        "cdr-stats",
        Expected(lines=6, framing=1, calls=5),
        timezone="Europe/Madrid",
    ),
    _mapped(
        "dialogic_sbc_csv/dialogic_a.csv",
        "dialogic",
        Expected(lines=89, framing=1, duplicates=80, calls=8),  # its eight calls stand in it eleven times
    ),
    _mapped(
        "jbilling_mediation/mediation-batch-test_a.csv",
        "jbilling",
        Expected(lines=5135, bad={"range": 1}, calls=5134),  # one call of 600,000 seconds
    ),
    _mapped("mobile_voice_data/cdr_voice.csv", "mobile-voice", Expected(lines=1001, framing=1, calls=1000)),
    _mapped("mobile_voice_data/cdr_data.csv", "mobile-data", Expected(lines=1001, framing=1, calls=1000)),
    SampleFile("opensips_flatstore/acc_1.log", _SIP, Expected(lines=8, parts=8, assembled=4, calls=4)),
    SampleFile("opensips_flatstore/missed_calls_1.log", _SIP, Expected(lines=3, calls=3, unanswered=3)),
    _mapped(
        "partial_csv_de/partial_1.csv",
        "partial-calls",
        Expected(lines=2, parts=2, waiting=1, assembled=1, calls=1),
    ),
    _roaming("tap_3_12_valid", Expected(lines=4, filtered=1, calls=3)),
    _roaming("tap_3_12_valid_most_indef", Expected(lines=4, filtered=1, calls=3)),
    _roaming("tap_3_12_timestamps", Expected(lines=5, filtered=2, calls=3)),
    _roaming("tap_3_12_negative_volume_fixed", Expected(lines=1, calls=1)),
    _roaming("tap_notification", Expected(refused="notification")),
    _roaming("nrt_2_1", Expected(refused="layout")),
]

WITHOUT_READER = {
    "MANIFEST.md": "no raw file",
    "tap3_rap_nrtrde/nrt_2_1.xml": "what nrt_2_1.ber decodes to, for people",
    "tap3_rap_nrtrde/tap_3_12_valid.expected.xml": "what tap_3_12_valid.ber decodes to, for people",
}
"""Files that are not in SAMPLES, and why; take a file out when its reader is there."""

_HEADINGS = ("file", "format", "lines", "framing", "filtered", "bad", "duplicates", "parts", "waiting", "calls")
_HEADINGS += ("unanswered",)


def found(trial: Trial) -> Expected:
    """Return where the lines of a file went."""
    if trial.reason:
        return Expected(refused=trial.reason)
    return Expected(
        lines=trial.lines,
        framing=trial.framing,
        filtered=trial.filtered,
        bad=trial.bad_by_reason,
        duplicates=trial.duplicates,
        parts=trial.parts,
        waiting=trial.waiting,
        assembled=trial.assembled,
        calls=trial.calls.height,
        unanswered=trial.unanswered,
    )


def sum_of_parts(figures: Expected) -> int:
    """Return what the lines must add up to."""
    bad = sum(figures.bad.values())
    whole = figures.calls - figures.assembled
    return figures.framing + figures.filtered + bad + figures.duplicates + figures.parts + whole


def table() -> str:
    """Return the table of all samples, in Markdown."""
    lines = [f"| {' | '.join(_HEADINGS)} |", "|---|---|" + "--:|" * (len(_HEADINGS) - 2)]
    for sample in SAMPLES:
        got = found(sample.tried())
        bad = "; ".join(f"{reason} {count}" for reason, count in got.bad.items()) or "0"
        numbers = [got.lines, got.framing, got.filtered, bad, got.duplicates, got.parts, got.waiting, got.calls]
        numbers.append(got.unanswered)
        kind = f"mapping `{sample.mapping}`" if sample.mapping else f"`{sample.feed.format}`"
        cells = [f"refused: {got.refused}"] if got.refused else map(str, numbers)
        lines.append(f"| {sample.path} | {kind} | {' | '.join(cells)} |")
    return "\n".join(lines)


if __name__ == "__main__":
    print(table())  # noqa: T201 - that is what it is for
