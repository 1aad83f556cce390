"""Metrics against scikit-learn's on random and degenerate data, and the properties that they must have."""

import numpy as np
import pytest
from scipy.stats import mannwhitneyu
from sklearn import metrics as reference

from ann import metrics

RNG = np.random.default_rng(5)
LABELS = RNG.integers(0, 4, 60)
SCORES = RNG.dirichlet(np.ones(4), 60)
SCORES[range(60), LABELS] += RNG.uniform(0, 0.5, 60)
SCORES /= SCORES.sum(axis=1, keepdims=True)
ANSWERS = SCORES.argmax(axis=1)
YES = RNG.integers(0, 2, 50)
CHANCES = np.round(np.clip(0.3 * YES + RNG.uniform(0, 0.7, 50), 0, 1), 1)  # one digit: many ties
SEVERAL = RNG.integers(0, 2, (50, 3))
EACH = np.clip(0.3 * SEVERAL + RNG.uniform(0, 0.7, (50, 3)), 0, 1)
WEIGHTS = {"none": None, "random": RNG.uniform(0.1, 3, 60)}
NUMBERS = RNG.normal(5, 2, (60, 3))
GUESSES = NUMBERS + RNG.normal(0, 1, (60, 3))
weighted = pytest.mark.parametrize("weights", WEIGHTS.values(), ids=WEIGHTS)
NAMES = {
    "precision": (metrics.precision, reference.precision_score),
    "recall": (metrics.recall, reference.recall_score),
    "f1": (metrics.f1, reference.f1_score),
}
per_class = pytest.mark.parametrize(("ours", "theirs"), NAMES.values(), ids=NAMES)


def cut(weights, count=50):
    """Give as many weights as there are stimuli."""
    return None if weights is None else weights[:count]


@weighted
def test_accuracies_are_scikit_learns(weights):
    """Accuracy, balanced accuracy and top-k agree, for class numbers and one-hot rows, several classes and two."""
    for targets in (LABELS, LABELS[:, None], np.eye(4)[LABELS]):
        accuracy = reference.accuracy_score(LABELS, ANSWERS, sample_weight=weights)
        assert metrics.accuracy(SCORES, targets, sample_weight=weights) == pytest.approx(accuracy)
        balanced = reference.balanced_accuracy_score(LABELS, ANSWERS, sample_weight=weights)
        assert metrics.balanced_accuracy(SCORES, targets, sample_weight=weights) == pytest.approx(balanced)
        for k in (1, 2, 3):
            top = reference.top_k_accuracy_score(LABELS, SCORES, k=k, sample_weight=weights)
            assert metrics.top_k_categorical_accuracy(SCORES, targets, k, weights) == pytest.approx(top)
    binary = reference.accuracy_score(YES, CHANCES > 0.5, sample_weight=cut(weights))
    for outputs in (CHANCES, CHANCES[:, None], np.stack([1 - CHANCES, CHANCES], axis=1)):
        assert metrics.accuracy(outputs, YES, sample_weight=cut(weights)) == pytest.approx(binary)
    each = np.average(((EACH > 0.5) == SEVERAL).mean(axis=1), weights=cut(weights))
    assert metrics.binary_accuracy(EACH, SEVERAL, sample_weight=cut(weights)) == pytest.approx(each)


@weighted
@per_class
def test_precision_recall_and_f1_are_scikit_learns(ours, theirs, weights):
    """All averages agree: several classes, yes and no, and several labels at once."""
    for average in ("macro", "micro", "weighted"):
        expected = theirs(LABELS, ANSWERS, average=average, sample_weight=weights)
        assert ours(SCORES, LABELS, average, sample_weight=weights) == pytest.approx(expected)
        expected = theirs(YES, CHANCES > 0.5, average=average, sample_weight=cut(weights))
        assert ours(CHANCES, YES, average, sample_weight=cut(weights)) == pytest.approx(expected)
        expected = theirs(SEVERAL, EACH > 0.6, average=average, sample_weight=cut(weights))
        assert ours(EACH, SEVERAL, average, 0.6, cut(weights)) == pytest.approx(expected)
    expected = theirs(YES, CHANCES > 0.3, sample_weight=cut(weights))
    assert ours(CHANCES, YES, threshold=0.3, sample_weight=cut(weights)) == pytest.approx(expected)
    two = np.stack([1 - EACH[:, 0], EACH[:, 0]], axis=1)
    expected = theirs(YES, EACH[:, 0] > 0.5, sample_weight=cut(weights))
    assert ours(two, YES, "binary", sample_weight=cut(weights)) == pytest.approx(expected)
    assert ours(two, YES, sample_weight=cut(weights)) == pytest.approx(expected)


