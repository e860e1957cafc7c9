"""A product as a document: everything in which products differ is data, none of it code.

Rules, limit and price are expressions over declared facts. A document is validated when it is loaded, not when a
customer applies. It may not name an undeclared fact or an unknown parameter, and the rows of its tables must rise.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from datetime import date
from functools import lru_cache
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from mock_partners.bank.core.calculation.draw_rules import (
    MAX_COST_PPM,
    MAX_FEE_PPM,
    MAX_FIXED_FEE_FEN,
    DrawFee,
    DrawRules,
)
from mock_partners.bank.core.calculation.terms import RepaymentTerms, ServicingRules
from mock_partners.bank.core.products.composition import compose
from mock_partners.bank.core.products.expressions import Expression, paths
from partner_adapters.core_bank.products import (
    Choice,
    CustomerGroup,
    Guarantee,
    Paper,
    RepaymentMethod,
    ScreenStep,
)
from partner_adapters.kit.values.texts import CompleteText, Lang, Text, require_both

# What a bank may set besides the figures in `ranges`.
OWN_OF_A_BANK = ("channels",)
FactType = Literal["int", "bool", "text", "list"]
# What is decided: an application, or what the bank may offer before one, from the `offer_sources` alone.
Scene = Literal["application", "offer"]
SCENES: list[Scene] = ["application", "offer"]
# Applicants of another group than the product's are referred with this code. No rule of a document has it.
OTHER_GROUP = "A04"
MAX_TOLD_CHARS = 200
# The name of a connector, such as `credit_bureau` or `courts`, or a key of `OWN_FACTS`.
Source = str


class Section(BaseModel):
    """A part of a document: an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Fact(Section):
    """A fact by type, and what it may be. A value outside `range` or `values` is doubted like one of another type.

    `given` names a bool of the same source: where that is false, this fact is not needed. `changeable`: the applicant
    can change it honestly, in whole multiples of `step`, so a decline may say which value would be approved.
    """

    type: FactType
    given: str | None = None
    range: tuple[int, int] | None = None
    values: list[str] | None = None
    changeable: bool = False
    step: int = Field(default=1, gt=0)

    @model_validator(mode="after")
    def _can_be_searched(self) -> Self:
        if self.range and (self.type != "int" or self.range[0] > self.range[1]):
            raise ValueError("`range` is the least and the largest value of an int")
        if self.values and self.type != "text":
            raise ValueError("`values` are those of a text")
        if self.changeable and self.type != "bool" and not self.range:
            raise ValueError("a changeable fact is a bool, or an int with a `range`")
        return self


# Facts that the core itself states; `limit` and `score` once they are computed, `product` from the document.
OWN_FACTS: dict[str, dict[str, Fact]] = {
    "identity": {
        "age": Fact(type="int", range=(0, 150)),
        "birth_date": Fact(type="text"),
        "verified": Fact(type="bool"),
        # Doubt about the region is a fact of its own: a person decides then.
        "region_known": Fact(type="bool"),
        "in_region": Fact(type="bool"),
        "region_by": Fact(type="text"),
        "region_source": Fact(type="text"),
        "region_as_of": Fact(type="text"),
        "region_place": Fact(type="text"),
    },
    "application": {
        "amount_fen": Fact(type="int"),
        "term_months": Fact(type="int"),
        "at_most_fen": Fact(type="int"),
        "consents_stand": Fact(type="bool"),
        "group": Fact(type="text"),
    },
    "bank": {
        "lent_before_fen": Fact(type="int", range=(0, 10**15)),
        "lent_since_fen": Fact(type="int", range=(0, 10**15)),
        "undrawn_fen": Fact(type="int", range=(0, 10**15)),
    },
    "product": {"code": Fact(type="text")},
    "score": {"points": Fact(type="int"), "costliest": Fact(type="text")},
    "limit": {"computed_fen": Fact(type="int")},
}


# What the core states of lists of its own, for the documents that declare such a source. It needs no consent and is at
# hand in each scene.
OWN_LISTS = frozenset({"blacklist"})


