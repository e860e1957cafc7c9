"""Papers for an application: pages as pictures, sealed, read by the staff. What is hostile is refused."""

from __future__ import annotations

import io
import secrets
from datetime import timedelta
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import select

from mock_partners.bank.core.credit.papers import delete_ended
from mock_partners.bank.core.papers.tables import paper_chunk
from mock_partners.bank.core.uploads.tables import upload
from mock_partners.testing.people.personas import person
from partner_adapters.core_bank.reviews import ConfirmReview, DecideReview
from partner_adapters.core_bank.uploads import PIECE_BYTES
from partner_adapters.kit.values import documents
from partner_adapters.kit.values.documents import MOST_PAGES
from partner_adapters.kit.values.problems import Problem
from partner_adapters.kit.web.calls.http_client import Unanswered
from tests.support.databases.breaking import force, seen
from tests.support.houses.core import TestBank, new_intent
from tests.support.houses.esign_stand_in import ESignStandIn
from tests.support.people.applicants import borrower
from tests.support.people.papers import pdf, send_paper, zip_in
from tests.support.people.photographs import photograph

pytestmark = pytest.mark.anyio


async def test_papers_are_pictures_for_the_staff_and_hostile_ones_are_refused(
    bank: TestBank, monkeypatch: pytest.MonkeyPatch
) -> None:
    chen = await borrower(bank, person("chen_jianguo"))
    application = await chen.decided()
    ref, core = application.application_id, chen.client
    assert (await send_paper(core, ref, photograph())).taken_in
    assert (await send_paper(core, ref, zip_in(photograph("back")))).taken_in, "only its pixels are kept"
    assert (await send_paper(core, ref, pdf(script="app.alert(1)"), "bank_statements")).taken_in
    large = zip_in(pdf(1)) + bytes(2 * PIECE_BYTES)
    assert (await send_paper(core, ref, large, "other")).taken_in
    for content, code in (
        (pdf(password="secret"), "document.encrypted"),
        (pdf(MOST_PAGES + 1), "document.too_many_pages"),
        (b"%PDF-1.7 and nothing else" * 9, "document.unreadable"),
        (pdf(1, size=0.001), "document.unreadable"),
        (b"<html><script>alert(1)</script></html>" * 9, "picture.not_a_picture"),
        (photograph()[:2000] + bytes(2000), "picture.cut_off"),
    ):
        with pytest.raises(Problem) as refused:
            await send_paper(core, ref, content)
        assert (refused.value.status, refused.value.code) == (422, code)
    with monkeypatch.context() as bounded:
        bounded.setattr(documents, "MEMORY_BYTES", 48 * 1024 * 1024)
        with pytest.raises(Problem, match=r"document\.unreadable"):
            await send_paper(core, ref, pdf())
    assert not await bank.store.read(lambda conn: conn.execute(select(upload)).all())
    shown = await bank.reviews().get(ref)
    assert sorted((paper.code, paper.pages) for paper in shown.papers) == [
        ("bank_statements", 2),
        ("lease", 1),
        ("lease", 1),
        ("other", 1),
    ]
    [statements] = [paper for paper in shown.papers if paper.code == "bank_statements"]
    assert (await core.applications.get(ref)).papers == shown.papers
    page = await bank.reviews().page(statements.paper_id, 2)
    with Image.open(io.BytesIO(page)) as picture:
        assert (picture.format, max(picture.size)) == ("JPEG", 1600)
        black = picture.convert("L").point(lambda value: 255 if value < 60 else 0).getbbox()
        assert black is not None, "the bar is drawn"
    sealed = [
        bytes(row.sealed) for row in await bank.store.read(lambda c: c.execute(select(paper_chunk)).all())
    ]
    # Three bytes alone are found by chance in a megabyte of cipher text.
    assert not any(b"JFIF\0" in chunk or b"%PDF-" in chunk for chunk in sealed)
    for number in (0, 3):
        with pytest.raises(Problem, match=r"paper\.unknown"):
            await bank.reviews().page(statements.paper_id, number)


async def test_only_an_application_under_decision_takes_its_customers_papers(bank: TestBank) -> None:
    chen = await borrower(bank, person("chen_jianguo"))
    application = await chen.decided()
    ref, core = application.application_id, chen.client
    with pytest.raises(Problem, match=r"paper\.not_wanted"):
        await send_paper(core, ref, photograph(), "diary")
    with pytest.raises(Problem, match=r"application\.unknown"):
        await send_paper(bank.client("donghai"), ref, photograph())
    paper_id = secrets.token_hex(16)
    for _ in range(2):  # sent again because its answer was lost
        assert (await send_paper(core, ref, photograph(), paper_id=paper_id)).taken_in
    await core.applications.cancel_review(ref)
    with pytest.raises(Problem, match=r"paper\.not_wanted"):
        await send_paper(core, ref, photograph())
    assert len((await core.applications.get(ref)).papers) == 1
    bank.clock.advance(timedelta(days=91))
    bank.store.write_now(lambda conn: delete_ended(conn, bank.context()))
    assert (await core.applications.get(ref)).papers == []


BREACHES = [
    ("DELETE FROM paper_chunk WHERE number = 0", "papers.are_whole"),
    ("UPDATE paper SET customer_id = 'another'", "papers.are_of_their_customers"),
    (
        "UPDATE decision SET operator = 'another' WHERE decided_by = 'person'",
        "decisions.by_persons_as_recorded",
    ),
    ("DELETE FROM review_step WHERE number = 1", "reviews.steps_without_gaps"),
]


@pytest.mark.breaks_the_books
async def test_a_changed_paper_is_not_shown_and_the_proof_names_what_was_changed(
    bank: TestBank, esign: ESignStandIn
) -> None:
    chen = await borrower(bank, person("chen_jianguo"))
    ref = (await chen.decided()).application_id
    await send_paper(chen.client, ref, photograph())
    terms: dict[str, Any] = {"limit_fen": 3_000_000, "grade_bp": 160, "line_months": 24}
    proposed = DecideReview(version=0, outcome="approve", note="看过", **terms)
    await bank.reviews("junior").decide(ref, proposed, new_intent())
    await bank.reviews().confirm(ref, ConfirmReview(version=1, note="同意"), new_intent())
    [paper] = (await bank.reviews().get(ref)).papers
    await seen(bank, BREACHES)
    changed = "CAST('nonsense' AS BLOB)" if bank.store.is_sqlite else "'nonsense'::bytea"
    force(bank, f"UPDATE paper_chunk SET sealed = {changed}")  # noqa: S608
    with pytest.raises(Unanswered, match="502"):
        await bank.reviews().page(paper.paper_id, 1)
