"""A site is put in place wholly or not at all, and never over anything that is not a gallery."""

from __future__ import annotations

import json
import os
import stat
import sys
from pathlib import Path

import pytest
from tiny_project import tree

from generator.errors import SiteError
from generator.render.site import swap
from generator.render.site.exchange import exchange
from generator.render.site.listing import FILES
from generator.render.site.swap import building, check_output, put_in_place

OURS = json.dumps({"format": 1, "generator": "cnn-gallery 0.1.0"})


def site_of(folder: Path, **files: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "manifest.json").write_text(OURS)
    for name, text in files.items():
        (folder / f"{name}.html").write_text(text)
    return folder


def test_a_new_site_is_put_in_place_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    site = tmp_path / "deep" / "site"
    with building(site) as built:
        put_in_place(site_of(built, a="new"), site)
    assert (site / "a.html").read_text() == "new"
    assert [path.name for path in site.parent.iterdir()] == ["site"]


def test_the_site_can_be_read_by_whoever_may_read_new_folders(tmp_path: Path) -> None:
    site = tmp_path / "site"
    with building(site) as built:
        put_in_place(site_of(built, a="new"), site)
    (tmp_path / "usual").mkdir()
    assert stat.S_IMODE(site.stat().st_mode) == stat.S_IMODE((tmp_path / "usual").stat().st_mode)


def test_unchanged_files_keep_their_time_and_others_go_or_come(tmp_path: Path) -> None:
    site = site_of(tmp_path / "site", same="same", changed="old", gone="old")
    long_ago = 1_000_000_000_123_456_789
    for path in site.iterdir():
        os.utime(path, ns=(long_ago, long_ago))
    with building(site) as built:
        put_in_place(site_of(built, same="same", changed="new", added="new"), site)
    assert {p.name for p in site.iterdir()} == {
        "manifest.json",
        "same.html",
        "changed.html",
        "added.html",
    }
    assert (site / "same.html").stat().st_mtime_ns == long_ago
    assert (site / "changed.html").stat().st_mtime_ns > long_ago
    assert [path.name for path in tmp_path.iterdir()] == ["site"]


@pytest.mark.parametrize("wrong", [OSError(5, "Input/output error"), KeyboardInterrupt()])
def test_the_old_site_stands_when_the_swap_fails_half_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wrong: BaseException
) -> None:
    site = site_of(tmp_path / "site", a="old")
    before = tree(site)
    rename = Path.rename

    def fails_for_the_new(self: Path, target: Path) -> Path:
        if ".building-" in self.name:
            raise wrong
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", fails_for_the_new)
    monkeypatch.setattr(swap, "exchange", lambda one, other: False)
    expected = SiteError if isinstance(wrong, OSError) else KeyboardInterrupt
    with pytest.raises(expected), building(site) as built:
        put_in_place(site_of(built, a="new"), site)
    assert tree(site) == before
    assert [path.name for path in tmp_path.iterdir()] == ["site"]


@pytest.mark.parametrize("in_one_step", [True, False])
def test_the_new_site_takes_the_place_of_the_old_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, in_one_step: bool
) -> None:
    """With an exchange and, where the system has none, with two renames."""
    if not in_one_step:
        monkeypatch.setattr(swap, "exchange", lambda one, other: False)
    site = site_of(tmp_path / "site", a="old")
    with building(site) as built:
        put_in_place(site_of(built, b="new"), site)
    assert (site / "b.html").read_text() == "new"
    assert not (site / "a.html").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["site"]


@pytest.mark.skipif(sys.platform != "linux", reason="not every system has an exchange")
def test_folders_trade_places_at_once(tmp_path: Path) -> None:
    one, other = site_of(tmp_path / "one", a="1"), site_of(tmp_path / "other", b="2")
    assert exchange(one, other)
    assert (one / "b.html").is_file() and (other / "a.html").is_file()
    assert not exchange(one, tmp_path / "nowhere")
    assert (one / "b.html").is_file()


def test_a_site_lost_between_two_renames_comes_back(tmp_path: Path) -> None:
    site_of(tmp_path / ".site.previous", a="old")  # as a kill in that instant leaves it
    check_output(tmp_path / "site")
    assert (tmp_path / "site" / "a.html").read_text() == "old"


