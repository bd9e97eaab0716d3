"""Which price answers a call: origin, number, day and, at the moment of answer, band (rating.md sections 1 and 2)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import polars as pl

from belnota.lookup import Coder, nothing, placed
from belnota.phone import CALL_TYPES
from belnota.tables.contract import DIRECTIONS, SERVICES
from belnota.tables.prices import PriceBook
from rating.closed_form import ClosedForm
from rating.lines import Lines, Place
from rating.match import NumberIndex, number_keys
from rating.reasons import reason, unanswerable
from rating.terms import exact_terms
from rating.timetable import LONGEST_BY_CLOCK, VOICE, Timetable


@dataclass(frozen=True)
class Answers:
    """Everything about prices that does not depend on the day, ready for lookups by position."""

    prices: PriceBook
    numbers: NumberIndex
    lines: Lines
    decks: Coder
    types: Coder
    exact: pl.DataFrame
    closed: ClosedForm
    rows: pl.DataFrame
    sets: pl.DataFrame

    @classmethod
    def of(cls, prices: PriceBook) -> Self:
        exact = exact_terms(prices)
        splits = [number for number, rules in enumerate(prices.rules) if rules.band_rule == "split"]
        types = Coder(CALL_TYPES).codes(prices.rows["call_type"]).alias("row_type")
        return cls(
            prices,
            NumberIndex.of(prices.numbers),
            Lines.of(prices),
            Coder(prices.entries["deck"]),
            Coder(CALL_TYPES),
            exact,
            ClosedForm.compiled(prices, exact),
            prices.rows.select(types, "free_below", "most_quantity"),
            prices.rate_sets.select(
                pl.col("deck_number").cast(pl.Int64),
                is_banded=pl.col("bands") != 0,
                may_move=(pl.col("bands") != 0) & pl.col("deck_number").is_in(splits),
            ),
        )

    def of_calls(self, calls: pl.DataFrame, timetable: Timetable) -> pl.DataFrame:
        """Return for each call (contract CallToRate) in the same order what answers it.

        start_us, quantity, service (code), call_type (code), rate_set and row of the call charge, deck_number, moves
        (whether its band may change under way), end_us (when it does), information (rate set of that charge), reason
        (code in `REASONS`, empty when it is rated).
        """
        keyed = self._keyed(calls)
        stretch = timetable.stretch(keyed["start_us"])
        number = self.numbers.positions(number_keys(calls["called"], keyed["is_data"]))
        place = Place(keyed["line_group"], stretch, number, self.lines.origins_of(calls))
        rate_set = self.lines.rate_sets(place, "call", timetable)
        information = self._information(place, keyed, timetable)
        of_set = self.sets.select(pl.all().gather(rate_set))
        clock = of_set["deck_number"] * timetable.starts.len() + stretch
        row = timetable.rows.gather(rate_set.cast(pl.Int64) * timetable.width + timetable.states.gather(clock))
        found = keyed.select("start_us", "quantity", "service", "call_type", "has_deck").with_columns(
            rate_set.alias("rate_set"),
            row.alias("row"),
            timetable.ends_us.gather(clock).alias("end_us"),
            *information,
            *of_set,
            *self.rows.select(pl.all().gather(row)),
        )
        found = found.with_columns(unanswerable=unanswerable()).with_columns(
            reason=reason(), is_answered=pl.col("unanswerable").is_null()
        )
        return found.select(
            "start_us",
            "quantity",
            "service",
            "rate_set",
            "row",
            "deck_number",
            "end_us",
            "information",
            "information_row",
            "reason",
            "is_answered",
            call_type=pl.coalesce("call_type", pl.when("is_answered").then("row_type")),
            moves=(pl.col("may_move") & (pl.col("service") == VOICE)).fill_null(value=False),
        )

    def _keyed(self, calls: pl.DataFrame) -> pl.DataFrame:
        deck = self.decks.codes(calls["deck"])
        group = (pl.col("deck") * len(SERVICES) + pl.col("service")) * len(DIRECTIONS) + pl.col("direction")
        return (
            calls.select(
                "quantity",
                start_us=pl.col("answered_at").dt.timestamp("us"),
                service=pl.col("service").to_physical(),
                direction=pl.col("direction").to_physical(),
                has_deck=pl.col("deck").is_not_null(),
            )
            .with_columns(deck.alias("deck"), self.types.codes(calls["call_type"]))
            .with_columns(line_group=group, is_data=pl.col("service") == SERVICES.index("data"))
        )

    def _information(self, place: Place, keyed: pl.DataFrame, timetable: Timetable) -> list[pl.Series]:
        """Return the rate set and the row of the information charge, and the most that it can price."""
        height = place.number.len()
        rate_set = row = nothing(height, pl.UInt32)
        most = nothing(height, pl.Int64)
        may = self.lines.may_ask(place.number)
        if may.len():
            found = self.lines.rate_sets(place.at(may), "information", timetable)
            clock = self.sets["deck_number"].gather(found) * timetable.starts.len() + place.stretch.gather(may)
            state = timetable.states.gather(clock)
            first = timetable.rows.gather(found.cast(pl.Int64) * timetable.width + state)
            bound = self._information_most(found, first, keyed.select(pl.all().gather(may)))
            rate_set, row, most = placed(rate_set, may, found), placed(row, may, first), placed(most, may, bound)
        named = {"information": rate_set, "information_row": row, "information_most": most}
        return [series.alias(name) for name, series in named.items()]

    def _information_most(self, rate_set: pl.Series, row: pl.Series, keyed: pl.DataFrame) -> pl.Series:
        """Return the most that the information charge can price; there is no limit where a call is too short for it."""
        by_clock = self.sets["is_banded"].gather(rate_set) & (keyed["service"] == VOICE)
        terms = self.rows.select("free_below", "most_quantity").select(pl.all().gather(row))
        bounds = terms.with_columns(by_clock.alias("by_clock"), keyed["quantity"]).select(
            pl.when(pl.col("quantity") >= pl.col("free_below")).then(
                pl.min_horizontal("most_quantity", pl.when("by_clock").then(LONGEST_BY_CLOCK))
            )
        )
        return bounds.to_series()
