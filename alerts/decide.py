"""Which warnings are due: values in, intents out; nothing is read, written or sent here.

A warning is due when use reaches 80 % or 100 % of a bundle (R7.10, R7.31, R7.32) or of the customer's VoIP limit
(R8.1, R8.2), and nobody was told of that level in that period for that limit or a higher one (R7.50, R8.7).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

import polars as pl

from alerts.keys import key_of
from belnota.people import Product, Registration
from belnota.tables.ownership import carried_from

WarningKind = Literal["bundle", "voip_cost"]

LEVELS: Final = (80, 100)
POOL_TOTAL: Final = "*"
"""In BundleUsage, the `subscription_id` of the row that holds a pool's total."""


class RememberedKey(NamedTuple):
    """A warning that was decided before, whatever became of it."""

    subject: str
    kind: str
    period: str
    level: int
    limit_value: int


@dataclass(frozen=True)
class Bundle:
    """What a message says about an allowance. Quantities are seconds, messages or bytes, by `service`."""

    code: str
    name_nl: str
    name_en: str
    service: str
    is_group: bool
    subscription_id: str
    """Whose own bundle it is; empty for a group bundle."""
    product: Product


@dataclass(frozen=True)
class WarningIntent:
    """One warning to record; `sent` also asks for mails, `skipped` is a level that a jump passed over."""

    kind: WarningKind
    subject: str
    """The pool of a bundle; the customer for the VoIP limit."""
    customer_id: str
    period: str
    level: int
    limit_value: int
    """The allowance, or the VoIP limit in micro-euros excl. VAT."""
    used_value: int
    outcome: Literal["sent", "skipped"]
    bundle: Bundle | None = None

    @property
    def remembered_as(self) -> RememberedKey:
        return RememberedKey(self.subject, self.kind, self.period, self.level, self.limit_value)

    @property
    def key(self) -> str:
        return key_of(self.kind, self.subject, self.period, self.level, self.limit_value)

    @property
    def registration(self) -> Registration:
        """Who is told: users registered for high use of mobile (R9.14) or of VoIP (R9.13, R8.3)."""
        return "mobile_usage" if self.bundle and self.bundle.product == "mobiel" else "voip_usage"


def decide_warnings(
    *,
    period: str,
    bundles: pl.DataFrame,
    voip_costs: Mapping[str, int],
    voip_limits: Mapping[str, int],
    remembered: Collection[RememberedKey],
    products: Mapping[str, Product] | None = None,
) -> list[WarningIntent]:
    """Return the warnings of a period that are due and not remembered, bundles first, in order of subject and level.

    `bundles` is BundleUsage, of which the pool totals of `period`'s own allowances count; costs and limits are
    micro-euros excl. VAT per customer, where a limit that is absent or 0 means none (R8.4). `products` says by bundle
    code which family a bundle is of; a bundle that is not named is mobile.

    With a limit of 500 and nothing remembered:

    | use            | intents                                                           |
    |----------------|-------------------------------------------------------------------|
    | 399.999        | none                                                              |
    | 400            | 80 sent                                                           |
    | 600            | 80 skipped, 100 sent                                              |
    | 600, 80 told   | 100 sent                                                          |
    | 600, both told | none, also after the use fell and rose again, or the limit fell   |
    | 600, limit 700 | 80 sent: a raised limit arms anew                                 |
    """
    told = _highest_limits_told(remembered, period)
    uses = [*_bundle_uses(bundles, period, products or {}), *_voip_uses(voip_costs, voip_limits, period)]
    return [intent for use in uses for intent in _due(use, told)]


@dataclass(frozen=True)
class _Use:
    kind: WarningKind
    subject: str
    customer_id: str
    period: str
    limit: int
    used: int
    bundle: Bundle | None = None


def _bundle_uses(bundles: pl.DataFrame, period: str, products: Mapping[str, Product]) -> Iterator[_Use]:
    covered = pl.col("covered_quantity").cast(pl.Int128)  # times 100 may leave 64 bits
    pools = bundles.filter(
        pl.col("subscription_id") == POOL_TOTAL,
        pl.col("billing_period") == period,
        pl.col("period") == period,  # late use of a closed month warns of nothing: that month is over
        carried_from(pl.col("pool_id")).is_null(),  # nor does what was left of one: the month's own allowance is next
        pl.col("allowance") > 0,
        covered * 100 >= pl.col("allowance").cast(pl.Int128) * min(LEVELS),
    ).sort("pool_id")
    for row in pools.iter_rows(named=True):  # only the few that reached a level
        bundle = Bundle(
            code=row["bundle"],
            name_nl=row["bundle_name_nl"],
            name_en=row["bundle_name_en"],
            service=row["service"],
            is_group=row["is_group"],
            subscription_id="" if row["is_group"] else row["pool_id"].rpartition("@")[2],
            product=products.get(row["bundle"], "mobiel"),
        )
        yield _Use(
            "bundle", row["pool_id"], row["customer_id"], period, row["allowance"], row["covered_quantity"], bundle
        )


def _voip_uses(costs: Mapping[str, int], limits: Mapping[str, int], period: str) -> Iterator[_Use]:
    for customer_id, limit in sorted(limits.items()):
        if limit > 0 and customer_id in costs:
            yield _Use("voip_cost", customer_id, customer_id, period, limit, costs[customer_id])


def _due(use: _Use, told: Mapping[tuple[str, str, int], int]) -> list[WarningIntent]:
    due = [
        level
        for level in LEVELS
        if use.used * 100 >= use.limit * level and told.get((use.kind, use.subject, level), 0) < use.limit
    ]
    return [
        WarningIntent(
            kind=use.kind,
            subject=use.subject,
            customer_id=use.customer_id,
            period=use.period,
            level=level,
            limit_value=use.limit,
            used_value=use.used,
            outcome="sent" if level == max(due) else "skipped",
            bundle=use.bundle,
        )
        for level in due
    ]


def _highest_limits_told(remembered: Iterable[RememberedKey], period: str) -> dict[tuple[str, str, int], int]:
    """Return per kind, subject and level the highest limit that was told; who was told 100 % need not hear 80 %."""
    highest: dict[tuple[str, str, int], int] = {}
    for key in remembered:
        for level in LEVELS:
            if key.period == period and level <= key.level:
                place = (key.kind, key.subject, level)
                highest[place] = max(highest.get(place, 0), key.limit_value)
    return highest
