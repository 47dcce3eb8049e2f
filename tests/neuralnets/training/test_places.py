"""Where the files of a run go, whatever placeholders the path holds."""

import os
import shutil
from pathlib import Path

import pytest
import toy

from neuralnets.training import places
from tagger.recipes import TrainingOptions
from util.modelpaths import model_file


def model(corpus, path, seed=7, names=("pos",), **params):
    datasets = {name: toy.dataset(corpus) for name in names}
    made = toy.tagger({"seed": seed, **params}, datasets)
    made.modelSavePath = path
    return made


def files(folder="."):
    return {
        str(path.relative_to(folder))
        for path in Path(folder).rglob("*")
        if path.is_file() and "pkl" not in path.parts and not path.name.startswith(".")
    }


@pytest.mark.parametrize(
    "path, folder, stored",
    [
        ("models/[ModelName]/x.h5", "models", "models/pos/x.h5"),
        ("[ModelName]/run[Epoch]/[Epoch].h5", "", "pos/run1/1.h5"),
        ("models/[ModelName].h5", "models", "models/pos.h5"),
        ("a[b]/[c]/[Epoch].h5", "a[b]/[c]", "a[b]/[c]/1.h5"),
    ],
)
def test_placeholders_of_folders(corpus, eager, workdir, path, folder, stored):
    model(corpus, path).fit(epochs=1)
    checkpoint = os.path.join(folder, "pos-POS.seed7.checkpoint")
    assert files() == {stored, checkpoint, checkpoint + ".previous"}
    assert not any("[ModelName]" in path or "[Epoch]" in path for path in files())
    resumed = model(corpus, path)
    resumed.fit(epochs=2, resume=True)
    assert resumed.epoch == 2


def test_a_tasks_name_is_no_placeholder():
    found = model_file("[ModelName]_[Epoch].h5", "[Epoch]/[DevScore]", 3, 1, 1)
    assert found == "[Epoch]_[DevScore]_3.h5"


def test_two_tasks_never_share_a_file(corpus, eager, workdir):
    tagger = model(corpus, "[ModelName].h5", names=("a/b", "a_b"))
    with pytest.raises(ValueError, match="Two tasks are called 'a_b' in file names"):
        tagger.fit(epochs=1)
    assert not files()


def test_output_has_no_placeholder(capsys):
    with pytest.raises(SystemExit):
        TrainingOptions("", {}, {}, argv=["--output", "runs/[Epoch]"])
    assert "'runs/[Epoch]': what stands in brackets" in capsys.readouterr().err
    assert (
        TrainingOptions("", {}, {}, argv=["--output", "[x]"]).resultsPath == "[x]/.tsv"
    )


@pytest.mark.parametrize("path", ["out/[ModelName].h5", "out/[ModelName]/[Epoch].h5"])
@pytest.mark.parametrize("seed", [7, None])
def test_a_checkpoint_of_an_earlier_version_goes_on(corpus, eager, workdir, path, seed):
    model(corpus, path).fit(epochs=1)
    old = os.path.join(os.path.dirname(path), "pos-POS.checkpoint")
    os.makedirs(os.path.dirname(old), exist_ok=True)
    for end in ("", ".previous"):
        shutil.move(f"out/pos-POS.seed7.checkpoint{end}", old + end)
    tagger = model(corpus, path, seed)
    tagger.fit(epochs=2, resume=True)
    assert (tagger.epoch, tagger.params["seed"]) == (2, 7)
    other = model(corpus, path, 8)
    with pytest.raises(ValueError, match=r"with other parameters \(seed\)"):
        other.fit(epochs=2, resume=True)


def test_devices_are_nobodys(corpus, eager, workdir):
    tagger = model(corpus, None)
    tagger.storeResults(os.devnull)
    with places.held(tagger):
        with places.held(tagger):
            pass
