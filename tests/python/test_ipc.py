"""Protects: which files bind("ipc://…") replaces at its three paths, and which files it leaves behind."""

import errno
import multiprocessing
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import MakeNode
from helpers import fails

import spotmq

SUFFIXES = ("", ".data", ".ingress")


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def leftover(path: Path, kind: int = socket.SOCK_STREAM) -> None:
    """A socket file on which no process listens any more."""
    with socket.socket(socket.AF_UNIX, kind) as dead:
        dead.bind(str(path))


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize(
    "kind", ["file", "link", "dangling", "link to a leftover", "folder", "fifo"]
)
def test_what_is_no_socket_stays(folder: Path, make_node: MakeNode, kind: str, suffix: str) -> None:
    mine, target = folder / f"x{suffix}", folder / "target"
    if kind == "file":
        mine.write_text("a week of measurements")
    elif kind == "folder":
        mine.mkdir()
    elif kind == "fifo":
        os.mkfifo(mine)
    else:
        mine.symlink_to(target)
        if kind == "link":
            target.write_text("a week of measurements")
        elif kind == "link to a leftover":
            leftover(target)
    before = {path: path.lstat() for path in folder.iterdir()}
    node = make_node()
    with fails(spotmq.AddressInUse, f"ipc://{folder}/x{suffix}") as caught:
        node.bind(f"ipc://{folder}/x")
    assert "stands there" in str(caught.value)
    assert {path: path.lstat().st_ino for path in folder.iterdir()} == {
        path: found.st_ino for path, found in before.items()
    }
    assert node.endpoint is None
    node.bind(f"ipc://{folder}/free")  # the node is usable


def test_other_ways_to_the_same_paths(folder: Path, make_node: MakeNode) -> None:
    (folder / "mine").write_text("a week of measurements")
    for option in ("data_endpoint", "ingress_endpoint"):
        with fails(spotmq.AddressInUse, f"ipc://{folder}/mine") as caught:
            make_node().bind("tcp://127.0.0.1:0", **{option: f"ipc://{folder}/mine"})
        assert f"given as {option}" in str(caught.value)
    with pytest.raises(spotmq.AddressInUse):
        spotmq.Spot.from_config({"bind": f"ipc://{folder}/mine"})
    assert (folder / "mine").read_text() == "a week of measurements"


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_socket_that_nobody_listens_on_is_replaced(
    folder: Path, make_node: MakeNode, suffix: str
) -> None:
    leftover(folder / f"x{suffix}")
    node = make_node()
    node.bind(f"ipc://{folder}/x")
    make_node().cluster_add(f"ipc://{folder}/x", timeout_ms=5000)
    assert names(folder) == ["x", "x.data", "x.ingress"]


@pytest.mark.parametrize("kind", [socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_SEQPACKET])
def test_a_socket_that_somebody_has_stays(
    folder: Path, make_node: MakeNode, kind: socket.SocketKind
) -> None:
    with socket.socket(socket.AF_UNIX, kind) as living:
        living.bind(f"{folder}/x.data")
        if kind != socket.SOCK_DGRAM:
            living.listen(0)
        inode = (folder / "x.data").lstat().st_ino
        for _ in range(3):  # also when its backlog is full
            with fails(spotmq.AddressInUse, f"ipc://{folder}/x.data"):
                make_node().bind(f"ipc://{folder}/x")
        assert (folder / "x.data").lstat().st_ino == inode
        assert names(folder) == ["x.data"]


def test_close_removes_the_files(folder: Path, make_node: MakeNode) -> None:
    node = make_node()
    node.bind(f"ipc://{folder}/x")
    assert names(folder) == ["x", "x.data", "x.ingress"]
    node.close()
    assert names(folder) == []


def test_close_leaves_what_is_not_its_own(folder: Path, make_node: MakeNode) -> None:
    node = make_node()
    node.bind(f"ipc://{folder}/x")
    (folder / "x").unlink()
    (folder / "x").write_text("somebody else's")
    (folder / "x.data").rename(folder / "moved")
    node.close()
    assert names(folder) == ["moved", "x"]
    assert (folder / "x").read_text() == "somebody else's"


