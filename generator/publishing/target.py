"""Where a publication goes: a branch of a remote, or one of this repository."""

from __future__ import annotations

from typing import Protocol

from generator.errors import PublishError
from generator.publishing.git import Git

_ALL = 2**31 - 1  # commits: git's word for every one there is
_NONE = ""  # git's word for a branch that must not be there yet


class Branch(Protocol):
    """A branch that a commit can be put on."""

    name: str  # in words, for people

    def tip(self) -> str:
        """Its newest commit, of which all is at hand now; empty where there is no such branch."""

    def move(self, commit: str, tip: str) -> None:
        """Put a new commit on it, on top of ``tip``, which still has to be its newest one."""

    def fetch_history(self, tip: str) -> None:
        """Make sure that every commit before ``tip`` is at hand.

        Raises:
            PublishError: they cannot be had.
        """


def check_name(git: Git, branch: str) -> None:
    """Make sure that a branch can have this name.

    Raises:
        PublishError: it cannot.
    """
    strange = branch.startswith("-") or branch in ("HEAD", "@")  # these mean commits
    if strange or git.ask("check-ref-format", f"refs/heads/{branch}").status:
        raise PublishError(f"'{branch}' is no name for a branch.", "Such as: --branch gh-pages")


def _is_checked_out(git: Git, ref: str) -> bool:
    """Whether a branch of this repository is checked out, here or in another working tree."""
    return f"branch {ref}" in git.run("worktree", "list", "--porcelain").text.split("\n")


def _is_cut_short(git: Git, tip: str) -> bool:
    """Whether a shallow clone has not all of a branch's history."""
    if git.run("rev-parse", "--is-shallow-repository").text != "true":
        return False
    # A commit whose parents were left out is listed without any: what it says of itself is more.
    first = git.run("rev-list", "--first-parent", "--max-parents=0", tip).text.split()
    heads = (git.run("cat-file", "commit", each).output.partition(b"\n\n")[0] for each in first)
    return any(b"\nparent " in head for head in heads)


class RemoteBranch:
    """A branch of a remote. No branch of this repository is touched.

    Raises:
        PublishError: there is no such remote, or the name is none for a branch.
    """

    def __init__(self, git: Git, remote: str, branch: str) -> None:
        check_name(git, branch)
        remotes = git.run("remote").text.split("\n")
        if remote not in remotes:
            known = ", ".join(filter(None, remotes))
            raise PublishError(
                f"The repository has no remote '{remote}'.",
                f"There is: {known}. Choose with --remote."
                if known
                else f"Add it (git remote add {remote} URL), or commit only: --no-push",
            )
        self.name = f"'{branch}' of '{remote}'"
        self._git, self._remote, self._ref = git, remote, f"refs/heads/{branch}"

    def tip(self) -> str:
        """See `Branch`.

        Raises:
            PublishError: the remote cannot be read; or it has no such branch, and here it is the
                one that is checked out.
        """
        git = self._git
        found = git.ask("ls-remote", self._remote, self._ref)
        if found.status:
            raise self._unreachable(found.complaint)
        tip = found.text.partition("\t")[0]
        if not tip and _is_checked_out(git, self._ref):
            raise PublishError(
                f"The branch {self.name} is not there yet, and here it is checked out: it is the "
                "project's own, and would begin as a gallery there.",
                "Push it first if that is what you want, or publish to another with --branch.",
            )
        if tip and git.ask("cat-file", "-e", f"{tip}^{{tree}}").status:
            shallow = git.run("rev-parse", "--is-shallow-repository").text == "true"
            depth = ["--depth=1"] if shallow else []  # a whole clone stays a whole one
            fetched = git.ask("fetch", "--quiet", "--no-tags", *depth, self._remote, self._ref)
            if fetched.status:
                raise self._unreachable(fetched.complaint)
        return tip

    def move(self, commit: str, tip: str) -> None:
        """See `Branch`. Never by force.

        Raises:
            PublishError: the remote refuses, or cannot be reached.
        """
        done = self._git.ask("push", "--porcelain", self._remote, f"{commit}:{self._ref}")
        if not done.status:
            return
        verdict = next((line for line in done.text.splitlines() if line.startswith("!")), "")
        if "[rejected]" in verdict:
            raise PublishError(
                f"Somebody else published to {self.name} meanwhile.",
                "Run the same command again. Nothing was overwritten.",
            )
        if "[remote rejected]" in verdict:
            reason = verdict.rpartition("[remote rejected]")[2].strip(" ()")
            raise PublishError(
                f"The remote refuses the commit on {self.name}: {reason}.",
                "Is the branch protected, or are you not allowed to push to it?",
            )
        raise self._unreachable(done.complaint)

    def fetch_history(self, tip: str) -> None:
        """See `Branch`."""
        if _is_cut_short(self._git, tip):
            words = ("fetch", "--quiet", "--no-tags", f"--depth={_ALL}", self._remote, self._ref)
            fetched = self._git.ask(*words)
            if fetched.status:
                raise self._unreachable(fetched.complaint)

    def _unreachable(self, complaint: str) -> PublishError:
        said = complaint or "git does not say why"
        return PublishError(
            f"The remote '{self._remote}' cannot be used. Git says:\n{said}",
            "Does its address hold (git remote -v), and may you read and write there?",
        )


class LocalBranch:
    """A branch of this repository, which is not checked out anywhere.

    Raises:
        PublishError: it is checked out, or the name is none for a branch.
    """

    def __init__(self, git: Git, branch: str, remote: str = "") -> None:
        check_name(git, branch)
        self.name = f"'{branch}'"
        self._git, self._ref = git, f"refs/heads/{branch}"
        self._followed = f"refs/remotes/{remote}/{branch}" if remote else ""
        if _is_checked_out(git, self._ref):
            raise PublishError(
                f"The branch {self.name} is checked out, and its files would seem to be changed.",
                "Check out another one, or publish to another with --branch.",
            )

    def tip(self) -> str:
        """See `Branch`. A branch that is not there yet starts where the remote's was last seen."""
        known = [self._commit(ref) for ref in (self._ref, self._followed) if ref]
        return next(filter(None, known), "")

    def move(self, commit: str, tip: str) -> None:
        """See `Branch`.

        Raises:
            PublishError: it has moved meanwhile.
        """
        old = self._commit(self._ref) and tip
        self._git.run("update-ref", "-m", "publish", self._ref, commit, old or _NONE)

    def fetch_history(self, tip: str) -> None:
        """See `Branch`. Nothing is fetched: what is not here, the user has to."""
        if _is_cut_short(self._git, tip):
            raise PublishError(
                f"The branch {self.name} holds a gallery of an earlier version. What of it is the "
                "gallery's own, its history says, and that is not all here.",
                "Fetch it, then run this again: git fetch --unshallow",
            )

    def _commit(self, ref: str) -> str:
        return self._git.ask("rev-parse", "--verify", "--quiet", f"{ref}^{{commit}}").text
