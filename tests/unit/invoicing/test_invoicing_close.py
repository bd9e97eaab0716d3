"""The close: only what was approved is committed, numbers have no holes, and every step can be done twice."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import polars as pl
import pytest
import sqlalchemy as sa

from belnota.errors import Refused, UnableToFinish
from belnota.periods import Period
from belnota.store import schema
from invoicing import archive, close, closing, numbering, register
from invoicing.drafts import hash_of
from invoicing.pdf import render
from tests.lib.bills import AT, OCTOBER, add_customers, customer, drafts, fee, usage

ISSUED = dt.date(2026, 11, 2)
WHO = {"actor": "finance", "at": AT}
HOW = {"issued_on": ISSUED, "number_format": "{year}-{sequence:06d}", **WHO}
PEOPLE = [customer("K1"), customer("K2"), customer("K3", street=""), customer("K4")]


def some(cents: int = 1000):
    fees = [fee(who, cents) for who in ("K1", "K2", "K3")]
    return drafts([usage("K1", 1_234_567), usage("K4", 0)], fees, customers=PEOPLE)


@pytest.fixture
def ready(store):
    with store.writing() as tx:
        add_customers(tx, *PEOPLE)
    return store


def committed(store, made=None, period=OCTOBER):
    made = some() if made is None else made
    with store.writing() as tx:
        draft = close.save_draft(tx, period, made, {"calls": 3}, **WHO)
        close.approve(tx, period, draft.draft_hash, **WHO)
        return close.commit(tx, period, draft.draft_hash, made, **HOW)


def count(store, table):
    with store.reading() as tx:
        return tx.scalar(sa.select(sa.func.count()).select_from(table))


def test_a_draft_shows_what_will_become_of_each_customer(ready):
    with ready.writing() as tx:
        made = close.save_draft(tx, OCTOBER, some(), {"calls": 3}, **WHO)
    with ready.reading() as tx:
        assert closing.show(tx, OCTOBER) == made
    assert made.draft_hash == hash_of(some())
    assert [draft.customer_id for draft in made.invoices] == ["K1", "K2"]
    assert [draft.customer_id for draft in made.parked] == ["K3"]
    assert [draft.customer_id for draft in made.nothing_to_bill] == ["K4"]
    assert (made.net_cents, made.vat_cents, made.gross_cents) == (2123, 446, 2569)
    assert made.issue_by == dt.date(2026, 11, 15)


def test_committing_numbers_by_customer_freezes_and_logs(ready):
    assert committed(ready) == ["2026-000001", "2026-000002"]
    with ready.reading() as tx:
        invoice = register.invoice(tx, "2026-000001")
        actions = list(tx.scalars(sa.select(schema.events.c.action).order_by(schema.events.c.event_id)))
        assert closing.closed_periods(tx) == {"2026-10"}
    assert (invoice.issued_on, invoice.due_on) == (ISSUED, dt.date(2026, 11, 16))
    assert invoice.payment.reference == invoice.invoice_number == "2026-000001"
    assert actions == ["close.draft", "close.approve", "close.commit"]


def test_a_second_commit_returns_the_same_numbers_whatever_the_data_say_now(ready):  # B21
    first = committed(ready)
    with ready.writing() as tx:
        again = close.commit(tx, OCTOBER, hash_of(some()), some(9999), **HOW | {"issued_on": dt.date(2027, 1, 1)})
    assert again == first
    assert count(ready, schema.invoices) == 2
    assert count(ready, schema.events) == 3


def test_the_same_draft_again_keeps_the_approval_and_another_drops_it(ready):
    with ready.writing() as tx:
        made = close.save_draft(tx, OCTOBER, some(), {"calls": 3}, **WHO)
        close.approve(tx, OCTOBER, made.draft_hash, **WHO)
        assert close.save_draft(tx, OCTOBER, some(), {"calls": 4}, **WHO).state == "approved"
        changed = close.save_draft(tx, OCTOBER, some(2000), {"calls": 5}, **WHO)
        assert (changed.state, changed.approved_by) == ("draft", None)
        assert len(changed.drafts) == 4


def test_approving_another_hash_is_refused_and_names_both(ready):
    with ready.writing() as tx:
        made = close.save_draft(tx, OCTOBER, some(), {}, **WHO)
        with pytest.raises(Refused, match=f"abc.*{made.draft_hash}"):
            close.approve(tx, OCTOBER, "abc", **WHO)


def test_nothing_is_committed_without_approval_or_drafts(ready):
    with ready.writing() as tx:
        with pytest.raises(Refused, match="no drafts yet"):
            close.commit(tx, OCTOBER, "abc", [], **HOW)
        with pytest.raises(Refused, match="no drafts yet"):
            closing.show(tx, OCTOBER)
        made = close.save_draft(tx, OCTOBER, some(), {}, **WHO)
        with pytest.raises(Refused, match="not approved"):
            close.commit(tx, OCTOBER, made.draft_hash, some(), **HOW)
        with pytest.raises(Refused, match="nothing can have been sent"):
            close.mark_sent(tx, OCTOBER, **WHO)


def test_data_that_changed_after_the_approval_refuse_the_commit_and_say_what(ready):
    with ready.writing() as tx:
        made = close.save_draft(tx, OCTOBER, some(), {}, **WHO)
        close.approve(tx, OCTOBER, made.draft_hash, **WHO)
        with pytest.raises(Refused, match=r"customer K2 went from €12\.10 to €24\.20"):
            close.commit(tx, OCTOBER, made.draft_hash, some(2000), **HOW)
    assert count(ready, schema.invoices) == 0


def test_a_committed_period_takes_no_new_draft(ready):
    committed(ready)
    with ready.writing() as tx, pytest.raises(Refused, match="final"):
        close.save_draft(tx, OCTOBER, some(5), {}, **WHO)


def test_sent_follows_committed_once(ready):
    committed(ready)
    for _ in range(2):
        with ready.writing() as tx:
            close.mark_sent(tx, OCTOBER, **WHO)
    with ready.reading() as tx:
        assert closing.status(tx).row(0, named=True) == {
            "period": "2026-10",
            "state": "sent",
            "draft_hash": hash_of(some()),
            "approved_by": "finance",
            "issued_on": ISSUED,
            "invoices": 2,
            "gross_cents": 2569,
        }
        assert closing.closed_periods(tx) == {"2026-10"}
    assert count(ready, schema.events) == 4


@pytest.mark.parametrize("day", [dt.date(2026, 10, 31), dt.date(2026, 10, 1)])
def test_a_period_that_is_not_over_cannot_be_committed(ready, day):
    with ready.writing() as tx:
        made = close.save_draft(tx, OCTOBER, some(), {}, **WHO)
        close.approve(tx, OCTOBER, made.draft_hash, **WHO)
        with pytest.raises(Refused, match="not over"):
            close.commit(tx, OCTOBER, made.draft_hash, some(), **HOW | {"issued_on": day})


def test_no_invoice_is_dated_before_an_earlier_number(ready):
    committed(ready)
    september = Period(2026, 9)
    made = drafts([], [fee("K1", 1, period="2026-09")], customers=PEOPLE, period=september)
    with ready.writing() as tx:
        draft = close.save_draft(tx, september, made, {}, **WHO)
        close.approve(tx, september, draft.draft_hash, **WHO)
        with pytest.raises(Refused, match="issued on 2026-11-02 already"):
            close.commit(tx, september, draft.draft_hash, made, **HOW | {"issued_on": dt.date(2026, 11, 1)})


def test_a_failed_commit_uses_no_number(ready):
    with suppress(ZeroDivisionError), ready.writing() as tx:
        made = close.save_draft(tx, OCTOBER, some(), {}, **WHO)
        close.approve(tx, OCTOBER, made.draft_hash, **WHO)
        assert len(close.commit(tx, OCTOBER, made.draft_hash, some(), **HOW)) == 2
        raise ZeroDivisionError
    assert count(ready, schema.invoices) == 0
    assert committed(ready) == ["2026-000001", "2026-000002"]


def test_a_period_without_drafts_closes_without_invoices(ready):
    assert committed(ready, []) == []
    with ready.reading() as tx:
        assert closing.closed_periods(tx) == {"2026-10"}
        assert register.invoices(tx).height == 0
        assert register.invoice_lines(tx).height == 0


def test_committers_at_the_same_time_leave_no_hole(ready):
    made = {}
    for period in [Period(2026, month) for month in range(1, 9)]:
        fees = [fee(who, 100, period=str(period)) for who in ("K1", "K2")]
        made[period] = drafts([], fees, customers=PEOPLE, period=period)
        with ready.writing() as tx:
            close.save_draft(tx, period, made[period], {}, **WHO)
            close.approve(tx, period, hash_of(made[period]), **WHO)

    def work(period):
        with ready.writing() as tx:
            return close.commit(tx, period, hash_of(made[period]), made[period], **HOW)

    with ThreadPoolExecutor(4) as pool:
        numbers = [number for found in pool.map(work, [*made, *made]) for number in found]
    assert len(numbers) == 32
    assert sorted(set(numbers)) == [f"2026-{n:06d}" for n in range(1, 17)]
    with ready.reading() as tx:
        rows = tx.execute(sa.select(schema.invoices.c.series, schema.invoices.c.sequence)).all()
    assert numbering.holes([tuple(row) for row in rows]) == []


def test_the_register_as_tables(ready):
    committed(ready)
    with ready.reading() as tx:
        invoices, lines = register.invoices(tx, OCTOBER), register.invoice_lines(tx)
        assert register.invoices(tx, OCTOBER.next()).height == 0
        assert register.gross_by_customer(tx, OCTOBER) == {"K1": 1359, "K2": 1210}
        with pytest.raises(Refused, match="no invoice"):
            register.invoice(tx, "2026-9")
    assert invoices["invoice_number"].to_list() == ["2026-000001", "2026-000002"]
    assert invoices.select("usage_micro_eur", "usage_cents", "net_cents", "vat_cents", "gross_cents").row(0) == (
        1_234_567,
        123,
        1123,
        236,
        1359,
    )
    sums = lines.group_by("invoice_number").agg(pl.col("amount_cents", "usage_micro_eur").sum()).sort("invoice_number")
    assert sums["amount_cents"].to_list() == invoices["net_cents"].to_list()
    assert sums["usage_micro_eur"].to_list() == invoices["usage_micro_eur"].to_list()
    assert lines.select("position", "kind", "call_type").rows() == [
        (1, "fee", None),
        (2, "usage", "national"),
        (1, "fee", None),
    ]


def test_an_own_number_in_the_register_is_a_number_or_nothing(ready):
    committed(ready, drafts([], [fee("K1", 5, label="Praktijk"), fee("K2", 5)], customers=PEOPLE))
    with ready.reading() as tx:
        lines = register.invoice_lines(tx)
    assert lines.select("own_number", "description").rows() == [
        (None, "Zakelijk Vast, Praktijk"),
        ("+31201234567", "Zakelijk Vast, 020 123 4567"),
    ]


@pytest.mark.parametrize(
    "bad",
    [
        "{sequence}",
        "{year}",
        "{year}/{sequence}",
        "{year}{0}",
        "{year!x}-{sequence}",
        "../{year}{sequence}",
        "{year.__class__}{sequence}",
        "{",
    ],
)
def test_a_number_format_that_makes_no_good_number_is_refused(bad):
    with pytest.raises(Refused, match="number_format"):
        numbering.written(bad, "2026", 1)


def test_holes_are_found_per_series():
    assert numbering.holes([("2026", 1), ("2026", 2), ("2027", 1)]) == []
    assert numbering.holes([("2026", 1), ("2026", 4)]) == ["series 2026 has a hole: 2, 3 missing before 4"]


def test_pdfs_are_written_once_read_only_and_verify(ready, tmp_path):
    committed(ready)
    seen = []
    assert archive.write_pdfs(ready, tmp_path, lambda done, total: seen.append((done, total))) == 2
    assert seen == [(1, 2), (2, 2)]
    path = tmp_path / "2026-10" / "2026-000001.pdf"
    assert path.stat().st_mode & 0o777 == 0o444
    before = path.stat().st_mtime_ns
    assert archive.write_pdfs(ready, tmp_path) == 0
    assert path.stat().st_mtime_ns == before
    with ready.reading() as tx:
        assert archive.verify(tx, tmp_path) == []
        assert path.read_bytes() == render(register.invoice(tx, "2026-000001"))
        assert archive.read_pdf(tx, tmp_path, "2026-000001") == path.read_bytes()
        assert [each.invoice_number for each in register.issued(tx, OCTOBER)] == ["2026-000001", "2026-000002"]


def test_a_pdf_that_is_not_what_was_issued_is_not_handed_out(ready, tmp_path):
    committed(ready)
    with ready.reading() as tx, pytest.raises(Refused, match="no PDF"):
        archive.read_pdf(tx, tmp_path, "2026-000001")
    archive.write_pdfs(ready, tmp_path)
    path = tmp_path / "2026-10" / "2026-000001.pdf"
    path.chmod(0o644)
    path.write_bytes(b"changed")
    (tmp_path / "2026-10" / "2026-000002.pdf").unlink()
    with ready.reading() as tx:
        with pytest.raises(UnableToFinish, match="was changed"):
            archive.read_pdf(tx, tmp_path, "2026-000001")
        with pytest.raises(UnableToFinish, match="cannot be read"):
            archive.read_pdf(tx, tmp_path, "2026-000002")


def test_a_run_killed_between_file_and_hash_is_repaired_with_the_same_bytes(ready, tmp_path, monkeypatch):  # B20
    committed(ready)

    def killed(path, content, *, mode):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        path.chmod(mode)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(archive.files, "publish_bytes", killed)
        with pytest.raises(KeyboardInterrupt):
            archive.write_pdfs(ready, tmp_path)
    path = tmp_path / "2026-10" / "2026-000001.pdf"
    first = path.read_bytes()
    with ready.reading() as tx:
        assert any("no PDF yet" in fault for fault in archive.verify(tx, tmp_path))
    assert archive.write_pdfs(ready, tmp_path) == 2
    assert path.read_bytes() == first
    with ready.reading() as tx:
        assert archive.verify(tx, tmp_path) == []


def test_verify_finds_changed_missing_and_foreign_files_and_holes(ready, tmp_path):
    committed(ready)
    archive.write_pdfs(ready, tmp_path)
    one, two = (tmp_path / "2026-10" / f"2026-00000{n}.pdf" for n in (1, 2))
    one.chmod(0o644)
    one.write_bytes(b"changed")
    two.rename(tmp_path / "2026-10" / "stray.pdf")
    with ready.writing() as tx:
        tx.execute(sa.update(schema.invoices).where(schema.invoices.c.sequence == 2).values(sequence=3))
        faults = archive.verify(tx, tmp_path)
    assert [any(word in fault for fault in faults) for word in ("hole", "was changed", "is missing", "no invoice")] == [
        True
    ] * 4
    assert len(faults) == 4


def test_an_invoice_that_cannot_be_rendered_does_not_stop_the_others(ready, tmp_path):
    committed(ready)
    first = schema.invoices.c.invoice_number == "2026-000001"
    with ready.writing() as tx:
        tx.execute(sa.update(schema.invoices).where(first).values(content="{}"))
    with pytest.raises(UnableToFinish, match=r"1 of 2 invoices could not be rendered: 2026-000001"):
        archive.write_pdfs(ready, tmp_path)
    assert (tmp_path / "2026-10" / "2026-000002.pdf").is_file()
