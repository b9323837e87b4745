"""Protects: the tests of the pages find mistakes in a page."""

from pathlib import Path

import blocks
import pytest
import runner
from blocks import ROOT, Group

PAGE = ROOT / "docs" / "example.md"


def groups(text: str) -> list[Group]:
    return blocks.groups_of(blocks.blocks_of(PAGE, text))


def test_a_failing_program_is_found() -> None:
    (group,) = groups("```python\n\nassert 1 == 2\n```\n")
    with pytest.raises(runner.Failed, match="line 3"):
        runner.run(group)


def test_a_wrong_output_is_found() -> None:
    (group,) = groups("```python\nprint('a')\n```\n\n<!-- prints -->\n\n```text\nb\n```\n")
    with pytest.raises(runner.Failed, match="does not print 'b'"):
        runner.run(group)
    (group,) = groups("```console\n$ echo 12 messages a\n13 messages …\n$ echo c\nd\n```\n")
    with pytest.raises(runner.Failed, match="does not print 'd'"):
        runner.run(group)


def test_programs_run_together_under_the_same_addresses() -> None:
    (group,) = groups(
        "<!-- run: as 192.168.1.100, beside the next block -->\n\n"
        "```python\nimport socket\nwith socket.create_server(('127.0.0.1', int('*:5555'.split(':')[1]))) as s:\n"
        "    s.accept()\n```\n\n"
        "```python\nimport socket\nimport time\nport = int('192.168.1.100:5555'.split(':')[1])\n"
        "while True:\n    try:\n        socket.create_connection(('127.0.0.1', port)).close()\n        break\n"
        "    except OSError:\n        time.sleep(0.01)\n```\n"
    )
    assert [program.line for program in group.programs] == [4, 10]
    runner.run(group)


def test_a_program_beside_another_listens_first() -> None:
    (group,) = groups(
        "<!-- run: beside the next block -->\n\n```python\nimport time\ntime.sleep(0.3)\n"
        "import spotmq\nwith spotmq.Spot() as spot:\n    spot.bind('tcp://127.0.0.1:5555')\n"
        "    spot.topic_create('a')\n    for _ in spot:\n        pass\n```\n\n"
        "```console\n$ spot topics tcp://127.0.0.1:5555\na\ttcp://127.0.0.1:5555\tyes\n```\n"
    )
    runner.run(group)


def test_a_block_goes_on_where_the_last_one_ended() -> None:
    (group,) = groups(
        "```python\na = 1\n```\n\n<!-- run: after the previous block -->\n\n```python\nprint(a + 1)\n```\n"
        "\n<!-- prints -->\n\n```text\n2\n```\n"
    )
    assert group.programs[0].code == "a = 1\n\n\n\n\n\nprint(a + 1)\n"
    runner.run(group)


@pytest.mark.parametrize(
    "text",
    [
        "<!-- not run: I was lazy -->\n```python\n```\n",
        "<!-- run: sometimes -->\n```python\n```\n",
        "<!-- run: beside the next block -->\n```python\n```\n",
        "<!-- run: after the previous block -->\n```python\n```\n",
        "```python\n",
    ],
)
def test_what_makes_no_sense_is_refused(text: str) -> None:
    with pytest.raises(blocks.PageError):
        groups(text)


def test_code_that_is_indented_in_place_of_fenced_is_found() -> None:
    assert blocks.indented_code("Build:\n\n    make all\n    make more\n\nText\n") == [3, 4]
    assert blocks.indented_code("- item\n\n    of it\n") == []
    assert blocks.indented_code("```python\n\n    x\n```\n") == []


def test_commands_that_publish_wait_as_long_as_it_takes() -> None:
    (group,) = groups("```console\n$ echo spot pub a b\nspot pub --wait 30 a b\n```\n")
    runner.run(group)
    (group,) = groups("```console\n$ echo spot replay a --wait 2\nspot replay a --wait 2\n```\n")
    runner.run(group)


def test_output_is_compared_loosely() -> None:
    assert runner.missing_line("12 ms, a … z\nend", "x\n3.5 ms, a b c z\nmore\nend") is None
    assert runner.missing_line("a\nb", "b\na") == "b"


def test_files_of_a_page_lie_beside_its_programs(tmp_path: Path) -> None:
    group = groups(
        '<!-- run: by a later block -->\n```python title="a.py"\nX = 3\n```\n\n'
        "```python\nimport a\nassert a.X == 3\n```\n"
    )
    assert len(group) == 1
    runner.run(group[0])
