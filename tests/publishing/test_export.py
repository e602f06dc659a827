"""A finished site as one zip: the same bytes each time, one folder, and nothing half-written."""

from __future__ import annotations

import os
import shutil
import zipfile
from pathlib import Path

import pytest
from full_disk import files_of_at_most
from shell import Done, run

from generator.errors import SiteError
from generator.publishing.export import export_zip
from generator.publishing.finished import short_name, site_files


@pytest.fixture
def site(tmp_path: Path) -> Path:
    folder = tmp_path / "site"
    (folder / "pictures").mkdir(parents=True)
    (folder / "index.html").write_text("<h1>Filters</h1>" * 100, encoding="utf-8")
    (folder / "pictures" / "ünit.png").write_bytes(os.urandom(2000))
    return folder


def test_a_zip_unpacks_into_one_folder_with_a_note(site: Path, tmp_path: Path) -> None:
    done = export_zip(site_files(site), tmp_path / "out" / "g.zip", "mine", "Mine")
    assert (done.files, done.size) == (2, done.path.stat().st_size)
    with zipfile.ZipFile(done.path) as archive:
        archive.extractall(tmp_path / "unpacked")
        assert archive.testzip() is None
    assert [path.name for path in (tmp_path / "unpacked").iterdir()] == ["mine"]
    for name, path in site_files(site).items():
        assert (tmp_path / "unpacked" / "mine" / name).read_bytes() == path.read_bytes()
    assert "open index.html" in (tmp_path / "unpacked" / "mine" / "READ ME.txt").read_text()


def test_the_same_site_gives_the_same_bytes(site: Path, tmp_path: Path) -> None:
    one = export_zip(site_files(site), tmp_path / "1.zip", "mine", "Mine").path
    os.utime(site / "index.html", (1, 1))
    (site / "index.html").chmod(0o600)
    shuffled = dict(reversed(site_files(site).items()))
    two = export_zip(shuffled, tmp_path / "2.zip", "mine", "Mine").path
    assert one.read_bytes() == two.read_bytes()
    with zipfile.ZipFile(one) as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert {oct(entry.external_attr >> 16) for entry in archive.infolist()} == {"0o100644"}
        kinds = {entry.filename[5:]: entry.compress_type for entry in archive.infolist()}
    assert kinds["index.html"] == zipfile.ZIP_DEFLATED
    assert kinds["pictures/ünit.png"] == zipfile.ZIP_STORED


def test_a_note_of_the_sites_own_is_kept(site: Path, tmp_path: Path) -> None:
    (site / "READ ME.txt").write_text("mine")
    done = export_zip(site_files(site), tmp_path / "g.zip", "mine", "Mine")
    with zipfile.ZipFile(done.path) as archive:
        assert archive.read("mine/READ ME.txt") == b"mine"


def test_a_full_disk_leaves_the_old_zip(site: Path, tmp_path: Path) -> None:
    target = tmp_path / "g.zip"
    old = export_zip({"a": site / "index.html"}, target, "mine", "Mine").path.read_bytes()
    with files_of_at_most(1000), pytest.raises(SiteError, match=r"could not be written.*too large"):
        export_zip(site_files(site), target, "mine", "Mine")
    assert target.read_bytes() == old
    assert sorted(path.name for path in tmp_path.iterdir()) == ["g.zip", "site"]


def test_what_is_no_zip_is_not_replaced_with_one(site: Path, tmp_path: Path) -> None:
    config = tmp_path / "site_config.yml"
    config.write_text("site: {name: Mine}\n")
    os.mkfifo(tmp_path / "pipe")
    for target in (config, tmp_path / "pipe"):
        with pytest.raises(SiteError, match="is there already, and is no zip"):
            export_zip(site_files(site), target, "mine", "Mine")
    assert config.read_text() == "site: {name: Mine}\n"
    (tmp_path / "new.zip").touch()
    for _ in ("empty", "a zip"):
        assert export_zip(site_files(site), tmp_path / "new.zip", "mine", "Mine").files == 2


def test_a_folder_is_no_zip(site: Path, tmp_path: Path) -> None:
    with pytest.raises(SiteError, match="is a folder"):
        export_zip(site_files(site), tmp_path, "mine", "Mine")


def test_a_name_that_is_no_text_is_refused(site: Path, tmp_path: Path) -> None:
    files = {**site_files(site), "n\udcff.png": site / "index.html"}
    with pytest.raises(SiteError, match=r"no file of the name 'n\\udcff\.png', which is not UTF-8"):
        export_zip(files, tmp_path / "g.zip", "mine", "Mine")
    assert not (tmp_path / "g.zip").exists()


def test_files_that_are_one_on_other_systems_are_told_of(tiny_site: Path, tmp_path: Path) -> None:
    shutil.copytree(tiny_site, tmp_path / "site")
    (tmp_path / "site_config.yml").write_text("site: {name: Mine}\n")
    (tmp_path / "docs").mkdir()
    command = ("export", "--zip", "out.zip")
    assert "are one" not in run(tmp_path, *command).stderr
    for name in ("Kernels.html", "Pictures/theirs.png"):
        (tmp_path / "site" / name).parent.mkdir(exist_ok=True)
        (tmp_path / "site" / name).touch()
    if len(list((tmp_path / "site").glob("[Kk]ernels.html"))) == 1:
        pytest.skip("here they are one as well")
    said = run(tmp_path, *command).stderr
    assert "On macOS and Windows, these names are one: Kernels.html, kernels.html." in said
    assert "these names are one: Pictures, pictures." in said


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("VGG16, filter by filter", "vgg16-filter-by-filter"),
        ("  Ünïts <b>/../", "units-b"),
        ("画廊", "gallery"),
        ("x" * 200, "x" * 60),
    ],
)
def test_a_name_becomes_a_folders(name: str, short: str) -> None:
    assert short_name(name) == short


def command(project: Path, *words: str) -> Done:
    return run(project, "export", *words)


def test_the_command_names_the_file_and_its_size(tiny_site: Path, tmp_path: Path) -> None:
    project = tiny_site.parent
    target = tmp_path / "my.zip"
    done = command(project, "--zip", str(target))
    assert done.returncode == 0, done.stderr
    assert f"{target}: {len(site_files(tiny_site))} files, " in done.stderr
    with zipfile.ZipFile(target) as archive:
        assert "a-tiny-gallery/index.html" in archive.namelist()
    inside = command(project, "--zip", "site/my.zip")
    assert (inside.returncode, "in the site itself" in inside.stderr) == (6, True)


def test_a_site_with_a_dead_link_is_not_packed(tmp_path: Path) -> None:
    (tmp_path / "site").mkdir()
    (tmp_path / "site_config.yml").write_text("site: {name: Mine}\n")
    missing = command(tmp_path, "--zip")
    assert (missing.returncode, "Build it first" in missing.stderr) == (6, True)
    (tmp_path / "site" / "manifest.json").write_text('{"generator": "cnn-gallery 0.1.0"}')
    (tmp_path / "site" / "index.html").write_text('<a href="gone.html">x</a>')
    broken = command(tmp_path, "--zip")
    assert broken.returncode == 6
    assert "index.html: 'gone.html' leads to no file" in broken.stderr
    (tmp_path / "site" / "index.html").write_text("<h1>Whole</h1>")
    assert command(tmp_path, "--zip", "-q").returncode == 0
    assert (tmp_path / "mine.zip").is_file()
