"""spotmq for asyncio: the names of spotmq.Spot, awaitable where the synchronous ones wait.

::

    async with spotmq.asyncio.Spot() as spot:
        await spot.join("tcp://192.168.1.101:5555")
        await spot.subscribe("chat:*")
        async for message in spot:  # until close()
            print(message.topic, message.data)

Messages come without a thread: the event loop watches the node's descriptor, and what one wake-up
finds is handed over without another. Awaiting takes a message in the very step that returns it, so
cancelling a task, by ``asyncio.timeout`` for example, loses none.

A task that finds messages whenever it asks for one would keep all others from running: after a
millisecond without a pause, the next call that gives or takes messages lets the loop go round once.

Calls that wait for other nodes (bind, the cluster's, subscribe, close) run in a few threads that
this module keeps for them, at most 32; their time-outs are those of the synchronous ones. One that
is cancelled ends within a twentieth of a second and leaves the node usable.

It works on every asyncio event loop: asyncio's own, uvloop's, and anyio's on the asyncio backend.
It does not work under trio, and says so; there, use spotmq.Spot in ``trio.to_thread.run_sync``.
"""

from spotmq.asyncio.events import Events
from spotmq.asyncio.spot import Spot
from spotmq.asyncio.subscriber import Subscriber
from spotmq.asyncio.typed import Publisher, TypedSubscriber

__all__ = ["Events", "Publisher", "Spot", "Subscriber", "TypedSubscriber"]
