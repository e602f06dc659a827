"""A finished site, proved; and each way in which it can be wrong, found and told."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import tiny_project
from PIL import Image

from generator.cache.store import UNSEALED, Cache, record_path
from generator.cli.main import cli
from generator.config.load import load_config
from generator.errors import SiteError
from generator.pipeline import build
from generator.proof.judging import Finding
from generator.proof.verify import Verified, changed_inputs, sample, verify
from generator.render.data_files.manifest import Listed
from generator.utils.report import Silent

CONFIG = (
    tiny_project.CONFIG.replace("[1, 2], size", "1, size")
    # Ranked by what filters answer, which a verification must find out without writing it.
    .replace("filters: [0, 1]}", "filters: {top: 1}, show: filter}")
)


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project that was built once; not to be changed."""
    folder = tiny_project.write(tmp_path_factory.mktemp("finished"), CONFIG)
    build(load_config(folder / "site_config.yml"), Silent())
    return folder


@pytest.fixture
def project(finished: Path, tmp_path: Path) -> Path:
    """A copy of it, with its cache and its site, to damage."""
    return shutil.copytree(finished, tmp_path / "a project")


def verified(project: Path, count: int | None = 0, seed: int = 0) -> Verified:
    config = load_config(project / "site_config.yml")
    return verify(config, config.site_folder, Silent(), count=count, seed=seed)


def wrong(project: Path, count: int | None = 0, *, strict: bool = False) -> list[Finding]:
    return verified(project, count).wrong(strict=strict)


def manifest(project: Path) -> dict[str, Any]:
    return json.loads((project / "site/manifest.json").read_text(encoding="utf-8"))


def rewrite(project: Path, fields: dict[str, Any]) -> None:
    text = json.dumps(fields, indent=1, ensure_ascii=False)
    (project / "site/manifest.json").write_text(text, encoding="utf-8")


def picture(fields: dict[str, Any], visualization: str, role: str) -> dict[str, Any]:
    return next(
        each
        for each in fields["pictures"]
        if (each["visualization"], each["role"]) == (visualization, role)
    )


def flip(file: Path) -> None:
    """One bit in the middle of a file."""
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)


def forge(project: Path, listed: dict[str, Any], colour: tuple[int, int, int]) -> None:
    """Another picture in a listed one's place, and a manifest that vouches for it."""
    file = project / "site" / listed["file"]
    Image.new("RGB", (listed["width"], listed["height"]), colour).save(file)
    listed["digest"] = hashlib.sha256(file.read_bytes()).hexdigest()


def times(folder: Path) -> dict[str, tuple[int, int]]:
    found = {path: path.stat() for path in sorted(folder.rglob("*")) if path.is_file()}
    return {str(path): (stat.st_mtime_ns, stat.st_size) for path, stat in found.items()}


def test_a_site_that_was_just_built_is_well_and_nothing_is_written(project: Path) -> None:
    before = times(project)
    found = verified(project, count=None)
    assert found.inputs == ()
    assert {finding.verdict for finding in found.findings} == {"same"}
    assert found.wrong(strict=True) == []
    files = [each["file"] for each in manifest(project)["pictures"]]
    for check in ("file", "again"):
        assert sorted(each.subject for each in found.findings if each.check == check) == files
    assert times(project) == before


def test_two_photos_that_are_alike_have_a_picture_each(project: Path) -> None:
    shutil.copyfile(project / "photos" / "stripes.png", project / "photos" / "twin.png")
    config = project / "site_config.yml"
    twins = config.read_text(encoding="utf-8").replace(
        "images:\n", "images:\n  - photos/twin.png\n"
    )
    config.write_text(twins, encoding="utf-8")
    build(load_config(config), Silent())
    assert wrong(project, None, strict=True) == []


def test_a_flipped_bit_in_a_picture_is_found_twice(project: Path) -> None:
    listed = picture(manifest(project), "kernels", "kernels")
    flip(project / "site" / listed["file"])
    (found,) = wrong(project)
    assert (found.check, found.subject, found.verdict) == ("file", listed["file"], "differs")
    assert f"not {listed['digest'][:12]}" in found.note
    again = [each for each in wrong(project, count=None) if each.check == "again"]
    assert [each.subject for each in again] == [listed["file"]]


def test_a_picture_that_is_gone_is_missing(project: Path) -> None:
    listed = picture(manifest(project), "activations", "map")
    (project / "site" / listed["file"]).unlink()
    assert {each.verdict for each in wrong(project, count=None)} == {"missing"}


@pytest.mark.parametrize("part", ["records", "objects"])
def test_a_flipped_bit_in_the_cache_is_found(project: Path, part: str) -> None:
    cache = project / ".cnn-gallery"
    key = picture(manifest(project), "maximization", "picture")["key"]
    record = next((cache / "records").glob(f"{key}*.json"))
    named = json.loads(record.read_bytes())["object"]
    flip(record if part == "records" else cache / f"objects/{named[:2]}/{named}.safetensors")
    (found,) = wrong(project)
    assert (found.check, found.verdict) == ("cache", "damaged")
    assert found.subject == f"maximization 3:1 ({key[:12]})"


