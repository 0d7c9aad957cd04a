"""The cards of the review page, a module per section, in the order of the meeting."""

from __future__ import annotations

from dagster_project.review.cards import (
    changes,
    channels,
    content,
    handover,
    memory,
    one_number,
    pairs,
    spotlight,
    trust,
)
from dagster_project.review.views import Card, Section

SECTIONS: tuple[Section, ...] = (
    one_number.SECTION,
    handover.SECTION,
    pairs.SECTION,
    content.SECTION,
    channels.SECTION,
    spotlight.SECTION,
    trust.SECTION,
    memory.SECTION,
    changes.SECTION,
)


def cards() -> tuple[Card, ...]:
    return tuple(card for section in SECTIONS for card in section.cards)
