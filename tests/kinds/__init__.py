"""Every sort of kind, with a made-up kind that is added to a copy of the code.

A sort is a file here with a `SORT`; `tests/test_kinds.py` holds all of them to the same
rules. The proofs run in a process of their own, where `kizashi` is the copy.
"""
