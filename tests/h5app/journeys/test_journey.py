"""The order of a journey's screens: back, progress, screens that do not apply, and answers that come back."""

from __future__ import annotations

import pytest

from h5app.journeys.journey import Journey, Screen
from h5app.journeys.screens import ACCOUNT_OPENING, APPLICATION_SCREENS, application_journey
from partner_adapters.kit.values.problems import Problem
from tests.support.houses.site import Site
from tests.support.pages import samples
from tests.support.pages.opening import PARTICULARS, opening_core
from tests.support.pages.scripts import everything

JOURNEY = Journey(
    "task",
    "tasks",
    (
        Screen("one", ("a",)),
        Screen("two", ("b",), opens_early=True),
        Screen("agree", reopens=False),
        Screen("confirm"),
    ),
)


def steps(screens: tuple[Screen, ...]) -> list[str]:
    return [screen.step for screen in screens]


def test_back_leads_to_the_screen_before_and_from_the_first_one_out() -> None:
    assert JOURNEY.screen_before("one") is None
    assert JOURNEY.screen_before("two") == JOURNEY.find_screen("one")


def test_back_passes_over_a_screen_that_does_not_open_again() -> None:
    assert JOURNEY.screen_before("confirm") == JOURNEY.find_screen("two")


def test_progress_counts_every_screen_from_one() -> None:
    assert [JOURNEY.number_of(screen.step) for screen in JOURNEY.screens] == [1, 2, 3, 4]
    assert len(JOURNEY.applicable) == 4


def test_a_skipped_screen_is_not_counted_and_leads_on() -> None:
    journey = JOURNEY.skip("two")
    assert steps(journey.applicable) == ["one", "agree", "confirm"]
    assert (journey.number_of("agree"), journey.screen_before("agree")) == (2, JOURNEY.find_screen("one"))
    instead = journey.screen_instead("two", {"one"})
    assert instead is not None
    assert instead.step == "agree"


def test_several_screens_can_be_skipped_one_after_the_other() -> None:
    assert steps(JOURNEY.skip("two").skip("agree").applicable) == ["one", "confirm"]


@pytest.mark.parametrize(
    ("complete", "current"),
    [
        (set(), "one"),
        ({"one"}, "two"),
        ({"two"}, "one"),
        ({"one", "two"}, "agree"),
        ({"one", "two", "agree"}, "confirm"),
        ({"one", "two", "agree", "confirm"}, "confirm"),
    ],
)
def test_a_journey_goes_on_at_the_first_incomplete_screen(complete: set[str], current: str) -> None:
    assert JOURNEY.first_incomplete(complete).step == current


@pytest.mark.parametrize(
    ("step", "complete", "instead"),
    [
        ("one", set(), None),
        ("one", {"one", "two"}, None),
        ("two", set(), None),
        ("confirm", {"one"}, "two"),
        ("agree", {"one"}, "two"),
        ("agree", {"one", "two"}, None),
        ("agree", {"one", "two", "agree"}, "confirm"),
        ("confirm", {"one", "two", "agree"}, None),
    ],
)
def test_a_screen_opens_when_the_earlier_ones_are_complete(
    step: str, complete: set[str], instead: str | None
) -> None:
    """Others: a screen that opens early, and one that does not open again."""
    screen = JOURNEY.screen_instead(step, complete)
    assert (screen.step if screen else None) == instead


@pytest.mark.parametrize("journey", [JOURNEY, ACCOUNT_OPENING])
@pytest.mark.parametrize("step", ["", "unknown", "Confirm", "one/two"])
def test_an_unknown_step_is_not_found(journey: Journey, step: str) -> None:
    with pytest.raises(Problem) as refused:
        journey.find_screen(step)
    assert (refused.value.status, refused.value.code) == (404, "step.unknown")


def test_the_screens_of_both_journeys_have_names_and_fields_of_their_own() -> None:
    for screens in (ACCOUNT_OPENING.screens, APPLICATION_SCREENS):
        fields = [name for screen in screens for name in screen.fields]
        assert len(set(steps(screens))) == len(screens)
        assert len(set(fields)) == len(fields)


@pytest.mark.parametrize(
    ("screens", "shown"),
    [
        ("amount consent check", ["amount", "consent", "check"]),
        ("amount consent authorise check papers", ["amount", "consent", "authorise", "check"]),
        ("consent amount check", ["consent", "amount", "check"]),
        ("amount consent fingerprint check", None),
        ("amount consent check fingerprint", None),
        ("amount consent", None),
        ("", None),
    ],
)
def test_the_product_says_which_screens_an_application_has(screens: str, shown: list[str] | None) -> None:
    journey = application_journey(samples.product(screens=screens.split()))
    assert (None if journey is None else list(steps(journey.screens))) == shown


@pytest.mark.anyio
async def test_a_product_with_a_screen_that_these_pages_lack_is_not_begun_here(pages: Site) -> None:
    everything(pages.core)
    visitor = await pages.client()
    begun = await visitor.get("/apply/sunshine_e_micro/amount")
    strange = samples.product(screens=["amount", "fingerprint", "check"])
    pages.core.says("GET", "/products/sunshine_e_micro", strange)
    page = await visitor.get("/credit/sunshine_e_micro")
    assert "这个产品不在这里办" in page.text
    assert "/lyg/apply/" not in page.text
    for answer in (await visitor.get("/apply/sunshine_e_micro/check"), await visitor.send(begun)):
        assert (answer.status_code, answer.headers["location"]) == (303, "/lyg/credit/sunshine_e_micro")


@pytest.mark.anyio
async def test_answers_come_back_on_another_device(pages: Site) -> None:
    opening_core(pages.core)
    first, second = await pages.client(), await pages.client()
    await first.send(await first.get("/account/open/particulars"), **PARTICULARS)
    resumed = await second.get("/account/open/card")
    assert resumed.status_code == 200
    assert "第 2 步，共 3 步" in resumed.text
    assert PARTICULARS["address"] in (await second.get("/account/open/particulars")).text


@pytest.mark.anyio
async def test_a_step_that_is_not_of_the_journey_has_the_page_for_unknown_addresses(pages: Site) -> None:
    everything(pages.core)
    visitor = await pages.client()
    for path in ("/account/open/nothing", "/apply/sunshine_e_micro/nothing"):
        assert (await visitor.get(path)).status_code == 404
