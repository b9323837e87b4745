"""Codecs: from Python values to payloads and back.

The core moves bytes. ``spot.publisher(topic, codec=…)`` and ``spot.subscriber(…, codec=…)`` put a
codec in front of it: one of these, or any object with ``encode`` and ``decode``. Both ends have to
use the same one; nothing of it is on the wire but what it encodes.

=============  ========================================  ====================
``Text()``     str as UTF-8                              by name: ``"text"``
``Json()``     what JSON can say                         by name: ``"json"``
``MsgPack()``  the same and bytes, dates; smaller        ``"msgpack"``, extra
``Msgspec()``  one type, checked on arrival              extra
``NumPy()``    arrays, without a copy on arrival         ``"numpy"``, extra
``Pickle()``   any object; only among trusted programs   never by name
=============  ========================================  ====================

The extra is ``pip install 'spotmq[codecs]'``. All are thread-safe, and one may serve many topics.
"""

from spotmq.codecs._msgspec import MsgPack, Msgspec
from spotmq.codecs._named import named
from spotmq.codecs._numpy import NumPy
from spotmq.codecs._pickle import Pickle
from spotmq.codecs._protocol import Codec
from spotmq.codecs._text import Json, Text

__all__ = ["Codec", "Json", "MsgPack", "Msgspec", "NumPy", "Pickle", "Text", "named"]

for _name in __all__:
    globals()[_name].__module__ = "spotmq.codecs"