def _require_plain(text: Text) -> Text:
    for lang, told in text.items():
        if odd := sorted({char for char in told if char in "<>" or not char.isprintable()}):
            raise ValueError(f"{lang}: must be one line of plain text, without {', '.join(map(repr, odd))}")
    return text


# A text of a document that customers read beside those of the pages, with `$name` for a figure.
ToldText = Annotated[
    dict[Lang, Annotated[str, Field(max_length=MAX_TOLD_CHARS)]],
    AfterValidator(require_both),
    AfterValidator(_require_plain),
]


def _optional() -> Any:
    # Left out where it is not set, so that documents from before it keep their hash.
    return Field(default=None, exclude_if=lambda value: value is None)


class SourceNeeds(Section):
    """The facts that a source must state, and how old its statement may be."""

    max_age_days: int = Field(ge=0)
    facts: dict[str, Fact]


class Rule(Section):
    """A rule hits where `when` is true.

    `params`: figures for the text of the reason. `better_from`: the function that gives a better date, if there is one.
    `part`: the shared part that the rule came from, empty for a rule of the product's own. A code that the pages do
    not know has its texts here. `text`: what was found. `need`: what is required. `help`: what helps.
    """

    code: str = Field(pattern=r"^[A-Z][0-9]{2}$")
    when: Expression
    source: Source
    outcome: Literal["decline", "refer"]
    params: dict[str, Expression] = {}
    better_from: Literal["overdue_window", "of_age"] | None = None
    scenes: list[Scene] = SCENES
    part: str = ""
    text: ToldText | None = _optional()
    need: ToldText | None = _optional()
    help: ToldText | None = _optional()


class Asking(Section):
    """What a customer may apply for, and what the product page states. `documents`: papers to upload."""

    min_fen: int = Field(gt=0)
    max_fen: int = Field(gt=0)
    step_fen: int = Field(gt=0)
    tenors_months: list[int] = Field(min_length=1)
    methods: list[RepaymentMethod] = Field(min_length=1)
    purposes: list[Choice] = Field(min_length=1)
    requirements: list[CompleteText] = Field(min_length=1)
    consents: list[str] = Field(min_length=1)
    documents: list[Paper] = []


class Bound(Section):
    """One bound of the limit, in fen. The lowest binds. Customers and staff read its `name`.

    `debts_count`: the bound is of all that the applicant can owe, so debts are deducted. Else it is of this line alone.
    `help`: what would raise it, if the pages do not know its code.
    """

    code: str = Field(pattern=r"^[a-z][a-z0-9_]{1,31}$")
    name: CompleteText
    formula: Expression
    debts_count: bool = True
    scenes: list[Scene] = SCENES
    help: ToldText | None = _optional()


class Limit(Section):
    """The limit: the lowest of the bounds less debts, floored to a multiple of `floor_fen` and never negative.

    `debts` tell of the same debts, so the largest is deducted; `debts_on_top` are in none of them, so their sum is
    deducted too. All in fen. An offer leaves out what rests on other sources than `offer_sources` and the core itself.
    """

    bounds: list[Bound] = Field(min_length=1)
    debts: list[Expression] = []
    debts_on_top: list[Expression] = []
    floor_fen: int = Field(gt=0)
    offer_sources: list[Source] = []


class ScoreAttribute(Section):
    """Points for one fact: by its text, or by the highest of the rising rows that starts at or below its number."""

    fact: str = Field(pattern=r"^[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*$")
    points: list[tuple[int, int]] | list[tuple[str, int]] = Field(min_length=1)

    @property
    def path(self) -> tuple[str, str]:
        """The fact's source and field."""
        source, _, field = self.fact.partition(".")
        return source, field


class Scorecard(Section):
    """A committed table of points. Their sum is the fact `score.points`; a value without points is doubted."""

    attributes: list[ScoreAttribute] = Field(min_length=1)


