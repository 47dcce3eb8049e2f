"""A Ray cluster of two nodes on this machine, of which one can be killed."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator


class Nodes:
    """A cluster of two nodes.

    Args:
        cluster: With the first of them.
    """

    def __init__(self, cluster):
        self._cluster, self._other = cluster, None
        self.address = cluster.address

    def complete(self) -> None:
        """Add the other node if it is not there."""
        if self._other is None:
            self._other = self._cluster.add_node(
                node_ip_address="127.0.0.3", num_cpus=1
            )

    def kill(self) -> None:
        """Kill the other node."""
        self._cluster.remove_node(self._other, allow_graceful=False)
        self._other = None


@contextlib.contextmanager
def two_nodes() -> Iterator[Nodes]:
    """Start a cluster and end it."""
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    # Workers would yield to whatever else runs on the machine.
    os.environ["RAY_worker_niceness"] = "0"  # noqa: SIM112 - Ray spells it so
    from ray.cluster_utils import Cluster

    # 127.0.0.1 would be taken for another address.
    head = {"node_ip_address": "127.0.0.2", "num_cpus": 1, "include_dashboard": False}
    cluster = Cluster(initialize_head=True, head_node_args=head)
    try:
        yield Nodes(cluster)
    finally:
        cluster.shutdown()
