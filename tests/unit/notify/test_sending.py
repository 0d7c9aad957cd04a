"""Messages reach real servers, and whatever goes wrong is told without a secret."""

from __future__ import annotations

import socket
import ssl
from urllib.parse import quote

import pytest

from dagster_project.notify import sending
from dagster_project.notify.addresses import AddressError, Mail, Webhook, mail, webhook
from dagster_project.notify.messages import Message
from dagster_project.notify.sending import LONGEST_TEXT, DeliveryError, send
from tests.unit.notify.conftest import PASSWORD, USER

MESSAGE = Message("digest-week", "2026-W26", "Throughline: week 2026-W26", "Won: 10 €", "<p>Won: <b>10 €</b></p>")


def letter_box(port: int, **given: object) -> Mail:
    return Mail(**({"host": "127.0.0.1", "port": port, "sender": "Throughline <t@co.example>",
                    "recipients": ("jo@co.example", "al@co.example")} | given))  # type: ignore[arg-type]  # fmt: skip


# ---------------------------------------------------------------- webhooks


def test_a_webhook_gets_the_text_and_what_it_is_about(hook):
    send(Webhook(hook.url), MESSAGE)
    assert hook.bodies == [
        {"text": "*Throughline: week 2026-W26*\n\nWon: 10 €", "kind": "digest-week", "edition": "2026-W26"}
    ]


def test_a_long_text_is_cut_at_a_line(hook):
    send(Webhook(hook.url), Message("digest-week", "x", "s", "line of text\n" * LONGEST_TEXT))
    text = hook.bodies[0]["text"]
    assert len(text) < LONGEST_TEXT + 100
    assert text.endswith("line of text\n…")


def test_a_server_that_stumbles_is_asked_twice(hook):
    hook.answers = [503]
    send(Webhook(hook.url), MESSAGE, pause=0)
    assert len(hook.bodies) == 2
    hook.answers = [500, 500]
    with pytest.raises(DeliveryError, match=r"^webhook at 127\.0\.0\.1 answered 500$"):
        send(Webhook(hook.url), MESSAGE, pause=0)


@pytest.mark.parametrize("code", [302, 307, 403, 404, 410])
def test_a_hook_that_is_gone_or_moved_is_asked_once_and_told_how_to_mend(hook, code):
    hook.answers = [code]
    with pytest.raises(
        DeliveryError, match=rf"answered {code}; see that THROUGHLINE_NOTIFY_WEBHOOK is still"
    ) as raised:
        send(Webhook(hook.url), MESSAGE, pause=0)
    assert "secret" not in str(raised.value)
    assert len(hook.bodies) == 1


def test_a_webhook_that_does_not_answer(hook, monkeypatch):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        closed = Webhook(f"http://127.0.0.1:{free.getsockname()[1]}/very-secret-path")
        with pytest.raises(DeliveryError, match=r"^webhook at 127\.0\.0\.1 can't be reached: Connection refused$"):
            send(closed, MESSAGE, pause=0)
    monkeypatch.setattr(sending, "TIMEOUT_SECONDS", 0.2)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        with pytest.raises(DeliveryError, match=r"^webhook at 127\.0\.0\.1 (can't be reached|broke off): ") as raised:
            send(Webhook(f"http://127.0.0.1:{silent.getsockname()[1]}/very-secret-path"), MESSAGE, pause=0)
    assert "secret" not in str(raised.value)


# ---------------------------------------------------------------- mail


def test_a_letter_has_text_and_page(post_office):
    send(letter_box(post_office.port), MESSAGE)
    (letter,) = post_office.letters
    assert post_office.envelopes == [("t@co.example", ["jo@co.example", "al@co.example"])]
    assert (letter["Subject"], letter["From"]) == ("Throughline: week 2026-W26", "Throughline <t@co.example>")
    assert letter["To"] == "jo@co.example, al@co.example"
    assert letter["Date"] and letter["Message-ID"]
    text, page = letter.get_body(("plain",)), letter.get_body(("html",))
    assert text is not None and text.get_content().strip() == "Won: 10 €"
    assert page is not None and page.get_content().strip() == "<p>Won: <b>10 €</b></p>"


