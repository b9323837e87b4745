"""The judge of every run: for each owner's node id and topic, sent = received + reported loss.

Pure: its input is what each life of a node sent, and what each receiver reports.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from worker import OWN


@dataclass
class Life:
    """One node, from its making to its end; a restart is another."""

    node_id: str
    sent: Mapping[str, int]
    alive: bool = True
    # A receiver of the node's own topics must have everything up to the last message, by now.
    owes: bool = True
    # Nothing more is published, and receivers must know how far each stream got by now: what they lack at the
    # end is counted as lost, to the message.
    told: bool = False


@dataclass
class Verdict:
    breaches: list[str] = field(default_factory=list)
    streams: int = 0
    received: int = 0
    lost: int = 0
    # Sent by those who are gone, and neither received nor reported message by message.
    ends: int = 0

    def add(self, breach: str) -> None:
        self.breaches.append(breach)

    def __str__(self) -> str:
        numbers = (
            f"{self.streams} streams, received {self.received}, lost {self.lost}, "
            f"not received of nodes that went {self.ends}"
        )
        return "\n".join([numbers, *self.breaches[:40]])


def judge(lives: Iterable[Life], accounts: Iterable[Mapping[str, Any]]) -> Verdict:
    """Accounts are those of receivers that still live and subscribed to all topics before any of it."""
    by_id = {life.node_id: life for life in lives}
    verdict = Verdict()
    accounts = list(accounts)
    for account in accounts:
        _judge_account(by_id, account, verdict)
    _judge_agreement(by_id, accounts, verdict)
    return verdict


def _judge_account(lives: Mapping[str, Life], account: Mapping[str, Any], verdict: Verdict) -> None:
    me = account["node_id"][:8]
    verdict.breaches.extend(f"{me}: {breach}" for breach in account["breaches"])
    seen = set()
    lost_by_message = ends = known = 0
    through: dict[str, int] = {}  # how much all nodes have published to others' topics
    for publisher in lives.values():
        for topic, count in publisher.sent.items():
            if not topic.startswith(OWN):
                through[topic] = through.get(topic, 0) + count
    for owner, topic, runs in account["streams"]:
        where = f"{me}: {topic} of {owner[:8]}"
        life = lives.get(owner)
        if life is None:
            verdict.add(f"{where}: there was no such node")
            continue
        seen.add((owner, topic))
        verdict.streams += 1
        received, lost = _judge_runs(where, runs, verdict)
        verdict.received += received
        lost_by_message += lost
        if topic.startswith(OWN):
            missing = _judge_end(where, life, topic, runs[-1][1], verdict)
            verdict.ends += missing
            ends += missing
            known += missing if life.told else 0
        elif not life.owes:
            ends += max(0, through.get(topic, 0) - runs[-1][1])  # at most
    verdict.lost += account["lost"]
    # Beyond what came with messages, only ends of streams can have been lost, as the owner told.
    least = lost_by_message + known
    if not least <= account["lost"] <= lost_by_message + ends:
        verdict.add(
            f"{me}: messages say {lost_by_message} are lost, the node {account['lost']}, "
            f"and {known} to {ends} at the ends of streams"
        )
    _judge_topics(lives, account, verdict)
    for life in lives.values():
        for topic, count in life.sent.items():
            if life.owes and topic.startswith(OWN) and count and (life.node_id, topic) not in seen:
                verdict.add(f"{me}: nothing of {topic} of {life.node_id[:8]}")


def _judge_topics(lives: Mapping[str, Life], account: Mapping[str, Any], verdict: Verdict) -> None:
    """The loss of a topic in the node's statistics, where the account has them, is what is missing of it."""
    missing: dict[str, int] = {}
    for owner, topic, runs in account["streams"]:
        life = lives.get(owner)
        if life is not None and life.told:
            gaps = sum(run[2] for run in runs)
            missing[topic] = missing.get(topic, 0) + gaps + life.sent[topic] - runs[-1][1]
    for topic, lost in account.get("lost_of", {}).items():
        if topic in missing and missing[topic] != lost:
            verdict.add(f"{account['node_id'][:8]}: {topic} lacks {missing[topic]}, lost {lost}")


def _judge_runs(where: str, runs: list[list[int]], verdict: Verdict) -> tuple[int, int]:
    """Every run begins right behind the one before it and what was lost in between."""
    received = lost = 0
    expected = runs[0][0]
    for i, (first, last, missed) in enumerate(runs):
        if i > 0 and first != expected + missed:
            verdict.add(f"{where}: {first} instead of {expected}, but lost {missed}")
        if last < first:
            verdict.add(f"{where}: a run from {first} to {last}")
        received += last - first + 1
        lost += missed
        expected = last + 1
    return received, lost


def _judge_end(where: str, life: Life, topic: str, last: int, verdict: Verdict) -> int:
    """How many messages at the end of the stream did not come."""
    sent = life.sent.get(topic)
    if sent is None:
        verdict.add(f"{where}: it never published that")
        return 0
    if last > sent:
        verdict.add(f"{where}: {last} received, {sent} sent")
    if life.owes and not life.told and last < sent:
        verdict.add(f"{where}: {sent} sent, the last received is {last}")
    return 0 if life.owes and not life.told else max(0, sent - last)


def _judge_agreement(
    lives: Mapping[str, Life], accounts: list[Mapping[str, Any]], verdict: Verdict
) -> None:
    """Of a stream that several nodes publish to, all receivers have the same end."""
    ends: dict[tuple[str, str], set[int]] = {}
    for account in accounts:
        for owner, topic, runs in account["streams"]:
            if owner in lives and lives[owner].owes and not topic.startswith(OWN):
                ends.setdefault((owner, topic), set()).add(runs[-1][1])
    for (owner, topic), lasts in ends.items():
        if len(lasts) > 1:
            verdict.add(f"{topic} of {owner[:8]} ends at {sorted(lasts)}")
