"""What builds must survive, a given number of times. Each ordeal asserts, and gives a tally."""

from __future__ import annotations

import json
import os
import random
import resource
import shutil
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path

import tiny_project
from endurance import (
    CACHE,
    CONFIG,
    Build,
    Ended,
    Start,
    assert_same,
    assert_tidy,
    built,
    records,
)
from tiny_project import TASKS, tree

Tally = Mapping[str, int]  # how often what happened
DISORDER = """\
import os, random

order = random.Random(int(os.environ["DISORDER"]))
scandir, listdir = os.scandir, os.listdir


class Shuffled:
    def __init__(self, *arguments):
        with scandir(*arguments) as found:
            entries = sorted(found, key=lambda entry: entry.name)
        order.shuffle(entries)
        self.entries = iter(entries)

    def __iter__(self):
        return self.entries

    def __next__(self):
        return next(self.entries)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def close(self):
        pass


def shuffled(*arguments):
    names = sorted(listdir(*arguments))
    order.shuffle(names)
    return names


os.scandir, os.listdir = Shuffled, shuffled
"""


def killed(start: Start, folder: Path, draw: random.Random) -> Tally:
    """A build, killed at a random moment, and then built to the end.

    The moment is, as often as not, just before one of the changes that it makes to the disk, or
    any time within the seconds that it takes. MkDocs dies with it, or goes on, as often as not.
    """
    build, ended = _killed(start, folder, draw)
    where = _whole(folder, start)
    kept = records(folder)
    if "Nothing has changed" in built(folder).said:  # it was killed as it laid down its lock,
        built(folder, "--anyway")  # which a build that touches nothing leaves there
    build.wait_for_children()
    assert_same(start.site, tree(folder / "site"), ended.said)
    assert_tidy(folder, ended.said)
    assert kept.items() <= records(folder).items(), "a recorded task was computed again"
    shutil.rmtree(folder)
    return Counter({where: 1, "results kept": len(kept)})


def _killed(start: Start, folder: Path, draw: random.Random) -> tuple[Build, Ended]:
    """A build that was killed; where one ended before its moment came, another."""
    everyone, counted = draw.random() < 0.5, draw.random() < 0.5
    seconds = start.seconds
    while True:
        start.copy(folder)
        if counted:
            build = Build(folder, moment=draw.randint(1, start.changes), everyone=everyone)
        else:
            build = Build(folder, everyone=everyone)
            seconds *= draw.random()
            until = time.monotonic() + seconds
            while time.monotonic() < until and build.running:
                time.sleep(0.005)
            build.kill()
        ended = build.ended()
        if ended.status < 0:
            return build, ended
        shutil.rmtree(folder)


def _whole(folder: Path, start: Start) -> str:
    """What a reader finds after a kill: the old site, the new one or none, never a part of one."""
    found = tree(folder / "site")
    if found == start.site:
        return "new site in place"
    if not found:
        return "no site"
    assert_same(start.old_site, tree(folder / "site"), "a reader finds half a site")
    return "old site in place"


def damaged(start: Start, folder: Path, files: int, draw: random.Random) -> Tally:
    """Random bytes of random files of the cache changed, cut off, or the files removed.

    Args:
        start: a project that is built.
        folder: where to do it.
        files: how many files suffer before one build.
        draw: where randomness comes from.
    """
    start.copy(folder)
    cache = folder / CACHE
    before = tree(cache)
    chosen = draw.sample(sorted(name for name in before if not name.startswith("locks/")), files)
    tally = Counter(_harm(cache / name, draw) for name in chosen)
    ended = built(folder)
    assert "Traceback" not in ended.said, ended.said
    assert_same(start.site, tree(folder / "site"), f"after {chosen}: {ended.said}")
    after = tree(cache)
    for name in chosen:
        if name.startswith(("objects/", "pictures/")) and not name.endswith(".json"):
            assert after.get(name) == before[name], f"{name} was not made again: {ended.said}"
    said = ended.said.count("damaged")
    assert said <= 2, ended.said
    assert built(folder).said.count("damaged") == 0, "it stays damaged"
    shutil.rmtree(folder)
    return tally + Counter({"builds that said so": min(1, said)})


def _harm(path: Path, draw: random.Random) -> str:
    content = bytearray(path.read_bytes())
    how = draw.choice(["flipped", "truncated", "deleted"])
    if how == "deleted":
        path.unlink()
    elif how == "truncated":
        path.write_bytes(content[: draw.randrange(len(content))])
    else:
        content[draw.randrange(len(content))] ^= 1 << draw.randrange(8)
        path.write_bytes(content)
    return how


