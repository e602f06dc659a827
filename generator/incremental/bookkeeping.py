"""What a build writes into its ledger, once its site is in place."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Mapping

from generator.building.draw import DrawnGallery
from generator.cache.ledger import Entry, Inputs, Ledger
from generator.render.drawing.album import Print, entry_of
from generator.utils.stamps import Stamp, bare_stamp, let_settle, stamp, tree


def account(
    drawn: DrawnGallery,
    inputs: Inputs,
    pictures: Mapping[str, str],
    served: Mapping[str, Stamp],
    seconds: float,
) -> Ledger:
    """The ledger of a build that is done.

    Args:
        drawn: what it made; tasks that failed are those that the next build is to try again.
        inputs: what it read, as it was before.
        pictures: the digests of the pictures on its site, by their path there.
        served: the files of the cache that it is made from, see `serving`.
        seconds: what it took from the drawn pictures to the site.

    Raises:
        OSError: a file of the site is gone already.
    """
    prepared = drawn.prepared
    network = prepared.workshop.network
    site = os.path.abspath(prepared.config.site_folder)  # noqa: PTH100 (a link may lead elsewhere)
    names = tree(site)
    # A small site is done so fast that the next build would have to read its last files again.
    let_settle(os.path.join(site, name) for name in names)  # noqa: PTH118
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
        prints=frozenset(print_.path.stem for print_ in drawn.prints),
        layers=tuple((layer.name, network.digest(layer.name, "layer")) for layer in network.layers),
        site=site,
        site_files=_stamps(site, names, pictures),
        cache_files=served,
        pictures=len(drawn.assembled.files),
        coarse=len(prepared.plan.unfinished),
        failed=tuple(failure.planned.key for failure in drawn.failures),
        site_seconds=round(seconds, 2),
    )


def serving(drawn: DrawnGallery) -> dict[str, Stamp]:
    """The files of the cache that a site is made from: of its tasks, and of its drawn pictures.

    Raises:
        OSError: one is gone already.
    """
    prepared, cache = drawn.prepared, drawn.prepared.workshop.cache
    used = (*prepared.plan.tasks, *prepared.ranked)
    files = [file for planned in used for file in cache.files(planned.key)]
    files += [file for print_ in drawn.prints for file in _files(print_)]
    return {file: cache.known.stamp(file) for file in files}


def _stamps(site: str, names: Iterable[str], pictures: Mapping[str, str]) -> dict[str, Stamp]:
    """The files of a site by path; of its pictures the digests are known."""
    prefix = os.path.join(site, "")  # noqa: PTH118 (a Path has no trailing slash)
    return {
        name: bare_stamp(prefix + name)._replace(digest=pictures[name])
        if name in pictures
        else stamp(prefix + name)
        for name in names
    }


def _files(print_: Print) -> list[str]:
    """A drawn picture's files in the album: its pictures, and what is known of them."""
    return [*map(str, print_.files), entry_of(str(print_.path))]
