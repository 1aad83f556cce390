"""Searches: every combination, draws and halvings; crashes, resuming, executors; beside scikit-learn's search."""

import json
import math
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from scipy import stats
from sklearn.linear_model import Ridge
from sklearn.model_selection import GridSearchCV, GroupKFold, KFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import ann
from ann.errors import DataError, InvalidTypeError, InvalidValueError, SearchError, UnreadableFileError
from ann.search import Integers, LogUniform, Search, Trial, Uniform
from ann.search.splits import folds, nested_order

RNG = np.random.default_rng(0)
X = RNG.normal(size=(60, 3))
Y = X @ [1.0, -2.0, 0.5] + 0.1 * RNG.normal(size=60)
LABELS = (np.quantile(Y, 0.7) < Y).astype(int)

forked = pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")


def build(units=4, rate=0.01, seed=0, then=None):
    """Give a small regression; or fail, or die, as told."""
    if then == "raise":
        raise RuntimeError("no such luck")
    if then == "die":
        os._exit(1)
    model = ann.Sequential([ann.layers.Dense(units, "tanh"), ann.layers.Dense(1)], seed=seed)
    model.compile({"kind": "Adam", "learning_rate": rate}, metrics=["r2"])
    return model


def classify(units=4):
    """Give a small classifier."""
    model = ann.Sequential([ann.layers.Dense(units, "tanh"), ann.layers.Dense(2, "softmax")])
    model.compile({"kind": "Adam", "learning_rate": 0.05}, "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def scores(result):
    """Give the scores of all trials."""
    return [trial.scores for trial in result.trials]


def test_a_grid_is_every_combination():
    """Trials are the product of the lists; the best has the least loss, and is trained anew on all data."""
    search = Search(build, {"units": [2, 6], "rate": [1e-5, 0.03], "epochs": [1, 20]}, seed=3, fit={"batch_size": 16})
    result = search.grid(X, Y)
    tried = [tuple(trial.parameters.values()) for trial in result.trials]
    assert tried == [(u, r, e) for u in (2, 6) for r in (1e-5, 0.03) for e in (1, 20)]
    assert result.best.score == min(trial.score for trial in result.trials)
    assert result.best.parameters["rate"] == 0.03
    assert result.best.parameters["epochs"] == 20
    again = build(result.best.parameters["units"], 0.03, seed=result.best_model.seed)
    again.fit(X, Y, epochs=20, batch_size=16)
    assert (again.flat_weights == result.best_model.flat_weights).all()


def test_a_search_is_seeded():
    """The same seed gives the same scores, another seed others."""
    first, second, other = (
        scores(Search(build, {"units": Integers(2, 9)}, seed=seed).random(X, Y, trials=3)) for seed in (1, 1, 2)
    )
    assert first == second != other


def test_more_trials_begin_with_the_same():
    """What is drawn for a trial does not depend on how many there are; algorithms take turns."""
    space = {"a": {"units": Integers(2, 50)}, "b": {"units": [3], "rate": LogUniform(1e-4, 1e-1)}}
    search = Search({"a": build, "b": build}, space, refit=False)
    few, many = (search.random(X, Y, trials=count).trials for count in (2, 5))
    assert [trial.parameters for trial in few] == [trial.parameters for trial in many[:2]]
    assert [trial.algorithm for trial in many] == ["a", "b", "a", "b", "a"]


def test_distributions_hold_their_limits():
    """Draws lie within the limits and follow the distribution; SciPy's distributions serve too."""
    rng = np.random.default_rng(0)
    whole = [Integers(2, 4).rvs(rng) for _ in range(300)]
    assert set(whole) == {2, 3, 4}
    logs = np.log10([LogUniform(1e-4, 1e-1).rvs(rng) for _ in range(300)])
    assert stats.kstest(logs, stats.uniform(-4, 3).cdf).pvalue > 0.01
    plain = [Uniform(2, 5).rvs(rng) for _ in range(300)]
    assert stats.kstest(plain, stats.uniform(2, 3).cdf).pvalue > 0.01
    drawn = ann.search.space.draw({"rate": stats.loguniform(0.1, 1), "kind": ["x"]}, rng)
    assert 0.1 <= drawn["rate"] <= 1
    assert drawn["kind"] == "x"


def test_estimators_are_searched_as_scikit_learn_does():
    """On the same folds a pipeline gets the scores, the best and the predictions that GridSearchCV gives."""
    pipeline = make_pipeline(StandardScaler(), Ridge())
    space = {"ridge__alpha": [0.1, 10.0, 1000.0]}
    cv = KFold(4, shuffle=True, random_state=0)
    ours = Search(pipeline, space, splits=cv, score="neg_mean_squared_error").grid(X, Y)
    theirs = GridSearchCV(pipeline, space, cv=cv, scoring="neg_mean_squared_error").fit(X, Y)
    for fold in range(4):
        expected = theirs.cv_results_[f"split{fold}_test_score"]
        np.testing.assert_allclose([trial.scores[fold] for trial in ours.trials], expected, rtol=1e-12)
    assert ours.best.parameters == theirs.best_params_
    np.testing.assert_allclose(ours.best_model.predict(X), theirs.predict(X), rtol=1e-12)
    assert ours.best.standard_error == pytest.approx(np.std(ours.best.scores, ddof=1) / 2)


def test_whole_numbers_may_be_measurements():
    """A regression's targets are no classes, also where they are whole numbers."""
    result = Search(ann.LinearRegression(), {}, splits=0.25).halving(X, np.arange(60), trials=2, resource="stimuli")
    assert len(result.trials) == 2
    curve = ann.learning_curve(ann.LinearRegression(), X, np.arange(60), [20], repeats=2)
    assert curve.validation.shape == (1, 2)


def test_algorithms_compete():
    """Functions and facades are judged by the same word, and the facade that is right wins."""
    makes = {"network": classify, "regression": ann.LogisticRegression()}
    search = Search(makes, {"network": {"units": [1]}, "regression": {"C": [1.0, 100.0]}}, score="accuracy", splits=3)
    result = search.grid(X, LABELS)
    assert [trial.algorithm for trial in result.trials] == ["network", "regression", "regression"]
    assert result.best.algorithm == "regression"
    assert result.best_model.score(X, LABELS) > 0.9


@forked
@pytest.mark.parametrize("pool", [ThreadPoolExecutor, ProcessPoolExecutor])
def test_executors_change_nothing(pool):
    """Threads and processes give the numbers of a plain loop."""
    space = {"units": [2, 3, 4]}
    with pool(2) as executor:
        beside = Search(build, space, executor=executor, splits=2).grid(X, Y)
    assert scores(beside) == scores(Search(build, space, splits=2).grid(X, Y))


@forked
def test_the_search_outlives_its_processes(tmp_path):
    """A trial that kills its process has failed; those lost with it are run again; what raises is told."""
    space = {"units": [2, 3, 4], "then": [None, "die", "raise"]}
    with ProcessPoolExecutor(2) as executor:
        result = Search(build, space, executor=executor, folder=tmp_path).grid(X, Y)
    errors = {trial.parameters["then"]: trial.error for trial in result.trials}
    assert errors[None] is None
    assert "its process died" in errors["die"]
    assert errors["raise"] == "RuntimeError: no such luck"
    good = [trial for trial in result.trials if trial.error is None]
    assert [trial.scores for trial in good] == scores(Search(build, {"units": [2, 3, 4]}).grid(X, Y))
    assert len(list(tmp_path.glob("trial_*.json"))) == 9


@forked
def test_what_cannot_be_sent_has_failed():
    """A function that no process can be sent is told as the trials' failure."""
    with ProcessPoolExecutor(1) as executor, pytest.raises(SearchError, match=r"all 1 trials failed.*local object"):
        Search(lambda units: build(units), {"units": [2]}, executor=executor).grid(X, Y)  # noqa: PLW0108


def test_an_interrupted_search_takes_up_where_it_was(tmp_path):
    """What ended before the interruption is on disk and not run again; the result is that of one go."""
    built = []

    def watched(units, seed):
        if units == 4 and len(built) == 2:
            raise KeyboardInterrupt
        built.append(units)
        return build(units, seed=seed)

    space = {"units": [2, 3, 4, 5]}
    with pytest.raises(KeyboardInterrupt):
        Search(watched, space, folder=tmp_path, refit=False).grid(X, Y)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["search.json", "trial_00000.json", "trial_00001.json"]
    built.append(None)
    result = Search(watched, space, folder=tmp_path, refit=False).grid(X, Y)
    assert built == [2, 3, None, 4, 5]
    plain = Search(build, space, refit=False).grid(X, Y)
    assert scores(result) == scores(plain)


KILLED = """
import sys, time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
import numpy as np
import ann

def build(units, seed):
    time.sleep(0 if units < 5 else 60)
    model = ann.Sequential([ann.layers.Dense(units, "tanh"), ann.layers.Dense(1)], seed=seed)
    model.compile({"kind": "Adam", "learning_rate": 0.01}, metrics=["r2"])
    return model

if __name__ == "__main__":
    kind, data, folder = sys.argv[1:]
    data = np.load(data)
    with {"threads": ThreadPoolExecutor, "processes": ProcessPoolExecutor}[kind](2) as executor:
        search = ann.search.Search(build, {"units": [2, 3, 4, 5, 6]}, executor=executor, folder=folder, refit=False)
        search.grid(data["x"], data["y"])
"""


@pytest.mark.parametrize("kind", ["threads", "processes"])
def test_a_killed_search_goes_on_from_its_folder(kind, tmp_path):
    """All processes are killed amid their trials; what had ended is taken over, the rest gives what one go gives."""
    script, data, folder = tmp_path / "killed.py", tmp_path / "data.npz", tmp_path / "found"
    script.write_text(KILLED)
    np.savez(data, x=X, y=Y)
    root = Path(ann.__file__).parents[1]
    command = [sys.executable, str(script), kind, str(data), str(folder)]
    search = subprocess.Popen(command, env=os.environ | {"PYTHONPATH": str(root)}, start_new_session=True)
    try:
        until = time.monotonic() + 60
        while len(list(folder.glob("trial_*.json"))) < 3 and time.monotonic() < until:
            time.sleep(0.02)
    finally:
        os.killpg(search.pid, signal.SIGKILL)
        search.wait()
    before = {path.name: path.read_bytes() for path in folder.glob("trial_*.json")}
    assert sorted(before) == [f"trial_{number:05d}.json" for number in range(3)]
    built = []

    def watched(units, seed):
        built.append(units)
        return build(units, seed=seed)

    space = {"units": [2, 3, 4, 5, 6]}
    result = Search({"build": watched}, {"build": space}, folder=folder, refit=False).grid(X, Y)
    assert built == [5, 6]
    assert scores(result) == scores(Search(build, space, refit=False).grid(X, Y))
    assert all((folder / name).read_bytes() == text for name, text in before.items())


class Interrupted(ThreadPoolExecutor):
    """An executor whose workers Ctrl-C reaches."""

    def submit(self, function, *arguments):
        """Run nothing: the worker was interrupted."""

        def interrupted():
            raise KeyboardInterrupt

        return super().submit(interrupted)


def test_an_interrupted_worker_is_no_failed_trial(tmp_path):
    """Ctrl-C ends the search, and is not written down as a trial that failed."""
    with Interrupted(1) as executor, pytest.raises(KeyboardInterrupt):
        Search(build, {"units": [2]}, executor=executor, folder=tmp_path).grid(X, Y)
    assert [path.name for path in tmp_path.iterdir()] == ["search.json"]


def test_an_executor_that_was_shut_down_is_refused():
    """It is named, rather than counted as the trials' failure."""
    executor = ThreadPoolExecutor(1)
    executor.shutdown()
    with pytest.raises(SearchError, match=r"executor: takes no trials \(.*shutdown\); keep it open"):
        Search(build, {"units": [2]}, executor=executor).grid(X, Y)


def test_a_failed_trial_is_not_tried_again(tmp_path):
    """A trial that failed stays failed until its file is deleted."""
    search = Search(build, {"then": [None, "raise"]}, folder=tmp_path, refit=False)
    assert search.grid(X, Y).trials[1].error == search.grid(X, Y).trials[1].error == "RuntimeError: no such luck"
    assert json.loads((tmp_path / "trial_00001.json").read_text())["scores"] == []


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        (lambda folder: None, SearchError, r"holds a search that differs in fit, folds, seed"),
        (lambda folder: (folder / "search.json").write_text("{"), UnreadableFileError, "not readable as JSON"),
        (lambda folder: (folder / "search.json").write_text("[]"), SearchError, r"differs in data"),
    ],
)
def test_another_search_is_not_taken_over(tmp_path, change, error, message):
    """A folder with other data, folds or settings is refused, and so is one that is damaged."""
    Search(build, {"units": [2]}, folder=tmp_path).grid(X, Y)
    change(tmp_path)
    with pytest.raises(error, match=message):
        Search(build, {"units": [2]}, folder=tmp_path, seed=1, splits=KFold(2), fit={"epochs": 2}).grid(X, Y)


