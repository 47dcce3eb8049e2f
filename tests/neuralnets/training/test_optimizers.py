"""The update rules against Keras' and Addons', lazy updates, clipping, rates."""

from types import SimpleNamespace

import numpy as np
import pytest
import toy

from neuralnets.framework import keras, tf, variable_of
from neuralnets.hyperparameters import OPTIMIZERS
from neuralnets.keraslayers.lookup import is_lookup, mark_lookup
from neuralnets.training import checkpoint
from neuralnets.training.optimizers import Optimizer, clip
from neuralnets.training.rules import (
    LEARNING_RATES,
    RULES,
    WEIGHT_DECAY,
    learning_rate,
    nadam_momentum,
)

LAZY = [name for name, rule in RULES.items() if rule.lazy_from <= 1001]
ADDONS = ["lazyadam", "adamw", "radam", "lamb"]
ROWS = 1001  # an embedding matrix with this many rows is updated lazily
STEPS = 6


def keras_rule(name):
    """Return Keras' optimiser with Keras 2.2's rate."""
    legacy = keras.optimizers.legacy
    if not hasattr(legacy, "Nadam"):
        pytest.skip("Keras 3 has no optimisers with Keras 2's rules")
    make, options = {
        "sgd": (legacy.SGD, {}),
        "adagrad": (
            legacy.Adagrad,
            {"initial_accumulator_value": 0.0, "epsilon": 1e-7},
        ),
        "adadelta": (legacy.Adadelta, {"rho": 0.95, "epsilon": 1e-7}),
        "rmsprop": (legacy.RMSprop, {"rho": 0.9, "epsilon": 1e-7}),
        "adam": (legacy.Adam, {"epsilon": 1e-7}),
        "nadam": (legacy.Nadam, {"epsilon": 1e-7}),
    }[name]
    return make(LEARNING_RATES[name], **options)


def new_keras_rule(name):
    """Return today's implementation, where its formula is the same."""
    rate = LEARNING_RATES[name]
    return {
        "sgd": keras.optimizers.SGD(rate),
        "adadelta": keras.optimizers.Adadelta(rate, rho=0.95, epsilon=1e-7),
        "adam": keras.optimizers.Adam(rate, epsilon=1e-7),
    }[name]


def addons_rule(name, rate):
    """Return TensorFlow Addons' optimiser."""
    tfa = pytest.importorskip(
        "tensorflow_addons", reason="TensorFlow Addons ended with TensorFlow 2.15"
    )
    return {
        "lazyadam": lambda: tfa.optimizers.LazyAdam(rate),
        "adamw": lambda: tfa.optimizers.AdamW(1e-4, rate),
        "radam": lambda: tfa.optimizers.RectifiedAdam(rate),
        "lamb": lambda: tfa.optimizers.LAMB(rate),
    }[name]()


def draw(shape, seed, scale=1.0):
    return np.random.default_rng(seed).normal(0, scale, shape).astype(np.float32)


def dense_variables():
    return [tf.Variable(draw(shape, 0)) for shape in [(3, 4), (5,), (1, 2, 2)]]


def table(seed=0, rows=ROWS):
    variable = tf.Variable(draw((rows, 2), seed))
    mark_lookup(variable)
    return variable


def slices(gradient, rows, of=ROWS):
    return tf.IndexedSlices(
        tf.constant(gradient), tf.constant(rows, tf.int32), tf.constant([of, 2])
    )


