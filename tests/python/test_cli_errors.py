"""Protects: bad input to any command or option gives one clear line, a non-zero exit status, and no
traceback.
"""

import socket
from pathlib import Path

import pytest
from commands import Here, address
from conftest import MakeNode
from helpers import free_tcp_port

HERE = "tcp://127.0.0.1:1"
COMMANDS = ["pub", "sub", "topics", "peers", "sync", "top", "ping", "record", "replay"]
REST: dict[str, tuple[str, ...]] = {
    "pub": ("news", "x"),
    "record": ("FILE",),
    "replay": ("RECORDING",),
}


def check(answer: tuple[int, str, str], status: int, *parts: str) -> None:
    code, out, err = answer
    assert code == status, err
    assert out == ""
    assert err.count("\n") == 1, err
    assert err.startswith("spot")
    for part in parts:
        assert part in err


@pytest.fixture
def rest(tmp_path: Path) -> dict[str, list[str]]:
    """What each command wants behind ENDPOINT."""
    from spotmq.cli.recording import encode_header

    (tmp_path / "good").write_bytes(encode_header())
    names = {"FILE": str(tmp_path / "new"), "RECORDING": str(tmp_path / "good")}
    return {
        command: [names.get(word, word) for word in REST.get(command, ())] for command in COMMANDS
    }


@pytest.mark.parametrize("command", COMMANDS)
def test_no_endpoint(here: Here, command: str) -> None:
    check(
        here(command),
        2,
        f"spot {command}: Missing argument 'ENDPOINT'. See 'spot {command} --help'.",
    )


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(
    ("endpoint", "text"),
    [
        ("nonsense", "'nonsense' is no endpoint"),
        ("127.0.0.1:5555", "is no endpoint"),
        ("tcp://127.0.0.1:99999", "is no endpoint"),
        ("tcp://127.0.0.1", "is no endpoint"),
        ("inproc://node", "exists within one process only"),
        ("", "is no endpoint"),
    ],
)
def test_no_such_endpoint(
    here: Here, rest: dict[str, list[str]], command: str, endpoint: str, text: str
) -> None:
    check(here(command, endpoint, *rest[command]), 1, f"spot {command}: ", text)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_machine_that_does_not_answer(
    here: Here, rest: dict[str, list[str]], command: str
) -> None:
    answer = here(command, "tcp://192.0.2.1:5555", *rest[command], "--timeout", 0.05)
    check(answer, 1, "no node answered at tcp://192.0.2.1:5555 within 0.05 s")


