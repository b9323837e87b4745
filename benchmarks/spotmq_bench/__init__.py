"""spotmq's benchmark suite: ``spot bench``, or ``python -m spotmq_bench``.

``throughput``, ``latency`` and ``scenarios`` are the benchmarks, ``render`` makes tables and plots of
their results. ``harness`` is what they share; ``ends`` has the contenders, each a module that offers
the two ends of an exchange.
"""