class Price(Section):
    """The rate: LPR in ppm, plus a grade and the product's addition in basis points.

    A grade that is not in `grades_bp` gives no price, and the application is referred to a person.
    """

    grade_bp: Expression
    grades_bp: list[int] = Field(min_length=1)
    product_bp: int


class LineTerms(Section):
    """The credit line that a contract opens. An approval is valid for `offer_days`."""

    months: int = Field(ge=1, le=120)
    revolving: bool
    min_draw_fen: int = Field(gt=0)
    step_fen: int = Field(gt=0)
    offer_days: int = Field(ge=1)
    min_reading_seconds: int = Field(ge=0)


class Fee(Section):
    """A fee that the bank takes once, when a loan is drawn: `ppm` of the amount, in millionths, and `fixed_fen`.

    It counts in every annual rate, stands in the cost table under its name, and is not given back.
    """

    name: ToldText
    ppm: int = Field(default=0, ge=0, le=MAX_FEE_PPM)
    fixed_fen: int = Field(default=0, ge=0, le=MAX_FIXED_FEE_FEN)


class Drawdown(Section):
    """The borrower disposes of a draw up to this amount. A larger one is paid to the payee (受托支付)."""

    self_paid_up_to_fen: int = Field(ge=0)
    fee: Fee | None = _optional()


class CostRowText(Section):
    """Texts of one row of the cost table. `$name` stands for a figure or the bank's name."""

    item: CompleteText
    charge: CompleteText
    receiver: CompleteText


class Costs(Section):
    """综合融资成本明示表 before its figures are filled in, and the bounds of the annual rate by cash flows.

    A loan above `ceiling_ppm` is refused. One above `alarm_ppm` is logged and counted.
    """

    version: str = Field(max_length=40)
    alarm_ppm: int = Field(gt=0)
    ceiling_ppm: int = Field(gt=0, le=MAX_COST_PPM)
    sample_amount_fen: int = Field(gt=0)
    sample_months: int = Field(ge=1)
    rows: list[CostRowText] = Field(min_length=1)
    default_rows: list[CostRowText]
    nothing_else: CompleteText


