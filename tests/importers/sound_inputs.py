"""Files of other tools whose every objective can be carried."""

from pathlib import Path

#: One input for each dialect: a file in `sound`.
SOUND: dict[str, str] = {
    path.stem.replace("_", "-"): path.read_text(encoding="utf-8")
    for path in sorted((Path(__file__).parent / "sound").glob("*.yaml"))
}
