"""``cnn-gallery export``, ``publish`` and ``stage``: a gallery on its way to readers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from generator.cli.console import ConsoleReport
from generator.cli.options import common
from generator.cli.printing import print_line
from generator.utils.wording import counted, quoted

if TYPE_CHECKING:
    from generator.config.schema import SiteConfig
    from generator.publishing.branch import Published

BRANCH = "gh-pages"
_LARGE = 1_000_000_000  # bytes: what GitHub Pages takes


@click.command()
@common
@click.option(
    "--zip",
    "target",
    type=click.Path(path_type=Path),
    is_flag=False,
    flag_value="",
    required=True,
    metavar="[FILE]",
    help="The zip file to write.  [default: the site's name, in the current folder]",
)
def export(path: Path, quiet: bool, verbose: bool, target: Path) -> None:
    """Pack the finished site into one file, which opens anywhere once it is unpacked."""
    from generator.config.load import load_config
    from generator.errors import SiteError
    from generator.publishing.export import export_zip
    from generator.publishing.finished import short_name, site_files
    from generator.utils.sizes import shown_size

    report = ConsoleReport(quiet=quiet, verbose=verbose)
    config = load_config(path)
    name = short_name(config.site.name)
    file = Path(f"{name}.zip") if target == Path() else target
    with _finished(config, report) as site:
        if file.resolve().is_relative_to(site.resolve()):
            raise SiteError(f"'{file}' would lie in the site itself.", "Choose a place outside.")
        done = export_zip(site_files(site), file, name, config.site.name)
    report.say(f"{done.path}: {counted(done.files, 'file')}, {shown_size(done.size)}")


@click.command()
@common
@click.option("--branch", default=BRANCH, show_default=True, help="The branch to commit to.")
@click.option("--remote", default="origin", show_default=True, help="Where the branch is.")
@click.option("--no-push", is_flag=True, help="Commit to this repository's own branch only.")
@click.option(
    "--into",
    default="",
    metavar="FOLDER",
    help="A folder of the branch; what lies outside it stays.  [default: the whole branch]",
)
@click.option("-m", "--message", help="Of the commit.")
@click.option("--dry-run", is_flag=True, help="Say what would change, and change nothing.")
def publish(
    path: Path,
    quiet: bool,
    verbose: bool,
    branch: str,
    remote: str,
    no_push: bool,
    into: str,
    message: str | None,
    dry_run: bool,
) -> None:
    """Put the finished site on a git branch, for GitHub or GitLab Pages.

    Only what changed is committed, and nothing is ever overwritten by force. The working tree, the
    index and the branch that is checked out stay as they are.
    """
    from generator.config.load import load_config
    from generator.publishing import branch as publishing
    from generator.publishing.finished import site_files
    from generator.publishing.git import Git
    from generator.publishing.target import LocalBranch, RemoteBranch

    report = ConsoleReport(quiet=quiet, verbose=verbose)
    config = load_config(path)
    git = Git(config.folder)
    place = LocalBranch(git, branch, remote) if no_push else RemoteBranch(git, remote, branch)
    with _finished(config, report) as site:
        files = site_files(site)
        size = sum(file.stat().st_size for file in files.values())
        done = publishing.publish(
            git,
            files,
            place,
            into=into,
            message=message or f"Publish {config.site.name}",
            dry_run=dry_run,
        )
    _tell(done, place.name, dry_run, report)
    if size > _LARGE:
        report.warn("The site is larger than 1 GB, which GitHub Pages may refuse to show.")


@click.command()
@common
@click.argument("folder", type=click.Path(path_type=Path))
@click.option(
    "--section",
    is_flag=True,
    help="The pages alone, for a site that you have: FOLDER lies in its docs folder.",
)
@click.option(
    "--directory-urls/--no-directory-urls",
    "folders",
    default=None,
    help="Whether each page has a folder of its own there.  [default: as its mkdocs.yml says]",
)
def stage(
    path: Path, quiet: bool, verbose: bool, folder: Path, section: bool, folders: bool | None
) -> None:
    """Write the gallery's pages as Markdown into FOLDER, for another program to build.

    By default a whole project, with its mkdocs.yml, that MkDocs and Zensical build.
    """
    from generator.config.load import load_config
    from generator.machines.failures import raise_any
    from generator.publishing import portable

    if folders is not None and not section:
        raise click.UsageError("--directory-urls goes with --section.")
    report = ConsoleReport(quiet=quiet, verbose=verbose)
    config = load_config(path)
    if not section:
        staged = portable.stage_tree(config, folder, report)
        report.say(f"Staged in {folder}. Build it: mkdocs build -f {folder / 'mkdocs.yml'}")
    else:
        staged = portable.stage_into(config, folder, report, folders=folders)
        report.say(f"Staged in {folder}.")
    if staged.lacking:
        report.say("The site's config still lacks this:")
        print_line(staged.lacking, end="")
    raise_any(staged.failures, staged.tasks)


@contextmanager
def _finished(config: SiteConfig, report: ConsoleReport) -> Iterator[Path]:
    """The finished site, which no build replaces meanwhile."""
    from contextlib import nullcontext

    from generator.cache.leases import build_lease
    from generator.publishing.finished import finished_site

    # A site that was copied here alone has no cache, and nobody builds it.
    cache = config.cache_folder
    with build_lease(cache, config.site_folder, report) if cache.is_dir() else nullcontext():
        yield finished_site(config, report)


def _tell(done: Published, branch: str, dry_run: bool, report: ConsoleReport) -> None:
    if done.unclear:
        report.warn(
            f"On {branch}, among the files of a gallery that an earlier version published, lie "
            f"others, which stay: {quoted(done.unclear)}. Remove them there if nobody needs "
            "them."
        )
    for what, paths in (("new", done.added), ("changed", done.changed), ("gone", done.removed)):
        for path in paths:
            report.detail(f"{what}: {path}")
    if done.same:
        report.say(f"The branch {branch} holds this site already: there is nothing to do.")
        return
    counts = f"{len(done.added)} new, {len(done.changed)} changed, {len(done.removed)} gone"
    if dry_run:
        report.say(f"The branch {branch} would change: {counts}. Nothing was changed.")
    else:
        report.say(f"The branch {branch} holds the site now, as {done.commit[:7]}: {counts}.")