class ProductDocument(Section):
    """One version of one product."""

    code: str = Field(pattern=r"^[a-z][a-z0-9_]{2,47}$")
    version: int = Field(ge=1)
    effective_on: date
    name: CompleteText
    summary: CompleteText
    policies: list[str] = []
    """The shared parts that a file names. They are merged into the document when it is loaded, and not named after."""
    customers: list[CustomerGroup] = Field(min_length=1)
    """Who may apply, by what the applicant stated when the account was opened. Doubt refers."""
    guarantee: Guarantee
    channels: list[str] = []
    """The partners that show the product and take applications. Empty: each of the bank's."""
    screens: list[ScreenStep] = Field(min_length=1)
    asking: Asking
    parameters: dict[str, int]
    """Figures that rules, limit and texts use by name."""
    ranges: dict[str, tuple[int, int]] = {}
    """The figures that a member bank may set for itself, by dotted path, each with the least and the most."""
    sample: dict[Source, dict[str, Any]] = {}
    """Facts of an applicant whom the document must approve. The check decides on them; the core states the rest."""
    tables: dict[str, list[tuple[int, int]]] = {}
    lists: dict[str, list[str]] = {}
    """Lists of texts that rules use by name, such as codes of industries."""
    sources: dict[Source, SourceNeeds]
    rules: list[Rule] = Field(min_length=1)
    limit: Limit
    price: Price
    scorecard: Scorecard | None = None
    line: LineTerms
    drawdown: Drawdown
    servicing: ServicingRules
    terms: RepaymentTerms = RepaymentTerms()
    """How loans count and are repaid. Together with `servicing` they are the `loan_rules`."""
    costs: Costs

    @property
    def loan_rules(self) -> ServicingRules:
        """What line and loan take over."""
        return replace(self.servicing, repayment=self.terms)

    @property
    def all_rules(self) -> list[Rule]:
        """The document's rules, and the one that follows from `customers`."""
        return [*self.rules, *_customer_rules(tuple(self.customers))]

    @property
    def draw_rules(self) -> DrawRules:
        """What every draw under a line of this product is held to."""
        costs = self.costs
        return DrawRules(self.drawdown.self_paid_up_to_fen, costs.alarm_ppm, costs.ceiling_ppm, self.draw_fee)

    @property
    def draw_fee(self) -> DrawFee | None:
        """The fee of a draw, or None. A bank whose own figures are zero charges none."""
        fee = self.drawdown.fee
        return DrawFee(**fee.model_dump()) if fee and (fee.ppm or fee.fixed_fen) else None

    def is_taken_by(self, partner: str) -> bool:
        """Whether this partner, of whichever world, shows the product and takes applications."""
        return not self.channels or partner.partition("~")[0] in self.channels

    def _expressions(self) -> Iterator[tuple[str, str]]:
        for number, rule in enumerate(self.rules):
            yield f"rules.{number}.when", rule.when
            yield from ((f"rules.{number}.params.{name}", text) for name, text in rule.params.items())
        yield from (
            (f"limit.bounds.{number}.formula", bound.formula)
            for number, bound in enumerate(self.limit.bounds)
        )
        yield from ((f"limit.debts.{number}", text) for number, text in enumerate(self.limit.debts))
        yield from (
            (f"limit.debts_on_top.{number}", text) for number, text in enumerate(self.limit.debts_on_top)
        )
        yield "price.grade_bp", self.price.grade_bp

    @model_validator(mode="before")
    @classmethod
    def _composed(cls, written: Any) -> Any:
        return compose(written) if isinstance(written, Mapping) else written

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        if found := list(self._contradictions()):
            raise ValueError("\n".join(found))
        return self

    def _contradictions(self) -> Iterator[str]:
        """Yield each key with what is wrong there, as `rules.3.when: unknown courts.shoe_size`."""
        for name, table in self.tables.items():
            starts = [start for start, _ in table]
            if starts != sorted(set(starts)):
                yield f"tables.{name}: the starting values of the rows must rise"
        known = self._known_names()
        for where, text in self._expressions():
            if unknown := paths(text) - known:
                yield f"{where}: {'; '.join(_unknown(path, known) for path in sorted(unknown))}"
        yield from _doubled("rules", [f"{rule.code} of {rule.source}: {rule.when}" for rule in self.rules])
        yield from _doubled("limit.bounds", [bound.code for bound in self.limit.bounds])
        if self.scorecard is not None:
            yield from self._odd_points(self.scorecard)
        if not_asked := set(self.limit.offer_sources) - self.sources.keys():
            yield (
                f"limit.offer_sources: unknown {', '.join(sorted(not_asked))};"
                f" known are {', '.join(sorted(self.sources))}"
            )
        if self.servicing.repayment != RepaymentTerms():
            yield "servicing.repayment: section `[terms]` says that"
        for source, needs in self.sources.items():
            for field, fact in needs.facts.items():
                if fact.given and needs.facts.get(fact.given, Fact(type="text")).type != "bool":
                    yield f"sources.{source}.facts.{field}: `given` must name a bool"
        if self.costs.alarm_ppm > self.costs.ceiling_ppm:
            yield "costs.alarm_ppm: must not lie above costs.ceiling_ppm"
        if not self.servicing.early_repayment and "on_demand" in self.asking.methods:
            yield "servicing.early_repayment: on_demand lets the borrower repay at any time"
        yield from self._faults_of_ranges()
        yield from self._faults_of_screens()

    def _faults_of_ranges(self) -> Iterator[str]:
        content = self.model_dump(mode="json") if self.ranges else {}
        for path, (least, most) in self.ranges.items():
            value = _find(content, path)
            if least > most:
                yield f"ranges.{path}: the least, {least}, lies above the most, {most}"
            elif type(value) is not int:
                yield f"ranges.{path}: the document has no such whole number"
            elif not least <= value <= most:
                yield f"{path}: {value} lies outside its range, {least} to {most}"

    def _faults_of_screens(self) -> Iterator[str]:
        if len(set(self.screens)) < len(self.screens) or {"amount", "consent", "check"} - set(self.screens):
            yield "screens: must contain amount, consent and check, and each screen once"
        if self.screens[-2:] != ["check", "papers"] and self.screens[-1] != "check":
            yield "screens: nothing but papers may follow check"
        if ("papers" in self.screens) != bool(self.asking.documents):
            yield "screens: papers is a screen exactly if asking.documents names any"
        if "authorise" in self.screens and "tax" not in self.sources:
            yield "screens: authorise needs the source tax"

    def _odd_points(self, scorecard: Scorecard) -> Iterator[str]:
        yield from _doubled("scorecard.attributes", [each.fact for each in scorecard.attributes])
        for each in scorecard.attributes:
            source, field = each.path
            needs = self.sources.get(source)
            fact = needs.facts.get(field) if needs else None
            kind = {"int": int, "text": str}.get(fact.type) if fact else None
            starts = [start for start, _ in each.points]
            if kind is None or any(type(start) is not kind for start in starts):
                yield (f"scorecard: {each.fact} is not a declared number or text like its points")
            if len(set(starts)) < len(starts) or (kind is int and starts != sorted(starts)):
                yield (f"scorecard: the starting values of {each.fact} must rise")

    def _known_names(self) -> set[tuple[str, str]]:
        own = {
            (source, field)
            for source, fields in OWN_FACTS.items()
            if source != "score" or self.scorecard is not None
            for field in fields
        }
        asked = {(source, field) for source, needs in self.sources.items() for field in needs.facts}
        figures = {
            *(("params", name) for name in self.parameters),
            *(("tables", name) for name in self.tables),
            *(("lists", name) for name in self.lists),
        }
        return own | asked | figures

    def with_own(self, own: Mapping[str, Any]) -> ProductDocument:
        """Return the document with what a bank sets for itself, by dotted path: `parameters.cap_fen`, `channels`.

        A figure needs a range, which the document declares. Raises ValueError.
        """
        if not own:
            return self
        content = self.model_dump(mode="json")
        for path, value in own.items():
            if path not in self.ranges and path not in OWN_OF_A_BANK:
                raise ValueError(f"{path}: is not a bank's to set, because ranges does not name it")
            section, _, key = path.rpartition(".")
            (content if not section else _find(content, section))[key] = value
        return ProductDocument.model_validate(content)

    def rate_ppm(self, lpr_ppm: int, grade_bp: int) -> int:
        """Return the rate: LPR + grade + product. 1 bp is 100 ppm."""
        return lpr_ppm + 100 * (grade_bp + self.price.product_bp)


