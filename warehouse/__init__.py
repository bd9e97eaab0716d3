"""The lake, its releases, and what is computed over them in DuckDB. Only this room knows duckdb and deltalake."""

from warehouse.call_keys import calls_with
from warehouse.control_words import MEANING
from warehouse.controls import FRAMES, AlarmLimits, alarms, balanced, imbalances, reconcile
from warehouse.lake import Lake
from warehouse.publish import is_published, publish, published_release
from warehouse.purging import (
    ARRIVALS,
    CALL_LEVEL,
    Doomed,
    doomed,
    old_files,
    require_whole,
    shred,
    take_out,
    without_usage_of_bundles,
)
from warehouse.query import Limits, query
from warehouse.release import Release, newest, record
from warehouse.sample import sampled
from warehouse.totals import usage_totals
from warehouse.withdraw import withdraw

__all__ = [
    "ARRIVALS",
    "CALL_LEVEL",
    "FRAMES",
    "MEANING",
    "AlarmLimits",
    "Doomed",
    "Lake",
    "Limits",
    "Release",
    "alarms",
    "balanced",
    "calls_with",
    "doomed",
    "imbalances",
    "is_published",
    "newest",
    "old_files",
    "publish",
    "published_release",
    "query",
    "reconcile",
    "record",
    "require_whole",
    "sampled",
    "shred",
    "take_out",
    "usage_totals",
    "withdraw",
    "without_usage_of_bundles",
]
