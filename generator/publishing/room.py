"""What of a branch's folder an earlier publication put there, and what is somebody else's."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from generator.errors import PublishError
from generator.publishing.git import Entry, Git
from generator.publishing.target import Branch
from generator.render.data_files.manifest import GENERATOR, MANIFEST
from generator.render.site.listing import FILES, of_host, read_list
from generator.utils.wording import quoted
from generator.visualizations import registry

_NOTHING = "Nothing was changed."
# What lay at the root of any site that was published without a list of its files.
_USUAL = frozenset(
    {"404.html", "about.html", "assets", "changes", "changes.html", "changes.json", "compare.html"}
    | {"images", "index.html", "layers", MANIFEST, "photos", "pictures", "reading.html"}
    | {"references.html", "robots.txt", "search", "sitemap.xml"}
)

# Nobody writes these by hand, and a page that is added or changed changes one of them.
_MARKS = (MANIFEST, "search/search_index.json", "search/search_index.js")


class Room(NamedTuple):
    """The files of a branch's folder: ``ours`` from earlier publications, and ``unclear`` ones,
    which lie among those of a gallery that has no list of them, and are not known to be its own.
    """

    ours: set[str]
    unclear: tuple[str, ...] = ()


def published_before(
    git: Git, tip: str, tree: Mapping[str, Entry], folder: str, new: Collection[str], branch: Branch
) -> Room:
    """The files of a branch that the last publication of a gallery put into a folder.

    Where that left no list of them, as earlier versions did, they are those which any publication
    put there, as the branch's history has it.

    Args:
        git: the repository.
        tip: the newest commit of the branch; empty if there is none.
        tree: the files of that.
        folder: empty, or with a slash at its end.
        new: the files that are to be published, by their paths in the folder.
        branch: whose history may have to be fetched.

    Raises:
        PublishError: the folder holds files, and no gallery; or one that was published without a
            list of its files, and others that may be anybody's, or no history.
    """
    _check_above(tree, folder, branch.name)
    there = {path[len(folder) :] for path in tree if path.startswith(folder)}
    if not folder:
        there = {name for name in there if not of_host(name)}
    manifest, files = tree.get(folder + MANIFEST), tree.get(folder + FILES)
    if not (manifest and _is_ours(git, manifest)):
        if there:
            where = f"the folder '{folder.rstrip('/')}'" if folder else "it"
            raise PublishError(
                f"The branch {branch.name} is in use: {where} holds '{folder}{min(there)}', and no "
                "gallery.",
                f"{_NOTHING} Choose a folder (--into gallery) or a branch (--branch NAME).",
            )
        return Room(set())
    listed = read_list(git.run("cat-file", "blob", files.digest).output) if files else None
    if listed is not None:
        return Room({folder + name for name in there & listed})
    _check_known(there, folder, new, branch.name)
    branch.fetch_history(tip)
    put = _ever_put(git, tip, folder)
    present = {folder + name for name in there}
    return Room(present & put, tuple(sorted(present - put)))


def _check_known(there: set[str], folder: str, new: Collection[str], branch: str) -> None:
    """That only such names lie at the root of a gallery's folder as galleries have there."""
    known = _USUAL | {f"{kind}.html" for kind in registry()} | {_top(name) for name in new}
    others = sorted(folder + name for name in there if _top(name) not in known)
    if others:
        raise PublishError(
            f"On {branch}, beside a gallery that an earlier version published, lies what may be "
            f"somebody else's: {quoted(others)}.",
            f"{_NOTHING} Remove from the branch what is not needed, or publish into a folder of "
            "its own: --into gallery",
        )


def _ever_put(git: Git, tip: str, folder: str) -> set[str]:
    """The paths that publications of a gallery in a folder added or changed, wherever they lie."""
    marks = [f":(top,literal){folder}{name}" for name in _MARKS]
    # With what else each commit changed; of a merge, what it brought to the branch.
    how = ("--first-parent", "-m", "--full-diff", "--no-renames", "--name-only", "-z", "--format=")
    found = git.run("log", *how, tip, "--", *marks).output
    return set(found.decode("utf-8", "surrogateescape").split("\0"))


def check_free(theirs: Mapping[str, Entry], new: Mapping[str, Entry], branch: str) -> None:
    """Make sure that no file that is to be published takes the place of somebody's.

    Raises:
        PublishError: one would.
    """
    changed = {path for path in theirs.keys() & new.keys() if theirs[path] != new[path]}
    taken = changed | (theirs.keys() & _above(new)) | (_above(theirs) & new.keys())
    taken = {path for path in taken if not of_host(path)}
    if taken:
        raise PublishError(
            f"On {branch}, somebody else's files are where the gallery's would go: "
            f"{quoted(sorted(taken))}.",
            f"{_NOTHING} Move them, or publish into a folder of its own: --into gallery",
        )


def _check_above(tree: Mapping[str, Entry], folder: str, branch: str) -> None:
    above = next((path for path in sorted(_above([f"{folder}x"])) if path in tree), None)
    if above:
        raise PublishError(f"On {branch}, '{above}' is a file, not a folder.")


def _above(paths: Iterable[str]) -> set[str]:
    """The folders around files."""
    return {path[:at] for path in paths for at, letter in enumerate(path) if letter == "/"}


def _top(path: str) -> str:
    return path.partition("/")[0]


def _is_ours(git: Git, entry: Entry) -> bool:
    try:
        manifest = json.loads(git.run("cat-file", "blob", entry.digest).output)
    except ValueError:
        return False
    return isinstance(manifest, dict) and str(manifest.get("generator", "")).startswith(GENERATOR)
