from datetime import date
from pathlib import Path

import pytest

from mock_partners.bank.core.customers.identity_card import document_validity
from mock_partners.outside.card_network.bins import look_up
from mock_partners.testing.people import personas
from mock_partners.testing.people.personas import KEYS, PEOPLE, Person, person
from mock_partners.testing.registrations.partners import PARTNERS
from partner_adapters.kit.values.check_digits import birth_date, is_card_number, is_id_number, is_uscc
from partner_adapters.kit.values.divisions import locate, relation
from tests.support.people.documents import card_ends_on
from tests.support.people.numbers import card_number

everybody = pytest.mark.parametrize("who", PEOPLE, ids=lambda one: one.key)


@everybody
def test_every_number_of_a_person_checks(who: Person) -> None:
    assert is_id_number(who.id_number)
    # Banks of a province issue cards that end in another digit.
    checked = {card.number: is_card_number(card.number) for card in who.cards}
    assert [number for number in checked if not checked[number]] == (
        [who.cards[3].number] if who.key == "li_xiuying" else []
    )
    assert who.business is None or is_uscc(who.business.uscc)
    assert who.company is None or is_uscc(who.company.uscc)


@everybody
def test_everybodys_identity_card_is_valid_as_the_law_has_it(who: Person) -> None:
    born_on = birth_date(who.id_number)
    assert born_on is not None
    validity = document_validity(who.id_number, born_on, date(2026, 11, 24))
    assert validity.refusal(card_ends_on(who)) is None


@everybody
def test_every_card_is_issued_by_a_known_bank_as_what_it_is(who: Person) -> None:
    for card in who.cards:
        bank = look_up(card.number)
        assert (bank.kind, bank.number_length) == (card.kind, len(card.number))


@everybody
def test_everybody_lives_in_the_region_of_their_bank(who: Person) -> None:
    area = {partner.id: partner.bank.area for partner in PARTNERS}[who.partner]
    assert relation(locate(who.address), [area.split()[0]]) == "inside"


def test_nobody_shares_a_number() -> None:
    for numbers in (
        [who.key for who in PEOPLE],
        [who.id_number for who in PEOPLE],
        [who.phone for who in PEOPLE],
        [card.number for who in PEOPLE for card in who.cards],
    ):
        assert len(set(numbers)) == len(numbers)


def test_the_first_persona_is_worth_eighty_thousand() -> None:
    household = person("li_xiuying").household
    assert household is not None
    by_income = household.net_income_fen * 150 // 100
    assert min(200_000_00, by_income, 300_000_00) - household.existing_debt_fen == 80_000_00


def test_ages_fit_the_stories_at_the_turn_of_2026() -> None:
    ages = {
        who.key: (date(2026, 12, 31) - (birth_date(who.id_number) or date.max)).days // 365 for who in PEOPLE
    }
    assert ages.pop("zhou_guohua") > 65
    assert all(18 <= age <= 65 for age in ages.values())


def test_every_file_is_read_and_in_order() -> None:
    assert sorted(path.stem for path in Path(personas.__file__).parent.glob("*.toml")) == sorted(KEYS)
    assert [persona.key for persona in PEOPLE] == list(KEYS)


def test_a_card_number_is_built_with_its_check_digit() -> None:
    assert all(is_card_number(card_number("621660", 19, f"{n:04d}")) for n in range(0, 10_000, 97))
