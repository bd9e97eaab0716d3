"""Reading a close: where each period stands and what its drafts say."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal, cast

import polars as pl
import sqlalchemy as sa

from belnota.errors import Refused
from belnota.periods import Period
from belnota.store.schema import closes, invoice_drafts, invoices
from invoicing import canonical
from invoicing.drafts import Draft, Fate
from invoicing.model import Invoice

CloseState = Literal["draft", "approved", "committed", "sent"]


@dataclass(frozen=True)
class CloseDraft:
    """One period's close as a person reviews it: the drafts, sorted by customer, and what becomes of each."""

    period: Period
    state: CloseState
    draft_hash: str
    approved_by: str | None
    approved_at: dt.datetime | None
    issued_on: dt.date | None
    drafts: tuple[Draft, ...]

    @property
    def invoices(self) -> tuple[Draft, ...]:
        """The drafts that a commit makes invoices of."""
        return self._with_fate("invoice")

    @property
    def parked(self) -> tuple[Draft, ...]:
        """The drafts that have problems: no invoice until they are solved, the rest goes on."""
        return self._with_fate("parked")

    @property
    def nothing_to_bill(self) -> tuple[Draft, ...]:
        """The drafts of 0.00: no invoice, and no problem."""
        return self._with_fate("nothing")

    def _with_fate(self, fate: Fate) -> tuple[Draft, ...]:
        return tuple(draft for draft in self.drafts if draft.fate == fate)

    @property
    def net_cents(self) -> int:
        """Sum of the invoices to be made, without VAT; parked ones are not in it."""
        return sum(draft.invoice.totals.net_cents for draft in self.invoices)

    @property
    def vat_cents(self) -> int:
        return sum(draft.invoice.totals.vat_cents for draft in self.invoices)

    @property
    def gross_cents(self) -> int:
        return self.net_cents + self.vat_cents

    @property
    def issue_by(self) -> dt.date:
        """The last day on which the law lets the invoice go out: the 15th after the month (art. 34g Wet OB 1968)."""
        return self.period.end_on + dt.timedelta(days=14)


def show(tx: sa.Connection, period: Period) -> CloseDraft:
    """Return a period's close; refused when it was never drafted."""
    return close_of(tx, period)


def status(tx: sa.Connection) -> pl.DataFrame:
    """Return one row per close: period, state, draft_hash, approved_by, issued_on, invoices, gross_cents (issued)."""
    issued = (
        sa.select(
            invoices.c.period, sa.func.count().label("invoices"), sa.func.sum(invoices.c.gross_cents).label("gross")
        )
        .group_by(invoices.c.period)
        .subquery()
    )
    query = (
        sa.select(
            *(closes.c[name] for name in ("period", "state", "draft_hash", "approved_by", "issued_on")),
            sa.func.coalesce(issued.c.invoices, 0),
            sa.cast(sa.func.coalesce(issued.c.gross, 0), sa.BigInteger),
        )
        .outerjoin(issued, closes.c.period == issued.c.period)
        .order_by(closes.c.period)
    )
    texts = dict.fromkeys(("period", "state", "draft_hash", "approved_by"), pl.String)
    schema = pl.Schema({**texts, "issued_on": pl.Date, "invoices": pl.Int64, "gross_cents": pl.Int64})
    return pl.DataFrame([tuple(row) for row in tx.execute(query)], schema=schema, orient="row")


def closed_periods(tx: sa.Connection) -> set[str]:
    """Return the periods whose invoices are final; what arrives late for them is billed in the next open one."""
    return set(tx.scalars(sa.select(closes.c.period).where(closes.c.state.in_(["committed", "sent"]))))


def find(tx: sa.Connection, period: Period, *, lock: bool = False) -> sa.RowMapping | None:
    """Return the row of a period's close; `lock` holds it until the transaction ends (PostgreSQL; SQLite holds all)."""
    query = sa.select(closes).where(closes.c.period == str(period))
    return tx.execute(query.with_for_update() if lock else query).mappings().one_or_none()


def close_of(tx: sa.Connection, period: Period) -> CloseDraft:
    """Return a period's close as stored; refused when there is none."""
    close = find(tx, period)
    if close is None:
        raise Refused(f"period {period} has no drafts yet; run: belnota close draft {period}")
    query = sa.select(invoice_drafts.c.content, invoice_drafts.c.problems)
    rows = tx.execute(query.where(invoice_drafts.c.period == str(period)))
    drafts = (
        Draft(Invoice.from_json(content), canonical.loads(tuple[str, ...], problems)) for content, problems in rows
    )
    return CloseDraft(
        period=period,
        state=cast("CloseState", close["state"]),
        draft_hash=close["draft_hash"],
        approved_by=close["approved_by"],
        approved_at=close["approved_at"],
        issued_on=close["issued_on"],
        drafts=tuple(sorted(drafts, key=lambda draft: draft.customer_id)),
    )
