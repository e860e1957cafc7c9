"""A sealed content opens only whole, in its order, under its own name."""

import pytest

from partner_adapters.kit.values.sealed_chunks import ChunkSealer, NotAsSealed

OLD, NEW = "an old secret of thirty-two letters", "a new secret of thirty-two letters!"
CONTENT = bytes(range(250))


@pytest.fixture
def sealer() -> ChunkSealer:
    return ChunkSealer([NEW, OLD], "test")


def test_what_was_sealed_opens_again(sealer: ChunkSealer) -> None:
    chunks = sealer.seal_all("one", CONTENT, 100)
    assert [len(chunk) - 33 for chunk in chunks] == [100, 100, 50]
    assert sealer.open_all("one", chunks) == CONTENT
    assert not any(CONTENT[:20] in chunk for chunk in chunks)


def test_a_cut_swapped_doubled_changed_or_foreign_chunk_is_refused(sealer: ChunkSealer) -> None:
    first, second, last = sealer.seal_all("one", CONTENT, 100)
    foreign = sealer.seal_all("another", CONTENT, 100)
    changed = second[:-1] + bytes([second[-1] ^ 1])
    for chunks in (
        [],
        [first],
        [first, second],
        [second, last],
        [second, first, last],
        [first, first, second, last],
        [first, second, last, last],
        [first, changed, last],
        [first, foreign[1], last],
        [first, second[:20], last],
    ):
        with pytest.raises(NotAsSealed):
            sealer.open_all("one", chunks)


def test_a_replaced_key_opens_what_it_sealed_and_seals_nothing_more(sealer: ChunkSealer) -> None:
    before = ChunkSealer([OLD], "test").seal_all("one", CONTENT, 100)
    assert sealer.open_all("one", before) == CONTENT
    for other in (ChunkSealer([NEW], "test"), ChunkSealer([OLD], "another use")):
        with pytest.raises(NotAsSealed):
            other.open_all("one", before)
    with pytest.raises(NotAsSealed):
        ChunkSealer([OLD], "test").open_all("one", sealer.seal_all("one", CONTENT, 100))
