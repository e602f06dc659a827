"""``cnn-gallery publish``: a finished site as a commit on a branch, for GitHub or GitLab Pages.

The commit is made of git's own objects. The working tree, the index and the branch that is checked
out stay as they are. Files that did not change are not stored again; where nothing changed, there
is no commit.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from generator.errors import PublishError
from generator.publishing.git import Entry, Git
from generator.publishing.room import check_free, published_before
from generator.publishing.target import Branch
from generator.render.site.listing import FILES, written_list

NO_JEKYLL = ".nojekyll"  # tells GitHub to serve the files as they are
_ORDINARY = "100644"  # the mode of a file that is no program

_Tree = dict[str, Entry]


@dataclass(frozen=True)
class Published:
    """What changed on the branch. ``commit`` is empty where nothing did, and in a dry run.

    ``unclear`` are files that stay, and lie among those of a gallery that an earlier version
    published: nothing says that they are its own.
    """

    commit: str
    added: tuple[str, ...]
    changed: tuple[str, ...]
    removed: tuple[str, ...]
    unclear: tuple[str, ...] = ()

    @property
    def same(self) -> bool:
        """Whether the branch holds just this site already."""
        return not (self.added or self.changed or self.removed)


def publish(
    git: Git,
    files: Mapping[str, Path],
    branch: Branch,
    *,
    into: str = "",
    message: str,
    dry_run: bool = False,
) -> Published:
    """Put a site on a branch.

    What an earlier publication put there and the site no longer has goes away. All else stays.

    Args:
        git: the repository.
        files: the site's files by their paths there.
        branch: where the commit goes.
        into: the folder of the branch, such as ``docs/gallery``; its root when empty.
        message: of the commit.
        dry_run: only find out what would change. Nothing is written but what git fetches.

    Raises:
        PublishError: the folder holds something else than a gallery, or a file of somebody's
            stands in its way; a git command failed; or the branch refused the commit, as nobody is
            ever overruled.
    """
    folder = _folder(into)
    tip = branch.tip()
    before = _tree(git, tip)
    room = published_before(git, tip, before, folder, files, branch)
    theirs = {path: entry for path, entry in before.items() if path not in room.ours}
    new = {folder + path: entry for path, entry in _blobs(git, files, dry_run).items()}
    # Not the site's own list: somebody may have put more into the folder since it was built.
    new[folder + FILES] = _stored(git, written_list(files), dry_run)
    check_free(theirs, new, branch.name)
    after = theirs | new
    if not folder or not before:
        after.setdefault(NO_JEKYLL, _stored(git, b"", dry_run))
    unclear = tuple(path for path in room.unclear if path not in new)
    published = replace(_compared(before, after), unclear=unclear)
    if published.same or dry_run:
        return published
    commit = _commit(git, after, tip, message)
    branch.move(commit, tip)
    return replace(published, commit=commit)


def _folder(into: str) -> str:
    """A folder of a branch as its files' paths start: empty, or with a slash at the end."""
    path = PurePosixPath(into.replace("\\", "/").strip("/") or ".")
    if ".." in path.parts or ".git" in path.as_posix().lower().split("/"):
        raise PublishError(f"'{into}' is no folder of a branch.", "Name one such as docs/gallery.")
    return "" if path == PurePosixPath() else f"{path}/"


def _tree(git: Git, commit: str) -> _Tree:
    """All files of a commit by path; none where there is no commit yet."""
    if not commit:
        return {}
    listed = git.run("ls-tree", "-r", "-z", "--full-tree", commit).output
    found: _Tree = {}
    for line in listed.decode("utf-8", "surrogateescape").split("\0")[:-1]:
        about, _, path = line.partition("\t")
        mode, _, digest = about.split(" ")
        found[path] = Entry(mode, digest)
    return found


def _blobs(git: Git, files: Mapping[str, Path], dry_run: bool) -> _Tree:
    """The site's files as git would file them; unless it is a dry run, they then are."""
    paths = [str(path.absolute()) for path in files.values()]
    if any("\n" in path for path in paths):
        raise PublishError("A file's name has a line break in it, which git cannot be told.")
    # No filters: not what is right for sources, such as other ends of lines, or LFS.
    words = ["hash-object", "--no-filters", "--stdin-paths", *([] if dry_run else ["-w"])]
    given = "".join(f"{path}\n" for path in paths).encode("utf-8", "surrogateescape")
    digests = git.run(*words, given=given).text.split()
    return {path: Entry(_ORDINARY, digest) for path, digest in zip(files, digests, strict=True)}


def _stored(git: Git, content: bytes, dry_run: bool) -> Entry:
    words = ["hash-object", "--stdin", *([] if dry_run else ["-w"])]
    return Entry(_ORDINARY, git.run(*words, given=content).text)


def _compared(before: _Tree, after: _Tree) -> Published:
    return Published(
        commit="",
        added=tuple(sorted(after.keys() - before.keys())),
        changed=tuple(sorted(p for p in after.keys() & before.keys() if after[p] != before[p])),
        removed=tuple(sorted(before.keys() - after.keys())),
    )


def _commit(git: Git, tree: _Tree, tip: str, message: str) -> str:
    """A commit of these files, made in an index of its own; its digest."""
    lines = "".join(f"{entry.mode} {entry.digest} 0\t{path}\0" for path, entry in tree.items())
    with tempfile.TemporaryDirectory() as folder:
        own = {"GIT_INDEX_FILE": str(Path(folder, "index"))}
        given = lines.encode("utf-8", "surrogateescape")
        git.run("update-index", "-z", "--index-info", given=given, extra=own)
        written = git.run("write-tree", extra=own).text
    parent = ["-p", tip] if tip else []
    said = message.encode("utf-8", "surrogateescape")
    answer = git.ask("commit-tree", written, *parent, "-F", "-", given=said)
    if answer.status and "identity" in answer.complaint.lower():
        raise PublishError(
            "Git does not know who commits.",
            'Tell it: git config user.name "Ada" and git config user.email "ada@example.org"',
        )
    if answer.status:
        raise PublishError(f"The commit could not be made: {answer.complaint}")
    return answer.text
