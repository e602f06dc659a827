"""Publishing to real repositories: what lands on the branch, what stays, and what is refused."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from shell import Done, run

from generator.errors import PublishError
from generator.publishing.branch import Published, publish
from generator.publishing.git import Git
from generator.publishing.target import LocalBranch, RemoteBranch
from generator.render.site.listing import FILES, written_list

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")


def listed(site: dict[str, str]) -> dict[str, str]:
    """A site with the list of its files, as a build makes it."""
    return {**site, FILES: written_list(site).decode().strip()}


EARLIER = {  # as versions built it that kept no list
    "index.html": "<h1>Filters</h1>",
    "manifest.json": json.dumps({"format": 1, "generator": "cnn-gallery 0.1.0"}),
    "pictures/ünit 1.txt": "a picture",
}
SITE = listed(EARLIER)


@pytest.fixture(autouse=True)
def nobody_elses_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "no-such-file"))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    monkeypatch.setenv("HOME", str(tmp_path))


def said(folder: Path, *words: str) -> str:
    """What a git command prints. It has to succeed."""
    done = subprocess.run(
        ["git", "-C", str(folder), *words], capture_output=True, encoding="utf-8", check=True
    )
    return done.stdout.strip()


def repository(folder: Path, remote: Path | None = None) -> Path:
    """A repository with a commit, a staged change and an unstaged one; and perhaps a remote."""
    folder.mkdir()
    said(folder, "init", "--quiet", "--initial-branch", "main")
    said(folder, "config", "user.name", "Ada")
    said(folder, "config", "user.email", "ada@example.org")
    (folder / "code.py").write_text("print(1)\n")
    said(folder, "add", "code.py")
    said(folder, "commit", "--quiet", "-m", "Start")
    (folder / "staged.py").write_text("print(2)\n")
    said(folder, "add", "staged.py")
    (folder / "code.py").write_text("print(3)\n")
    if remote:
        if not remote.exists():
            said(folder, "init", "--quiet", "--bare", str(remote))
        said(folder, "remote", "add", "origin", str(remote))
    return folder


@pytest.fixture
def remote(tmp_path: Path) -> Path:
    return tmp_path / "remote.git"


@pytest.fixture
def work(tmp_path: Path, remote: Path) -> Path:
    return repository(tmp_path / "work", remote)


def published(
    work: Path,
    site: dict[str, str] = SITE,
    *,
    branch: str = "gh-pages",
    into: str = "",
    dry_run: bool = False,
    push: bool = True,
) -> Published:
    folder = work.parent / "site"
    shutil.rmtree(folder, ignore_errors=True)
    for name, text in site.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(text.encode())
    git = Git(work)
    place = RemoteBranch(git, "origin", branch) if push else LocalBranch(git, branch, "origin")
    files = {name: folder / name for name in site}
    return publish(git, files, place, into=into, message="Publish it", dry_run=dry_run)


def on(branch: str, folder: Path) -> dict[str, str]:
    """The files of a branch, and what they hold."""
    names = said(folder, "ls-tree", "-r", "-z", "--name-only", branch).split("\0")
    return {name: said(folder, "show", f"{branch}:{name}") for name in filter(None, names)}


def state(work: Path) -> tuple[str, str, str]:
    return said(work, "status", "--porcelain"), said(work, "rev-parse", "HEAD"), said(work, "diff")


def test_the_site_lands_on_the_branch_and_nothing_else_moves(work: Path, remote: Path) -> None:
    before = state(work), said(work, "branch", "--list")
    done = published(work)
    assert on("gh-pages", remote) == {**SITE, ".nojekyll": ""}
    assert done.added == tuple(sorted([*SITE, ".nojekyll"]))
    assert (state(work), said(work, "branch", "--list")) == before
    assert said(remote, "log", "-1", "--format=%an %s", "gh-pages") == "Ada Publish it"
    assert said(remote, "rev-parse", "gh-pages") == done.commit


def test_only_what_changed_is_committed_and_no_change_is_no_commit(
    work: Path, remote: Path
) -> None:
    first = published(work)
    assert published(work).same
    assert said(remote, "rev-parse", "gh-pages") == first.commit
    site = {**EARLIER, "index.html": "<h1>New</h1>", "new.html": "new"}
    del site["pictures/ünit 1.txt"]
    done = published(work, site)
    assert (done.added, done.changed) == (("new.html",), (FILES, "index.html"))
    assert done.removed == ("pictures/ünit 1.txt",)
    assert said(remote, "rev-parse", "gh-pages^") == first.commit
    assert on("gh-pages", remote) == {**listed(site), ".nojekyll": ""}


def test_a_dry_run_tells_the_same_and_changes_nothing(work: Path, remote: Path) -> None:
    objects = said(work, "count-objects")
    told = published(work, dry_run=True)
    assert told.commit == ""
    assert said(remote, "branch", "--list") == ""
    assert said(work, "count-objects") == objects, "it stores nothing"
    done = published(work)
    assert (told.added, told.changed, told.removed) == (done.added, done.changed, done.removed)


def test_what_lies_outside_the_folder_stays(work: Path, remote: Path) -> None:
    docs = {"index.html": "the docs", "api/x.html": "x", "gallery-of-others/a.html": "a"}
    _seed(work, docs)
    published(work, into="gallery")
    both = {**docs, **{f"gallery/{name}": text for name, text in SITE.items()}}
    assert on("gh-pages", remote) == both, "no .nojekyll: these docs may want Jekyll"
    done = published(
        work, {name: SITE[name] for name in ("index.html", "manifest.json", FILES)}, into="gallery/"
    )
    assert done.removed == ("gallery/pictures/ünit 1.txt",)
    assert docs.items() <= on("gh-pages", remote).items()


def _seed(work: Path, files: dict[str, str], branch: str = "gh-pages") -> None:
    """Put somebody else's files on the remote's branch, by an ordinary clone."""
    clone = repository(work.parent / "other", work.parent / "remote.git")
    said(clone, "checkout", "--quiet", "--force", "--orphan", branch)
    said(clone, "rm", "-r", "-q", "--force", ".")
    for name, text in files.items():
        (clone / name).parent.mkdir(parents=True, exist_ok=True)
        (clone / name).write_text(text)
        said(clone, "add", "--force", name)
    said(clone, "commit", "--quiet", "-m", "Theirs")
    said(clone, "push", "--quiet", "origin", branch)


def test_files_of_others_are_never_replaced(work: Path, remote: Path) -> None:
    _seed(work, {"index.html": "the docs", "gallery/diary.html": "dear diary", "x": "a file"})
    before = on("gh-pages", remote)
    for into, words in {
        "": "holds 'gallery/diary.html', and no gallery",
        "gallery": "the folder 'gallery' holds 'gallery/diary.html', and no gallery",
        "x/y": "'x' is a file, not a folder",
        "../x": "is no folder of a branch",
        ".git/x": "is no folder of a branch",
        "x/.Git": "is no folder of a branch",
    }.items():
        with pytest.raises(PublishError) as caught:
            published(work, into=into)
        assert words in str(caught.value)
    assert on("gh-pages", remote) == before


def test_what_others_put_beside_a_gallery_stays(work: Path, remote: Path) -> None:
    published(work)
    others = {"README.md": "ours too", "paper/a.pdf": "pdf", "pictures/theirs.png": "x"}
    _add(work, remote, others)
    published(work, into="other")
    site = {**EARLIER, "index.html": "new"}
    del site["pictures/ünit 1.txt"]
    assert published(work, site).removed == ("pictures/ünit 1.txt",)
    other = {f"other/{name}": text for name, text in SITE.items()}
    assert on("gh-pages", remote) == {**listed(site), **others, **other, ".nojekyll": ""}
    before = on("gh-pages", remote)
    for name in ("README.md", "paper", "README.md/x"):
        with pytest.raises(PublishError, match="somebody else's files are where the gallery's"):
            published(work, {**site, name: "the gallery's"})
    assert on("gh-pages", remote) == before


def _add(work: Path, remote: Path, files: dict[str, str]) -> None:
    """Somebody commits files to the remote's branch."""
    clone = work.parent / "clone"
    shutil.rmtree(clone, ignore_errors=True)
    said(work.parent, "clone", "--quiet", "--branch", "gh-pages", str(remote), str(clone))
    for name, text in files.items():
        (clone / name).parent.mkdir(parents=True, exist_ok=True)
        (clone / name).write_text(text)
    said(clone, "add", "--all")
    said(clone, "-c", "user.name=B", "-c", "user.email=b@b.org", "commit", "-q", "-m", "Theirs")
    said(clone, "push", "--quiet", "origin", "gh-pages")