@pytest.mark.parametrize(
    ("text", "message"),
    [('{"number": 0}', "is not the trial"), ("[1]", "is not the trial"), (None, "holds no result")],
)
def test_a_strange_trial_is_refused(tmp_path, text, message):
    """A file of another plan, or without a result, is named."""
    search = Search(build, {"units": [2]}, folder=tmp_path)
    search.grid(X, Y)
    file = tmp_path / "trial_00000.json"
    stored = json.loads(file.read_text())
    del stored["scores"]
    file.write_text(json.dumps(stored) if text is None else text)
    with pytest.raises(SearchError, match=message):
        search.grid(X, Y)


def test_a_halving_gives_more_to_fewer():
    """Nine trials get 3, the best three 9 and the best one 27 epochs; the best of each round goes on."""
    space = {"units": Integers(2, 30), "rate": LogUniform(1e-5, 1e-1)}
    result = Search(build, space).halving(X, Y, trials=9, largest=27)
    given = [trial.resource for trial in result.trials]
    assert given == [3] * 9 + [9] * 3 + [27]
    first = sorted(result.trials[:9], key=lambda trial: trial.score)
    assert [trial.parameters for trial in result.trials[9:12]] == [trial.parameters for trial in first[:3]]
    assert result.best is result.trials[12]
    seed = ann.search.trial.child_seed(0, "fold", 0)
    rows, rest = folds(0.2, X, Y)[0]
    by_hand = build(**result.best.parameters, seed=seed)
    by_hand.fit(X[rows], Y[rows], epochs=27)
    assert by_hand.evaluate(X[rest], Y[rest]).loss == result.best.score


