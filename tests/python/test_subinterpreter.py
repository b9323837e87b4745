"""Protects: importing spotmq in a sub-interpreter is a clear error, and does not harm the main interpreter's
node.
"""

import pytest
from conftest import Spawn

PROGRAM = """
import sys
try:
    import _interpreters as interpreters  # Python 3.13
except ImportError:
    import _xxsubinterpreters as interpreters

def create():
    try:
        return interpreters.create("legacy")  # the kind that lets in what does not say that it may come
    except TypeError:
        return interpreters.create(isolated=False)

if sys.argv[1] == "first":
    import spotmq
other = create()
failed = interpreters.run_string(other, '''
try:
    import spotmq
except ImportError as error:
    assert "sub-interpreter" in str(error) or "subinterpreter" in str(error), error
else:
    raise AssertionError("it was imported")
''')
assert failed is None, failed
interpreters.destroy(other)
import spotmq
with spotmq.Spot() as node:
    node.topic_create("a")
    node.subscribe("a")
    node.publish("a", b"1")
    assert node.recv(30_000).data == b"1"
    try:
        node.recv(0)
    except spotmq.Timeout:
        print("done")
"""


@pytest.mark.parametrize("main_imports", ["first", "afterwards"])
def test_import_in_a_sub_interpreter(spawn: Spawn, main_imports: str) -> None:
    child = spawn(PROGRAM, main_imports)
    assert child.line(60) == "done", child.errors
    assert child.finish() == 0, child.errors
