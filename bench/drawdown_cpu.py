"""Where a drawdown's processor time goes, from the home page to "the money is there": by thread, and inside databases.

Every party runs in this process on loopback; the browser is another process and neither it nor driving it is counted.
Each drawdown finds one loan more than the one before.
"""

from __future__ import annotations

import statistics

from bench.kit.counting import Costs, counted
from bench.kit.walking import walker

DRAWDOWNS = 3
THREADS = {
    "h5app": "h5app: pages, sessions, calls to the core",
    "world": "core bank and the other parties: requests, background jobs",
    "write": "every party's writing transactions",
    "read": "every party's reading transactions",
}


def main() -> None:
    with walker("li_xiuying") as way:
        way.take_phone()
        way.enter()
        way.see_limit()
        way.until_offered()
        way.open_account()
        way.until_done("电子账户开通了")
        way.apply("80000")
        way.see_decision("批下来了")
        way.sign()
        plain: list[Costs] = []
        watched: list[Costs] = []
        for _ in range(DRAWDOWNS):
            for kept, inside_drivers in ((plain, False), (watched, True)):
                with counted(inside_drivers=inside_drivers) as costs:
                    way.draw("5000")
                kept.append(costs)
    report(plain, watched)


def report(plain: list[Costs], watched: list[Costs]) -> None:
    totals = [sum(costs.threads_s[name] for name in THREADS) for costs in plain]
    total = statistics.median(totals)
    print(f"a drawdown: {1000 * total:.0f} ms of processor time, median of {len(plain)}")
    for name, meaning in THREADS.items():
        shares = [costs.threads_s[name] / whole for costs, whole in zip(plain, totals, strict=True)]
        print(f"{100 * statistics.median(shares):6.1f} %  {meaning}")
    for database in sorted({name for costs in watched for name in costs.statements}):
        inside = statistics.median(costs.driver_s[database] for costs in watched) / total
        count = statistics.median(costs.statements[database] for costs in watched)
        print(f"{100 * inside:6.1f} %  of it inside {database}'s driver, {count:.0f} statements")


if __name__ == "__main__":
    main()
