"""What to do about an error, worked out when its text is read.

``spotmq/__init__`` sets this package as the advisor of ``spotmq.errors``, which therefore imports
nothing from here. Nothing here is called unless a program reads the text of an error. The text is
bounded: it has a few names of many, each cut to a size.
"""

from __future__ import annotations

import errno
from collections.abc import Callable

from spotmq import errors
from spotmq._advice import cluster, locally
from spotmq._advice.case import Case
from spotmq.spot import Spot
from spotmq.subscriber import Subscriber

_LONGEST = 400

_OF: dict[type[errors.SpotError], Callable[[Case], str]] = {
    errors.AddressInUse: locally.address_in_use,
    errors.Again: locally.again,
    errors.AlreadyBound: locally.already_bound,
    errors.Closed: locally.closed,
    errors.InvalidEndpoint: locally.invalid_endpoint,
    errors.InvalidTopic: locally.invalid_topic,
    errors.MessageTooLarge: locally.message_too_large,
    errors.NotSubscribed: cluster.not_subscribed,
    errors.PeerExists: cluster.peer_exists,
    errors.PeerNotFound: cluster.peer_not_found,
    errors.PeerUnreachable: cluster.peer_unreachable,
    errors.SpotError: locally.of_the_system,
    errors.Timeout: cluster.timeout,
    errors.TopicExists: cluster.topic_exists,
    errors.TopicNotFound: cluster.topic_not_found,
}


def advise(error: errors.SpotError, source: object, call: str) -> str:
    """Return the advice for an error.

    source: the Spot or the Subscriber whose call failed; None when it is gone or was never known.
    """
    rule = next((_OF[cls] for cls in type(error).__mro__ if cls in _OF), None)
    if rule is None or error.errno == errno.EBADMSG:
        return ""
    if isinstance(source, Subscriber):
        case = Case(error, call, source.spot, source)
    elif isinstance(source, Spot):
        case = Case(error, call, source, source)
    else:
        case = Case(error, call, None, None)
    text = rule(case)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