def test_a_relative_path_is_removed_from_any_folder(
    folder: Path, make_node: MakeNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = folder / "other"
    other.mkdir()
    monkeypatch.chdir(folder)
    node = make_node()
    node.bind("ipc://x")
    monkeypatch.chdir(other)
    node.close()
    assert names(folder) == ["other"]


def test_a_forked_child_leaves_the_parents_files(folder: Path, make_node: MakeNode) -> None:
    node = make_node()
    node.bind(f"ipc://{folder}/x")
    child = multiprocessing.get_context("fork").Process(target=node.close)
    child.start()
    child.join()
    assert names(folder) == ["x", "x.data", "x.ingress"]


def test_the_end_of_the_program_removes_them_and_a_crash_does_not_matter(folder: Path) -> None:
    program = f"import os, spotmq; s = spotmq.Spot(); s.bind('ipc://{folder}/x'); os.{{}}"
    for ending, left in (
        ("getpid()", []),
        ("kill(os.getpid(), 9)", ["x", "x.data", "x.ingress"]),
        ("getpid()", []),
    ):
        subprocess.run([sys.executable, "-c", program.format(ending)], timeout=60, check=False)
        assert names(folder) == left


def test_of_many_that_find_a_leftover_one_gets_the_path(folder: Path) -> None:
    program = (
        "import sys, spotmq; s = spotmq.Spot(); sys.stdin.read(1)\n"
        f"try: s.bind('ipc://{folder}/x'); print('bound', flush=True)\n"
        "except spotmq.AddressInUse: print('in use', flush=True)\n"
        "sys.stdin.read()"
    )
    for suffix in SUFFIXES:
        leftover(folder / f"x{suffix}")
    racers = [
        subprocess.Popen(
            [sys.executable, "-c", program],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    for racer in racers:
        assert racer.stdin is not None
        racer.stdin.write("x")
        racer.stdin.flush()
    answers = [racer.stdout.readline().strip() for racer in racers if racer.stdout]
    assert sorted(answers) == ["bound", "in use", "in use", "in use"]
    for racer in racers:
        racer.communicate(timeout=60)


@pytest.mark.parametrize("prefix", ["/", "@"])
def test_the_limit_is_that_of_the_longest_of_the_three_names(
    folder: Path, make_node: MakeNode, prefix: str
) -> None:
    start = f"{folder}/" if prefix == "/" else f"@{folder}/"
    longest = 107 - len(".ingress")
    node, path = make_node(), start.ljust(longest, "x")
    node.bind(f"ipc://{path}")
    make_node().cluster_add(f"ipc://{path}", timeout_ms=5000)
    node.close()
    with fails(spotmq.InvalidEndpoint, f"ipc://{path}x.ingress") as caught:
        make_node().bind(f"ipc://{path}x")
    assert "108 bytes, and a socket's has at most 107" in str(caught.value)
    whole = start.ljust(107, "x")
    make_node().bind(
        f"ipc://{whole}", data_endpoint=f"ipc://{start}d", ingress_endpoint=f"ipc://{start}i"
    )
    with fails(spotmq.InvalidEndpoint, f"ipc://{whole}x"):
        make_node().bind(f"ipc://{whole}x")


def test_an_abstract_name_leaves_no_file_and_is_taken_once(
    folder: Path, make_node: MakeNode
) -> None:
    name = f"ipc://@{folder}/x"
    node = make_node()
    node.bind(name)
    with fails(spotmq.AddressInUse, name):
        make_node().bind(name)
    assert names(folder) == []
    node.close()
    make_node().bind(name)


def test_why_the_system_refuses_a_path(folder: Path, make_node: MakeNode) -> None:
    (folder / "file").touch()
    for path, number, advice in (
        ("missing/x", errno.ENOENT, f"make the folder '{folder}/missing' first"),
        ("file/x", errno.ENOTDIR, f"'{folder}/file' is no folder"),
    ):
        with pytest.raises(spotmq.SpotError) as caught:
            make_node().bind(f"ipc://{folder}/{path}")
        assert type(caught.value) is spotmq.SpotError
        assert caught.value.errno == number
        assert caught.value.subject == f"ipc://{folder}/{path}"
        assert advice in str(caught.value)


@pytest.mark.skipif(os.geteuid() != 0, reason="gives up root's privileges")
def test_no_permission(folder: Path) -> None:
    (folder / "closed").mkdir(mode=0o755)
    program = (
        "import os, spotmq, spotmq._advice; s = spotmq.Spot(); os.setuid(65534)\n"
        f"try: s.bind('ipc://{folder}/closed/x')\n"
        "except spotmq.SpotError as error: print(type(error).__name__, error.errno, error)"
    )
    answer = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True
    )
    assert answer.stdout.startswith(f"SpotError {errno.EACCES} "), answer
    assert "may not make or replace a socket" in answer.stdout
