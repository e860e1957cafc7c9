"""Photographs of identity cards: in pieces, decoded, sealed, used by one opening, and deleted in time."""

import base64
import secrets
from datetime import timedelta

import pytest
from sqlalchemy import select, text, update

from mock_partners.bank.core.due_diligence import images
from mock_partners.bank.core.due_diligence.tables import identity_image, image_chunk
from mock_partners.bank.core.uploads.tables import upload_piece
from partner_adapters.core_bank.calls import CoreTokens
from partner_adapters.core_bank.identity_images import ImagePiece, ImageProgress
from partner_adapters.core_bank.uploads import LEAST_PIECE_BYTES
from partner_adapters.kit.values.problems import Problem
from partner_adapters.kit.values.sealed_chunks import ChunkSealer
from tests.support.houses.core import LI, WANG, TestBank, new_intent
from tests.support.people.photographs import photograph, send_photographs

pytestmark = pytest.mark.anyio
LARGE = photograph("front", (1800, 1200)) + bytes(2 * LEAST_PIECE_BYTES)


async def _send(
    bank: TestBank, customer_id: str, image_id: str, offset: int, length: int, content: bytes = LARGE
) -> ImageProgress:
    piece = ImagePiece(
        side="front",
        total_bytes=len(content),
        offset=offset,
        content=base64.b64encode(content[offset : offset + length]),
    )
    return await bank.client().identity_images.send_piece(customer_id, image_id, piece)


async def test_a_photograph_arrives_in_pieces_and_goes_on_after_a_broken_line(bank: TestBank) -> None:
    customer_id = (await bank.customer(LI)).customer_id
    image_id, first = secrets.token_hex(16), LEAST_PIECE_BYTES
    assert (await _send(bank, customer_id, image_id, 0, first)).received_bytes == first
    assert (await _send(bank, customer_id, image_id, 0, first)).received_bytes == first
    with pytest.raises(Problem) as elsewhere:
        await _send(bank, customer_id, image_id, 2 * first, first)
    assert (elsewhere.value.code, elsewhere.value.params["received_bytes"]) == ("picture.other_offset", first)
    with pytest.raises(Problem) as tiny:
        await _send(bank, customer_id, image_id, first, 10)
    assert tiny.value.code == "picture.small_piece"
    stored = [
        bytes(row)
        for row in await bank.store.read(lambda c: c.execute(select(upload_piece.c.sealed)).scalars().all())
    ]
    assert LARGE[:100] not in stored[0]
    assert (await bank.client().identity_images.progress(customer_id, image_id)).received_bytes == first
    for _ in range(2):  # the last answer may be lost
        assert (await _send(bank, customer_id, image_id, first, len(LARGE) - first)).taken_in
    assert (await bank.client().identity_images.progress(customer_id, image_id)).taken_in
    assert not await bank.store.read(lambda c: c.execute(select(upload_piece)).all())
    # Another customer has no part in it.
    other = (await bank.customer(WANG)).customer_id
    assert not (await bank.client().identity_images.progress(other, image_id)).taken_in
    await bank.prove()


async def test_what_is_no_photograph_is_refused_and_forgotten(bank: TestBank) -> None:
    customer_id = (await bank.customer(LI)).customer_id
    for content, code in ((b"%PDF-1.7" + bytes(99), "not_a_picture"), (photograph()[:-900], "cut_off")):
        with pytest.raises(Problem) as refused:
            await _send(bank, customer_id, secrets.token_hex(16), 0, len(content), content)
        assert refused.value.code == f"picture.{code}"
    assert not await bank.store.read(lambda c: c.execute(select(upload_piece)).all())


async def test_an_account_opens_with_both_photographs_and_only_staff_see_them(bank: TestBank) -> None:
    customer_id = (await bank.customer(LI)).customer_id
    command = await bank.open_command(LI, customer_id)
    wrong = command.identity_images.model_copy(update={"back": command.identity_images.front})
    with pytest.raises(Problem) as missing:
        await bank.client().accounts.open(
            customer_id, command.model_copy(update={"identity_images": wrong}), new_intent()
        )
    assert [(e.field, e.code) for e in missing.value.errors] == [
        ("identity_images.back", "identity_image.missing")
    ]
    order = await bank.client().accounts.open(customer_id, command, new_intent())
    assert order.state == "succeeded"
    address = f"http://core-bank/identity-images/{command.identity_images.front}"
    for caller, status in (("diligence", 200), ("service", 403)):
        tokens = CoreTokens(bank.http, "http://core-bank", f"{caller}-hzw", f"{caller}'s secret")
        headers = {"Authorization": f"Bearer {await tokens.get()}"}
        seen = await bank.http.send("GET", address, repeatable=True, headers=headers)
        assert seen.status_code == status
        assert seen.content.startswith(b"\xff\xd8\xff") is (status == 200)
    await bank.prove()


@pytest.mark.breaks_the_books
async def test_a_changed_chunk_is_refused_when_it_is_read_and_a_missing_one_breaks_the_proof(
    bank: TestBank,
) -> None:
    customer_id = (await bank.customer(LI)).customer_id
    sent = await send_photographs(bank.client(), customer_id)
    chunks = await bank.store.read(lambda c: c.execute(select(image_chunk)).all())
    keys = ChunkSealer(["a key for photographs, the same in all tests"], "core.identity_images")
    front = next(bytes(row.sealed) for row in chunks if row.image_id == sent.front)
    assert keys.open_all(f"image {sent.front} {customer_id} front", [front])
    bank.store.write_now(lambda c: c.execute(text("DELETE FROM image_chunk")))
    broken = [item.name for item in (await bank.proof()).items if not item.holds]
    assert broken == ["identity_images.are_whole"]


@pytest.mark.breaks_the_books
async def test_photographs_are_deleted_when_their_purpose_has_ended(bank: TestBank) -> None:
    customer_id = (await bank.account(LI)).account_id and (await bank.customer(LI)).customer_id
    other = (await bank.customer(WANG)).customer_id
    await send_photographs(bank.client(), other)

    async def whose() -> set[str]:
        rows = await bank.store.read(
            lambda c: c.execute(select(identity_image.c.customer_id)).scalars().all()
        )
        return set(rows)

    await images.job(bank.core).run()
    assert await whose() == {customer_id, other}
    bank.clock.advance(timedelta(hours=25))
    await images.job(bank.core).run()
    assert await whose() == {customer_id}
    await bank.store.write(lambda c: images.end_purpose(c, bank.context(), customer_id))
    ended = await bank.store.read(lambda c: c.execute(select(identity_image.c.keep_until)).scalars().all())
    assert {day.year for day in ended} == {bank.clock.today().year + 10}
    yesterday = bank.clock.today() - timedelta(days=1)
    await bank.store.write(lambda c: c.execute(update(identity_image).values(keep_until=yesterday)))
    await images.job(bank.core).run()
    assert await whose() == set()
