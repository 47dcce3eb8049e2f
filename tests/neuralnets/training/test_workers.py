"""Several workers: two processes train as one does, and what they cannot is refused."""

import json
import os
import pickle
import socket
import subprocess
import sys
import threading

import numpy as np
import pytest
import toy
import workerpair

from neuralnets.framework import tf
from neuralnets.randomness import dropout_mask, of_share, step_seed
from neuralnets.training.meeting import Place, WorkerLost, meet
from neuralnets.training.rules import RULES

SECONDS = 900  # at most, on a busy machine


def free_addresses(count):
    servers = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    addresses = [f"127.0.0.1:{server.getsockname()[1]}" for server in servers]
    for server in servers:
        server.close()
    return addresses


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    """What two processes stored, by file."""
    folder = tmp_path_factory.mktemp("pair")
    workerpair.write_data(str(folder))
    addresses = free_addresses(2)
    logs = [open(folder / f"log{rank}", "w+", encoding="utf-8") for rank in (0, 1)]  # noqa: SIM115
    processes = [
        subprocess.Popen(
            [sys.executable, workerpair.__file__, str(rank), *addresses, str(folder)],
            stdout=log,
            stderr=log,
            env={**os.environ, "TAGGER_CORES": "1"},
        )
        for rank, log in enumerate(logs)
    ]
    try:
        codes = [process.wait(SECONDS) for process in processes]
    finally:
        for process in processes:
            process.kill()
            process.wait()
        texts = []
        for log in logs:
            log.seek(0)
            texts.append(log.read())
            log.close()
    assert codes == [0, 0], "\n".join(texts)
    return {
        path.stem: pickle.loads(path.read_bytes()) for path in folder.glob("*.pickle")
    }


def test_the_cases_hold_every_optimizer():
    assert set(workerpair.RULES) == set(RULES)


@pytest.mark.parametrize("name", workerpair.CASES)
def test_two_workers_train_as_one(pair, name):
    losses, weights = pair["together-0"][name]
    alone = {**pair["alone-0"], **pair["alone-1"]}[name]
    assert len(losses) == workerpair.STEPS
    np.testing.assert_allclose(losses, alone[0], rtol=1e-5, atol=1e-5)
    for ours, one in zip(weights, alone[1]):
        np.testing.assert_allclose(ours, one, rtol=0, atol=1e-5)


@pytest.mark.parametrize("name", workerpair.CASES)
def test_both_workers_have_the_same_weights_and_loss(pair, name):
    first, second = pair["together-0"][name], pair["together-1"][name]
    assert first[0] == second[0]
    for ours, other in zip(first[1], second[1]):
        np.testing.assert_array_equal(ours, other)


def test_training_has_changed_the_weights(pair):
    """Else all would be equal."""
    start = pair["together-0"]["sgd"][1]
    assert any(
        np.abs(a - b).max() > 1e-3 for a, b in zip(start, pair["together-0"]["adam"][1])
    )


def test_other_parameters_are_told_by_all(pair):
    for rank in (0, 1):
        assert pair[f"refused-{rank}"].startswith("Worker 2 differs from the first")
        assert "params" in pair[f"refused-{rank}"]


@pytest.mark.parametrize("shape, axis", [([6, 5], 0), ([4, 6, 5], 1)])
def test_a_share_has_its_rows_of_the_whole_mask(shape, axis):
    seed, rows = step_seed(1, "dropout"), np.array([1, 4])
    whole = dropout_mask(shape, 0.5, seed, "layer", axis).numpy()
    part = list(shape)
    part[axis] = len(rows)
    mask = tf.function(
        lambda seed: dropout_mask(tf.constant(part), 0.5, seed, "layer", axis),
        input_signature=[tf.TensorSpec([None], tf.int32)],
    )(of_share(seed, 6, rows))
    np.testing.assert_array_equal(mask, np.take(whole, rows, axis))


# ------------------------------------------------------------------------- refusals


class Two:
    """Stands for workers of which nothing is asked."""

    def together(self, function, signature=None):
        return function


def test_what_looks_at_a_whole_batch_is_refused_by_name(corpus, workdir):
    datasets = {"a": toy.dataset(corpus, "chunk_BIO")}
    model = toy.tagger(
        {"expectedEntityRatio": (0.3, 0.1, 1), "LSTM-Size": []}, datasets
    )
    model.workers = Two()
    with pytest.raises(ValueError, match="expectedEntityRatio.*--workers"):
        model.prepareTraining()


def place(addresses, rank=0):
    return Place(rank, [("worker", n) for n in range(len(addresses))], addresses)


def nobody_lost(certain):
    return None


def test_all_meet():
    addresses = free_addresses(3)
    others = [
        threading.Thread(target=meet, args=(place(addresses, rank), nobody_lost, 20))
        for rank in (1, 2)
    ]
    for thread in others:
        thread.start()
    meet(place(addresses), nobody_lost, 20)
    for thread in others:
        thread.join(20)
        assert not thread.is_alive()


@pytest.mark.parametrize("rank, absent", [(0, 2), (1, 1)])
def test_who_does_not_come_is_named(rank, absent):
    addresses = free_addresses(2)
    with pytest.raises(
        WorkerLost, match=f"worker {absent} of 2, at {addresses[absent - 1]}"
    ):
        meet(place(addresses, rank), nobody_lost, 0.3)


def test_who_has_ended_is_not_waited_for():
    with pytest.raises(WorkerLost, match="Lost worker 2"):
        meet(place(free_addresses(2)), lambda certain: "worker 2", 60)


def test_a_port_that_is_taken_is_named():
    with socket.create_server(("", 0)) as server:
        port = server.getsockname()[1]
        with pytest.raises(OSError) as caught:
            meet(place([f"127.0.0.1:{port}", "127.0.0.1:1"]), nobody_lost, 1)
    assert caught.value.filename == f"port {port}"


def config(**changes):
    good = {
        "cluster": {"worker": ["b:2", "c:3"], "chief": ["a:1"]},
        "task": {"type": "worker", "index": 1},
    }
    return json.dumps({**good, **changes})


def test_the_chief_is_the_first():
    found = Place.of(config())
    assert (found.rank, found.addresses) == (2, ["a:1", "b:2", "c:3"])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        config(task={"type": "worker", "index": 2}),
        config(task={"type": "ps", "index": 0}),
        config(cluster={"worker": ["host", "c:3"]}),
    ],
)
def test_a_wrong_TF_CONFIG_is_told_in_one_line(text):
    with pytest.raises(ValueError, match="TF_CONFIG must list") as caught:
        Place.of(text)
    assert "\n" not in str(caught.value)
