"""Protects: from_config: a keyword outweighs the environment, that the file, that the default; and an error
names the place of each mistake.
"""

import inspect
import os
import re
import typing
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import MakeNode
from helpers import PATIENCE_MS, fails, free_tcp_port, up, wait_until
from hypothesis import given
from hypothesis import strategies as st

import spotmq
from spotmq import _config, _options

NONE: dict[str, str] = {}
GOOD: dict[str, Any] = {  # another than the default of each
    "send_hwm": 5,
    "recv_hwm": 6,
    "send_hwm_bytes": 1_000_000,
    "recv_hwm_bytes": 2_000_000,
    "overflow": "block",
    "send_timeout_ms": 7.5,
    "linger_ms": 0,
    "coalesce_us": 8,
    "name": "sensor",
    "cluster": "prod",
    "heartbeat_ms": 500,
    "stall_timeout_ms": 9_000,
    "max_message_bytes": 1_000,
    "max_topics_per_peer": 11,
    "max_peers": 12,
    "gossip": False,
    "topics": ["a", "b"],
    "bind": "tcp://127.0.0.1:0",
    "data_endpoint": "tcp://127.0.0.1:0",
    "ingress_endpoint": "tcp://127.0.0.1:0",
    "advertise": "127.0.0.1",
    "seeds": ["tcp://127.0.0.1:9", "tcp://127.0.0.1:10"],
}
ALL = (*_options.OPTIONS, *_options.PLACES)


def as_text(value: Any) -> str:
    return ", ".join(value) if isinstance(value, list) else str(value)


def as_toml(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return "[" + ", ".join(map(as_toml, value)) + "]" if isinstance(value, list) else repr(value)


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str], Path]:
    def write(text: str) -> Path:
        path = tmp_path / "node.toml"
        path.write_text(text)
        return path

    return write


class Told(spotmq.Spot):
    """Remembers what it was made with."""

    def __init__(self, context: spotmq.Context | None = None, **options: Any) -> None:
        super().__init__(context, **options)
        self.told = options


def told(source: Any = None, environ: dict[str, str] = NONE, **options: Any) -> dict[str, Any]:
    with Told.from_config(source, environ=environ, **options) as node:
        return node.told


def test_the_signature_agrees_with_the_declaration() -> None:
    parameters = dict(inspect.signature(spotmq.Spot.__init__).parameters)
    for name in ("self", "context", "unknown"):
        del parameters[name]
    assert {p.name: p.default for p in parameters.values()} == {
        option.name: option.default for option in _options.OPTIONS
    }
    assert all(p.kind is p.KEYWORD_ONLY for p in parameters.values())
    annotations = {p.name: p.annotation for p in parameters.values()}
    assert annotations == {
        name: getattr(hint, "__forward_arg__", hint)
        for name, hint in _options.Keywords.__annotations__.items()
    }
    assert (
        set(typing.get_type_hints(_config.Settings)) == {option.name for option in ALL} == set(GOOD)
    )


def test_every_option_is_documented_where_it_is_used() -> None:
    doc = spotmq.Spot.__doc__ or ""
    for option in _options.OPTIONS:
        assert re.search(rf"\b{option.name}\b", doc), option.name
        assert option.about
    for option in _options.PLACES:
        assert option.name in (spotmq.Spot.from_config.__doc__ or "")


@pytest.mark.parametrize("option", ALL, ids=lambda option: option.name)
def test_every_option_from_everywhere(
    option: _options.Option, write: Callable[[str], Path], make_node: MakeNode
) -> None:
    value = GOOD[option.name]
    variable = f"SPOT_{option.name.upper()}"
    path = write(f"[spot]\n{option.name} = {as_toml(value)}\n[other]\nanything = 1\n")
    found = [
        _config.resolve(path, NONE, {}),
        _config.resolve(str(path), NONE, {}),
        _config.resolve(None, {"SPOT_CONFIG": str(path)}, {}),
        _config.resolve({option.name: value}, NONE, {}),
        _config.resolve({"spot": {option.name: value}, "other": {}}, NONE, {}),
        _config.resolve(None, {variable: as_text(value)}, {}),
        _config.resolve(None, NONE, {option.name: value}),
    ]
    for resolved in found:
        assert resolved._values == {option.name: value}
    assert option.default != value


