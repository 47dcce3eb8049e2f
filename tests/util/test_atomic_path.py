import os
import stat

import pytest

from util.files import atomic_path


def test_the_finished_file_takes_its_place(tmp_path):
    path = tmp_path / "a" / "b" / "out.txt"
    with atomic_path(str(path)) as temporary:
        with open(temporary, "w", encoding="utf-8") as file:
            file.write("new")
        assert not path.exists()
        assert os.path.dirname(temporary) == str(path.parent)
    assert path.read_text(encoding="utf-8") == "new"
    assert os.listdir(path.parent) == ["out.txt"]


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_an_exception_leaves_the_old_file(tmp_path, error):
    path = tmp_path / "out.txt"
    path.write_text("old", encoding="utf-8")
    with pytest.raises(error), atomic_path(path) as temporary:
        with open(temporary, "w", encoding="utf-8") as file:
            file.write("half")
        raise error
    assert path.read_text(encoding="utf-8") == "old"
    assert os.listdir(tmp_path) == ["out.txt"]


def test_the_file_is_as_readable_as_any_other(tmp_path):
    usual = tmp_path / "usual"
    usual.touch()
    with atomic_path(str(tmp_path / "out")) as temporary:
        assert os.path.exists(temporary)
    modes = {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    assert modes == {stat.S_IMODE(usual.stat().st_mode)}
