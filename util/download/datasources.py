"""Where the public data sets, word vectors and models are: the one table of addresses.

Servers move. When one does, this is the only file to change. A checksum is either a
SHA-256 or a git blob id; where none was ever published, it is None, and
`tagger download` says so and checks what it can.
It is long because it is a table.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

# The folder that each kind of source goes to when the caller names none. Vectors go
# where the training scripts look for them: the current folder.
DEFAULT_FOLDERS = {
    "data set": "data",
    "vectors": ".",
    "model": "models",
    "ELMo": "embeddings",
}


@dataclass(frozen=True)
class RemoteFile:
    """One file on a server, and what it becomes on disk.

    Args:
        urls: Addresses, tried in this order.
        save_as: Its name on disk, without folders.
        sha256: Hexadecimal checksum, if one is known.
        git_blob: Git blob id, if one is known.
        size: Exact bytes, if known.
        members: For a zip file: what to take out of it, as pairs of the member's
            name and its name on disk.
        keep_archive: Whether a downloaded zip file stays after unpacking.
    """

    urls: tuple[str, ...]
    save_as: str
    sha256: str | None = None
    git_blob: str | None = None
    size: int | None = None
    members: tuple[tuple[str, str], ...] = ()
    keep_archive: bool = False

    def __post_init__(self) -> None:
        for name in (self.save_as, *(target for _, target in self.members)):
            if name in ("", ".", "..") or "/" in name or "\\" in name:
                raise ValueError(
                    f"`save_as` must be a bare file name. Received: {name!r}"
                )

    @property
    def has_checksum(self) -> bool:
        """Whether the bytes can be compared with a published checksum."""
        return self.sha256 is not None or self.git_blob is not None

    @property
    def outputs(self) -> tuple[str, ...]:
        """The names on disk of what the file yields."""
        return tuple(target for _, target in self.members) or (self.save_as,)

    @property
    def published_name(self) -> str:
        """Its name on the server."""
        return PurePosixPath(unquote(urlsplit(self.urls[0]).path)).name

    @property
    def names(self) -> set[str]:
        """The names under which people have this file."""
        return {self.save_as, self.published_name}


@dataclass(frozen=True)
class Source:
    """What `python -m tagger download NAME` fetches.

    Args:
        kind: A key of `DEFAULT_FOLDERS`.
        about: One line: what it is.
        files: The files it consists of.
        licence: Its licence, or None if its publisher states none that we know.
        aliases: Other names to call it by.
        note: What whoever fetches it should know.
        rough_size: For people, where no exact size is known.
    """

    kind: str
    about: str
    files: tuple[RemoteFile, ...]
    licence: str | None = None
    aliases: tuple[str, ...] = ()
    note: str = ""
    rough_size: str = ""


_ORIGINAL = (
    "https://raw.githubusercontent.com/UKPLab/emnlp2017-bilstm-cnn-crf/"
    "b709f580f11c33c0f9951a0afdc3e71a252c93fd/data/"
)
_EWT = (
    "https://raw.githubusercontent.com/UniversalDependencies/UD_English-EWT/"
    "15d613d8447b3478787d4c278730a1e48a945efb/"
)
_WNUT = (
    "https://raw.githubusercontent.com/leondz/emerging_entities_17/"
    "e52a2d2a71ac1a051ca2d532eef28653c5c02603/"
)
_NLTK = "https://raw.githubusercontent.com/nltk/nltk_data/gh-pages/packages/corpora/"
_UKP = "https://public.ukp.informatik.tu-darmstadt.de/reimers/"
_UKP_MODELS = _UKP + "2017_SequenceTaggingModels/v2.1.5/"
_UKP_ELMO = _UKP + "2019_elmo_weights/Original/"
_GLOVE = "https://nlp.stanford.edu/data/glove.6B.zip"
_ELMO = "elmo_2x4096_512_2048cnn_2xhighway_"
_ELMO_S3 = (
    "https://s3-us-west-2.amazonaws.com/allennlp/models/elmo/"
    "2x4096_512_2048cnn_2xhighway/"
)
_ELMO_MIRROR = (
    "https://huggingface.co/lysandre/elmo-2x4096_512_2048cnn_2xhighway/resolve/main/"
)


def _original(name: str, **blobs: tuple[str, int | None]) -> tuple[RemoteFile, ...]:
    """The three files of a data set in the original tool's repository."""
    return tuple(
        RemoteFile(
            (f"{_ORIGINAL}{name}/{split}.txt",),
            f"{split}.txt",
            git_blob=blob,
            size=size,
        )
        for split, (blob, size) in blobs.items()
    )