def test_what_was_put_into_the_site_by_hand_is_of_the_publication(work: Path, remote: Path) -> None:
    for version in ("1", "2"):
        published(work, {**SITE, "version.txt": version})
        assert on("gh-pages", remote)["version.txt"] == version
    assert published(work).removed == ("version.txt",)


def test_beside_a_gallery_without_a_list_nothing_is_taken_for_its_own(
    work: Path, remote: Path
) -> None:
    """As earlier versions published it: none of their sites had files of such names."""
    pages = {"kernels.html": "x", "guide/mine.html": "x"}
    _seed(work, {**EARLIER, **pages, "README.md": "ours", "paper/a.pdf": "pdf"})
    before = on("gh-pages", remote)
    site = {**SITE, "guide/new.html": "x"}
    with pytest.raises(PublishError, match=r"else's: 'README\.md', 'paper/a\.pdf'\.") as caught:
        published(work, site)
    assert "--into gallery" in caught.value.hint
    assert on("gh-pages", remote) == before
    site["README.md"], site["paper/a.pdf"] = "now of the site", "pdf"
    assert published(work, site).removed == ("guide/mine.html", "kernels.html")


@pytest.mark.parametrize("into", ["", "docs/gallery"])
def test_among_the_files_of_a_gallery_without_a_list_those_of_others_stay(
    work: Path, remote: Path, into: str
) -> None:
    """As earlier versions published it twice, and somebody put files into its folders since."""
    inside = f"{into}/" if into else ""

    def within(files: dict[str, str]) -> dict[str, str]:
        return {inside + name: text for name, text in files.items()}

    _seed(work, within({**EARLIER, "kernels.html": "x"}))
    again = {"search/search_index.json": "[]", "layers/old.html": "x", "kernels.html": "y"}
    others = {"layers/notes.html": "notes", "pictures/theirs.png": "x", "assets/same.css": "same"}
    _add(work, remote, within(again))
    _add(work, remote, within(others))
    _add(work, remote, within({"kernels.html": "by hand"}))
    ci = work.parent / "ci"
    said(work.parent, "clone", "-q", "--depth=1", "--branch=gh-pages", remote.as_uri(), str(ci))
    said(ci, "checkout", "--quiet", "--detach")
    site = {**SITE, "assets/same.css": "same"}
    for place, dry_run in ((ci, True), (work, True), (work, False)):
        done = published(place, site, into=into, dry_run=dry_run)
        assert done.removed == tuple(sorted(within(again)))
        assert done.unclear == tuple(within({"layers/notes.html": "", "pictures/theirs.png": ""}))
    assert on("gh-pages", remote).items() >= within({**listed(site), **others}).items()
    assert published(work, EARLIER, into=into).unclear == (), "there is a list now"
    assert inside + "pictures/theirs.png" in on("gh-pages", remote)


