"""In CI a test that is skipped has failed: what it would have shown was not shown. Left out of this are tests that take
a file of one's own, named by an environment variable; their reason to skip begins with "set RETOUR_"."""

import os
from collections.abc import Generator
from typing import Any

import pytest

ALLOWED = "set RETOUR_"


def _reason(report: Any) -> str:
    longrepr = report.longrepr
    return str(longrepr[2] if isinstance(longrepr, tuple) else longrepr).removeprefix("Skipped: ")


def _fail_if_skipped(report: Any) -> None:
    in_ci = os.environ.get("CI", "").lower() in ("1", "true")
    if in_ci and report.skipped and not hasattr(report, "wasxfail") and not _reason(report).startswith(ALLOWED):
        report.longrepr = f"skipped, which CI does not allow: {_reason(report)}"
        report.outcome = "failed"


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport() -> Generator[None, Any, None]:
    outcome = yield
    _fail_if_skipped(outcome.get_result())


@pytest.hookimpl(hookwrapper=True)
def pytest_make_collect_report() -> Generator[None, Any, None]:
    outcome = yield
    _fail_if_skipped(outcome.get_result())