def test_a_halving_may_give_stimuli(tmp_path):
    """Early rounds train on a part of the stimuli, with the classes in their shares; a failure drops out."""
    seen = []

    class Watched(ann.LogisticRegression):
        def fit(self, X, y):
            seen.append(np.bincount(y))
            if self.C == 3:
                raise RuntimeError("odd")
            return super().fit(X, y)

    search = Search(Watched(), {"C": [1.0, 3.0]}, folder=tmp_path, splits=0.5)
    result = search.halving(X, LABELS, trials=4, factor=2, resource="stimuli")
    good = [trial for trial in result.trials[:4] if trial.error is None]
    assert len(good) in (1, 2, 3)
    later = [15] * min(len(good), 2) + [30]
    assert [trial.resource for trial in result.trials] == [7] * 4 + later
    assert seen[0].tolist() == [5, 2]
    assert all(trial.parameters == {"C": 1.0} for trial in result.trials[4:])
    assert [count.sum() for count in seen] == [7] * 4 + later + [60]  # the last for the best model


def test_splits():
    """Shares, folds and splitters give disjoint rows; labels keep their shares, groups stay together."""
    for train, test in folds(4, X, LABELS, seed=2):
        assert sorted([*train, *test]) == list(range(60))
        assert LABELS[test].sum() in (4, 5)
    ((train, test),) = folds(0.25, X, LABELS.astype(str))
    assert np.bincount(LABELS[test]).tolist() == [round(0.25 * count) for count in np.bincount(LABELS)]
    assert sorted([*train, *test]) == list(range(60))
    groups = np.arange(60) % 6
    for train, test in folds(GroupKFold(3), X, Y, groups):
        assert not set(groups[train]) & set(groups[test])
    ((train, test),) = folds(0.25, X, np.arange(60), measured=True)
    assert (len(train), len(test)) == (45, 15)
    order = nested_order(LABELS, np.random.default_rng(0))
    assert sorted(order) == list(range(60))
    assert sorted(nested_order(Y, np.random.default_rng(0))) == list(range(60))


