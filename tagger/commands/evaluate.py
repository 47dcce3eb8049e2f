"""Compare a tagger with the right labels: scores, errors, and how sure it can be.

    tagger evaluate models/NAME.h5 data/sample/test.txt
    tagger evaluate models/NAME.h5 FILE --columns 0:tokens,1:POS,2:chunk_BIO
    tagger evaluate models/NAME.h5 FILE --html report.html

Prints the table of the conlleval script, where the tagger does well and where not, and
its most frequent errors. See docs/Evaluation.md.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from util.commandline import verb_parser
from util.commentflag import add_comment_flag
from util.files import must_differ, must_spare
from util.flags import (
    add_model_flags,
    add_partial_flag,
    add_tag_style_flag,
    elmo_params,
    output_file,
    parse_columns,
    plain_folder,
    tag_style,
)
from util.task import comment_of

VERBOSE = False


def parser() -> argparse.ArgumentParser:
    """Return what reads the command line."""
    made = verb_parser(__doc__, "evaluate")
    made.add_argument("model", help="a stored model, .h5")
    made.add_argument("file", help="a column file in UTF-8 with the right labels")
    made.add_argument(
        "--columns",
        type=parse_columns,
        metavar="INDEX:NAME,...",
        help="columns of the file by index from 0, those of the right labels among "
        "them (default: those of well-known data, by the name of the folder)",
    )
    add_comment_flag(made, default=" (default: as in training)")
    add_tag_style_flag(made)
    add_partial_flag(made)
    made.add_argument(
        "--task",
        metavar="NAME",
        help="report on this task alone (default: on all that have their labels in "
        "the file)",
    )
    for flag, what in {
        "--html": "a page with explanations and plots",
        "--json": "all numbers as JSON",
        "--predictions": "token, right label and predicted label per line, as the "
        "conlleval script reads them",
    }.items():
        made.add_argument(
            flag, type=output_file, metavar="FILE", help=f"also write {what}"
        )
    made.add_argument(
        "--tensorboard",
        type=plain_folder,
        metavar="FOLDER",
        help="also write logs for TensorBoard",
    )
    made.add_argument(
        "--results",
        metavar="FILE",
        help="the .tsv file that training wrote, for learning curves on the page",
    )
    made.add_argument(
        "--calibrate",
        metavar="FILE",
        help="adjust the probabilities to this file, such as dev.txt, in the same "
        "columns",
    )
    made.add_argument(
        "--store",
        type=output_file,
        metavar="FILE",
        help="store the calibrated model here, .h5",
    )
    add_model_flags(made)
    return made


def main(argv: Sequence[str]) -> None:
    """Evaluate a stored model and write what was asked for."""
    flags = parser()
    arguments = flags.parse_args(argv)
    if arguments.store and not arguments.calibrate:
        flags.error("--store needs --calibrate")
    if arguments.calibrate and arguments.engine == "numpy":
        flags.error("--calibrate needs --engine tensorflow")

    inputs = [arguments.file, arguments.calibrate, arguments.results]
    must_spare(arguments.store, inputs)
    for output in (arguments.html, arguments.json, arguments.predictions):
        must_spare(output, [*inputs, arguments.model])
    outputs = arguments.html, arguments.json, arguments.predictions, arguments.store
    must_differ(*outputs)

    from tagger.evaluation.curves import read_curves
    from tagger.evaluation.goldfile import known_columns, read_gold

    sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")
    columns = arguments.columns or known_columns(arguments.file)
    curves = read_curves(arguments.results) if arguments.results else {}

    from tagger.engines import load
    from tagger.evaluation import judging

    # What changes a model is TensorFlow's.
    engine = "tensorflow" if arguments.calibrate else arguments.engine
    model = load(arguments.model, elmo_params(arguments), engine)
    tasks = [t for t in model.tasks.values() if arguments.task in (None, t.name)]
    comment = arguments.comment
    if comment is None:
        comment = comment_of(tasks)
    style, isPartial = tag_style(arguments.tag_style), arguments.partial
    reading = columns, comment, style, tasks, isPartial
    sentences = read_gold(arguments.file, *reading)
    dev = None
    if arguments.calibrate:
        dev = read_gold(arguments.calibrate, *reading)
    names = judging.tasks_with_gold(model, sentences, arguments.task)
    if arguments.predictions and len(names) > 1:
        raise ValueError(
            f"--predictions has one task per file: add --task {' or '.join(names)}"
        )
    if arguments.results and not set(names) & set(curves):
        raise ValueError(
            f"{arguments.results}: has no lines on {', '.join(names)}. It has some on: "
            f"{', '.join(curves) or 'nothing'}"
        )
    gold = {name: [s[model.labelKeys[name]] for s in sentences] for name in names}
    rows = model.rows(sentences)
    judged = judging.judge(model, rows, gold)
    tasks = judging.report(model, judged, arguments.model, arguments.file)
    if dev is not None:
        before = tasks
        temperatures = judging.calibrate(model, dev, names)
        judged = judging.judge(model, rows, gold)
        tasks = judging.report(model, judged, arguments.model, arguments.file)
        for task, uncalibrated in zip(tasks, before):
            task.before = uncalibrated.calibration
            task.temperature = temperatures[task.task]
    for task in tasks:
        task.curve = curves.get(task.task, [])
    write(arguments, model, tasks, judged)


def write(arguments, model, tasks, judged):
    """Write a report in all forms that were asked for."""
    from tagger.evaluation.plain import write_json
    from tagger.evaluation.predictions import write_predictions
    from tagger.evaluation.text import as_text

    sys.stdout.write(as_text(tasks))
    if arguments.json:
        write_json(arguments.json, tasks)
    if arguments.predictions:
        (sentences,) = judged.values()
        write_predictions(arguments.predictions, sentences)
    if arguments.html:
        from tagger.evaluation.webpage.page import write_page

        write_page(arguments.html, tasks)
    if arguments.tensorboard:
        from tagger.evaluation.tensorboard import log_report

        log_report(arguments.tensorboard, tasks)
    if arguments.store:
        model.modelSavePath = arguments.store
        # Without [ModelName] the file holds all tasks.
        each = tasks if "[ModelName]" in arguments.store else tasks[:1]
        for task in each:
            model.saveModel(task.task, 0, float("nan"), task.score)
