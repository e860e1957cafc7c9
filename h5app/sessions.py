"""Server-side sessions: the browser holds a random secret, the database its hash. Logout ends a session for good."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal, cast, get_args

from sqlalchemy import ColumnElement, Connection, bindparam, func, insert, select, update
from starlette.requests import Request

from h5app import launches
from h5app.devices import UNKNOWN
from h5app.services import Services
from h5app.settings import H5Settings
from h5app.tables import display_choices, placed, sessions
from partner_adapters.core_bank.wire import Evidence
from partner_adapters.identity.identity import Check
from partner_adapters.identity.policy import Action
from partner_adapters.kit.durable.keyed_read import KeyedRead
from partner_adapters.kit.durable.store import DatabaseAway
from partner_adapters.kit.pages.security import sessions as kit
from partner_adapters.kit.pages.security.cookies import cookie_name, read_cookie
from partner_adapters.kit.pages.security.secrets import hash_secret, new_secret
from partner_adapters.kit.pages.security.sessions import new_ref
from partner_adapters.kit.values.texts import Lang

TextSize = Literal["standard", "elder", "largest"]
# How many sessions a customer may have at one partner: their devices, and a few that were not left.
MOST_LIVE = 5
# How many of a customer's logins their own copy of everything lists.
MOST_LOGINS = 200
MARK_CHARS = 16

# `crowded`: the customer had too many. `elsewhere`: the customer ended it from another session. `frozen`: the account
# was frozen from elsewhere.
EndedBecause = Literal["crowded", "elsewhere", "frozen"]

MAX_COMPANY = 200  # characters of a company's name that are kept

LEFT_FOR_S = 3600  # for this long a page asks before it logs in again in a browser that was left

# For this long, an intent whose outcome the customer has not seen counts as open: confirming the same thing from a
# fresh form is treated as a retry, not as a second request.
OPEN_FOR = timedelta(minutes=2)


def session_cookie(settings: H5Settings, partner: str) -> str:
    """Return the name of a partner's session cookie, such as `__Host-sb-lyg`.

    Each partner has its own name, so that two partners in one browser never mix.
    """
    return cookie_name(f"sb-{partner}", secure=settings.secure)


def binding_cookie(settings: H5Settings, partner: str) -> str:
    """Return the name of the cookie that ties a pending login to the browser that began it."""
    return f"{session_cookie(settings, partner)}-way"


def left_cookie(settings: H5Settings, partner: str) -> str:
    """Return the name of the cookie that says that the customer left here, so that Back does not log in again."""
    return f"{session_cookie(settings, partner)}-left"


@dataclass(frozen=True)
class Person:
    """The customer whom the bank identified by the partner's statement; names and numbers as the core masks them."""

    customer_id: str
    subject: str
    name_masked: str
    id_number_masked: str
    phone_masked: str


@dataclass(frozen=True)
class FaceStatement:
    """The partner's signed statement about the customer, as it came, and the check it names. It serves any action.

    A partner that checks no faces states a weaker check; the policy decides which actions it serves. The bank accepts
    the statement together with `holder_secret` only.
    """

    evidence: str
    check: Check
    holder_secret: str


@dataclass(frozen=True)
class CardCheckStatement:
    """The bank's signed statement that a card check passed. It serves one intent of one action."""

    evidence: str
    check: Check
    action: Action
    # The bank's own statement names the customer and serves once, so it needs no holder.
    holder_secret: str = ""


CheckStatement = FaceStatement | CardCheckStatement


@dataclass(frozen=True)
class Session:
    """One row of `session`. `ref` names the session to others and grants no access.

    `check` is the customer's latest check and `check_for` the only action it serves, None for any.
    `completed_by_purpose` counts the session's completed intents. `company` is the one for which the host says
    that the customer acts. It is "" where the host gives no name, None where the customer acts for none.
    """

    id_hash: str
    ref: str
    partner: str
    person: Person
    lang: Lang
    text_size: TextSize
    sealed_evidence: str
    check: Check
    check_for: Action | None
    created_at: datetime
    last_seen_at: datetime
    ended_at: datetime | None
    completed_by_purpose: Mapping[str, int]
    company: str | None = None
    ended_because: EndedBecause | None = None
    # What the partner called the launch that the session came from.
    external_reference: str | None = None
    launch_id: str | None = None

    @property
    def customer_id(self) -> str:
        return self.person.customer_id

    def is_live(self, services: Services) -> bool:
        """Whether the session may still be used."""
        return services.settings.session_lifetime.is_live(
            services.clock.wall(),
            created_at=self.created_at,
            last_seen_at=self.last_seen_at,
            ended_at=self.ended_at,
        )