def test_the_order_that_counts(write: Callable[[str], Path]) -> None:
    path = write("recv_hwm = 1\nsend_hwm = 1\nlinger_ms = 1\n")
    environ = {"SPOT_RECV_HWM": "2", "SPOT_SEND_HWM": "2"}
    assert told(path, environ, recv_hwm=3) == {"recv_hwm": 3, "send_hwm": 2, "linger_ms": 1}
    other = write("recv_hwm = 9\n")
    assert told({"send_hwm": 1}, {"SPOT_CONFIG": str(other)}) == {"send_hwm": 1}


def test_a_plain_node_reads_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPOT_RECV_HWM", "many")
    monkeypatch.setenv("SPOT_NO_SUCH", "1")
    monkeypatch.setenv("SPOT_NAME", "sensor")
    with spotmq.Spot() as node:
        assert node.name == ""
    with pytest.raises(spotmq.ConfigError):
        spotmq.Spot.from_config()
    with spotmq.Spot.from_config(environ={}) as node:
        assert node.name == ""
    monkeypatch.delenv("SPOT_RECV_HWM")
    monkeypatch.delenv("SPOT_NO_SUCH")
    with spotmq.Spot.from_config() as node:
        assert node.name == "sensor"


def test_variables_of_others_and_empty_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    environ = {"SPOTMQ_STRESS_SECONDS": "1", "spot_recv_hwm": "x", "SPOT": "x", "SPOT_NAME": ""}
    assert told(None, environ) == {}


def test_variables_that_are_no_options_are_told_and_ignored(
    caplog: pytest.LogCaptureFixture, make_node: MakeNode
) -> None:
    """Kubernetes sets such for a service that is called "spot"."""
    environ = {
        "SPOT_PORT": "tcp://10.0.0.11:5555",
        "SPOT_PORT_5555_TCP_ADDR": "10.0.0.11",
        "SPOT_SERVICE_HOST": "10.0.0.11",
        "SPOT_RECV_HMW": "5",
        "SPOT_recv_hwm": "5",
        "SPOT_": "5",
        "SPOT_SEND_HWM": "7",
    }
    with caplog.at_level("WARNING", "spotmq"):
        assert told(None, environ) == {"send_hwm": 7}
    (record,) = caplog.records
    assert record.name == "spotmq"
    text = record.getMessage()
    assert "SPOT_SERVICE_HOST" in text
    assert "SPOT_PORT" in text
    assert "SPOT_RECV_HMW (did you mean 'SPOT_RECV_HWM'?)" in text
    caplog.clear()
    with caplog.at_level("WARNING", "spotmq"):
        assert told(None, {f"SPOT_X{n}\n{'y' * 500}": "" for n in range(1000)}) == {}
    (record,) = caplog.records
    assert len(record.getMessage()) < 2_000
    assert "\n" not in record.getMessage()


@pytest.mark.parametrize(
    ("text", "value"),
    [
        *((word, True) for word in ("true", "True", "YES", "on", "1", " true ")),
        *((word, False) for word in ("false", "no", "OFF", "0")),
    ],
)
def test_words_for_yes_and_no(text: str, value: bool) -> None:
    assert told(None, {"SPOT_GOSSIP": text}) == {"gossip": value}


def test_for_ever_can_be_written(write: Callable[[str], Path]) -> None:
    assert told(None, {"SPOT_SEND_TIMEOUT_MS": "None"}) == {"send_timeout_ms": None}
    assert told(write("send_timeout_ms = 'none'")) == {"send_timeout_ms": None}
    assert told({"send_timeout_ms": None, "name": None}) == {"send_timeout_ms": None, "name": None}


