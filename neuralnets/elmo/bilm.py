"""The bidirectional language model whose layers are ELMo's vectors.

Peters et al. 2018, "Deep contextualized word representations". It reads the published
`options.json` and `weights.hdf5` and agrees with bilm-tf, which they come from.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from neuralnets.elmo import characters
from neuralnets.elmo.batching import Advance, Progress, check, plan, reversal
from neuralnets.elmo.encoder import CharacterEncoder
from neuralnets.elmo.lstm import run_layer
from neuralnets.elmo.options import read_options
from neuralnets.elmo.states import CarriedStates, States
from neuralnets.elmo.weights import read_weights
from neuralnets.elmo.word_cache import WordCache
from neuralnets.threads import claim


class BidirectionalLanguageModel:
    """Computes the vectors of all layers for the tokens of sentences.

    Args:
        options_path: `options.json`.
        weights_path: `weights.hdf5`. It may lack the upper LSTM layers.
        stateful: Start sentence k of a call with the state that sentence k of the
            call before left, as bilm-tf does. Vectors then depend on what was
            computed before. Without it they depend on the sentence alone.
        batch_tokens: Tokens, padding included, that are computed together.
        cached_words: Words whose character encoding is kept between batches.

    Attributes:
        layer_count: The LSTM layers and the token layer below them.
        width: Size of a token's vector in one layer, twice the projection's.

    Raises:
        ValueError: One of the files is damaged or they do not fit together.

    Example:
        model = BidirectionalLanguageModel("options.json", "weights.hdf5")
        first, second = model.layers([["Hello", "world"], ["Yes"]])
        first.shape  # (3, 2, 1024)
    """

    def __init__(
        self,
        options_path: str,
        weights_path: str,
        stateful: bool = False,
        batch_tokens: int = 8192,
        cached_words: int = 50_000,
    ):
        for name, number in (
            ("batch_tokens", batch_tokens),
            ("cached_words", cached_words),
        ):
            if not isinstance(number, int) or number < 1:
                raise ValueError(
                    f"`{name}` must be a positive integer. Received: {number!r}"
                )
        self.stateful = stateful
        self._options = read_options(options_path)
        weights = read_weights(weights_path, self._options)
        self._layers = weights.layers
        self._vectors = WordCache(
            CharacterEncoder(weights.encoder, self._options), cached_words
        )
        self._batch_tokens = batch_tokens
        self.layer_count = 1 + len(self._layers)
        self.width = 2 * self._options.projection_dim
        self.reset_states()

    def reset_states(self) -> None:
        """Forget what was read; it matters only if the model is stateful."""
        self._carried = CarriedStates(
            len(self._layers), self._options.dim, self._options.projection_dim
        )

    def layers(
        self, sentences: Sequence[Sequence[str]], progress: Progress | None = None
    ) -> list[np.ndarray]:
        """Return the vectors of each sentence, float32 `[L, T, 2P]`.

        Layer 0 is the token's own vector, twice; the others are the LSTMs' outputs,
        forward and backward side by side.

        Args:
            sentences: Lists of words.
            progress: Called with the tokens done and the tokens in all.
        """
        results = [None] * len(sentences)
        for numbers, vectors in self.batches(sentences, progress):
            for number, vector in zip(numbers, vectors):
                results[number] = vector
        return results

    def batches(
        self, sentences: Sequence[Sequence[str]], progress: Progress | None = None
    ) -> Iterator[tuple[list[int], list[np.ndarray]]]:
        """Yield the vectors batch by batch, so that not all need be held in memory.

        The order is by length; with each batch come the numbers of its sentences.
        The arguments are those of `layers`.
        """
        check(sentences)
        claim()
        lengths = [len(sentence) + 2 for sentence in sentences]  # with the markers
        advance = Advance(sum(map(len, sentences)), sum(lengths), progress)
        for numbers in plan(lengths, self._batch_tokens):
            if self.stateful:
                states = self._carried.take(numbers)
            else:
                states = self._carried.zeros(len(numbers))
            vectors = self._compute([sentences[n] for n in numbers], states, advance)
            if self.stateful:
                self._carried.put(numbers, states)
            yield numbers, vectors

    def _compute(
        self, sentences: list[Sequence[str]], states: States, advance: Advance
    ) -> list[np.ndarray]:
        """Return the vectors of sentences that stand longest first."""
        lengths = np.array([len(sentence) + 2 for sentence in sentences])
        forward = self._token_vectors(sentences, lengths)  # [T, B, P]
        backward = np.take_along_axis(forward, reversal(lengths)[..., None], axis=0)
        size = self._options.projection_dim
        results = [
            np.empty([self.layer_count, length - 2, 2 * size], np.float32)
            for length in lengths
        ]
        for row, (result, length) in enumerate(zip(results, lengths)):
            result[0, :, :size] = result[0, :, size:] = forward[1 : length - 1, row]
        inputs = (forward, backward)
        for layer, (weights, state) in enumerate(zip(self._layers, states), start=1):
            outputs = run_layer(
                inputs,
                lengths,
                state,
                weights,
                lambda tokens: advance(tokens / len(self._layers)),
            )
            if self._options.use_skip_connections and layer > 1:
                for output, x in zip(outputs, inputs):
                    output += x
            for row, (result, length) in enumerate(zip(results, lengths)):
                result[layer, :, :size] = outputs[0][1 : length - 1, row]
                result[layer, :, size:] = outputs[1][length - 2 : 0 : -1, row]
            inputs = outputs
        return results

    def _token_vectors(
        self, sentences: list[Sequence[str]], lengths: np.ndarray
    ) -> np.ndarray:
        """Return the vectors of tokens and markers, `[T, B, P]`."""
        most = self._options.max_characters_per_token
        numbers: dict[characters.Spelling, int] = {}
        index = np.zeros([lengths.max(), len(lengths)], np.int64)  # [T, B]
        for row, (sentence, length) in enumerate(zip(sentences, lengths)):
            spellings = [characters.spell(word, most) for word in sentence]
            framed = [characters.BEGIN, *spellings, characters.END]
            index[:length, row] = [numbers.setdefault(s, len(numbers)) for s in framed]
        return self._vectors(list(numbers))[index]
