"""TensorBoard's logs where they cannot be written."""

import resource

import pytest

from neuralnets.training.logs import TrainingLog


@pytest.fixture
def full_disk():
    """Return what lets no file grow from now on."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    yield lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (0, before[1]))
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("begun", [False, True])
def test_a_full_disk_is_one_line_that_names_the_folder(tmp_path, full_disk, begun):
    folder = str(tmp_path / "logs")
    log = None
    if begun:
        log = TrainingLog(folder)
        log.epoch(1, 0.5, 100.0, {"toy": (0.5, 0.5)})
    full_disk()
    with pytest.raises(OSError) as error:
        log = log or TrainingLog(folder)
        log.epoch(2, 0.5, 100.0, {"toy": (0.5, 0.5)})
    assert str(error.value) == f"{folder}: TensorBoard's logs: File too large"
