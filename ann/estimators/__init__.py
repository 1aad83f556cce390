"""Networks that fit into scikit-learn: its pipelines, cross-validation and searches take them as their own.

They derive from scikit-learn's base classes and pass its estimator checks. Since scikit-learn takes a second to import,
`ann` loads this package when one of its names is first used.

>>> from sklearn.model_selection import cross_val_score
>>> from sklearn.pipeline import make_pipeline
>>> from sklearn.preprocessing import StandardScaler
>>> from sklearn.datasets import load_iris
>>> x, y = load_iris(return_X_y=True)
>>> scores = cross_val_score(make_pipeline(StandardScaler(), MLPClassifier(learning_rate=0.01, epochs=20)), x, y)
>>> bool(scores.mean() > 0.9)
True
"""

from ann.estimators.checking import NotFittedError
from ann.estimators.linear import LinearRegression
from ann.estimators.logistic import LogisticRegression
from ann.estimators.mlp_classifier import MLPClassifier
from ann.estimators.mlp_regressor import MLPRegressor

__all__ = ["LinearRegression", "LogisticRegression", "MLPClassifier", "MLPRegressor", "NotFittedError"]
