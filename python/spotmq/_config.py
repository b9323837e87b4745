"""Options from a file and from the environment."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from spotmq._nearest import did_you_mean, few, nearest, printable, shown
from spotmq._options import OPTIONS, PLACES, Keywords, Option, refuse_unknown
from spotmq.errors import ConfigError, SpotError, config_error

if TYPE_CHECKING:
    from spotmq._node import Node

PREFIX = "SPOT_"
FILE_VARIABLE = "SPOT_CONFIG"
TABLE = "spot"
_MOST_NAMED = 8

_ALL = {option.name: option for option in (*OPTIONS, *PLACES)}
_BY_VARIABLE = {option.variable: option for option in _ALL.values()}


class Settings(Keywords, total=False):
    """The keywords of from_config, for type checkers."""

    topics: list[str] | tuple[str, ...]
    bind: str | None
    data_endpoint: str | None
    ingress_endpoint: str | None
    advertise: str | None
    seeds: list[str] | tuple[str, ...]


class Resolved:
    """The options found for a node, each with the place that said it last, which counts."""

    def __init__(self) -> None:
        self._values: dict[str, Any] = {}
        self._where: dict[str, str] = {}

    def put(self, option: Option, value: object, where: str, text: bool = False) -> None:
        """Take a value; ``where`` names its place, and errors begin with it."""
        try:
            self.keyword(option, option.kind.parse(where, str(value)) if text else value, where)
        except (TypeError, ValueError) as error:
            raise ConfigError(errno.EINVAL, str(error), where) from None

    def keyword(self, option: Option, value: object, where: str) -> None:
        """Take the value of a keyword: a wrong one raises TypeError or ValueError."""
        option.kind.check(where, value)
        self._values[option.name] = value
        self._where[option.name] = where

    def options(self) -> dict[str, Any]:
        """The keywords for Spot."""
        return {o.name: self._values[o.name] for o in OPTIONS if o.name in self._values}

    def place(self, spot: Node) -> None:
        """Create topics, bind and join as it says."""
        values = {option.name: self._values.get(option.name, option.default) for option in PLACES}
        doing = "topics"
        try:
            for topic in values["topics"]:
                if not spot.topic_is_local(topic):
                    spot.topic_create(topic)
            doing = "bind"
            self._bind(spot, values)
            doing = "seeds"
            if values["seeds"]:
                spot.join(*values["seeds"], timeout_ms=0)
        except SpotError as error:
            if doing in self._where and not isinstance(error, ConfigError):
                error._put_before(f"{self._where[doing]}: ")
            raise

    def _bind(self, spot: Node, values: dict[str, Any]) -> None:
        details = {key: values[key] for key in ("data_endpoint", "ingress_endpoint", "advertise")}
        if values["bind"] is not None:
            spot.bind(values["bind"], **details)
            return
        for key, value in details.items():
            if value is not None:
                raise config_error(self._where[key], "it needs a bind to go with")


def resolve(
    source: str | os.PathLike[str] | Mapping[str, Any] | None,
    environ: Mapping[str, str],
    given: Mapping[str, Any],
) -> Resolved:
    """Keyword before environment before file before default.

    Raises ConfigError for what is in the file or the environment, TypeError for keywords.
    """
    refuse_unknown("from_config()", given, tuple(_ALL))
    found = Resolved()
    if source is None and environ.get(FILE_VARIABLE):
        source = environ[FILE_VARIABLE]
    if isinstance(source, Mapping):
        _take_table(found, source, "")
    elif source is not None:
        path = os.fspath(source)
        _take_table(found, _read(path), f"{printable(path)}: ")
    _take_environment(found, environ)
    for name, value in given.items():
        found.keyword(_ALL[name], value, name)
    return found


def _read(path: str) -> dict[str, Any]:
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        try:
            import tomli as tomllib
        except ImportError as error:
            raise ImportError(
                "a TOML file needs Python 3.11, or tomli: pip install 'spotmq[toml]'", name="tomli"
            ) from error
    try:
        with open(path, "rb") as file:
            return tomllib.load(file)
    except OSError as error:
        number = error.errno or errno.EIO
        text = f"{printable(path)} cannot be read: {os.strerror(number)}"
        raise ConfigError(number, text, path) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise config_error(printable(path), f"it is no TOML: {error}") from error


def _take_table(found: Resolved, whole: Mapping[str, Any], prefix: str) -> None:
    """Take the keys of a file or mapping; errors name a key after ``prefix``."""
    table = whole.get(TABLE, whole)
    if not isinstance(table, Mapping):
        raise config_error(f"{prefix}{TABLE}", f"it must be a table, not {type(table).__name__}")
    for key, value in table.items():
        if key not in _ALL:
            names = [*_ALL, TABLE] if table is whole else list(_ALL)
            raise config_error(f"{prefix}{key}", _unknown("key", str(key), names))
        none = value == "none" and _ALL[key].name == "send_timeout_ms"
        found.put(_ALL[key], None if none else value, f"{prefix}{key}")


def _take_environment(found: Resolved, environ: Mapping[str, str]) -> None:
    unknown = []
    for variable in sorted(environ):
        if not variable.startswith(PREFIX) or variable == FILE_VARIABLE:
            continue
        if variable not in _BY_VARIABLE:
            unknown.append(variable)
        elif environ[variable]:  # an empty value means "not set" in shells and compose files
            found.put(_BY_VARIABLE[variable], environ[variable], variable, text=True)
    if unknown:
        _warn_of(unknown)


def _warn_of(variables: list[str]) -> None:
    """Warn only: Kubernetes sets such variables for a service that is called "spot"."""
    import logging

    names = [name.removeprefix(PREFIX) for name in (*_BY_VARIABLE, FILE_VARIABLE)]
    told = []
    for variable in variables[:_MOST_NAMED]:
        better = nearest(variable.removeprefix(PREFIX), names)
        hint = f" (did you mean '{PREFIX}{better}'?)" if better else ""
        told.append(shown(variable) + hint)
    if len(variables) > _MOST_NAMED:
        told.append(f"{len(variables) - _MOST_NAMED} more")
    logging.getLogger("spotmq").warning(
        "environment variables that are no options of spotmq are ignored: %s", ", ".join(told)
    )


def _unknown(what: str, name: str, names: list[str]) -> str:
    return f"there is no such {what} ({did_you_mean(name, names) or f'there are {few(names)}'})"
