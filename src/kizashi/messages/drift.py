"""How a server's rules differ from those that would be generated for it."""

TEXTS: dict[str, tuple[str, str]] = {
    "drift.in-step": (
        "{server} runs what would be generated: {groups} groups, read at {at}.",
        "{server} で動いているルールは、いま生成されるものと同じです ({groups} グループ、{at} に読み込み)。",
    ),
    "drift.differs": (
        "{server} does not run what would be generated ({groups} groups), read at {at}:",
        "{server} で動いているルールは、いま生成されるもの ({groups} グループ) と違います ({at} に読み込み)。",
    ),
    "drift.not-yet": (
        "The rules of {server} have not been read yet.",
        "{server} のルールはまだ読み込まれていません。",
    ),
    "drift.unread": (
        "The rules of {server} cannot be read: {why}",
        "{server} のルールを読み込めません: {why}",
    ),
    "drift.missing-group": (
        "{group}: the group is missing. Load the files that `kizashi compile` writes.",
        "{group}: グループがありません。`kizashi compile` が書き出すファイルを読み込ませてください。",
    ),
    "drift.missing-rule": (
        "{group}: {rule} is missing",
        "{group}: {rule} がありません",
    ),
    "drift.changed": (
        "{group}: {rule} has another expression: edited there, or compiled by another version or from other declarations. It runs {running}",
        "{group}: {rule} の式が違います。サーバー側で編集されたか、別のバージョンや別の宣言から生成されています。動いている式: {running}",
    ),
    "drift.interval": (
        "{group}: evaluated every {running}, expected {expected}",
        "{group}: 評価間隔が {running} です ({expected} のはず)",
    ),
    "drift.scrapes": (
        "{job}: {why}",
        "{job}: {why}",
    ),
    "drift.wait": (
        "{group}: {rule} waits {running}, expected {expected}",
        "{group}: {rule} の待ち時間が {running} です ({expected} のはず)",
    ),
    "drift.unknown-rule": (
        "{group}: {rule} would not be generated",
        "{group}: {rule} は生成されないはずのルールです",
    ),
    "drift.failing": (
        "{group}: {rule} fails there: {running}",
        "{group}: {rule} の評価がサーバーで失敗しています: {running}",
    ),
    "drift.elsewhere": (
        "{group}: not declared here; another Kizashi's, or left over",
        "{group}: ここでは宣言されていません。別の Kizashi のものか、残ったままのものです",
    ),
}
