"""Bad arguments of layers are refused when the layer is made, and named."""

import pytest

from neuralnets.keraslayers.character_cnn import CharacterCNN
from neuralnets.keraslayers.character_lstm import CharacterLSTM
from neuralnets.keraslayers.direct_scores import DirectScores
from neuralnets.keraslayers.recurrent_layer import RecurrentLayer


@pytest.mark.parametrize("value", [0, -1, 2.5, "3", None])
@pytest.mark.parametrize(
    "name, make",
    [
        ("filters", lambda size: CharacterCNN(size, 3)),
        ("kernel_size", lambda size: CharacterCNN(30, size)),
        ("units", CharacterLSTM),
        ("units", RecurrentLayer),
        ("labels", lambda size: DirectScores(9, size)),
    ],
)
def test_sizes(name, make, value):
    with pytest.raises(ValueError, match=f"`{name}` must be a positive .*{value!r}"):
        make(value)


@pytest.mark.parametrize("rate", [-0.1, 1, 1.5, float("nan")])
@pytest.mark.parametrize(
    "name, make",
    [
        ("dropout", lambda rate: RecurrentLayer(4, dropout=rate)),
        ("recurrent_dropout", lambda rate: RecurrentLayer(4, recurrent_dropout=rate)),
        ("dropout", lambda rate: DirectScores(9, 3, dropout=rate)),
    ],
)
def test_rates(name, make, rate):
    with pytest.raises(ValueError, match=rf"`{name}` must be in .*{rate!r}"):
        make(rate)
