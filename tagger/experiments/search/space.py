"""A space to search: a text file with a setting on each line.

    # What is tried:
    optimizer: nadam | adam
    learningRate: 0.0001 .. 0.01 log
    layers: 1 | 2
    units: 25 .. 100
    LSTM-Size: [units] * layers
    --embeddings: small.gz | large.gz

A setting has options, with ` | ` between them, or a range. A name in an option stands
for what is drawn for the line of that name. A line that others name so is a part of
theirs; each of the rest sets a parameter of the network, or a flag of the script.
"""

from __future__ import annotations

import ast
import itertools
import re
from collections.abc import Mapping, Sequence
from typing import Any, Callable, NamedTuple, Union

_NAME = re.compile(r"--[a-z][a-z-]*|[A-Za-z][\w-]*")
_NUMBER = r"([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)"
_RANGE = re.compile(rf"{_NUMBER}\s*\.\.\s*{_NUMBER}(\s+log)?")


class Range(NamedTuple):
    """Numbers from `low` to `high`, both included; whole ones if these two are.

    Attributes:
        low, high: The ends.
        log: Whether each order of magnitude is as likely as another.
    """

    low: float
    high: float
    log: bool


Options = Union[Range, Sequence[str]]
# Returns what is chosen for a setting: one of the texts, or a number of the range.
Choose = Callable[[str, Options], Union[str, float]]


class Space:
    """The settings of a search.

    Args:
        text: The file's.
        path: Its name, for errors.

    Attributes:
        settings: By name, what may be chosen.

    Raises:
        ValueError: The text says nothing of the kind; the message names the line.
    """

    def __init__(self, text: str, path: str):
        self.text, self._path = text, path
        self.settings: dict[str, Options] = {}
        for number, line in enumerate(text.splitlines(), 1):
            if line.strip() and not line.lstrip().startswith("#"):
                try:
                    name, options = _read(line)
                    if name in self.settings:
                        raise ValueError(f"{name} has a line already.")
                except ValueError as error:
                    raise ValueError(f"{path}:{number}: {error}") from None
                self.settings[name] = options
        if all(len(o) == 1 for o in self.settings.values()):
            raise ValueError(f"{path}: there is nothing to choose from in it.")
        lists = [o for o in self.settings.values() if not isinstance(o, Range)]
        self._parts = {n for o in lists for text in o for n in self._named(text)}
        self._check()

    def draw(self, choose: Choose) -> list[str]:
        """Return what a choice of settings is for the training script: its flags.

        Args:
            choose: Called once for each setting that plays a part.
        """
        drawn: dict[str, Any] = {}

        def value(name: str) -> Any:
            if name not in drawn:
                chosen = choose(name, self.settings[name])
                if isinstance(chosen, str):
                    parts = {part: value(part) for part in self._named(chosen)}
                    chosen = _evaluate(chosen, parts)
                drawn[name] = chosen
            return drawn[name]

        flags: list[str] = []
        for name in self.settings:
            if name not in self._parts:
                text = (
                    value(name) if isinstance(value(name), str) else repr(value(name))
                )
                is_flag = name.startswith("--")
                flags += [name, text] if is_flag else ["--param", f"{name}={text}"]
        return flags

    def _named(self, option: str) -> list[str]:
        """Return the settings that an option names."""
        tree = _parsed(option)
        names = (
            [n.id for n in ast.walk(tree) if isinstance(n, ast.Name)] if tree else []
        )
        return [name for name in dict.fromkeys(names) if name in self.settings]

    def _check(self) -> None:
        """Raise unless all that can be drawn is what the parameters may be."""
        from neuralnets import hyperparameters  # loads NumPy

        for name in self.settings:
            try:
                values = self._values(name, ())
                if name in self._parts or name.startswith("--"):
                    continue
                if name == "seed":
                    raise ValueError("each trial gets a seed of its own.")
                if name not in hyperparameters.PARAMETERS:
                    raise ValueError(hyperparameters.unknown_key(name))
                for value in values:
                    hyperparameters.check(name, value)
            except ValueError as error:
                raise ValueError(f"{self._path}: {name}: {error}") from None

    def _values(self, name: str, way: tuple[str, ...]) -> list[Any]:
        """Return all values of a setting, of a range its ends."""
        if name in way:
            raise ValueError("it names itself, by way of others or at once.")
        options = self.settings[name]
        if isinstance(options, Range):
            return [options.low, options.high]
        found = []
        for option in options:
            named = self._named(option)
            parts = [self._values(part, (*way, name)) for part in named]
            for chosen in itertools.product(*parts):
                found.append(_evaluate(option, dict(zip(named, chosen))))
        return found


def read_space(path: str) -> Space:
    """Read a file.

    Raises:
        ValueError: It is none of a space.
    """
    try:
        with open(path, encoding="utf-8-sig") as file:
            return Space(file.read(), path)
    except UnicodeDecodeError:
        raise ValueError(f"{path}: is no text in UTF-8.") from None


def _read(line: str) -> tuple[str, Options]:
    name, colon, rest = (part.strip() for part in line.partition(":"))
    if not colon or not _NAME.fullmatch(name):
        raise ValueError(
            "write `name: option | option` or `name: low .. high`, as in "
            f"`units: 25 .. 100`. Found: {line.strip()}"
        )
    found = _RANGE.fullmatch(rest)
    if found:
        ends = found.group(1, 2)
        whole = all(re.fullmatch(r"[+-]?\d+", end) for end in ends)
        low, high = map(int if whole else float, ends)
        log = bool(found.group(3))
        if low >= high or (log and low <= 0):
            above = ", and both must be above 0" if log else ""
            raise ValueError(f"{name}: a range goes up{above}. Found: {rest}")
        return name, Range(low, high, log)
    options = [option.strip() for option in re.split(r"(?<!\S)\|(?!\S)", rest)]
    if "" in options or len(set(options)) < len(options):
        raise ValueError(f"{name}: an option is empty, or there twice. Found: {rest}")
    return name, options


def _parsed(option: str) -> ast.expr | None:
    try:
        return ast.parse(option, mode="eval").body
    except (SyntaxError, ValueError):
        return None


def _evaluate(option: str, parts: Mapping[str, Any]) -> Any:
    """Return what an option means; as text what is no Python value.

    >>> _evaluate("[units] * layers", {"units": 50, "layers": 2})
    [50, 50]
    >>> _evaluate("(rate, 0.25)", {"rate": 0.5}), _evaluate("vectors/a.gz", {})
    ((0.5, 0.25), 'vectors/a.gz')
    """

    def value(node: ast.expr) -> Any:
        if isinstance(node, ast.Name):
            return parts.get(node.id, node.id)
        if isinstance(node, (ast.List, ast.Tuple)):
            values = [value(one) for one in node.elts]
            return values if isinstance(node, ast.List) else tuple(values)
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
            left, right = value(node.left), value(node.right)
            if isinstance(left, list) and isinstance(right, int) and right < 100:
                return left * right
        return ast.literal_eval(node)

    tree = _parsed(option)
    try:
        return option if tree is None else value(tree)
    except (TypeError, ValueError):
        return option
