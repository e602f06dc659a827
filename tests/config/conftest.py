from pathlib import Path

import pytest
from pretend_kinds import KINDS

from generator.config.load import load_config
from generator.config.schema import SiteConfig
from generator.errors import ConfigError


class Desk:
    """Writes configs into a folder, and loads them from there as a user would."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def path(self) -> Path:
        return Path("site_config.yml")

    def load(self, text: str | bytes) -> SiteConfig:
        content = text.encode() if isinstance(text, str) else text
        (self.folder / self.path).write_bytes(content)
        return load_config(self.path, KINDS)

    def mistakes(self, text: str | bytes) -> list[str]:
        """The lines of the error that the text gives."""
        with pytest.raises(ConfigError) as caught:
            self.load(text)
        return [line.strip() for line in str(caught.value).splitlines()]

    def mistake(self, text: str | bytes) -> str:
        """The one mistake of the text, as file, line, key and words."""
        head, mistake = self.mistakes(text)
        assert head == "site_config.yml has 1 mistake:"
        return mistake


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.chdir(tmp_path)
    return Desk(tmp_path)