def doubled(start: Start, folder: Path, offset: float) -> Tally:
    """Two builds of one site with one cache, the second some seconds after the first."""
    start.copy(folder)
    first = Build(folder)
    time.sleep(offset)
    second = Build(folder)
    words = [build.ended().well().said for build in (first, second)]
    assert_same(start.site, tree(folder / "site"))
    assert_tidy(folder)
    computed = sum("0 to compute" not in said for said in words if "to compute" in said)
    assert computed == 1, words
    shutil.rmtree(folder)
    waited = any("waiting" in said for said in words)
    return Counter({"pairs": 1, "said that it waits": int(waited)})


def starved(
    start: Start,
    folder: Path,
    largest: int = resource.RLIM_INFINITY,
    make_room: Callable[[], None] = lambda: None,
) -> Tally:
    """A disk that is full before the build is done; then one with room.

    Args:
        start: the project.
        folder: where to do it.
        largest: bytes of a file beyond which the disk counts as full.
        make_room: called between the two, for a disk that is small itself.
    """
    start.copy(folder)
    cache = tree(folder / CACHE)
    ended = Build(folder, largest=largest).ended()
    failed = checked_failure(ended)
    if failed:
        assert_same(start.old_site, tree(folder / "site"))
        assert _kept(cache).items() <= _kept(tree(folder / CACHE)).items()
    make_room()
    built(folder)
    assert_same(start.site, tree(folder / "site"))
    assert_tidy(folder)
    shutil.rmtree(folder)
    return Counter({"refused": int(failed), "had room": int(not failed)})


def _kept(cache: dict[str, bytes]) -> dict[str, bytes]:
    """Of a cache's files those that must outlive a failure."""
    folders = ("objects/", "records/", "pictures/")
    return {name: content for name, content in cache.items() if name.startswith(folders)}


def checked_failure(ended: Ended) -> bool:
    """Whether a build failed; if so, with words for people."""
    if ended.status == 0:
        return False
    assert ended.status in (5, 6), ended.said
    assert "Error:" in ended.said and "Traceback" not in ended.said, ended.said
    assert "/" in ended.said.partition("Error:")[2], f"no path: {ended.said}"
    return True


def disordered(scratch: Path, seed: str, order: int, jobs: int) -> dict[str, bytes]:
    """The site of a build in a process of its own, with its own order of hashes and of files.

    Args:
        scratch: an empty folder.
        seed: PYTHONHASHSEED.
        order: of the names in every folder, shuffled by this number.
        jobs: as ``--jobs``.
    """
    folder = tiny_project.write(scratch / "project", CONFIG)
    hook = scratch / "hook"
    hook.mkdir()
    (hook / "sitecustomize.py").write_text(DISORDER, "utf-8")
    environment = os.environ | {
        "PYTHONHASHSEED": seed,
        "DISORDER": str(order),
        "PYTHONPATH": os.pathsep.join([str(hook), os.environ.get("PYTHONPATH", "")]),
        "OMP_NUM_THREADS": "1",
    }
    command = [sys.executable, "-m", "generator", "build", "--jobs", str(jobs)]
    tiny_project.run(command, folder, environment)
    return tree(folder / "site")


def of_format_1(start: Start, folder: Path) -> Tally:
    """A cache whose records are as the first version wrote them: everything in it is used."""
    start.copy(folder)
    for path in (folder / CACHE / "records").glob("*.2.json"):
        fields = {**_plain(path), "format": 1}
        path.with_name(f"{fields['key']}.json").write_text(json.dumps(fields, indent=1), "utf-8")
        path.unlink()
    return _with_another_format(start, folder, f"{TASKS} cached, 0 to compute")


def of_format_99(start: Start, folder: Path) -> Tally:
    """Records of a version to come are neither read nor touched, and said in one line."""
    start.copy(folder)
    theirs = {}
    for path in (folder / CACHE / "records").glob("*.2.json"):
        fields = {**_plain(path), "format": 99, "facts": "in some other way"}
        other = path.with_name(f"{fields['key']}.99.json")
        other.write_text(json.dumps(fields), "utf-8")
        theirs[other] = other.read_bytes()
        path.unlink()
    tally = _with_another_format(start, folder, f"0 cached, {TASKS} to compute", "set aside")
    assert all(path.read_bytes() == content for path, content in theirs.items())
    return tally


def _plain(path: Path) -> dict[str, object]:
    fields = json.loads(path.read_bytes())
    names = ("key", "identity", "object", "size", "facts", "seconds")
    return {name: fields[name] for name in names}


def _with_another_format(start: Start, folder: Path, *words: str) -> Tally:
    (folder / "docs" / "mine.md").write_text("# Another page\n", "utf-8")  # something to build
    ended = built(folder)
    for word in words:
        assert ended.said.count(word) == 1, ended.said
    site = tree(folder / "site")
    pictures = {name: site[name] for name in site if name.startswith("pictures/")}
    assert pictures and all(start.site[name] == pictures[name] for name in pictures)
    return Counter({"records": TASKS})
