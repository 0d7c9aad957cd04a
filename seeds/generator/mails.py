"""The weekly newsletter: who opened it and who clicked, as a mail tool tells the tracker.

Nobody's record changes by it. Where a month is padded, machines of the recipients' companies open mails, too, and click
nothing.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from seeds.generator import clock
from seeds.generator.clock import DAY, HOUR, MINUTE
from seeds.generator.world import Human, World

OPENED, CLICKED = "Email Opened", "Email Clicked"
# Of the opens. The keenest reader opens every second mail, the mean one every fourth.
CLICK_SHARE, KEENEST = 0.15, 0.5


@dataclass(frozen=True, slots=True)
class MailEvent:
    """An open or a click of a recipient, at a moment in milliseconds."""

    moment: int
    name: str
    human: Human


def opens_per_month(events: list[MailEvent]) -> dict[str, int]:
    """Opens by month, those of machines included."""
    return Counter(clock.month_of(event.moment // 1000) for event in events if event.name == OPENED)


def build_mails(world: World) -> list[MailEvent]:
    """Every open and click, in order of time; none where the plan has no mails."""
    world.planted["padded_opens"] = []
    if not world.plan.mails:
        return []
    rng = world.rng("mails")
    readers = [
        (human.first_record().created, human, KEENEST * rng.random())
        for human in world.humans
        if human.emails and (human.leads or human.contacts)
    ]
    events: list[MailEvent] = []
    # Tuesdays at nine.
    first = world.start + (1 - (world.start // DAY + 3) % 7) % 7 * DAY + 9 * HOUR
    for sent in range(first, world.end - 2 * DAY, 7 * DAY):
        recipients = [(human, appetite) for known_since, human, appetite in readers if known_since < sent]
        opened = [human for human, appetite in recipients if rng.random() < appetite]
        for human in opened:
            moment = sent + int(min(rng.lognormvariate(1.2, 1.2), 40) * HOUR)
            events.append(MailEvent(moment * 1000, OPENED, human))
            if rng.random() < CLICK_SHARE:
                events.append(MailEvent((moment + rng.randint(5, 90)) * 1000, CLICKED, human))
        if clock.month_of(sent) in world.plan.padded_open_months:
            machines = world.rng(f"machines {sent}")
            for human, _ in machines.choices(recipients, k=len(opened)) if recipients else []:
                events.append(MailEvent((sent + machines.randint(1, 10 * MINUTE)) * 1000, OPENED, human))
            world.planted["padded_opens"].append((clock.month_of(sent), len(opened), len(opened)))
    return sorted(events, key=lambda event: (event.moment, event.human.index, event.name))
