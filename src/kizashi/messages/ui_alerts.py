"""What the page of alerts says, and the pages of single ones."""

TEXTS: dict[str, tuple[str, str]] = {
    "ui.alerts.ack": ("Acknowledge", "引き受ける"),
    "ui.alerts.ack_note": (
        "You take it in hand: it is not repeated any more. It goes on until the data says that it is over.",
        "対応していることを示します。以後、通知は繰り返されません。アラート自体はデータで終わりが確認できるまで続きます。",
    ),
    "ui.alerts.acknowledged": ("Acknowledged by {by}", "{by} が引き受け済み"),
    "ui.alerts.actions": ("What to do", "操作"),
    "ui.alerts.by": ("Who", "担当者"),
    "ui.alerts.decision": (
        "Why: the decision, window by window",
        "判定の根拠 (ウィンドウごと)",
    ),
    "ui.alerts.decision_note": (
        "A pair fires when both of its windows are over their limit and at least {least} bad events lie in the long one.",
        "組の両方のウィンドウが上限を超え、長いウィンドウの悪いイベントが {least} 件以上あるとき、発報の条件を満たします。",
    ),
    "ui.alerts.fact": (
        "{bad} bad of {valid} in {window}",
        "直近 {window}の {valid} 件中、悪いイベント {bad} 件",
    ),
    "ui.alerts.held": ("held back", "通知を抑制"),
    "ui.alerts.history": ("History", "履歴"),
    "ui.alerts.labels": ("Labels", "ラベル"),
    "ui.alerts.nobody": ("nobody to tell", "通知なし"),
    "ui.alerts.none": (
        "Nothing fires. Nobody is woken.",
        "発報中のアラートはありません。",
    ),
    "ui.alerts.none_chosen": (
        "No alert is in this state.",
        "この状態のアラートはありません。",
    ),
    "ui.alerts.notifications": ("Whom it told", "通知した相手"),
    "ui.alerts.not_told": (
        "Nobody has been told of it.",
        "まだだれにも通知していません。",
    ),
    "ui.alerts.reason": ("Reason", "理由"),
    "ui.alerts.resolve": ("Resolve", "解決にする"),
    "ui.alerts.resolve_note": (
        "You say that it is over, and why; the history keeps both. If the data still says that it burns, it fires again.",
        "終わったと判断し、その理由を残します。データがまだ超過を示していれば、再び発報します。",
    ),
    "ui.alerts.silence": ("Silence", "サイレンスにする"),
    "ui.alerts.silence_length": ("For how long", "期間"),
    "ui.alerts.silence_note": (
        "Nobody is told of this alert for a while. It stays visible here.",
        "このアラートの通知をしばらく止めます。ここには表示され続けます。",
    ),
    "ui.alerts.sign_in": (
        "Sign in with the role operator to acknowledge, silence or resolve.",
        "引き受け、サイレンス、解決には、運用者としてのサインインが必要です。",
    ),
    "ui.alerts.telling": ("Notifying", "通知"),
    "ui.alerts.title": ("Alerts", "アラート"),
    "ui.alerts.title_one": ("Alert", "アラート"),
    "ui.alerts.told": ("people are told", "通知中"),
    "ui.notice.dead": ("given up", "断念"),
    "ui.notice.delivered": ("delivered", "配信済み"),
    "ui.notice.muted": ("muted by a silence", "サイレンスで抑制"),
    "ui.notice.pending": ("on its way", "送信中"),
    "ui.notice.tries": ("tries: {count}", "試行 {count} 回"),
    "ui.silence.active": ("active", "有効"),
    "ui.silence.end": ("End it now", "今すぐ終わらせる"),
    "ui.silence.ends": ("Ends", "終わり"),
    "ui.silence.expired": ("expired", "期限切れ"),
    "ui.silence.matches": ("Matches", "条件"),
    "ui.silence.mutes": ("mutes {count} alerts now", "現在 {count} 件を抑制"),
    "ui.silence.needs": (
        "A silence needs a length such as 2h and a reason.",
        "サイレンスには 2h のような期間と、理由が必要です。",
    ),
    "ui.silence.none": ("No silence is in force.", "有効なサイレンスはありません。"),
    "ui.silence.pending": ("not begun yet", "開始前"),
    "ui.silence.title": ("Silences", "サイレンス"),
    "ui.told.acknowledged": (
        "Acknowledged. It is not repeated any more.",
        "引き受けました。通知は繰り返されません。",
    ),
    "ui.told.resolved": ("Resolved by your word.", "解決にしました。"),
    "ui.told.silenced": (
        "Silenced. Nobody is told until it ends.",
        "サイレンスにしました。期限まで通知しません。",
    ),
    "ui.told.unsilenced": ("The silence has ended.", "サイレンスを終わらせました。"),
}
