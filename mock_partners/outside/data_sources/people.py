"""Whom the sources know: the personas of the world, and the generated people and businesses."""

from __future__ import annotations

from mock_partners.outside.data_sources.generated import COUNT, generated, index_of
from mock_partners.outside.data_sources.settings import KnownPerson


class People:
    """Everybody by identity number. A generated person is made when asked for, so that a start costs nothing."""

    def __init__(self, named: tuple[KnownPerson, ...]) -> None:
        self._named = {person.id_number: person for person in named}

    def find(self, id_number: str) -> KnownPerson | None:
        """Return the person with this identity number."""
        if id_number in self._named:
            return self._named[id_number]
        index = index_of(id_number)
        if index is None:
            return None
        person = generated(index)
        return person if person.id_number == id_number else None

    def listed(self, start: int, count: int) -> list[KnownPerson]:
        """Return generated people in their order, for testers."""
        return [generated(index) for index in range(max(start, 0), min(start + count, COUNT))]
