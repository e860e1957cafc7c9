"""The core's settings: its banks, the clients and operators of each, and the parameters of the field."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal, Self

from cryptography import x509
from pydantic import AfterValidator, Field, SecretStr, field_validator, model_validator

from partner_adapters.data.connectors import SourceRules
from partner_adapters.identity.clocks import DEFAULT_SKEW_S, ClockSkew
from partner_adapters.identity.dialects import VerifierConfig
from partner_adapters.identity.policy import StepUpPolicy
from partner_adapters.kit.values.divisions import division_name
from partner_adapters.kit.values.settings import IssuerUrl, Secret, Settings, Url
from partner_adapters.kit.values.texts import CompleteText, Text

SHORTEST_KEY = 32
# The layer of the province's defaults. Its operators belong to no member bank.
PROVINCE = "province"
# Of an account: a hundred million yuan.
MOST_FEN = 10_000_000_000
AccountClass = Literal["II", "III"]
# What an operator may do, each with what it opens in `Operator.scopes`.
StaffScope = Literal[
    "proof",
    "cases",
    "switches",
    "dates",
    "accounts",
    "differences",
    "due_diligence",
    "reviews",
    "products",
    "parameters",
    "blacklist",
]


def _certificate(pem: str) -> str:
    x509.load_pem_x509_certificate(pem.encode())  # raises ValueError
    return pem


RootCertificate = Annotated[str, AfterValidator(_certificate)]


class Bank(Settings):
    """A member bank (法人行)."""

    bank_id: str = Field(pattern=r"^[a-z][a-z0-9]{1,31}$")
    name: CompleteText
    area: tuple[str, ...] = Field(min_length=1)
    """The divisions in which it lends, each as its code and its name: `3207 连云港市`."""
    phone: str = Field(pattern=r"^[0-9][0-9 -]{3,18}[0-9]$")
    address: str = Field(min_length=4, max_length=120)
    """Its registered office, in Chinese: contracts and certificates print it."""
    account_prefix: str = Field(pattern=r"^62[0-9]{4}$")
    """The bank identification number with which its account numbers begin."""
    esign_secret: Secret
    """The secret by which it calls e-sign."""
    data_secret: Secret
    """The secret with which it and the data sources sign for each other."""

    @field_validator("area")
    @classmethod
    def _of_the_table(cls, area: tuple[str, ...]) -> tuple[str, ...]:
        for entry in area:
            code, _, name = entry.partition(" ")
            if division_name(code) != name:
                raise ValueError(f"{entry}: the code {code} is of {division_name(code) or 'no division'}")
        return area

    @cached_property
    def area_codes(self) -> tuple[str, ...]:
        """The codes of its divisions."""
        return tuple(entry.partition(" ")[0] for entry in self.area)


class Client(Settings):
    """A client of the API (OAuth client credentials): one partner at one bank, and how its statements are verified."""

    client_id: str = Field(min_length=1, max_length=200)
    client_secret: Secret
    bank_id: str
    partner: str = Field(min_length=1, max_length=48)
    identity: VerifierConfig
    pages_url: Url
    """Where the partner's pages are, such as `https://h5.example/lyg`. Sources send customers back there."""
    app_name: CompleteText | None = None
    """The partner's app, as people know it. The consent to tell the partner how things stand names it. Without it that
    consent cannot be given.
    """
    step_up: StepUpPolicy = StepUpPolicy()
    """The evidence that each action needs: which methods, and how old it may be (protocol time)."""


class StaffProvider(Settings):
    """The OpenID provider at which the bank's staff sign in, and the desk that presents their statements here."""

    issuer: IssuerUrl
    jwks_url: Url
    desk_id: str = Field(min_length=1, max_length=200)
    """The desk's client id at the provider, for which statements must be made, and here."""
    desk_secret: Secret
    """By which the desk calls the token endpoint. Alone it buys no token."""
    signed_in_s: int = Field(default=1800, ge=60, le=43_200)
    """How long ago a person may have signed in."""
    clock_skew_s: ClockSkew = DEFAULT_SKEW_S


class Operator(Settings):
    """A caller from inside the bank. Each person who answers cases or turns switches has one: both name who did it.

    It calls with a secret of its own, or the person signs in at the desk with `staff_id`, or both.
    """

    client_id: str = Field(min_length=1, max_length=200)
    client_secret: Secret | None = None
    staff_id: str = Field(default="", max_length=200)
    """The person's subject at the staff's OpenID provider."""
    bank_id: str
    scopes: tuple[StaffScope, ...] = Field(default=("proof",), min_length=1)
    """`proof`: reads the proof of the books and the differences. `cases`: reads and answers what people asked.
    `switches`: stops an action, product, partner or outside party, and starts it again with a second operator.
    `dates`: confirms the business date after a leap of the clock. `accounts`: freezes accounts and lifts that.
    `differences`: proposes how a difference is resolved, and confirms what another person proposed.
    `due_diligence`: reads risk grades and photographs of identity cards. `reviews`: reads what waits for a person with
    everything that is known about it, and decides. `products`, `parameters`: proposes changes, and decides those of
    another person, in the layer of the bank that the operator belongs to, or of the `province`. `blacklist`: reads the
    bank's own list of whom it does not lend to, proposes entries and their lifting, and decides about those of another
    person.
    """
    name: str = Field(default="", max_length=48)
    """The person's name, as the directory of the staff states it. The desk shows it to other staff."""
    role: str = Field(default="", max_length=48)
    """What the person does at the bank, for the people who keep these settings."""
    limit_fen: int = Field(default=0, ge=0)
    """The largest amount that this person may let be booked by resolving a difference, and the largest limit that they
    may approve alone.
    """


