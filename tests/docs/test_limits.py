"""docs/operators/limits.md lists every limit as the code has it, and no other."""

import re
from datetime import timedelta
from pathlib import Path

from h5app.limits import EVERY_OTHER_PAGE, LIMITS
from h5app.login.attempts import LOSING_FROM, LOSING_WITHIN
from h5app.partner_api.limits import LIMITS as OF_PARTNERS
from mock_partners.bank.core.cases.complaints import DAY, MAX_COMPLAINTS_A_DAY
from mock_partners.bank.core.kernel.limits import DURABLE, IN_PROCESS
from mock_partners.bank.core.verification import limits as of_card_checks
from partner_adapters.kit.web.rate_limits import MAX_KEYS, Limit

ROOT = Path(__file__).parents[2]
DOCUMENT = (ROOT / "docs" / "operators" / "limits.md").read_text("utf-8")
COUNTS = {"every": "each", "refused": "refused", "wrong": "wrong"}


def rows_of(heading: str) -> list[list[str]]:
    section = DOCUMENT.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    return [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in section.splitlines()
        if line[:3] == "| `"
    ]


def span(period: timedelta) -> str:
    """Return `5 minutes` or `24 hours`."""
    minutes = int(period.total_seconds()) // 60
    count, unit = (minutes, "minute") if minutes % 60 else (minutes // 60, "hour")
    return f"{count} {unit}{'s' if count > 1 else ''}"


def figures(row: Limit) -> list[str]:
    return [row.per, f"{row.most:,}", span(row.within), COUNTS[row.counts]]


def test_every_limit_of_the_pages_is_listed_and_no_other() -> None:
    assert rows_of("Pages") == [
        [
            f"`{row.name}`",
            ", ".join(f"`{where}`" if where.startswith(("GET ", "POST ")) else where for where in row.at),
            *figures(row),
        ]
        for row in LIMITS
    ]
    assert EVERY_OTHER_PAGE in DOCUMENT


def test_every_limit_of_the_partner_api_is_listed_and_no_other() -> None:
    assert rows_of("Partner API") == [[f"`{row.name}`", *figures(row)] for row in OF_PARTNERS]


def test_every_limit_of_the_core_is_listed_and_no_other() -> None:
    for heading, rows in {
        "The core, at its endpoints": IN_PROCESS,
        "The core, with its commands": DURABLE,
    }.items():
        assert rows_of(heading) == [[f"`{row.name}`", *figures(row)] for row in rows]


def test_the_limits_that_belong_to_one_thing_are_said_as_they_are() -> None:
    said = re.sub(r"\s+", " ", DOCUMENT)
    minutes = {
        name: int(getattr(of_card_checks, name).total_seconds()) // 60 for name in ("CODE_LIFE", "CHECK_LIFE")
    }
    for sentence in (
        f"| {of_card_checks.MAX_WRONG_CODES}, then it has failed |",
        f"| {of_card_checks.MAX_CODES}, at least {of_card_checks.NEXT_CODE_AFTER.total_seconds():.0f} seconds apart, "
        f"each for {minutes['CODE_LIFE']} minutes |",
        f"| ends after {minutes['CHECK_LIFE']} minutes |",
        f"| {MAX_COMPLAINTS_A_DAY} in {span(DAY)} of business time",
        f"finishes three logins within {LOSING_WITHIN.total_seconds():.0f} seconds",
        f"at most {MAX_KEYS:,} keys",
    ):
        assert sentence in said
    assert LOSING_FROM == 3