def test_an_output_that_is_a_file_is_refused_and_kept(tmp_path: Path) -> None:
    site = tmp_path / "site"
    site.write_text("a diary")
    with pytest.raises(SiteError, match="is a file, not a folder") as caught:
        check_output(site)
    assert "output: site" in caught.value.hint
    assert site.read_text() == "a diary"


@pytest.mark.parametrize(
    "manifest",
    [None, "{}", "[]", "not json", '{"name": "a web app"}', '{"generator": "WordPress"}'],
)
def test_a_folder_of_somebody_elses_is_refused_and_kept(
    tmp_path: Path, manifest: str | None
) -> None:
    site = tmp_path / "site"
    site.mkdir()
    (site / "diary.txt").write_text("dear diary")
    if manifest is not None:
        (site / "manifest.json").write_text(manifest)
    before = tree(site)
    with pytest.raises(SiteError, match="is not empty and was not made by cnn-gallery") as caught:
        check_output(site)
    assert "'stage' takes a folder, and of a build it is output: site" in caught.value.hint
    with building(site) as built, pytest.raises(SiteError):
        put_in_place(site_of(built, a="new"), site)
    assert tree(site) == before


def test_an_empty_folder_will_do(tmp_path: Path) -> None:
    (tmp_path / "site").mkdir()
    with building(tmp_path / "site") as built:
        put_in_place(site_of(built, a="new"), tmp_path / "site")
    assert (tmp_path / "site" / "a.html").read_text() == "new"


@pytest.mark.parametrize("which", ["site", "."])
def test_a_read_only_output_is_refused_even_to_the_superuser(tmp_path: Path, which: str) -> None:
    home = tmp_path / "home"
    site = site_of(home / "site", a="old")
    locked = home / which
    mode = locked.stat().st_mode
    locked.chmod(0o555)
    try:
        with pytest.raises(SiteError, match=f"'{locked}' is read-only"):
            check_output(site)
    finally:
        locked.chmod(mode)
    assert (site / "a.html").read_text() == "old"


def test_a_linked_site_is_replaced_where_it_really_is(tmp_path: Path) -> None:
    real = site_of(tmp_path / "www" / "real", a="old")
    (tmp_path / "site").symlink_to(real)
    with building(tmp_path / "site") as built:
        put_in_place(site_of(built, a="new"), tmp_path / "site")
    assert (tmp_path / "site").is_symlink()
    assert (real / "a.html").read_text() == "new"


def test_a_link_to_itself_is_refused(tmp_path: Path) -> None:
    (tmp_path / "site").symlink_to("site")
    with pytest.raises(SiteError, match="is a link to nothing"):
        check_output(tmp_path / "site")


def test_a_gallery_is_known_by_how_its_manifest_begins(
    tmp_path: Path,
) -> None:
    """The rest is megabytes, and may be damaged: whose folder it is stays clear."""
    site_of(tmp_path / "site", a="old")
    (tmp_path / "site" / "manifest.json").write_text('{\n"format": 1,\n"generator": "cnn-gallery 9')
    check_output(tmp_path / "site")
    (tmp_path / "site" / "manifest.json").write_text('{"format": 1, "generator": "cnn-galleryish"')
    with pytest.raises(SiteError, match="was not made by cnn-gallery"):
        check_output(tmp_path / "site")


