"""Run `async def` tests without a plugin."""

from __future__ import annotations

import asyncio
import inspect
import shutil
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from console.lab.kafka.apache import ApacheKafka

TEST_SECONDS, NIGHT_SECONDS = 120, 600  # for what hangs: two busy cores are no failure


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    names = pyfuncitem._fixtureinfo.argnames
    arguments = {name: pyfuncitem.funcargs[name] for name in names}
    limit = NIGHT_SECONDS if pyfuncitem.get_closest_marker("night") else TEST_SECONDS

    async def limited() -> None:
        async with asyncio.timeout(limit):
            await pyfuncitem.obj(**arguments)

    asyncio.run(limited())
    return True


@pytest.fixture
def apache(running: ApacheKafka) -> ApacheKafka:
    """Three real brokers; every test uses topics and groups of its own and leaves all brokers up.

    Whole again whatever the test before did to them: of a broker that is back, replicas and leaders
    come home seconds later.
    """
    asyncio.run(running.until_in_sync())
    return running


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApacheKafka]:
    """One for all rooms of tests: it is four JVMs.

    ApacheKafka is tied to no event loop, so tests may each run their own.
    """
    from console.lab.kafka import jars
    from console.lab.kafka.apache import ApacheKafka

    if reason := jars.missing_tools():
        pytest.skip(f"Apache Kafka: {reason}")
    jars.fetch()
    kafka = ApacheKafka(tmp_path_factory.mktemp("kafka") / "data")
    asyncio.run(kafka.start())
    yield kafka
    asyncio.run(kafka.close())


TOLERATED = "kubectl is not installed"  # it judges where it happens to be; nobody installs it


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say what tests measured, and how many were skipped and why, even when none was."""
    for report in terminalreporter.stats.get("passed", []):
        for name, told in report.user_properties:
            terminalreporter.write_line(f"{name}: {told}")
    skipped = terminalreporter.stats.get("skipped", [])
    reasons = Counter(_reason(report) for report in skipped)
    terminalreporter.write_line(f"skipped: {len(skipped)}")
    for reason, count in reasons.items():
        terminalreporter.write_line(f"  {count} × {reason}")


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Where java and mvn exist everything can run: a skip is a failure."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    skipped = reporter.stats.get("skipped", []) if reporter else []
    lame = [report for report in skipped if TOLERATED not in _reason(report)]
    if lame and shutil.which("java") and shutil.which("mvn"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def _reason(report: pytest.TestReport) -> str:
    return str(report.longrepr[2]) if isinstance(report.longrepr, tuple) else str(report.longrepr)
