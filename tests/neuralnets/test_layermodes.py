"""What becomes of a token's layers in each mode."""

import numpy as np
import pytest

from neuralnets import layermodes as modes

LAYERS = np.random.default_rng(1).normal(size=(6, 3, 4)).astype(np.float32)  # [T, L, D]
EXPECTED = {
    "average": LAYERS.mean(axis=1),
    "weighted_average": LAYERS,
    "last": LAYERS[:, 2],
    0: LAYERS[:, 0],
    1: LAYERS[:, 1],
    "concat": np.concatenate([LAYERS[:, layer] for layer in range(3)], axis=1),
}


@pytest.mark.parametrize("mode", EXPECTED)
def test_modes(mode):
    chosen = modes.chosen_layers(mode, None, 3)
    found = modes.combine(LAYERS[:, chosen], mode)
    np.testing.assert_allclose(found, EXPECTED[mode], rtol=1e-6)
    assert found.shape[1:] == modes.combined_shape(mode, len(chosen), 4)


@pytest.mark.parametrize("mode", ["average", "weighted_average", "concat"])
def test_a_subset_of_the_layers(mode):
    assert modes.chosen_layers(mode, [0, 1], 3) == [0, 1]


@pytest.mark.parametrize(
    ("mode", "layers"), [(3, None), ("average", [0, 3]), ("concat", [])]
)
def test_layers_that_are_not_there(mode, layers):
    with pytest.raises(ValueError, match=r"layers 0 to 2.*Asked for: (3|none)"):
        modes.chosen_layers(mode, layers, 3)


@pytest.mark.parametrize("mode", ["mean", -1, True, 1.0, None, []])
def test_what_is_no_mode(mode):
    assert not modes.is_mode(mode)
