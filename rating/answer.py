"""Which price answers a call: origin, number, day and, at the moment of answer, band (rating.md sections 1 and 2)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Self

import polars as pl

from belnota.lookup import Coder, nothing, placed
from belnota.phone import CALL_TYPES, SPECIAL_CALL_TYPES
from belnota.tables.contract import DIRECTIONS, SERVICES
from belnota.tables.prices import ANY, CHARGE_KINDS, DAY_BITS, PriceBook
from rating.closed_form import ClosedForm
from rating.match import NumberIndex, number_keys
from rating.terms import exact_terms
from rating.timetable import LONGEST_BY_CLOCK, VOICE, Timetable

REASONS: Final = (
    "not_answered", "internal", "unknown_number", "no_price", "no_price_for_call_type", "too_short", "too_long",
    "charge_out_of_range",
)  # fmt: skip
"""Why a call is free or unrated, in the order in which they are asked."""
_REASON: Final = {name: code for code, name in enumerate(REASONS)}
FREE: Final = tuple(_REASON[name] for name in ("not_answered", "internal", "too_short"))


@dataclass(frozen=True)
class Lines:
    """The lines of all charge kinds as a flat table by kind, deck, service, direction and origin.

    spaces: space of each line (`PriceBook.spaces`).
    """

    origins: Coder
    table: pl.Series
    groups: int
    spaces: pl.Series

    @classmethod
    def of(cls, prices: PriceBook) -> Self:
        own = prices.lines
        origins = (ANY, *sorted(set(own["origin"]) - {ANY}))
        groups = prices.entries.height * len(SERVICES) * len(DIRECTIONS)
        parts = [
            Coder(names).codes(own[name])
            for name, names in (
                ("charge_kind", CHARGE_KINDS),
                ("deck", prices.entries["deck"]),
                ("service", SERVICES),
                ("direction", DIRECTIONS),
                ("origin", origins),
            )
        ]
        kind, deck, service, direction, origin = parts
        group = ((kind * prices.entries.height + deck) * len(SERVICES) + service) * len(DIRECTIONS) + direction
        table = nothing(len(CHARGE_KINDS) * groups * len(origins), pl.UInt32)
        table = placed(table, group * len(origins) + origin, own["line"].cast(pl.UInt32))
        return cls(Coder(origins), table, groups, own["space"])

    def of_calls(self, group: pl.Series, kind: str, origin: pl.Series | None) -> pl.Series:
        """Return the line of each call; origin: its code in `origins`, null for none; None for `*`."""
        place = (group + CHARGE_KINDS.index(kind) * self.groups) * len(self.origins)
        return self.table.gather(place if origin is None else place + origin)


@dataclass(frozen=True)
class Answers:
    """Everything about prices that does not depend on the day, ready for lookups by position."""

    prices: PriceBook
    numbers: NumberIndex
    lines: Lines
    asks: pl.Series | None
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
            _asking(prices),
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
        place = _Place(keyed["line_group"], stretch, number, self._origins(calls))
        rate_set = self._rate_sets(place, "call", timetable)
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
        found = found.with_columns(unanswerable=self._unanswerable()).with_columns(
            reason=self._reason(), is_answered=pl.col("unanswerable").is_null()
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

    def _origins(self, calls: pl.DataFrame) -> list[pl.Series]:
        """Return the codes of each call's country and zone, as far as any price depends on them."""
        if len(self.lines.origins) == 1:
            return []
        named = [name for name in ("country", "zone") if calls[name].null_count() < calls.height]
        return [self.lines.origins.codes(calls[name]) for name in named]

    def _rate_sets(self, place: _Place, kind: str, timetable: Timetable) -> pl.Series:
        """Return who answers: the rows of the exact country are tried first, then of its zone, then of any origin.

        Prefix and validity are fixed at the answer time; the date is local to the deck that the call refers to.
        """
        best = self._found(place, self.lines.of_calls(place.group, kind, None), timetable)
        for origin in reversed(place.origins):
            line = self.lines.of_calls(place.group, kind, origin)
            has_line = pl.select(pl.arg_where(line.is_not_null())).to_series()
            if has_line.len():
                found = self._found(place.at(has_line), line.gather(has_line), timetable)
                nearer = pl.select(pl.coalesce(found, best.gather(has_line))).to_series()
                best = placed(best, has_line, nearer)
        return best

    def _found(self, place: _Place, line: pl.Series, timetable: Timetable) -> pl.Series:
        answer = timetable.answers.gather(line.cast(pl.Int64) * timetable.starts.len() + place.stretch)
        space = self.lines.spaces.gather(line) * self.prices.numbers.len() + place.number
        return self.prices.answers.gather(answer + self.prices.spaces.gather(space))

    def _information(self, place: _Place, keyed: pl.DataFrame, timetable: Timetable) -> list[pl.Series]:
        """Return the rate set and the row of the information charge, and the most that it can price."""
        height = place.number.len()
        rate_set = row = nothing(height, pl.UInt32)
        most = nothing(height, pl.Int64)
        may = nothing(0, pl.UInt32)
        if self.asks is not None:
            may = pl.select(pl.arg_where(self.asks.gather(place.number).fill_null(value=False))).to_series()
        if may.len():
            found = self._rate_sets(place.at(may), "information", timetable)
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

    @staticmethod
    def _reason() -> pl.Expr:
        by_clock = pl.col("is_banded") & (pl.col("service") == VOICE)
        return (
            pl.when(pl.col("quantity") == 0)
            .then(_REASON["not_answered"])
            .when(pl.col("unanswerable").is_not_null())
            .then("unanswerable")
            .when(pl.col("quantity") < pl.col("free_below"))
            .then(_REASON["too_short"])
            .when(by_clock & (pl.col("quantity") > LONGEST_BY_CLOCK))
            .then(_REASON["too_long"])
            .when(pl.col("quantity") > pl.min_horizontal("most_quantity", "information_most"))
            .then(_REASON["charge_out_of_range"])
            .cast(pl.UInt8)
        )


@dataclass(frozen=True)
class _Place:
    """Where calls stand in the tables: group of lines, stretch of time, stretch of numbers, codes of origins."""

    group: pl.Series
    stretch: pl.Series
    number: pl.Series
    origins: list[pl.Series]

    def at(self, rows: pl.Series) -> _Place:
        """Return the places of some of the calls."""
        origins = [origin.gather(rows) for origin in self.origins]
        return _Place(self.group.gather(rows), self.stretch.gather(rows), self.number.gather(rows), origins)


def _asking(prices: PriceBook) -> pl.Series | None:
    """Return for each stretch of numbers whether any information charge may answer it; None when there are none.

    Nearly all calls need not look further.
    """
    lines = prices.lines.filter(pl.col("charge_kind") == "information")
    dated = prices.epochs.select("answer", line=pl.col("key") // (1 << DAY_BITS)).join(lines, on="line")
    asks = None
    for space, answer in dated.select("space", "answer").unique().iter_rows():
        stretch = prices.spaces.slice(space * prices.numbers.len(), prices.numbers.len())
        some = prices.answers.is_not_null().gather(stretch.cast(pl.Int64) + answer)
        asks = some if asks is None else asks | some
    return asks