def _find(content: Any, path: str) -> Any:
    """Return what stands at a dotted path, or None."""
    for key in path.split("."):
        content = content.get(key) if isinstance(content, dict) else None
    return content


@lru_cache(maxsize=64)
def _customer_rules(customers: tuple[CustomerGroup, ...]) -> tuple[Rule, ...]:
    if "person" in customers:
        return ()
    # Occupations are stated by the applicant, once, and may be out of date: so this rule never declines.
    named = ", ".join(f'"{group}"' for group in customers)
    when = f"!(application.group in [{named}])"
    return (Rule(code=OTHER_GROUP, source="application", when=when, outcome="refer"),)


def _unknown(path: tuple[str, str], known: Collection[tuple[str, str]]) -> str:
    """Return what is unknown: the field, with those that the source has, or the source, with those that there are."""
    source, _ = path
    fields = sorted(name for each, name in known if each == source)
    choice = ", ".join(fields or sorted({each for each, _ in known}))
    return f"unknown {'.'.join(path)}; {'fields of ' + source if fields else 'sources'} are {choice}"


def _doubled(where: str, names: list[str]) -> Iterator[str]:
    if doubled := {name for name in names if names.count(name) > 1}:
        yield f"{where}: doubled {', '.join(sorted(doubled))}"
