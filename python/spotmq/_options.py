"""The options of Spot.

The core declares the options of a node (cpp/spot/base/options.hpp), and OPTIONS is that table.
Keywords, environment variables, TOML files and the table in docs/configuration.md are all checked
against, or made from, OPTIONS and PLACES. An error of a wrong value names the place where it was
written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol, TypedDict

from spotmq import _core

INT_MAX = 2**31 - 1  # the largest values that the options of the core can hold
LONG_MAX = 2**63 - 1
_SHOWN = 40  # characters of a refused value that its error shows


def whole_number(name: str, value: object, low: int, high: int) -> int:
    """An int within bounds; a bool is not a number here."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"{name} must be int, not {type(value).__name__}")
    if not low <= value <= high:
        raise ValueError(f"{name} must be from {low} to {high}, not {value}")
    return value


def milliseconds(name: str, value: object, low: int, high: int) -> int:
    """An int or float of milliseconds within bounds, rounded up."""
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        raise TypeError(f"{name} must be int or float, not {type(value).__name__}")
    if not low <= value <= high:  # NaN too
        raise ValueError(f"{name} must be from {low} to {high} milliseconds, not {value}")
    return -int(-value // 1)


def yes_or_no(name: str, value: object) -> bool:
    """A bool: 0, 1 and None are refused."""
    if not isinstance(value, bool):
        raise TypeError(f"{name} must be bool, not {type(value).__name__}")
    return value


def choice(name: str, value: object, choices: tuple[str, ...]) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{name} must be str, not {type(value).__name__}")
    if value not in choices:
        raise ValueError(f"{name} must be one of {', '.join(map(repr, choices))}, not {value!r}")
    return value


class Kind(Protocol):
    """The kind of an option: the values that it takes. str() says it in words, for the table."""

    def check(self, name: str, value: object) -> Any:
        """Return the value as the core takes it. Errors (TypeError, ValueError) begin with name."""

    def parse(self, name: str, text: str) -> Any:
        """Return the value that the text of an environment variable means. A ValueError begins with name."""


def _unreadable(name: str, what: str, text: str) -> ValueError:
    shown = text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
    return ValueError(f"{name} must be {what}, not {shown!r}")


@dataclass(frozen=True)
class _Whole:
    low: int
    high: int

    def check(self, name: str, value: object) -> int:
        return whole_number(name, value, self.low, self.high)

    def parse(self, name: str, text: str) -> int:
        try:
            return int(text)
        except ValueError:
            raise _unreadable(name, "a whole number", text) from None

    def __str__(self) -> str:
        return f"int, from {self.low}" + ("" if self.high >= INT_MAX else f" to {self.high:,}")


@dataclass(frozen=True)
class _Milliseconds:
    low: int
    high: int

    def check(self, name: str, value: object) -> int:
        return milliseconds(name, value, self.low, self.high)

    def parse(self, name: str, text: str) -> float:
        try:
            return float(text)
        except ValueError:
            raise _unreadable(name, "a number of milliseconds", text) from None

    def __str__(self) -> str:
        return f"int or float, from {self.low} to a day"


@dataclass(frozen=True)
class _Timeout:
    """Milliseconds; None: for ever, which TOML and the environment write as "none"."""

    def check(self, name: str, value: object) -> float | None:
        if value is None:
            return None
        if not isinstance(value, (int, float)) or isinstance(value, bool):
            raise TypeError(f"{name} must be int, float or None, not {type(value).__name__}")
        if not value >= 0:  # NaN too
            raise ValueError(
                f"{name} is a time-out: milliseconds from 0 on, or None to wait for ever; "
                f"not {value}"
            )
        return value

    def parse(self, name: str, text: str) -> float | None:
        if text.strip().lower() == "none":
            return None
        try:
            return float(text)
        except ValueError:
            raise _unreadable(name, 'a number of milliseconds, or "none"', text) from None

    def __str__(self) -> str:
        return 'int or float, from 0; None (`"none"`) is for ever'


@dataclass(frozen=True)
class _Choice:
    choices: tuple[str, ...]

    def check(self, name: str, value: object) -> str:
        return choice(name, value, self.choices)

    def parse(self, name: str, text: str) -> str:
        return text.strip()

    def __str__(self) -> str:
        return " or ".join(f'`"{word}"`' for word in self.choices)


_YES = ("true", "yes", "on", "1")
_NO = ("false", "no", "off", "0")


@dataclass(frozen=True)
class _YesNo:
    def check(self, name: str, value: object) -> bool:
        return yes_or_no(name, value)

    def parse(self, name: str, text: str) -> bool:
        word = text.strip().lower()
        if word not in _YES + _NO:
            raise _unreadable(name, "true or false", text)
        return word in _YES

    def __str__(self) -> str:
        return "bool"


@dataclass(frozen=True)
class _Text:
    most_bytes: int | None = None

    def check(self, name: str, value: object) -> str | None:
        if value is None:
            return None
        if not isinstance(value, str):
            raise TypeError(f"{name} must be str or None, not {type(value).__name__}")
        size = len(value.encode(errors="surrogatepass"))
        if self.most_bytes is not None and size > self.most_bytes:
            raise ValueError(f"{name} must be at most {self.most_bytes} bytes of UTF-8, not {size}")
        return value

    def parse(self, name: str, text: str) -> str:
        return text

    def __str__(self) -> str:
        return "str" if self.most_bytes is None else f"str of at most {self.most_bytes} bytes"


@dataclass(frozen=True)
class _Texts:
    def check(self, name: str, value: object) -> tuple[str, ...]:
        if not isinstance(value, (list, tuple)):
            raise TypeError(f"{name} must be a list of str, not {type(value).__name__}")
        for item in value:
            if not isinstance(item, str):
                raise TypeError(f"{name} must be a list of str, not of {type(item).__name__}")
        return tuple(value)

    def parse(self, name: str, text: str) -> list[str]:
        return [item.strip() for item in text.split(",") if item.strip()]

    def __str__(self) -> str:
        return "list of str; with commas in the environment"


@dataclass(frozen=True)
class Option:
    """An option of Spot."""

    name: str
    default: Any
    kind: Kind
    about: str

    @property
    def variable(self) -> str:
        """The environment variable of the same meaning."""
        return f"SPOT_{self.name.upper()}"


_KINDS: dict[str, Callable[[int, int, tuple[str, ...]], Kind]] = {
    "whole": lambda low, high, _: _Whole(low, high),
    "milliseconds": lambda low, high, _: _Milliseconds(low, high),
    "timeout": lambda *_: _Timeout(),
    "choice": lambda _low, _high, choices: _Choice(choices),
    "yes_no": lambda *_: _YesNo(),
    "text": lambda _low, high, _: _Text(high),
}


def _declared() -> Iterator[Option]:
    for name, kind, default, low, high, choices, _unit, effect in _core._options():
        yield Option(name, default, _KINDS[kind](low, high, choices), effect)


OPTIONS = tuple(_declared())

# The steps of from_config after it has made a node, in this order: topics, bind, seeds.
PLACES = (
    Option("topics", (), _Texts(), "topics to create"),
    Option("bind", None, _Text(), "the endpoint to bind"),
    Option("data_endpoint", None, _Text(), "as in bind()"),
    Option("ingress_endpoint", None, _Text(), "as in bind()"),
    Option("advertise", None, _Text(), "as in bind()"),
    Option("seeds", (), _Texts(), "nodes to join, without waiting for them"),
)


class Keywords(TypedDict, total=False):
    """The keywords of Spot, for type checkers."""

    # Made by scripts/tables.py: SPOT_OPTIONS
    send_hwm: int
    recv_hwm: int
    send_hwm_bytes: int
    recv_hwm_bytes: int
    overflow: Literal["drop", "block"]
    send_timeout_ms: float | None
    linger_ms: float
    coalesce_us: int
    name: str | None
    cluster: str | None
    heartbeat_ms: float
    stall_timeout_ms: float
    max_message_bytes: int
    max_topics_per_peer: int
    max_peers: int
    gossip: bool
    # End of SPOT_OPTIONS


_BY_NAME = {option.name: option for option in OPTIONS}


def refuse_unknown(function: str, given: Mapping[str, object], known: tuple[str, ...]) -> None:
    """Raise TypeError for an unknown keyword, with Python's words and the nearest name that exists."""
    for name in given:
        if name not in known:
            from spotmq._nearest import did_you_mean

            hint = did_you_mean(name, known) or f"there are {', '.join(known)}"
            raise TypeError(f"{function} got an unexpected keyword argument {name!r} ({hint})")


def for_the_core(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments of the core's node, from a mapping that has all options, and maybe more."""
    return {name: option.kind.check(name, given[name]) for name, option in _BY_NAME.items()}
