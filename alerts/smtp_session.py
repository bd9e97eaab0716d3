"""One conversation with the mail server, and what each of its answers means for a mail."""

from __future__ import annotations

import asyncio
import ipaddress
import ssl
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Literal

import aiosmtplib

from alerts.addresses import one_line
from belnota.settings import Smtp

_LONGEST_ANSWER = 300
_PERMANENT = 500


class NoConnection(Exception):
    """The server cannot be used now; the message is one sentence with the remedy."""


@dataclass(frozen=True)
class Answer:
    """What became of a mail: `queued` means that it surely was not taken and waits for the next run."""

    state: Literal["sent", "refused", "unknown", "queued"]
    text: str


@dataclass
class Session:
    """A connection that is reused from mail to mail; opened when needed, verified, with a timeout on each step."""

    smtp: Smtp
    _client: aiosmtplib.SMTP | None = field(default=None, init=False)

    @property
    def is_open(self) -> bool:
        return self._client is not None and self._client.is_connected

    async def open(self, local_hostname: str) -> None:
        """Connect, secure and log in. Raises NoConnection; nothing of any mail was said then."""
        _check(self.smtp)
        smtp = self.smtp
        verified = None if smtp.tls == "none" else ssl.create_default_context()
        self._client = aiosmtplib.SMTP(
            hostname=smtp.host,
            port=smtp.port,
            local_hostname=local_hostname,
            timeout=smtp.timeout_seconds,
            use_tls=smtp.tls == "implicit",
            start_tls=False,  # done below: never "if the server offers it"
            tls_context=verified,
        )
        try:
            await self._client.connect()
            if smtp.tls == "starttls":
                await self._client.starttls(tls_context=verified)
            if smtp.username:
                await self._client.login(smtp.username, smtp.password)
        except (aiosmtplib.SMTPException, OSError, ValueError) as error:
            await self._drop()
            where = f"mail server {smtp.host}:{smtp.port} (tls = {smtp.tls})"
            raise NoConnection(f"{where} cannot be used: {_said(error)}; the mails wait for the next run") from None

    async def send(self, sender: str, recipient: str, message: bytes) -> Answer:
        """Offer one mail. Up to DATA a lost connection means not sent; after it nobody can know."""
        client = self._client
        if client is None:
            raise RuntimeError("open the session first")
        try:
            await client.mail(sender)
            await client.rcpt(recipient)
        except aiosmtplib.SMTPSenderRefused as error:
            await self._start_over()
            return Answer("queued", f"the server refuses the sender {sender}: {_said(error)}; see [smtp] sender")
        except aiosmtplib.SMTPResponseException as error:
            await self._start_over()
            return _by_code(error)
        except ValueError as error:
            await self._start_over()
            return Answer("refused", _said(error))
        except (aiosmtplib.SMTPException, OSError) as error:
            await self._drop()
            return Answer("queued", f"connection lost before the mail was sent: {_said(error)}")
        return await self._data(client, message)

    async def _data(self, client: aiosmtplib.SMTP, message: bytes) -> Answer:
        try:
            response = await client.data(message)
        except aiosmtplib.SMTPResponseException as error:
            await self._start_over()
            return _by_code(error)
        except (aiosmtplib.SMTPException, OSError) as error:
            await self._drop()
            return Answer("unknown", f"the server's answer was lost, it may have the mail: {_said(error)}")
        return Answer("sent", _short(f"{response.code} {response.message}"))

    async def close(self) -> None:
        """Say goodbye and leave."""
        if self._client is not None and self._client.is_connected:
            with suppress(aiosmtplib.SMTPException, OSError):
                await self._client.execute_command(b"QUIT")
        await self._drop()

    async def _start_over(self) -> None:
        """Forget the refused mail; a server that will not is left."""
        try:
            if self._client is not None and self._client.is_connected:
                await self._client.rset()
        except (aiosmtplib.SMTPException, OSError):
            await self._drop()

    async def _drop(self) -> None:
        """Leave at once: a polite end of TLS would wait for the server after the loop is gone."""
        client, self._client = self._client, None
        if client is not None:
            if isinstance(client.transport, asyncio.WriteTransport):
                client.transport.abort()
            client.close()
            await asyncio.sleep(0)  # lets the loop close the socket


def _check(smtp: Smtp) -> None:
    if smtp.tls not in {"starttls", "implicit", "none"}:
        raise NoConnection(f"[smtp] tls = {smtp.tls!r} must be starttls, implicit or none; the mails wait")
    if smtp.tls == "none" and not _is_this_machine(smtp.host):
        message = (
            f"[smtp] tls = 'none' is only for a server on this machine, not for {smtp.host}; "
            "use starttls or implicit; the mails wait"
        )
        raise NoConnection(message)


def _is_this_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def _by_code(error: aiosmtplib.SMTPResponseException) -> Answer:
    return Answer("refused" if error.code >= _PERMANENT else "queued", _said(error))


def _said(error: Exception) -> str:
    if isinstance(error, aiosmtplib.SMTPResponseException):
        return _short(f"{error.code} {error.message}")
    return _short(str(error) or type(error).__name__)


def _short(text: str) -> str:
    return one_line(text)[:_LONGEST_ANSWER]