@pytest.mark.parametrize(
    ("source", "environ", "subject", "text"),
    [
        ({"recv_hmw": 5}, {}, "recv_hmw", "did you mean 'recv_hwm'?"),
        ({"spot": {"Recv_HWM": 5}}, {}, "Recv_HWM", "there is no such key"),
        ({"spott": {"recv_hwm": 5}}, {}, "spott", "did you mean 'spot'?"),
        ({"zzzzzz": 5}, {}, "zzzzzz", "there are send_hwm, recv_hwm"),
        ({5: 5}, {}, "5", "there is no such key"),
        ({"spot": 5}, {}, "spot", "must be a table, not int"),
        ({"recv_hwm": "5"}, {}, "recv_hwm", "recv_hwm must be int, not str"),
        ({"recv_hwm": True}, {}, "recv_hwm", "must be int, not bool"),
        ({"recv_hwm": -1}, {}, "recv_hwm", "must be from 0 to"),
        ({"recv_hwm": {"a": 1}}, {}, "recv_hwm", "must be int, not dict"),
        ({"gossip": "yes"}, {}, "gossip", "must be bool, not str"),
        ({"overflow": "wait"}, {}, "overflow", "'drop', 'block'"),
        ({"name": "x" * 256}, {}, "name", "255 bytes"),
        ({"linger_ms": float("nan")}, {}, "linger_ms", "milliseconds"),
        ({"seeds": "tcp://127.0.0.1:9"}, {}, "seeds", "list of str, not str"),
        ({"topics": [1]}, {}, "topics", "not of int"),
        ({"bind": 5555}, {}, "bind", "must be str or None, not int"),
        ({}, {"SPOT_RECV_HWM": "many"}, "SPOT_RECV_HWM", "a whole number, not 'many'"),
        ({}, {"SPOT_RECV_HWM": "1.5"}, "SPOT_RECV_HWM", "a whole number"),
        ({}, {"SPOT_RECV_HWM": "9" * 5000}, "SPOT_RECV_HWM", "…"),
        ({}, {"SPOT_RECV_HWM": "-1"}, "SPOT_RECV_HWM", "from 0 to"),
        ({}, {"SPOT_LINGER_MS": "soon"}, "SPOT_LINGER_MS", "milliseconds"),
        ({}, {"SPOT_LINGER_MS": "inf"}, "SPOT_LINGER_MS", "milliseconds"),
        ({}, {"SPOT_SEND_TIMEOUT_MS": "never"}, "SPOT_SEND_TIMEOUT_MS", '"none"'),
        ({}, {"SPOT_GOSSIP": "maybe"}, "SPOT_GOSSIP", "true or false"),
        ({}, {"SPOT_OVERFLOW": "wait"}, "SPOT_OVERFLOW", "'drop', 'block'"),
        ({}, {"SPOT_ADVERTISE": "here"}, "SPOT_ADVERTISE", "needs a bind"),
    ],
)
def test_a_mistake_is_named(source: Any, environ: dict[str, str], subject: str, text: str) -> None:
    with fails(spotmq.ConfigError, subject) as caught:
        spotmq.Spot.from_config(source, environ=environ)
    assert text in str(caught.value)
    assert len(str(caught.value)) < 300
    assert "\n" not in str(caught.value)


def test_a_mistake_in_a_file_names_file_and_key(write: Callable[[str], Path]) -> None:
    path = write("[spot]\nrecv_hwm = 'x'\n")
    with fails(spotmq.ConfigError, f"{path}: recv_hwm"):
        spotmq.Spot.from_config(path, environ=NONE)
    path = write("[spot]\nrecv_hmw = 1\n")
    with fails(spotmq.ConfigError, f"{path}: recv_hmw") as caught:
        spotmq.Spot.from_config(None, environ={"SPOT_CONFIG": str(path)})
    assert "did you mean 'recv_hwm'?" in str(caught.value)


def test_what_is_no_file_or_no_toml(tmp_path: Path) -> None:
    path = tmp_path / "none.toml"
    with pytest.raises(spotmq.ConfigError, match="No such file") as caught:
        spotmq.Spot.from_config(path, environ=NONE)
    assert caught.value.subject == str(path)
    with pytest.raises(spotmq.ConfigError, match="Is a directory"):
        spotmq.Spot.from_config(tmp_path, environ=NONE)
    for content in (b"[spot", b"\xff\xfe", b"a = 1\na = 2\n"):
        path.write_bytes(content)
        with pytest.raises(spotmq.ConfigError, match="no TOML"):
            spotmq.Spot.from_config(path, environ=NONE)


