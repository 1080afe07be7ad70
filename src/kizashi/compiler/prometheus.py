"""Rules and their unit tests, as Prometheus and promtool read them."""

from kizashi.compiler._base import CompileTarget
from kizashi.compiler.rule_files import RuleFiles

TARGET: CompileTarget = RuleFiles("prometheus", "query_offset")
