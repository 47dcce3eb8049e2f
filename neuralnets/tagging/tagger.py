"""What a built tagger says of sentences: labels, probabilities, scores.

It is long because each of these is a published method, whose docstring says all of it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from neuralnets import hyperparameters
from neuralnets.batches.table import Row, SentenceTable
from neuralnets.conventions import Conventions
from neuralnets.inputs.directfeatures.vocabulary import FeatureVocabulary
from neuralnets.keraslayers.parts import Chain
from neuralnets.storage import modelfile
from neuralnets.tagging import (
    confidence,
    constraints,
    given,
    pins,
    scores,
    temperature,
)
from neuralnets.tagging.engine import Engine
from neuralnets.tagging.predictor import Predictor
from util.corpus.indexer import Indexer
from util.languages import language_code
from util.output import onecall
from util.output.confidence import Tagging
from util.output.onecall import Taggable
from util.output.segmentation import Style
from util.output.window import Request
from util.tagschemes import Span
from util.task import Task

if TYPE_CHECKING:
    from neuralnets.architecture import Network
    from neuralnets.framework import keras
    from neuralnets.heads import Head


class Tagger:
    """The half of `BiLSTM` that needs a built network.

    Args:
        params: The complete parameters.
    """

    def __init__(self, params: dict[str, Any]):
        self.params = params
        self.tasks: dict[str, Task] = {}
        self.mappings: dict[str, dict[str, int]] = {}
        self._indexer: Indexer | None = None
        self.network: Network | None = None
        self._conventions = Conventions()
        self._task_count = 0  # of those trained together; 0: those that are here
        self._features: FeatureVocabulary | None = None
        self._predictor: Predictor | None = None
        self._allowed: dict[str, Chain] = {}  # by task with constrained labels
        # By the identity of rows that are kept, and by label; see `keepingTables`.
        self._kept: dict[int, dict[str, SentenceTable]] = {}

    def _take_over(self, content: modelfile.ModelFile) -> np.ndarray | None:
        """Be what a file says, but for the network; return its word vectors."""
        self.params = hyperparameters.merge(content.params, strict=False)
        modelfile.check_sizes(content, self.params)
        self._conventions = content.conventions
        self.mappings = content.mappings
        self.tasks = {task.name: task for task in content.tasks}
        identity = content.weights.get("task_id_embedding")
        self._task_count = len(identity[0]) if identity else 0
        if self.params["directFeatures"] and content.features is None:
            raise ValueError("its direct features are missing")
        if content.features is not None:
            self._features = FeatureVocabulary.from_plain_data(content.features)
        words = content.weights.get("word_embeddings")
        return words[0] if words else None

    def _install(self, network: Any, engine: Engine) -> None:
        """Tag with a network from now on, as the parameters say."""
        if self.params[constraints.KEY]:
            self._allowed = constraints.constrain(network.heads, self.tasks)
        for name, head in network.heads.items():
            head.temperature = self.params[temperature.KEY].get(name, 1.0)
        self.network = network
        self._predictor = Predictor(engine, self.tasks)

    @property
    def labelKeys(self) -> dict[str, str]:
        """The column that each task predicts."""
        return {name: task.label for name, task in self.tasks.items()}

    @property
    def idx2Labels(self) -> dict[str, dict[int, str]]:
        """For each task the label of each index."""
        return {name: dict(enumerate(task.labels)) for name, task in self.tasks.items()}

    @property
    def models(self) -> dict[str, keras.Model] | None:
        """The Keras model of each task, from its inputs to emissions `[B, T, K]`."""
        return self.network and self.network.models

    def rows(
        self, sentences: Iterable[Mapping[str, Sequence[str]] | Sequence[str]]
    ) -> list[Row]:
        """Return the rows of sentences: what `tagSentences` and the others take.

        Args:
            sentences: The tokens of each sentence, or its columns by name, `tokens`
                among them.

        Raises:
            ValueError: A sentence lacks a column that the model needs.
        """
        if isinstance(sentences, (str, Mapping)):
            raise ValueError(
                "Give a list of sentences, each a list of words. "
                f"Received: {str(sentences)[:60]!r}"
            )
        columns = [
            dict(s)
            if isinstance(s, Mapping)
            else {"tokens": s if isinstance(s, str) else list(s)}
            for s in sentences
        ]
        for sentence in columns:
            missing = [n for n in self.requiredColumns if n not in sentence]
            if missing:
                raise ValueError(
                    f"The model also needs {', '.join(missing)}: say in which column "
                    "it stands, as in --columns 0:tokens,1:POS,2:chunk_BIO"
                )
        if self._indexer is None or self._indexer.mappings is not self.mappings:
            self._indexer = Indexer(self.mappings)
        return self._indexer.rows(columns)

    def tag(
        self,
        text: Taggable,
        confidence: bool = False,
        nbest: int = 0,
        language: str | None = None,
        oneSentencePerLine: bool = False,
        pretokenized: bool = False,
    ) -> list[dict[str, Any]]:
        """Tag raw text, or sentences that are lists of words.

        Args:
            text: The text; or the sentences, each a list of words or a dictionary of
                columns by name, `tokens` among them.
            confidence: Also say how probable each label, span and sentence is.
            nbest: How many of the likeliest label sequences to add.
            language: That of the text, such as 'de'; None: the model's.
            oneSentencePerLine: Each line of the text is a sentence.
            pretokenized: Each line is a sentence, with blanks between its tokens.

        Returns:
            For each sentence a dictionary with its `text`, `start`, `end`, `tokens`
            and `spans`; labels are by task. It is what `tagger tag --format json`
            writes: see docs/Output_Formats.md. Offsets point into the text that was
            given; for lists of words, into the sentence's own `text`.

        Raises:
            ValueError: `text` is something else, or the model needs what it lacks.

        Example:
            for sentence in BiLSTM.loadModel("models/NAME.h5").tag("Lena is in Leeds."):
                for token in sentence["tokens"]:
                    print(token["text"], token["labels"])
        """
        code = language_code(language or self.params.get("language"))
        style = Style(code, oneSentencePerLine, pretokenized)
        return onecall.tag(self, text, style, Request(confidence, nbest))

    def __reduce_ex__(self, protocol: int) -> Any:
        """Refuse to be pickled or copied, once there is a network."""
        if self._predictor is None:
            return super().__reduce_ex__(protocol)
        raise TypeError(
            "A tagger is not pickled or copied: store it with saveModel, and give "
            "BiLSTM.loadModel the file's path, in each process."
        )

    def tagSentences(
        self, sentences: Sequence[Row], pinned: pins.Pinned = None
    ) -> dict[str, list[list[str]]]:
        """Tag sentences with every task's model.

        Args:
            sentences: What `rows` returns, or `createMatrices(sentences, mappings)`.
            pinned: Labels that are given, per sentence and token: None, a label or a
                set of labels; or spans `(start, end, type)`; with several tasks, by
                task. The rest is the best under that condition. See docs/Pinning.md.

        Returns:
            For each task, a list of labels per sentence, one for each token.

        Raises:
            ValueError: No label sequence agrees with the pins; the message names them.
        """
        table = self._new_table(sentences)
        found = self._predict().labels(
            self.tasks, table, self._allowed_by(pinned, sentences, table)
        )
        return {
            name: [named[row[:n]].tolist() for row, n in zip(rows, table.shown)]
            for name, rows in found.items()
            for named in [self._predict().names[name]]
        }

    def _allowed_by(
        self, pinned: pins.Pinned, rows: Sequence[Row], table: SentenceTable
    ) -> dict[str, pins.Allowed]:
        """Return by task the labels that pins leave to each token."""
        return pins.allowed_labels(
            pinned, self.tasks, rows, table.shown.tolist(), self._allowed
        )

    def tagWithConfidence(
        self,
        sentences: Sequence[Row],
        nbest: int = 0,
        pinned: pins.Pinned = None,
    ) -> dict[str, list[Tagging]]:
        """Tag sentences and say how probable the labels are; see docs/Confidence.md.

        Args:
            sentences: What `rows` returns, or `createMatrices(sentences, mappings)`.
            nbest: How many of the likeliest label sequences to add.
            pinned: Labels that are given, as for `tagSentences`: all probabilities are
                those under that condition.

        Returns:
            For each task, a `Tagging` per sentence, with the labels that
            `tagSentences` returns.

        Raises:
            ValueError: `nbest` is not a number from 0 to 1000, or no label sequence
                agrees with the pins.
        """
        confidence.check_nbest(nbest)
        table = self._new_table(sentences)
        allowed = self._allowed_by(pinned, sentences, table)
        return self._predict().taggings(self.tasks, table, int(nbest), allowed)

    def labelProbabilities(
        self, sentences: Sequence[Row], pinned: pins.Pinned = None
    ) -> dict[str, list[np.ndarray]]:
        """Return for each task and sentence every label's probability at each token.

        Args:
            sentences: What `rows` returns, or `createMatrices(sentences, mappings)`.
            pinned: Labels that are given, as for `tagSentences`.

        Returns:
            Marginals `[tokens, K]`; `idx2Labels` has the label of each column.
        """
        table = self._new_table(sentences)
        found = self._predict().marginals(
            self.tasks, table, self._allowed_by(pinned, sentences, table)
        )
        return {
            name: [
                row[:length] if length else np.zeros((0, len(self.tasks[name].labels)))
                for row, length in zip(rows, table.shown)
            ]
            for name, rows in found.items()
        }

    def spanProbabilities(
        self, modelName: str, sentences: Sequence[Row], spans: Sequence[Sequence[Span]]
    ) -> list[list[float]]:
        """Say how probable spans are that are given, such as those of gold labels.

        Args:
            modelName: The task; its labels write spans.
            sentences: What `rows` returns, or `createMatrices(sentences, mappings)`.
            spans: Of each sentence, in order: what `util.tagschemes.spans` returns.

        Returns:
            Of each span, the probability of all label sequences with exactly this span
            together; 0 for a span whose labels the model does not have.

        Raises:
            ValueError: There is no such task, or its labels write no spans.
        """
        task = self._known(modelName)
        if task.scheme is None:
            raise ValueError(f"The labels of '{modelName}' write no spans.")
        table = self._new_table(sentences)
        emissions = self._predict().emissions([modelName], table)[modelName]
        return given.span_probabilities(
            *(spans, emissions, table.shown.tolist(), self.heads[modelName], task),
            confidence.reading_of(task),
        )

    def sequenceLogs(self, modelName: str, sentences: Sequence[Row]) -> list[float]:
        """Return the log-probability of the best label sequence of each sentence.

        Args:
            modelName: The task.
            sentences: What `rows` returns, or `createMatrices(sentences, mappings)`.

        Raises:
            ValueError: There is no such task.
        """
        self._known(modelName)
        table = self._new_table(sentences)
        emissions = self._predict().emissions([modelName], table)[modelName]
        return given.best_logs(emissions, table.shown.tolist(), self.heads[modelName])

    def fitTemperature(self, modelName: str, sentences: Sequence[Row]) -> float:
        """Find and set the temperature that makes gold labels the most probable.

        It changes probabilities, but no labels, and is stored with the model.

        Args:
            modelName: The task.
            sentences: Rows with gold labels that the model was not trained on, such as
                the dev split. Those without labels, or with labels that are not
                allowed, do not count.

        Returns:
            The temperature, from 1/20 to 20.

        Raises:
            ValueError: There is no such task, or no sentence counts.
        """
        label = self._known(modelName).label
        rows = [row for row in sentences if row.get(label)]
        table = self._new_table(rows, label)
        # The padding has no gold label.
        complete = np.ones(len(table), bool)
        sentence = np.repeat(np.arange(len(table)), table.lengths)
        complete[sentence[~table.whole(label)]] = False
        whole = np.flatnonzero((table.shown == table.lengths) & complete).tolist()
        emissions = self._predict().emissions([modelName], table)[modelName]
        gold = table.labels(label)
        head = self.network.heads[modelName]
        found = temperature.fit(
            head, [emissions[i] for i in whole], [gold[i] for i in whole]
        )
        head.temperature = found
        self.params[temperature.KEY] = {
            **self.params[temperature.KEY],
            modelName: found,
        }
        return found

    def predictLabels(
        self, model: keras.Model, sentences: Sequence[Row]
    ) -> list[np.ndarray]:
        """Return label indices, one for each entry of a row (padding gives 0).

        Args:
            model: One of `models`.
            sentences: Rows from `createMatrices`.
        """
        name = next((n for n, m in (self.models or {}).items() if m is model), None)
        if name is None:
            raise ValueError("`model` must be one of the models in `.models`.")
        labels = self._predict().labels([name], self._new_table(sentences))[name]
        lengths = [len(self._any_column(row)) for row in sentences]
        return [np.pad(row, (0, n - len(row))) for row, n in zip(labels, lengths)]

    @property
    def requiredColumns(self) -> list[str]:
        """The columns besides the tokens that sentences need, to be tagged."""
        self._predict()
        columns = (column for i in self.network.inputs for column in i.columns)
        return list(dict.fromkeys(columns))

    @property
    def heads(self) -> dict[str, Head]:
        """What turns the emissions of each task's model into labels."""
        self._predict()
        return self.network.heads

    def _any_column(self, row: Row) -> list:
        """Return a column with an entry for the padding, too, if there is one."""
        first = row[self.network.inputs[0].column]
        return max(first, row.get("tokens", ()), key=len)

    def _predict(self) -> Predictor:
        if self._predictor is None:
            raise ValueError("The model is not built: call fit, or load one.")
        return self._predictor

    def _new_table(
        self, rows: Sequence[Row], label: str | None = None
    ) -> SentenceTable:
        self._predict()
        # With a padding token behind it, a valid label could be one that must go on.
        masked = self._conventions.mask_padding_token or bool(self._allowed)
        return SentenceTable(rows, self.network.inputs, label, masked)

    def _known(self, name: str) -> Task:
        """Return the task of a name; raise `ValueError` if there is none."""
        if name not in self.tasks:
            tasks = ", ".join(self.tasks)
            raise ValueError(f"The model has no task '{name}'. Its tasks: {tasks}")
        return self.tasks[name]

    @contextlib.contextmanager
    def keepingTables(self, splits: Sequence[Sequence[Row]]) -> Iterator[None]:
        """Lay these rows out only once while it lasts; they must not change meanwhile.

        All others, and these afterwards, are laid out at each question: a program may
        edit rows in place, and one that asks often shall not grow.
        """
        self._kept = {id(rows): {} for rows in splits}
        try:
            yield
        finally:
            self._kept = {}

    def table(self, rows: Sequence[Row], label: str) -> SentenceTable:
        """Return rows with gold labels in columns."""
        kept = self._kept.get(id(rows))
        if kept is None:
            return self._new_table(rows, label)
        if label not in kept:
            kept[label] = self._new_table(rows, label)
        return kept[label]

    def computeScore(
        self, modelName: str, devMatrix: Sequence[Row], testMatrix: Sequence[Row] | None
    ) -> tuple[float, float]:
        """Return dev and test score in [0, 1]: span F1 or accuracy, by the label.

        A split that is missing, or has no labels, scores NaN.
        """
        return (
            self._split_score(modelName, devMatrix),
            self._split_score(modelName, testMatrix),
        )

    def _split_score(self, name: str, rows: Sequence[Row] | None) -> float:
        task = self._known(name)
        if not scores.is_labelled(rows, task.label):
            return float("nan")
        if task.scheme is not None:
            return self.computeF1(name, rows)[2]
        return self.computeAcc(name, rows)

    def computeF1(
        self, modelName: str, sentences: Sequence[Row]
    ) -> tuple[float, float, float]:
        """Return precision, recall and F1 of spans in [0, 1], as conlleval counts."""
        return self._compared(modelName, sentences).span_scores()

    def computeAcc(self, modelName: str, sentences: Sequence[Row]) -> float:
        """Return the share of tokens with the right label."""
        return self._compared(modelName, sentences).accuracy()

    def _compared(self, name: str, sentences: Sequence[Row]) -> scores.Comparison:
        label = self._known(name).label
        table = self.table(sentences, label)
        predicted = self._predict().labels([name], table)[name]
        gold = table.labels(label)
        names = self.idx2Labels[name]
        whole = table.whole(label)
        whole = None if whole.all() else np.split(whole, table.offsets[1:])
        return scores.Comparison(predicted, gold, names, sentences, label, whole)
