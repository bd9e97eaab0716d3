from __future__ import annotations

import datetime as dt
import hashlib
import os
import subprocess
import sys

from pipelines.demo import nights

_DIGEST = """
import hashlib
from pipelines.demo import demo_arrivals
print(hashlib.sha256(b"".join(f"{a.arrives_on} {a.name} ".encode() + a.content for a in demo_arrivals())).hexdigest())
"""


def test_the_bytes_depend_on_no_hash_seed_zone_or_language(arrivals):
    here = hashlib.sha256(b"".join(f"{a.arrives_on} {a.name} ".encode() + a.content for a in arrivals)).hexdigest()
    environment = os.environ | {"PYTHONHASHSEED": "77", "TZ": "Asia/Tokyo", "LC_ALL": "C"}
    elsewhere = subprocess.run(
        [sys.executable, "-c", _DIGEST], env=environment, capture_output=True, text=True, check=True
    )

    assert here == elsewhere.stdout.strip()


def test_arrivals_come_in_order_under_names_of_their_own(arrivals):
    order = [(arrival.arrives_on, arrival.name) for arrival in arrivals]

    assert order == sorted(order)
    assert len({name for _, name in order}) == len(order)


def test_there_are_about_twenty_thousand_records(month):
    assert 19_000 <= month.records.height <= 21_000


def test_every_arrival_is_in_before_the_last_night(arrivals):
    assert nights() == sorted(set(nights()))
    assert max(arrival.arrives_on for arrival in arrivals) <= nights()[-1]
    assert {dt.date(2026, 10, 1), dt.date(2026, 10, 2), dt.date(2026, 10, 26), dt.date(2026, 11, 1)} <= set(nights())


def test_daily_files_of_every_feed(arrivals, demo_settings):
    for feed in demo_settings.feeds:
        prefix = feed.files.split("*")[0]
        assert sum(arrival.name.startswith(prefix) for arrival in arrivals) >= 60
