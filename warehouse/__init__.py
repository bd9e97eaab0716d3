"""The lake, its releases, and what is computed over them in DuckDB. Only this room knows duckdb and deltalake."""

from warehouse.control_words import MEANING
from warehouse.controls import FRAMES, Limits, alarms, balanced, imbalances, reconcile
from warehouse.lake import Lake
from warehouse.publish import publish, published_release
from warehouse.query import query
from warehouse.release import Release, newest, record
from warehouse.sample import sampled
from warehouse.totals import usage_totals

__all__ = [
    "FRAMES",
    "MEANING",
    "Lake",
    "Limits",
    "Release",
    "alarms",
    "balanced",
    "imbalances",
    "newest",
    "publish",
    "published_release",
    "query",
    "reconcile",
    "record",
    "sampled",
    "usage_totals",
]