def test_what_one_mailbox_refuses_the_others_have(post_office):
    post_office.refused = {"al@co.example"}
    with pytest.raises(DeliveryError, match=r"takes no mail for al@co\.example; the others have it$"):
        send(letter_box(post_office.port), MESSAGE, pause=0)
    assert post_office.envelopes == [("t@co.example", ["jo@co.example"])]
    post_office.refused = {"al@co.example", "jo@co.example"}
    with pytest.raises(DeliveryError, match=r"takes no mail for jo@co\.example, al@co\.example$"):
        send(letter_box(post_office.port), MESSAGE, pause=0)


def test_a_password_goes_over_an_encrypted_connection(guarded_office, monkeypatch):
    real = ssl.create_default_context
    monkeypatch.setattr(ssl, "create_default_context", lambda: real(cafile=str(guarded_office.certificate)))
    send(letter_box(guarded_office.port, user=USER, password=PASSWORD), MESSAGE)
    assert guarded_office.was_encrypted == [True]
    with pytest.raises(DeliveryError, match=r"does not know the user or the password \(535\)") as raised:
        send(letter_box(guarded_office.port, user=USER, password="wrong-secret"), MESSAGE, pause=0)
    assert "secret" not in str(raised.value)


def test_a_server_that_nobody_vouches_for_gets_nothing(guarded_office):
    with pytest.raises(DeliveryError, match=r"no encrypted connection: CERTIFICATE_VERIFY_FAILED$"):
        send(letter_box(guarded_office.port, user=USER, password=PASSWORD), MESSAGE, pause=0)
    assert guarded_office.letters == []


def test_without_encryption_nothing_leaves_the_machine(post_office, monkeypatch):
    monkeypatch.setattr(Mail, "is_local", False)
    with pytest.raises(DeliveryError, match=r"offers no encryption, so that nothing was sent"):
        send(letter_box(post_office.port), MESSAGE, pause=0)
    assert post_office.letters == []


def test_a_mail_server_that_is_not_there():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        with pytest.raises(DeliveryError, match=r"^mail server 127\.0\.0\.1:\d+ can't be reached: Connection refused$"):
            send(letter_box(free.getsockname()[1]), MESSAGE, pause=0)


# ---------------------------------------------------------------- addresses


@pytest.mark.parametrize(
    "value", ["http://hooks.example/secret", "secret", "https://", "ftp://x/secret", "https://[x/s"]
)
def test_a_webhook_is_encrypted_and_a_wrong_one_is_not_repeated(value):
    with pytest.raises(AddressError, match=r"^HOOK: expected an address that begins with https://") as raised:
        webhook("HOOK", value)
    assert "secret" not in str(raised.value)


def test_addresses_show_no_secret():
    hook = webhook("HOOK", "https://hooks.example/services/secret")
    url = f"smtps://{USER}:{quote(PASSWORD, safe='')}@mail.example"
    box = mail(
        {"S": url, "F": "t@co.example", "T": "a@x.example,b@x.example"},
        "S", "F", "T",
    )  # fmt: skip
    assert box == Mail("mail.example", 465, "t@co.example", ("a@x.example", "b@x.example"), True, USER, PASSWORD)
    assert hook.place == "webhook at hooks.example"
    for shown in (repr(hook), repr(box), hook.place, box.place):
        assert "secret" not in shown and PASSWORD not in shown


@pytest.mark.parametrize(
    ("server", "sender", "recipients", "said"),
    [
        (
            "mail.example:25",
            "t@x.example",
            "a@x.example",
            "^S: the value is no address of a mail server; expected smtp://",
        ),
        ("smtp://u:secret@h:port", "t@x.example", "a@x.example", "^S: the value is no address of a mail server"),
        ("smtp://mail.example", "", "a@x.example", "^F: expected an address such as"),
        ("smtp://mail.example", "t@x.example", "jo", "^T: expected addresses, separated by commas such as"),
    ],
)
def test_a_mail_address_that_lacks_something_says_what(server, sender, recipients, said):
    with pytest.raises(AddressError, match=said) as raised:
        mail({"S": server, "F": sender, "T": recipients}, "S", "F", "T")
    assert "secret" not in str(raised.value)


@pytest.mark.parametrize(
    ("url", "port"), [("smtp://h", 25), ("smtp://u:p@h", 587), ("smtps://h", 465), ("smtp://h:9", 9)]
)
def test_ports_are_those_of_the_protocols(url, port):
    assert mail({"S": url, "F": "t@x.example", "T": "a@x.example"}, "S", "F", "T").port == port
