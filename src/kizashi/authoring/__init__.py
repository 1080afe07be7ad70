"""From what is exported to a first declaration: found, proposed, written down.

`inventory` says what a target has, `candidates` which objectives that supports and what is
missing, `drafting` writes them. All of it is pure: `kizashi init` asks targets and servers.
"""