@pytest.mark.parametrize(
    ("change", "note"),
    [
        ({"facts": {"mean": 123.0}}, "its record tells another 'mean' than the site"),
        ({"identity": {"layer": "1"}}, "its record is of something else"),
    ],
)
def test_a_changed_record_of_the_first_format_is_found(
    project: Path, change: dict[str, Any], note: str
) -> None:
    """It carries no digest of its own."""
    key = picture(manifest(project), "activations", "map")["key"]
    cache = Cache(project / ".cnn-gallery")
    record = cache.record(key)
    assert record is not None
    record_path(cache.folder, key).unlink()
    old = record_path(cache.folder, key, UNSEALED)
    old.write_text(json.dumps({"format": 1, **vars(record)}), encoding="utf-8")
    assert wrong(project) == []
    old.write_text(json.dumps({"format": 1, **vars(record), **change}), encoding="utf-8")
    (found,) = wrong(project)
    assert (found.check, found.verdict, found.note) == ("cache", "damaged", note)


def test_a_record_in_the_format_of_another_version_is_told_as_that(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    key = picture(manifest(project), "activations", "map")["key"]
    record_path(project / ".cnn-gallery", key).rename(
        record_path(project / ".cnn-gallery", key).with_name(f"{key}.99.json")
    )
    found = verified(project)
    (aside,) = (each for each in found.findings if each.verdict == "set aside")
    assert aside.note == "another version of cnn-gallery wrote it, in a format of its own"
    assert found.wrong(strict=True) == []
    status, out, said = run(project, "--sample", "0", capsys=capsys)
    assert status == 0 and " whole, 1 of another version.\n" in said and aside.note not in out


def test_on_a_machine_without_the_cache_the_site_can_still_be_proved(project: Path) -> None:
    shutil.rmtree(project / ".cnn-gallery")
    found = verified(project, count=None)
    assert found.wrong(strict=True) == []
    results = [each for each in found.findings if each.check == "cache"]
    assert {each.verdict for each in results} == {"elsewhere"}
    assert not (project / ".cnn-gallery").exists()


@pytest.mark.parametrize(
    ("visualization", "role"),
    [
        ("kernels", "kernels"),
        ("activations", "map"),
        ("maximization", "picture"),
        ("photo", "original"),
    ],
)
def test_a_forged_picture_whose_digest_is_listed_is_found(
    project: Path, visualization: str, role: str
) -> None:
    fields = manifest(project)
    listed = picture(fields, visualization, role)
    forge(project, listed, (90, 140, 60))
    rewrite(project, fields)
    assert wrong(project) == []  # the files are as they are listed
    (found,) = wrong(project, count=None)
    assert (found.check, found.subject, found.verdict) == ("again", listed["file"], "differs")
    assert found.far is not None and found.far.largest > 2


def test_a_forged_number_is_found(project: Path) -> None:
    fields = manifest(project)
    listed = picture(fields, "maximization", "picture")
    listed["facts"]["activation"] *= 1.1
    rewrite(project, fields)
    cached, again = wrong(project, count=None)
    assert cached.note == "its record tells another 'activation' than the site"
    assert again.subject == listed["file"]
    assert again.note == "its fact 'activation' is not what was found now"


@pytest.mark.parametrize(
    ("label", "told"),
    [("layer", "0"), ("visualization", "kernels"), ("parameters", {"steps": 9}), ("image", "cat")],
)
def test_a_picture_that_passes_for_another_s_is_found(
    project: Path, label: str, told: object
) -> None:
    """Its file is the listed one, and its key a result's: only what it is said to show is wrong."""
    fields = manifest(project)
    listed = picture(fields, "maximization", "picture")
    listed[label] = told
    rewrite(project, fields)
    found = {each.check: each for each in wrong(project, count=None)}
    assert found["again"].subject == listed["file"] and found["again"].verdict == "differs"
    if label != "image":  # of which a record knows the digest, and not the name
        assert found["cache"].note == f"the site tells another '{label}' than its record"


@pytest.mark.parametrize("file", ["../secret.png", "/etc/hosts", "a\\b.png", "a\0b.png"])
def test_a_path_that_leads_out_of_the_site_is_refused(project: Path, file: str) -> None:
    fields = manifest(project)
    fields["pictures"][0]["file"] = file
    rewrite(project, fields)
    with pytest.raises(SiteError, match="is no path inside a site"):
        verified(project)


def test_other_weights_are_said_first(project: Path) -> None:
    config = project / "site_config.yml"
    config.write_text(config.read_text("utf-8").replace("seed: 3", "seed: 4"), encoding="utf-8")
    found = verified(project, count=2)
    assert "Seed: 3 when the site was built, 4 now" in found.inputs
    assert any(line.startswith("Weights: ") for line in found.inputs)
    assert any(line.startswith("Config file: ") for line in found.inputs)
    note = "today's config, network and photos ask for no such picture"
    assert {each.note for each in found.wrong(strict=False)} == {note}


def test_a_picture_that_nothing_lists_is_said(project: Path) -> None:
    Image.new("RGB", (8, 8)).save(project / "site/pictures/stranger.png")
    Image.new("RGB", (8, 8)).save(project / "site/my-own.png")  # a page's of the user's
    assert wrong(project) == []
    (found,) = wrong(project, strict=True)
    assert (found.subject, found.verdict) == ("pictures/stranger.png", "unlisted")


def test_a_folder_without_a_manifest_is_refused(project: Path) -> None:
    (project / "site/manifest.json").unlink()
    with pytest.raises(SiteError, match=r"cannot be verified: manifest\.json cannot be read"):
        verified(project)


def listed(visualization: str, number: int) -> Listed:
    return Listed(
        file=f"pictures/{visualization}/{number}.png",
        visualization=visualization,
        role="picture",
        width=1,
        height=1,
        bytes=1,
        digest="",
    )


PICTURES = [
    listed(kind, number)
    for kind, count in {"kernels": 2, "maximization": 60, "photo": 8, "activations": 9}.items()
    for number in range(count)
]


@pytest.mark.parametrize("seed", range(20))
def test_a_sample_has_one_of_each_visualization_before_a_second(seed: int) -> None:
    chosen = sample(PICTURES, 4, seed)
    kinds = [each.visualization for each in chosen]
    assert sorted(kinds) == ["activations", "kernels", "maximization", "photo"]
    assert kinds[-1] == "photo"
    assert [each.file for each in sample(PICTURES, 4, seed)] == [each.file for each in chosen]


def test_samples_differ_by_seed_and_hold_nothing_twice() -> None:
    chosen = {tuple(each.file for each in sample(PICTURES, 12, seed)) for seed in range(20)}
    assert len(chosen) == 20
    assert all(len(set(files)) == 12 for files in chosen)
    everything = {each.file for each in PICTURES}
    assert {each.file for each in sample(PICTURES, 1000, 0)} == everything
    assert {each.file for each in sample(PICTURES, None, 0)} == everything
    assert sample(PICTURES, 0, 0) == []


def test_inputs_are_compared_by_name() -> None:
    then = {"Versions": {"torch": "2.12.0"}, "Digests": {"Photo a": "ab" * 32}, "Work": {"x": 1}}
    now = {"Versions": {"torch": "2.13.0"}, "Digests": {}, "Work": {"x": 2}}
    assert changed_inputs(then, now) == [
        "torch: 2.12.0 when the site was built, 2.13.0 now",
        "Photo a: abababababab when the site was built, nothing now",
    ]
    assert changed_inputs(now, now) == []
    assert "older version" in changed_inputs({}, now)[0]


def run(project: Path, *arguments: str, capsys: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    arguments = ("verify", "-c", str(project / "site_config.yml"), *arguments)
    with pytest.raises(SystemExit) as ended:
        cli.main(list(arguments), standalone_mode=False)
    printed = capsys.readouterr()
    return int(ended.value.code or 0), printed.out, printed.err


def test_the_command_tells_what_is_wrong_and_exits_with_1(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, out, err = run(project, "--sample", "0", capsys=capsys)
    assert status == 0
    assert "All is well." in err and "as the manifest lists them" in err
    file = picture(manifest(project), "kernels", "kernels")["file"]
    flip(project / "site" / file)
    status, out, err = run(project, "--sample", "0", capsys=capsys)
    assert status == 1
    assert file in out and "differs" in out and "1 thing wrong with the site." in out
    status, out, err = run(project, "--sample", "0", "-q", capsys=capsys)
    assert (status, err) == (1, "")
    assert file in out


def test_json_has_every_finding(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = run(project, "--sample", "3", "--seed", "5", "--json", "-q", capsys=capsys)
    found = json.loads(out)
    assert status == 0 and found["well"] and found["inputs"] == []
    assert found["sample"] == {"count": 3, "seed": 5}
    again = [each for each in found["findings"] if each["check"] == "again"]
    assert len(again) == 3
    assert {each["far"]["largest"] for each in again} == {0}


def test_without_a_sample_torch_is_not_needed(project: Path) -> None:
    """So a server that publishes a site can look at its files."""
    poison = project / "poison"
    (poison / "torch").mkdir(parents=True)
    (poison / "torch/__init__.py").write_text("raise SystemExit('torch was imported')")
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-m", "generator", "verify", "--sample", "0"],
        cwd=project,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(poison), str(root)])},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "All is well." in done.stderr