class AccountRules(Settings):
    """What an account of one class may do. Amounts of None have no limit."""

    balance_most_fen: int | None = Field(default=None, gt=0, le=MOST_FEN)
    """The most that the account may contain. The bank's own loans obey it."""
    in_day_fen: int | None = Field(default=None, gt=0, le=MOST_FEN)
    in_year_fen: int | None = Field(default=None, gt=0, le=MOST_FEN)
    out_day_fen: int | None = Field(default=None, gt=0, le=MOST_FEN)
    out_year_fen: int | None = Field(default=None, gt=0, le=MOST_FEN)
    bound_card_counts: bool = False
    """Whether transfers to and from the bound card count towards these figures. Repayments never do."""


class WithdrawalRules(Settings):
    """What a withdrawal to the bound card costs and when it arrives."""

    least_fen: int = Field(gt=0, le=100_000)
    fee_fen: int = Field(ge=0, le=5_000)
    """Taken from the account besides the amount. 0: free of charge."""
    usual_minutes: int = Field(ge=1, le=1440)
    latest_days: int = Field(ge=0, le=10)
    """By the end of that day after the order the card has the money, or the account has it back."""


class HolidayDecree(Settings):
    """The State Council's decree for one year: weekdays that are holidays, and weekend days on which people work."""

    year: int = Field(ge=2020, le=2100)
    off: tuple[date, ...]
    work: tuple[date, ...]

    @model_validator(mode="after")
    def _of_its_year(self) -> Self:
        if wrong := [str(day) for day in (*self.off, *self.work) if day.year != self.year]:
            raise ValueError(f"{', '.join(wrong)}: not of {self.year}")
        if wrong := [str(day) for day in self.work if day.weekday() < 5]:
            raise ValueError(f"{', '.join(wrong)}: works anyway")
        return self


class Parameters(Settings):
    """Figures that regulators and the market set, each within its sane range. `parameters.toml` has the first values.

    Each field is one parameter: dated, of the province or of a bank, and changed by two persons.
    """

    lpr_ppm: int = Field(ge=5_000, le=100_000)
    """One-year loan prime rate."""
    top_up_min_fen: int = Field(gt=0, le=100_000)
    top_up_max_fen: int = Field(ge=100, le=50_000_000)
    """The most that one order may move, unless the customer owes more. Transfers from the bound card do not count
    toward the class II limits.
    """
    top_up_unchecked_fen: int = Field(ge=0, le=5_000_000)
    """A top-up above this amount needs fresh evidence that the customer is there."""
    recent_order_minutes: int = Field(ge=1, le=1440)
    """For how long the overview lists an order that succeeded. A person who doubts an order tries again within minutes;
    a like order later is more likely meant.
    """
    review_working_days: int = Field(ge=1, le=60)
    """Within how many working days a person answers a referral or a review."""
    more_asked_days: int = Field(ge=1, le=90)
    """Within how many days a customer answers what a review asks for."""
    complaint_days: int = Field(ge=1, le=60)
    """Within how many days, weekends and holidays among them, the bank answers a complaint."""
    identity_image_years: int = Field(ge=5, le=50)
    """For how many years after the account was closed the photographs of the identity card are kept (u)."""
    unused_paper_days: int = Field(ge=1, le=3650)
    """For how long papers of an application that ended without a credit line are kept."""
    blacklist_months: int = Field(ge=1, le=60)
    """For how many months an entry of the bank's own list counts at most."""
    hold_hours: int = Field(ge=1, le=240)
    """For how long money is held for an order that was never sent, such as while its party is stopped."""
    account_rules_ii: AccountRules
    account_rules_iii: AccountRules
    """What an account of each class may do."""
    withdrawal_rules: WithdrawalRules
    holidays: tuple[HolidayDecree, ...]

    def rules_of(self, account_class: AccountClass) -> AccountRules:
        """Return the rules of this class."""
        return self.account_rules_ii if account_class == "II" else self.account_rules_iii

    def is_working_day(self, day: date) -> bool:
        """Whether people work on this day, by the decree of its year; provisionally Monday to Friday without one."""
        decree = self._decree(day.year)
        if decree is not None and day in (*decree.off, *decree.work):
            return day in decree.work
        return day.weekday() < 5

    def is_provisional(self, day: date) -> bool:
        """Whether the decree of the day's year is missing, so that its working days may still change."""
        return self._decree(day.year) is None

    def _decree(self, year: int) -> HolidayDecree | None:
        return next((decree for decree in self.holidays if decree.year == year), None)


