"""Network namespaces: a switch and hosts, each of which can be cut off and connected again."""

import itertools
import os
import shutil
import subprocess
from contextlib import ExitStack
from types import TracebackType

_numbers = itertools.count()


def why_not() -> str:
    """Why this machine does not let us make a network; empty when it does."""
    if shutil.which("ip") is None:
        return "there is no ip command (iproute2)"
    if os.geteuid() != 0:
        return "making a network namespace takes root"
    name = f"spot-{os.getpid()}-try"
    made = subprocess.run(["ip", "netns", "add", name], capture_output=True, text=True, check=False)
    if made.returncode != 0:
        return f"the kernel does not make a network namespace: {made.stderr.strip()}"
    _ip("netns", "delete", name)
    return ""


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True, text=True)


class Network:
    """Hosts with an address each, on one switch; nothing of it is in the machine's own network."""

    def __init__(self, hosts: int) -> None:
        self._count = hosts
        self._prefix = f"spot-{os.getpid()}-{next(_numbers)}"
        self._switch = f"{self._prefix}-switch"
        self._stack = ExitStack()

    def __enter__(self) -> "Network":
        with ExitStack() as stack:
            self._namespace(stack, self._switch)
            _ip("-n", self._switch, "link", "add", "bridge", "type", "bridge")
            _ip("-n", self._switch, "link", "set", "bridge", "up")
            for host in range(self._count):
                self._add_host(stack, host)
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._stack.close()

    def _namespace(self, stack: ExitStack, name: str) -> None:
        _ip("netns", "add", name)
        stack.callback(_ip, "netns", "delete", name)

    def _add_host(self, stack: ExitStack, host: int) -> None:
        name, port = self._name(host), f"port{host}"
        self._namespace(stack, name)
        ends = ["eth0", "type", "veth", "peer", "name", port, "netns", self._switch]
        _ip("-n", name, "link", "add", *ends)
        _ip("-n", name, "address", "add", f"{self.address(host)}/24", "dev", "eth0")
        _ip("-n", name, "link", "set", "lo", "up")
        _ip("-n", name, "link", "set", "eth0", "up")
        _ip("-n", self._switch, "link", "set", port, "up")
        self.heal(host)

    def _name(self, host: int) -> str:
        return f"{self._prefix}-{host}"

    def address(self, host: int) -> str:
        return f"10.77.0.{host + 1}"

    def prefix(self, host: int) -> list[str]:
        """Runs a command on that host."""
        return ["ip", "netns", "exec", self._name(host)]

    def cut(self, host: int) -> None:
        """Packets from and to the host vanish without an error, and its link stays up."""
        _ip("-n", self._switch, "link", "set", f"port{host}", "nomaster")

    def heal(self, host: int) -> None:
        _ip("-n", self._switch, "link", "set", f"port{host}", "master", "bridge")