@pytest.mark.parametrize(
    "name, rule",
    [(name, keras_rule) for name in RULES if name not in ADDONS]
    + [(name, new_keras_rule) for name in ("sgd", "adadelta", "adam")],
)
def test_dense_steps_equal_keras(name, rule):
    ours, theirs = dense_variables(), dense_variables()
    initial = [variable.numpy() for variable in ours]
    optimizer, oracle = Optimizer(name, ours), rule(name)
    for step in range(STEPS):
        # Gradients of every size, for epsilon to matter; one is zero throughout.
        scales = [1.0, 1e-6, 0.0]
        gradients = [
            tf.constant(draw(v.shape, 10 * step + 1, s)) for v, s in zip(ours, scales)
        ]
        optimizer.apply(gradients, tf.constant(LEARNING_RATES[name]))
        oracle.apply_gradients(zip(gradients, theirs))
    for start, mine, other in zip(initial, ours, theirs):
        # What has moved since the start: the weights themselves hide differences.
        # A weight near 1 resolves a move to about 1e-7.
        np.testing.assert_allclose(mine - start, other - start, rtol=1e-3, atol=1e-6)
    assert not np.allclose(ours[0], initial[0], atol=1e-4)
    np.testing.assert_array_equal(ours[2], initial[2])


def test_nadam_momentum_has_keras_schedule():
    for count in (1, 10, 1000):
        expected = 0.9 * (1 - 0.5 * 0.96 ** (0.004 * count))
        momentum = nadam_momentum(tf.constant(float(count)))
        np.testing.assert_allclose(momentum, expected, rtol=1e-6)


@pytest.mark.parametrize("name", LAZY)
def test_lazy_update_of_every_row_equals_the_dense_one(name):
    lazy, dense = table(), tf.Variable(table().numpy())
    optimizers = Optimizer(name, [lazy]), Optimizer(name, [dense])
    rate = tf.constant(LEARNING_RATES[name])
    rows = np.random.default_rng(0).permutation(ROWS)
    for step in range(STEPS):
        gradient = draw((ROWS, 2), step)
        # Each row comes twice, a third of its gradient first.
        halves = np.concatenate([gradient[rows] / 3, gradient * 2 / 3])
        twice = np.concatenate([rows, np.arange(ROWS)])
        optimizers[0].apply([slices(halves, twice)], rate)
        optimizers[1].apply([tf.constant(gradient)], rate)
    np.testing.assert_allclose(lazy, dense, rtol=1e-5, atol=1e-6)
    assert not np.allclose(lazy, table(), atol=1e-4)


@pytest.mark.parametrize("name", LAZY)
def test_untouched_rows_and_slots_stay_as_they_are(name):
    variable, other = table(), tf.Variable(draw((4,), 1))
    optimizer = Optimizer(name, [variable, other], clipnorm=1)
    rate = tf.constant(LEARNING_RATES[name])
    every = np.arange(ROWS)
    optimizer.apply([slices(draw((ROWS, 2), 2), every), other], rate)

    def by_row():
        slots = [s.numpy() for s in optimizer.state if s.shape == (ROWS, 2)]
        return np.concatenate([variable.numpy(), *slots], 1)

    before = by_row()
    touched = [7, 1000, 7, 0]
    optimizer.apply([slices(draw((4, 2), 3), touched), other], rate)
    changed = np.any(by_row() != before, axis=1)
    np.testing.assert_array_equal(np.flatnonzero(changed), [0, 7, 1000])
    slots = (by_row().shape[1] - 2) // 2
    assert slots == RULES[name].slots


@pytest.mark.parametrize("name", RULES)
def test_dense_gradient_of_a_table_updates_all_rows(name):
    sparse, whole = table(), table()
    gradient, rate = draw((ROWS, 2), 5), tf.constant(LEARNING_RATES[name])
    Optimizer(name, [sparse]).apply([slices(gradient, np.arange(ROWS))], rate)
    Optimizer(name, [whole]).apply([tf.constant(gradient)], rate)
    np.testing.assert_array_equal(sparse, whole)


def test_a_table_without_its_mark_is_updated_densely():
    marked, plain = table(), tf.Variable(table().numpy())
    for variable, slots in ((marked, (ROWS, 2)), (plain, (2 * ROWS,))):
        assert [slot.shape for slot in Optimizer("adam", [variable]).state].count(
            slots
        ) == 2


