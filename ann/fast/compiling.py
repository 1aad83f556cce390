"""How the loops of this folder are compiled.

``error_model="numpy"``: the default check for a division by zero stops LLVM from vectorising. Each loop releases the
interpreter. `compiled_sums` may add in another order, without which a sum runs one number at a time; NaN and infinity
stay what they are. `np.dot` inside compiled code is SciPy's BLAS, loaded here and made known to `ann.parallel`.
"""

import scipy.linalg.cython_blas  # noqa: F401
from numba import njit

from ann.parallel import blas_on_one_thread

__all__ = ["compiled", "compiled_sums"]

blas_on_one_thread.look_again()

compiled = njit(nogil=True, cache=True, error_model="numpy")
compiled_sums = njit(nogil=True, cache=True, error_model="numpy", fastmath={"reassoc", "contract"})
