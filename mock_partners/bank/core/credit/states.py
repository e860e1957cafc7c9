"""The states of applications and contracts, and what may happen in each."""

from __future__ import annotations

from enum import StrEnum

from mock_partners.bank.core.kernel.transitions import TransitionTable
from partner_adapters.core_bank.applications import ApplicationState
from partner_adapters.core_bank.contracts import ContractState
from partner_adapters.kit.values.problems import Problem


class ApplicationEvent(StrEnum):
    QUERY_SOURCES = "query_sources"
    REFER = "refer"
    DECLINE = "decline"
    APPROVE = "approve"
    REQUEST_REVIEW = "request_review"
    PREPARE_CONTRACT = "prepare_contract"
    SIGN_CONTRACT = "sign_contract"
    # Its contract's document is withdrawn, and another one is being prepared.
    RENEW_CONTRACT = "renew_contract"
    EXPIRE = "expire"
    CANCEL = "cancel"
    # The customer closes the account, and the offer ends with it.
    GIVE_UP = "give_up"
    SEND_TO_COUNTER = "send_to_counter"


class ContractEvent(StrEnum):
    PREPARE = "prepare"
    REFUSE_DOCUMENT = "refuse_document"
    START_SIGNING = "start_signing"
    SIGN = "sign"
    REFUSE_SIGNATURE = "refuse_signature"
    # Another document is prepared, which the customer reads and confirms anew.
    RENEW = "renew"
    EXPIRE = "expire"


# One application of a customer for a product is open at a time: the index `application_one_open` names these too.
OPEN_APPLICATIONS = (
    ApplicationState.SUBMITTED,
    ApplicationState.REFERRED,
    ApplicationState.APPROVED,
    ApplicationState.CONTRACT_READY,
)

APPLICATION_STATES = TransitionTable(
    "application",
    {
        # The sources are asked, and the machine decides on their answers, in this state only.
        ApplicationEvent.QUERY_SOURCES: {ApplicationState.SUBMITTED: ApplicationState.SUBMITTED},
        ApplicationEvent.REFER: {ApplicationState.SUBMITTED: ApplicationState.REFERRED},
        ApplicationEvent.DECLINE: {
            ApplicationState.SUBMITTED: ApplicationState.DECLINED,
            ApplicationState.REFERRED: ApplicationState.DECLINED,
        },
        ApplicationEvent.APPROVE: {
            ApplicationState.SUBMITTED: ApplicationState.APPROVED,
            ApplicationState.REFERRED: ApplicationState.APPROVED,
            # By a person only, in a review that the customer asked for.
            ApplicationState.DECLINED: ApplicationState.APPROVED,
        },
        ApplicationEvent.REQUEST_REVIEW: {
            ApplicationState.REFERRED: ApplicationState.REFERRED,
            ApplicationState.DECLINED: ApplicationState.DECLINED,
        },
        ApplicationEvent.PREPARE_CONTRACT: {ApplicationState.APPROVED: ApplicationState.CONTRACT_READY},
        ApplicationEvent.SIGN_CONTRACT: {ApplicationState.CONTRACT_READY: ApplicationState.SIGNED},
        ApplicationEvent.RENEW_CONTRACT: {ApplicationState.CONTRACT_READY: ApplicationState.APPROVED},
        ApplicationEvent.EXPIRE: {
            ApplicationState.REFERRED: ApplicationState.EXPIRED,
            ApplicationState.APPROVED: ApplicationState.EXPIRED,
            ApplicationState.CONTRACT_READY: ApplicationState.EXPIRED,
        },
        ApplicationEvent.CANCEL: {ApplicationState.REFERRED: ApplicationState.CANCELLED},
        ApplicationEvent.GIVE_UP: {
            ApplicationState.APPROVED: ApplicationState.CANCELLED,
            ApplicationState.CONTRACT_READY: ApplicationState.CANCELLED,
        },
        ApplicationEvent.SEND_TO_COUNTER: {ApplicationState.APPROVED: ApplicationState.AT_COUNTER},
    },
    {
        ApplicationEvent.REQUEST_REVIEW: lambda state: Problem(
            409, "application.review_not_possible", params={"state": state}
        ),
    },
)

CONTRACT_STATES = TransitionTable(
    "contract",
    {
        ContractEvent.PREPARE: {ContractState.PREPARING: ContractState.READY},
        # The customer's name or address cannot be drawn or signed.
        ContractEvent.REFUSE_DOCUMENT: {ContractState.PREPARING: ContractState.VOID},
        ContractEvent.START_SIGNING: {ContractState.READY: ContractState.SIGNING},
        ContractEvent.SIGN: {ContractState.SIGNING: ContractState.SIGNED},
        ContractEvent.REFUSE_SIGNATURE: {ContractState.SIGNING: ContractState.VOID},
        ContractEvent.RENEW: {
            ContractState.PREPARING: ContractState.PREPARING,
            ContractState.READY: ContractState.PREPARING,
            ContractState.SIGNING: ContractState.PREPARING,
        },
        # A contract that is being signed does not expire: e-sign may have signed it already.
        ContractEvent.EXPIRE: {
            ContractState.PREPARING: ContractState.VOID,
            ContractState.READY: ContractState.VOID,
        },
    },
    {
        ContractEvent.START_SIGNING: lambda state: Problem(
            409, "contract.not_ready", params={"state": state}
        ),
    },
)
