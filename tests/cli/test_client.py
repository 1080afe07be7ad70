"""Why a server could not be asked, in the reader's words."""

import socket
import ssl

import pytest

from kizashi.cli.client import _reason


def untrusted() -> ssl.SSLCertVerificationError:
    error = ssl.SSLCertVerificationError(1, "verify failed")
    error.verify_message = "self-signed certificate"
    return error


@pytest.mark.parametrize(
    ("error", "english", "japanese"),
    [
        (
            TimeoutError("timed out"),
            "no answer within 10 s",
            "10 秒たっても応答がありません",
        ),
        (
            ConnectionRefusedError(111, "Connection refused"),
            "nothing listens there",
            "待ち受けているものがありません",
        ),
        (
            socket.gaierror(-2, "Name or service not known"),
            "the name kizashi.example is not known",
            "kizashi.example という名前が見つかりません",
        ),
        (
            untrusted(),
            "its certificate is not trusted (self-signed certificate)",
            "証明書を信頼できません (self-signed certificate)",
        ),
        (OSError(101, "Network is unreachable"), "Network is unreachable", None),
        (OSError(), "OSError", None),
    ],
)
def test_a_reason_is_in_the_readers_language(
    error: Exception, english: str, japanese: str | None
):
    assert _reason(error, "kizashi.example", "en") == english
    assert _reason(error, "kizashi.example", "ja") == (japanese or english)
