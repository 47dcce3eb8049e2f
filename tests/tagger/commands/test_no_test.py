"""`--no-test`: the test split stays out of sight until the final evaluation."""

import math

import pytest
import toy

from tagger.commands import train
from tagger.experiments.analysis.runs import read_runs
from tagger.experiments.seedruns import table
from tagger.experiments.seedruns.seedfolder import SeedFolder


@pytest.fixture
def flags(workdir):
    """Train for an epoch on data whose test file nobody can read."""
    toy.write_corpus("data", train=20, other=5)
    (workdir / "data/test.txt").write_bytes(b"\xff nobody reads this \xff\n")
    columns = ["--columns", "0:tokens,1:POS,2:chunk_BIO", "--label", "chunk_BIO"]
    small = ["--param", "LSTM-Size=[5]", "--param", "charEmbeddings=None"]
    out = ["--output", "out/seed_1", "--no-calibration"]
    return ["data", *columns, *small, *out, "--epochs", "1", "--seed", "1"]


def test_the_test_split_is_not_read(flags, eager, workdir):
    with pytest.raises(ValueError, match=r"test\.txt"):
        train.main(flags)
    train.main([*flags, "--no-test"])

    folder = SeedFolder("out", 1)
    (found,) = folder.outcomes().values()
    assert 0 <= found.dev <= 1 and math.isnan(found.test)
    folder.finish(1)
    folder.keep_best()
    (row,) = folder.rows()
    assert math.isnan(row.test) and "_nan_1.h5" in row.model
    assert (workdir / row.model).is_file()
    table.write("results.csv", [row])
    runs = read_runs("results.csv")
    assert runs.score == "dev" and runs.scores.tolist() == [100 * row.dev]
