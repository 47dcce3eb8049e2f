"""The tagger: a BiLSTM with Softmax or CRF, for one task or several.

Reimers & Gurevych (2017), Huang et al. (2015), Ma & Hovy (2016), Lample et al. (2016).

A published face: it is long because its users find all that a tagger does in one class.
"""

from __future__ import annotations

import logging
import math
import os
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from neuralnets import architecture, hyperparameters, threads
from neuralnets.batches.softtargets import SoftTargets
from neuralnets.batches.table import Row, SentenceTable
from neuralnets.beginning import growth
from neuralnets.beginning.beginning import Beginning
from neuralnets.beginning.kept import Kept
from neuralnets.beginning.origin import Origin
from neuralnets.framework import tf
from neuralnets.inference.tagger import StoredTagger
from neuralnets.inputs import VectorSource
from neuralnets.inputs.directfeatures.gazetteer import read_gazetteer
from neuralnets.inputs.directfeatures.vocabulary import FeatureVocabulary
from neuralnets.loading import load
from neuralnets.storage import modelfile
from neuralnets.tagging import constraints, scores
from neuralnets.tagging.compiled import Compiled
from neuralnets.tagging.tagger import Tagger
from neuralnets.training import identity, together
from neuralnets.training.entityratio import KEY, entity_ratio
from neuralnets.training.knowing import LABEL_WEIGHTS, knowledge_of
from neuralnets.training.run import Run, fit
from neuralnets.training.scoreboard import Scores
from neuralnets.training.step import TaskTrainer, run_epoch
from neuralnets.training.wordmodel import word_model
from neuralnets.training.workers import Workers
from util.corpus.datasets import leaking_columns
from util.corpus.partial import number_sets, sets_column, without_sets
from util.modelpaths import MODEL_NAME, model_file
from util.preprocessing import PreparedData, reindex
from util.task import Task, labels_of

logger = logging.getLogger(__name__)


