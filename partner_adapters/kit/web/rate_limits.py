"""How often something may be done: the form of a limit, and the counters that hold it in this process.

A program writes its limits as rows of one table and names each row's key for a request. `Counters.serve` counts the
request under every row, and refuses it with status 429 where one of them is full. The counters are in memory: several
nodes count apart, and a restart begins anew.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property, lru_cache
from ipaddress import ip_address, ip_network
from math import ceil
from typing import Literal

import structlog
from limits import RateLimitItemPerSecond
from limits.storage import MovingWindowSupport, Storage
from limits.strategies import MovingWindowRateLimiter
from prometheus_client import Counter
from starlette.requests import Request
from starlette.responses import Response

from partner_adapters.kit.values.clock import Clock
from partner_adapters.kit.values.problems import Problem

REACHED = "limit.reached"
# Keys whose moments are kept. The key that was used longest ago goes first, so a flood of new keys fills no memory.
MAX_KEYS = 100_000
AN_HOUR_S = 3600
# `refused`: a request counts if its answer refuses, and none is served while the limit is full.
# `wrong`: the same, but an answer that does not refuse is always given.
Counts = Literal["every", "refused", "wrong"]

log = structlog.get_logger()


@dataclass(frozen=True)
class Limit:
    """One row: at most `most` of `name` for one `per`, in any period of `within`. `counts` says which requests."""

    name: str
    per: str
    most: int
    within: timedelta
    counts: Counts = "every"
    code: str = REACHED

    @cached_property
    def item(self) -> RateLimitItemPerSecond:
        """The same for the library `limits`."""
        return RateLimitItemPerSecond(self.most, int(self.within.total_seconds()), self.name)


Keyed = tuple[Limit, str]


@lru_cache(maxsize=4096)
def _network_of(host: str) -> str:
    try:
        address = ip_address(host)
    except ValueError:
        return host
    # One household has a whole /64 of IPv6 addresses.
    return str(ip_network((address, 64), strict=False)) if address.version == 6 else host


def sender_of(request: Request) -> str:
    """Return the address that a request comes from, after a trusted proxy; for IPv6 its network."""
    return _network_of(request.client.host) if request.client else ""


@dataclass(frozen=True)
class Standing:
    """How many requests a limit still serves, and in how many seconds the first of those that count stops counting."""

    remaining: int
    reset_s: int


def headers_of(limit: Limit, standing: Standing) -> dict[str, str]:
    """Return the headers of draft-ietf-httpapi-ratelimit-headers that say what is left."""
    return {
        "RateLimit-Policy": f'"{limit.name}";q={limit.most};w={int(limit.within.total_seconds())}',
        "RateLimit": f'"{limit.name}";r={standing.remaining};t={standing.reset_s}',
    }


class LimitReached(Problem):
    """A limit is full. `until` is when the next request is served.

    The headers are those of RFC 9110 (`Retry-After`) and of draft-ietf-httpapi-ratelimit-headers-10.
    """

    def __init__(self, limit: Limit, until: datetime, now: datetime) -> None:
        wait_s = max(1, ceil((until - now).total_seconds()))
        headers = {"Retry-After": str(wait_s), **headers_of(limit, Standing(0, wait_s))}
        # Rounded up, beyond an hour to the minute that a page shows: at the time that is said, it does go on.
        step_s = 1 if wait_s < AN_HOUR_S else 60
        said = datetime.fromtimestamp(ceil((now.timestamp() + wait_s) / step_s) * step_s, UTC)
        params: dict[str, str | int] = {"limit": limit.name, "most": limit.most, "until": said.isoformat()}
        super().__init__(429, limit.code, params=params, headers=headers)
        self.limit = limit


def until_of(problem: Problem) -> datetime | None:
    """Return when a limit that another program reports lets requests through again, or None if it does not say."""
    try:
        return datetime.fromisoformat(str(problem.params.get("until"))).astimezone(UTC)
    except ValueError:
        return None


class Moments(Storage, MovingWindowSupport):
    """The moments at which each key was used, by the clock that is handed in.

    The library's own storage in memory reads the machine's time and has no bound.
    """

    STORAGE_SCHEME = None
    base_exceptions = ValueError

    def __init__(self, clock: Clock, max_keys: int = MAX_KEYS) -> None:
        super().__init__()
        self._clock = clock
        self._max_keys = max_keys
        self._used: OrderedDict[str, array[float]] = OrderedDict()

    def acquire_entry(self, key: str, limit: int, expiry: int, amount: int = 1) -> bool:
        """Note `amount` uses of the key now, unless that would be more than `limit`."""
        now, used = self._within(key, expiry)
        if len(used) + amount > limit:
            return False
        # Sorted also where the machine's time was set back.
        used.extend([max(now, used[-1]) if used else now] * amount)
        self._keep(key, used)
        return True

    def get_moving_window(self, key: str, limit: int, expiry: int) -> tuple[float, int]:
        """Return when the window of the key began, and how often it was used since."""
        now, used = self._within(key, expiry)
        return (used[0] if used else now), len(used)

    def copy(self, key: str, other: str) -> None:
        """Let the uses of a key count for another one too."""
        if used := self._used.get(key):
            self._keep(other, used[:])

    def give_back(self, key: str) -> None:
        """Forget the latest use of the key: what it was counted for turned out not to count."""
        if used := self._used.get(key):
            used.pop()

    def _keep(self, key: str, used: array[float]) -> None:
        self._used[key] = used
        self._used.move_to_end(key)
        if len(self._used) > self._max_keys:
            self._used.popitem(last=False)

    def _within(self, key: str, expiry: int) -> tuple[float, array[float]]:
        now = self._clock.wall().timestamp()
        used = self._used.get(key) or array("d")
        del used[: bisect_right(used, now - expiry)]
        return now, used

    def clear(self, key: str) -> None:
        self._used.pop(key, None)

    def reset(self) -> int:
        count = len(self._used)
        self._used.clear()
        return count

    def check(self) -> bool:
        return True

    # What the library's other strategies would need. Only the moving window is used.

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        raise NotImplementedError

    def get(self, key: str) -> int:
        raise NotImplementedError

    def get_expiry(self, key: str) -> float:
        raise NotImplementedError


class Counters:
    """The counters of one process, and the metric `<program>_limited_total` by limit."""

    def __init__(self, clock: Clock, program: str) -> None:
        self._clock = clock
        self._moments = Moments(clock)
        self._window = MovingWindowRateLimiter(self._moments)
        # The application registers it with its other metrics.
        self.refusals = Counter(f"{program}_limited", "Refused by a limit", ("limit",), registry=None)

    async def serve(self, keyed: Sequence[Keyed], answer: Callable[[], Awaitable[Response]]) -> Response:
        """Return the answer, unless a limit is full. Raises `LimitReached`, also one that `answer` raises."""
        try:
            # Counted before the answer and given back after it, so that no more run side by side than are allowed.
            self._count([each for each in keyed if each[0].counts != "wrong"])
            return await self._answer(keyed, answer)
        except LimitReached as reached:
            self.refusals.labels(reached.limit.name).inc()
            log.warning(REACHED, kind=reached.limit.name)
            raise

    def count(self, limit: Limit, key: str) -> None:
        """Count one use, where the key is known only inside an answer. Raises `LimitReached`."""
        self._count([(limit, key)])

    def standing(self, limit: Limit, key: str) -> Standing:
        """Return what is left of a limit for a key. It counts nothing."""
        stats = self._window.get_window_stats(limit.item, key)
        left_s = max(0, ceil(stats.reset_time - self._clock.wall().timestamp()))
        return Standing(stats.remaining, left_s)

    def carry_over(self, limit: Limit, key: str, other: str) -> None:
        """Let what was counted for a key count for another one too: the same caller has a new name."""
        self._moments.copy(limit.item.key_for(key), limit.item.key_for(other))

    async def _answer(self, keyed: Sequence[Keyed], answer: Callable[[], Awaitable[Response]]) -> Response:
        try:
            response = await answer()
        except Exception as error:
            self._settle(keyed, error.status if isinstance(error, Problem) else 500)
            raise
        self._settle(keyed, response.status_code)
        return response

    def _settle(self, keyed: Sequence[Keyed], status: int) -> None:
        """Count or give back what the status of the answer decides."""
        refuses = 400 <= status < 500
        if not refuses:
            self._give_back([each for each in keyed if each[0].counts == "refused"])
        else:
            self._count([each for each in keyed if each[0].counts == "wrong"])

    def _count(self, keyed: Sequence[Keyed]) -> None:
        for number, (limit, key) in enumerate(keyed):
            if not self._window.hit(limit.item, key):
                # A request that is refused uses up no other limit.
                self._give_back(keyed[:number])
                raise self._reached(limit, key)

    def _give_back(self, keyed: Sequence[Keyed]) -> None:
        for limit, key in keyed:
            self._moments.give_back(limit.item.key_for(key))

    def _reached(self, limit: Limit, key: str) -> LimitReached:
        free_at = self._window.get_window_stats(limit.item, key).reset_time
        return LimitReached(limit, datetime.fromtimestamp(free_at, UTC), self._clock.wall())
