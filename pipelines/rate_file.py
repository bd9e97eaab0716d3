"""`belnota rate`: a file of calls and price lists in, a file of rated calls out, no workspace (rating.md section 6)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from belnota.errors import Refused
from belnota.files import publish
from belnota.tables import BundleShare, CallToRate, empty, schema_of
from pipelines.batches import in_file_order, is_in_order, streamed
from pipelines.given_decks import given_decks
from pipelines.rate_bundles import read_bundles
from pipelines.rate_inputs import scan_calls, unused_columns
from rating import PriceBook, Rater, rate
from tariffs import Deck, compile_prices

_COLUMNS = (
    "call_id", "status", "reason", "destination", "prefix", "call_type", "band",
    "billed_quantity", "connect_fee", "charge",
)  # fmt: skip
_AMOUNTS = ("connect_fee", "charge", "information_charge")
_STATUSES = ("rated", "free", "unrated")
_WIDE, _EUROS = pl.Decimal(38, 6), pl.Decimal(20, 6)


@dataclass(frozen=True, slots=True)
class RateSummary:
    """How many calls went in, and how they came out."""

    calls: int
    rated: int
    free: int
    unrated: int
    unused: tuple[str, ...] = ()
    """Columns of the file that mean nothing here."""


def rate_file(calls: Path, deck: Path, bases: Sequence[Path], out: Path, bundles: Path | None = None) -> RateSummary:
    """Rate a file and write the result at once or not at all, in the order of the calls.

    Charges have exactly the decimals of the deck that answered (of one with an information charge, if that has more),
    in CSV as text, in Parquet as Decimal(20, 6).
    A refused deck, an unreadable file or bundle, or a base that nobody refers to raise Refused.
    """
    if out.suffix.lower() not in (".csv", ".parquet"):
        raise Refused(f"{out} is neither .csv nor .parquet; results are written as these")
    if out.resolve() in {given.resolve() for given in (calls, bundles) if given is not None}:
        raise Refused(f"{out} is what is read; write the result to another file")
    decks, entry = given_decks(deck, bases)
    shares = empty(BundleShare) if bundles is None else read_bundles(bundles)
    read = scan_calls(calls, with_subscription=bundles is not None)
    prices = compile_prices(decks, [entry])
    written = _Written(decks, entry, is_csv=out.suffix.lower() == ".csv", with_bundles=bundles is not None)
    counts: Counter[str] = Counter()
    results = (_counted(rated, counts) for rated in _rated(read, entry, prices, shares, calls))
    table = streamed((written.of(rated) for rated in results), written.of(_rated_nothing(prices)))
    publish(out, table.sink_csv if written.is_csv else table.sink_parquet)
    unused = unused_columns(calls, with_subscription=bundles is not None)
    rated, free, unrated = (counts[status] for status in _STATUSES)
    return RateSummary(counts.total(), rated, free, unrated, unused)


def _rated(
    read: pl.LazyFrame, entry: str, prices: PriceBook, shares: pl.DataFrame, file: Path
) -> Iterator[pl.DataFrame]:
    """Yield rated calls in file order, in bounded memory."""
    if not shares.is_empty() and not is_in_order(read):
        # Bundles are drawn in order of time: a file in another order is held in memory whole.
        yield rate(_to_rate(read.collect(), entry), prices, shares).rated
        return
    rater = Rater(prices, shares)
    for batch in in_file_order(read, seeks=file.suffix.lower() == ".parquet"):
        repeated = batch.filter(batch["call_id"].is_duplicated())
        if repeated.height:
            unit = "row" if file.suffix.lower() == ".parquet" else "line"
            line, call_id = repeated.select("line", "call_id").row(1)
            raise Refused(f"{file}, {unit} {line}, call_id, {call_id!r}: write an identity that no other {unit} has")
        yield rater.rate(_to_rate(batch, entry))[0]


def _rated_nothing(prices: PriceBook) -> pl.DataFrame:
    return rate(pl.DataFrame(schema=schema_of(CallToRate)), prices, empty(BundleShare)).rated


def _counted(rated: pl.DataFrame, counts: Counter[str]) -> pl.DataFrame:
    counts.update(dict(rated["status"].cast(pl.String).value_counts().iter_rows()))
    return rated


def _to_rate(read: pl.DataFrame, entry: str) -> pl.DataFrame:
    """Return contract CallToRate; the origin of the file is tried as it stands, then any."""
    absent = {name: pl.lit(None, pl.String) for name in ("zone", "call_type")}
    named = read.rename({"origin": "country", "subscription": "subscription_id"})
    return named.with_columns(**absent, deck=pl.lit(entry)).select(
        pl.col(name).cast(dtype) for name, dtype in schema_of(CallToRate).items()
    )


class _Written:
    """Rated calls as the command writes them: plain texts, exact amounts."""

    def __init__(self, decks: dict[str, Deck], entry: str, *, is_csv: bool, with_bundles: bool) -> None:
        self.is_csv = is_csv
        self._entry = entry
        self._decimals = {name: one.settings.rules.decimals for name, one in decks.items()}
        asking = [one for one in decks.values() if (one.rates["charge_kind"] == "information").any()]
        has_information = bool(asking)
        self._finest = max((one.settings.rules.decimals for one in asking), default=0)
        self._columns = (
            *_COLUMNS,
            *(["in_bundle_quantity"] if with_bundles else []),
            *(["information_charge"] if has_information else []),
        )

    def of(self, rated: pl.DataFrame) -> pl.DataFrame:
        """Return a batch of them."""
        texts = rated.with_columns(pl.col(pl.Enum).cast(pl.String))
        if self.is_csv:
            names = pl.col("deck").fill_null(self._entry)
            places = names.replace_strict(self._decimals, return_dtype=pl.Int64)
            # The information charge may be rounded finer, by the price list that has it.
            is_asked = pl.col("information_charge_micro_eur") > 0
            places = pl.when(is_asked).then(places.clip(self._finest)).otherwise(places)
            amounts = {name: _text(pl.col(f"{name}_micro_eur"), places) for name in _AMOUNTS}
        else:
            amounts = {name: (pl.col(f"{name}_micro_eur").cast(_WIDE) / 1_000_000).cast(_EUROS) for name in _AMOUNTS}
        return texts.with_columns(**amounts).select(self._columns)


def _text(micro_eur: pl.Expr, places: pl.Expr) -> pl.Expr:
    """Return micro-euros as text with exactly so many decimals (the rest is zero by rounding)."""
    whole = (micro_eur // 1_000_000).cast(pl.String)
    part = (micro_eur % 1_000_000).cast(pl.String).str.pad_start(6, "0").str.head(places)
    return pl.when(places > 0).then(whole + "." + part).otherwise(whole)
