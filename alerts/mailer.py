"""Deliver what waits in the outbox: over SMTP, or as `.eml` files where no server is set."""

from __future__ import annotations

import asyncio
import datetime as dt
import email
import email.policy
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from alerts import outbox
from alerts.addresses import postal_address
from alerts.keys import file_name_of
from alerts.smtp_session import Answer, NoConnection, Session
from belnota.files import publish_bytes
from belnota.settings import Smtp
from belnota.store import Store

Clock = Callable[[], dt.datetime]

_LOST_IN_A_ROW: Final = 3
"""After so many lost connections the run stops trying: a hanging server must not hold up the night for hours."""


@dataclass(frozen=True)
class DeliverySummary:
    """What one run did, in mails; `waiting` is what the next run will try."""

    sent: int
    refused: int
    unknown: int
    waiting: int
    trouble: str = ""
    """One sentence when the server, or the folder, could not be used."""


def deliver(store: Store, smtp: Smtp, outbox_folder: Path, now: Clock) -> DeliverySummary:
    """Try each waiting mail once and write down what became of it; a failure of mail is told, never raised.

    The caller holds the workspace (`belnota.files.exclusive`). A mail that an earlier, killed run left in `sending`
    becomes `unknown` and is not sent again by itself. `outbox_folder` is used where `smtp.host` is empty.
    """
    with store.writing() as tx:
        results = Counter[str](unknown=outbox.mark_interrupted(tx, now()))
        keys = outbox.pending(tx)
    if smtp.host:
        run = _SmtpRun(store, Session(smtp), now, results)
        trouble = asyncio.run(run.send_all(keys))
    else:
        trouble = _write_all(store, keys, outbox_folder, now, results)
    with store.reading() as tx:
        waiting = outbox.status(tx)["queued"]
    return DeliverySummary(results["sent"], results["refused"], results["unknown"], waiting, trouble)


def _write_all(store: Store, keys: list[str], folder: Path, now: Clock, results: Counter[str]) -> str:
    """Write files; a run killed between file and outbox writes the same file again, so `sending` is not needed."""
    for key in keys:
        with store.reading() as tx:
            mail = outbox.read(tx, key)
        path = folder / file_name_of(key)
        try:
            publish_bytes(path, mail.message)
        except OSError as error:
            return f"{path} cannot be written: {error.strerror or error}; make room, the mails wait for the next run"
        with store.writing() as tx:
            outbox.settle(tx, key, "sent", f"written to {path.name}", now())
        results["sent"] += 1
    return ""


@dataclass
class _SmtpRun:
    store: Store
    session: Session
    now: Clock
    results: Counter[str]
    lost_in_a_row: int = 0

    async def send_all(self, keys: list[str]) -> str:
        """Send over one reused connection; returns why it stopped early, or nothing."""
        try:
            for key in keys:
                with self.store.writing() as tx:
                    mail = outbox.claim(tx, key, self.now())
                if mail is not None:
                    await self._send(mail)
        except NoConnection as reason:
            return str(reason)
        finally:
            await self.session.close()
        return ""

    async def _send(self, mail: outbox.Outgoing) -> None:
        try:
            answer = await self._offer(mail)
        except NoConnection as reason:
            self._settle(mail, Answer("queued", str(reason)))
            raise
        self._settle(mail, answer)
        self.lost_in_a_row = 0 if self.session.is_open else self.lost_in_a_row + 1
        if self.lost_in_a_row == _LOST_IN_A_ROW:
            smtp = self.session.smtp
            message = (
                f"mail server {smtp.host}:{smtp.port} broke off {_LOST_IN_A_ROW} times in a row, last: "
                f"{answer.text}; the other mails wait for the next run"
            )
            raise NoConnection(message)

    async def _offer(self, mail: outbox.Outgoing) -> Answer:
        """Offer a mail; when a reused connection proves dead before DATA, offer it once more on a fresh one."""
        sender = self._sender_of(mail)
        is_reused = self.session.is_open
        if not is_reused:
            await self.session.open(sender.partition("@")[2])
        answer = await self.session.send(sender, mail.recipient, mail.message)
        if answer.state == "queued" and is_reused and not self.session.is_open:
            await self.session.open(sender.partition("@")[2])
            answer = await self.session.send(sender, mail.recipient, mail.message)
        return answer

    def _sender_of(self, mail: outbox.Outgoing) -> str:
        """Return the address for bounces: the setting, else the mail's own From."""
        sender = self.session.smtp.sender
        if not sender:
            headers = email.message_from_bytes(mail.message, policy=email.policy.SMTP)
            return str(headers["From"].addresses[0].addr_spec)
        try:
            return postal_address(sender)
        except ValueError:
            raise NoConnection(f"[smtp] sender = {sender!r} is not an e-mail address; the mails wait") from None

    def _settle(self, mail: outbox.Outgoing, answer: Answer) -> None:
        with self.store.writing() as tx:
            outbox.settle(tx, mail.key, answer.state, answer.text, self.now())
        self.results[answer.state] += 1
