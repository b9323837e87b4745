"""What runs now and about how long it still takes, on stderr: a bar at a terminal, and elsewhere one
line for each stage."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType

from tqdm import tqdm

# Nothing is drawn while a round runs; without this a thread would look every ten seconds.
tqdm.monitor_interval = 0

# A narrow terminal cuts the end off: the time left comes first.
BAR = "{percentage:3.0f}%|{bar:12}| {elapsed}, about {remaining} left: {desc}"


class Progress:
    """Of one benchmark, which has stages (sizes, say) of about the same length each."""

    def __init__(self, benchmark: str, stages: int) -> None:
        self._benchmark = benchmark
        self._stages = stages
        self._done = 0
        self._stage = benchmark
        self._steps = 1
        self._began = time.monotonic()
        self._bar = tqdm(
            total=stages,
            bar_format=BAR,
            leave=False,
            dynamic_ncols=True,
            file=sys.stderr,
            disable=not sys.stderr.isatty(),
        )

    @property
    def seconds(self) -> float:
        """Since it began."""
        return time.monotonic() - self._began

    @contextmanager
    def stage(self, what: str, steps: int) -> Iterator[None]:
        """``steps``: how often ``doing`` is going to be called."""
        self._stage, self._steps = f"{self._benchmark}, {what}", max(steps, 1)
        if self._bar.disable:
            print(
                f"{self._stage} ({self._done + 1} of {self._stages})", file=sys.stderr, flush=True
            )
        yield
        self._done += 1
        self._show(self._done, self._stage)

    def doing(self, what: str) -> None:
        """A step begins. The bar shows those that are done."""
        self._show(self._bar.n, f"{self._stage}, {what}")
        # Steps that were not announced do not lead beyond the stage.
        self._bar.n = min(self._bar.n + 1 / self._steps, self._done + 1)

    def say(self, text: str) -> None:
        """A line that stays, beside the bar."""
        tqdm.write(text, file=sys.stderr)

    def _show(self, done: float, what: str) -> None:
        self._bar.n = done
        self._bar.set_description_str(what)

    def __enter__(self) -> Progress:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._bar.close()