@per_class
def test_classes_that_never_occur_do_as_in_scikit_learn(ours, theirs):
    """A class without stimuli or answers is left out; one without the one or the other counts as 0."""
    scores, labels = SCORES[:30].copy(), LABELS[:30] % 2
    scores[:, 3] = 0  # class 3 is never answered nor there, class 2 is answered but not there
    for average in ("macro", "micro", "weighted"):
        expected = theirs(labels, scores.argmax(axis=1), average=average, zero_division=0)
        assert ours(scores, labels, average) == pytest.approx(expected)
    none = np.zeros(5)
    assert ours(none, [1, 1, 0, 0, 0]) == theirs([1, 1, 0, 0, 0], none, zero_division=0) == 0
    assert ours(none, none) == theirs(none, none, zero_division=0) == 0
    assert metrics.balanced_accuracy(none, np.ones(5)) == 0
    assert metrics.balanced_accuracy(none, none) == 1


@weighted
def test_the_area_is_scikit_learns(weights):
    """Binary with ties, one against the rest, and several labels at once."""
    expected = reference.roc_auc_score(YES, CHANCES, sample_weight=cut(weights))
    assert metrics.auc(CHANCES, YES, sample_weight=cut(weights)) == pytest.approx(expected)
    for average in ("macro", "weighted", "micro"):
        expected = reference.roc_auc_score(LABELS, SCORES, multi_class="ovr", average=average, sample_weight=weights)
        assert metrics.auc(SCORES, LABELS, average, weights) == pytest.approx(expected)
        assert metrics.auc(SCORES, np.eye(4)[LABELS], average, weights) == pytest.approx(expected)
        expected = reference.roc_auc_score(SEVERAL, EACH, average=average, sample_weight=cut(weights))
        assert metrics.auc(EACH, SEVERAL, average, cut(weights)) == pytest.approx(expected)


def test_the_area_is_mann_whitneys_statistic():
    """With ties, it is U by the number of pairs; all outputs the same give a half."""
    u = mannwhitneyu(CHANCES[YES == 1], CHANCES[YES == 0]).statistic
    assert metrics.auc(CHANCES, YES) == pytest.approx(u / (YES.sum() * (50 - YES.sum())))
    assert metrics.auc(np.ones(50), YES) == 0.5


def test_the_area_knows_order_alone():
    """A monotone map changes nothing, reversing gives the rest of 1, and one stimulus twice is a weight of 2."""
    area = metrics.auc(CHANCES, YES)
    assert metrics.auc(np.exp(3 * CHANCES) - 7, YES) == area
    assert metrics.auc(-CHANCES, YES) == pytest.approx(1 - area)
    assert metrics.auc(CHANCES, 1 - YES) == pytest.approx(1 - area)
    twice = np.r_[np.arange(50), 3, 9]
    weights = 1.0 + np.isin(np.arange(50), (3, 9))
    assert metrics.auc(CHANCES[twice], YES[twice]) == pytest.approx(metrics.auc(CHANCES, YES, sample_weight=weights))


def test_the_area_of_one_class_is_undefined():
    """NaN where all is yes or all is no; of several classes, those that are not there are left out."""
    assert np.isnan(metrics.auc(CHANCES, np.ones(50)))
    assert np.isnan(metrics.auc(SCORES, np.zeros(60, int)[:, None] + np.zeros((60, 4))))
    kept = LABELS < 3
    expected = np.mean([reference.roc_auc_score(LABELS[kept] == one, SCORES[kept, one]) for one in range(3)])
    assert metrics.auc(SCORES[kept], LABELS[kept]) == pytest.approx(expected)


@weighted
def test_numeric_metrics_are_scikit_learns(weights):
    """Errors and R², of several outputs and of one."""
    for given, wanted in ((GUESSES, NUMBERS), (GUESSES[:, :1], NUMBERS[:, 0]), (GUESSES[:, 0], NUMBERS[:, 0])):
        pairs = {
            metrics.r2: reference.r2_score,
            metrics.mean_squared_error: reference.mean_squared_error,
            metrics.mean_absolute_error: reference.mean_absolute_error,
        }
        for ours, theirs in pairs.items():
            expected = theirs(wanted, given, sample_weight=weights)
            assert ours(given, wanted, sample_weight=weights) == pytest.approx(expected)
        squared = reference.mean_squared_error(wanted, given, sample_weight=weights)
        assert metrics.root_mean_squared_error(given, wanted, sample_weight=weights) == pytest.approx(squared**0.5)


def test_r2_is_one_for_the_truth_and_zero_for_the_mean():
    """R² is 1 for perfect predictions, 0 for the mean, and undefined for targets that do not vary."""
    targets = np.array([[1.0], [2.0], [4.0]])
    assert metrics.r2(targets, targets) == 1
    assert metrics.r2(np.full((3, 1), targets.mean()), targets) == pytest.approx(0)
    assert np.isnan(metrics.r2(np.ones((2, 1)), np.ones((2, 1))))
    assert np.isnan(metrics.r2(np.arange(7.0), np.full(7, 0.1)))  # whose mean is not 0.1 to the last digit


