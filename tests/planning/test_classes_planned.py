"""Classes in a config: found by name, planned as units of the output, and named on the pages."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from small_classifier import small_classifier

from generator.building.prepare import find_photos
from generator.config.load import load_config
from generator.errors import ConfigError
from generator.model.network import Network
from generator.planning.plan import Plan, make_plan
from generator.render.gallery import Shown
from generator.render.wording import captions
from generator.single_pictures import units
from generator.visualizations.attribution import Attribution
from generator.visualizations.exemplars import Exemplars
from generator.visualizations.kernels import Kernels
from generator.visualizations.maximization import Maximization
from generator.visualizations.maximization.presets import FOURIER
from generator.visualizations.predictions import Predictions

ALL = (Kernels(), Maximization(), Predictions(), Attribution(), Exemplars())
KINDS = {kind.name: kind for kind in ALL}
PHOTO = Path(__file__).parents[2] / "docs" / "images" / "chelsea.jpg"


def planned(folder: Path, entries: str, network: Network | None = None) -> Plan:
    file = folder / "site_config.yml"
    file.write_text(f"images: {PHOTO.as_posix()}\nlayers: conv:1\nvisualizations:\n{entries}")
    config = load_config(file, KINDS)
    return make_plan(
        config,
        network or small_classifier(),
        find_photos(config),
        KINDS,
        lambda layer, _: range(layer.channels, 0, -1),
        find_photos(config),
    )


def test_classes_are_the_output_s_units(tmp_path: Path) -> None:
    plan = planned(tmp_path, "  - {kind: maximization, classes: [espresso, 0, 2], size: 20}\n")
    made = [item.task for item in plan.tasks]
    assert [(task.layer, task.channel) for task in made] == [("classifier", 2), ("classifier", 0)]
    steps = {task.parameters["steps"] for task in made}
    assert steps == {
        FOURIER.steps + FOURIER.sketch_steps
    }  # no small sketch: all of the preset's steps are on the whole
    same = planned(
        tmp_path, "  - {kind: maximization, layers: output, filters: [2, 0], size: 20}\n"
    )
    assert [item.key for item in same.tasks] == [item.key for item in plan.tasks]
    assert [layer.name for layer in plan.shown_layers] == ["features.0", "classifier"]


def test_names_enter_no_key(tmp_path: Path) -> None:
    entries = (
        "  - {kind: maximization, classes: 2, size: 20}\n"
        "  - {kind: predictions}\n"
        "  - {kind: attribution, classes: [top-1, 2]}\n"
    )
    named = planned(tmp_path, entries)
    bare = planned(tmp_path, entries, small_classifier(names=()))
    assert [item.key for item in named.tasks] == [item.key for item in bare.tasks]
    other = planned(tmp_path, entries, small_classifier(seed=1))
    assert not {item.key for item in named.tasks} & {item.key for item in other.tasks}


def test_what_is_about_photos_gives_no_layer_a_page(tmp_path: Path) -> None:
    plan = planned(tmp_path, "  - {kind: predictions}\n  - {kind: attribution}\n")
    assert [layer.name for layer in plan.shown_layers] == ["features.0"]
    assert [task.visualization for task in plan.entries[0].told] == ["predictions"]
    assert plan.entries[0].figures == ()
    assert len(plan.entries[1].figures) == 3


def test_every_unknown_class_is_reported_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        planned(
            tmp_path,
            "  - {kind: maximization, classes: expresso}\n"
            "  - {kind: attribution, classes: [top-1, 7]}\n",
        )
    lines = str(caught.value).replace(f"{tmp_path}/", "").splitlines()
    assert lines == [
        "site_config.yml:4: visualizations[0].classes: No class is called 'expresso'. "
        "The nearest are: espresso.",
        "site_config.yml:5: visualizations[1].classes: There is no class 7: they are numbered "
        "0 to 4.",
    ]


def test_a_class_s_picture_is_called_by_its_name(tmp_path: Path) -> None:
    plan = planned(tmp_path, "  - {kind: maximization, classes: espresso, size: 20}\n")
    (entry,) = plan.entries
    facts = entry.visualization.together(entry.options, entry.request, {})
    assert facts[entry.tasks[0]] == {"class_name": "espresso"}
    output = entry.request.layers[0]
    shown = Shown("p.webp", 8, 8, "maximization", "picture", output, 2, facts=facts[entry.tasks[0]])
    assert captions.unit(shown) == "espresso · class 2"
    assert captions.unit(dataclasses.replace(shown, facts={})) == "classifier · output 2"
    assert captions.alt(shown).startswith("Picture that maximises the activation of the class esp")
    assert captions.card(2, [shown]) == "espresso"
    assert captions.card(2, [], "class") == "Class 2"


def test_a_class_s_natural_examples_are_called_by_its_name_too(tmp_path: Path) -> None:
    plan = planned(tmp_path, "  - {kind: exemplars, layers: output, filters: 2}\n")
    (entry,) = plan.entries
    facts = {task: {"top": [], "bottom": []} for task in entry.tasks}
    told = entry.visualization.together(entry.options, entry.request, facts)
    assert [(task.channel, own["class_name"]) for task, own in told.items()] == [(2, "espresso")]


def test_the_output_of_a_single_picture_is_called_so_too() -> None:
    network = small_classifier()
    assert units(network, ["output:2"]) == units(network, ["classifier:2"])