def test_others_file_where_an_earlier_gallerys_successor_would_go_is_not_replaced(
    work: Path, remote: Path
) -> None:
    _seed(work, EARLIER)
    _add(work, remote, {"layers/new.html": "theirs"})
    with pytest.raises(PublishError, match=r"files are where the gallery's would go: 'layers/new"):
        published(work, {**SITE, "layers/new.html": "ours"})


def test_a_gallery_without_a_list_and_without_its_history_stays(work: Path, remote: Path) -> None:
    _seed(work, EARLIER)
    _add(work, remote, {"layers/new.html": "theirs"})
    ci = work.parent / "ci"
    said(work.parent, "clone", "-q", "--depth=1", "--branch=gh-pages", remote.as_uri(), str(ci))
    said(ci, "checkout", "--quiet", "--detach")
    with pytest.raises(PublishError, match="not all here") as caught:
        published(ci, push=False)
    assert "git fetch --unshallow" in caught.value.hint


def test_the_hosts_own_files_at_the_root_stay(work: Path, remote: Path) -> None:
    _seed(work, {"CNAME": "filters.example.org", **SITE})
    published(work, {**SITE, "index.html": "new"})
    assert on("gh-pages", remote)["CNAME"] == "filters.example.org"


def test_what_somebody_else_published_meanwhile_is_built_upon(work: Path, remote: Path) -> None:
    first = published(work)
    colleague = repository(work.parent / "colleague", remote)
    second = published(colleague, {**SITE, "index.html": "theirs"})
    third = published(work, {**SITE, "index.html": "ours"})
    assert said(remote, "log", "--format=%H", "gh-pages").split() == [
        third.commit,
        second.commit,
        first.commit,
    ]