# Session and counts in one statement, because each page view reads both.
_FIND = KeyedRead(
    select(sessions, placed.c.purpose, func.count(placed.c.purpose).label("completed"))
    .join_from(
        sessions,
        placed,
        (placed.c.session_ref == sessions.c.ref)
        & (placed.c.settled_at.is_not(None) | (placed.c.placed_at < bindparam("open_since"))),
        isouter=True,
    )
    .where(sessions.c.id_hash == bindparam("id_hash"), sessions.c.partner == bindparam("partner"))
    .group_by(sessions.c.id_hash, placed.c.purpose)
)


async def find(services: Services, partner: str, request: Request) -> Session | None:
    """Return the session that this browser's cookie names, live or lapsed; None without a cookie or a row."""
    secret = read_cookie(request, session_cookie(services.settings, partner))
    if not secret:
        return None
    open_since = services.clock.wall() - OPEN_FOR
    parameters = {"id_hash": hash_secret(secret), "partner": partner, "open_since": open_since}
    rows = await services.store.read_by_key(_FIND, parameters)
    if not rows:
        return None
    stored = _session(rows)
    return replace(stored, last_seen_at=services.uses.latest(stored.id_hash, stored.last_seen_at))


def _session(rows: Sequence[Any]) -> Session:
    row = rows[0]
    return Session(
        id_hash=row.id_hash,
        ref=row.ref,
        partner=row.partner,
        person=Person(row.customer_id, row.subject, row.name_masked, row.id_number_masked, row.phone_masked),
        lang=row.lang,
        text_size=row.text_size,
        sealed_evidence=row.evidence,
        check=Check(tuple(row.methods.split()), row.assurance, row.checked_at, row.check_ends_at),
        check_for=row.check_for,
        created_at=row.created_at,
        last_seen_at=row.last_seen_at,
        ended_at=row.ended_at,
        completed_by_purpose={each.purpose: each.completed for each in rows if each.purpose is not None},
        company=row.company,
        ended_because=row.ended_because,
        external_reference=row.external_reference,
        launch_id=row.launch_id,
    )


async def is_of_same_person(services: Services, ref: str, session: Session) -> bool:
    """Whether the session with this `ref`, live or not, belonged to the customer of `session`."""
    row = await services.store.read(
        lambda conn: conn.execute(
            select(sessions.c.ref).where(
                sessions.c.ref == ref,
                sessions.c.partner == session.partner,
                sessions.c.customer_id == session.customer_id,
            )
        ).first()
    )
    return row is not None


async def begin(
    services: Services,
    partner: str,
    person: Person,
    statement: CheckStatement,
    display: tuple[Lang | None, TextSize | None],
    replaces: Session | None,
    host_session: str | None = None,
    company: str | None = None,
    ref: str | None = None,
    device: str = UNKNOWN,
    launch_id: str | None = None,
) -> str:
    """Open a session and return the secret for its cookie; the session that it `replaces` in this browser ends.

    Of more than `MOST_LIVE`, the customer's session at this partner that was used longest ago ends too.

    `display`: the look that the host asks for. A choice that the customer once made on our page wins over it.
    `host_session`: the partner's name for this login. `company`: for which the partner says that the customer acts.
    `ref`: the session's reference, where it was given out before. `device`: one of `h5app.devices.KINDS`.
    `launch_id`: of the launch that the customer came from.
    """
    secret, now = new_secret(), services.clock.wall()

    def write(conn: Connection) -> None:
        if replaces is not None:
            _end(conn, replaces.id_hash, now)
        chosen = conn.execute(
            select(display_choices).where(
                display_choices.c.partner == partner, display_choices.c.customer_id == person.customer_id
            )
        ).first()
        lang = chosen.lang if chosen else display[0] or services.partners[partner].partner.lang
        size = chosen.text_size if chosen else display[1] or "standard"
        look = {"lang": lang, "text_size": size}
        check = _check_columns(services, partner, statement)
        named = {"host_session": host_session, "company": None if company is None else company[:MAX_COMPANY]}
        own = (
            {"partner": partner, "ref": ref or new_ref(), "device": device}
            | asdict(person)
            | look
            | check
            | named
        )
        if launch_id is not None:
            own |= launches.sign_in(conn, launch_id, person.customer_id, now)
        kit.begin(conn, sessions, secret, now, own)
        _end_crowded(conn, _live(services, partner, person.customer_id), hash_secret(secret), now)

    # What was used longest ago is decided by what is written.
    await services.uses.write()
    # Two logins at once would each count without the other.
    await services.store.write(write, queue=f"sessions {partner} {person.customer_id}")
    return secret


