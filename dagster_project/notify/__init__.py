"""Sending: the digests when a week or a month is over, and which check stopped a night that failed.

What lives here: addresses, messages, sending, and the memory of what was sent. What doesn't: what a digest says
(review/). A failed sending is a warning; it never fails a night. No message or warning holds a password or the address
of a webhook, and none that tells of a failure holds a prospect's data.
"""
