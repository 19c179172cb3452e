"""The rule of CI that a skipped test has failed (tests/plugins/no_skips.py), on a run of pytest of its own."""

import os
import subprocess
import sys

import pytest

from retour.processes import ROOT

SKIPPING = """
import pytest
def test_one(): pytest.skip("no browser here")
@pytest.mark.skip(reason="set RETOUR_SOMETHING to a file of yours to run it")
def test_two(): pass
@pytest.mark.xfail(reason="known")
def test_three(): assert False
def test_four(): pass
"""


@pytest.mark.parametrize(
    ("ci", "outcome"), [("true", "1 failed, 1 passed, 1 skipped, 1 xfailed"), ("", "1 passed, 2 skipped, 1 xfailed")]
)
def test_a_skip_fails_in_ci_only(tmp_path, ci, outcome):
    (tmp_path / "test_skipping.py").write_text(SKIPPING)
    (tmp_path / "test_whole_file.py").write_text("import pytest\npytest.skip('none of it', allow_module_level=True)\n")

    def run(file: str) -> str:
        command = [sys.executable, "-m", "pytest", "-q", "-p", "tests.plugins.no_skips", "-p", "no:cacheprovider", file]
        env = os.environ | {"CI": ci, "PYTHONPATH": str(ROOT)}
        return subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True).stdout

    assert outcome in run("test_skipping.py")
    assert ("1 error" in run("test_whole_file.py")) == bool(ci)