def _live(services: Services, partner: str, customer_id: str) -> list[ColumnElement[bool]]:
    """Return the condition of the customer's live sessions at a partner, as `Session.is_live` tests one."""
    lifetime, now = services.settings.session_lifetime, services.clock.wall()
    return [
        sessions.c.partner == partner,
        sessions.c.customer_id == customer_id,
        sessions.c.ended_at.is_(None),
        sessions.c.last_seen_at > now - lifetime.idle,
        sessions.c.created_at > now - lifetime.absolute,
    ]


def _end_crowded(conn: Connection, live: list[ColumnElement[bool]], new: str, now: datetime) -> None:
    others = select(sessions.c.id_hash).where(*live, sessions.c.id_hash != new)
    newest_first = others.order_by(sessions.c.last_seen_at.desc(), sessions.c.created_at.desc())
    for id_hash in conn.scalars(newest_first.offset(MOST_LIVE - 1)).all():
        _end(conn, id_hash, now, "crowded")


def _check_columns(services: Services, partner: str, statement: CheckStatement) -> dict[str, Any]:
    check, policy = statement.check, services.partners[partner].partner.step_up
    # A host may name any number of methods of its own. Only those that the policy knows are stored.
    known = {
        name
        for action in get_args(Action)
        for accepted in policy.accepted_checks(action)
        for name in accepted.methods
    }
    return {
        "evidence": services.signing.seal(f"{statement.holder_secret}\n{statement.evidence}"),
        "methods": " ".join(name for name in check.methods if name in known),
        "assurance": check.assurance,
        "checked_at": check.verified_at,
        "check_ends_at": check.expires_at,
        "check_for": statement.action if isinstance(statement, CardCheckStatement) else None,
    }


async def renew_check(services: Services, session: Session, statement: CheckStatement) -> None:
    """Record a new check of the session's customer. A session that ended meanwhile stays without evidence."""
    values = _check_columns(services, session.partner, statement) | {"last_seen_at": services.clock.wall()}
    live = [sessions.c.id_hash == session.id_hash, sessions.c.ended_at.is_(None)]
    await services.store.write(lambda conn: conn.execute(update(sessions).where(*live).values(**values)))


async def erase_check(services: Services, session: Session) -> None:
    """Remove a statement that serves one intent, once it has served it."""
    # A newer check that arrived meanwhile has another time, and stays.
    same_check = [sessions.c.id_hash == session.id_hash, sessions.c.checked_at == session.check.verified_at]
    values = _check_columns(services, session.partner, FaceStatement("", Check((), None, None), ""))
    with suppress(DatabaseAway):  # the bank itself accepts the statement for no second intent
        await services.store.write(
            lambda conn: conn.execute(update(sessions).where(*same_check).values(**values))
        )


async def end_of_subject(
    services: Services, partner: str, subject: str | None, host_session: str | None
) -> int:
    """End the open sessions of a partner's subject, or only those that the partner calls `host_session`.

    Return how many were open.
    """
    meant = [sessions.c.partner == partner, sessions.c.ended_at.is_(None)]
    if subject is not None:
        meant.append(sessions.c.subject == subject)
    if host_session is not None:
        meant.append(sessions.c.host_session == host_session)
    assert subject is not None or host_session is not None, "a notice names someone"
    ended = update(sessions).where(*meant).values(ended_at=services.clock.wall(), evidence="")
    return await services.store.write(lambda conn: conn.execute(ended).rowcount)


async def is_open(services: Services, secret: str) -> bool:
    """Whether the session with this secret has not ended by logout or by a newer login."""
    same = [sessions.c.id_hash == hash_secret(secret), sessions.c.ended_at.is_(None)]
    row = await services.store.read(lambda conn: conn.execute(select(sessions.c.ref).where(*same)).first())
    return row is not None


async def choose_display(services: Services, session: Session, lang: Lang, text_size: TextSize) -> None:
    """Set language and text size for this session and for the customer's later ones."""
    key = {"partner": session.partner, "customer_id": session.customer_id}

    def write(conn: Connection) -> None:
        display = {"lang": lang, "text_size": text_size}
        conn.execute(update(sessions).where(sessions.c.id_hash == session.id_hash).values(**display))
        own = [display_choices.c[column] == value for column, value in key.items()]
        if conn.execute(update(display_choices).where(*own).values(**display)).rowcount == 0:
            conn.execute(insert(display_choices).values(**key, **display))

    await services.store.write(write)


