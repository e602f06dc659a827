"""What a build writes into its ledger, once its site is in place."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Mapping
from pathlib import Path

from generator.cache.ledger import Entry, Inputs, Ledger
from generator.failures import Failure
from generator.prepare import Prepared
from generator.render.about_site import Unreadable
from generator.render.drawing.album import Print, entry_of
from generator.render.manifest import read_manifest
from generator.stamps import Stamp, bare_stamp, let_settle, stamp, tree


def account(
    prepared: Prepared,
    inputs: Inputs,
    prints: Iterable[Print],
    pictures: int,
    served: Mapping[str, Stamp],
    failures: Iterable[Failure] = (),
) -> Ledger:
    """The ledger of a build that is done.

    Args:
        prepared: its network, and the tasks that have a result.
        inputs: what it read, as it was before.
        prints: the drawn pictures that its site shows.
        pictures: how many files those are on the site.
        served: the files of the cache that it is made from, see `serving`.
        failures: the tasks that have none, for which the next build is to try again.

    Raises:
        OSError: a file of the site is gone already.
    """
    network = prepared.workshop.network
    site = os.path.abspath(prepared.config.site_folder)  # noqa: PTH100 (a link may lead elsewhere)
    # A small site is done so fast that the next build would have to read its last files again.
    let_settle(os.path.join(site, name) for name in tree(site))  # noqa: PTH118
    looked = time.time_ns()
    return Ledger(
        config=os.path.realpath(prepared.config.path),
        looked=looked,
        inputs=inputs,
        tasks=tuple(
            Entry(item.key, task.visualization, task.layer, task.channel, task.picture)
            for item in prepared.plan.tasks
            for task in (item.task,)
        ),
        prints=frozenset(print_.path.stem for print_ in prints),
        layers=tuple((layer.name, network.digest(layer.name, "layer")) for layer in network.layers),
        site=site,
        site_files=_site_stamps(site),
        cache_files=served,
        pictures=pictures,
        coarse=len(prepared.plan.unfinished),
        failed=tuple(failure.planned.key for failure in failures),
    )


def serving(prepared: Prepared, prints: Iterable[Print]) -> dict[str, Stamp]:
    """The files of the cache that a site is made from: of its tasks, and of its drawn pictures.

    Raises:
        OSError: one is gone already.
    """
    cache = prepared.workshop.cache
    used = (*prepared.plan.tasks, *prepared.ranked)
    files = [file for planned in used for file in cache.files(planned.key)]
    files += [file for print_ in prints for file in _files(print_)]
    return {file: cache.known.stamp(file) for file in files}


def _site_stamps(site: str) -> dict[str, Stamp]:
    """The files of a site. Its pictures were read for its manifest, which has their digests."""
    try:
        manifest = read_manifest(Path(site))
        known = {each.file: each.digest for each in manifest.pictures}
        known |= {each.file: each.digest for each in manifest.before}
    except Unreadable:
        known = {}
    prefix = os.path.join(site, "")  # noqa: PTH118 (a Path has no trailing slash)
    found: dict[str, Stamp] = {}
    for name in tree(site):
        digest = known.get(name)
        found[name] = (
            bare_stamp(prefix + name)._replace(digest=digest) if digest else stamp(prefix + name)
        )
    return found


def _files(print_: Print) -> list[str]:
    """A drawn picture's files in the album: its pictures, and what is known of them."""
    return [*map(str, print_.files), entry_of(str(print_.path))]