def test_wrong_keywords_are_type_errors() -> None:
    wrong: Any = spotmq.Spot
    for call in (wrong, wrong.from_config):
        with pytest.raises(TypeError, match="did you mean 'recv_hwm'"):
            call(recv_hmw=5)
        with pytest.raises(TypeError, match="recv_hwm must be int"):
            call(recv_hwm="5")
        with pytest.raises(ValueError, match="recv_hwm must be from 0"):
            call(recv_hwm=-5)
    with pytest.raises(TypeError):
        wrong.from_config(5)


@given(st.dictionaries(st.text(), st.none() | st.integers() | st.text() | st.lists(st.integers())))
def test_any_mapping_is_taken_or_refused(source: dict[str, Any]) -> None:
    try:
        _config.resolve(source, NONE, {})
    except spotmq.ConfigError as error:
        assert len(str(error)) < 1_000  # noqa: PT017 — most of them are refused
    else:
        assert set(source) <= set(GOOD) | {"spot"}


@given(
    st.dictionaries(
        st.sampled_from([option.variable for option in ALL]) | st.text().map("SPOT_{}".format),
        st.text(),
    )
)
def test_any_environment_is_taken_or_refused(environ: dict[str, str]) -> None:
    environ.pop("SPOT_CONFIG", None)
    try:
        found = _config.resolve(None, environ, {})
    except spotmq.ConfigError:
        pass
    else:
        known = {o.name for o in ALL if environ.get(o.variable)}
        assert set(found._values) == known


def test_it_creates_binds_and_joins(
    tcp_owner: spotmq.Spot, write: Callable[[str], Path], context: spotmq.Context
) -> None:
    path = write(
        f"[spot]\nname = 'n'\nbind = 'tcp://*:0'\ntopics = ['x', 'y']\n"
        f"seeds = ['{tcp_owner.endpoint}', 'tcp://127.0.0.1:9']\n"
    )
    with spotmq.Spot.from_config(path, environ=NONE, context=context) as node:
        assert node.context is context
        assert node.name == "n"
        assert node.endpoint is not None
        assert node.topic_is_local("x")
        assert node.topic_is_local("y")
        wait_until(lambda: up(node))
        tcp_owner.wait_for_topic("x", PATIENCE_MS)


def test_data_endpoint_and_the_like_go_to_bind() -> None:
    port = free_tcp_port()
    source = {"bind": "tcp://127.0.0.1:0", "data_endpoint": f"tcp://127.0.0.1:{port}"}
    with spotmq.Spot.from_config(source, environ=NONE) as node:
        assert node.data_endpoint == source["data_endpoint"]


@pytest.mark.parametrize(
    ("environ", "cls", "text"),
    [
        ({"SPOT_BIND": "5555"}, spotmq.InvalidEndpoint, "did you mean 'tcp://127.0.0.1:5555'?"),
        ({"SPOT_SEEDS": "localhost"}, spotmq.InvalidEndpoint, "tcp://localhost:5555"),
        ({"SPOT_TOPICS": "a,b*"}, spotmq.InvalidTopic, "that is a pattern"),
    ],
)
def test_what_fails_later_names_its_setting_too(
    environ: dict[str, str], cls: type[spotmq.SpotError], text: str
) -> None:
    before = len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else 0
    for _ in range(10):
        with pytest.raises(cls) as caught:
            spotmq.Spot.from_config(environ=environ)
        [variable] = environ
        assert str(caught.value).startswith(f"{variable}: ")
        assert str(caught.value).count(text) == 1
    if before:  # the nodes were closed
        assert len(os.listdir("/proc/self/fd")) < before + 20


def test_an_address_in_use_closes_the_node_again(tcp_owner: spotmq.Spot) -> None:
    with fails(spotmq.AddressInUse, tcp_owner.endpoint) as caught:
        spotmq.Spot.from_config({"bind": tcp_owner.endpoint}, environ=NONE)
    assert str(caught.value).startswith("bind: ")
    assert repr(tcp_owner) in str(caught.value)
