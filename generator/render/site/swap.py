"""Putting a finished site in place: all of it or nothing of it, and never over anything else."""

from __future__ import annotations

import filecmp
import json
import os
import re
import shutil
import uuid
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from generator.errors import SiteError, reason_of
from generator.render.data_files.manifest import GENERATOR, MANIFEST
from generator.render.site.exchange import exchange
from generator.render.site.listing import FILES, listed_in, of_host, strangers, written_list
from generator.utils.files import sweep_folders
from generator.utils.stamps import tree
from generator.utils.wording import quoted

_HEAD = 200  # bytes of a manifest that say whose it is
_OURS = re.compile(rb'\{\s*"format":\s*\d+,\s*"generator":\s*"' + GENERATOR.encode() + rb"\b")


def check_output(site: Path, known: Collection[str] | None = None, *, made: str = "") -> None:
    """Make sure that a site may be put at ``site``, before any work is done for it.

    Args:
        site: the folder.
        known: the files that a build put there, for a site without a list of them.
        made: a folder in it, with a slash at its end, whose files are made of the others.

    Raises:
        SiteError: see `check_place`; or besides a gallery the folder holds files of others.
    """
    check_place(site)
    _check_strangers(site, tree(str(site)), known, made)


def check_place(site: Path) -> None:
    """Make sure that ``site`` can be written, and is free or holds a gallery.

    Raises:
        SiteError: it is a file, read-only, a git repository, or a folder that holds something else
            than a gallery.
    """
    _recover(site)
    if site.is_symlink() and not site.exists():
        raise SiteError(
            f"The output '{site.name}' is a link to nothing: {site.readlink()}.",
            "Remove the link, or make the folder that it leads to.",
        )
    if site.exists() and not site.is_dir():
        raise SiteError(
            f"The output '{site}' is a file, not a folder.",
            "Move it away, or choose another folder in the config under output: site.",
        )
    above = _first_that_exists(site.absolute().parent)
    if not above.is_dir():
        raise SiteError(f"The output '{site}' cannot be made: '{above}' is a file, not a folder.")
    for folder in (site, above):
        if folder.exists() and not _writable(folder):
            raise SiteError(
                f"The output cannot be written: '{folder}' is read-only.",
                f"Make it writable (chmod u+w '{folder}'), or choose another folder.",
            )
    if site.is_dir() and os.path.ismount(site):
        raise SiteError(
            f"The output '{site}' is a mount point, which cannot be replaced in one step.",
            "Choose a folder inside it in the config under output: site.",
        )
    if os.path.lexists(site / ".git"):
        raise SiteError(
            f"The output folder '{site}' is a git repository, which a build would replace.",
            "Nothing in it was touched. 'cnn-gallery publish' puts a site on a branch by itself; "
            "or choose another folder in the config under output: site.",
        )
    if site.is_dir() and any(site.iterdir()) and not is_gallery(site):
        raise SiteError(
            f"The output folder '{site}' is not empty and was not made by cnn-gallery.",
            "Nothing in it was touched. Empty it, or choose another: 'stage' takes a folder, and "
            "of a build it is output: site in the config.",
        )


def _check_strangers(
    site: Path, names: Iterable[str], known: Collection[str] | None = None, made: str = ""
) -> None:
    """Make sure that a gallery's folder holds no files that the gallery did not put there."""
    listed = listed_in(site)
    if listed is None and known is not None:
        listed = frozenset(known)
    theirs = strangers(names, listed) if listed is not None else []
    theirs = [name for name in theirs if not (made and name.startswith(made))]
    if theirs:
        raise SiteError(
            f"The output folder '{site}' holds files that no build put there: {quoted(theirs)}.",
            "Nothing in it was touched. Move them into docs/ beside the config, from where each "
            "build takes them along, or somewhere else.",
        )


def is_gallery(folder: Path) -> bool:
    """Whether a folder holds a gallery that this program built, or staged: a manifest says so."""
    return _says_so(folder / MANIFEST) or _says_so(folder / "docs" / MANIFEST)


