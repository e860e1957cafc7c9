"""Server-side sessions: the browser holds a random id, the database its hash; new at login, dead after logout."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, cast, get_args

from sqlalchemy import Connection, bindparam, func, insert, select, update
from starlette.requests import Request

from h5app.services import Parts
from h5app.settings import H5Settings
from h5app.tables import display_choices, placed, sessions
from partner_adapters.identity.identity import Check
from partner_adapters.identity.policy import Action
from partner_adapters.kit.durable.keyed_read import KeyedRead
from partner_adapters.kit.durable.store import DatabaseAway
from partner_adapters.kit.pages.security import sessions as kit
from partner_adapters.kit.pages.security.cookies import cookie_name, read_cookie
from partner_adapters.kit.pages.security.secrets import hash_secret, new_secret
from partner_adapters.kit.values.wire import Lang

TextSize = Literal["standard", "elder", "largest"]
TOUCH_EVERY = timedelta(minutes=1)
"""A page view writes its time at most this often."""

OPEN_FOR = timedelta(minutes=2)
"""A confirmed intent whose outcome nobody has seen is not behind us for this long: confirming the like of it again,
from a form fetched anew, is taken for the same wish."""


@dataclass(frozen=True)
class Person:
    """Whom the bank found behind the partner's word; masked, as the core tells it."""

    customer_id: str
    subject: str
    name_masked: str
    id_number_masked: str
    phone_masked: str


@dataclass(frozen=True)
class Word:
    """What vouches for the person: the evidence as it came, and how strong it is."""

    evidence: str
    check: Check
    check_for: Action | None = None
    """The one action, and one intent, that the bank's own word serves; None: the partner's, for any."""


@dataclass(frozen=True)
class Session:
    """`ref` names the session to others and opens nothing. `turns`: how many intents of a purpose are behind it."""

    id_hash: str
    ref: str
    partner: str
    person: Person
    lang: Lang
    text_size: TextSize
    sealed_evidence: str
    check: Check
    """How and when the person was last checked."""
    check_for: Action | None
    """As in `Word`."""
    created_at: datetime
    last_seen_at: datetime
    ended_at: datetime | None
    turns: Mapping[str, int]

    @property
    def customer_id(self) -> str:
        return self.person.customer_id

    def is_live(self, parts: Parts) -> bool:
        """Whether the session may still be used."""
        return parts.settings.session_lifetime.is_live(
            parts.clock.wall(),
            created_at=self.created_at,
            last_seen_at=self.last_seen_at,
            ended_at=self.ended_at,
        )


_FIND = KeyedRead(
    select(sessions, placed.c.purpose, func.count(placed.c.purpose).label("behind"))
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


def session_cookie(settings: H5Settings, partner: str) -> str:
    """Return the name of a partner's session cookie, such as `__Host-sb-lyg`.

    Each partner has its own name, so that two partners in one browser never mix.
    """
    return cookie_name(f"sb-{partner}", secure=settings.secure)


def binding_cookie(settings: H5Settings, partner: str) -> str:
    """Return the name of the cookie that ties a pending login to the browser that began it."""
    return f"{session_cookie(settings, partner)}-way"


async def find(parts: Parts, partner: str, request: Request) -> Session | None:
    """The session this browser names, live or lapsed; None where it names none."""
    secret = read_cookie(request, session_cookie(parts.settings, partner))
    if not secret:
        return None
    open_since = parts.clock.wall() - OPEN_FOR
    named = {"id_hash": hash_secret(secret), "partner": partner, "open_since": open_since}
    rows = await parts.store.read_by_key(_FIND, named)
    return _session(rows) if rows else None


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
        check=Check(tuple(row.methods.split()), row.assurance, row.checked_at),
        check_for=row.check_for,
        created_at=row.created_at,
        last_seen_at=row.last_seen_at,
        ended_at=row.ended_at,
        turns={each.purpose: each.behind for each in rows if each.purpose is not None},
    )


async def is_of_same_person(parts: Parts, ref: str, session: Session) -> bool:
    """Whether the session named `ref`, live or not, was `session`'s person's."""
    row = await parts.store.read(
        lambda conn: conn.execute(
            select(sessions.c.ref).where(
                sessions.c.ref == ref,
                sessions.c.partner == session.partner,
                sessions.c.customer_id == session.customer_id,
            )
        ).first()
    )
    return row is not None