def test_a_race_is_lost_in_words_and_nobody_is_overruled(work: Path, remote: Path) -> None:
    published(work)
    git = Git(work)
    place = RemoteBranch(git, "origin", "gh-pages")
    tip = place.tip()
    theirs = published(repository(work.parent / "colleague", remote), {**SITE, "new.html": "x"})
    ours = said(work, "commit-tree", f"{tip}^{{tree}}", "-p", tip, "-m", "late")
    with pytest.raises(PublishError, match="Somebody else published to 'gh-pages' of 'origin'"):
        place.move(ours, tip)
    assert said(remote, "rev-parse", "gh-pages") == theirs.commit


def test_a_remote_that_refuses_is_quoted(work: Path, remote: Path) -> None:
    hook = remote / "hooks" / "update"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho 'the branch is frozen'\nexit 1\n")
    hook.chmod(0o755)
    with pytest.raises(PublishError, match=r"refuses the commit.*hook declined") as caught:
        published(work)
    assert "protected" in caught.value.hint


def test_a_remote_that_is_gone_is_said_in_gits_words(work: Path, remote: Path) -> None:
    shutil.rmtree(remote)
    with pytest.raises(PublishError, match=r"(?s)'origin' cannot be used.*remote\.git") as caught:
        published(work)
    assert "git remote -v" in caught.value.hint


def test_a_remote_that_nobody_named(tmp_path: Path) -> None:
    git = Git(repository(tmp_path / "alone"))
    with pytest.raises(PublishError, match="no remote 'origin'") as caught:
        RemoteBranch(git, "origin", "gh-pages")
    assert "git remote add origin URL" in caught.value.hint


def test_no_git_and_no_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(PublishError, match="lies in no git repository") as caught:
        Git(tmp_path)
    assert "git init" in caught.value.hint
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(PublishError, match="Git is not installed"):
        Git(tmp_path)


def test_a_committer_without_a_name(work: Path) -> None:
    said(work, "config", "--unset", "user.name")
    said(work, "config", "--unset", "user.email")
    said(work, "config", "user.useConfigOnly", "true")
    with pytest.raises(PublishError, match="does not know who commits") as caught:
        published(work)
    assert "git config user.name" in caught.value.hint


@pytest.mark.parametrize("name", ["a b", "-f", "x..y", "", "HEAD", "@"])
def test_a_name_that_no_branch_can_have(work: Path, name: str) -> None:
    with pytest.raises(PublishError, match="is no name for a branch"):
        published(work, branch=name)


