import kill
import pytest


@pytest.fixture(scope="module")
def expected(tmp_path_factory):
    folder = kill.make_folder(tmp_path_factory.mktemp("uninterrupted") / "run")
    return kill.digest(kill.start(folder))


@pytest.mark.parametrize("moment", [0.0, 1.0])
def test_a_killed_and_resumed_run_ends_bit_equal(tmp_path, expected, moment):
    folder = kill.make_folder(tmp_path / "run")
    kill.kill_at(kill.start(folder), moment)
    assert kill.digest(kill.start(folder, "--resume")) == expected


def test_a_run_killed_while_writing_a_checkpoint_ends_bit_equal(tmp_path, expected):
    for attempt in range(5):
        folder = kill.make_folder(tmp_path / str(attempt))
        if kill.kill_while_writing(kill.start(folder), folder, 2):
            break
    else:
        pytest.fail("The run was never caught while it wrote.")
    assert kill.digest(kill.start(folder, "--resume")) == expected
