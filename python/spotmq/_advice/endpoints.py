"""Advice about an endpoint that was refused: its fault, and how an endpoint is written."""

from __future__ import annotations

import string

from spotmq._nearest import shown

_TRANSPORTS = ("tcp", "ipc", "inproc")
_LONGEST_PATH = 107  # bytes that the path of a Unix socket can have
_EXAMPLE = "tcp://127.0.0.1:5555"


def _mean(endpoint: str) -> str:
    return f"did you mean '{shown(endpoint)}'?"


def _is_port(text: str) -> bool:
    return text.isascii() and text.isdigit() and int(text[:6]) <= 65535


def _without_transport(text: str) -> str:
    if _is_port(text):
        return _mean(f"tcp://127.0.0.1:{text}")
    if text.startswith(("/", "./")):
        return _mean(f"ipc://{text}")
    host, colon, port = text.rpartition(":")
    if colon and _is_port(port):
        return _mean(f"tcp://{host.lstrip('/') or '127.0.0.1'}:{port}")
    if text and not set(text) - set(string.ascii_letters + string.digits + ".-"):
        return _mean(f"tcp://{text}:5555")
    return f"for example '{_EXAMPLE}'"


def _tcp(rest: str, binding: bool) -> str:
    host, colon, port = rest.rstrip("/").rpartition(":")
    if not rest or rest == ":":
        return f"for example '{_EXAMPLE}'"
    if not colon or rest.endswith("]"):
        return f"it has no port; did you mean 'tcp://{shown(rest)}:5555'?"
    if not host:
        return _mean(f"tcp://{'*' if binding else '127.0.0.1'}:{port}")
    if not _is_port(port) and not (binding and port == "*"):
        return f"a port is a number from {0 if binding else 1} to 65535, not '{shown(port)}'"
    if not binding and port in ("0", "*"):
        return "any free port is for bind(); what it became is in that node's endpoint property"
    if not binding and host == "*":
        return f"all interfaces are for bind(); did you mean 'tcp://127.0.0.1:{port}'?"
    if ":" in host and not host.startswith("["):
        return f"an IPv6 address stands in brackets; did you mean 'tcp://[{shown(host)}]:{port}'?"
    if rest.endswith("/"):
        return _mean(f"tcp://{host}:{port}")
    if any(character.isspace() for character in rest):
        return _mean("tcp://" + "".join(rest.split()))
    if binding:
        return f"no interface of this machine has it; 'tcp://*:{port}' listens on all there are"
    return ""


def advise_endpoint(endpoint: str, binding: bool) -> str:
    """Return the advice for an endpoint that was refused; empty when the endpoint looks right."""
    if endpoint != endpoint.strip() and endpoint.strip():
        return _mean(endpoint.strip())
    transport, found, rest = endpoint.partition("://")
    if not found:
        return _without_transport(endpoint)
    if transport not in _TRANSPORTS:
        better = transport.lower() if transport.lower() in _TRANSPORTS else "tcp"
        return _mean(f"{better}://{rest or '127.0.0.1:5555'}")
    if transport == "tcp":
        return _tcp(rest, binding)
    if not rest:
        return f"for example '{'ipc:///tmp/node' if transport == 'ipc' else 'inproc://node'}'"
    size = len(rest.encode(errors="surrogatepass"))
    if transport == "ipc" and size > _LONGEST_PATH:
        return f"its path has {size} bytes, and a socket's has at most {_LONGEST_PATH}"
    return ""