def test_the_result_is_a_table():
    """Records hold the best first and the failed last, in what JSON knows; pandas takes them."""
    space = {"units": [2, np.int64(5)], "then": [None, "raise"]}
    result = Search(build, space, score="r2", splits=2, fit={"epochs": 5}).grid(X, Y)
    records = result.to_records()
    assert json.loads(json.dumps(records)) == records
    assert records[0]["r2"] == result.best.score == max(record["r2"] for record in records[:2])
    assert [record["error"] is None for record in records] == [True, True, False, False]
    assert [record["standard_error"] is None for record in records] == [False, False, True, True]
    assert list(result.to_pandas()["trial"]) == [record["trial"] for record in records]
    assert math.isnan(Trial(0, "a", {}).score)


@pytest.mark.parametrize(("parameter", "scale"), [(None, "linear"), ("rate", "log"), ("then", "linear")])
def test_the_result_draws_itself(parameter, scale):
    """Every trial that ended is a point, in their order or against a parameter."""
    import matplotlib.pyplot as plt

    space = {"rate": [1e-4, 1e-3, 1e-2], "then": [None, "raise"]}
    result = Search({"a": build, "b": build}, {"a": space, "b": {}}, splits=2, refit=False).grid(X, Y)
    ax = result.plot(parameter)
    drawn = np.concatenate([line.get_ydata() for line in ax.get_lines()])
    expected = {trial.score for trial in result.trials if trial.error is None}
    if parameter is not None:
        expected -= {result.trials[-1].score}
    assert expected <= set(drawn)
    assert ax.get_xscale() == scale
    assert ax.get_ylabel() == "loss"
    with pytest.raises(InvalidValueError, match=r"parameter: no trial has 'rats'; did you mean"):
        result.plot("rats")
    plt.close("all")


