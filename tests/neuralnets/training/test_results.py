"""The results file of several runs: each one's lines whole and together."""

import pytest

from neuralnets.training.results import ResultsFile


def lines(run, first, last, tasks=("pos",)):
    return [
        f"{epoch}\t{task}\t0.{run}{epoch}\t0\t0\t0\n"
        for epoch in range(first, last + 1)
        for task in tasks
    ]


@pytest.fixture
def path(tmp_path):
    return tmp_path / "results.tsv"


def write(path, *parts):
    path.write_text("".join(line for part in parts for line in part), "utf-8")


def restore(path, start, known):
    results = ResultsFile(str(path))
    results.restore({"start": len("".join(start)), "lines": known})
    return results


def content(path):
    return path.read_text("utf-8").splitlines(keepends=True)


A, B, C = (lambda first, last, run=run: lines(run, first, last) for run in (1, 2, 3))


def test_lines_are_written_when_asked_to_and_once(path):
    results = ResultsFile(str(path))
    results.add(1, "pos", 0.5, 0.25, 0.5, 0.25)
    results.add(1, "ner", 0, 0, 0, 0)
    assert not path.exists()
    results.write()
    results.write()
    assert content(path) == ["1\tpos\t0.5\t0.25\t0.5\t0.25\n", "1\tner\t0\t0\t0\t0\n"]
    assert results.as_plain_data() == {"start": 0, "lines": content(path)}
    second = ResultsFile(str(path))
    second.add(1, "pos")
    second.write()
    assert content(path)[2:] == ["1\tpos\n"]


def test_a_line_without_an_end_does_not_run_into_the_next(path):
    path.write_text("1\tpos\t0.5", "utf-8")
    results = ResultsFile(str(path))
    results.add(1, "ner")
    results.write()
    results.add(2, "ner")
    results.write()
    assert content(path) == ["1\tpos\t0.5\n", "1\tner\n", "2\tner\n"]
    restored = restore(path, ["1\tpos\t0.5"], ["1\tner\n", "2\tner\n"])
    restored.add(3, "ner")
    restored.write()
    assert content(path) == ["1\tpos\t0.5\n", "1\tner\n", "2\tner\n", "3\tner\n"]


# What stands in the file of a run that began behind `front` and knows `own` lines, and
# what stands there of others once it has been resumed.
RESUMED = {
    "nothing happened since": (A(1, 3), B(1, 2), [A(1, 3), B(1, 2)], A(1, 3)),
    "killed before its last was written": (
        *(A(1, 3), B(1, 2)),
        *([A(1, 3), B(1, 1)], A(1, 3)),
    ),
    "killed before its first": (A(1, 3), B(1, 1), [A(1, 3)], A(1, 3)),
    "an unfinished epoch": (A(1, 3), B(1, 2), [A(1, 3), B(1, 3)], A(1, 3)),
    "another behind": (
        *(A(1, 3), B(1, 2)),
        *([A(1, 3), B(1, 2), C(1, 4)], A(1, 3) + C(1, 4)),
    ),
    "another behind an unfinished epoch": (
        *(A(1, 3), B(1, 2)),
        *([A(1, 3), B(1, 3), C(1, 4)], A(1, 3) + C(1, 4)),
    ),
    "another behind a missing epoch": (
        *(A(1, 3), B(1, 2)),
        *([A(1, 3), B(1, 1), C(1, 2)], A(1, 3) + C(1, 2)),
    ),
    "another, before it wrote": (A(1, 3), [], [A(1, 3), C(1, 2)], A(1, 3) + C(1, 2)),
    "the one in front has moved": (A(1, 3), B(1, 2), [B(1, 2), A(1, 4)], A(1, 4)),
    "the same, and an epoch missing": (A(1, 3), B(1, 2), [B(1, 1), A(1, 4)], A(1, 4)),
    "another file": (A(1, 3), B(1, 2), [C(1, 6)], C(1, 6)),
    "a new file": (A(1, 3), B(1, 2), [], []),
    "the same run was made anew": (A(1, 4), A(1, 2), [A(1, 4), A(1, 2)], A(1, 4)),
    "made anew, nothing written": (A(1, 4), A(1, 1), [A(1, 4)], A(1, 4)),
}


@pytest.mark.parametrize("front, own, stands, others", RESUMED.values(), ids=RESUMED)
def test_a_resumed_run_keeps_the_lines_of_others(path, front, own, stands, others):
    write(path, *stands)
    results = restore(path, front, own)
    assert content(path) == others + own
    results.add(len(own) + 1, "pos")
    results.write()
    now = others + own + [f"{len(own) + 1}\tpos\n"]
    assert content(path) == now
    again = ResultsFile(str(path))
    again.restore(results.as_plain_data())
    assert content(path) == now


def test_two_tasks_have_two_lines_for_each_epoch(path):
    own = lines(1, 1, 3, ("pos", "ner"))
    write(path, C(1, 2), own[:4], B(1, 1))
    restore(path, C(1, 2), own)
    assert content(path) == C(1, 2) + B(1, 1) + own
    write(path, C(1, 2), own)
    restore(path, C(1, 2), own[:4])
    assert content(path) == C(1, 2) + own[:4]


def test_runs_that_are_resumed_in_turn_stay_whole(path):
    runs = {}
    for name, make in {"a": A, "b": B, "c": C}.items():
        runs[name] = ResultsFile(str(path))
        for line in make(1, 2):
            runs[name].add(*line.rstrip("\n").split("\t"))
        runs[name].write()
    for epoch, order in [(3, "abc"), (4, "cab"), (5, "bbc")]:
        for name in order:
            state = runs[name].as_plain_data()
            runs[name] = ResultsFile(str(path))
            runs[name].restore(state)
            runs[name].add(epoch, "pos", name)
            runs[name].write()
    blocks = {name: run.lines for name, run in runs.items()}
    assert content(path) == blocks["a"] + blocks["b"] + blocks["c"]
