"""Which price answers a call: origin, number, day and, at the moment of answer, band (rating.md sections 1 and 2)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Self

import polars as pl

from belnota.phone import CALL_TYPES, SPECIAL_CALL_TYPES
from belnota.tables.contract import DIRECTIONS, SERVICES
from belnota.tables.prices import ANY, STAR, PriceBook
from rating.closed_form import ClosedForm
from rating.lookup import codes, nothing, placed
from rating.match import NumberIndex, number_keys
from rating.timetable import Timetable

LONGEST_BY_CLOCK: Final = 366 * 86_400
"""A call that lasts longer cannot be priced by bands; its seconds are more likely a fault of the switch."""
VOICE: Final = SERVICES.index("voice")
REASONS: Final = (
    "not_answered", "internal", "unknown_number", "no_price", "no_price_for_call_type", "too_short", "too_long",
    "charge_out_of_range",
)  # fmt: skip
"""Why a call is free or unrated, in the order in which they are asked."""
_REASON: Final = {name: code for code, name in enumerate(REASONS)}
FREE: Final = tuple(_REASON[name] for name in ("not_answered", "internal", "too_short"))


@dataclass(frozen=True)
class Lines:
    """The lines of one charge kind as a flat table by deck, service, direction and origin."""

    origins: tuple[str, ...]
    table: pl.Series

    @classmethod
    def of(cls, prices: PriceBook, kind: str) -> Self:
        own = prices.lines.filter(pl.col("charge_kind") == kind)
        origins = (ANY, *sorted(set(own["origin"]) - {ANY}))
        height = prices.entries.height * len(SERVICES) * len(DIRECTIONS) * len(origins)
        table = nothing(height, pl.UInt32)
        decks = own.select(codes(own["deck"], prices.entries["deck"].to_list())).to_series()
        kinds = [codes(own[name], names) for name, names in (("service", SERVICES), ("direction", DIRECTIONS))]
        place = (decks * len(SERVICES) + kinds[0]) * len(DIRECTIONS) + kinds[1]
        at = place * len(origins) + codes(own["origin"], origins)
        return cls(origins, placed(table, at, own["line"].cast(pl.UInt32)))

    def of_calls(self, calls: pl.DataFrame, origin: str) -> pl.Series | None:
        """Return the line of each call from this origin (`country`, `zone` or `*`); None where there are none."""
        if self.table.null_count() == self.table.len():
            return None
        if origin == ANY:
            place: pl.Series | int = 0
        elif len(self.origins) == 1 or calls[origin].null_count() == calls.height:
            return None
        else:
            place = codes(calls[origin], self.origins)
        return self.table.gather(calls["line_group"] * len(self.origins) + place)


@dataclass(frozen=True)
class Answers:
    """Everything about prices that does not depend on the day, ready for lookups by position."""

    prices: PriceBook
    numbers: NumberIndex
    call_lines: Lines
    information_lines: Lines
    closed: ClosedForm
    rows: pl.DataFrame
    sets: pl.DataFrame

    @classmethod
    def of(cls, prices: PriceBook) -> Self:
        splits = [number for number, rules in enumerate(prices.rules) if rules.band_rule == "split"]
        types = codes(prices.rows["call_type"], CALL_TYPES).alias("row_type")
        return cls(
            prices,
            NumberIndex.of(prices.numbers),
            Lines.of(prices, "call"),
            Lines.of(prices, "information"),
            ClosedForm.of(prices),
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
        rate_set = self._rate_sets(keyed, self.call_lines, stretch, number, timetable)
        information = self._rate_sets(keyed, self.information_lines, stretch, number, timetable)
        of_set = self.sets.select(pl.all().gather(rate_set))
        place = of_set["deck_number"] * timetable.starts.len() + stretch
        row = timetable.rows.gather(rate_set.cast(pl.Int64) * timetable.width + timetable.states.gather(place))
        of_row = self.rows.select(pl.all().gather(row))
        found = keyed.select("start_us", "quantity", "service", "call_type", "has_deck").with_columns(
            rate_set.alias("rate_set"),
            row.alias("row"),
            timetable.ends_us.gather(place).alias("end_us"),
            information.alias("information"),
            *of_set,
            *of_row,
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
            call_type=pl.coalesce("call_type", pl.when(self._is_answered()).then("row_type")),
            moves=(pl.col("may_move") & (pl.col("service") == VOICE)).fill_null(value=False),
            reason=self._reason(),
            is_answered=self._is_answered(),
        )

    def _keyed(self, calls: pl.DataFrame) -> pl.DataFrame:
        entries = self.prices.entries["deck"].to_list()
        deck = codes(calls["deck"], entries)
        group = (pl.col("deck") * len(SERVICES) + pl.col("service")) * len(DIRECTIONS) + pl.col("direction")
        return (
            calls.select(
                "country",
                "zone",
                "quantity",
                start_us=pl.col("answered_at").dt.timestamp("us"),
                service=pl.col("service").to_physical(),
                direction=pl.col("direction").to_physical(),
                has_deck=pl.col("deck").is_not_null(),
            )
            .with_columns(deck.alias("deck"), codes(calls["call_type"], CALL_TYPES))
            .with_columns(line_group=group, is_data=pl.col("service") == SERVICES.index("data"))
        )

    def _rate_sets(
        self, keyed: pl.DataFrame, lines: Lines, stretch: pl.Series, number: pl.Series, timetable: Timetable
    ) -> pl.Series:
        """Return who answers: the rows of the exact country are tried first, then of its zone, then of any origin.

        Prefix and validity are fixed at the answer time; the date is local to the deck that the call refers to.
        """
        best = None
        for origin in ("country", "zone", ANY):
            line = lines.of_calls(keyed, origin)
            if line is not None:
                answer = timetable.answers.gather(line.cast(pl.Int64) * timetable.starts.len() + stretch)
                found = self.prices.answers.gather(answer + number)
                best = found if best is None else pl.select(pl.coalesce(best, found)).to_series()
        if best is None:
            return nothing(keyed.height, pl.UInt32)
        return best

    @staticmethod
    def _unanswerable() -> pl.Expr:
        special = [CALL_TYPES.index(name) for name in SPECIAL_CALL_TYPES]
        needs_own_row = pl.col("call_type").is_in(special) & (pl.col("row_type") != pl.col("call_type"))
        return (
            pl.when((pl.col("call_type") == CALL_TYPES.index("internal")).fill_null(value=False))
            .then(_REASON["internal"])
            .when(~pl.col("has_deck"))
            .then(_REASON["unknown_number"])
            .when(pl.col("row").is_null())
            .then(_REASON["no_price"])
            .when(needs_own_row.fill_null(value=False))
            .then(_REASON["no_price_for_call_type"])
        )

    def _is_answered(self) -> pl.Expr:
        return self._unanswerable().is_null()

    def _reason(self) -> pl.Expr:
        by_clock = pl.col("is_banded") & (pl.col("service") == VOICE)
        return (
            pl.when(pl.col("quantity") == 0)
            .then(_REASON["not_answered"])
            .when(~self._is_answered())
            .then(self._unanswerable())
            .when(pl.col("quantity") < pl.col("free_below"))
            .then(_REASON["too_short"])
            .when(by_clock & (pl.col("quantity") > LONGEST_BY_CLOCK))
            .then(_REASON["too_long"])
            .when(pl.col("quantity") > pl.col("most_quantity"))
            .then(_REASON["charge_out_of_range"])
            .cast(pl.UInt8)
        )


__all__ = ["FREE", "LONGEST_BY_CLOCK", "REASONS", "STAR", "VOICE", "Answers"]
