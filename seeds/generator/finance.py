"""The books: invoices and credit notes of won deals, which sum to each deal's amount in its own currency.

Other deals have no invoice.
"""

from __future__ import annotations

from seeds.generator.clock import DAY
from seeds.generator.world import World


def build_invoices(world: World) -> list[tuple]:
    """(number, account, deal, moment, cents, currency) in order of time; none later than the company's last day."""
    rng = world.rng("invoices")
    rows: list[tuple] = []
    for deal in world.deals:
        if not deal.won or deal.deleted:
            continue
        room = max(0, world.end - deal.closed_at)
        total = deal.amount or 0
        first = deal.closed_at + min(room, rng.randint(0, 5) * DAY)
        parts = rng.choices((1, 2, 4), (6, 2, 2))[0]
        if total < 1_000 or room < parts * 45 * DAY:
            parts = 1
        share = total // parts
        amounts = [share] * (parts - 1) + [total - share * (parts - 1)]
        step = 30 * DAY
        for number, cents in enumerate(amounts):
            rows.append((first + number * step, deal, cents))
        if rng.random() < 0.06 and total > 100_000 and room > 20 * DAY:
            # Billed too much, credited, net nothing: the deal's sum still holds.
            wrong = total // 10
            rows.append((first + 2 * DAY, deal, wrong))
            rows.append((first + 9 * DAY, deal, -wrong))
    rows.sort(key=lambda row: (row[0], row[1].id, row[2]))
    return [
        (f"INV-{number + 1:06d}", deal.account, deal, moment, cents, deal.currency)
        for number, (moment, deal, cents) in enumerate(rows)
    ]
