"""The part `doctor` of `sdk/js` on a real Chromium 64, which keeps no cookies in frames."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

from h5app.sdk.routes import versions
from tests.support.browsers.old_phone import OldPhone, old_phone
from tests.support.browsers.partners_page import partners_page
from tests.support.houses.site import served

WITHIN_S = 15
RUN = """(() => {
  const script = document.createElement("script");
  script.src = %s;
  script.onload = () => Sunbridge.doctor({ entry: %s, provide: {} }).then((report) => { window.report = report; });
  document.head.append(script);
})()"""


def test_an_old_browser_is_told_what_it_lacks(tmp_path: Path) -> None:
    with partners_page() as app, served(tmp_path, framed_by=[app]) as bank, old_phone() as phone:
        phone.open(app)
        src = f"{bank.base_url}/sdk/{versions()[-1]}/sunbridge.classic.js"
        entry = f"{bank.base_url}/lyg/enter"
        phone.tab.call("Runtime.evaluate", expression=RUN % (json.dumps(src), json.dumps(entry)))
        report = reported(phone)
        states = {check["check"]: check["state"] for check in report["checks"] if check["state"] != "ok"}
        assert states == {"cookies": "missing", "bridge": "unknown", "login_page": "unknown"}
        phone.open("about:blank")


def reported(phone: OldPhone) -> dict[str, Any]:
    deadline = time.monotonic() + WITHIN_S
    while True:
        answer = phone.tab.call("Runtime.evaluate", expression="JSON.stringify(window.report || null)")
        report: dict[str, Any] | None = json.loads(answer["result"]["value"])
        if report:
            return report
        assert time.monotonic() < deadline, "no report"
        time.sleep(0.1)
