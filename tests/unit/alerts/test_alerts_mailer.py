# ruff: noqa: ARG001, ARG002, N802 - aiosmtpd names its hooks and what they take
"""A real SMTP conversation on loopback with a server that follows a script."""

import asyncio
import datetime as dt
import email
import email.policy
import ipaddress
import shutil
import socket
import ssl
import warnings
from dataclasses import replace

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from alerts import ledger, outbox
from alerts.mailer import deliver
from belnota.settings import Smtp
from belnota.store import open_store
from tests.lib.alerts_data import AT, ON, add_customer, mail_to, voip

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # aiosmtpd uses what newer Pythons discourage
    from aiosmtpd import smtp as smtpd
    from aiosmtpd.controller import Controller

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:aiosmtpd")


class Script:
    """Does what the local part of the recipient says; remembers what it took."""

    def __init__(self):
        self.taken = []
        self.connections = 0
        self.secured = []

    async def handle_EHLO(self, server, session, envelope, hostname, responses):
        self.connections += 1
        session.host_name = hostname
        return responses

    async def handle_MAIL(self, server, session, envelope, address, options):
        if address.startswith("stranger"):
            return "553 not your address"
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):
        word = address.partition("@")[0]
        answers = {"later": "451 come back\x1b later", "full": "452 full", "gone": "550 no such user"}
        if word.startswith("drop-before"):
            server.transport.abort()
            await asyncio.sleep(0)
        envelope.rcpt_tos.append(address)
        return next((answers[known] for known in answers if word.startswith(known)), "250 OK")

    async def handle_DATA(self, server, session, envelope):
        word = envelope.rcpt_tos[0].partition("@")[0]
        if word.startswith("toobig"):
            return "552 too big"
        if word.startswith("greylisted"):
            return "450 not yet"
        self.taken.append((envelope.mail_from, envelope.rcpt_tos, envelope.content))
        self.secured.append(session.ssl is not None)
        if word.startswith("drop-after"):
            server.transport.abort()
        if word.startswith("hang"):
            await asyncio.sleep(60)
        return "250 taken"

    @property
    def recipients(self):
        return [recipient for _, (recipient,), _ in self.taken]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class ScriptedController(Controller):
    def __init__(self, script, **options):
        self.options = options
        super().__init__(script, hostname="127.0.0.1", port=free_port())

    def factory(self):
        return smtpd.SMTP(self.handler, **self.options)


@pytest.fixture
def serve():
    running = []

    def start(**options):
        script = Script()
        controller = ScriptedController(script, **options)
        controller.start()
        script.connections = 0
        running.append(controller)
        return script, Smtp(host="127.0.0.1", port=controller.port, tls="none", timeout_seconds=20)

    yield start
    for controller in running:
        controller.stop()


@pytest.fixture
def store(migrated_sqlite, tmp_path):
    """One database is enough here: the outbox's own tests run on both."""
    shutil.copyfile(migrated_sqlite, tmp_path / "store.sqlite")
    opened = open_store(f"sqlite:///{tmp_path / 'store.sqlite'}")
    yield opened
    opened.close()


@pytest.fixture(autouse=True)
def customer(store):
    add_customer(store)


@pytest.fixture
def post(store, tmp_path):
    def run(smtp, *local_parts):
        mails = mail_to(*(f"{part}@example.nl" for part in local_parts))
        with store.writing() as tx:
            ledger.record(tx, [voip()], mails, ON, AT)
        return deliver(store, smtp, tmp_path / "outbox", lambda: AT + dt.timedelta(hours=1))

    return run


def counts(summary):
    return summary.sent, summary.refused, summary.unknown, summary.waiting


def answers(store):
    with store.reading() as tx:
        return {trouble["recipient"].partition("@")[0]: trouble["last_answer"] for trouble in outbox.troubled(tx)}


def test_mails_go_over_one_connection_and_only_once(serve, post):
    script, smtp = serve()
    summary = post(smtp, "ann", "bob", "cas")
    assert counts(summary) == (3, 0, 0, 0)
    assert summary.trouble == ""
    assert counts(post(smtp)) == (0, 0, 0, 0)
    assert counts(post(smtp, "ann")) == (0, 0, 0, 0)
    assert script.recipients == ["ann@example.nl", "bob@example.nl", "cas@example.nl"]
    assert script.connections == 1


