"""Everything that can go wrong because of something a user can change.

    GalleryError                 exit status 1
    ├── TasksFailed              1   the site is in place, but some tasks could not be computed
    ├── ConfigError              2   site_config.yml, or a command's arguments
    ├── ModelError               3   the network could not be loaded
    │   ├── WeightsError             its weights: no such file, no checkpoint, for another network
    │   ├── FetchError               a download failed
    │   ├── InputError               it does not run on such an input
    │   └── LayerError               no such layer, or a layer of the wrong kind
    │       ├── FilterError          no such filter of a layer
    │       └── ClassError           no such class, or a network that tells none apart
    ├── PictureError             4   a photo: not a picture, truncated, far too large
    ├── CacheError               5   the cache folder cannot be read or written
    ├── SiteError                6   pages or pictures could not be rendered or put in place
    ├── PublishError             7   the site could not be put on a branch: git, or a remote
    └── WorkersError             8   other processes or machines: unreachable, lost, or unlike this

Each message says what is wrong and where; ``hint`` says what to do. Only ``generator.cli`` prints
them. Anything else that escapes is a bug of ours, and shows its traceback.
"""

from __future__ import annotations


class GalleryError(Exception):
    """The root of the tree.

    Args:
        message: what is wrong and where, one sentence or more.
        hint: what the user can do about it, if there is one thing to say.
    """

    exit_status = 1

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}\n{self.hint}" if self.hint else self.message


class TasksFailed(GalleryError):
    """Some tasks could not be computed; the rest is done."""


class ConfigError(GalleryError):
    """The config, or an argument, cannot be understood."""

    exit_status = 2


class ModelError(GalleryError):
    """The network could not be loaded or run."""

    exit_status = 3


class WeightsError(ModelError):
    """The weights are missing, unreadable, unsafe or for another network."""


class FetchError(ModelError):
    """A download failed."""


class InputError(ModelError):
    """The network does not run on an input of this size, or of so many channels."""


class LayerError(ModelError):
    """No such layer, or a layer on which this cannot be done."""


class FilterError(LayerError):
    """A layer has no such filter, or its filters cannot be chosen like this."""


class ClassError(LayerError):
    """The network has no such class, or does not tell classes apart."""


class PictureError(GalleryError):
    """A photo could not be opened."""

    exit_status = 4


class CacheError(GalleryError):
    """The cache folder could not be read or written."""

    exit_status = 5


class SiteError(GalleryError):
    """Pages or pictures could not be rendered or put in place."""

    exit_status = 6


class PublishError(GalleryError):
    """The site could not be put on a branch."""

    exit_status = 7


class WorkersError(GalleryError):
    """The processes or machines that were to compute cannot be reached, are lost or unlike."""

    exit_status = 8


def reason_of(error: Exception) -> str:
    """What went wrong, in a word or a few: of an error of the system, without the file's name."""
    return (error.strerror if isinstance(error, OSError) else "") or str(error)


def first_line(error: BaseException) -> str:
    """What an error says, in its first line; its type where it says nothing."""
    return _said(error) or type(error).__name__


def typed_line(error: BaseException) -> str:
    """An error's type, and what it says in its first line."""
    return f"{type(error).__name__}: {_said(error) or 'no reason given'}"


def _said(error: BaseException) -> str:
    return next((line.strip() for line in str(error).splitlines() if line.strip()), "")