@pytest.mark.parametrize("command", COMMANDS)
def test_somebody_else_listens_there(here: Here, rest: dict[str, list[str]], command: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        where = f"tcp://127.0.0.1:{other.getsockname()[1]}"
        answer = here(command, where, *rest[command], "--timeout", 0.05)
        check(answer, 1, where, "within 0.05 s")


@pytest.mark.parametrize("command", ["topics", "peers", "sync"])
def test_nobody_is_there(here: Here, command: str) -> None:
    where = address()
    status, out, err = here(command, where, "--timeout", 0.05)
    assert (status, out) == (1, "")
    assert err == (
        f"spot {command}: listening at {where}, where nobody was\n"
        f"spot {command}: there is no other node at {where}\n"
    )


OPTIONS = [
    ("pub HERE news x --rate 0", "'0' is no rate"),
    ("pub HERE news x --rate nan", "'nan' is no rate"),
    ("pub HERE news x --rate fast", "'fast' is no rate"),
    ("pub HERE news x --count -1", "--count"),
    ("pub HERE news x --count many", "--count"),
    ("pub HERE news x --wait -1", "'-1' is no number of seconds"),
    ("pub HERE news x --wait nan", "'nan' is no number of seconds"),
    ("pub HERE news x --wait inf", "'inf' is no number of seconds"),
    ("pub HERE news x --subscribers 0", "--subscribers"),
    ("pub HERE news x --file y", "DATA and --file exclude each other"),
    (r"pub HERE news --separator \x", "only n, r, t, 0"),
    ("pub HERE news --separator", "--separator"),
    ("pub HERE", "Missing argument 'TOPIC'"),
    ("pub HERE news x y", "y"),
    ("sub HERE --count 0", "--count"),
    ("sub HERE --count x", "--count"),
    ("sub HERE --duration x", "'x' is no number of seconds"),
    ("sub HERE --timeout x", "'x' is no number of seconds"),
    ("sub HERE --json --raw", "exclude each other"),
    ("sub HERE --raw --hexdump", "exclude each other"),
    ("sub HERE --separator x", "--separator goes with --raw"),
    ("sub HERE --nosuch", "--nosuch"),
    ("top HERE --interval 0", "less than 0.01 seconds"),
    ("top HERE --interval x", "'x' is no number of seconds"),
    ("top HERE --count 0", "--count"),
    ("top HERE --once --count 2", "exclude each other"),
    ("top HERE --sort size", "size"),
    ("ping HERE --count -1", "--count"),
    ("ping HERE --interval -1", "'-1' is no number of seconds"),
    ("topics HERE x", "x"),
    ("record HERE", "Missing argument 'FILE'"),
    ("record HERE f --duration x", "'x' is no number of seconds"),
    ("replay HERE", "Missing argument 'FILE'"),
    ("replay HERE f --speed -1", "'-1' is no speed"),
    ("replay HERE f --speed nan", "'nan' is no speed"),
    ("demo --messages 0", "--messages"),
    ("demo --size x", "--size"),
    ("nosuch", "No such command 'nosuch'"),
    ("--nosuch", "--nosuch"),
]


@pytest.mark.parametrize(("line", "text"), OPTIONS)
def test_options(here: Here, line: str, text: str) -> None:
    check(here(*line.replace("HERE", HERE).split()), 2, text, "--help")


@pytest.mark.parametrize("topic", ["", "a*", "a?", "x" * 256, "a\udcff"])
def test_no_such_topic(here: Here, topic: str) -> None:
    check(here("pub", address(), topic, "x"), 1, "is no topic")


@pytest.mark.parametrize("command", ["sub", "top", "record"])
@pytest.mark.parametrize("pattern", ["", "x" * 256, "a\udcff"])
def test_no_such_pattern(
    here: Here, rest: dict[str, list[str]], command: str, pattern: str
) -> None:
    answer = here(command, address(), *rest[command], pattern)
    check(answer, 1, "is neither a topic nor a pattern")


def test_an_address_to_listen_at_that_is_taken(here: Here, make_node: MakeNode) -> None:
    node, other = make_node(), make_node()
    node.bind("tcp://127.0.0.1:0")
    other.bind("tcp://127.0.0.1:0")
    answer = here("sub", node.endpoint, "--listen", other.endpoint)
    check(answer, 1, str(other.endpoint))
    check(here("sub", node.endpoint, "--listen", "nonsense"), 1, "'nonsense' is no endpoint")


def test_an_ipc_path_that_cannot_be(here: Here) -> None:
    check(here("sub", "ipc:///nosuch/folder/node"), 1, "ipc:///nosuch/folder/node")


def test_files(here: Here, tmp_path: Path) -> None:
    (tmp_path / "text").write_text("this is no recording, but it is long enough to be one")
    (tmp_path / "empty").touch()
    missing = tmp_path / "missing"
    where = f"tcp://127.0.0.1:{free_tcp_port()}"
    check(here("pub", where, "news", "--file", missing), 1, f"{missing}: No such file")
    check(here("pub", where, "news", "--file", tmp_path), 1, f"{tmp_path}: Is a directory")
    check(here("replay", where, missing), 1, f"{missing}: No such file")
    check(here("replay", where, tmp_path), 1, f"{tmp_path}: Is a directory")
    check(here("replay", where, tmp_path / "text"), 1, "text: this is no recording")
    check(here("replay", where, tmp_path / "empty"), 1, "empty: it ends within its header")
    check(here("record", where, tmp_path / "text"), 1, "text exists; --force replaces it")
    check(here("record", where, missing / "below"), 1, "No such file")
    assert not missing.exists()
