"""What ``kizashi backup`` and ``kizashi restore`` say."""

TEXTS: dict[str, tuple[str, str]] = {
    "backup.data.help": ("The data folder.", "データフォルダー。"),
    "backup.damaged": (
        "{data} is damaged, and nothing was backed up. Found: {count}.",
        "{data} が壊れているため、バックアップしませんでした。見つかった箇所: {count}。",
    ),
    "backup.damaged.advice": (
        "Restore an older backup: {command}\nOr copy what can be read: kizashi backup {to} --data {data} --even-damaged",
        "以前のバックアップを復元するには: {command}\n読める部分だけをコピーするには: kizashi backup {to} --data {data} --even-damaged",
    ),
    "backup.even-damaged.help": (
        "Back up what can be read even where something is damaged, and say what is left out.",
        "壊れた箇所があっても、読める部分をバックアップし、除いたものを示します。",
    ),
    "backup.left-out": (
        "Damaged: left out, or of no use ({count}):",
        "壊れているため除いたもの、または使えないもの ({count} 件):",
    ),
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
        "kizashi backup TO [--data DIR] [--even-damaged]",
        "kizashi backup 保存先 [--data フォルダー] [--even-damaged]",
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
