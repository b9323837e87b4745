"""Spot: a node of the cluster, for asyncio."""

from __future__ import annotations

import inspect
import weakref
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec

import spotmq
from spotmq._handles import codec_of
from spotmq._waiting import Deadline, Wait
from spotmq.asyncio._calls import SpotCalls
from spotmq.asyncio._closing import Closing
from spotmq.asyncio._gate import Gate, next_turn
from spotmq.asyncio._publishing import publish_later, publish_many
from spotmq.asyncio._receiving import Receiving
from spotmq.asyncio._workers import in_thread, to_the_end
from spotmq.asyncio.events import Events
from spotmq.asyncio.subscriber import Opening, Subscriber
from spotmq.asyncio.typed import Publisher, TypedSubscriber
from spotmq.context import Context
from spotmq.errors import Again, PeerUnreachable, Timeout

if TYPE_CHECKING:
    from typing_extensions import Self, Unpack

    from spotmq._payload import Payload
    from spotmq.asyncio._options import Options

_P = ParamSpec("_P")


class Spot(SpotCalls, Closing, Receiving):
    """A node, as spotmq.Spot, whose methods are awaited where those of spotmq.Spot can wait.

    It takes the same options. Use it in an ``async with`` block, or close it. Its methods belong to
    one event loop at a time; ``sync`` is for other threads.

    context: shares I/O threads and ``inproc://`` endpoints; None makes a private one.
    options: those of spotmq.Spot.

    Raises what spotmq.Spot raises.
    """

    def __init__(self, context: Context | None = None, **options: Unpack[Options]) -> None:
        # pyright assumes that a TypedDict may have more keys.
        self._wrap(spotmq.Spot(context, **options))  # pyright: ignore[reportArgumentType]

    @classmethod
    def wrap(cls, spot: spotmq.Spot) -> Self:
        """Use a node that is there already; closing one of the two closes both."""
        if not isinstance(spot, spotmq.Spot):
            raise TypeError(f"spot must be spotmq.Spot, not {type(spot).__name__}")
        self = cls.__new__(cls)
        self._wrap(spot)
        return self

    def _wrap(self, spot: spotmq.Spot) -> None:
        super().__init__(spot)
        self._sync = spot
        self._publish_now = spot._publish_now
        # The gates of its subscribers and event queues: close() tells them before the node is closed.
        self._gates: weakref.WeakSet[Gate] = weakref.WeakSet([self._gate])

    @property
    def sync(self) -> spotmq.Spot:
        """The synchronous node that this waits for: the same queue, topics and peers."""
        return self._sync

    async def publish(self, topic: str, data: Payload, *, copy: bool | None = None) -> None:
        """Publish one message, as spotmq.Spot.publish; ``copy`` means what it means there.

        It never holds the loop up. With overflow="block" it waits for a subscriber without room, at
        most send_timeout_ms; when it is cancelled meanwhile, the message was not published.

        Raises TopicNotFound; PeerUnreachable when no owner is UP; MessageTooLarge above
        max_message_bytes; Again when there was no room in time; TypeError; Closed.
        """
        try:
            over = (
                self._publish_now(topic, data)
                if copy is None
                else self._publish_now(topic, data, copy=copy)
            )
        except (Again, PeerUnreachable) as error:
            await publish_later(self._sync, topic, data, copy, error)
        else:
            if over:
                await next_turn()

    async def publish_many(self, topic: str, items: Iterable[Payload]) -> int:
        """Publish every buffer that the iterable gives, in order, and return how many.

        Other tasks run in between. When it is cancelled, an unknown number of the first items were
        published.

        Raises what publish raises. The message then names the index of the item, and all items
        before it were published.
        """
        return await publish_many(self._sync, topic, items)

    def watch(self) -> Events:
        """Return a queue of what changes from now on: topics, peers, subscribers.

        The current state comes first, so nothing is missed. Close it, or use it in an
        ``async with`` block.

        Raises Closed; SpotError when there are no descriptors left.
        """
        events = Events(self._sync.watch())
        self._gates.add(events._gate)
        return events

    async def _wait(
        self,
        timeout_ms: float | None,
        make: Callable[Concatenate[spotmq.Spot, _P], Wait | None],
        *given: _P.args,
        **named: _P.kwargs,
    ) -> None:
        """Wait as the wait_for_... calls of spotmq.Spot do, which use this one here."""
        deadline = Deadline(timeout_ms)
        wait = make(self._sync, *given, **named)
        if wait is None:
            return
        async with self.watch() as events:
            wait.require()
            try:
                while not wait.satisfied(await events.recv(deadline.left_ms())):
                    pass
            except Timeout:
                raise wait.error from None

    def _subscriber(
        self, *topics: str, codec: Any, **options: Any
    ) -> Opening[Subscriber] | Opening[TypedSubscriber[Any]]:
        open_queue: Callable[..., Any] = self._sync.subscriber

        async def open_() -> Subscriber:
            subscriber = Subscriber(self, await in_thread(open_queue, *topics, **options))
            self._gates.add(subscriber._gate)
            return subscriber

        if codec is None:
            return Opening(open_)
        decoder = codec_of(codec)

        async def open_typed() -> TypedSubscriber[Any]:
            return TypedSubscriber(await open_(), decoder)

        return Opening(open_typed)

    def _publisher(self, topic: str, codec: Any, *, create: bool) -> Publisher[Any]:
        made: Any = self._sync.publisher(topic, codec, create=create)
        return Publisher(self, topic, made.codec)

    @property
    def closed(self) -> bool:
        """Whether close() was called."""
        return self._gate.closed or self._sync.closed

    async def close(self) -> None:
        """Leave the cluster. Idempotent.

        Tasks that wait get Closed, and iterations end, at once. What was published leaves, for at
        most linger_ms; the loop goes on meanwhile. Once begun it goes on when it is cancelled.
        """
        for gate in list(self._gates):
            gate.close()
        if not self._sync.closed:
            await to_the_end(self._sync.close)

    def __repr__(self) -> str:
        return repr(self._sync).replace("<spotmq.Spot", "<spotmq.asyncio.Spot", 1)


def _signature() -> inspect.Signature:
    """The signature of spotmq.Spot, without the keyword arguments that it refuses."""
    own = inspect.signature(spotmq.Spot.__init__)
    named = [each for each in own.parameters.values() if each.kind is not each.VAR_KEYWORD]
    return own.replace(parameters=named)


setattr(Spot.__init__, "__signature__", _signature())  # noqa: B010
Spot.__module__ = "spotmq.asyncio"
