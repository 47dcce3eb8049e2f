"""The flags that say where much work is done, and how much at once."""

from __future__ import annotations

import argparse
import importlib.util

from tagger.experiments.seedruns.machines import Machines
from util.flags import add_jobs_flag, whole_number


def add_machine_flags(parser: argparse.ArgumentParser) -> None:
    """Add them to a parser."""
    add_jobs_flag(parser)
    add_cluster_flags(parser, "train", "training")


def add_cluster_flags(parser: argparse.ArgumentParser, do: str, each: str) -> None:
    """Add those of a cluster alone.

    Args:
        parser: Gets them.
        do: What is done there, for the help.
        each: What gets the CPUs.
    """
    parser.add_argument(
        "--cluster",
        metavar="ADDRESS",
        help=f"{do} on a Ray cluster, whose machines see the same folders "
        "(docs/Clusters.md)",
    )
    parser.add_argument(
        "--cpus",
        type=whole_number(1),
        default=1,
        metavar="N",
        help=f"CPUs of the cluster that each {each} gets (default: %(default)s)",
    )


def machines_of(arguments: argparse.Namespace) -> Machines:
    """Return what flags say.

    Raises:
        ModuleNotFoundError: They name a cluster, and Ray is not installed.
    """
    check_cluster(arguments)
    return Machines(arguments.jobs, arguments.cluster, arguments.cpus)


def check_cluster(arguments: argparse.Namespace) -> None:
    """Raise `ModuleNotFoundError` if flags name a cluster, and Ray is not installed."""
    if arguments.cluster is not None and importlib.util.find_spec("ray") is None:
        raise ModuleNotFoundError(
            "a cluster needs Ray: python -m pip install -r requirements-ray.txt",
            name="ray",
        )