def test_a_manifest_too_deep_to_read_is_none(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text("[" * 100_000, encoding="utf-8")
    with pytest.raises(SiteError, match="was not made by cnn-gallery"):
        check_output(tmp_path)


def test_a_link_to_nothing_is_refused(tmp_path: Path) -> None:
    (tmp_path / "site").symlink_to(tmp_path / "gone")
    with pytest.raises(SiteError, match=r"is a link to nothing: .*gone\.\nRemove the link, or"):
        check_output(tmp_path / "site")


def test_a_file_where_a_folder_above_should_be_is_refused(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file")
    with pytest.raises(SiteError, match=r"'.*out' is a file, not a folder"):
        check_output(tmp_path / "out" / "site")


def test_what_killed_builds_left_beside_the_site_goes(tmp_path: Path) -> None:
    left, others = tmp_path / ".site.building-0123456789ab", tmp_path / ".other.building-01"
    for folder in (left, others):
        (folder / "half").mkdir(parents=True)
    with building(tmp_path / "site") as folder:
        assert not left.exists() and not folder.exists()
    assert others.exists()


def built(site: Path, **files: str) -> Path:
    """A site as a build puts it in place, with the list of its files."""
    with building(site) as folder:
        put_in_place(site_of(folder, **files), site, listed=True)
    return site


def test_a_site_lists_its_files(tmp_path: Path) -> None:
    site = built(tmp_path / "site", a="old")
    assert json.loads((site / FILES).read_text()) == ["a.html", FILES, "manifest.json"]
    os.utime(site / FILES, ns=(1, 1))
    built(site, a="new")
    assert (site / FILES).stat().st_mtime_ns == 1, "the same list keeps its time"
    built(site, b="new")
    assert json.loads((site / FILES).read_text()) == ["b.html", FILES, "manifest.json"]


@pytest.mark.parametrize("name", ["mine.txt", "papers/mine.pdf", "papers/.mine"])
def test_files_of_others_in_a_site_are_refused_and_kept(tmp_path: Path, name: str) -> None:
    site = built(tmp_path / "site", a="old")
    (site / name).parent.mkdir(exist_ok=True)
    (site / name).write_text("mine")
    before = tree(site)
    words = f"holds files that no build put there: '{name}'\\."
    with pytest.raises(SiteError, match=words) as caught:
        check_output(site)
    assert "docs/ beside the config" in caught.value.hint
    with pytest.raises(SiteError, match=words):
        built(site, a="new")
    assert tree(site) == before


def test_of_many_files_some_are_named(tmp_path: Path) -> None:
    site = built(tmp_path / "site", a="old")
    for number in range(7):
        (site / f"{number}.txt").write_text("mine")
    with pytest.raises(SiteError, match=r"'3\.txt', '4\.txt' and 2 more\."):
        check_output(site)


def test_what_is_about_the_host_stays_and_litter_is_nobodys(tmp_path: Path) -> None:
    site = built(tmp_path / "site", a="old")
    (site / "CNAME").write_text("filters.example.org")
    (site / ".nojekyll").write_text("")
    (site / ".well-known").mkdir()
    (site / ".well-known" / "security.txt").write_text("Contact: mailto:ada@example.org")
    (site / ".htaccess").symlink_to("nowhere")
    (site / ".DS_Store").write_text("where the windows were")
    (site / "CACHEDIR.TAG").write_text("Signature: 8a477f597d28d172789f06886806bc55")
    for text in ("new", "newer"):
        built(site, a=text)
        assert (site / "CNAME").read_text() == "filters.example.org"
        assert {path.name for path in site.iterdir()} == {
            *("CNAME", ".nojekyll", ".well-known", ".htaccess", FILES, "a.html", "manifest.json")
        }
        assert (site / ".well-known" / "security.txt").is_file()


@pytest.mark.parametrize("listed", [True, False])
def test_a_git_repository_is_refused_and_kept(tmp_path: Path, listed: bool) -> None:
    site = built(tmp_path / "site", a="old")
    if not listed:  # as an earlier version left it
        (site / FILES).unlink()
    (site / ".git").mkdir()
    (site / ".git" / "HEAD").write_text("ref: refs/heads/gh-pages")
    for refused in (check_output, built):
        with pytest.raises(SiteError, match="is a git repository") as caught:
            refused(site)
        assert "cnn-gallery publish" in caught.value.hint
    assert (site / ".git" / "HEAD").is_file() and (site / "a.html").read_text() == "old"


def test_a_site_of_an_earlier_version_is_replaced_and_then_listed(tmp_path: Path) -> None:
    site = site_of(tmp_path / "site", a="old", gone="old")
    (site / "CNAME").write_text("filters.example.org")
    check_output(site)
    built(site, a="new")
    assert not (site / "gone.html").exists() and (site / "CNAME").is_file()
    assert json.loads((site / FILES).read_text()) == ["a.html", FILES, "manifest.json"]
