"""Named places where a process can be told to die: for proving that a crash there loses and doubles nothing.

One switch, given when the process starts (`SUNBRIDGE_CRASH_AT`), never a matter of timing: `outbox.claimed` kills at
the first passing, `outbox.claimed:top_up.debit` at the first with that subject. Without the switch a point does
nothing. Unlike everything else it is not handed from object to object: it ends the process, so it is the process's.
"""

from __future__ import annotations

import os
import signal

POINTS = {
    "before_commit": "a named transaction has written everything and committed nothing",
    "after_commit": "a named transaction is committed, and its caller has no answer yet",
    "outbox.claimed": "a worker has leased the row, and its handler has done nothing",
    "outbox.called": "the handler has made its calls, and nothing of their effect is written",
    "post.read": "h5app has read a form that a customer sent, and has done nothing with it",
    "core_call.before_send": "h5app is about to send a command to the core",
    "core_call.answered": "the core has answered a command, and the customer has no answer yet",
}
"""Every point and what is true there. Subjects: a command's wire model, an outbox row's kind, a path."""

_armed = ""


def arm(switch: str) -> None:
    """At the start of a process: die at this point (`point` or `point:subject`; empty: nowhere).

    Ends the process with a message when there is no such point.
    """
    global _armed
    if switch and switch.partition(":")[0] not in POINTS:
        raise SystemExit(f"SUNBRIDGE_CRASH_AT: there is no {switch!r}; there are {', '.join(POINTS)}")
    _armed = switch


def reached(point: str, subject: str) -> None:
    """Die here, as by `kill -9`, if the switch says so."""
    if _armed and _armed in (point, f"{point}:{subject}"):
        os.kill(os.getpid(), signal.SIGKILL)
