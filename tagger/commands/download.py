"""Fetch public data sets, word vectors and models, and check what came.

    tagger download --list
    tagger download unidep_pos
    tagger download komninos_english_embeddings.gz
    tagger download unidep_pos --from train.txt dev.txt test.txt

An interrupted download leaves a `.part` file, from which the next run goes on.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence

from util.commandline import verb_parser
from util.download.datasources import DEFAULT_FOLDERS, SOURCES, Source
from util.download.fetch import download
from util.download.httpfetch import Patience
from util.download.progress import Transfers

VERBOSE = True


def main(argv: Sequence[str], sources: Mapping[str, Source] | None = None) -> None:
    """Fetch what is named, or list what there is.

    Args:
        argv: The arguments.
        sources: Another table than `SOURCES`.
    """
    arguments = _arguments(argv)
    if arguments.list:
        print(_listing(SOURCES if sources is None else sources))
        return
    with Transfers() as progress:
        for name in arguments.name:
            paths = download(
                name,
                arguments.folder,
                sources,
                arguments.from_files,
                patience=Patience(timeout=arguments.timeout),
                report=progress,
            )
            progress.close()
            print("\n".join(paths), flush=True)


def _listing(sources: Mapping[str, Source]) -> str:
    """What there is, one source per line, by kind."""
    lines = []
    width = max(len(key) for key in sources)
    for kind, folder in DEFAULT_FOLDERS.items():
        lines.append(
            f"{kind} (goes to {'the current folder' if folder == '.' else folder})"
        )
        for key, source in sources.items():
            if source.kind == kind:
                licence = source.licence or "not stated"
                facts = f"{source.about}; {_size(source)}; licence: {licence}"
                note = f". {source.note}" if source.note else ""
                lines.append(f"  {key:<{width}}  {facts}{note}")
    return "\n".join(lines)


def _size(source: Source) -> str:
    sizes = [file.size for file in source.files]
    if None not in sizes:
        return f"{sum(sizes):,} bytes"
    return source.rough_size or "size unknown"


def _arguments(argv: Sequence[str]) -> argparse.Namespace:
    parser = verb_parser(__doc__, "download")
    parser.add_argument("name", nargs="*", metavar="NAME", help="what to fetch")
    parser.add_argument("--list", action="store_true", help="show what there is")
    parser.add_argument(
        "--from",
        dest="from_files",
        nargs="+",
        default=[],
        metavar="FILE",
        help="files on disk to use instead of downloading (after the NAME)",
    )
    parser.add_argument(
        "--folder",
        "--data",
        metavar="DIR",
        help="where to put it (default: data, models, embeddings for ELMo, or the "
        "current folder for vectors); a data set gets a folder of its own in there",
    )
    parser.add_argument(
        "--timeout", type=float, default=30.0, metavar="SECONDS", help="default: 30"
    )
    arguments = parser.parse_args(argv)
    if not arguments.list and not arguments.name:
        parser.error("give a NAME (before --from), or --list")
    if arguments.from_files and len(arguments.name) != 1:
        parser.error("--from needs exactly one NAME")
    if not 0 < arguments.timeout <= 86_400:
        parser.error(
            "--timeout must be positive, and a day (86400) at most. "
            f"Received: {arguments.timeout}"
        )
    return arguments
