"""What happens around batches and epochs of training: one callback a file.

Those that the package brings stand here; a class of your own derives from `Callback` and overrides what it needs.
"""

from ann.callbacks.callback import Callback
from ann.callbacks.checkpoint import Checkpoint
from ann.callbacks.csv_logger import CSVLogger
from ann.callbacks.early_stopping import EarlyStopping
from ann.callbacks.history import History
from ann.callbacks.lambda_callback import LambdaCallback
from ann.callbacks.learning_rate_scheduler import LearningRateScheduler
from ann.callbacks.reduce_lr_on_plateau import ReduceLROnPlateau
from ann.callbacks.terminate_on_nan import TerminateOnNaN

__all__ = [
    "CSVLogger",
    "Callback",
    "Checkpoint",
    "EarlyStopping",
    "History",
    "LambdaCallback",
    "LearningRateScheduler",
    "ReduceLROnPlateau",
    "TerminateOnNaN",
]
