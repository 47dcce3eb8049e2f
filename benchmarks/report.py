"""From the runs of all systems to medians, ratios and a table."""

from __future__ import annotations

import platform
import statistics

import common  # noqa: F401 - it finds the project
from systems import TWINS

from util.cores import usable_cores

MEASURES = {"training": "train_tokens_per_second", "tagging": "tag_tokens_per_second"}
PER_PROCESSOR = {
    "training": "train_tokens_per_processor_second",
    "tagging": "tag_tokens_per_processor_second",
}
NAMES = {
    "ours": "this project",
    "ours-numpy": "this project, NumPy tags",
    "ours-small": "this project, DeLFT's network",
    "keras": "stock tf.keras layers",
    "delft": "DeLFT 1.2, one BiLSTM layer",
    "stanza": "Stanza",
    "spacy": "spaCy, no LSTM",
}


def summarise(
    runs: dict[str, dict[str, list[dict]]], flops: dict[str, float], rate: float
) -> dict:
    """Return the numbers of latest.json.

    Args:
        runs: By system and kind (`training`, `tagging`) what its processes printed.
        flops: Operations per token, by kind.
        rate: The machine's rate of matrix products in FLOP/s.
    """
    summary: dict = {}
    for kind in MEASURES:
        speeds = {name: _median(runs[name][kind], MEASURES[kind]) for name in runs}
        own = speeds["ours"]
        summary[kind] = {
            "tokens_per_second": round(own, 1),
            "ratio": {
                name: round(speeds.get(TWINS.get(name), own) / speed, 3)
                for name, speed in speeds.items()
                if name != "ours"
            },
            "share_of_matrix_product_rate": round(own * flops[kind] / rate, 4),
            "flops_per_token": round(flops[kind]),
            "all_tokens_per_second": {n: round(s, 1) for n, s in speeds.items()},
            "all_tokens_per_processor_second": {
                name: _median(runs[name][kind], PER_PROCESSOR[kind]) for name in runs
            },
        }
    summary["sentence_milliseconds"] = {
        name: _median(runs[name]["tagging"], "sentence_milliseconds") for name in runs
    }
    summary["memory_mb"] = _of_both(runs, "peak_memory_mb", max)
    summary["trace_seconds"] = _of_both(runs, "trace_seconds", statistics.median)
    summary["trained_tokens"] = _of_both(runs, "train_tokens", max)
    summary["versions"] = _of_both(runs, "versions", max)
    return summary


def machine(rate: float) -> dict:
    """Describe the machine."""
    return {
        "cores": usable_cores(),
        "architecture": platform.machine(),
        "system": platform.system(),
        "matrix_product_gflops_per_second": round(rate / 1e9, 1),
    }


def table(summary: dict) -> str:
    """Return the comparison as Markdown."""
    training, tagging = summary["training"], summary["tagging"]
    lines = [
        "| system | training tokens/s | ours / it | training per processor s "
        "| tagging tokens/s | ours / it | tagging per processor s | one sentence ms "
        "| peak memory MB | installed MB | imports, processor s "
        "| compile, trace, first step s | tokens trained per run "
        "| threads: training; tagging |",
        "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|---|",
    ]
    for name, speed in training["all_tokens_per_second"].items():
        threads = summary["threads"][name]
        cells = [
            f"{NAMES[name.split()[0]]} ({summary['versions'][name]})",
            f"{speed:,.0f}",
            _ratio(training, name),
            f"{training['all_tokens_per_processor_second'][name]:,.0f}",
            f"{tagging['all_tokens_per_second'][name]:,.0f}",
            _ratio(tagging, name),
            f"{tagging['all_tokens_per_processor_second'][name]:,.0f}",
            f"{summary['sentence_milliseconds'][name]:.2f}",
            f"{summary['memory_mb'][name]:,.0f}",
            f"{summary['installed_mb'][name]:,.0f}",
            f"{summary['start_processor_seconds'][name]:.1f}",
            f"{summary['trace_seconds'][name]:.1f}",
            f"{summary['trained_tokens'][name]:,}",
            f"{threads['training']}; {threads['tagging']}",
        ]
        lines.append(f"| {' | '.join(cells)} |")
    where = summary["machine"]
    lines += [
        "",
        f"Medians of {summary['rounds']} interleaved rounds on {where['cores']} cores "
        f"({where['architecture']}). A run trains one epoch after its warm-up, or a "
        "slice of it where the table shows fewer tokens (the peers' speed is steady "
        "over a slice), and tags dev and test, strings in and label strings out; then "
        "sentences of 15 words, one at a time, of which the median counts. A processor "
        "second is one core's, of the process and its children. Installed is what a "
        "program that tags needs, with all that this needs; imports are what it takes "
        "until such a program can begin. DeLFT is compared with its own network in "
        "this project, if that is in the table.",
        "",
        f"The machine multiplies large float32 matrices at "
        f"{where['matrix_product_gflops_per_second']:,.0f} GFLOP/s. The model's own "
        f"arithmetic, {training['flops_per_token'] / 1e6:.2f} MFLOP per token in "
        f"training and {tagging['flops_per_token'] / 1e6:.2f} in tagging, reaches "
        f"{training['share_of_matrix_product_rate']:.0%} of that in training and "
        f"{tagging['share_of_matrix_product_rate']:.0%} in tagging.",
    ]
    return "\n".join(lines) + "\n"


def _ratio(measure: dict, name: str) -> str:
    return f"{measure['ratio'][name]:.2f}" if name in measure["ratio"] else ""


def _median(results: list[dict], key: str) -> float:
    return statistics.median(result[key] for result in results)


def _of_both(runs, key: str, combine) -> dict:
    """Combine a value over all runs of each system."""
    return {
        name: combine([result[key] for results in kinds.values() for result in results])
        for name, kinds in runs.items()
    }