async def end(services: Services, session: Session) -> None:
    """End the session at logout, for good."""
    now = services.clock.wall()
    await services.store.write(lambda conn: _end(conn, session.id_hash, now))


def _end(conn: Connection, id_hash: str, now: datetime, because: EndedBecause | None = None) -> None:
    kit.end(conn, sessions, id_hash, now, {"evidence": "", "ended_because": because})


async def is_ref_live(services: Services, partner: str, customer_id: str, ref: str) -> bool:
    """Whether this session of the customer is live. The request need not carry its cookie."""
    live = [*_live(services, partner, customer_id), sessions.c.ref == ref]
    row = await services.store.read(lambda conn: conn.execute(select(sessions.c.ref).where(*live)).first())
    return row is not None


def mark_of(ref: str) -> str:
    """Return what a page names a session by. It gives no access."""
    return hash_secret(ref)[:MARK_CHARS]


@dataclass(frozen=True)
class Login:
    """One login as the customer's own copy of everything lists it."""

    device: str
    created_at: datetime
    last_seen_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True)
class Listed:
    """A live session as its customer sees it. `device`: one of `h5app.devices.KINDS`."""

    mark: str
    device: str
    created_at: datetime
    last_seen_at: datetime
    is_this: bool


async def list_live(services: Services, session: Session) -> list[Listed]:
    """Return the live sessions of this one's customer at its partner: this one, then the latest used first."""
    await services.uses.write()
    live = _live(services, session.partner, session.customer_id)
    rows = await services.store.read(lambda conn: conn.execute(select(sessions).where(*live)).all())
    listed = [
        Listed(
            mark_of(row.ref), row.device or UNKNOWN, row.created_at, row.last_seen_at, row.ref == session.ref
        )
        for row in rows
    ]
    return sorted(listed, key=lambda each: (each.is_this, each.last_seen_at), reverse=True)


async def list_logins(services: Services, partner: str, customer_id: str) -> list[Login]:
    """Return the customer's latest logins at a partner that are still recorded, ended ones too, newest first."""
    await services.uses.write()
    own = [sessions.c.partner == partner, sessions.c.customer_id == customer_id]
    query = select(sessions).where(*own).order_by(sessions.c.created_at.desc()).limit(MOST_LOGINS)
    rows = await services.store.read(lambda conn: conn.execute(query).all())
    return [Login(row.device or UNKNOWN, row.created_at, row.last_seen_at, row.ended_at) for row in rows]


async def end_others(services: Services, session: Session, mark: str | None) -> None:
    """End the customer's other live session with this `mark`, or all others. One that has ended stays as it is."""
    now = services.clock.wall()
    others = [*_live(services, session.partner, session.customer_id), sessions.c.id_hash != session.id_hash]

    def write(conn: Connection) -> None:
        for row in conn.execute(select(sessions.c.id_hash, sessions.c.ref).where(*others)).all():
            if mark is None or mark_of(row.ref) == mark:
                _end(conn, row.id_hash, now, "elsewhere")

    await services.store.write(write)


async def end_of_customer(services: Services, customer_id: str, but: Session | None = None) -> None:
    """End every session of the customer whose account was frozen, at every partner. `but`: the one that froze it."""
    now = services.clock.wall()
    open_ = [sessions.c.customer_id == customer_id, sessions.c.ended_at.is_(None)]
    if but is not None:
        open_.append(sessions.c.id_hash != but.id_hash)

    def write(conn: Connection) -> None:
        for id_hash in conn.scalars(select(sessions.c.id_hash).where(*open_)).all():
            _end(conn, id_hash, now, "frozen")

    await services.store.write(write)


def evidence_of(services: Services, session: Session) -> Evidence:
    """Return the latest signed statement about this customer. It must never reach the browser."""
    # Neither contains a line break. In a row of an earlier release the statement stands alone, and the bank then
    # requires a new check.
    holder_secret, _, statement = services.signing.unseal(session.sealed_evidence).rpartition("\n")
    return Evidence(statement=statement, holder_secret=holder_secret)


def as_lang(text: str | None) -> Lang | None:
    """Return the language that the text names, or None."""
    return cast(Lang, text) if text in ("zh", "en") else None


def as_text_size(text: str | None) -> TextSize | None:
    """Return the text size that the text names, or None."""
    return cast(TextSize, text) if text in ("standard", "elder", "largest") else None
