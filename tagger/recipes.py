"""What the training scripts in the top folder share: their flags, and one call."""

from __future__ import annotations

import argparse
import copy
import logging
import math
import os
import shlex
from collections.abc import Mapping
from typing import Any

from tagger import team
from tagger.datafolders import with_folders
from tagger.trainingflags import BESIDE, add_training_flags
from util.flags import add_elmo_flags, elmo_params, tag_style
from util.modelpaths import LABEL, MODEL_NAME, stem, with_label

logger = logging.getLogger(__name__)


def train(
    description: str,
    datasets: Mapping[str, Mapping[str, Any]],
    params: Mapping[str, Any],
    embeddings: str | None = None,
    epochs: int = 25,
    elmo: bool = False,
) -> None:
    """Prepare the data, train, and store the best model, as the flags say.

    Args:
        description: What `--help` shows.
        datasets, params, embeddings, epochs: The recipe; flags change it.
        elmo: Whether there are flags for ELMo's files.
    """
    options = TrainingOptions(
        description, datasets, params, embeddings, epochs, elmo=elmo
    )
    train_with(options)


def train_with(
    options: TrainingOptions, prepared: str | None = None, **preparing: Any
) -> None:
    """Train as `train` does, with options that were read.

    Args:
        options: What to train.
        prepared: The path of the prepared data; None: prepare them.
        preparing: Further arguments of `perpareDataset`.
    """
    team.share_cores(options.workers)
    # Not before the flags are read: TensorFlow takes seconds to load.
    from neuralnets.BiLSTM import BiLSTM
    from util.preprocessing import loadDatasetPickle, perpareDataset

    # A wrong parameter is told before the data are read.
    if options.initFrom:
        model = BiLSTM.initFrom(options.initFrom, options.params)
    else:
        model = BiLSTM(options.params)
    prepared = prepared or perpareDataset(
        options.embeddings, options.datasets, elsewhere=options.output, **preparing
    )
    vectors, mappings, data = loadDatasetPickle(prepared)
    with team.joined(options, prepared) as model.workers:
        model.setMappings(mappings, vectors)
        model.setDataset(options.datasets, data)
        options.place(model)
        model.fit(options.epochs, resume=options.resume)
    if model.run is not None:  # the first worker's, or the only one's
        options.report(model)


