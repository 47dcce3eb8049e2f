"""TensorFlow and the Keras that goes with it; every other module imports them here.

From 2.16 on, TensorFlow's own Keras is Keras 3. The layers here are written for
Keras 2, which lives on as `tf_keras`, a package with TensorFlow's version numbers. A
program that uses Keras 3 itself may do so in the same process.
"""

from __future__ import annotations

import contextlib
import faulthandler
import importlib.util
import json
import os
import re
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from util.process import without_extras

# What TensorFlow's loggers write: the old form, the new one, and their headers.
_CHATTER = re.compile(
    rb"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+: [IWE] "
    rb"|[IWE]\d{4} \d\d:\d\d:\d\d"
    rb"|WARNING: All log messages before absl::InitializeLog\(\)"
    rb"|To enable the following instructions:"
)


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Keep what TensorFlow logs while it loads from standard error.

    The variable TF_CPP_MIN_LOG_LEVEL, 3 unless it is set, does not silence all of it
    on every version, so the file descriptor is turned aside. Lines that are no log
    messages are shown afterwards, and everything is shown if the import fails. A
    lower level of the user's own switches this off.
    """
    if os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3") in ("0", "1", "2"):
        yield
        return
    try:
        terminal = os.dup(2)
    except OSError:  # a program without standard error
        yield
        return
    with tempfile.TemporaryFile() as aside, os.fdopen(terminal, "wb") as shown:
        crash_handler = not faulthandler.is_enabled()
        if crash_handler:  # a crash shows where it was, though what it wrote is lost
            faulthandler.enable(shown)
        os.dup2(aside.fileno(), 2)
        keep = True
        try:
            yield
            keep = False
        finally:
            _flush()
            os.dup2(terminal, 2)
            if crash_handler:
                faulthandler.disable()
            aside.seek(0)
            shown.writelines(line for line in aside if keep or not _CHATTER.match(line))


_BACKENDS = ("tensorflow", "jax", "torch", "numpy", "openvino")


@contextlib.contextmanager
def a_backend_that_exists() -> Iterator[None]:
    """Keep TensorFlow from failing at what a user's Keras is set to.

    From 2.16 on TensorFlow loads Keras 3, which does not load when keras.json or
    KERAS_BACKEND names what is not there, such as Theano. One that is there stays.
    """
    name = "KERAS_BACKEND"
    before = os.environ.get(name)
    wanted = before or _configured_backend()
    if wanted in _BACKENDS and importlib.util.find_spec(wanted):
        yield
        return
    os.environ[name] = "tensorflow"
    try:
        yield
    finally:
        if before is None:
            del os.environ[name]
        else:
            os.environ[name] = before


def _configured_backend() -> str:
    home = os.environ.get("KERAS_HOME") or os.path.expanduser("~/.keras")
    try:
        settings = json.loads(Path(home, "keras.json").read_text("utf-8"))
        return str(settings["backend"])
    except (OSError, ValueError, LookupError, TypeError):
        return _BACKENDS[0]


def _flush() -> None:
    if sys.stderr is not None:
        sys.stderr.flush()


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(".")[:2])


with quiet(), a_backend_that_exists(), without_extras():
    import tensorflow as tf

    if os.environ.get("TAGGER_KERAS") == "3":  # make test-keras3
        import keras
    elif _version(tf.__version__) < (2, 16):
        from tensorflow import keras

        keras.layers  # noqa: B018 - it loads when it is first used: now
    else:
        try:
            import tf_keras as keras
        except ModuleNotFoundError as error:
            if error.name != "tf_keras":
                raise
            minor = ".".join(tf.__version__.split(".")[:2])
            raise ModuleNotFoundError(
                f"TensorFlow {tf.__version__} needs the package tf-keras beside it: "
                f'pip install "tf-keras~={minor}.0"',
                name="tf_keras",
            ) from None


def variable_of(weight) -> tf.Variable:
    """Return the TensorFlow variable of a layer's weight; in Keras 2 it is one."""
    return weight if isinstance(weight, tf.Variable) else weight.value


def release(*structures) -> None:
    """Free what TensorFlow forgets of eager tensors that are not needed any more.

    On Python 3.11 a tensor takes the memory of its attributes (48 bytes) with it: a
    program that tags for months would grow. Arrays to feed are made tensors by
    `tf.constant`, and released, for those that a function makes of them stay.
    """
    for tensor in tf.nest.flatten(structures):
        with contextlib.suppress(AttributeError, TypeError):
            del tensor.__dict__


def weight_name(weight) -> str:
    """Return a layer's weight's name as Keras 2 writes it, `LAYER/WEIGHT:0`."""
    return weight.name if isinstance(weight, tf.Variable) else f"{weight.path}:0"


__all__ = ["keras", "quiet", "release", "tf", "variable_of", "weight_name"]