def test_diverged_trials_have_failed():
    """A score that is no number is a failure, not a winner."""
    search = Search(
        build, {"units": [2, 3]}, score=lambda model, x, y: np.nan if model.places[0].layer.units == 2 else 1
    )
    result = search.grid(X, Y)
    assert result.trials[0].error == "the score became [nan]"
    assert result.best.number == 1


def _search(make=build, space=None, **settings):
    return Search(make, {"units": [2]} if space is None else space, **settings)


@pytest.mark.parametrize(
    ("run", "error", "message"),
    [
        (lambda: _search(space={"unitz": [2]}), InvalidValueError, r"space: build has no parameter 'unitz'.*'units'"),
        (lambda: _search(space={"units": 2}), InvalidTypeError, r"space\['units'\]: must be a list or a distribution"),
        (lambda: _search(space={"units": []}), InvalidValueError, r"at least one value"),
        (lambda: _search(space=[2]), InvalidTypeError, r"space: must be a mapping"),
        (lambda: _search(space={2: [2]}), InvalidTypeError, r"got 2 for a parameter"),
        (lambda: _search(build()), InvalidTypeError, r"builds a new model each time, got sequential itself"),
        (lambda: _search("build"), InvalidTypeError, r"must be a function that gives a compiled model"),
        (lambda: _search(ann.MLPRegressor), InvalidTypeError, r"must be a function"),
        (lambda: _search({"a": build}), InvalidValueError, r"space: must be given for each of \['a'\]"),
        (lambda: _search(fit={"epoch": 2}), InvalidValueError, r"fit: takes no 'epoch'; did you mean 'epochs'"),
        (lambda: _search(fit=["epochs"]), InvalidTypeError, r"fit: must be a mapping .*got \['epochs'\]"),
        (lambda: _search(mode=np.ones(2)), InvalidValueError, r"mode: unknown"),
        (lambda: _search(splits=b"5").grid(X, Y), InvalidTypeError, r"splits: must be a share"),
        (lambda: _search(refit=np.ones(2)), InvalidTypeError, r"refit: must be True or False"),
        (lambda: _search().halving(X, Y, resource=3), InvalidTypeError, r"resource: must be 'stimuli' or"),
        (lambda: _search(mode="least"), InvalidValueError, r"mode: unknown 'least'"),
        (lambda: _search(score=3), InvalidTypeError, r"score: must be a name or a function"),
        (lambda: _search(score="f1").grid(X, Y), SearchError, r"compiled without 'f1'"),
        (lambda: _search(lambda units: 3).grid(X, Y), SearchError, r"must give a compiled model, got 3"),
        (lambda: _search(executor=2), InvalidTypeError, r"executor: must be"),
        (lambda: _search(splits="5").grid(X, Y), InvalidTypeError, r"splits: must be a share"),
        (lambda: _search(splits=1).grid(X, Y), DataError, r"splits: "),
        (lambda: _search(splits=61).grid(X, Y), DataError, r"got 61; there are 60"),
        (lambda: _search(splits=9).grid(X, np.arange(60) // 8), DataError, r"got 9; the smallest class has 4"),
        (lambda: _search().grid(X, np.arange(60)), DataError, r"splits: .*or targets as floats, if they are measur"),
        (lambda: _search().grid(X, Y[1:]), DataError, r"as many stimuli as targets"),
        (lambda: _search(space={"units": Integers(2, 3)}).grid(X, Y), InvalidTypeError, r"must be a list for a grid"),
        (lambda: _search().random(X, Y, trials=0), InvalidValueError, r"trials"),
        (lambda: _search().halving(X, Y), InvalidValueError, r"largest: must be given for the resource 'epochs'"),
        (lambda: _search().halving(X, Y, factor=1), InvalidValueError, r"factor: must be at least 2"),
        (lambda: _search().halving(X, Y, resource="epoch"), InvalidValueError, r"has no parameter 'epoch'"),
        (
            lambda: Search({"a": build, "b": ann.MLPRegressor()}, {"a": {}, "b": {}}),
            InvalidValueError,
            r"score: must be given where functions and estimators compete",
        ),
        (lambda: Integers(3, 3), InvalidValueError, r"Integers: low must be below high, got 3 and 3"),
        (lambda: LogUniform(0, 3), InvalidValueError, r"low must be positive and below high"),
        (lambda: Uniform(3, 1), InvalidValueError, r"Uniform: low"),
    ],
)
def test_misuse_is_named(run, error, message):
    """What cannot be searched is refused by name."""
    with pytest.raises(error, match=message):
        run()
