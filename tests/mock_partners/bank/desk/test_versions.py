"""Which version of a case the desk sends with a decision: the one whose record the person was shown."""

from __future__ import annotations

from mock_partners.bank.desk.reviews import version_to_send
from partner_adapters.core_bank.reviews import ReviewCase
from partner_adapters.kit.pages.forms import Form
from partner_adapters.kit.values.problems import Problem

# Another person of the staff did something after version 3 was read.
NOW = ReviewCase.model_construct(version=4)


def test_an_input_error_does_not_renew_the_version_so_the_core_still_refuses_it() -> None:
    form = Form({"version": "3"})
    form.fail("note", "text.too_short")
    assert version_to_send(NOW, form, None) == 3


def test_a_page_that_tells_of_the_change_sends_the_new_version() -> None:
    assert version_to_send(NOW, Form({"version": "3"}), Problem(409, "review.changed")) == 4
    assert version_to_send(NOW, Form(), None) == 4
