"""What can go wrong.

::

    SpotError(OSError)                          errno
    ├── AlreadyBound     (FileExistsError)      EEXIST
    ├── TopicExists      (FileExistsError)      EEXIST
    ├── PeerExists       (FileExistsError)      EEXIST
    ├── TopicNotFound    (LookupError)          ENOENT
    ├── PeerNotFound     (LookupError)          ENOENT
    ├── NotSubscribed    (LookupError)          ENOENT
    ├── PeerUnreachable  (ConnectionError)      EHOSTUNREACH
    ├── AddressInUse                            EADDRINUSE
    ├── InvalidEndpoint  (ValueError)           EINVAL
    ├── InvalidTopic     (ValueError)           EINVAL
    ├── Timeout          (TimeoutError)         ETIMEDOUT; EAGAIN when receiving
    ├── Again            (BlockingIOError)      EAGAIN
    ├── Closed                                  ENOTSOCK
    └── MessageTooLarge                         EMSGSIZE

Out of memory is Python's own MemoryError. What the operating system refuses for other reasons
(no descriptors left, no permission for a port) is a plain SpotError with its errno.
"""

from functools import cached_property

from spotmq import _core


class SpotError(OSError):
    """The base of all errors of this package. ``errno`` tells what, ``subject`` what about."""

    subject: str | None = None
    """The topic or endpoint in question, if it is about one."""

    def __str__(self) -> str:
        return str(self.strerror) if self.strerror else super().__str__()


class AlreadyBound(SpotError, FileExistsError):
    """The node is bound; a node binds once."""


class TopicExists(SpotError, FileExistsError):
    """The topic is LOCAL already."""


class PeerExists(SpotError, FileExistsError):
    """An earlier call added the peer."""


class TopicNotFound(SpotError, LookupError):
    """The node knows no such topic."""


class PeerNotFound(SpotError, LookupError):
    """There is no such peer."""


class NotSubscribed(SpotError, LookupError):
    """There is no such subscription."""


class PeerUnreachable(SpotError, ConnectionError):
    """The peer's name does not resolve, it did not answer in time, or it is DOWN."""


class AddressInUse(SpotError):
    """Somebody else is bound to this endpoint."""


class InvalidEndpoint(SpotError, ValueError):
    """An endpoint that cannot be used here."""


class InvalidTopic(SpotError, ValueError):
    """A name that no topic or pattern can have."""


class Timeout(SpotError, TimeoutError):
    """What was waited for did not come in time."""

    @cached_property
    def missing(self) -> list[str]:
        """The endpoints of the peers that did not answer, spelled as they were added."""
        return []


class Again(SpotError, BlockingIOError):
    """There was no room for the message in time; it was not sent."""


class Closed(SpotError):
    """The node or context was closed, or belongs to the process that this one was forked from."""


class MessageTooLarge(SpotError):
    """The message is larger than max_message_bytes."""


def _register() -> None:
    classes: list[type[SpotError]] = [SpotError, *SpotError.__subclasses__()]
    for cls in classes:
        cls.__module__ = "spotmq"  # where users find it, and what tracebacks print
    _core.register_errors({cls.__name__: cls for cls in classes})


_register()
