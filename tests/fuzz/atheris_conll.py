"""Column files under atheris, which seeks inputs that reach new lines of the code.

    pip install atheris
    python tests/fuzz/atheris_conll.py -max_total_time=60

Needs Python 3.11 or older on Linux; atheris is not among the requirements. Inputs that
fail are kept as crash-*, in the current folder.
"""

import os
import sys
import tempfile
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[2])]

import atheris  # noqa: E402

with atheris.instrument_imports(include=["util"]):
    import readers


def test_one_input(data: bytes) -> None:
    """Read some bytes as a column file."""
    with open("case.txt", "wb") as file:
        file.write(data)
    try:
        readers.read("columns", "case.txt")
    except Exception as error:
        if not readers.allowed(error, "case.txt"):
            raise


if __name__ == "__main__":
    crashes = f"-artifact_prefix={os.getcwd()}/"
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        atheris.Setup([*sys.argv, crashes], test_one_input)
        atheris.Fuzz()
