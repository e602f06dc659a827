"""Whether a finished site shows what its manifest lists, and what its network gives.

Three checks. Each picture's file must have the digest that the manifest lists. Each cached result
behind a picture must be whole, where this cache has it. And a sample of the pictures is computed
and drawn again, from the weights and the photos alone. Nothing is written.
"""

from __future__ import annotations

import random
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from generator.building.about_build import build_facts
from generator.building.prepare import Prepared, prepare
from generator.cache.store import Cache
from generator.config.schema import SiteConfig
from generator.errors import SiteError, reason_of
from generator.planning.identity import key_of
from generator.proof.judging import DOUBTFUL, WRONG, Finding, first_off, judge
from generator.proof.remake import PHOTO, mislabelled, remake, strength
from generator.render.data_files.about_site import Unreadable
from generator.render.data_files.manifest import Copied, Listed, Manifest, read_manifest
from generator.render.data_files.plain_json import plain
from generator.render.drawing.metadata import SUFFIXES
from generator.utils.files import digest_file
from generator.utils.report import Report

_GALLERY = ("pictures", "changes")  # the site's folders in which only the gallery puts pictures
_WORK = "Work"  # in sites of older versions: facts that follow from the others


@dataclass(frozen=True)
class Verified:
    """What was found: everything that was looked at, well or not.

    ``inputs`` says in what today's config, network, photos and programs are not those of the site.
    """

    pictures: int
    inputs: tuple[str, ...]
    findings: tuple[Finding, ...]

    def wrong(self, *, strict: bool) -> list[Finding]:
        """What speaks against the site. Strictly, so does a picture that is only as strong."""
        against = WRONG | DOUBTFUL if strict else WRONG
        return [finding for finding in self.findings if finding.verdict in against]


def verify(
    config: SiteConfig, site: Path, report: Report, *, count: int | None, seed: int
) -> Verified:
    """Look at a site in the three ways.

    Args:
        config: what the site was built from, or should have been.
        site: its folder.
        report: told how far it is, and first of all in what the inputs differ.
        count: how many pictures to compute again; ``None`` for all. Without any, the network is
            not even loaded.
        seed: chooses which.

    Raises:
        SiteError: there is no site, or its manifest cannot be read.
        GalleryError: the network cannot be loaded, or a photo opened.
    """
    manifest = _manifest(site)
    chosen = sample(manifest.pictures, count, seed)
    cache = Cache(config.cache_folder, config.fallback_folder)
    if not chosen:
        found = [*_files(site, manifest, report), *_results(manifest, cache, report)]
        return Verified(len(manifest.pictures), (), tuple(found))
    # What ranks filters is computed anew too, and nothing of it reaches the cache.
    with tempfile.TemporaryDirectory(prefix="cnn-gallery-verify-") as scratch:
        prepared = prepare(config, report, Cache(Path(scratch)))
        inputs = changed_inputs(manifest.build, plain(build_facts(prepared)))
        for line in inputs:
            report.warn(line)
        found = [*_files(site, manifest, report), *_results(manifest, cache, report)]
        found += _again(site, prepared, chosen, report, numbers=not inputs)
    return Verified(len(manifest.pictures), tuple(inputs), tuple(found))


def sample(pictures: Sequence[Listed], count: int | None, seed: int) -> list[Listed]:
    """Some of the pictures, drawn at random: of each visualization in turn, photos last.

    So a sample of no fewer pictures than there are visualizations has one of each.
    """
    if count is None:
        return list(pictures)
    chance = random.Random(seed)
    kinds: dict[str, list[Listed]] = {}
    for listed in pictures:
        kinds.setdefault(listed.visualization, []).append(listed)
    names = sorted(kinds)
    chance.shuffle(names)
    names.sort(key=lambda name: name == PHOTO)
    for name in names:
        chance.shuffle(kinds[name])
    longest = max(map(len, kinds.values()), default=0)
    turns = [kinds[name][at] for at in range(longest) for name in names if at < len(kinds[name])]
    return turns[:count]


def changed_inputs(
    then: Mapping[str, Mapping[str, Any]], now: Mapping[str, Mapping[str, Any]]
) -> list[str]:
    """In what two builds' facts differ (see `generator.building.about_build`), a sentence each."""
    if not then:
        return ["The manifest does not say what the site was built from: it is of an older version"]
    lines = []
    for group in dict.fromkeys([*now, *then]):
        before, after = then.get(group, {}), now.get(group, {})
        for name in dict.fromkeys([*after, *before]):
            if group != _WORK and before.get(name) != after.get(name):
                old, new = _short(before.get(name)), _short(after.get(name))
                lines.append(f"{name}: {old} when the site was built, {new} now")
    return lines


