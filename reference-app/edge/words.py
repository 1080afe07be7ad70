"""What people read where a part behind the front door does not answer."""

_PAGE = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{status} {en_title} / {ja_title}</title>
</head>
<body>
<main>
<h1>{en_title}</h1>
<p>{en}</p>
<div lang="ja">
<h1>{ja_title}</h1>
<p>{ja}</p>
</div>
<p><code>{request_id}</code></p>
</main>
</body>
</html>
"""
_LATE = (
    "The answer is taking too long",
    "応答に時間がかかっています",
    "Nothing is lost. Reload this page in a moment.",
    "データは失われていません。少し待ってから再読み込みしてください。",
)
_AWAY = (
    "We are not reachable right now",
    "ただいまご利用いただけません",
    "We are starting it again. Reload this page in a moment.",
    "復旧中です。少し待ってから再読み込みしてください。",
)
_WORDS = {502: _AWAY, 504: _LATE}
#: What programs read, by status.
DETAILS = {
    413: "the body is too long",
    502: "the service is not reachable now",
    504: "the service did not answer in time; a change may have taken place: read again",
}


def error_page(status: int, request_id: str) -> str:
    """Return the page of a status, in both languages."""
    en_title, ja_title, en, ja = _WORDS[status]
    return _PAGE.format(
        status=status,
        en_title=en_title,
        ja_title=ja_title,
        en=en,
        ja=ja,
        request_id=request_id,
    )


def error_problem(status: int, request_id: str) -> str:
    """Return the error of a status as programs read it (RFC 9457)."""
    return (
        f'{{"type":"about:blank","status":{status},"detail":"{DETAILS[status]}"'
        f',"request_id":"{request_id}"}}'
    )
