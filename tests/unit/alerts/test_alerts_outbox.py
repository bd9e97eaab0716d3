import dataclasses

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from alerts import ledger, outbox
from alerts.keys import key_of
from belnota.errors import Refused
from belnota.store.schema import events
from tests.lib.alerts_data import AT, ON, add_customer, group_data, mail_to, voip


@pytest.fixture(autouse=True)
def customer(store):
    add_customer(store)


def record(store, intents, mails):
    with store.writing() as tx:
        return ledger.record(tx, intents, mails, ON, AT)


def test_a_warning_and_its_mails_are_recorded_once(store):
    mails = mail_to("a@example.nl", "b@example.nl")
    assert [record(store, [voip()], mails) for _ in range(3)] == [2, 0, 0]
    with store.reading() as tx:
        assert ledger.remembered(tx, "2026-10") == {voip().remembered_as}
        assert ledger.remembered(tx, "2026-11") == set()
        assert outbox.status(tx) == {"queued": 2, "sending": 0, "sent": 0, "refused": 0, "unknown": 0}


def test_the_outcome_says_whether_somebody_was_told(store):
    skipped = voip(level=80, outcome="skipped")
    told = voip(level=100)
    record(store, [skipped, told, group_data()], mail_to("a@example.nl", intent=told))
    with store.reading() as tx:
        frame = ledger.warnings_frame(tx)
    assert frame.select("kind", "level", "outcome", "decided_on").rows() == [
        ("bundle", 100, "nobody", ON),
        ("voip_cost", 80, "skipped", ON),
        ("voip_cost", 100, "sent", ON),
    ]


def test_a_mail_belongs_to_its_own_warning_only(store):
    other = voip(limit=5_000_000_001)  # its key begins like that of 500_000_000 … but is another
    record(store, [voip(), other], mail_to("a@example.nl", intent=other))
    with store.reading() as tx:
        outcomes = dict(ledger.warnings_frame(tx).select("limit_value", "outcome").rows())
    assert outcomes == {500_000_000: "nobody", 5_000_000_001: "sent"}


def test_an_empty_ledger_is_an_empty_table(store):
    with store.reading() as tx:
        assert ledger.warnings_frame(tx).is_empty()


def test_what_fails_halfway_records_nothing(store):
    stranger = dataclasses.replace(mail_to("b@example.nl")[0], customer_id="nobody knows")
    with pytest.raises(IntegrityError):
        record(store, [voip()], [*mail_to("a@example.nl"), stranger])
    with store.reading() as tx:
        assert ledger.remembered(tx, "2026-10") == set()
        assert outbox.pending(tx) == []


def test_an_impossible_address_is_refused_at_once_and_shown(store):
    record(store, [voip()], mail_to("a b@example.nl", "b@example.nl"))
    with store.reading() as tx:
        (trouble,) = outbox.troubled(tx)
        assert outbox.pending(tx) == [f"{voip().key}|b@example.nl"]
    assert (trouble["state"], trouble["attempts"]) == ("refused", 0)
    assert "not an e-mail address" in trouble["last_answer"]


def test_a_claimed_mail_is_no_longer_pending(store):
    (mail,) = mail_to("a@example.nl")
    record(store, [voip()], [mail])
    with store.writing() as tx:
        taken = outbox.claim(tx, mail.key, AT)
        assert outbox.claim(tx, mail.key, AT) is None
    assert (taken.recipient, taken.message) == ("a@example.nl", mail.message)
    with store.reading() as tx:
        assert outbox.pending(tx) == []
        assert outbox.status(tx)["sending"] == 1


def test_a_person_may_retry_once_and_the_trail_says_who(store):
    (mail,) = mail_to("a@example.nl")
    record(store, [voip()], [mail])
    with store.writing() as tx:
        outbox.claim(tx, mail.key, AT)
        assert outbox.mark_interrupted(tx, AT) == 1
        outbox.retry(tx, mail.key, actor="els", at=AT)
        assert outbox.pending(tx) == [mail.key]
        assert outbox.read(tx, mail.key).message == mail.message
        assert tx.execute(sa.select(events.c.actor, events.c.subject)).all() == [("els", mail.key)]
        outbox.settle(tx, mail.key, "unknown", "again", AT)
        with pytest.raises(Refused, match="already sent again once"):
            outbox.retry(tx, mail.key, actor="els", at=AT)


def test_only_a_mail_in_trouble_can_be_retried(store):
    (mail,) = mail_to("a@example.nl")
    record(store, [voip()], [mail])
    with store.writing() as tx:
        with pytest.raises(Refused, match="is queued"):
            outbox.retry(tx, mail.key, actor="els", at=AT)
        with pytest.raises(Refused, match="no mail has the key"):
            outbox.retry(tx, key_of("x"), actor="els", at=AT)
