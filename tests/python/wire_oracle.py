"""The rules of PROTOCOL.md in the plainest Python: the oracle of test_wire_properties.py.

It is written from the document alone. A reader takes the frames after the command and returns their meaning,
or None when they are malformed.
"""


def text(raw: bytes) -> str | None:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return None


def is_name(raw: bytes) -> bool:
    return 0 < len(raw) <= 255 and b"\0" not in raw and text(raw) is not None


def is_topic(raw: bytes) -> bool:
    return is_name(raw) and not {ord("*"), ord("?")} & set(raw)


def is_pattern(raw: bytes) -> bool:
    return is_name(raw) and not is_topic(raw)


def is_label(raw: bytes) -> bool:
    return len(raw) <= 1024 and b"\0" not in raw and text(raw) is not None


def is_node_id(raw: bytes) -> bool:
    return len(raw) == 16 and any(raw)


def number(raw: bytes) -> int:
    return int.from_bytes(raw, "little")


def pairs(frames: list[bytes]) -> list[tuple[bytes, bytes]]:
    return list(zip(frames[0::2], frames[1::2], strict=True))


def read_publish(body: list[bytes]) -> object:
    return (body[0], body[1]) if len(body) >= 2 and is_topic(body[0]) else None


def read_topic(body: list[bytes]) -> object:
    return body[0] if body and is_topic(body[0]) else None


def read_query_resp(body: list[bytes]) -> object:
    good = body and len(body[0]) == 4 and number(body[0]) == len(body) - 1
    return body[1:] if good and all(map(is_topic, body[1:])) else None


def read_hello(body: list[bytes]) -> object:
    if len(body) < 7 or [len(body[0]), len(body[6])] != [2, 8]:
        return None
    if number(body[0]) == 0 or not is_node_id(body[1]) or not all(map(is_label, body[2:6])):
        return None
    cluster = body[7] if len(body) > 7 else b""
    if not is_label(cluster):
        return None
    return (number(body[0]), *body[1:6], number(body[6]), cluster)


def read_topics(body: list[bytes]) -> object:
    if not body or len(body[0]) != 8:
        return None
    if not all(change[:1] in (b"+", b"-") and is_topic(change[1:]) for change in body[1:]):
        return None
    return number(body[0]), [(change[:1] == b"+", change[1:]) for change in body[1:]]


def read_peers(body: list[bytes]) -> object:
    if len(body) % 2 or not all(is_label(a) and is_node_id(b) for a, b in pairs(body)):
        return None
    return pairs(body)


def read_fence(body: list[bytes]) -> object:
    return (body[0][:16], number(body[0][16:])) if body and len(body[0]) == 24 else None


def read_lost(body: list[bytes]) -> list[tuple[bytes, int]] | None:
    if len(body) % 2 or not all(is_topic(a) and len(b) == 8 for a, b in pairs(body)):
        return None
    return [(topic, number(count)) for topic, count in pairs(body)]


def read_subs(body: list[bytes]) -> object:
    good = body and len(body[0]) == 4 and all(map(is_name, body[1:]))
    return (number(body[0]), body[1:]) if good else None


def read_refused(body: list[bytes]) -> object:
    good = len(body) >= 2 and len(body[0]) == 2 and is_label(body[1])
    return (number(body[0]), body[1]) if good else None


def read_shared(body: list[bytes]) -> object:
    return body if all(map(is_topic, body)) else None


def read_ends(body: list[bytes]) -> object:
    ends = read_lost(body[1:]) if body and len(body[0]) == 4 else None
    return None if ends is None or any(e == 0 for _, e in ends) else (number(body[0]), ends)


def read_barrier(body: list[bytes]) -> object:
    good = len(body) >= 2 and [len(frame) for frame in body[:2]] == [4, 8] and number(body[1])
    return (number(body[0]), number(body[1])) if good else None


def read_data(frame: bytes) -> object:
    topic, nul, rest = frame.partition(b"\0")
    flags = rest[0] if len(rest) >= 16 else -1
    seq, payload = number(rest[8:16]), rest[16:]
    sound = flags in (0, 1) or (flags == 2 and not payload)
    if not nul or not is_topic(topic) or not sound or seq == 0:
        return None
    return topic, flags, number(rest[1:8]), seq, payload


def read_records(payload: bytes) -> list[bytes] | None:
    records = []
    while payload:
        length = number(payload[:4])
        if len(payload) < 4 + length:
            return None
        records.append(payload[4 : 4 + length])
        payload = payload[4 + length :]
    return records
