"""Reading and checking `options.json`, which describes a language model's network."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

ACTIVATIONS = ("relu", "tanh")

# No size in an options file is larger; a damaged one must not ask for all memory.
_MOST = 65536
_MOST_LAYERS = 64


class Options(NamedTuple):
    """What `options.json` says, in the names of the file."""

    n_layers: int
    dim: int
    projection_dim: int
    cell_clip: float | None
    proj_clip: float | None
    use_skip_connections: bool
    embedding_dim: int
    filters: tuple[tuple[int, int], ...]  # width in characters, number of filters
    n_highway: int
    max_characters_per_token: int
    activation: str

    @property
    def n_filters(self) -> int:
        """All filters, of whatever width."""
        return sum(number for _, number in self.filters)


def read_options(path: str) -> Options:
    """Read the options of a language model as bilm-tf writes them.

    Keys that only training needs are ignored.

    Args:
        path: The JSON file.

    Raises:
        ValueError: The file is damaged or describes another kind of network. The
            text names the file and the key.
        OSError: The file cannot be opened.
    """
    try:
        with open(path, encoding="utf-8") as file:
            content = json.load(file)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{path}: not a JSON file of options ({error}).") from None
    root = _Section(path, "", content)
    lstm, characters = root.section("lstm"), root.section("char_cnn")
    # Training counts 261 characters; published files add the one that masks a token.
    characters.integer("n_characters", 261, 262)
    filters = _filters(characters)
    return Options(
        n_layers=lstm.integer("n_layers", 1, _MOST_LAYERS, default=1),
        dim=lstm.integer("dim", 1),
        projection_dim=lstm.integer("projection_dim", 1),
        cell_clip=lstm.limit("cell_clip"),
        proj_clip=lstm.limit("proj_clip"),
        use_skip_connections=lstm.flag("use_skip_connections"),
        embedding_dim=characters.section("embedding").integer("dim", 1),
        filters=filters,
        n_highway=characters.integer("n_highway", 0, _MOST_LAYERS, default=0),
        # A word's begin, at least one byte and its end; and the widest filter.
        max_characters_per_token=characters.integer(
            "max_characters_per_token", max(3, *(width for width, _ in filters))
        ),
        activation=characters.choice("activation", ACTIVATIONS),
    )


def _filters(characters: _Section) -> tuple[tuple[int, int], ...]:
    filters = characters.content.get("filters")
    good = isinstance(filters, list) and 0 < len(filters) <= _MOST_LAYERS
    good = good and all(
        isinstance(pair, list)
        and len(pair) == 2
        and all(_is_integer(number, 1, _MOST) for number in pair)
        for pair in filters
    )
    if not good:
        characters.refuse("filters", "a list of [width, number] pairs", filters)
    return tuple((width, number) for width, number in filters)


class _Section:
    """One dictionary of the file, with its name for the error texts."""

    def __init__(self, path: str, name: str, content: Any):
        if not isinstance(content, dict):
            what = f"`{name}`" if name else "the file"
            raise ValueError(f"{path}: {what} must be a dictionary of options.")
        self.path, self.name, self.content = path, name, content

    def section(self, key: str) -> _Section:
        name = f"{self.name}.{key}" if self.name else key
        return _Section(self.path, name, self.content.get(key))

    def integer(
        self, key: str, least: int, most: int = _MOST, default: int | None = None
    ) -> int:
        value = self.content.get(key)
        if value is None and default is not None:
            return default
        if not _is_integer(value, least, most):
            self.refuse(key, f"an integer from {least} to {most}", value)
        return value

    def limit(self, key: str) -> float | None:
        value = self.content.get(key)
        if value is None:
            return None
        number = isinstance(value, (int, float)) and not isinstance(value, bool)
        # The limit of 1e30 keeps huge integers out, which have no float.
        if not number or not 0 < value < 1e30:
            self.refuse(key, "a positive number or null", value)
        return float(value)

    def flag(self, key: str) -> bool:
        value = self.content.get(key, False)
        if not isinstance(value, bool):
            self.refuse(key, "true or false", value)
        return value

    def choice(self, key: str, choices: tuple[str, ...]) -> str:
        value = self.content.get(key)
        if value not in choices:
            self.refuse(key, " or ".join(map(repr, choices)), value)
        return value

    def refuse(self, key: str, rule: str, value: Any) -> None:
        shown = repr(value)
        shown = shown if len(shown) < 80 else shown[:76] + " ..."
        raise ValueError(
            f"{self.path}: `{self.name}.{key}` must be {rule}. Found: {shown}"
        )


def _is_integer(value: Any, least: int, most: int) -> bool:
    whole = isinstance(value, int) and not isinstance(value, bool)
    return whole and least <= value <= most
