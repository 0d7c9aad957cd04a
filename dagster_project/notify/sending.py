"""Sending a message to a webhook or by mail, with the standard library.

What lives here: the two protocols, and errors without secrets. What doesn't: when something is sent (night.py).
"""

from __future__ import annotations

import json
import smtplib
import ssl
import time
from collections.abc import Callable
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import HTTPRedirectHandler, Request, build_opener

from dagster_project.notify.addresses import Mail, Webhook
from dagster_project.notify.messages import Message

# A night waits no longer than this for a server that doesn't answer, twice.
TIMEOUT_SECONDS = 20.0
TRIES = 2
PAUSE_SECONDS = 2.0

# Slack takes 40,000 characters, Teams about 28,000 bytes.
LONGEST_TEXT = 20_000


class DeliveryError(RuntimeError):
    """A message was not taken; one line, without the address of a webhook and without a password."""


class _Refused(DeliveryError):
    """Trying again would change nothing."""


class _NoRedirect(HTTPRedirectHandler):
    """A moved webhook is an error: following it would ask by GET and call that delivered."""

    def redirect_request(self, *_: Any) -> None:
        return None


def send(to: Webhook | Mail, message: Message, *, pause: float = PAUSE_SECONDS) -> None:
    """Deliver a message, with a second try where one may help. Raises DeliveryError."""
    once: Callable[[], None] = (lambda: _post(to, message)) if isinstance(to, Webhook) else (lambda: _mail(to, message))
    for number in range(1, TRIES + 1):
        try:
            return once()
        except _Refused:
            raise
        except DeliveryError:
            if number == TRIES:
                raise
        time.sleep(pause)


def _post(hook: Webhook, message: Message) -> None:
    text = message.text
    if len(text) > LONGEST_TEXT:
        text = text[:LONGEST_TEXT].rsplit("\n", 1)[0] + "\n…"
    # Slack, Teams, Mattermost and Google Chat read `text`; programs read the rest.
    body = {"text": f"*{message.subject}*\n\n{text}", "kind": message.key, "edition": message.edition}
    request = Request(
        hook.url,
        data=json.dumps(body).encode(),
        headers={"Content-Type": "application/json; charset=utf-8", "User-Agent": "throughline"},
        method="POST",
    )
    try:
        with build_opener(_NoRedirect).open(request, timeout=TIMEOUT_SECONDS):
            return
    except HTTPError as error:
        known = {401, 403, 404, 410, *range(300, 400)}
        mend = "; see that THROUGHLINE_NOTIFY_WEBHOOK is still the hook's address" if error.code in known else ""
        kind = DeliveryError if error.code >= 500 or error.code == 429 else _Refused
        raise kind(f"{hook.place} answered {error.code}{mend}") from None
    except URLError as error:
        reason = getattr(error.reason, "strerror", None) or type(error.reason).__name__
        raise DeliveryError(f"{hook.place} can't be reached: {reason}") from None
    except (OSError, HTTPException) as error:
        raise DeliveryError(f"{hook.place} broke off: {type(error).__name__}") from None


def _mail(server: Mail, message: Message) -> None:
    try:
        with _connected(server) as client:
            refused = client.send_message(_letter(server, message), server.sender, list(server.recipients))
    except smtplib.SMTPAuthenticationError as error:
        raise _Refused(
            f"{server.place} does not know the user or the password ({error.smtp_code}); mend THROUGHLINE_NOTIFY_SMTP"
        ) from None
    except smtplib.SMTPRecipientsRefused as error:
        raise _Refused(f"{server.place} takes no mail for {', '.join(error.recipients)}") from None
    except smtplib.SMTPResponseException as error:
        kind = DeliveryError if 400 <= error.smtp_code < 500 else _Refused
        raise kind(_without(server.password, f"{server.place} answered {error.smtp_code}: {_said(error)}")) from None
    except ssl.SSLError as error:
        raise _Refused(f"{server.place}: no encrypted connection: {error.reason or type(error).__name__}") from None
    except (OSError, smtplib.SMTPException) as error:
        reason = getattr(error, "strerror", None) or type(error).__name__
        raise DeliveryError(f"{server.place} can't be reached: {reason}") from None
    if refused:
        raise _Refused(f"{server.place} takes no mail for {', '.join(refused)}; the others have it")


def _connected(server: Mail) -> smtplib.SMTP:
    """A client that is logged in, where there is a user. A password never crosses a network in clear."""
    context = ssl.create_default_context()
    if server.is_encrypted:
        client: smtplib.SMTP = smtplib.SMTP_SSL(server.host, server.port, timeout=TIMEOUT_SECONDS, context=context)
    else:
        client = smtplib.SMTP(server.host, server.port, timeout=TIMEOUT_SECONDS)
    try:
        client.ehlo_or_helo_if_needed()
        if not server.is_encrypted and client.has_extn("starttls"):
            client.starttls(context=context)
        elif not server.is_encrypted and not server.is_local:
            raise _Refused(
                f"{server.place} offers no encryption, so that nothing was sent; use one that does, or a server on "
                "this machine"
            )
        if server.user:
            client.login(server.user, server.password)
    except BaseException:
        client.close()
        raise
    return client


def _letter(server: Mail, message: Message) -> EmailMessage:
    letter = EmailMessage()
    letter["Subject"] = message.subject
    letter["From"] = server.sender
    letter["To"] = ", ".join(server.recipients)
    letter["Date"] = formatdate()
    letter["Message-ID"] = make_msgid(domain="throughline.invalid")
    # Out-of-office robots need not answer.
    letter["Auto-Submitted"] = "auto-generated"
    letter.set_content(message.text)
    if message.html:
        letter.add_alternative(message.html, subtype="html")
    return letter


def _said(error: smtplib.SMTPResponseException) -> str:
    said = error.smtp_error
    return " ".join((said.decode(errors="replace") if isinstance(said, bytes) else str(said)).split())


def _without(secret: str, text: str) -> str:
    return text.replace(secret, "…") if secret else text