def _glove(dimensions: int) -> Source:
    member = f"glove.6B.{dimensions}d.txt"
    archive = RemoteFile(
        (_GLOVE,), "glove.6B.zip", members=((member, member),), keep_archive=True
    )
    return Source(
        "vectors",
        f"GloVe English, 400,000 words, {dimensions} dimensions",
        (archive,),
        licence="PDDL 1.0",
        aliases=("glove", "glove.6B") if dimensions == 100 else (),
        note="glove.6B.zip stays beside it for the other dimensions; delete it freely.",
        rough_size="zip of about 860 MB",
    )


def _published_model(about: str, name: str) -> Source:
    file = RemoteFile((_UKP_MODELS + name,), name)
    return Source("model", f"the original's trained model: {about}", (file,))


def _vectors(about: str, name: str, alias: str) -> Source:
    file = RemoteFile((f"{_UKP}embeddings/{name}",), name)
    return Source("vectors", about, (file,), aliases=(alias,))


SOURCES: dict[str, Source] = {
    "unidep_pos": Source(
        "data set",
        "UD English v1.3, part of speech (columns 1 token, 3 UPOS)",
        _original(
            "unidep_pos",
            train=("8786ccce0d6b4822426c892327f42749f869e9c4", None),
            dev=("e05792241c9592c816187cd153b6091df314f529", None),
            test=("60b21385cfb4512f50d233b2702b334dda45613d", None),
        ),
        licence="CC BY-SA 4.0",
    ),
    "UD_English-EWT": Source(
        "data set",
        "UD English Web Treebank, CoNLL-U (columns 1 token, 3 UPOS, 4 XPOS)",
        (
            RemoteFile(
                (_EWT + "en_ewt-ud-train.conllu",),
                "train.txt",
                "3fb78e2b55482c8ee00caa653af436c88c9e5bc9a73ce26e4ae3ddc79d2b7e7b",
                size=14203025,
            ),
            RemoteFile(
                (_EWT + "en_ewt-ud-dev.conllu",),
                "dev.txt",
                "531a54ff90d6ab12201c5a50c3e78e6ddac4de69abc4bce5d275d3cd29efe2b6",
                size=1805545,
            ),
            RemoteFile(
                (_EWT + "en_ewt-ud-test.conllu",),
                "test.txt",
                "e266e515a0a7547657ed3d90d9ba46487d6bd251f27ad4269d4e8a427c8555cd",
                size=1804515,
            ),
        ),
        licence="CC BY-SA 4.0",
        aliases=("ewt",),
    ),
    "conll2000_chunking": Source(
        "data set",
        "CoNLL-2000 chunking (columns 0 token, 1 POS, 2 chunk)",
        _original(
            "conll2000_chunking",
            train=("cd3bd8297055010cae22e6963abf7aa84db2378e", 2839583),
            dev=("e89d20bd530bf80fd305f1a45515681823f20edd", 592488),
            test=("7a3436bfea119d10d15997bb2e1aeda2a2641723", 638654),
        ),
        licence="distributed for the shared task",
    ),
    "conll2000_nltk": Source(
        "data set",
        "CoNLL-2000 chunking as in NLTK's data (columns 0 token, 1 POS, 2 chunk)",
        (
            RemoteFile(
                (_NLTK + "conll2000.zip",),
                "conll2000.zip",
                "01e65164f268366e7caa0db92332a1955d081908c87016e2c7640c3c5279b7cd",
                members=(
                    ("conll2000/train.txt", "train.txt"),
                    ("conll2000/test.txt", "test.txt"),
                ),
            ),
        ),
        licence="distributed for the shared task",
        note=(
            "The dev split is missing: this variant has train.txt and test.txt only. "
            "It spells 914 + 280 tokens differently from conll2000_chunking."
        ),
    ),
    "unidep_pos_german": Source(
        "data set",
        "UD German v1, part of speech (columns 1 token, 3 UPOS)",
        _original(
            "unidep_pos_german",
            train=("9cf7c8ffe44402ba7cd8bf34bab8262b3f2e848f", None),
            dev=("ff420a28f3c0697913906539a1a8f1b29434f71d", None),
            test=("6398d8d04b81a8cf9500ee751697e5c55a81ca38", None),
        ),
    ),
    "GermEval": Source(
        "data set",
        "GermEval 2014 German NER (columns 1 token, 2 outer, 3 inner NER)",
        _original(
            "GermEval",
            train=("57593f24c4b68e09e2d61e5d811b72972b8c209f", None),
            dev=("fece80fca55c6d5afdf533f1cb9f08a1815c0334", 560271),
            test=("f4fe4d5f16c42b310843f49a7a587d7b8b829144", 1300555),
        ),
        licence="CC BY 4.0",
        aliases=("GermEval2014",),
    ),
    "wnut17": Source(
        "data set",
        "WNUT 2017 NER in noisy English (columns 0 token, 1 NER)",
        (
            RemoteFile(
                (_WNUT + "wnut17train.conll",),
                "train.txt",
                "731820e13f71af324c6b55a1575ec2ce59fbaa2a0806f8f0400b98d56cd6a7a5",
                size=493781,
            ),
            RemoteFile(
                (_WNUT + "emerging.dev.conll",),
                "dev.txt",
                "e053b752b8155113ca66e7db08af5f2f5f43ab993694e4774f1ec5bad42312d8",
                size=114749,
            ),
            RemoteFile(
                (_WNUT + "emerging.test.annotated",),
                "test.txt",
                "2aa79b764e56ec9264a1b30fdd9b70195bd00ff400b62edd8f399d5f13c178f0",
                size=192425,
            ),
        ),
        licence="CC BY 4.0",
    ),
    "komninos_english_embeddings.gz": _vectors(
        "Komninos & Manandhar, English, dependency-based",
        "komninos_english_embeddings.gz",
        "komninos",
    ),
    "levy_english_dependency_embeddings.gz": _vectors(
        "Levy & Goldberg, English, dependency-based",
        "levy_english_dependency_embeddings.gz",
        "levy",
    ),
    "reimers_german_embeddings.gz": _vectors(
        "Reimers et al., German", "reimers_german_embeddings.gz", "reimers"
    ),
    **{f"glove.6B.{d}d.txt": _glove(d) for d in (50, 100, 200, 300)},
    **{
        name: _published_model(about, name)
        for name, about in (
            ("EN_UD_POS.h5", "English part of speech (UD tags)"),
            ("EN_WSJ_POS.h5", "English part of speech (WSJ tags)"),
            ("EN_Chunking.h5", "English chunking"),
            ("EN_NER.h5", "English NER"),
            ("EN_Entities.h5", "English entities"),
            ("EN_Events.h5", "English events"),
            ("DE_UD_POS.h5", "German part of speech (UD tags)"),
            ("DE_NER_CoNLL.h5", "German NER (CoNLL)"),
            ("DE_NER_GermEval.h5", "German NER (GermEval 2014)"),
        )
    },
    "elmo": Source(
        "ELMo",
        "ELMo (original): options and weights, 2 x 4096 units",
        (
            RemoteFile(
                (_ELMO_S3 + _ELMO + "options.json", _ELMO_MIRROR + "options.json"),
                _ELMO + "options.json",
                size=336,
            ),
            RemoteFile(
                (_ELMO_S3 + _ELMO + "weights.hdf5", _ELMO_MIRROR + "weights.hdf5"),
                _ELMO + "weights.hdf5",
            ),
        ),
        rough_size="about 374 MB",
    ),
    "elmo_first_two_layers": Source(
        "ELMo",
        "ELMo (original), first two layers only",
        tuple(
            RemoteFile((_UKP_ELMO + name,), name)
            for name in (
                _ELMO + "options_first_two_layers.json",
                _ELMO + "weights_first_two_layers.hdf5",
            )
        ),
    ),
}


def find_source(name: str, sources: Mapping[str, Source]) -> str | None:
    """The key that a name stands for, however it is written.

    Args:
        name: A key, an alias, or the name of a file of vectors or of a model, with or
            without its ending, in any letter case.
        sources: The table to look in.

    Returns:
        The key, or None.
    """
    if name in sources:
        return name
    wanted = name.casefold()
    for key, source in sources.items():
        known = {key, *source.aliases}
        if source.kind != "data set":
            # Every data set has a train.txt, so those names tell nothing.
            known.update(output for file in source.files for output in file.outputs)
            known.add(key.rpartition(".")[0] or key)
        if wanted in {other.casefold() for other in known}:
            return key
    return None


def nearest_source(name: str, sources: Mapping[str, Source]) -> str:
    """A hint for a misspelt name: ` Did you mean ...?`, or nothing."""
    close = difflib.get_close_matches(name, list(sources), n=1)
    return f" Did you mean `{close[0]}`?" if close else ""
