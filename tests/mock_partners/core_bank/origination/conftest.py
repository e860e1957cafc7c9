"""The core's test bank, with an e-sign that can be told to misbehave."""

import pytest

from tests.core_bank import TestBank
from tests.mock_partners.core_bank.origination.esign_stand_in import ESignStandIn


@pytest.fixture
def esign(bank: TestBank) -> ESignStandIn:
    made = ESignStandIn()
    bank.wires.connect("esign", made.app())
    return made