def test_the_server_gets_the_very_bytes_of_the_outbox(serve, post):
    script, smtp = serve()
    post(smtp, "ann")
    (mail,) = mail_to("ann@example.nl")
    assert script.taken == [("fin@example.nl", ["ann@example.nl"], mail.message)]


def test_the_setting_names_who_gets_bounces(serve, post):
    script, smtp = serve()
    post(Smtp(smtp.host, smtp.port, tls="none", sender="bounces@example.nl"), "ann")
    assert script.taken[0][0] == "bounces@example.nl"


def test_every_recipient_has_an_answer_of_his_own(serve, post, store):
    script, smtp = serve()
    summary = post(smtp, "ann", "full", "gone", "greylisted", "later", "toobig", "zoe")
    assert counts(summary) == (2, 2, 0, 3)
    assert script.recipients == ["ann@example.nl", "zoe@example.nl"]
    assert answers(store) == {
        "full": "452 full",
        "gone": "550 no such user",
        "greylisted": "450 not yet",
        "later": "451 come back later",
        "toobig": "552 too big",
    }
    assert counts(post(smtp)) == (0, 0, 0, 3)  # only what waits is tried again
    with store.reading() as tx:
        assert {trouble["attempts"] for trouble in outbox.troubled(tx) if trouble["state"] == "queued"} == {2}


def test_a_connection_lost_before_data_loses_nothing_and_the_others_go_on(serve, post, store):
    script, smtp = serve()
    summary = post(smtp, "ann", "drop-before", "zoe")
    assert counts(summary) == (2, 0, 0, 1)
    assert script.recipients == ["ann@example.nl", "zoe@example.nl"]
    assert "lost before the mail was sent" in answers(store)["drop-before"]


@pytest.mark.parametrize("word", ["drop-after", "hang"])
def test_an_answer_lost_after_data_is_unknown_and_never_resent(serve, post, store, word):
    script, smtp = serve()
    smtp = replace(smtp, timeout_seconds=2)
    assert counts(post(smtp, "ann", word, "zoe")) == (2, 0, 1, 0)
    assert counts(post(smtp)) == (0, 0, 0, 0)
    assert sorted(script.recipients) == sorted(["ann@example.nl", f"{word}@example.nl", "zoe@example.nl"])
    assert "may have the mail" in answers(store)[word]


def test_a_retried_mail_keeps_its_message_id(serve, post, store):
    script, smtp = serve()
    post(smtp, "drop-after")
    with store.writing() as tx:
        (trouble,) = outbox.troubled(tx)
        outbox.retry(tx, trouble["mail_key"], actor="els", at=AT)
    post(smtp)
    ids = [email.message_from_bytes(content, policy=email.policy.SMTP)["Message-ID"] for *_, content in script.taken]
    assert len(ids) == 2
    assert len(set(ids)) == 1


def test_a_killed_sender_leaves_an_unknown_mail_that_is_not_resent(serve, post, store):
    script, smtp = serve()
    (mail,) = mail_to("ann@example.nl")
    with store.writing() as tx:
        outbox.queue(tx, [mail], AT)
        outbox.claim(tx, mail.key, AT)  # and here the process died
    assert counts(post(smtp, "bob")) == (1, 0, 1, 0)
    assert script.recipients == ["bob@example.nl"]
    assert "the program stopped" in answers(store)["ann"]


def test_a_server_that_always_breaks_off_does_not_hold_up_the_night(serve, post):
    script, smtp = serve()
    summary = post(smtp, *(f"drop-before{n}" for n in range(9)))
    assert counts(summary) == (0, 0, 0, 9)
    assert "3 times in a row" in summary.trouble
    assert script.connections == 3


@pytest.mark.parametrize("how", ["drop", "421"])
def test_a_server_that_tires_of_a_connection_gets_a_new_one(serve, post, how):
    script, smtp = serve()

    async def tired(server, session, envelope, address, options):
        if getattr(session, "mails", 0) == 2:
            if how == "drop":
                server.transport.abort()
            return "421 too many mails on this connection"
        session.mails = getattr(session, "mails", 0) + 1
        envelope.rcpt_tos.append(address)
        return "250 OK"

    script.handle_RCPT = tired
    assert counts(post(smtp, *(f"user{n}" for n in range(7)))) == (7, 0, 0, 0)
    assert len(set(script.recipients)) == len(script.recipients) == 7


