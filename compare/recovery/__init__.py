"""Model recovery: whether the right layer would be named if it were the right one."""

from compare.recovery.recover import recover_layers
from compare.recovery.result import RecoveryResult

__all__ = ["RecoveryResult", "recover_layers"]
