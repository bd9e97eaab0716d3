"""belnota.store: the same promises on SQLite and on PostgreSQL."""

from __future__ import annotations

import datetime as dt
from contextlib import closing

import alembic.autogenerate
import alembic.migration
import pytest
import sqlalchemy as sa

from belnota.errors import Refused, UnableToFinish
from belnota.store import open_store, schema

AMSTERDAM_SUMMER = dt.timezone(dt.timedelta(hours=2))


def add_deck(tx, name, at=None):
    values = {"name": name, "digest": "d", "rows": 1, "imported_at": at or dt.datetime(2026, 10, 1, tzinfo=dt.UTC)}
    tx.execute(sa.insert(schema.decks).values(values))


def decks(store):
    with store.reading() as tx:
        return tx.execute(sa.select(schema.decks.c.name).order_by(schema.decks.c.name)).scalars().all()


def test_the_migrations_make_exactly_the_tables_of_the_schema(store):
    with store.engine.connect() as connection:
        context = alembic.migration.MigrationContext.configure(connection, opts={"compare_type": True})
        differences = alembic.autogenerate.compare_metadata(context, schema.metadata)

    assert differences == []


def test_opening_a_migrated_store_again_keeps_what_it_holds(store, store_url):
    with store.writing() as tx:
        add_deck(tx, "a")
    again = open_store(store_url)

    assert decks(again) == ["a"]
    again.close()


def test_a_fresh_database_is_migrated_by_opening_it(tmp_path, postgres):
    with postgres.new_database() as url:
        for address in (url, f"sqlite:///{tmp_path / 'new.sqlite'}"):
            opened = open_store(address)
            assert set(sa.inspect(opened.engine).get_table_names()) >= set(schema.metadata.tables)
            opened.close()


@pytest.mark.parametrize(
    "instant",
    [
        dt.datetime(2026, 10, 25, 0, 30, tzinfo=dt.UTC),
        dt.datetime(2026, 10, 25, 2, 30, 0, 123456, tzinfo=AMSTERDAM_SUMMER),
        dt.datetime(1990, 1, 1, tzinfo=dt.UTC),
    ],
)
def test_an_instant_comes_back_as_the_same_instant_in_utc(store, instant):
    with store.writing() as tx:
        add_deck(tx, "a", instant)
    with store.reading() as tx:
        found = tx.execute(sa.select(schema.decks.c.imported_at)).scalar_one()

    assert found == instant
    assert found.tzinfo is dt.UTC


def test_a_time_without_a_zone_is_no_instant(store):
    with pytest.raises(sa.exc.StatementError, match="needs a time zone"), store.writing() as tx:
        add_deck(tx, "a", dt.datetime(2026, 10, 1))  # noqa: DTZ001 - that is the point


def test_writing_is_all_or_nothing(store):
    with store.writing() as tx:
        add_deck(tx, "kept")
    with pytest.raises(ValueError, match="trouble"), store.writing() as tx:  # noqa: PT012 - the block is the transaction
        add_deck(tx, "lost")
        raise ValueError("trouble")
    with pytest.raises(sa.exc.IntegrityError), store.writing() as tx:  # noqa: PT012 - as above
        add_deck(tx, "lost as well")
        add_deck(tx, "kept")

    assert decks(store) == ["kept"]


def test_what_is_not_committed_is_not_read_by_others(store):
    with store.writing() as tx:
        add_deck(tx, "a")
        assert decks(store) == []

    assert decks(store) == ["a"]


def test_references_hold(store):
    user = {"username": "u", "customer_id": "nobody", "email": "u@example.nl", "language": "nl"}
    lists = {"roles": "[]", "registrations": "[]", "is_blocked": False}
    with pytest.raises(sa.exc.IntegrityError), store.writing() as tx:
        tx.execute(sa.insert(schema.users).values({**user, **lists}))


def test_the_largest_amounts_fit(store):
    largest = 2**62
    with store.writing() as tx:
        plan = {"code": "p", "kind": "plan", "product": "mobiel", "name_nl": "p", "name_en": "p"}
        tx.execute(sa.insert(schema.plans).values({**plan, "monthly_micro_eur": largest}))
        found = tx.execute(sa.select(schema.plans.c.monthly_micro_eur)).scalar_one()

    assert found == largest


def test_on_sqlite_two_writers_take_turns(tmp_path):
    url = f"sqlite:///{tmp_path / 'store.sqlite'}"
    first, second = open_store(url), open_store(url)
    with second.engine.connect() as waiting, first.writing():
        waiting.exec_driver_sql("PRAGMA busy_timeout=50")
        writer = waiting.execution_options(belnota_writes=True)
        waiting.rollback()
        with pytest.raises(sa.exc.OperationalError, match="locked"):
            writer.begin()
    first.close()
    second.close()


@pytest.mark.parametrize("url", ["", "no url", "oracle9i://x", "sqlite+nothing:///x"])
def test_an_address_that_no_program_can_open_is_refused(url):
    with pytest.raises(Refused, match=r"\[store\] url is not a database"):
        open_store(url)


def test_a_database_that_cannot_be_reached_is_one_sentence_without_its_password(tmp_path):
    url = f"postgresql+psycopg://me:geheim@/x?host={tmp_path}"
    with pytest.raises(UnableToFinish, match="cannot be opened") as unable:
        open_store(url)

    assert "geheim" not in str(unable.value)


def test_a_file_that_is_no_database_is_one_sentence(tmp_path):
    path = tmp_path / "store.sqlite"
    path.write_bytes(b"this is no database, it only has the name of one" * 100)

    with pytest.raises(UnableToFinish, match=r"store.sqlite cannot be opened: file is not a database"):
        open_store(f"sqlite:///{path}")


def test_what_was_deleted_is_in_no_byte_of_the_store_once_it_is_scrubbed(store_url, tmp_path):
    number, path = "31612345671", tmp_path / "store.sqlite"

    def is_found():
        return any(number.encode() in file.read_bytes() for file in tmp_path.glob("store.sqlite*"))

    with closing(open_store(store_url)) as opened:
        deck = {"digest": "x", "rows": 1, "imported_at": dt.datetime(2026, 10, 1, tzinfo=dt.UTC)}
        with opened.writing() as tx:
            if path.exists():
                tx.exec_driver_sql("PRAGMA secure_delete = OFF")  # some systems build SQLite with it on
            tx.execute(sa.insert(schema.decks), [{**deck, "name": f"{n} {number}"} for n in range(500)])
        with opened.writing() as tx:
            tx.execute(sa.delete(schema.decks))
        assert is_found() == path.exists()
        opened.scrub()
        assert not is_found()
        with opened.writing() as tx:
            assert tx.scalar(sa.select(sa.func.count()).select_from(schema.decks)) == 0