async def touch(parts: Parts, session: Session) -> None:
    """Note that the person is here, at most once a minute."""
    now = parts.clock.wall()
    if now - session.last_seen_at >= TOUCH_EVERY:
        with suppress(DatabaseAway):  # the next page view notes it
            await parts.store.write(lambda conn: kit.touch(conn, sessions, session.id_hash, now))


async def begin(
    parts: Parts,
    partner: str,
    person: Person,
    word: Word,
    display: tuple[Lang | None, TextSize | None],
    replaces: Session | None,
) -> str:
    """A new session; the one it `replaces` in this browser ends. Returns the secret for the cookie.

    `display`: what the host asked for; a choice the person once made here wins over it.
    """
    secret, now = new_secret(), parts.clock.wall()

    def write(conn: Connection) -> None:
        if replaces is not None:
            _end(conn, replaces.id_hash, now)
        chosen = conn.execute(
            select(display_choices).where(
                display_choices.c.partner == partner, display_choices.c.customer_id == person.customer_id
            )
        ).first()
        lang = chosen.lang if chosen else display[0] or parts.partners[partner].partner.lang
        size = chosen.text_size if chosen else display[1] or "standard"
        display_values = {"lang": lang, "text_size": size}
        values = {"partner": partner} | asdict(person) | display_values | _kept(parts, partner, word)
        kit.begin(conn, sessions, secret, now, values)

    await parts.store.write(write)
    return secret


def _kept(parts: Parts, partner: str, word: Word) -> dict[str, Any]:
    check, policy = word.check, parts.partners[partner].partner.step_up
    # A host may name as many others as it likes, and as it likes: nobody asks for them.
    asked_for = {name for action in get_args(Action) for way in policy.ways(action) for name in way.methods}
    return {
        "evidence": parts.signing.seal(word.evidence),
        "methods": " ".join(name for name in check.methods if name in asked_for),
        "assurance": check.assurance,
        "checked_at": check.verified_at,
        "check_for": word.check_for,
    }


async def renew_evidence(parts: Parts, session: Session, word: Word) -> None:
    """The person of this session has just been checked again. A session that ended meanwhile stays without a word."""
    values = _kept(parts, session.partner, word) | {"last_seen_at": parts.clock.wall()}
    here = [sessions.c.id_hash == session.id_hash, sessions.c.ended_at.is_(None)]
    await parts.store.write(lambda conn: conn.execute(update(sessions).where(*here).values(**values)))


async def spend_word(parts: Parts, session: Session) -> None:
    """A word that serves one intent has served it."""
    nothing = Word("", Check((), None, None))
    here = [sessions.c.id_hash == session.id_hash, sessions.c.checked_at == session.check.verified_at]
    values = _kept(parts, session.partner, nothing)
    with suppress(DatabaseAway):  # the bank itself takes it for no second intent
        await parts.store.write(lambda conn: conn.execute(update(sessions).where(*here).values(**values)))


async def choose_display(parts: Parts, session: Session, lang: Lang, text_size: TextSize) -> None:
    """For this session and the person's next ones."""
    key = {"partner": session.partner, "customer_id": session.customer_id}

    def write(conn: Connection) -> None:
        shown = {"lang": lang, "text_size": text_size}
        conn.execute(update(sessions).where(sessions.c.id_hash == session.id_hash).values(**shown))
        mine = [display_choices.c[column] == value for column, value in key.items()]
        if conn.execute(update(display_choices).where(*mine).values(**shown)).rowcount == 0:
            conn.execute(insert(display_choices).values(**key, **shown))

    await parts.store.write(write)


async def end(parts: Parts, session: Session) -> None:
    """Logout: the id opens nothing from now on."""
    now = parts.clock.wall()
    await parts.store.write(lambda conn: _end(conn, session.id_hash, now))


def _end(conn: Connection, id_hash: str, now: datetime) -> None:
    kit.end(conn, sessions, id_hash, now, {"evidence": ""})


def evidence_of(parts: Parts, session: Session) -> str:
    """The latest word about this person, as it came. Never to the browser."""
    return parts.signing.unseal(session.sealed_evidence)


def as_lang(text: str | None) -> Lang | None:
    return cast(Lang, text) if text in ("zh", "en") else None


def as_text_size(text: str | None) -> TextSize | None:
    return cast(TextSize, text) if text in ("standard", "elder", "largest") else None
