"""A skip gives its reason and what to install; where skips are forbidden, it fails."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parent

BROWSER = "def test_page(browser):\n    pass\n"
MODULE = 'import pytest\npytest.skip("not on this moon", allow_module_level=True)\n'
FORBIDDEN = "A skip is a failure here, because CNN_GALLERY_NO_SKIPS=1"
EXPECTED = "import pytest\n@pytest.mark.xfail\ndef test_known():\n    assert False\n"


def run(folder: Path, *sources: str, no_skips: bool) -> tuple[int, str]:
    """Run test files under the suite's conftest, on a machine that has no browser."""
    for before in folder.glob("test_made_up_*.py"):
        before.unlink()
    for number, source in enumerate(sources):
        (folder / f"test_made_up_{number}.py").write_text(source)
    environment = os.environ | {
        "PATH": str(folder),
        "PLAYWRIGHT_BROWSERS_PATH": str(folder),
        "PYTHONPATH": str(TESTS),
        "CNN_GALLERY_NO_SKIPS": "1" if no_skips else "",
    }
    command = [sys.executable, "-m", "pytest", "-p", "conftest", "-rs", "--rootdir", folder]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    return done.returncode, " ".join(done.stdout.split())


def test_a_skip_gives_its_reason_and_fails_where_forbidden(tmp_path: Path) -> None:
    """Of a test that has no browser, and of a whole module."""
    reasons = ("sudo apt-get install chromium", "not on this moon")
    status, said = run(tmp_path, BROWSER, MODULE, no_skips=False)
    assert status == pytest.ExitCode.OK
    assert "2 skipped" in said
    assert all(reason in said for reason in reasons)
    status, said = run(tmp_path, BROWSER, no_skips=True)
    assert status == pytest.ExitCode.TESTS_FAILED
    assert reasons[0] in said and FORBIDDEN in said
    status, said = run(tmp_path, MODULE, no_skips=True)
    assert status == pytest.ExitCode.INTERRUPTED  # it cannot be collected
    assert reasons[1] in said and FORBIDDEN in said


def test_an_expected_failure_is_no_skip(tmp_path: Path) -> None:
    status, said = run(tmp_path, EXPECTED, no_skips=True)
    assert status == pytest.ExitCode.OK
    assert "1 xfailed" in said
