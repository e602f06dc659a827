"""Natural examples from the config to results: which pictures, what is computed again, what not."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np
import pytest
import tiny_project
import torch
from PIL import Image

from generator.building.pool import find_pool, tell_unreadable
from generator.building.prepare import Prepared, find_photos, prepare
from generator.config.load import load_config
from generator.errors import PictureError
from generator.incremental.inputs import gather
from generator.photos.images import Picture
from generator.proof.remake import remake
from generator.render.data_files.manifest import Listed
from generator.render.drawing.pictures import draw
from generator.utils.report import Silent
from generator.visualizations import exemplars
from generator.visualizations.exemplars import ranking
from generator.visualizations.exemplars.chunks import chunks

CONFIG = (
    tiny_project.CONFIG.partition("visualizations:")[0]
    + """\
visualizations:
  - {kind: exemplars, layers: "conv:*", filters: [0, 1], top: 3, bottom: 2}
"""
)


class Warned(Silent):
    """A report that remembers warnings."""

    def __init__(self) -> None:
        self.warnings: list[str] = []

    def warn(self, message: str) -> None:
        self.warnings.append(message)


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exemplars, "chunks", partial(chunks, largest=2))


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tiny_project.write(tmp_path / "project", CONFIG + "exemplars: many\n")
    (folder / "many").mkdir()
    for number in range(6):
        add(folder, number)
    return folder


def add(project: Path, number: int, folder: str = "many") -> Path:
    pixels = np.random.default_rng(number).integers(0, 256, (40, 50, 3), dtype=np.uint8)
    path = project / folder / f"photo {number}.png"
    Image.fromarray(pixels).save(path)
    return path


def prepared(project: Path, report: Silent | None = None) -> Prepared:
    return prepare(load_config(project / "site_config.yml"), report or Silent())


def compute(project: Path) -> int:
    """Compute what is missing; return how many tasks that were."""
    found = prepared(project)
    missing = found.missing()
    found.workshop.compute(missing, Silent())
    return len(missing)


def pool(project: Path, report: Silent | None = None) -> tuple[Picture, ...]:
    config = load_config(project / "site_config.yml")
    return find_pool(config, find_photos(config), report or Silent())


def write(project: Path, exemplars: str) -> None:
    (project / "site_config.yml").write_text(f"{CONFIG}exemplars: {exemplars}\n", encoding="utf-8")


@pytest.mark.parametrize(
    ("written", "count"),
    [("many", 6), ("many/*.png", 6), ("['many/photo 1.png', 'many/photo [23].png']", 3)],
)
def test_the_pool_is_a_folder_a_glob_or_a_list(project: Path, written: str, count: int) -> None:
    (project / "many" / "notes.txt").write_text("no picture", encoding="utf-8")
    write(project, written)
    found = pool(project)
    assert len(found) == count
    assert [each.name for each in found] == [each.digest for each in found]


def test_without_a_pool_the_photos_are_it(project: Path) -> None:
    (project / "site_config.yml").write_text(CONFIG, encoding="utf-8")
    (photo,) = pool(project)
    assert photo.title == "Stripes <b>"


def test_no_picture_is_opened_where_nothing_asks_for_examples(project: Path) -> None:
    config = tiny_project.CONFIG + "exemplars: nowhere\n"
    (project / "site_config.yml").write_text(config, encoding="utf-8")
    assert pool(project) == ()


def test_a_photo_in_the_pool_keeps_its_title_and_a_copy_counts_once(project: Path) -> None:
    for name in ("a.png", "b.png"):
        (project / "many" / name).write_bytes((project / "photos/stripes.png").read_bytes())
    found = pool(project)
    assert len(found) == 7
    assert [each.title for each in found].count("Stripes <b>") == 1


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("[many, nowhere]", "exemplars[1]: No picture matches 'nowhere'"),
        ("docs", "holds no picture"),
        ("docs/*.md", "none of 1 file is a picture that can be read"),
    ],
)
def test_a_pool_without_pictures_is_a_mistake(project: Path, written: str, words: str) -> None:
    write(project, written)
    with pytest.raises(PictureError) as raised:
        pool(project)
    assert words in str(raised.value)
    assert "site_config.yml:" in str(raised.value)


def test_files_that_are_no_pictures_are_left_out_and_named(project: Path) -> None:
    (project / "many" / "empty.jpg").touch()
    (project / "many" / "text.jpg").write_text("hello", encoding="utf-8")
    report = Warned()
    assert len(pool(project, report)) == 6
    (warning,) = report.warnings
    assert warning.startswith("2 of 8 pictures under 'exemplars' left out.")
    assert "empty.jpg' is empty" in warning
    assert "text.jpg' is not a picture" in warning


@pytest.mark.parametrize("pattern", ["many", "many/*.png"])
def test_a_link_to_nothing_is_told_of_in_a_folder_and_in_a_glob(
    project: Path, pattern: str
) -> None:
    (project / "many" / "away.png").symlink_to("gone.png")
    config = project / "site_config.yml"
    config.write_text(config.read_text().replace("exemplars: many", f"exemplars: {pattern}"))
    report = Warned()
    assert len(pool(project, report)) == 6
    (warning,) = report.warnings
    assert warning.startswith("1 of 7 pictures under 'exemplars' left out.")
    assert "away.png" in warning


def test_broken_pictures_are_named_once_and_the_rest_are_used(project: Path) -> None:
    broken = add(project, 6)
    broken.write_bytes(broken.read_bytes()[:500])
    compute(project)
    report = Warned()
    found = prepared(project, report)
    tell_unreadable(found.plan.tasks, found.workshop, report)
    (warning,) = report.warnings
    assert warning.startswith("1 of 7 pictures under 'exemplars' left out.")
    assert "photo 6.png' is damaged" in warning
    (facts, *_) = unit_facts(found)
    assert facts["pictures"] == 6


def test_of_nothing_but_broken_pictures_no_unit_has_examples(project: Path) -> None:
    for path in (project / "many").iterdir():
        path.write_bytes(path.read_bytes()[:500])
    found = prepared(project)
    failures = found.workshop.compute(found.missing(), Silent())
    units = {planned.key for planned in found.plan.tasks if planned.task.needs}
    assert {failure.planned.key for failure in failures} == units
    for failure in failures:
        assert failure.words.startswith("None of the 6 pictures under 'exemplars' can be opened")


def unit_facts(found: Prepared) -> list[dict]:
    records = [found.workshop.cache.record(p.key) for p in found.plan.tasks if p.task.needs]
    return [dict(record.facts) for record in records if record]


def test_one_more_picture_ranks_its_own_chunk_alone(project: Path) -> None:
    chunked = len(chunks(pool(project), 2))
    assert compute(project) == 2 * chunked + 4  # two layers, of each two units
    assert compute(project) == 0
    add(project, 7)
    split = len(chunks(pool(project), 2)) - chunked
    assert compute(project) == 2 * (1 + split) + 4
    (project / "many" / "photo 7.png").rename(project / "many" / "renamed.png")
    assert compute(project) == 0


def test_another_number_of_pieces_ranks_nothing(project: Path) -> None:
    compute(project)
    text = (project / "site_config.yml").read_text(encoding="utf-8")
    (project / "site_config.yml").write_text(text.replace("top: 3", "top: 4"), encoding="utf-8")
    assert compute(project) == 4


def test_a_killed_pass_goes_on_where_it_was(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole, ranked = ranking.rank, []

    def killed(network, readings, pictures):
        if len(ranked) == 2:
            raise KeyboardInterrupt
        ranked.append(pictures)
        return whole(network, readings, pictures)

    monkeypatch.setattr(ranking, "rank", killed)
    everything = len(prepared(project).missing())
    with pytest.raises(KeyboardInterrupt):
        compute(project)
    monkeypatch.setattr(ranking, "rank", whole)
    assert compute(project) == everything - 2 * 2  # two chunks of two layers are done


def test_chunks_do_not_change_what_is_found(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    compute(project)
    chunked = unit_facts(prepared(project))
    monkeypatch.setattr(exemplars, "chunks", partial(chunks, largest=100))
    compute(project)
    at_once = unit_facts(prepared(project))
    for one, other in zip(chunked, at_once, strict=True):
        for side in ("top", "bottom"):
            assert [piece["picture"] for piece in one[side]] == [
                piece["picture"] for piece in other[side]
            ]
        assert one["histogram"] == other["histogram"]


def test_examples_made_again_are_the_same(project: Path) -> None:
    compute(project)
    found = prepared(project)
    (figure, *_) = found.plan.entries[0].figures
    planned = next(item for item in found.plan.tasks if item.task == figure.task)
    (result,) = found.workshop.results([planned], Silent())
    drawn = draw(result.tensors, figure)
    listed = Listed(
        file="a.webp",
        visualization="exemplars",
        role="exemplars",
        layer=figure.task.layer,
        channel=figure.channel,
        key=planned.key,
        width=drawn.width,
        height=drawn.height,
        bytes=1,
        digest="",
    )
    (again,) = remake(found, [listed])
    assert again.contents == (drawn.image_bytes,)


def test_the_pool_is_among_the_inputs_of_a_build(project: Path) -> None:
    inputs = gather(load_config(project / "site_config.yml"))
    assert str(project / "many" / "photo 3.png") in inputs.files


def test_the_examples_are_where_the_network_looked(project: Path) -> None:
    """A lone bright dot in one of many dark pictures: found, and in the middle of its piece."""
    for path in (project / "many").iterdir():
        path.unlink()
    for number in range(5):
        pixels = np.full((320, 320, 3), number, np.uint8)
        if number == 3:
            pixels[100:110, 200:210] = 255
        Image.fromarray(pixels).save(project / "many" / f"{number}.png")
    seeing = torch.nn.Conv2d(3, 6, 3)  # each filter gives what is in the middle of its place
    torch.nn.init.dirac_(seeing.weight)
    state = {"0.weight": seeing.weight.detach(), "0.bias": torch.zeros(6)}
    state |= {"3.weight": torch.ones(4, 6, 3, 3), "3.bias": torch.zeros(4)}
    torch.save(state, project / "weights.pt")
    config = (project / "site_config.yml").read_text(encoding="utf-8")
    config = config.replace("weights: none", "weights: weights.pt")
    (project / "site_config.yml").write_text(config, encoding="utf-8")
    compute(project)
    found = prepared(project)
    (facts, *_) = unit_facts(found)
    titles = {picture.name: picture.title for picture in found.workshop.pictures.values()}
    best = facts["top"][0]
    assert titles[best["picture"]] == "3"
    assert best["box"] == pytest.approx([19 / 32, 9 / 32, 22 / 32, 12 / 32], abs=1e-3)
