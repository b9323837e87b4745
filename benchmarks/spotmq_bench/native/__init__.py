"""C++ sources that the suite builds when they are wanted (``spotmq_bench.ends.native``)."""
