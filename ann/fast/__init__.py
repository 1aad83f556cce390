"""Compiled loops, one file an operation. The only clever code of ann, and every trick has its reason there.

Each loop runs on one thread; `ann.parallel` gives each thread its part of a batch.
"""

from ann.fast import recurrent
from ann.fast.attention import divide_by_sum, softmax_gradient, subtract_largest
from ann.fast.convolution import convolve, convolve_gradient
from ann.fast.depthwise import convolve_depthwise, convolve_depthwise_gradient
from ann.fast.normalization import (
    column_moments,
    column_sums,
    normalize_columns,
    normalize_columns_gradient,
    normalize_groups,
    normalize_groups_gradient,
    normalize_rows,
    normalize_rows_gradient,
)
from ann.fast.pooled import convolve_pooled, convolve_pooled_gradient
from ann.fast.pooling import (
    average_pool,
    average_pool_gradient,
    max_pool,
    max_pool_gradient,
    max_pool_gradient_apart,
)
from ann.fast.products import few_by_turned, fills_vectors, product, product_of_turned, turned_product
from ann.fast.rows import add_rows
from ann.fast.steps import (
    adagrad_step,
    adam_step,
    adamax_step,
    amsgrad_step,
    lion_step,
    nadam_step,
    rmsprop_step,
)

__all__ = [
    "adagrad_step",
    "adam_step",
    "adamax_step",
    "add_rows",
    "amsgrad_step",
    "average_pool",
    "average_pool_gradient",
    "column_moments",
    "column_sums",
    "convolve",
    "convolve_depthwise",
    "convolve_depthwise_gradient",
    "convolve_gradient",
    "convolve_pooled",
    "convolve_pooled_gradient",
    "divide_by_sum",
    "few_by_turned",
    "fills_vectors",
    "lion_step",
    "max_pool",
    "max_pool_gradient",
    "max_pool_gradient_apart",
    "nadam_step",
    "normalize_columns",
    "normalize_columns_gradient",
    "normalize_groups",
    "normalize_groups_gradient",
    "normalize_rows",
    "normalize_rows_gradient",
    "product",
    "product_of_turned",
    "recurrent",
    "rmsprop_step",
    "softmax_gradient",
    "subtract_largest",
    "turned_product",
]
