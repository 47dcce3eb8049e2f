"""Names of layers: made from what users call their columns and tasks."""

from __future__ import annotations

import re
import zlib
from collections.abc import Collection


def layer_name(kind: str, name: str, taken: Collection[str] = ()) -> str:
    """Return a user's name in the letters that HDF5, TensorFlow and Keras allow.

    A name that is in such letters stays, for model files find their layers by it.

    Args:
        kind: What is named, such as `task`.
        name: Any string.
        taken: Names that others have; they are replaced as well.

    >>> layer_name("feature", "POS"), layer_name("feature", "word shape")
    ('POS', 'feature_f9f74b0a_word_shape')
    """
    if re.fullmatch(r"[A-Za-z0-9.][A-Za-z0-9_.-]*", name) and name not in taken:
        return name
    # Two names may differ only in what is replaced: their checksum tells them apart.
    replaced = re.sub(r"[^A-Za-z0-9_.-]", "_", name)
    checksum = zlib.crc32(name.encode("utf-8", "surrogatepass"))
    return f"{kind}_{checksum:08x}_{replaced}"
