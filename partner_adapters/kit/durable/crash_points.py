"""Named points at which a test can kill a process, to prove that a crash there loses and repeats nothing.

The switch is set when the process starts (`SUNBRIDGE_CRASH_AT`) and does not depend on timing. With `outbox.claimed`
the process dies when it first reaches that point. With `outbox.claimed:top_up.debit` it dies when it first reaches that
point with that subject. Without the switch a point does nothing. The switch is a global variable, because it ends the
whole process.
"""

from __future__ import annotations

import os
import signal

# Every point, and what is true when it is reached. A subject is the name of a command's wire model, an outbox row's
# kind, or a path.
POINTS = {
    "before_commit": "a named transaction has written everything and committed nothing",
    "after_commit": "a named transaction is committed, and its caller has no answer yet",
    "outbox.claimed": "a worker has leased the row, and its handler has done nothing",
    "outbox.called": "the handler has made its calls, and nothing of their effect is written",
    "post.read": "h5app has read a form that a customer sent, and has done nothing with it",
    "core_call.before_send": "h5app is about to send a command to the core",
    "core_call.answered": "the core has answered a command, and the customer has no answer yet",
    "webhook.before_post": "an event is about to be posted to a partner's endpoint",
    "webhook.posted": "the endpoint has answered or failed, and nothing of that is recorded",
}

_armed = ""


def arm(switch: str) -> None:
    """Set the crash point of this process at its start: `point`, `point:subject`, or "" for none.

    Ends the process with a message if the point does not exist.
    """
    global _armed
    if switch and switch.partition(":")[0] not in POINTS:
        raise SystemExit(f"SUNBRIDGE_CRASH_AT: unknown point {switch!r}, known are {', '.join(POINTS)}")
    _armed = switch


def reached(point: str, subject: str) -> None:
    """Kill this process with SIGKILL if the switch names this point, alone or with this subject."""
    if _armed and _armed in (point, f"{point}:{subject}"):
        os.kill(os.getpid(), signal.SIGKILL)
