"""Bugs that somebody could make in one line, and that the oracle must notice."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class PlantedBug:
    """A text that stands once in the engine, in whichever file, and what a careless hand makes of it."""

    name: str
    right: str
    wrong: str

    def plant(self, copy: Path) -> None:
        """Change a copy of the sources; a text that is gone, or stands twice, is an AssertionError."""
        holding = [path for path in sorted(copy.rglob("*.py")) if self.right in path.read_text(encoding="utf-8")]
        if len(holding) != 1 or (text := holding[0].read_text(encoding="utf-8")).count(self.right) != 1:
            raise AssertionError(
                f"{self.right!r} must stand once in the engine, not in {[str(path) for path in holding]}; "
                f"plant {self.name!r} where that code went"
            )
        holding[0].write_text(text.replace(self.right, self.wrong), encoding="utf-8")


BUGS = (
    PlantedBug("half is rounded down", "return per // 2, none", "return (per - 1) // 2, none"),
    PlantedBug("half even is rounded up", "(per - 1) // 2, 1 - per % 2", "per // 2, none"),
    PlantedBug("up rounds what is exact too", "return per - 1, none", "return per, none"),
    PlantedBug(
        "a band holds its last minute too",
        "(minute >= band.from_minute) & (minute < band.until_minute)",
        "(minute >= band.from_minute) & (minute <= band.until_minute)",
    ),
    PlantedBug(
        "a call over the edge of a band stays in it",
        'stays = ~pl.col("moves") | (',
        'stays = pl.col("end_us").is_not_null() | (',
    ),
    PlantedBug(
        "a band lasts a second longer under way",
        "(elapsed_us + SECOND_US - 1) // SECOND_US",
        "(elapsed_us + SECOND_US) // SECOND_US",
    ),
    PlantedBug(
        "bands follow UTC",
        'holding=rule.bands_holding(_wall(pl.col("wall_at"), rule.timezone))',
        'holding=rule.bands_holding(_wall(pl.col("wall_at"), "UTC"))',
    ),
    PlantedBug(
        "validity follows UTC",
        'day_number(_wall(_instant("at"), zone).dt.date())',
        'day_number(_instant("at").dt.date())',
    ),
    PlantedBug(
        "the night of a clock change is a night like others",
        "edges += [_wall_edges(days, sorted(minutes), zone), _shifts(days, zone)]",
        "edges += [_wall_edges(days, sorted(minutes), zone)]",
    ),
    PlantedBug(
        "local days around a month are left out",
        "_starts(prices, _with_neighbours(days))",
        "_starts(prices, days)",
    ),
    PlantedBug(
        "the base deck wins a tie of prefixes", 'length["far"] > length["near"]',
        'length["far"] >= length["near"]',
    ),
    PlantedBug(
        "the shortest prefix wins",
        'sorted(set(spans["length"]), reverse=True)',
        'sorted(set(spans["length"]))',
    ),
    PlantedBug(
        "a short number has a longer prefix", ".cast(pl.Int64) * 16 + text.str.len_chars()",
        ".cast(pl.Int64) * 16",
    ),
    PlantedBug(
        "a price is in force on the day on which it ends", 'pl.col("day") < pl.col("end")',
        'pl.col("day") <= pl.col("end")',
    ),
    PlantedBug(
        "the zone is tried before the country", "for origin in reversed(place.origins):",
        "for origin in place.origins:",
    ),
    PlantedBug(
        "the minimum is forgotten", 'first = pl.max_horizontal("increment", "minimum")',
        'first = pl.col("increment")',
    ),
    PlantedBug(
        "the rest after a bundle has a minimum",
        '(t == 0) & ~pl.col("is_rest") & (', "(t == 0) & (",
    ),
    PlantedBug(
        "the rest after a bundle pays the fee",
        'fee = pl.when("is_rest").then(0).otherwise("fee")', 'fee = pl.col("fee")',
    ),
    PlantedBug(
        "the rest after a bundle is priced as if it began at the answer",
        'pl.when("is_voice").then(inside.clip(0, LONGEST_BY_CLOCK)).otherwise(0) * SECOND_US', "pl.lit(0)",
    ),
    PlantedBug(
        "calls of the same instant draw in reverse",
        'contested.sort("pool", "start_us", "call_id")',
        'contested.sort("pool", "start_us", "call_id", descending=[False, False, True])',
    ),
    PlantedBug(
        "a bundle gives its last to every call",
        'taken=pl.min_horizontal(ask, (pl.col("left") - before).clip(0))', "taken=ask",
    ),
    PlantedBug(
        "a bundle forgets what earlier batches took",
        '(pools["left"] - pools["claimed"]).clip(0)', 'pools["left"]',
    ),
    PlantedBug(
        "the cap leaves out the fee",
        'pl.min_horizontal(pl.col("sum") + pl.col("fee"), "cap")', 'pl.min_horizontal("sum", "cap") + pl.col("fee")',
    ),
    PlantedBug("a call as short as free_below is free",
        'pl.col("quantity") < pl.col("free_below")', 'pl.col("quantity") <= pl.col("free_below")'),
    PlantedBug(
        "a slot begins a unit early",
        '(limits["until_quantity"].gather(row) <= t)', '(limits["until_quantity"].gather(row) <= t + 1)',
    ),
    PlantedBug(
        "information is left out of the charge", 'pl.col("charge_micro_eur").fill_null(0) + extra',
        'pl.col("charge_micro_eur").fill_null(0)',
    ),
    PlantedBug(
        "bundles pay for information", "is_rest=pl.lit(value=False),",
        'quantity=pl.col("quantity") - pl.col("in_bundle_quantity"),\n        is_rest=pl.lit(value=False),',
    ),
    PlantedBug(
        "a holiday is a day like others", "on_weekday &= ~is_holiday", "pass",
    ),
)  # fmt: skip