@pytest.mark.parametrize("characters", ["CNN", "LSTM"])
def test_every_table_of_a_network_is_marked(characters, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    params = {"charEmbeddings": characters, "directFeatures": ["spelling"]}
    data = {"toy": toy.dataset(toy.write_corpus("corpus"))}
    model = toy.tagger(params, data)
    model.buildModel()
    weights = model.models["toy"].trainable_variables
    tables = [weight for weight in weights if is_lookup(variable_of(weight))]
    named = [weight for weight in weights if "embeddings" in weight.name]
    assert len(tables) == len(named) == 4  # words, casing, characters, features


@pytest.mark.parametrize("name", RULES)
def test_order_of_dense_weights_and_tables_does_not_matter(name):
    shapes = [(3, 4), (5,)]
    gradients = {"a": draw((3, 4), 6), "b": draw((5,), 7)}
    sparse = {"t": (draw((3, 2), 8), [4, 2, 9]), "u": (draw((2, 2), 9), [1, 1])}
    results = []
    for order in ("atbu", "tuba"):
        variables = {
            **{n: tf.Variable(draw(s, 1)) for n, s in zip("ab", shapes)},
            **{n: table(seed) for n, seed in zip("tu", (2, 3))},
        }
        optimizer = Optimizer(name, [variables[n] for n in order], clipnorm=1)
        for _ in range(2):
            optimizer.apply(
                [
                    slices(*sparse[n]) if n in sparse else tf.constant(gradients[n])
                    for n in order
                ],
                tf.constant(0.1),
            )
        results.append(variables)
    for n in "abtu":
        np.testing.assert_allclose(results[0][n], results[1][n], rtol=1e-6)


@pytest.mark.parametrize("limit", [0.5, 1e6])
def test_global_norm_counts_dense_and_sparse_together(limit):
    weights, words = tf.Variable(np.zeros((2, 3), np.float32)), table()
    dense = draw((2, 3), 1)
    # Row 3 comes twice: its norm is that of the sum.
    values, rows = draw((3, 2), 2), [3, 8, 3]
    summed = np.stack([values[0] + values[2], values[1]])
    norm = np.sqrt((dense**2).sum() + (summed**2).sum())
    before = words.numpy()
    optimizer = Optimizer("sgd", [words, weights], clipnorm=limit)
    optimizer.apply([slices(values, rows), tf.constant(dense)], tf.constant(1.0))
    factor = min(limit / norm, 1)
    np.testing.assert_allclose(-weights.numpy(), factor * dense, rtol=1e-5)
    moved = (before - words.numpy())[[3, 8]]
    np.testing.assert_allclose(moved, factor * summed, rtol=1e-4, atol=1e-6)


def test_clip():
    gradients = [tf.constant([3.0, -0.5]), tf.constant([[-4.0]])]

    def flat(clipvalue, clipnorm):
        clipped = clip(gradients, clipvalue, clipnorm)
        return np.concatenate([np.ravel(part) for part in clipped])

    given = np.array([3, -0.5, -4])
    np.testing.assert_array_equal(flat(0, 0), given)
    np.testing.assert_array_equal(flat(2, 0), [2, -0.5, -2])
    np.testing.assert_allclose(flat(0, 1), given / np.linalg.norm(given), rtol=1e-6)
    np.testing.assert_array_equal(flat(0, 100), given)
    # Keras 2.2 looked at the norm first: the values alone then decide what is left.
    rescaled = given / np.linalg.norm(given)
    for value in (2, 0.5):
        expected = np.clip(rescaled, -value, value)
        np.testing.assert_allclose(flat(value, 1), expected, rtol=1e-6)
    expected, _ = tf.clip_by_global_norm(gradients, 1.0)
    np.testing.assert_allclose(flat(0, 1)[2], expected[1][0, 0], rtol=1e-6)
    np.testing.assert_array_equal(clip([tf.zeros(3)], 1, 1)[0], [0, 0, 0])


@pytest.mark.parametrize("name", RULES)
def test_every_optimizer_learns_a_quadratic(name):
    target = draw((4,), 0)
    weights, words = tf.Variable(tf.zeros(4)), table()
    optimizer = Optimizer(name, [words, weights], clipnorm=5)
    rows = tf.constant([5, 9])

    def loss():
        dense = tf.reduce_sum(tf.square(weights - target))
        return dense + tf.reduce_sum(tf.square(tf.gather(words, rows) - 0.5))

    @tf.function
    def step(rate):
        with tf.GradientTape() as tape:
            value = loss()
        optimizer.apply(tape.gradient(value, [words, weights]), rate)

    before, start = words.numpy(), loss()
    # LAMB's steps grow with the norm of the whole matrix, of which two rows move.
    rate = {"adadelta": 1.0, "lamb": 0.003}.get(name, 0.1)
    for _ in range(60 if rate == 0.1 else 500):
        step(tf.constant(rate))
    assert loss() < 0.3 * start
    if name != "lamb":  # trains every row at a rate of its own
        untouched = np.delete(np.arange(ROWS), [5, 9])
        np.testing.assert_array_equal(words.numpy()[untouched], before[untouched])


def weights_and_tables():
    return [*dense_variables(), table(3, rows=7), table(4)]


def gradients_of(variables, step):
    """Return gradients of `weights_and_tables`, of tables for a few rows."""
    rows = np.random.default_rng(step).integers(0, 7, 5)  # some of them twice
    dense = [tf.constant(draw(v.shape, step, 0.1)) for v in variables[:-2]]
    small, large = draw((5, 2), step + 20), draw((5, 2), step + 40)
    return [*dense, slices(small, rows, of=7), slices(large, rows)]


@pytest.mark.parametrize("name", ADDONS)
def test_steps_equal_addons(name):
    rate = 0.05
    ours, theirs = weights_and_tables(), weights_and_tables()
    optimizer, oracle = Optimizer(name, ours), addons_rule(name, rate)
    for step in range(8):  # RAdam changes its formula after five
        gradients = gradients_of(ours, step)
        optimizer.apply(gradients, tf.constant(rate))
        oracle.apply_gradients(zip(gradients, theirs))
        for mine, other in zip(ours, theirs):
            np.testing.assert_allclose(mine, other, rtol=1e-5, atol=2e-6)


@pytest.mark.parametrize("name", ADDONS)
def test_a_checkpoint_with_addons_state_goes_on(name):
    rate = 0.05
    theirs, oracle = weights_and_tables(), addons_rule(name, rate)
    for step in range(4):
        oracle.apply_gradients(zip(gradients_of(theirs, step), theirs))
    arrays = [v.numpy() for v in [*theirs, *oracle.variables()]]

    ours = weights_and_tables()
    optimizer = Optimizer(name, ours)
    trainer = SimpleNamespace(optimizer=optimizer)
    checkpoint.restore(checkpoint.Checkpoint({}, {}, arrays), [trainer])
    for step in range(4, 8):
        gradients = gradients_of(ours, step)
        optimizer.apply(gradients, tf.constant(rate))
        oracle.apply_gradients(zip(gradients, theirs))
    for mine, other in zip(ours, theirs):
        np.testing.assert_allclose(mine, other, rtol=1e-5, atol=2e-6)


@pytest.mark.parametrize("name", ADDONS)
def test_two_tasks_states_of_addons_are_told_apart(name):
    """Needs no Addons: the layout is the steps, first moments, second moments."""
    shared, own = table(), [tf.Variable([1.0]), tf.Variable([2.0, 3.0])]
    trainers = [
        SimpleNamespace(optimizer=Optimizer(name, [shared, variable]))
        for variable in own
    ]
    weights = [np.full(v.shape, i, np.float32) for i, v in enumerate([shared, *own])]
    arrays = [*weights]
    for number, variable in enumerate(own):
        arrays.append(np.int64(100 + number).reshape(()))
        for moment in (10, 20):
            arrays.append(np.full((ROWS, 2), moment + number, np.float32))
            arrays.append(np.full(variable.shape, moment + 5 + number, np.float32))
    checkpoint.restore(checkpoint.Checkpoint({}, {}, arrays), trainers)
    for number, trainer in enumerate(trainers):
        count, _, *slots = (variable.numpy() for variable in trainer.optimizer.state)
        assert count == 100 + number
        of_table, of_own = {10 + number, 20 + number}, {15 + number, 25 + number}
        found = np.concatenate([np.ravel(slot) for slot in slots])
        assert set(found) == of_table | of_own
    with pytest.raises(ValueError, match="another network"):
        checkpoint.restore(checkpoint.Checkpoint({}, {}, arrays[:-1]), trainers)


@pytest.mark.parametrize("name", RULES)
def test_state_is_all_that_going_on_needs(name):
    def run(optimizer, first, last):
        for step in range(first, last):
            gradients = [tf.constant(draw(v.shape, step)) for v in optimizer.variables]
            optimizer.apply(gradients, tf.constant(0.1))

    whole = Optimizer(name, dense_variables())
    run(whole, 0, 4)
    early = Optimizer(name, dense_variables())
    run(early, 0, 2)
    resumed = Optimizer(name, dense_variables())
    for mine, saved in [
        *zip(resumed.variables, early.variables),
        *zip(resumed.state, early.state),
    ]:
        mine.assign(saved)
    run(resumed, 2, 4)
    for one, other in zip(whole.variables, resumed.variables):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("name", ["nadam", "lazyadam"])
def test_clipping_precedes_the_rule(name):
    clipped, plain = [tf.Variable(tf.zeros(2))], [tf.Variable(tf.zeros(2))]
    gradients = [[3.0, -4.0], [0.3, 0.4]]
    one = Optimizer(name, clipped, clipnorm=1)
    two = Optimizer(name, plain)
    for gradient in gradients:
        small = np.array(gradient) / max(np.linalg.norm(gradient), 1)
        one.apply([tf.constant(gradient)], tf.constant(0.1))
        two.apply([tf.constant(small, tf.float32)], tf.constant(0.1))
    np.testing.assert_allclose(clipped[0], plain[0], rtol=1e-5)


@pytest.mark.parametrize("rate", [1e-9, 0.1])
def test_adamw_shrinks_weights_by_the_same_share_at_every_rate(rate):
    weights = tf.Variable([1.0, -2.0])
    Optimizer("adamw", [weights]).apply([tf.zeros(2)], tf.constant(rate))
    expected = np.array([1, -2]) * (1 - WEIGHT_DECAY)
    np.testing.assert_allclose(weights, expected, rtol=1e-6)


def test_missing_gradient_counts_as_zero():
    variables = dense_variables()
    before = [variable.numpy() for variable in variables]
    gradients = [tf.ones_like(variables[0]), None, None]
    Optimizer("nadam", variables).apply(gradients, tf.constant(0.1))
    changed = [np.any(v != b) for v, b in zip(variables, before)]
    assert changed == [True, False, False]


@pytest.mark.parametrize(
    "name, rate",
    [
        ("sgd", 0.1),
        ("adagrad", 0.01),
        ("adadelta", 1.0),
        ("rmsprop", 0.001),
        ("adam", 0.001),
        ("nadam", 0.002),
    ],
)
def test_default_rates_are_keras_2_2s(name, rate):
    assert learning_rate(name, 1) == rate


def test_every_known_optimizer_has_a_rate():
    assert sorted(OPTIMIZERS) == sorted(LEARNING_RATES)


def test_rate_of_sgd_falls_in_steps():
    rates = [learning_rate("sgd", epoch) for epoch in range(1, 8)]
    assert rates == [0.1, 0.1, 0.05, 0.05, 0.01, 0.01, 0.01]
    own = [learning_rate("sgd", epoch, rate=0.3) for epoch in (1, 3, 9)]
    assert own == [0.3, 0.3, 0.3]


def test_rate_decays_from_the_second_epoch():
    rates = [learning_rate("adam", epoch, 0.6, 0.5) for epoch in (1, 2, 3)]
    assert rates == pytest.approx([0.6, 0.4, 0.3])
    assert learning_rate("sgd", 3, decay=0.5) == pytest.approx(0.025)
