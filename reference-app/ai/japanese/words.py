"""Japanese words that say how much a task matters."""

import re

from ai.priorities import Level, PriorityRow

_END = r"(?:[!！。、,:：\s]*)"


def _row(pattern: str, level: Level) -> PriorityRow:
    return PriorityRow(re.compile(pattern + _END), level)


#: The first row that matches decides: what says "not urgent" stands before "urgent".
PRIORITY_ROWS: tuple[PriorityRow, ...] = (
    _row(
        r"(?:緊急|至急|重要)(?:連絡先|文化財|事項|避難|車両|停止|参考人|無形|度|性|な鍵)",
        Level.NONE,
    ),
    _row(
        r"(?:特に)?急ぎ(?:では|じゃ)(?:ない|ありません|無い)(?:です)?(?:けれども|けれど|けど|ですが|が|ので|から)?",
        Level.LOW,
    ),
    _row(
        r"急がな(?:い|くて(?:も)?(?:いい|良い|よい|大丈夫))(?:です)?(?:けれども|けれど|けど|ですが|が|ので|から)?",
        Level.LOW,
    ),
    _row(
        r"(?:緊急|重要)(?:では|じゃ)(?:ない|ありません)(?:です)?(?:けど|が)?", Level.LOW
    ),
    _row(
        r"(?:余裕|時間|暇|余力|手)が(?:あれば|あったら|あるとき(?:に)?|ある時(?:に)?|空いたら|できたら)(?:で(?:いい|良い|よい)(?:ので|から)?)?",
        Level.LOW,
    ),
    _row(r"(?:暇|ひま)な(?:とき|時)(?:に)?", Level.LOW),
    _row(r"[\[【(]?優先度?[:：は]?\s*(?:低い?|小)[\]】)]?", Level.LOW),
    _row(
        r"(?:いつか|そのうち(?:に)?|できれば|いつでも(?:いい|良い|よい)(?:ので|から)?|気が向いたら|ゆっくりで(?:いい|良い))",
        Level.LOW,
    ),
    _row(r"[\[【(]?(?:低優先度?)[\]】)]?", Level.LOW),
    _row(
        r"[\[【(]?(?:最優先|優先度?[:：は]?\s*(?:最高|高い?|大)|高優先度?)(?:事項)?[\]】)]?(?:で)?",
        Level.HIGH,
    ),
    _row(
        r"[\[【(]?(?:大至急|至急|緊急|急務|最重要|重要)[\]】)]?(?:で|に)?", Level.HIGH
    ),
    _row(
        r"(?:なるべく早く|できるだけ早く|早急に|すぐに|今すぐ(?:に)?|必ず|絶対に?)",
        Level.HIGH,
    ),
    _row(r"(?:大?急ぎ|お急ぎ)(?:で|です|の)?(?!足)", Level.HIGH),
)