class CoreSettings(Settings):
    """`token_key` signs access tokens; `public_base_url` is where outside parties send their notices."""

    token_key: Secret
    audit_keys: tuple[Secret, ...] = Field(min_length=1)
    """Sign audit rows: the first is the newest and signs, each checks what it signed. At least 32 characters each."""
    audit_head: Path
    """The file of this node to which the heads of the audit chains are written."""
    image_keys: tuple[Secret, ...] = Field(min_length=1)
    """Seal photographs of identity cards: the first is the newest and seals, each opens what it sealed. At least 32
    characters each.
    """
    token_life_s: int = Field(default=600, ge=60)
    banks: tuple[Bank, ...] = Field(min_length=1)
    esign_root: RootCertificate
    """The certificate (PEM) under which signatures of contracts are trusted. Compare it with the authority's by hand:
    it is never fetched from e-sign.
    """
    clients: tuple[Client, ...]
    operators: tuple[Operator, ...] = ()
    staff_provider: StaffProvider | None = None
    public_base_url: Url
    sources: Mapping[str, SourceRules] = {}
    """By source, in place of what its connector says: deadline, shelf life and cost of a query."""
    authorisation_pages: Mapping[str, Url] = {}
    """By source: the page at which a customer authorises queries. A source without one needs no authorisation."""
    empty_database_url: Secret | None = None
    """An empty database on the PostgreSQL server of the core's, in which its user may create: `postgresql+psycopg://…`.
    The proof compares the core's schema with what the migrations make there, and leaves it empty.
    """

    @field_validator("audit_keys", "image_keys")
    @classmethod
    def _long_enough(cls, keys: tuple[SecretStr, ...]) -> tuple[SecretStr, ...]:
        if any(len(key.get_secret_value()) < SHORTEST_KEY for key in keys):
            raise ValueError(f"a key has fewer than {SHORTEST_KEY} characters")
        return keys

    @field_validator("operators")
    @classmethod
    def _can_call(cls, operators: tuple[Operator, ...]) -> tuple[Operator, ...]:
        if mute := [each.client_id for each in operators if not (each.client_secret or each.staff_id)]:
            raise ValueError(f"neither client_secret nor staff_id: {', '.join(mute)}")
        staff = [each.staff_id for each in operators if each.staff_id]
        if len(staff) != len(set(staff)):
            raise ValueError("two operators have one staff_id")
        return operators

    @cached_property
    def audit_key_by_id(self) -> Mapping[str, bytes]:
        """The keys of audit rows by their ids, newest first. An id is the beginning of the key's hash."""
        keys = [key.get_secret_value().encode() for key in self.audit_keys]
        return {hashlib.sha256(key).hexdigest()[:8]: key for key in keys}

    @cached_property
    def newest_audit_key(self) -> tuple[str, bytes]:
        """The id and the key that sign new audit rows."""
        return next(iter(self.audit_key_by_id.items()))

    @cached_property
    def trusted_root(self) -> x509.Certificate:
        """The certificate under which signatures of contracts are trusted."""
        return x509.load_pem_x509_certificate(self.esign_root.encode())

    @cached_property
    def bank(self) -> Mapping[str, Bank]:
        """The banks by id."""
        return {bank.bank_id: bank for bank in self.banks}

    @cached_property
    def layers(self) -> tuple[str, ...]:
        """The ids under which rows are kept: those of the banks, and the province's."""
        return (*(bank.bank_id for bank in self.banks), PROVINCE)

    @cached_property
    def esign_secrets(self) -> Mapping[str, SecretStr]:
        """The secrets by which the banks call e-sign, by bank id."""
        return {bank.bank_id: bank.esign_secret for bank in self.banks}

    @cached_property
    def data_secrets(self) -> Mapping[str, SecretStr]:
        """The secrets with which the banks sign for the data sources, by bank id."""
        return {bank.bank_id: bank.data_secret for bank in self.banks}

    def policy(self, bank_id: str, partner: str) -> StepUpPolicy:
        """Return the evidence that this partner must bring for each action."""
        return self.client[bank_id, partner].step_up

    @cached_property
    def operator(self) -> Mapping[str, Operator]:
        """The operators by client id."""
        return {operator.client_id: operator for operator in self.operators}

    @cached_property
    def staff(self) -> Mapping[str, Operator]:
        """The operators who sign in at the desk, by their subject at the provider."""
        return {each.staff_id: each for each in self.operators if each.staff_id}

    @cached_property
    def app_names(self) -> Mapping[tuple[str, str], Text]:
        """The names of the apps that have one here, by bank id and partner."""
        return {key: client.app_name for key, client in self.client.items() if client.app_name}

    @cached_property
    def client(self) -> Mapping[tuple[str, str], Client]:
        """The clients by bank id and partner."""
        return {(client.bank_id, client.partner): client for client in self.clients}