class BiLSTM(Tagger):
    """A sequence tagger.

    Args:
        params: Parameters by name; see the table in the README. What is left out has
            its default.

    Attributes:
        params: The complete parameters.
        mappings: The index of each value, by column.
        tasks: What it predicts, by name; `labelKeys` and `idx2Labels` are views of it.
        network: Inputs, models and heads, once it is built; `models` is a view of it.
        modelSavePath: Where `fit` stores the model when its dev score rises, None for
            nowhere. May hold [ModelName], [DevScore], [TestScore] and [Epoch], in the
            names of folders, too.
        checkpointPath: Where `fit` keeps what it needs to resume; None: beside the
            models.
        keepBestOnly: Whether `fit` deletes a model that it stored when it stores a
            better one.
        calibratesStored: Whether `fit` ends with fitting the temperatures of the models
            that it stored, on dev, as the training scripts do.
        tensorboardPath: Folder where `fit` writes logs for TensorBoard, None for none.
        run: What the last `fit` has reached, None before.
        workers: The processes that train it together, as one of them sees them; None:
            this one trains it alone. `fit` of all but the first one returns nothing,
            stores nothing, and ends when the first one does.
        sources: Where inputs of precomputed vectors get them, by name; what is not
            here is made from the parameters.
        origin: The stored model that it began with, if `initFrom` made it.

    Raises:
        ValueError: An unknown parameter or a bad value.

    Example:
        model = BiLSTM({"classifier": "CRF", "LSTM-Size": [100, 100]})
        model.setMappings(mappings, embeddings)
        model.setDataset(datasets, data)
        model.modelSavePath = "models/[ModelName].h5"
        model.fit(epochs=25)
    """

    def __init__(self, params: Mapping[str, Any] | None = None):
        super().__init__(hyperparameters.merge(params))
        self.embeddings: np.ndarray | None = None
        self.datasets: dict[str, Mapping[str, Any]] = {}
        self.data: Mapping[str, Mapping[str, Sequence[Row]]] = {}
        self.modelSavePath: str | None = None
        self.resultsSavePath: str | None = None
        self.ownResults = False
        self.keepBestOnly = False
        self.calibratesStored = False
        self.checkpointPath: str | None = None
        self.tensorboardPath: str | None = None
        self.run: Run | None = None
        self.workers: Workers | None = None
        self.sources: dict[str, VectorSource] = {}
        self.epoch = 0
        self._data_mappings: Mapping[str, Mapping[str, int]] | None = None
        self._trainers: list[TaskTrainer] | None = None
        self._adds_words = False
        self._loaded = False
        self._start: str | None = None
        self.origin: Origin | None = None
        self._beginning: Beginning | None = None
        threads.configure()

    # ---------------------------------------------------------------- setting up

    def setMappings(
        self, mappings: Mapping[str, Mapping[str, int]], embeddings: np.ndarray | None
    ) -> None:
        """Say what the indices in the data mean.

        A model that is built or loaded keeps its own mappings and word vectors; these
        are then those of the data that `setDataset` gets next.

        Args:
            mappings: The index of each value, by column.
            embeddings: Word vectors `[V, D]`, or None: they are drawn and trained.
        """
        if self.network is not None or self.origin is not None:
            self._data_mappings = mappings
            self._adds_words = embeddings is None
            return
        self.mappings = {column: dict(values) for column, values in mappings.items()}
        self.embeddings = embeddings

    def setDataset(
        self,
        datasets: Mapping[str, Mapping[str, Any]],
        data: Mapping[str, Mapping[str, Sequence[Row]]],
    ) -> None:
        """Say what to train on; every data set is one task.

        On a model that is built or loaded, data prepared with other mappings are
        re-indexed to the model's own.

        Args:
            datasets: The data sets by name, as given to `perpareDataset`.
            data: Their rows, as `loadDatasetPickle` returns them.

        Raises:
            ValueError: Data are missing, or hold labels that the model lacks, or that
                are no tags in a column of tags.
        """
        for name, dataset in datasets.items():
            if "label" not in dataset:
                raise ValueError(
                    f"Data set '{name}' needs 'label', the name of the column to "
                    "predict."
                )
        labels = {dataset["label"] for dataset in datasets.values()}
        leaks = leaking_columns(labels, self.params["featureNames"])
        if leaks and self.network is None:
            raise ValueError(
                f"`featureNames` may not name what is predicted, nor the same tags in "
                f"another scheme: the score would be 100 and mean nothing. "
                f"Received: {', '.join(sorted(leaks))}"
            )
        for name, dataset in datasets.items():
            rows = data[name].get("trainMatrix") if name in data else None
            if not rows or not any(row.get(dataset["label"]) for row in rows):
                raise ValueError(
                    f"Data set '{name}' has no training sentences with the labels "
                    f"'{dataset['label']}'."
                )
        if self.origin is not None:
            data = self._begin(datasets, data)
        elif self.network is None:
            self.tasks = {
                name: self._task(name, dataset["label"], index)
                for index, (name, dataset) in enumerate(datasets.items())
            }
        else:
            self._check_tasks(datasets)
            data = self._in_own_indices(datasets, data)
        for name, dataset in datasets.items():
            comment = dataset.get("commentSymbol")
            self.tasks[name] = self.tasks[name]._replace(comment=comment)
        for name, label in self.labelKeys.items():
            if name in datasets:
                scores.check_data(name, data[name], label, self.idx2Labels[name])
                scores.tell_partial(name, data[name], label)
        self.datasets = dict(datasets)
        self.data = data
        self._trainers = None

    def buildModel(self) -> None:
        """Build the network; `fit` does so when needed.

        Raises:
            ValueError: Mappings or data sets were not set.
        """
        if not self.mappings or not self.tasks:
            raise ValueError("Call setMappings and setDataset before buildModel.")
        if self._beginning is not None:
            self._build(self._beginning.words)
            pairs = [(task, self._beginning.old[n]) for n, task in self.tasks.items()]
            growth.carry(self.network, self.origin.content.weights, pairs)
            return
        hyperparameters.tell_unknown_tasks(self.params, self.tasks)
        if self.params["directFeatures"]:
            self._features = self._find_features()
        elif self.params["gazetteer"]:
            logger.warning(
                "`gazetteer` is not used: lists of names are a direct feature. Set "
                "`directFeatures` to ['gazetteer'], or to more than that."
            )
        self._build(self.embeddings)

    def _find_features(self) -> FeatureVocabulary:
        """Return the direct features that the training data have."""
        path = self.params["gazetteer"]
        features = FeatureVocabulary.fit(
            [row for name in self.datasets for row in self.data[name]["trainMatrix"]],
            self.mappings,
            self.params["directFeatures"],
            self.params["featureCutoff"],
            read_gazetteer(path) if path else None,
            leaking_columns(set(self.labelKeys.values()), self.mappings),
        )
        logger.info(
            "%s direct features of %d templates.",
            *(f"{features.size:,}", len(features.templates)),
        )
        return features

    def _build(self, embeddings: np.ndarray | None) -> None:
        threads.claim()
        if self.params["seed"] is None:
            self.params["seed"] = int.from_bytes(os.urandom(4), "little")
            logger.info("Seed (drawn): %d", self.params["seed"])
        if self.params["trainWordEmbeddings"] is None:
            self.params["trainWordEmbeddings"] = embeddings is None
        network = architecture.build(
            self.params,
            self.mappings,
            embeddings,
            list(self.tasks.values()),
            self._task_count or len(self.tasks),
            self._conventions,
            self.sources,
            self._features,
        )
        for input_ in network.inputs:
            self.params.update(input_.stored())
        self._install(network, Compiled(network))
        self._trainers = None

    def _begin(self, datasets, data):
        """Take up data for the first time on a model that begins with a stored one."""
        if self.network is not None or self._beginning is not None:
            raise ValueError(
                "A model of `initFrom` has its data. For others call initFrom anew, or "
                "loadModel with what this one stores."
            )
        source = getattr(data, "mappings", self._data_mappings)
        if source is None:
            raise ValueError("Call setMappings before setDataset.")
        self._beginning = begun = Beginning.of(
            self.origin, datasets, data, source, self._adds_words
        )
        self.params["customClassifier"] = self.origin.classifiers(begun.old)
        self.mappings, self.tasks = begun.mappings, dict(begun.tasks)
        return PreparedData(begun.data, self.mappings)

    def _task(self, name: str, label: str, index: int) -> Task:
        if label not in self.mappings:
            raise ValueError(
                f"Task '{name}' predicts '{label}', which the mappings lack. "
                "Call setMappings first, with mappings of the same data."
            )
        return Task(name, label, labels_of(self.mappings[label]), index)

    def _check_tasks(self, datasets: Mapping[str, Mapping[str, Any]]) -> None:
        for name, dataset in datasets.items():
            if self.labelKeys.get(name) != dataset["label"]:
                tasks = ", ".join(f"{n} ({key})" for n, key in self.labelKeys.items())
                raise ValueError(
                    f"The model has no task '{name}' that predicts "
                    f"'{dataset['label']}'. Its tasks: {tasks}"
                )

    def _in_own_indices(self, datasets, data):
        source = getattr(data, "mappings", self._data_mappings)
        if source is None or source == self.mappings:
            return data
        for dataset in datasets.values():
            sets = sets_column(dataset["label"])
            if sets in source:
                number_sets(source[sets], self.mappings.setdefault(sets, {}))
        return PreparedData(
            {
                name: {
                    split: reindex(rows, source, self.mappings, [dataset["label"]])
                    for split, rows in data[name].items()
                }
                for name, dataset in datasets.items()
            },
            self.mappings,
        )

    # ------------------------------------------------------------------ training

    def storeResults(self, resultsFilepath: str | None, own: bool = False) -> None:
        """Append a line per epoch and task to a tab-separated file; None: do not.

        Args:
            resultsFilepath: The file.
            own: A new run starts the file anew, with a header that tells the seed; what
                stood there before gets a number.
        """
        self.resultsSavePath = resultsFilepath
        self.ownResults = own

    def fit(self, epochs: int, resume: bool = False) -> dict[str, Scores]:
        """Train, store the model whenever its dev score rises, and stop early.

        After each epoch a checkpoint is written beside the models. Progress is logged,
        and shown on standard error where the program has set up no logging; see
        docs/Programs.md.

        Args:
            epochs: The most epochs to train, counted from 1.
            resume: Go on after the last finished epoch of an earlier run with the same
                parameters and data. It ends as that run would have, bit for bit.

        Returns:
            For each evaluated task its best dev score and the test score of that epoch,
            in [0, 1]. The weights afterwards are those that were scored last.

        Raises:
            ValueError: No data set was set, an evaluated one has no dev split, or
                the checkpoint is of another run.
        """
        if self.workers is not None and self.workers.rank:
            together.follow(self)
            return {}
        self.run = fit(self, epochs, resume)
        if self.workers is not None:
            together.dismiss(self)
        return dict(self.run.board.best)

    def trainModel(self) -> float:
        """Train one epoch, log its loss and speed, and return the mean loss."""
        trainers = self.prepareTraining()
        self.epoch += 1
        if self.workers is not None:
            together.lead(self, trainers)
        return run_epoch(trainers, self.epoch)

    @property
    def startingPoint(self) -> str:
        """A digest of the model that was loaded to train it further; empty: a new one.

        It is taken when it is first asked for, before training changes the weights.
        """
        if self.origin is not None:
            return self.origin.checksum
        if self._start is None:
            loaded = self._loaded
            self._start = identity.of_weights(self.models.values()) if loaded else ""
        return self._start

    def prepareTraining(self) -> list[TaskTrainer]:
        """Build what is not built yet, and return the trainer of each task."""
        threads.claim()
        if self.network is None:
            self.buildModel()
        _ = self.startingPoint  # training is about to change the weights
        if self._trainers is None:
            tables = (
                self.table(self.data[name]["trainMatrix"], self.tasks[name].label)
                for name in self.datasets
            )
            words = word_model(self.network, self.params, tables)
            self._trainers = [
                TaskTrainer(
                    name,
                    self.tasks[name].label,
                    self.network,
                    self.params,
                    entity_ratio(self.params[KEY], self.tasks[name]),
                    words,
                    self.workers,
                )
                for name in self.datasets
            ]
        for trainer in self._trainers:
            rows = self.data[trainer.name]["trainMatrix"]
            table = self.table(rows, trainer.label)
            if trainer.table is not table:
                self._check_training_labels(trainer.name, rows, table)
                trainer.table = table
                trainer.knowledge = knowledge_of(
                    self.tasks[trainer.name],
                    self.datasets[trainer.name],
                    rows,
                    table,
                    self.mappings,
                    self.params[LABEL_WEIGHTS],
                    self._allowed.get(trainer.name),
                    trainer.all_train,
                )
                trainer.targets = self._targets.get(trainer.name)
        return self._trainers

    @property
    def _targets(self) -> dict[str, SoftTargets]:
        """What the stored model says of training sentences, by task that asks it."""
        return {} if self._beginning is None else self._beginning.targets

    def oldLabelScores(self, modelPath: str | None = None) -> list[Kept]:
        """Return how well a model of `initFrom` knows old and new labels; see there.

        Args:
            modelPath: A file that it stored, in place of the model as it is now.

        Returns:
            For each task, and each of dev and test that has labels, the F1 of the
            labels that the stored model had, before and after, and that of new ones.

        Raises:
            ValueError: The model did not begin with a stored one, or has no data.
        """
        if self._beginning is None:
            raise ValueError("Call initFrom, setMappings and setDataset before.")
        after = self if modelPath is None else StoredTagger.loadModel(modelPath)
        return self._beginning.kept(self.origin, self.data, after)

    def _check_training_labels(
        self, name: str, rows: Sequence[Row], table: SentenceTable
    ) -> None:
        if name in self._allowed:
            labels = self.tasks[name].labels
            constraints.check_training(
                name, self.datasets[name], rows, table, labels, self._allowed[name]
            )

    # ------------------------------------------------------------ saving, loading

    def saveModel(
        self, modelName: str, epoch: int, dev_score: float, test_score: float
    ) -> str:
        """Store a task's model under `modelSavePath` and return the file's path.

        Without [ModelName] in the path, the file holds all tasks.

        Args:
            modelName: The task; [Label] becomes the column that it predicts.
            epoch: Counted from 0; [Epoch] becomes this plus one.
            dev_score, test_score: For [DevScore] and [TestScore], to four decimals.
        """
        if not self.modelSavePath:
            raise ValueError(
                "Set `modelSavePath` before saving, for example to "
                "'models/[ModelName].h5'."
            )
        self._known(modelName)
        self._predict()
        each = MODEL_NAME in self.modelSavePath
        names = [modelName] if each else list(self.tasks)
        label = self.tasks[modelName].label
        path = model_file(
            self.modelSavePath, modelName, epoch + 1, dev_score, test_score, label
        )
        modelfile.write(
            path,
            [self.models[name] for name in names],
            without_sets(self.mappings),
            self.params,
            [self.tasks[name] for name in names],
            self._conventions,
            self._features and self._features.as_plain_data(),
            _finite(names, dev_score, test_score),
        )
        logger.info("Model stored: %s", path)
        return path

    @classmethod
    def loadModel(
        cls, modelPath: str, params: Mapping[str, Any] | None = None
    ) -> BiLSTM:
        """Load a stored model, to tag with it or to train it further.

        Args:
            modelPath: The file.
            params: Parameters that replace those of the file, such as the paths of
                files that the model needs.

        Raises:
            ValueError: The file is missing, damaged, or not a model; or it needs other
                files, which are not there.
        """
        return cls._load(modelPath, params, {})

    @classmethod
    def initFrom(
        cls, modelPath: str, params: Mapping[str, Any] | None = None
    ) -> BiLSTM:
        """Return a new model that begins with a stored one, to teach it new labels.

        It gets its data by `setMappings` and `setDataset`, and may then be trained.
        Where they mark labels that the stored model lacks and none that it has, it
        learns the old ones from the stored model: `O` then says that a token has no
        new label. Else the labels are taken as they are. See docs/New_Label.md.

        Args:
            modelPath: The file.
            params: Parameters that replace those of the file; those that shape the
                network cannot.

        Raises:
            ValueError: The file is missing, damaged, or not a model; it reads ELMo's
                vectors; or a parameter would make another network.

        Example:
            model = BiLSTM.initFrom("models/NAME.h5", {"learningRate": 0.001})
            model.setMappings(mappings, None)
            model.setDataset(datasets, data)
            model.modelSavePath = "models/new_[ModelName].h5"
            model.fit(epochs=10)
        """
        threads.claim()
        origin = Origin(modelPath, params)
        model = BiLSTM()
        model.origin = origin
        model._take_over(origin.content)
        model._loaded = True
        return model

    @classmethod
    def _load(
        cls,
        modelPath: str,
        params: Mapping[str, Any] | None,
        sources: Mapping[str, VectorSource],
    ) -> BiLSTM:
        threads.claim()

        def rebuild(content, sources):
            """Build the network that a file describes, its weights still new."""
            model = cls.__new__(cls)
            BiLSTM.__init__(model)
            model.sources = dict(sources)
            model._build(model._take_over(content))
            model._loaded = True
            return model, content.weights

        damage = (tf.errors.OpError,)
        model, weights = load(modelPath, params, sources, rebuild, damage)
        modelfile.set_weights(modelPath, list(model.models.values()), weights)
        return model


def _finite(
    names: Sequence[str], dev_score: float, test_score: float
) -> dict[str, dict[str, float]]:
    """Return the scores of a file's only task; those of several are their mean."""
    given = {"dev": dev_score, "test": test_score}
    known = {split: float(s) for split, s in given.items() if math.isfinite(s)}
    return {names[0]: known} if len(names) == 1 and known else {}
