"""Each step of a citizen's way: time in the browser, statements by database, calls between parties.

Background work during a step counts with it. The time includes the citizen's own, such as five seconds for reading
the contract, and the waiting of pages that poll.
"""

from __future__ import annotations

from collections.abc import Callable

from bench.kit.counting import Costs, counted
from bench.kit.walking import walker
from tests.support.people.way import Way


def logged_in(way: Way) -> None:
    way.take_phone()
    way.enter()


def offered(way: Way) -> None:
    way.see_limit()
    way.until_offered()


def opened(way: Way) -> None:
    way.open_account()
    way.until_done("电子账户开通了")


def topped_up(way: Way) -> None:
    way.top_up("100")
    way.until_done("充值成功")


def applied(way: Way) -> None:
    way.apply("80000")
    way.see_decision("批下来了")


STEPS: dict[str, Callable[[Way], None]] = {
    "log in": logged_in,
    "see the limit": offered,
    "open the account": opened,
    "top up": topped_up,
    "apply": applied,
    "read and sign": lambda way: way.sign(),
    "home page": lambda way: way.home(),
    "draw": lambda way: way.draw("20000"),
    "read the statement": lambda way: way.read_statement(),
}


def row(name: str, costs: Costs) -> str:
    bank, ours = costs.statements["core_bank"], costs.statements["h5app"]
    rest = costs.statements.total() - bank - ours
    return f"{name:20}{costs.seconds:9.2f}{ours:9}{bank:9}{rest:9}{costs.calls.total():9}"


def main() -> None:
    print(f"{'step':20}{'seconds':>9}{'SQL h5':>9}{'SQL core':>9}{'SQL rest':>9}{'calls':>9}")
    with walker("li_xiuying") as way:
        for name, step in STEPS.items():
            with counted() as costs:
                step(way)
            print(row(name, costs))


if __name__ == "__main__":
    main()