class TrainingOptions:
    """What a training script runs with: its own settings, changed by the flags.

    Attributes:
        datasets, params, embeddings, epochs, resume, workers: As the script needs them.
        initFrom: The stored model to begin with, or None.
        output: The folder of all outputs, None for the usual ones.
        modelSavePath, resultsPath: Where the outputs go.
        tensorboardPath, reportPath: Where more outputs go, None for nowhere.
    """

    def __init__(
        self,
        description: str,
        datasets: Mapping[str, Mapping[str, Any]],
        params: Mapping[str, Any],
        embeddings: str | None = None,
        epochs: int = 25,
        argv: list[str] | None = None,
        elmo: bool = False,
    ):
        parser = argparse.ArgumentParser(
            description=description,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        parser.add_argument(
            "--data",
            action="append",
            default=[],
            metavar="[TASK=]FOLDER",
            help="train on the files of this folder, such as data/sample; with several "
            "tasks, TASK=FOLDER names one task's and is repeatable",
        )
        add_training_flags(parser, epochs)
        if elmo:
            add_elmo_flags(parser)
            parser.add_argument(
                "--cache",
                dest="elmo_cache",
                metavar="FILE",
                help="ELMo's vectors, from Create_ELMo_Cache.py",
            )
        arguments = parser.parse_args(argv)
        datasets = with_folders(datasets, arguments.data)
        self._take(arguments, datasets, params, embeddings)

    @classmethod
    def of(
        cls,
        arguments: argparse.Namespace,
        datasets: Mapping[str, Mapping[str, Any]],
        params: Mapping[str, Any],
    ) -> TrainingOptions:
        """Return options for flags that a parser with `add_training_flags` read."""
        options = cls.__new__(cls)
        options._take(arguments, datasets, params, None)
        return options

    def _take(self, arguments, datasets, params, embeddings) -> None:
        self.datasets = {name: dict(dataset) for name, dataset in datasets.items()}
        style = tag_style(arguments.tag_style)
        if style is not None:
            for dataset in self.datasets.values():
                dataset["tagStyle"] = style
        for dataset in self.datasets.values():
            if arguments.partial:
                dataset["partial"] = True
            if arguments.weights:
                dataset["weights"] = arguments.weights
            if arguments.no_test:
                dataset["test"] = False
        self.params = copy.deepcopy(dict(params))
        self.params.update(elmo_params(arguments))
        self.params.update(arguments.param)
        if arguments.language is not None:
            self.params["language"] = arguments.language
        if arguments.seed is not None:
            self.params["seed"] = arguments.seed
        self.embeddings = arguments.embeddings or embeddings
        self.epochs = arguments.epochs
        self.resume = arguments.resume
        self.workers = arguments.workers
        self.initFrom = getattr(arguments, "init_from", None)
        folder = self.output = arguments.output
        labels = {name: dataset["label"] for name, dataset in self.datasets.items()}
        # The names that `tagger train` gives to its tasks tell the labels already.
        told = all(name == with_label(name, label) for name, label in labels.items())
        name = MODEL_NAME if told else f"{MODEL_NAME}-{LABEL}"
        self.modelSavePath = os.path.join(
            folder or "models", f"{name}_[DevScore]_[TestScore]_[Epoch].h5"
        )
        self.resultsPath = os.path.join(folder or "results", f"{stem(labels)}.tsv")
        self.tensorboardPath = arguments.tensorboard
        self.reportPath = arguments.report
        if arguments.report is BESIDE:
            self.reportPath = os.path.splitext(self.resultsPath)[0] + ".html"
        self.keepAll = arguments.keep_all
        self.calibrates = not arguments.no_calibration

    def place(self, model: Any) -> None:
        """Tell a `BiLSTM` where its outputs go, and what becomes of its models.

        Raises:
            ValueError: The flags ask for several workers, and it has none.
        """
        if self.workers > 1 and model.workers is None:
            raise ValueError("--workers: this script trains with one process alone.")
        model.storeResults(self.resultsPath, own=True)
        model.modelSavePath = self.modelSavePath
        model.tensorboardPath = self.tensorboardPath
        model.keepBestOnly = not self.keepAll
        model.calibratesStored = self.calibrates

    def report(self, model: Any) -> None:
        """Say what a trained `BiLSTM` reached and how to tag with it.

        Before that comes the page, if the flags ask for one.
        """
        if self.reportPath:
            # Plots and pages are of no use to other runs.
            from tagger.evaluation.judging import write_training_report

            write_training_report(model, self.reportPath)
        if self.initFrom:
            for path in dict.fromkeys(model.run.stored.values()):
                for kept in model.oldLabelScores(path):
                    logger.info("%s", kept)
        for name, path in model.run.stored.items():
            self._say(model, name, path)

    def _say(self, model: Any, name: str, path: str) -> None:
        command = ["python", "-m", "tagger", "tag", path]
        needed = {"tokens", *model.requiredColumns}
        columns = {
            index: column
            for index, column in self.datasets[name]["columns"].items()
            if column in needed
        }
        if len(columns) == 1:
            command.append("input.txt")
        else:  # its inputs stand in no raw text
            listed = ",".join(f"{i}:{column}" for i, column in columns.items())
            command += ["input.conll", "--columns", listed]
        dev, test = model.run.board.best[name]
        reached = f"dev {dev:.4f}" + ("" if math.isnan(test) else f", test {test:.4f}")
        logger.info("%s (%s). Tag with it: %s", path, reached, shlex.join(command))
