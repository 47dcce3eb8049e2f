"""A labelled file of which parts are trained on, and the command that does it."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from neuralnets.tagging.tagger import Tagger
from util import tagschemes
from util.corpus import partial, tagcolumns
from util.corpus.datasets import label_column, split_files
from util.corpus.findings import Findings
from util.corpus.groups import read_groups
from util.corpus.lines import is_blank
from util.files import atomic_path
from util.tagschemes import Span


class Corpus:
    """The labelled sentences of a data set's training file.

    Args:
        name: The data set's.
        dataset: Its definition; see `util.corpus.owndata.define`.

    Attributes:
        dataset: Its definition.
        path: The file.
        files: The data set's files, by split.
        label, column: What is predicted, and the column that has it.
        spans: Whether it is spans, and not a label per token.
        sentences: The columns of each sentence, by name, tags converted.
        numbers: The line of each token in the file, by sentence.
        sizes: How many tokens each sentence has.

    Raises:
        ValueError: The file is missing, or cannot be read.
    """

    def __init__(self, name: str, dataset: Mapping[str, Any]):
        self.dataset = dataset
        self.files = split_files(name, dataset)
        self.path, self.label = self.files["train"], dataset["label"]
        self.spans = tagschemes.scheme_of(self.label) is not None
        read = _read(self.path, dataset)
        self._groups = [group for group in read if group.rows]
        self.numbers = [group.numbers() for group in self._groups]
        self.sentences = _sentences(self.path, self._groups, dataset)
        self._place = label_column(dataset)
        self.column = dataset["columns"][self._place]
        self.sizes = [len(sentence["tokens"]) for sentence in self.sentences]

    def gold(self, number: int) -> list[str]:
        """Return the labels of a sentence."""
        return self.labels_of(self.sentences[number])

    def labels_of(self, sentence: Mapping[str, list[str]]) -> list[str]:
        """Return the labels of a sentence of any of the data set's files."""
        labels = sentence[self.column]
        bare = self.label != self.column and not self.spans  # `x_class` of `x_BIO`
        return tagschemes.types(labels) if bare else labels

    def gold_spans(self, number: int) -> list[Span]:
        """Return the spans of a sentence."""
        return tagschemes.spans(self.gold(number))

    def tokens(self, number: int) -> list[str]:
        """Return the words of a sentence."""
        return self.sentences[number]["tokens"]

    def judged_by(self) -> str:
        """Return the file that says how good a model is: test, or else dev.

        Raises:
            ValueError: There is neither.
        """
        for split in ("test", "dev"):
            if split in self.files:
                return self.files[split]
        raise ValueError(
            f"{self.path}: there is neither a test nor a dev split beside it to judge "
            "by. Put a test.txt there."
        )

    def digest(self) -> str:
        """Return what differs if the files differ."""
        digest = hashlib.blake2b(digest_size=8)
        for split, path in sorted(self.files.items()):
            digest.update(f"{split}\0".encode())
            with open(path, "rb") as file:
                digest.update(file.read())
        return digest.hexdigest()

    def write(
        self,
        folder: str,
        chosen: Iterable[int],
        splits: Sequence[str] = ("dev",),
        unlabelled: Iterable[int] = (),
    ) -> None:
        """Write some of the sentences, with other splits, as a data set's folder.

        Args:
            folder: Its files are replaced.
            chosen: Which sentences, in their order.
            splits: The others that a training needs, as far as they are there.
            unlabelled: Sentences that follow without their labels.
        """
        os.makedirs(folder, exist_ok=True)
        with atomic_path(os.path.join(folder, "train.txt")) as path:
            with open(path, "w", encoding="utf-8", newline="\n") as file:
                for number in chosen:
                    lines = [text for _, text in self._groups[number].lines]
                    lines += [""] * (not is_blank(lines[-1]))
                    file.write("".join(f"{line}\n" for line in lines))
                for number in unlabelled:
                    rows = [list(row) for row in self._groups[number].rows]
                    for row in rows:
                        row[self._place] = partial.UNKNOWN
                    file.write("".join("\t".join(row) + "\n" for row in rows) + "\n")
        for split in splits:
            if split in self.files:
                with atomic_path(os.path.join(folder, f"{split}.txt")) as path:
                    shutil.copyfile(self.files[split], path)

    def program(self, folder: str, flags: Sequence[str]) -> list[str]:
        """Return what trains on a folder that was written, as Python is given it."""
        return ["-m", "tagger", "train", folder, *self.reading_flags(), *flags]

    def reading_flags(self) -> list[str]:
        """Return the flags that say how the files are read."""
        dataset = self.dataset
        columns = ",".join(f"{i}:{name}" for i, name in dataset["columns"].items())
        flags = ["--label", self.label, "--columns", columns]
        if dataset.get("commentSymbol"):
            flags.append(f"--comment={dataset['commentSymbol']}")
        style = dataset.get(tagcolumns.KEY) or {}
        if isinstance(style, str):
            flags += ["--tag-style", style]
        else:
            for column, name in style.items():
                flags += ["--tag-style", f"{column}:{name}"]
        return flags

    def rows(self, model: Tagger, chosen: Iterable[int]) -> list:
        """Return the rows of some sentences, to ask a model about them."""
        return model.rows(self.sentences[number] for number in chosen)


def read_sentences(path: str, dataset: Mapping[str, Any]) -> list[dict]:
    """Return the sentences of one of a data set's files, in columns by name."""
    groups = [group for group in _read(path, dataset) if group.rows]
    return _sentences(path, groups, dataset)


def _read(path: str, dataset: Mapping[str, Any]) -> list:
    comment = dataset.get("commentSymbol")
    return list(read_groups(path, dataset["columns"], comment, Findings(path)))


def _sentences(path, groups, dataset) -> list[dict]:
    columns = dataset["columns"]
    sentences = [
        {name: [row[index] for row in group.rows] for index, name in columns.items()}
        for group in groups
    ]
    styles = tagcolumns.styles_of(columns.values(), dataset.get(tagcolumns.KEY))
    try:
        tagcolumns.treat(sentences, styles)
    except tagcolumns.NotATag as error:
        line = groups[error.sentence].numbers()[error.token]
        raise ValueError(f"{path}:{line}: {error}") from None
    if not sentences:
        raise ValueError(f"{path}: holds no sentences. Is it the right file?")
    return sentences
