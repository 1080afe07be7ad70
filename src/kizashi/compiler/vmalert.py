"""The rules of the target ``prometheus`` as vmalert reads them.

vmalert calls the offset of a group ``eval_delay`` and refuses ``query_offset``. Unit
tests are left to promtool: vmalert-tool evaluates a group at whole multiples of its
interval, which is not when Prometheus does.
"""

from kizashi.compiler._base import CompileTarget
from kizashi.compiler.rule_files import RuleFiles

TARGET: CompileTarget = RuleFiles("vmalert", "eval_delay", has_tests=False)
