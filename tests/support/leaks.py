"""Search every log, metric and trace that the tests caused for a persona's plain name or number, after the
whole run.

Every test's applications log as in life, into `.sunbridge/test-logs/`, one file a worker. Processes that
tests start leave their logs in the run's temporary folders. Every label of a metric is noted, and so is
every span. Traces are on for all that runs in this process. One plain value fails the run.

`pytest -p tests.support.leaks` watches a run without our conftest.
"""

from __future__ import annotations

import json
import re
import shutil
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, TextIO
from urllib.parse import quote, quote_plus

import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExporter, SpanExportResult
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics import MetricWrapperBase

from mock_partners.testing.people.personas import PEOPLE
from partner_adapters.kit.observed.sinks import LineSink
from partner_adapters.kit.observed.spans import traced_by
from partner_adapters.kit.web.logs import configure_logs


def plain_values() -> dict[str, str]:
    """What no log may show → whose it is; as it is, and as JSON and addresses write it."""
    return {
        spelling: f"{kind} of {who.key}"
        for who in PEOPLE
        for kind, value in (
            ("name", who.name),
            ("name", who.name_en),
            ("id number", who.id_number),
            ("phone", who.phone),
            ("address", who.address),
            *(("card", card.number) for card in who.cards),
        )
        for spelling in (value, json.dumps(value)[1:-1], quote(value), quote_plus(value))
    }


PLAIN = plain_values()
_WHOSE = {value.lower(): whose for value, whose in PLAIN.items()}
# Lines are searched in lower case: a pattern that ignores case itself takes ten times as long.
_ANY = re.compile("|".join(map(re.escape, sorted(_WHOSE, key=len, reverse=True))))


def found_in(lines: Iterable[str], where: str) -> Iterator[str]:
    """One sentence a leak."""
    for number, line in enumerate(map(str.lower, lines), 1):
        for value in set(_ANY.findall(line)):
            yield f"{where}:{number} shows the {_WHOSE[value]}: {_ANY.sub('…', line)[:300].strip()}"


def found_below(folder: Path) -> tuple[list[str], int]:
    """The leaks in every `*.log` below the folder, and how many lines were searched."""
    leaks, searched = [], 0
    for file in sorted(folder.rglob("*.log")):
        if file.is_file():
            lines = file.read_text("utf-8", "replace").splitlines()
            searched += len(lines)
            leaks += found_in(lines, str(file))
    return leaks, searched


class _Tee:
    """Write into the file, and to the output that a tester reads when a test fails."""

    def __init__(self, file: TextIO) -> None:
        self._file = file

    def write(self, line: bytes) -> None:
        text = line.decode()
        sys.stdout.write(text)
        self._file.write(text)


class _SpanFile(SpanExporter):
    """Everything of a span that could hold a text of ours, a line each."""

    def __init__(self, file: TextIO) -> None:
        self._file = file

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        for span in spans:
            beside = [dict(one.attributes or {}) for one in (*span.events, *span.links)]
            said = [span.name, dict(span.attributes or {}), span.status.description, beside]
            self._file.write(json.dumps(said, ensure_ascii=False) + "\n")
        return SpanExportResult.SUCCESS


class _Watch:
    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._worker = getattr(config, "workerinput", {}).get("workerid", "")
        self._folder = config.rootpath / ".sunbridge" / "test-logs"
        self._leaks: list[str] = []
        self._searched = 0
        self._labels: set[str] = set()
        if not self._worker:
            shutil.rmtree(self._folder, ignore_errors=True)
        self._folder.mkdir(parents=True, exist_ok=True)
        self._name = self._worker or "main"
        # Line by line: what a worker that dies has logged is there.
        self._open = ExitStack()
        configure_logs("tests", sink=LineSink(_Tee(self._written("log")).write))
        self._open.enter_context(
            traced_by("tests", SimpleSpanProcessor(_SpanFile(self._written("spans.log"))))
        )
        self._note_labels()

    def _written(self, ending: str) -> TextIO:
        file = (self._folder / f"{self._name}.{ending}").open("w", buffering=1, encoding="utf-8")
        return self._open.enter_context(file)

    def _note_labels(self) -> None:
        of_metric, of_family, seen = MetricWrapperBase.labels, GaugeMetricFamily.add_metric, self._labels

        def labels(metric: Any, *values: Any, **named: Any) -> Any:
            seen.update(map(str, (*values, *named.values())))
            return of_metric(metric, *values, **named)

        def add_metric(family: Any, values: Any, *more: Any, **named: Any) -> None:
            seen.update(map(str, values))
            of_family(family, values, *more, **named)

        MetricWrapperBase.labels = labels  # type: ignore[method-assign]
        GaugeMetricFamily.add_metric = add_metric  # type: ignore[method-assign]

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        self._open.close()
        (self._folder / f"{self._name}.labels.log").write_text("\n".join(sorted(self._labels)), "utf-8")
        if self._worker:
            return
        factory = getattr(self._config, "_tmp_path_factory", None)
        for folder in (self._folder, *([factory.getbasetemp()] if factory else [])):
            leaks, searched = found_below(folder)
            self._leaks += leaks
            self._searched += searched
        if self._leaks:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        if self._worker:
            return
        if self._leaks:
            terminalreporter.section("personal data in logs, metrics or traces", red=True)
            for leak in self._leaks[:20]:
                terminalreporter.line(leak)
        terminalreporter.line(
            f"{self._searched} lines of logs, metrics and traces searched for plain personal data: "
            f"{len(self._leaks)} found"
        )


def watch(config: pytest.Config) -> None:
    if not config.pluginmanager.has_plugin("leaks"):
        config.pluginmanager.register(_Watch(config), "leaks")


def pytest_configure(config: pytest.Config) -> None:
    watch(config)