def _says_so(file: Path) -> bool:
    try:
        with file.open("rb") as opened:
            if _OURS.match(opened.read(_HEAD)):  # as it was written: there are megabytes to come
                return True
        manifest = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(manifest, dict) and str(manifest.get("generator", "")).startswith(GENERATOR)


@contextmanager
def building(site: Path) -> Iterator[Path]:
    """A path beside the site to build into: not there yet at first, gone at the end whatever comes.

    What killed builds of this site left there goes too: only one builds it at a time.

    Raises:
        SiteError: the folder beside the site cannot be written.
    """
    real = site.resolve()
    try:
        real.parent.mkdir(parents=True, exist_ok=True)
        sweep_folders(real.parent, f".{real.name}.building-")
    except OSError as error:
        raise _cannot("make the folder", real.parent, error) from error
    folder = real.with_name(f".{real.name}.building-{uuid.uuid4().hex[:12]}")
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def put_in_place(built: Path, site: Path, *, listed: bool = False, made: str = "") -> None:
    """Swap a finished folder in. Files that did not change keep their time of modification.

    What is at the old site's root about its host comes along, see `of_host`. On any failure,
    and on Ctrl-C, the old site stands as it was.

    Args:
        built: the new site.
        site: where it goes.
        listed: put a list of its files into it, by which the next build knows those of others.
        made: see `check_output`.

    Raises:
        SiteError: see `check_output`; or the system refuses to rename.
    """
    check_place(site)
    real = site.resolve()
    previous = _previous(real)
    new, before = set(tree(str(built))), set(tree(str(real)))
    _check_strangers(real, before, made=made)
    try:
        if listed:
            (built / FILES).write_bytes(written_list(new))
        if not real.exists():
            built.rename(real)
            return
        for name in filter(of_host, before - new - (listed_in(real) or frozenset())):
            (built / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(real / name, built / name, follow_symlinks=False)
        _keep_times(built, real, {*new, FILES} & before)
        shutil.rmtree(previous, ignore_errors=True)
        if not exchange(built, real):
            _in_two_steps(built, real, previous)
    except OSError as error:
        raise _cannot("put the new site at", real, error) from error
    for old in (built, previous):
        shutil.rmtree(old, ignore_errors=True)


def _in_two_steps(built: Path, site: Path, previous: Path) -> None:
    """The swap where the system knows no exchange: for an instant, no site is there."""
    site.rename(previous)
    try:
        built.rename(site)
    except BaseException:
        previous.rename(site)
        raise


def _keep_times(built: Path, old: Path, both: Iterable[str]) -> None:
    new, before = (os.path.join(folder, "") for folder in (built, old))  # noqa: PTH118
    for name in both:
        with suppress(FileNotFoundError):  # the old one is a link to nothing
            if os.path.samefile(new + name, before + name):  # noqa: PTH121
                continue
            if filecmp.cmp(new + name, before + name, shallow=False):
                times = os.stat(before + name)  # noqa: PTH116 (by the thousand)
                os.utime(new + name, ns=(times.st_atime_ns, times.st_mtime_ns))


def _previous(site: Path) -> Path:
    return site.with_name(f".{site.name}.previous")


def _recover(site: Path) -> None:
    """Put the old site back if a build was killed between the two renames of a swap."""
    real = Path(os.path.realpath(site))  # a link to itself stays one, and is told of as others are
    if not real.exists() and is_gallery(_previous(real)):
        with suppress(OSError):
            _previous(real).rename(real)


def _first_that_exists(folder: Path) -> Path:
    return folder if folder.exists() else _first_that_exists(folder.parent)


def _writable(folder: Path) -> bool:
    # The superuser may write anywhere; a folder without a single write bit is meant to stay.
    return os.access(folder, os.W_OK) and bool(folder.stat().st_mode & 0o222)


def _cannot(what: str, path: Path, error: OSError) -> SiteError:
    return SiteError(f"Could not {what} '{path}': {reason_of(error)}.")
