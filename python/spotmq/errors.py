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
    ├── MessageTooLarge                         EMSGSIZE
    ├── DecodeError      (ValueError)           EBADMSG
    └── ConfigError      (ValueError)           EINVAL

What to do next is said in parentheses behind what went wrong. It is worked out when somebody looks
at the text, so an error that is caught and dropped costs nothing for it.

Out of memory is Python's own MemoryError. What the operating system refuses for other reasons
(no descriptors left, no permission for a port) is a plain SpotError with its errno.
"""

from __future__ import annotations

import errno
import weakref
from collections.abc import Callable
from functools import cached_property
from typing import Any

from spotmq import _core

_MOST_LINKS = 64  # exceptions that settle() looks at, in a chain or a group of them
_STRERROR: Any = OSError.__dict__[
    "strerror"
]  # SpotError has a strerror of its own, which adds to it


class SpotError(OSError):
    """The base of all errors of this package. ``errno`` tells what, ``subject`` what about."""

    subject: str | None = None
    """The topic or endpoint in question, if it is about one."""

    # The object and the name of the call that failed: advice looks at them. The core sets them.
    _source: weakref.ref[Any] | None = None
    _call: str = ""
    _option: str | None = None

    @cached_property
    def advice(self) -> str:
        """What to do about it, in a few words; empty where there is nothing to say.

        It is worked out when it is first looked at, from how the node is then.
        """
        try:
            return _advisor(self, self._source() if self._source else None, self._call)
        except Exception:  # noqa: BLE001 — advice that fails must not hide the error itself
            return ""

    def _put_before(self, text: str) -> None:
        """Put something in front of the text of the error."""
        _reword(self, f"{text}{_STRERROR.__get__(self)}")

    def _given_as(self, option: str, value: str | None) -> None:
        """Note which argument the subject was given as."""
        if value is not None and value == self.subject:
            self._option = option

    def __str__(self) -> str:
        return str(self.strerror) if self.strerror else super().__str__()

    def __reduce__(self) -> tuple[Any, ...]:
        kept = {name: value for name, value in self.__dict__.items() if name != "_source"}
        return type(self), self.args, {**kept, "advice": self.advice}


_Advisor = Callable[[SpotError, object, str], str]
"""Returns the advice for an error, given the object and the name of the call that failed."""


def _no_advice(error: SpotError, source: object, call: str) -> str:
    return ""


_advisor: _Advisor = _no_advice


def set_advisor(advisor: _Advisor) -> None:
    """Set the function that works out ``advice``. The package sets it once, when it is imported.

    The advisor looks at nodes, whose modules import this one: an import of it here would be a
    circle.
    """
    global _advisor
    _advisor = advisor


def _in_words(error: SpotError) -> str | None:
    """The error in words: what went wrong and, in parentheses, what to do about it."""
    text: str | None = _STRERROR.__get__(error)
    return f"{text} ({error.advice})" if text and error.advice else text


def _reword(error: SpotError, text: str | None) -> None:
    _STRERROR.__set__(error, text)
    error.__dict__.pop("advice", None)


# Outside the class, so that type checkers go on to see the attribute of OSError.
setattr(SpotError, "strerror", property(_in_words, _reword))  # noqa: B010


def came_from(error: SpotError, source: object, call: str) -> SpotError:
    """Note the object and the call that failed, as the core does for the errors that it raises."""
    error._source = weakref.ref(source)
    error._call = call
    return error


def settle(error: BaseException | None) -> None:
    """Work out the advice of an error now, because the node that it looks at is about to close."""
    waiting = [error]
    for _ in range(_MOST_LINKS):
        if not waiting:
            return
        error = waiting.pop()
        if isinstance(error, SpotError):
            _ = error.advice
        if error is not None:
            waiting += [error.__context__, error.__cause__, *getattr(error, "exceptions", ())]


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
    """The peer did not answer in time, or it is not UP; ``reason`` says why."""

    reason: str = ""
    """Why it cannot be reached, as in ``PeerInfo``; empty where that is not known."""

    _connecting: bool = False  # it may be UP soon


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

    limit: int | None = None
    """The limit in bytes, where it is known."""


class DecodeError(SpotError, ValueError):
    """A payload that the codec cannot decode. ``__cause__`` is what the codec raised.

    ``subject`` is the topic. The message stays where it is: others can be read on.
    """

    def __init__(self, number: int, text: str, message: _core.Message | None = None) -> None:
        super().__init__(number, text)
        self.message = message
        """The message as it came."""

    @property
    def data(self) -> bytes:
        """The payload as it came."""
        return self.message.data if self.message else b""

    @property
    def node_id(self) -> str:
        """The node id of the topic's owner: 32 hexadecimal digits."""
        return self.message.node_id if self.message else ""

    def __reduce__(self) -> tuple[Any, ...]:
        cls, args, state = super().__reduce__()
        return cls, (*args[:2], self.message), state


class ConfigError(SpotError, ValueError):
    """A setting that is unknown, or makes no sense. ``subject`` names it: file and key, or variable."""

    def __init__(self, number: int, text: str, subject: str | None = None) -> None:
        super().__init__(number, text)
        self.subject: str | None = subject


def _register() -> None:
    classes: list[type[SpotError]] = [SpotError, *SpotError.__subclasses__()]
    for cls in classes:
        cls.__module__ = "spotmq"  # the module that users import it from; tracebacks print it
    _core.register_errors({cls.__name__: cls for cls in classes})


def config_error(subject: str, what: str) -> ConfigError:
    return ConfigError(errno.EINVAL, f"{subject}: {what}", subject)


_register()
