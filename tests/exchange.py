"""Files travel: what one Python and TensorFlow write, another opens.

    python tests/exchange.py /path/to/python /path/to/another

Each trains small taggers, stores them, and goes on with half of the training of the
other's. Tags must be equal and scores nearly so.
"""

import os
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
TAGGERS = {
    "crf": {"classifier": "CRF", "charEmbeddings": "CNN", "optimizer": "nadam"},
    "softmax": {"charEmbeddings": "LSTM", "optimizer": "lazyadam"},
    "features": {
        "classifier": "CRF",
        "directFeatures": ["spelling"],
        "optimizer": "radam",
        "dropout": (0.25, 0.25),
    },
}
SENTENCES = ["the dog sees a cat .", "Dog", "The saw saw a window and zebras ."]
EPOCHS = 4


def main(first: str, second: str) -> None:
    """Let both write, then each read what the other wrote."""
    with tempfile.TemporaryDirectory() as folder:
        for number, python in enumerate((first, second)):
            work(python, "write", os.path.join(folder, str(number)))
        for number, python in enumerate((second, first)):
            work(python, "read", os.path.join(folder, str(number)))


def work(python: str, verb: str, folder: str) -> None:
    """Run this file with a Python in a folder."""
    os.makedirs(folder, exist_ok=True)
    path = os.pathsep.join([os.path.dirname(HERE), HERE])
    environment = {**os.environ, "PYTHONPATH": path}
    command = [os.path.abspath(python), os.path.abspath(__file__), verb]
    subprocess.run(command, cwd=folder, env=environment, check=True)


def new_tagger(name: str):
    """Return a tagger that is ready to train, its files in a folder of its name."""
    import toy

    corpus = {"toy": toy.dataset("corpus")}
    model = toy.tagger(TAGGERS[name], corpus)
    model.modelSavePath = os.path.join(name, "[Epoch].h5")
    model.checkpointPath = os.path.join(name, "run.checkpoint")
    return model


def answers(model):
    """Return the tags and the emissions of `SENTENCES`."""
    import numpy as np
    import toy

    rows = toy.rows_of(model, SENTENCES)
    return model.tagSentences(rows)["toy"], np.concatenate(
        toy.emissions(model, rows)["toy"]
    )


def write() -> None:
    """Train half of the way, keep the files; go on, and keep the scores of both."""
    import numpy as np
    import toy

    toy.write_corpus("corpus")
    for name in TAGGERS:
        model = new_tagger(name)
        model.fit(EPOCHS // 2)
        model.saveModel("toy", 98, 0.0, 0.0)
        shutil.copy(os.path.join(name, "run.checkpoint"), f"{name}.checkpoint")
        half = answers(model)
        model = new_tagger(name)
        model.fit(EPOCHS, resume=True)
        whole = answers(model)
        np.savez(f"{name}.npz", half=half[1], whole=whole[1])
        with open(f"{name}.txt", "w", encoding="utf-8") as file:
            file.write(repr([half[0], whole[0]]))


def read() -> None:
    """Open what another wrote, and compare."""
    import ast

    import numpy as np

    from neuralnets.BiLSTM import BiLSTM
    from neuralnets.framework import tf

    for name in TAGGERS:
        with open(f"{name}.txt", encoding="utf-8") as file:
            half, whole = ast.literal_eval(file.read())
        scores = np.load(f"{name}.npz")
        stored = answers(BiLSTM.loadModel(os.path.join(name, "99.h5")))
        assert stored[0] == half, (name, stored[0], half)
        np.testing.assert_allclose(stored[1], scores["half"], rtol=1e-5, atol=1e-5)

        os.replace(f"{name}.checkpoint", os.path.join(name, "run.checkpoint"))
        model = new_tagger(name)
        model.fit(EPOCHS, resume=True)
        assert model.epoch == EPOCHS
        resumed = answers(model)
        assert resumed[0] == whole, (name, resumed[0], whole)
        # Rounding differs between versions, and training lets it grow.
        np.testing.assert_allclose(resumed[1], scores["whole"], rtol=1e-3, atol=1e-3)
        print(f"TensorFlow {tf.__version__} opens and goes on with: {name}")


if __name__ == "__main__":
    if sys.argv[1] in ("write", "read"):
        {"write": write, "read": read}[sys.argv[1]]()
    else:
        main(*sys.argv[1:])
