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
EXPECTED = "import pytest\n@pytest.mark.xfail\ndef test_known():\n    assert False\n"


def run(folder: Path, source: str, *, no_skips: bool) -> tuple[int, str]:
    """Run a test file under the suite's conftest, on a machine that has no browser."""
    (folder / "test_made_up.py").write_text(source)
    environment = os.environ | {
        "PATH": str(folder),
        "PLAYWRIGHT_BROWSERS_PATH": str(folder),
        "PYTHONPATH": str(TESTS),
        "CNN_GALLERY_NO_SKIPS": "1" if no_skips else "",
    }
    command = [sys.executable, "-m", "pytest", "-p", "conftest", "-rs", "--rootdir", folder]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    return done.returncode, " ".join(done.stdout.split())


@pytest.mark.parametrize(
    ("source", "reason"),
    [(BROWSER, "sudo apt-get install chromium"), (MODULE, "not on this moon")],
    ids=["a test without a browser", "a whole module"],
)
def test_a_skip_gives_its_reason_and_fails_where_forbidden(
    tmp_path: Path, source: str, reason: str
) -> None:
    status, said = run(tmp_path, source, no_skips=False)
    assert status in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED)
    assert "1 skipped" in said
    assert reason in said
    status, said = run(tmp_path, source, no_skips=True)
    assert status not in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED)
    assert reason in said
    assert "A skip is a failure here, because CNN_GALLERY_NO_SKIPS=1" in said


def test_an_expected_failure_is_no_skip(tmp_path: Path) -> None:
    status, said = run(tmp_path, EXPECTED, no_skips=True)
    assert status == pytest.ExitCode.OK
    assert "1 xfailed" in said
