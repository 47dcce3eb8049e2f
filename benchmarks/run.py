"""Run all systems in turn on the reference job and compare them.

    make bench                                      TAGGER_DATA must be set
    TAGGER_DATA=... .venv/bin/python benchmarks/run.py
    ... run.py --train-tokens 6000 --tag-tokens 6000 --rounds 1      a quick trial
    ... run.py --systems ours --also .venv-3.13/bin/python           two TensorFlows

The job: CoNLL-2000 chunking, word vectors of 100, character CNN 30 x 3, two BiLSTM
layers of 100 per direction, dropout 0.25, CRF, batches of 32 sentences in training.
systems.py lists who takes part, and who is compared with another network of ours.
Each run is a process of its own. A calibration round finds each system's best threads
(and batches, where it may choose), for training and for tagging; then the systems take
turns. Writes the table that it prints to latest.md and its numbers to latest.json, in
this folder.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
from pathlib import Path

import arithmetic
import common
import footprint
import report
from report import MEASURES
from systems import SYSTEMS, System, Threads

HERE = Path(__file__).resolve().parent
PEER_PYTHON = HERE.parent / ".venv-bench" / "bin" / "python"
PEER_TRAIN_TOKENS = 60_000  # a slice that is long enough for a steady speed
CALIBRATION = {"train_tokens": 20_000, "tag_tokens": 40_000}  # or less, in a trial
CALIBRATION_TIMEOUT = 300  # seconds; a setting that needs longer is out of the race


def main():
    options = _options()
    folder = common.corpus_folder()
    systems = _systems(options)
    if any(s.peer for s in systems) and not Path(options.peer_python).exists():
        sys.exit(f"{options.peer_python} is missing: `make bench` makes it.")
    best = {system.name: _calibrate(system, options) for system in systems}
    rates = []
    starts: dict[str, list[float]] = {system.name: [] for system in systems}
    runs: dict[str, dict[str, list[dict]]] = {
        system.name: {kind: [] for kind in MEASURES} for system in systems
    }
    for number in range(1, options.rounds + 1):
        rates.append(_product_rate())
        # Every second round runs backwards, so that nobody always follows the same.
        for system in systems if number % 2 else reversed(systems):
            python = _python(system, options)
            starts[system.name].append(footprint.start(python, system.imports))
            found = {}
            for kind, setting in best[system.name].items():
                if setting.name not in found:
                    result = _run(system, setting, options, _sizes(options))
                    found[setting.name] = result
                result = found[setting.name]
                runs[system.name][kind].append(result)
                _say(f"round {number}: {system.name}, {kind}", result, kind)
    flops = arithmetic.flops_per_token(common.read(folder, "train", "dev", "test"))
    summary = report.summarise(runs, flops, max(rates))
    summary["start_processor_seconds"] = {
        name: statistics.median(seconds) for name, seconds in starts.items()
    }
    summary["installed_mb"] = {
        system.name: footprint.installed(_python(system, options), system.packages)
        for system in systems
    }
    summary["rounds"] = options.rounds
    summary["threads"] = {
        name: {kind: setting.name for kind, setting in settings.items()}
        for name, settings in best.items()
    }
    summary["machine"] = report.machine(max(rates))
    summary["runs"] = runs
    table = report.table(summary)
    _write("latest.json", json.dumps(summary, indent=1) + "\n", options.output)
    _write("latest.md", table, options.output)
    print(table)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--train-tokens", type=int, default=0, help="of each system")
    parser.add_argument("--tag-tokens", type=int, default=0, help="0: dev and test")
    parser.add_argument("--peer-python", default=str(PEER_PYTHON))
    parser.add_argument("--output", default=str(HERE), help="folder of latest.*")
    names = [system.name for system in SYSTEMS]
    parser.add_argument(
        "--systems", nargs="+", choices=names, default=names, help="ours is always one"
    )
    parser.add_argument(
        "--also",
        action="append",
        default=[],
        metavar="PYTHON",
        help="run this project in another environment as well; may be repeated",
    )
    return parser.parse_args()


def _systems(options: argparse.Namespace) -> list[System]:
    """Return what takes part: this project, in each environment, and the others."""
    ours, *others = SYSTEMS
    also = [
        ours._replace(name=f"ours {number}", python=python)
        for number, python in enumerate(options.also, 2)
    ]
    return [ours, *also, *(s for s in others if s.name in options.systems)]


def _sizes(options: argparse.Namespace) -> dict[str, int]:
    return {"train_tokens": options.train_tokens, "tag_tokens": options.tag_tokens}


def _calibrate(system: System, options: argparse.Namespace) -> dict[str, Threads]:
    """Return a system's best setting for training and for tagging."""
    results = {}
    asked = _sizes(options)
    sizes = {key: min(asked[key] or most, most) for key, most in CALIBRATION.items()}
    for setting in system.settings:
        try:
            result = _run(system, setting, options, sizes, CALIBRATION_TIMEOUT)
        except subprocess.TimeoutExpired:
            sys.stderr.write(f"{system.name}, threads {setting.name}: too slow\n")
            continue
        for kind in MEASURES:
            _say(f"{system.name}, {kind}, threads {setting.name}", result, kind)
        results[setting.name] = result
    if not results:
        sys.exit(f"{system.name} is too slow with every setting.")
    tried = [setting for setting in system.settings if setting.name in results]
    return {
        kind: max(tried, key=lambda setting: results[setting.name][measure])
        for kind, measure in MEASURES.items()
    }


def _run(
    system: System,
    setting: Threads,
    options: argparse.Namespace,
    sizes: dict[str, int],
    timeout: float | None = None,
) -> dict:
    """Run a system in a process of its own and return what it prints."""
    train_tokens = sizes["train_tokens"]
    if system.peer and not train_tokens:
        train_tokens = PEER_TRAIN_TOKENS
    command = [
        _python(system, options),
        str(HERE / system.script),
        *("--threads", str(setting.count)),
        *("--train-tokens", str(train_tokens)),
        *("--tag-tokens", str(sizes["tag_tokens"])),
        *("--train-batch", str(setting.batch), "--tag-batch", str(setting.batch)),
    ]
    return _last_json(command, setting.environment, timeout)


def _python(system: System, options: argparse.Namespace) -> str:
    return system.python or (options.peer_python if system.peer else sys.executable)


def _product_rate() -> float:
    command = [sys.executable, str(HERE / "arithmetic.py")]
    return _last_json(command, {}, None)["flops_per_second"]


def _last_json(
    command: list[str], environment: dict[str, str], timeout: float | None
) -> dict:
    own = {k: v for k, v in os.environ.items() if not k.endswith("_THREADS")}
    own["TF_CPP_MIN_LOG_LEVEL"] = "3"
    child = subprocess.run(
        command,
        env={**own, **environment},
        capture_output=True,
        encoding="utf-8",
        timeout=timeout,
    )
    if child.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{child.stderr[-3000:]}")
    return json.loads(child.stdout.strip().splitlines()[-1])


def _say(what: str, result: dict, kind: str) -> None:
    sys.stderr.write(f"{what}: {result[MEASURES[kind]]:,.0f} tokens/s\n")


def _write(name: str, text: str, folder: str) -> None:
    path = Path(folder) / name
    part = path.with_suffix(path.suffix + ".part")
    part.write_text(text, encoding="utf-8")
    part.replace(path)


if __name__ == "__main__":
    main()
