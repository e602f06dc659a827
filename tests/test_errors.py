"""What went wrong, as messages say it."""

from __future__ import annotations

import errno
import os

import pytest

from generator.errors import reason_of


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "a file"), os.strerror(errno.ENOSPC)),
        (TimeoutError("timed out"), "timed out"),  # an error of the system without a number
        (ValueError("no such codec"), "no such codec"),
    ],
)
def test_the_reason_names_no_file_and_is_never_none(error: Exception, reason: str) -> None:
    assert reason_of(error) == reason
