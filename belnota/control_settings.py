"""The section [controls] of belnota.toml."""

from __future__ import annotations

from dataclasses import dataclass

from belnota.setting_kinds import AtLeastOne, NotNegative, PerMille


@dataclass(frozen=True)
class Controls:
    """When figures are alarming (docs/controls.md)."""

    volume_low_percent: NotNegative = 50
    """Of the median of the same weekday: fewer calls than this are told."""
    volume_high_percent: AtLeastOne = 250
    volume_least: AtLeastOne = 30
    """Medians below this are too small to judge; a day without any call is told from a quarter of it on."""
    volume_weeks: AtLeastOne = 8
    volume_days: AtLeastOne = 7
    """So many full days before the night are judged each time."""
    volume_lag_days: NotNegative = 0
    """Feeds that bring a day's calls later than the night after it: so many of the newest days are not judged."""
    suspense_days: NotNegative = 14
    quarantine_days: NotNegative = 7
    """Lines in quarantine, refused files, and calls that wait for a part."""
    sample_per_mille: PerMille = 10
    """Of a thousand calls so many are rated a second time."""
