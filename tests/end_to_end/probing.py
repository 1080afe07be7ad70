"""Ask a server for its health until told to stop; print the answers' times in ms.

A process of its own, so that no work of a test is measured. Arguments: host and port.
It ends when its standard input does.
"""

import json
import select
import socket
import sys
import time

PAUSE_S = 0.02
ASKED = b"GET /-/healthy HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"


def main() -> None:
    took: list[float] = []
    with socket.create_connection((sys.argv[1], int(sys.argv[2]))) as connection:
        while not select.select([sys.stdin], [], [], PAUSE_S)[0]:
            began = time.perf_counter()
            connection.sendall(ASKED)
            answer = b""
            while b'{"healthy":true}' not in answer.replace(b" ", b""):
                part = connection.recv(65536)
                if not part:
                    raise SystemExit(f"no health: {answer!r}")
                answer += part
            took.append((time.perf_counter() - began) * 1000)
    print(json.dumps(took))  # noqa: T201


if __name__ == "__main__":
    main()
