"""The same gallery whoever computes it, and nothing lost with a worker, a scheduler or Ctrl-C."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest
import tiny_project
import torch
import yaml
from distributed import Client
from forked import PATIENCE

from generator.building.prepare import prepare
from generator.config.load import load_config
from generator.config.schema import SiteConfig
from generator.errors import PictureError, WorkersError
from generator.machines import cluster as dask_cluster
from generator.machines.crews import LOST
from generator.machines.hiring import hired
from generator.machines.processes import processes
from generator.machines.worker import Order
from generator.model.parcel import pack
from generator.pipeline import build
from generator.utils.report import Silent

# Three batches of pictures, quick to make, so that a worker can be killed between two of them.
CONFIG = tiny_project.CONFIG.replace(
    tiny_project.CONFIG.splitlines()[-1],
    '  - {kind: maximization, layers: "conv:*", size: 16, steps: 2, sketch: 16, sketch_steps: 2}',
)
DEADLY = """
class Deadly(nn.Conv2d):
    def forward(self, x):
        import os, signal
        if x.requires_grad:  # as only activation maximisation has it
            os.kill(os.getpid(), signal.SIGKILL)
        return super().forward(x)
"""


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@dataclass
class Cluster:
    """A scheduler and two workers, processes of their own."""

    scheduler: subprocess.Popen[bytes]
    workers: list[subprocess.Popen[bytes]]
    file: Path

    def kill_a_worker(self) -> None:
        self.workers.pop().kill()


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    folder = tmp_path_factory.mktemp("cluster")
    file = folder / "scheduler.json"
    named = ["--scheduler-file", str(file)]
    local = ["--host", "127.0.0.1", "--no-dashboard"]

    def started(*words: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-m", "dask", *words, *named, *local],
            cwd=folder,
            env=os.environ | {"OMP_NUM_THREADS": "1"},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    scheduler = started("scheduler", "--port", "0")
    workers = [started("worker", "--no-nanny", "--nthreads", "1") for _ in range(2)]
    while not file.exists():
        assert scheduler.poll() is None
        time.sleep(0.05)
    with Client(scheduler_file=str(file), timeout=PATIENCE, set_as_default=False) as client:
        client.wait_for_workers(len(workers), timeout=PATIENCE)
    yield Cluster(scheduler, list(workers), file)
    for process in (*workers, scheduler):
        process.kill()
        process.wait()


def project(folder: Path) -> Path:
    return tiny_project.write(folder, CONFIG)


def config_of(folder: Path, **compute: Any) -> SiteConfig:
    """The project's config, computed by others. Its file is the same for all of them."""
    plain = load_config(folder / "site_config.yml")
    wanted = yaml.safe_dump({**yaml.safe_load(CONFIG), "compute": compute})
    (folder / "other.yml").write_text(wanted, encoding="utf-8")
    other = load_config(folder / "other.yml").compute
    (folder / "other.yml").unlink()
    return plain.model_copy(update={"compute": other})


class Watched(Silent):
    """Calls a function once, when the first pictures are filed."""

    def __init__(self, act: Callable[[], None]) -> None:
        self.waiting = [act]

    def detail(self, message: str) -> None:
        if message.startswith("maximization") and message.endswith(" s"):
            while self.waiting:
                self.waiting.pop()()


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project, built by this process."""
    folder = project(tmp_path_factory.mktemp("here"))
    assert build(config_of(folder), Silent()).failures == ()
    return folder


def objects(folder: Path) -> dict[str, Any]:
    """What was computed, by task: tensors' digests and facts, all that a site is made from."""
    prepared = prepare(load_config(folder / "site_config.yml"), Silent())
    records = {key: prepared.workshop.cache.record(key) for key in prepared.plan.keys.values()}
    return {key: (each.object, each.facts) for key, each in records.items() if each}


def test_processes_make_the_same_site_even_if_one_is_killed(tmp_path: Path, here: Path) -> None:
    others = set(psutil.Process().children())  # a browser, perhaps, or builds of other tests

    def kill_one() -> None:
        children = set(psutil.Process().children()) - others
        max(children, key=lambda child: child.memory_info().rss).kill()

    config = config_of(project(tmp_path), executor="processes", workers=2)
    report = Watched(kill_one)
    built = build(config, report)
    assert built.failures == () and not report.waiting
    assert tiny_project.tree(built.site) == tiny_project.tree(here / "site")


def test_a_cluster_makes_the_same_site_even_if_a_worker_is_killed(
    tmp_path: Path, cluster: Cluster, here: Path
) -> None:
    file = {"scheduler_file": str(cluster.file)}
    report = Watched(cluster.kill_a_worker)
    built = build(config_of(project(tmp_path), executor="dask", dask=file), report)
    assert built.failures == () and not report.waiting
    assert tiny_project.tree(built.site) == tiny_project.tree(here / "site")


