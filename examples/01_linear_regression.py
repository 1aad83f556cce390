"""The smallest network learns a line: one unit, one weight, one bias; the figure shows the line and the way to it."""

import sys
import time
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import make_regression

import ann
from isocortex.style import COLORS, PAGE_WIDTH, paper_style, save_figure

X, y, true_slope = make_regression(n_samples=100, n_features=1, noise=0.1, coef=True, random_state=0)

model = ann.Sequential([ann.layers.Dense(units=1, input_shape=(1,))])
model.compile(optimizer="sgd", loss="mean_squared_error")

begin = time.perf_counter()
history = model.fit(X, y, epochs=1000)
seconds = time.perf_counter() - begin

slope = model.get_weights()["dense_1"]["kernel"].item()
print(f"1000 epochs in {seconds:.2f} s")
print(f"mean squared error {model.evaluate(X, y):.4f} (the noise's variance is 0.01)")
print(
    f"slope {slope:.3f}, true slope {true_slope:.3f}, by least squares {ann.LinearRegression().fit(X, y).coef_[0]:.3f}"
)

with paper_style():
    figure, (left, right) = plt.subplots(1, 2, figsize=(PAGE_WIDTH, 2.6), layout="constrained")
    ends = np.array([[X.min()], [X.max()]])
    left.plot(X, y, "o", markersize=3, color=COLORS["sky"], label="data")
    left.plot(ends, model.predict(ends), color=COLORS["vermillion"], label=f"learned, slope {slope:.2f}")
    left.set_xlabel("x")
    left.set_ylabel("y")
    left.legend()
    history.plot(right)
    right.set_xscale("log")
    right.set_yscale("log")
    right.set_ylabel("mean squared error")
    left.set_title("a", loc="left", weight="bold")
    right.set_title("b", loc="left", weight="bold")
save_figure(figure, Path(sys.argv[1] if len(sys.argv) > 1 else "linear_regression"))