def test_a_detached_head_and_a_shallow_clone_as_in_ci(work: Path, remote: Path) -> None:
    said(work, "push", "--quiet", "origin", "main")
    for text in ("one", "two"):
        published(work, {**SITE, "index.html": text})
    shallow = work.parent / "ci"
    said(work.parent, "clone", "-q", "--depth=1", "--branch=main", remote.as_uri(), str(shallow))
    said(shallow, "checkout", "--quiet", "--detach")
    said(shallow, "config", "user.name", "CI")
    said(shallow, "config", "user.email", "ci@example.org")
    done = published(shallow, {**SITE, "index.html": "three"})
    assert done.changed == ("index.html",)
    assert said(remote, "rev-list", "--count", "gh-pages") == "3"
    assert said(shallow, "rev-list", "--count", "HEAD") == "1", "still shallow"


def test_without_a_push_the_commit_is_on_a_branch_here(work: Path, remote: Path) -> None:
    before = state(work)
    published(work, push=False)
    assert on("gh-pages", work) == {**SITE, ".nojekyll": ""}
    assert said(remote, "branch", "--list") == ""
    assert published(work, push=False).same
    second = published(work, {**SITE, "index.html": "new"}, push=False)
    assert said(work, "rev-parse", "gh-pages") == second.commit
    assert state(work) == before
    with pytest.raises(PublishError, match="'main' is checked out"):
        published(work, push=False, branch="main")


def test_the_projects_own_branch_does_not_begin_as_a_gallery(work: Path, remote: Path) -> None:
    with pytest.raises(PublishError, match="'main' of 'origin' is not there yet, and here it is"):
        published(work, branch="main")
    assert said(remote, "branch", "--list") == ""
    said(work, "push", "--quiet", "origin", "main")
    with pytest.raises(PublishError, match=r"is in use: it holds 'code\.py'"):
        published(work, branch="main")
    published(work, branch="main", into="gallery")
    assert on("main", remote).keys() == {"code.py", *(f"gallery/{name}" for name in SITE)}


def test_line_ends_and_filters_of_the_repository_change_no_byte(work: Path, remote: Path) -> None:
    said(work, "config", "core.autocrlf", "true")
    (work / ".gitattributes").write_text("* text eol=crlf\n")
    published(work, {**SITE, "index.html": "a\r\nb\nc\r\n"})
    shown = subprocess.run(
        ["git", "-C", str(remote), "cat-file", "blob", "gh-pages:index.html"],
        capture_output=True,
        check=True,
    )
    assert shown.stdout == b"a\r\nb\nc\r\n"


def test_the_command_says_what_it_did(work: Path, remote: Path, tiny_site: Path) -> None:
    project = work / "gallery"
    project.mkdir()
    shutil.copytree(tiny_site, project / "site")
    (project / "photos").mkdir()
    (project / "site_config.yml").write_text("site: {name: Mine}\nmodel: vgg16-hed\n")

    def command(*words: str) -> Done:
        return run(project, "publish", *words)

    first = command("--dry-run")
    assert first.returncode == 0, first.stderr
    assert "'gh-pages' of 'origin' would change: " in first.stderr
    assert "Nothing was changed." in first.stderr
    assert "holds the site now, as " in command().stderr
    assert said(remote, "log", "-1", "--format=%s", "gh-pages") == "Publish Mine"
    _add(work, remote, {FILES: "damaged", "layers/theirs.html": "x"})
    assert "lie others, which stay: 'layers/theirs.html'. Remove" in command().stderr
    assert "there is nothing to do" in command().stderr
    assert command("--branch", "other", "--no-push", "-m", "\udcff").returncode == 0
    refused = command("--remote", "nowhere")
    assert refused.returncode == 7
    assert "no remote 'nowhere'" in refused.stderr
    shutil.rmtree(project / "site")
    unbuilt = command()
    assert (unbuilt.returncode, "Build it first" in unbuilt.stderr) == (6, True)