def test_a_task_that_kills_its_process_fails_and_the_rest_goes_on(tmp_path: Path) -> None:
    folder = project(tmp_path)
    code = tiny_project.MODEL.replace("nn.Conv2d(6", "Deadly(6").replace("\n\n\n", DEADLY, 1)
    (folder / "deadly.py").write_text(code, encoding="utf-8")
    text = CONFIG.replace("mymodel:factory", "deadly:factory").replace(
        "size: 16,", "size: 16, filters: 1,"
    )
    (folder / "site_config.yml").write_text(text, encoding="utf-8")
    prepared = prepare(load_config(folder / "site_config.yml"), Silent())
    with processes(pack(prepared.workshop.network), 1, 1) as crew:
        failures = prepared.workshop.compute(prepared.missing(), Silent(), crew=crew)
    assert [(each.planned.task.layer, each.words) for each in failures] == [("3", LOST)]
    assert len(objects(folder)) == len(prepared.plan.tasks) - 1


def test_a_scheduler_that_dies_is_told_and_what_was_done_is_kept(
    tmp_path: Path, cluster: Cluster, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # However fast workers are, some orders have not been sent when the first pictures are there.
    monkeypatch.setattr(dask_cluster.Cluster, "at_once", 2)
    file = {"scheduler_file": str(cluster.file)}
    prepared = prepare(config_of(project(tmp_path), executor="dask", dask=file), Silent())
    with (
        pytest.raises(WorkersError, match="connection to Dask's scheduler was lost"),
        hired(prepared.config, prepared.workshop.network) as crew,
    ):
        assert isinstance(crew, dask_cluster.Cluster)
        crew._client._timeout = 1  # seconds in which the scheduler could come back
        report = Watched(cluster.scheduler.kill)
        prepared.workshop.compute(prepared.missing(), report, crew=crew)
    kept, expected = objects(tmp_path), objects(here)
    assert 0 < len(kept) < len(expected)
    prepared.workshop.compute(prepared.missing(), Silent())
    assert objects(tmp_path) == expected


class Connected:
    """A client as far as it is asked for here."""

    status = "running"

    def get_executor(self, **_: Any) -> None:
        return None

    def nthreads(self) -> dict[str, int]:
        return {}

    def scatter(self, content: Any, **_: Any) -> Any:
        return content


def test_a_scheduler_that_dies_while_it_is_sent_something_is_told_too(tmp_path: Path) -> None:
    class Dying(Connected):
        """A client that has not found out yet that its scheduler is gone."""

        def scatter(self, *_: Any, **__: Any) -> None:
            raise ConnectionResetError

    prepared = prepare(config_of(project(tmp_path), executor="dask"), Silent())
    crew = dask_cluster.Cluster(Dying(), pack(prepared.workshop.network), None)
    with pytest.raises(WorkersError, match="connection to Dask's scheduler was lost"):
        prepared.workshop.compute(prepared.missing(), Silent(), crew=crew)


def test_a_photo_that_went_away_before_it_was_sent_is_told(tmp_path: Path) -> None:
    folder = project(tmp_path)
    prepared = prepare(load_config(folder / "site_config.yml"), Silent())
    crew = dask_cluster.Cluster(Connected(), pack(prepared.workshop.network), None)
    (photo,) = prepared.photos
    photo.path.unlink()
    with pytest.raises(PictureError, match=rf"{photo.path.name}' cannot be read any more: No such"):
        crew.submit(Order((), (), pictures={photo.name: photo}))


def test_a_scheduler_that_is_not_there_is_told(tmp_path: Path) -> None:
    config = config_of(project(tmp_path), executor="dask", dask={"scheduler_file": "none.json"})
    network = prepare(config, Silent()).workshop.network
    with pytest.raises(WorkersError, match=r"no file '.*none\.json'"), hired(config, network):
        pass


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
def test_ctrl_c_waits_until_a_process_is_started_and_is_kept_from_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that was half started ended in a traceback; in a terminal, each that had just begun."""
    network = prepare(load_config(project(tmp_path) / "site_config.yml"), Silent()).workshop.network
    with processes(pack(network), 1, 1) as crew:
        submit, begun = crew._pool.submit, []

        def interrupted(*_: Any) -> None:
            os.kill(os.getpid(), signal.SIGINT)
            begun.append(submit(signal.pthread_sigmask, signal.SIG_BLOCK, ()))

        monkeypatch.setattr(crew._pool, "submit", interrupted)
        with pytest.raises(KeyboardInterrupt):
            crew.submit(Order((), ()))
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
        assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, ())
        (mask,) = (future.result(PATIENCE) for future in begun)
        assert signal.SIGINT in mask


def test_ctrl_c_leaves_no_process_behind(tmp_path: Path) -> None:
    config = tiny_project.CONFIG + "compute: {workers: 1}\n"
    folder = tiny_project.write_endless(tmp_path / "project", tmp_path / "begun", config)
    command = [sys.executable, "-m", "generator", "build", "--executor", "processes", "-v"]
    process = subprocess.Popen(
        command,
        cwd=folder,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        stderr=subprocess.PIPE,
        text=True,
    )
    while not (tmp_path / "begun").exists():
        assert process.poll() is None
        time.sleep(0.05)
    children = psutil.Process(process.pid).children(recursive=True)
    process.send_signal(signal.SIGINT)
    said = process.communicate(timeout=PATIENCE)[1]
    assert process.returncode == 130, said
    assert "Stopped. What was done is kept" in said and "Traceback" not in said
    assert children and psutil.wait_procs(children, timeout=PATIENCE)[1] == []