def test_a_refused_sender_is_the_settings_fault_and_the_mails_wait(serve, post, store):
    _, smtp = serve()
    summary = post(Smtp(smtp.host, smtp.port, tls="none", sender="stranger@example.nl"), "ann")
    assert counts(summary) == (0, 0, 0, 1)
    assert "[smtp] sender" in answers(store)["ann"]


@pytest.mark.parametrize(
    ("smtp", "said"),
    [
        (Smtp("127.0.0.1", 1, tls="none"), "127.0.0.1:1 "),
        (Smtp("mail.invalid", 25, timeout_seconds=2), "mail.invalid:25"),
        (Smtp("mail.example.nl", 25, tls="none"), "only for a server on this machine"),
        (Smtp("127.0.0.1", 25, tls="maybe"), "must be starttls, implicit or none"),
        (Smtp("127.0.0.1", 25, tls="none", sender="who?"), "[smtp] sender"),
    ],
)
def test_an_unusable_server_is_one_sentence_and_everything_waits(post, store, smtp, said):
    summary = post(smtp, "ann", "bob")
    assert counts(summary) == (0, 0, 0, 2)
    assert said in summary.trouble
    with store.reading() as tx:
        assert [trouble["attempts"] for trouble in outbox.troubled(tx)] == [1]


def test_a_server_that_says_nothing_is_left_in_time(post):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        summary = post(Smtp("127.0.0.1", silent.getsockname()[1], tls="none", timeout_seconds=1), "ann", "bob")
    assert counts(summary) == (0, 0, 0, 2)
    assert summary.trouble


# --- TLS and log-in ------------------------------------------------------------------------------------------------


def certificate(folder, address):
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "scripted server")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(dt.datetime(2020, 1, 1, tzinfo=dt.UTC))
        .not_valid_after(dt.datetime(2120, 1, 1, tzinfo=dt.UTC))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    plain = serialization.NoEncryption()
    (folder / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    )
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return context


def log_in(server, session, envelope, mechanism, data):
    return smtpd.AuthResult(success=(data.login, data.password) == (b"belnota", b"secret"), handled=False)


@pytest.fixture
def secure(serve, tmp_path, monkeypatch):
    def start(address="127.0.0.1", password="secret"):
        script, smtp = serve(tls_context=certificate(tmp_path, address), authenticator=log_in, auth_required=True)
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "cert.pem"))
        return script, Smtp("127.0.0.1", smtp.port, "belnota", password, timeout_seconds=20)

    return start


def test_starttls_and_log_in(secure, post):
    script, smtp = secure()
    summary = post(smtp, "ann")
    assert (counts(summary), summary.trouble) == ((1, 0, 0, 0), "")
    assert script.secured == [True]


def test_a_certificate_of_another_host_is_refused(secure, post):
    script, smtp = secure(address="127.0.0.2")
    summary = post(smtp, "ann")
    assert counts(summary) == (0, 0, 0, 1)
    assert "certificate" in summary.trouble.lower()
    assert script.taken == []


def test_a_server_without_starttls_gets_no_mail(serve, post):
    script, smtp = serve()
    summary = post(Smtp(smtp.host, smtp.port), "ann")
    assert counts(summary) == (0, 0, 0, 1)
    assert "starttls" in summary.trouble.lower()
    assert script.taken == []


def test_a_wrong_password_waits_and_is_not_told(secure, post):
    _, smtp = secure(password="canary")
    summary = post(smtp, "ann")
    assert counts(summary) == (0, 0, 0, 1)
    assert "535" in summary.trouble
    assert "canary" not in summary.trouble


# --- no server -----------------------------------------------------------------------------------------------------


def test_without_a_server_each_mail_is_a_file_once(post, tmp_path):
    assert counts(post(Smtp(), "ann", "bob")) == (2, 0, 0, 0)
    files = sorted((tmp_path / "outbox").iterdir())
    assert [file.read_bytes() for file in files] == [
        mail.message for mail in mail_to("ann@example.nl", "bob@example.nl")
    ]
    assert {file.suffix for file in files} == {".eml"}
    assert counts(post(Smtp(), "ann")) == (0, 0, 0, 0)


def test_a_folder_that_cannot_be_written_is_one_sentence(post, tmp_path):
    (tmp_path / "outbox").write_text("in the way")
    summary = post(Smtp(), "ann")
    assert counts(summary) == (0, 0, 0, 1)
    assert "cannot be written" in summary.trouble
    (tmp_path / "outbox").unlink()
    assert counts(post(Smtp())) == (1, 0, 0, 0)
