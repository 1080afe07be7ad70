"""What ``kizashi backup`` and ``kizashi restore`` say."""

TEXTS: dict[str, tuple[str, str]] = {
    "backup.data.help": ("The data folder.", "データフォルダー。"),
    "backup.done": (
        "Backed up to {to}: {count} databases, {bytes} bytes.",
        "{to} にバックアップしました: データベース {count} 個、{bytes} バイト。",
    ),
    "backup.failed": ("Nothing was done: {why}", "何も行いませんでした: {why}"),
    "backup.format.help": ("text or json.", "text または json。"),
    "backup.help": (
        "Copy the databases of a data folder, consistent, while the server runs.",
        "サーバーを動かしたまま、データフォルダーのデータベースを整合した状態でコピーします。",
    ),
    "backup.to.help": (
        "A new or empty folder for the backup.",
        "バックアップ先。新しいフォルダーか空のフォルダー。",
    ),
    "backup.usage": (
        "kizashi backup TO [--data DIR]",
        "kizashi backup 保存先 [--data フォルダー]",
    ),
    "restore.done": (
        "Restored into {data}: {count} databases, {bytes} bytes. Start with: kizashi serve --data {data}",
        "{data} に復元しました: データベース {count} 個、{bytes} バイト。起動するには: kizashi serve --data {data}",
    ),
    "restore.from.help": (
        "The folder that kizashi backup made.",
        "kizashi backup が作ったフォルダー。",
    ),
    "restore.help": (
        "Check a backup and put it into an empty data folder.",
        "バックアップを検査し、空のデータフォルダーに復元します。",
    ),
    "restore.usage": (
        "kizashi restore FROM --data DIR",
        "kizashi restore バックアップ --data フォルダー",
    ),
}
