import os
import subprocess
import sys
from pathlib import Path

import pytest

from neuralnets.framework import keras, tf

FAKE = """
import os, sys
os.write(2, b"2026-01-01 00:00:00.000001: E external/xla.cc:1] Unable to register\\n")
os.write(2, b"WARNING: All log messages before absl::InitializeLog() is called\\n")
os.write(2, b"I0000 00:00:1234.5678 99 port.cc:153] oneDNN custom operations\\n")
os.write(2, b"something that is no log message\\n")
sys.stderr.write("and a warning of Python's\\n")
{end}
"""


def imported(tmp_path, end, **variables):
    """Import the framework with a TensorFlow that talks; return what was seen."""
    (tmp_path / "tensorflow.py").write_text(FAKE.format(end=end), encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": f"{tmp_path}{os.pathsep}{os.getcwd()}"}
    environment.pop("TF_CPP_MIN_LOG_LEVEL", None)
    return subprocess.run(
        [sys.executable, "-c", "import neuralnets.framework"],
        env={**environment, **variables},
        capture_output=True,
        text=True,
        check=False,
    )


WORKS = """
import types
__version__, keras = "2.15.1", types.SimpleNamespace(layers=None)
"""


def test_log_messages_are_kept_back_and_nothing_else(tmp_path):
    result = imported(tmp_path, WORKS)
    assert result.returncode == 0, result.stderr
    expected = "something that is no log message\nand a warning of Python's\n"
    assert result.stderr == expected


def test_a_failing_import_shows_everything(tmp_path):
    result = imported(tmp_path, "raise ImportError('no such library')")
    assert result.returncode == 1
    for text in ("Unable to register", "oneDNN", "no log message", "no such library"):
        assert text in result.stderr


def test_a_crash_says_where_it_was(tmp_path):
    result = imported(tmp_path, "os.abort()")
    assert result.returncode != 0
    assert "Fatal Python error: Abort" in result.stderr
    assert "framework.py" in result.stderr


def test_a_log_level_of_the_users_own_shows_everything(tmp_path):
    result = imported(tmp_path, WORKS, TF_CPP_MIN_LOG_LEVEL="0")
    assert "oneDNN" in result.stderr


def test_a_program_without_standard_error_can_import_it(tmp_path):
    (tmp_path / "tensorflow.py").write_text(WORKS, encoding="utf-8")
    program = "import os; os.close(2); import neuralnets.framework; print('imported')"
    environment = {**os.environ, "PYTHONPATH": f"{tmp_path}{os.pathsep}{os.getcwd()}"}
    result = subprocess.run(
        [sys.executable, "-c", program],
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    assert result.stdout == "imported\n"


def test_without_tf_keras_one_line_says_what_to_install(tmp_path):
    (tmp_path / "tf_keras.py").write_text(
        "raise ModuleNotFoundError(name='tf_keras')", encoding="utf-8"
    )
    result = imported(tmp_path, "__version__ = '2.21.0'")
    assert result.stderr.rstrip().endswith('pip install "tf-keras~=2.21.0"')


def test_tensorflow_loads_in_silence():
    environment = {k: v for k, v in os.environ.items() if k != "TF_CPP_MIN_LOG_LEVEL"}
    program = (
        "from neuralnets.framework import keras, tf\n"
        "keras.Sequential([keras.layers.Dense(2)])(tf.zeros([1, 3]))"
    )
    result = subprocess.run(
        [sys.executable, "-c", program],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (result.returncode, result.stderr, result.stdout) == (0, "", "")


def test_the_two_belong_together():
    assert keras.__name__.startswith(("keras", "tf_keras"))
    assert isinstance(keras.layers.Dense(1).dtype, str)
    if hasattr(keras, "__version__") and keras.__version__.startswith("2."):
        assert keras.__version__.split(".")[:2] == tf.__version__.split(".")[:2]


# What a program may do with Keras 3 before, between and after what it does with ours.
BESIDE = """
import sys
sys.path[:0] = sys.argv[2:]
import numpy as np, keras
network = keras.Sequential([keras.layers.Dense(3), keras.layers.Dense(1)])
network.compile("adam", "mse")
x = np.arange(12, dtype="float32").reshape(4, 3)
network.fit(x, x[:, :1], verbose=0)
before = network.predict(x, verbose=0)

import toy
from neuralnets.BiLSTM import BiLSTM
model = toy.tagger({"charEmbeddings": "CNN"}, {"toy": toy.dataset(sys.argv[1])})
model.modelSavePath = "[ModelName].h5"
model.fit(1)
loaded = BiLSTM.loadModel(model.saveModel("toy", 0, 0, 0))
rows = toy.rows_of(model, ["the dog sees a cat ."])
assert loaded.tagSentences(rows) == model.tagSentences(rows)
assert sum(map(len, loaded.tagSentences(rows)["toy"])) == 6

assert (network.predict(x, verbose=0) == before).all()
network.fit(x, x[:, :1], verbose=0)
print("Keras", keras.__version__.split(".")[0])
"""


@pytest.mark.skipif(
    tuple(map(int, tf.__version__.split(".")[:2])) < (2, 16),
    reason="TensorFlow 2.15 has no Keras 3 beside it",
)
def test_a_program_that_uses_keras_3_can_train_and_tag(corpus, tmp_path):
    root = Path(__file__).resolve().parents[2]
    result = subprocess.run(
        [sys.executable, "-c", BESIDE, corpus, str(root), str(root / "tests")],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (result.returncode, result.stdout) == (0, "Keras 3\n"), result.stderr


@pytest.mark.parametrize("command", [True, False])
def test_a_command_starts_without_what_keras_may_load(tmp_path, command):
    wrapper = (
        "import types\n"
        "try:\n    import scipy.stats as found\nexcept ImportError:\n    found = None\n"
        "__version__, keras = '2.15.1', types.SimpleNamespace(layers=found)\n"
    )
    (tmp_path / "tensorflow.py").write_text(wrapper, encoding="utf-8")
    program = (
        "from util.commandline import run\n"
        "def main():\n"
        "    from neuralnets.framework import keras\n"
        "    import scipy.stats\n"
        "    print(keras.layers is scipy.stats)\n"
    )
    program += "run(main)" if command else "main()"
    path = f"{tmp_path}{os.pathsep}{os.getcwd()}"
    answer = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=True,
    )
    assert answer.stdout.split() == [str(not command)]