def test_r2_keeps_its_digits_far_from_zero():
    """Targets around a million, batch by batch, give what scikit-learn gives for all at once."""
    metric, far = metrics.R2(), NUMBERS + 1e6
    parts = [metric.summary(GUESSES[rows] + 1e6, far[rows]) for rows in np.array_split(np.arange(60), 7)]
    total = parts[0]
    for part in parts[1:]:
        total = metric.merge(total, part)
    assert metric.value(total) == pytest.approx(reference.r2_score(far, GUESSES + 1e6), rel=1e-9)


@weighted
def test_the_confusion_matrix_is_scikit_learns(weights):
    """Counts and shares of rows, columns and all; some classes, in another order; yes and no."""
    for normalize in (None, "true", "pred", "all"):
        for labels in (None, [2, 0]):
            found = metrics.confusion_matrix(SCORES, LABELS, labels, normalize, sample_weight=weights)
            options = {"labels": labels, "normalize": normalize, "sample_weight": weights}
            np.testing.assert_allclose(found, reference.confusion_matrix(LABELS, ANSWERS, **options))
    yes = metrics.confusion_matrix(CHANCES, YES, threshold=0.3, sample_weight=cut(weights))
    np.testing.assert_allclose(yes, reference.confusion_matrix(YES, CHANCES > 0.3, sample_weight=cut(weights)))
    assert metrics.confusion_matrix(SCORES, LABELS).dtype.kind == "i"
    np.testing.assert_array_equal(metrics.confusion_matrix([[0.9, 0.1, 0]], [0], normalize="true")[1], 0)


def test_the_first_of_equal_outputs_is_the_answer():
    """Top-1 is the accuracy, ties and all; a network that knows nothing is right as often as the first k classes."""
    flat = np.full((60, 4), 0.25)
    assert metrics.top_k_categorical_accuracy(flat, LABELS, 1) == metrics.accuracy(flat, LABELS) == np.mean(LABELS == 0)
    assert metrics.top_k_categorical_accuracy(flat, LABELS, 3) == np.mean(LABELS < 3)
    assert metrics.top_k_categorical_accuracy(flat, LABELS, 9) == 1
    assert metrics.top_k_categorical_accuracy(CHANCES, YES, 1) == metrics.accuracy(CHANCES, YES)
    assert metrics.top_k_categorical_accuracy(CHANCES, YES, 2) == 1


ALL = [
    (metrics.Accuracy(), SCORES, LABELS),
    (metrics.BinaryAccuracy(), EACH, SEVERAL),
    (metrics.BalancedAccuracy(), SCORES, LABELS),
    (metrics.TopK(2), SCORES, LABELS),
    (metrics.Precision(), SCORES, LABELS),
    (metrics.Recall("weighted"), SCORES, LABELS),
    (metrics.F1(threshold=0.5), EACH, SEVERAL),
    (metrics.F1(), CHANCES[:, None], YES),
    (metrics.AUC(), SCORES, LABELS),
    (metrics.R2(), GUESSES, NUMBERS),
    (metrics.MeanSquaredError(), GUESSES, NUMBERS),
    (metrics.RootMeanSquaredError(), GUESSES, NUMBERS),
    (metrics.MeanAbsoluteError(), GUESSES, NUMBERS),
    (metrics.OfLoss("huber"), GUESSES, NUMBERS),
    (metrics.OfLoss("sparse_categorical_crossentropy"), SCORES, LABELS),
]
every = pytest.mark.parametrize(("metric", "outputs", "targets"), ALL, ids=[one.name for one, _, _ in ALL])


@every
def test_batches_and_steps_are_stimuli(metric, outputs, targets):
    """Summaries of unequal batches merge to that of all; steps of sequences count as stimuli; a mask is a weight."""
    whole = metric(outputs, targets)
    weights = WEIGHTS["random"][: len(outputs)]
    heavy = metric(outputs, targets, weights)
    assert np.isfinite([whole, heavy]).all()
    for given, expected in ((None, whole), (weights, heavy)):
        total = None
        for rows in np.split(np.arange(len(outputs)), [1, 20, 27]):
            part = metric.summary(outputs[rows], targets[rows], None if given is None else given[rows])
            total = part if total is None else metric.merge(total, part)
        assert metric.value(total) == pytest.approx(expected)
    steps = outputs.reshape(-1, 5, *outputs.shape[1:]), targets.reshape(-1, 5, *targets.shape[1:])
    assert metric(*steps) == pytest.approx(whole)
    mask = np.arange(5) < RNG.integers(1, 6, len(steps[0]))[:, None]
    kept = mask.ravel()
    assert metric(*steps, mask) == pytest.approx(metric(outputs[kept], targets[kept]))


@every
def test_a_metric_is_its_configuration(metric, outputs, targets):
    """It is rebuilt from it, under its name."""
    (again,) = metrics.get(metric.config()).values()
    assert again == metric
    assert again(outputs, targets) == metric(outputs, targets)
    assert again.smaller_is_better == ("error" in metric.name or "huber" in metric.name or "entropy" in metric.name)


@every
def test_nothing_that_counts_gives_no_number(metric, outputs, targets):
    """Weights of 0 leave nothing, which is NaN."""
    assert np.isnan(metric(outputs, targets, np.zeros(len(outputs))))