def _short(fact: Any) -> str:
    text = "nothing" if fact is None else str(fact)
    return text[:12] if len(text) == 64 and text.isalnum() else text  # a digest


def _manifest(site: Path) -> Manifest:
    try:
        return read_manifest(site)
    except Unreadable as error:
        raise SiteError(
            f"The site in '{site}' cannot be verified: {error}.",
            hint="Build it first, or name the folder of a finished site with --site.",
        ) from error


def _files(site: Path, manifest: Manifest, report: Report) -> Iterator[Finding]:
    """Each listed file against its digest; then pictures among them that nothing lists."""
    listed: Sequence[Listed | Copied] = (*manifest.pictures, *manifest.before)
    with report.stage("Files", len(listed)) as advance:
        for each in listed:
            yield _file(site, each)
            advance(1)
    known = {each.file for each in listed}
    for folder in _GALLERY:
        for path in sorted((site / folder).rglob("*")):
            name = path.relative_to(site).as_posix()
            if path.suffix.lower() in SUFFIXES and name not in known:
                yield Finding("file", name, "unlisted", note="nothing vouches for it")


def _file(site: Path, listed: Listed | Copied) -> Finding:
    try:
        digest = digest_file(site / listed.file)
    except FileNotFoundError:
        return Finding("file", listed.file, "missing")
    except OSError as error:
        return Finding("file", listed.file, "missing", note=f"cannot be read: {reason_of(error)}")
    if digest != listed.digest:
        note = f"SHA-256 {digest[:12]}, not {listed.digest[:12]}"
        return Finding("file", listed.file, "differs", note=note)
    return Finding("file", listed.file, "same")


def _results(manifest: Manifest, cache: Cache, report: Report) -> Iterator[Finding]:
    """The cached result behind pictures, where there is one: its record and its tensors."""
    by_key: dict[str, list[Listed]] = {}
    for listed in manifest.pictures:
        if listed.key:
            by_key.setdefault(listed.key, []).append(listed)
    absences = cache.absences(key for key in by_key if cache.record(key) is None)
    with report.stage("Cached results", len(by_key)) as advance:
        for key, shown in by_key.items():
            subject = _subject(shown[-1])
            absence = absences.get(key)
            if absence == "absent":
                yield Finding("cache", subject, "elsewhere", note="not in this cache")
            elif absence == "set aside":
                note = "another version of cnn-gallery wrote it, in a format of its own"
                yield Finding("cache", subject, "set aside", note=note)
            else:
                wrong = _wrong_with(key, shown, cache)
                yield Finding("cache", subject, "damaged" if wrong else "same", note=wrong)
            advance(1)


def _subject(listed: Listed) -> str:
    unit = listed.layer if listed.channel is None else f"{listed.layer}:{listed.channel}"
    words = (listed.visualization, unit, listed.image)
    return f"{' '.join(filter(None, words))} ({listed.key[:12]})"


def _wrong_with(key: str, shown: Sequence[Listed], cache: Cache) -> str:
    """What is wrong with the cached result behind pictures; nothing where it is whole."""
    record = cache.record(key)
    if record is None:
        return "its record or its tensors are damaged; 'build --reread' computes it again"
    if not cache.sound(key):
        return "its tensors are not those that its record names; 'build --reread' computes it again"
    # A record of the first format has no digest of its own.
    if key_of(record.identity) != key:
        return "its record is of something else"
    facts = plain(record.facts)
    for listed in shown:
        label = mislabelled(listed, record.identity)
        if label:
            return f"the site tells another '{label}' than its record"
        off = first_off(listed.facts, facts)
        if off:
            return f"its record tells another '{off}' than the site"
    return ""


def _again(
    site: Path, prepared: Prepared, chosen: Sequence[Listed], report: Report, *, numbers: bool
) -> Iterator[Finding]:
    """Each chosen picture against what comes out when it is made again."""

    def strengths(listed: Listed, content: bytes) -> tuple[float, float]:
        return strength(prepared, listed, content)

    with report.stage("Computed again", len(chosen)) as advance:
        for remade in remake(prepared, chosen):
            try:
                shown = (site / remade.listed.file).read_bytes()
            except OSError:
                yield Finding("again", remade.listed.file, "missing")
            else:
                yield judge(shown, remade, strengths, numbers=numbers)
            advance(1)
