"""Is there anything to build? Answered from the last build's ledger, in milliseconds.

Neither the config's types nor the network are needed: a config file whose bytes are the same asks
for the same site, as long as all that it leads to is the same too. Nothing is written, except a
ledger with newer times where files were touched but hold the same bytes.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import yaml

from generator.cache.ledger import Inputs, Ledger, latest, rewrite
from generator.errors import CacheError
from generator.incremental.environment import environment
from generator.utils.stamps import Stamp, listed, stale, tree
from generator.utils.wording import counted

DEFAULT_CACHE = ".cnn-gallery"  # as in the config's schema, which takes longer to import
_PACKAGE = str(Path(__file__).resolve().parent.parent)
# The loader in C, where PyYAML came with it, takes a tenth of the time.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True)
class LastBuild:
    """The last build of a config, and what changed since: in words, empty where nothing did."""

    ledger: Ledger | None
    change: str

    @property
    def up_to_date(self) -> bool:
        """Whether a build would find nothing to do."""
        return self.ledger is not None and not self.change


def last_build(config: Path) -> LastBuild:
    """The last build of a config, with the first change since that is found, if there is any."""
    cache = cache_folder(config)
    ledger = latest(cache, config) if cache else None
    if ledger is None:
        return LastBuild(None, "no earlier build is known")
    now = time.time_ns()
    inputs: dict[str, Stamp] = {}
    site: dict[str, Stamp] = {}
    change = next(_changes(ledger, inputs, site), "")
    if not change and (inputs or site):
        with suppress(CacheError):  # the next time takes as long as this one, that is all
            rewrite(_refreshed(ledger, now, inputs, site))
    return LastBuild(ledger, change)


def cache_folder(config: Path) -> Path | None:
    """The cache that a config names; ``None`` where that cannot be made out.

    A glance, without the checks of `generator.config`: whatever a ledger found there says, it
    counts only if the config's file still is the one that it was written for.
    """
    try:
        document = yaml.load(config.read_bytes(), Loader=_LOADER) or {}
        named = (document.get("output") or {}).get("cache") or DEFAULT_CACHE
        place = named if isinstance(named, str) else named.get("dir") or DEFAULT_CACHE
        return config.parent / os.path.expanduser(place)  # noqa: PTH111 (as the config does it)
    except (OSError, ValueError, TypeError, AttributeError, RecursionError, yaml.YAMLError):
        return None


def _changes(ledger: Ledger, inputs: dict[str, Stamp], site: dict[str, Stamp]) -> Iterator[str]:
    """What is not as it was, the likeliest first. Given new stamps of files that were touched."""
    home = os.path.dirname(ledger.config)  # noqa: PTH120
    if ledger.failed:
        yield f"{counted(len(ledger.failed), 'task')} could not be computed in the last build"
    if ledger.coarse:
        yield f"{ledger.coarse} of the site's pictures are coarse so far"
    yield from _input_changes(ledger.inputs, inputs, home)
    yield from _site_changes(ledger, site)
    for path in stale(ledger.cache_files, ledger.looked, {}):
        yield f"a file of the cache is not as it was: {_shown(path, home)}"


def _input_changes(inputs: Inputs, fresh: dict[str, Stamp], home: str) -> Iterator[str]:
    if _PACKAGE not in {folder for folder, _, _ in inputs.listings}:
        yield f"cnn-gallery itself runs from another folder, {_PACKAGE}"  # another version, perhaps
    for path in stale(inputs.files, inputs.looked, fresh):
        yield f"{_shown(path, home)} changed"
    for folder, pattern, names in inputs.listings:
        for name in sorted(set(names) ^ set(listed(folder, pattern))):
            what = "gone" if name in names else "new"
            yield f"{_shown(os.path.join(folder, name), home)} is {what}"  # noqa: PTH118
    now = environment()
    for name in sorted(inputs.environment.keys() | now.keys()):
        before, after = inputs.environment.get(name, "none"), now.get(name, "none")
        if before != after:
            yield f"{name}: {_line(before)} -> {_line(after)}"


def _site_changes(ledger: Ledger, fresh: dict[str, Stamp]) -> Iterator[str]:
    found = tree(ledger.site)
    for name in sorted(set(found) ^ ledger.site_files.keys()):
        yield f"{name} of the site was {'added' if name in found else 'removed'}"
    prefix = os.path.join(ledger.site, "")  # noqa: PTH118 (a Path has no trailing slash)
    again: dict[str, Stamp] = {}
    files = {prefix + name: known for name, known in ledger.site_files.items()}
    for path in stale(files, ledger.looked, again):
        yield f"{path.removeprefix(prefix)} of the site was changed"
    fresh.update({path.removeprefix(prefix): known for path, known in again.items()})


def _refreshed(
    ledger: Ledger, now: int, inputs: dict[str, Stamp], site: dict[str, Stamp]
) -> Ledger:
    """The ledger as of now: every file was just seen to be the same."""
    files = {**ledger.inputs.files, **inputs}
    return replace(
        ledger,
        looked=now,
        inputs=replace(ledger.inputs, looked=now, files=files),
        site_files={**ledger.site_files, **site},
    )


def _shown(path: str, home: str) -> str:
    """A path as its owner would write it: from the config's folder, if it lies there."""
    return path.removeprefix(os.path.join(home, ""))  # noqa: PTH118


def _line(text: str) -> str:
    return " ".join(text.split()) or "nothing"
