"""What ``kizashi verify`` says."""

TEXTS: dict[str, tuple[str, str]] = {
    "verify.advice": ("What to do:", "対処:"),
    "verify.aside": (
        "{file}: a row of {table} was damaged and has been set aside, without effect: {what}",
        "{file}: {table} の行が壊れていたため取り除きました。処理には使いません: {what}",
    ),
    "verify.block": (
        "{file}: {table}, row {row}: a block of the ledger of {objectives}, from {start} to {end}",
        "{file}: {table} の行 {row}: {objectives} の台帳のブロック、{start} から {end}",
    ),
    "verify.clean": (
        "{folder}: nothing is damaged ({files}).",
        "{folder}: 壊れた箇所はありません ({files})。",
    ),
    "verify.damaged": (
        "{folder}: damaged ({files}). Found: {count}.",
        "{folder}: 壊れています ({files})。見つかった箇所: {count}。",
    ),
    "verify.data.help": (
        "The data folder, whether a server runs on it or not; or a backup.",
        "データフォルダー (サーバーの動作中でも可)。またはバックアップ。",
    ),
    "verify.empty": ("{file}: the file is empty", "{file}: ファイルが空です"),
    "verify.failed": ("Nothing was verified: {why}", "検査できませんでした: {why}"),
    "verify.file": ("{file}: {what}", "{file}: {what}"),
    "verify.gone": (
        "(found earlier; the row itself is gone)",
        "(以前に見つかったもの。行はもうありません)",
    ),
    "verify.help": (
        "Look through a data folder or a backup, and say what is damaged, whose figures it is part of, and what to restore.",
        "データフォルダーやバックアップを調べ、壊れた箇所、関係する目標と期間、復元の方法を示します。",
    ),
    "verify.manifest": (
        "{file}: not what was backed up: its checksum differs, or it is gone",
        "{file}: バックアップしたときのものではありません。チェックサムが違うか、ファイルがありません",
    ),
    "verify.more": ("and {count} more", "ほか {count} 件"),
    "verify.nobody": ("no objective", "目標なし"),
    "verify.past": (
        "{folder}: nothing is damaged now ({files}); found earlier: {count}.",
        "{folder}: 現在、壊れた箇所はありません ({files})。以前に見つかった箇所: {count}。",
    ),
    "verify.log": (
        "{file}: the end of its log is damaged; commits until {end} that are lost: {row}",
        "{file}: ログの終わりが壊れています。{end} までの {row} 件のコミットが失われました",
    ),
    "verify.log-aside": (
        "{file}: the end of its log was damaged when it was opened; what is lost: {what}",
        "{file}: 開いたとき、ログの終わりが壊れていました。失われたもの: {what}",
    ),
    "verify.log-unknown": (
        "{file}: its log is damaged from the beginning; how many commits until {end} are lost is not known",
        "{file}: ログが先頭から壊れています。{end} までに失われたコミットの数は分かりません",
    ),
    "verify.row": (
        "{file}: {table}, row {row}: not what was written: {what}",
        "{file}: {table} の行 {row}: 書いたときと内容が違います: {what}",
    ),
    "verify.samples": (
        "{file}: {table}, row {row}: samples of {objectives}, from {start} to {end}",
        "{file}: {table} の行 {row}: {objectives} のサンプル、{start} から {end}",
    ),
    "verify.structure": (
        "{file}: {table} {row} {what}",
        "{file}: {table} {row} {what}",
    ),
    "verify.usage": (
        "kizashi verify [--data DIR] [--format text|json]",
        "kizashi verify [--data フォルダー] [--format text|json]",
    ),
}
