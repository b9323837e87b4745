"""What the benchmarks share.

``workers`` runs the two ends of a contender in processes of their own, ``rounds`` lets contenders
take turns, ``progress`` says which has its turn, ``payloads`` bounds what is on the way, ``report``
writes tables and JSON. Each contender (``spot``, ``pyzmq``, ``tcp``) is a
module that offers its ends. To add one: write such a module and name it in the script's list; one
that needs more than the ``bench`` extra goes to ``peers``, which says when it is not installed.
"""
