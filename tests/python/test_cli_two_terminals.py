"""Protects: spot sub and spot pub in two terminals find each other, in either order and at once."""

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pexpect
import pytest
from commands import PROGRAM, Here, MakeCommand, address, patient
from conftest import MakeNode
from helpers import PATIENCE

Terminal = Callable[..., "pexpect.spawn[str]"]


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    """Starts the command in a terminal of its own."""
    with ExitStack() as stack:

        def start(*arguments: str) -> "pexpect.spawn[str]":
            child = pexpect.spawn(
                sys.executable,
                ["-c", PROGRAM, *arguments],
                encoding="utf-8",
                timeout=PATIENCE,
                dimensions=(30, 120),
                env={**os.environ, "TERM": "xterm-256color"},
            )
            stack.callback(end, child)
            return child

        yield start


def end(child: "pexpect.spawn[str]") -> None:
    """Whatever it does: pexpect's close() gives a process a tenth of a second, and fails then."""
    if child.isalive():
        child.kill(signal.SIGKILL)
        child.wait()
    child.close()


def ends(child: "pexpect.spawn[str]") -> int:
    child.expect(pexpect.EOF)
    child.wait()
    return int(child.exitstatus if child.exitstatus is not None else -1)


def test_sub_first(terminal: Terminal) -> None:
    where = address()
    sub = terminal("sub", where, "news*", "--count", "2")
    sub.expect_exact(f"spot sub: listening at {where}, where nobody was")
    sub.expect_exact("subscribed to news*")
    for word in ("hello", "again"):
        pub = terminal("pub", where, "news.a", word, "--wait", str(PATIENCE))
        assert ends(pub) == 0
    sub.expect_exact("news.a hello")
    sub.expect_exact("news.a again")
    assert ends(sub) == 0


def test_pub_first(terminal: Terminal) -> None:
    where = address()
    pub = terminal("pub", where, "news.a", "hello", "--wait", str(PATIENCE))
    pub.expect_exact(f"spot pub: listening at {where}, where nobody was")
    sub = terminal("sub", where, "news*", "--count", "1")
    sub.expect_exact("news.a hello")
    assert ends(sub) == 0
    assert ends(pub) == 0


def test_both_at_the_same_instant(start_command: MakeCommand) -> None:
    for _ in range(2):
        where = address()
        sub = start_command("sub", where, "news*", "--count", "1")
        pub = start_command("pub", where, "news.a", "hello", "--wait", PATIENCE)
        assert sub.line() == "news.a hello"
        assert sub.finish() == pub.finish() == 0
        assert [sub.errors.count("listening"), pub.errors.count("listening")] in ([0, 1], [1, 0])


def test_every_sub_that_is_there_gets_the_first_message(
    start_command: MakeCommand, here: Here, monkeypatch: pytest.MonkeyPatch
) -> None:
    where = address()
    subs = [start_command("sub", where, "news*", "--count", "1") for _ in range(3)]
    for sub in subs:
        sub.noted("subscribed")
    command = ("pub", where, "news.a", "hello", "--wait", PATIENCE, *patient(monkeypatch))
    assert here(*command)[0] == 0
    for sub in subs:
        assert sub.line() == "news.a hello"
        assert sub.finish() == 0


def test_pubs_that_come_and_go_at_once_lose_nothing(start_command: MakeCommand) -> None:
    where = address()
    sub = start_command("sub", where, "news", "--count", "5")
    sub.noted("subscribed")
    pubs = [start_command("pub", where, "news", n, "--wait", PATIENCE) for n in range(5)]
    assert [pub.finish() for pub in pubs] == [0] * 5
    assert sorted(sub.lines(5)) == [f"news {n}" for n in range(5)]
    assert sub.finish() == 0


def test_a_sub_outlives_the_pub_that_it_joined(start_command: MakeCommand) -> None:
    where = address()
    first = start_command("pub", where, "news", "first", "--wait", PATIENCE)
    first.noted("listening")
    sub = start_command("sub", where, "--count", "2")
    assert sub.line() == "news first"
    assert first.finish() == 0
    second = start_command("pub", where, "news", "second", "--wait", PATIENCE)
    assert sub.line() == "news second"
    assert second.finish() == sub.finish() == 0
    assert "joined" in sub.errors
    assert "listening" in second.errors


def test_an_address_whose_holder_leaves_is_taken_over(
    start_command: MakeCommand, make_node: MakeNode
) -> None:
    """A process listens there but answers nothing, as one that is about to end."""
    where = address()
    holder = start_command("sub", where)
    holder.noted("subscribed")
    holder.pause()
    sub = start_command("sub", where, "--count", "1", "--timeout", PATIENCE)
    holder.kill()
    sub.noted("listening")
    client = make_node()
    client.join(where, timeout_ms=PATIENCE * 1000)
    with start_command("pub", where, "news", "hello", "--wait", PATIENCE) as pub:
        assert pub.finish() == 0
    assert sub.line() == "news hello"


def test_ctrl_c_in_a_terminal(terminal: Terminal) -> None:
    sub = terminal("sub", address())
    sub.expect_exact("subscribed to *")
    sub.sendintr()
    assert ends(sub) == 130
    assert "Traceback" not in (sub.before or "")
    assert sub.signalstatus is None or sub.signalstatus == signal.SIGINT


def test_lines_that_are_typed_are_published_as_they_come(terminal: Terminal) -> None:
    where = address()
    sub = terminal("sub", where)
    sub.expect_exact("subscribed to *")
    pub = terminal("pub", where, "chat", "--wait", str(PATIENCE))
    pub.expect_exact("each line that you type is a message; Ctrl-D ends")
    for line in ("first", "ünd", ""):
        pub.sendline(line)
        sub.expect_exact(f"chat {line}\r\n")
    pub.sendeof()
    assert ends(pub) == 0
