"""What a reproduction trains: a recommended configuration, and one change each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

RECOMMENDED = "recommended"


class Value(NamedTuple):
    """A value that a setting may have.

    Attributes:
        params: What it means: parameters of the network and, with `--`, flags of
            `tagger.experiments.reproduction.training`.
        paper: By how much it is behind the paper's best value of the setting, in
            points; None: the paper does not say.
        published: What the published table of runs calls it.
    """

    params: Mapping[str, Any]
    paper: float | None = None
    published: str = ""


class Setting(NamedTuple):
    """A setting that is varied.

    Attributes:
        name: What it is called.
        values: By name; the first is the recommended one.
        column: Of the published table of runs.
        given: What other settings are while this one is varied, if not as recommended.
    """

    name: str
    values: Mapping[str, Value]
    column: str = ""
    given: Mapping[str, str] = {}

    @property
    def first(self) -> str:
        """The recommended value, with which the others are compared."""
        return next(iter(self.values))

    @property
    def beside(self) -> str:
        """What its values are compared with, in words."""
        given = [f"{name} {value}" for name, value in self.given.items()]
        return ", ".join([self.first, *given])

    def paper(self, value: str) -> float | None:
        """Return by how much the paper has a value behind the recommended one."""
        worth, first = self.values[value].paper, self.values[self.first].paper
        return None if worth is None or first is None else worth - first


class Plan:
    """The configurations that settings make.

    Args:
        settings: All that there are.
        shared: Parameters that all configurations have.

    Attributes:
        settings: By name.
        options: What each setting is in each configuration, by the option's name.
    """

    def __init__(
        self, settings: Sequence[Setting], shared: Mapping[str, Any] | None = None
    ):
        self._shared = dict(shared or {})
        self.settings = {setting.name: setting for setting in settings}
        recommended = {setting.name: setting.first for setting in settings}
        self.options = {RECOMMENDED: recommended}
        for setting in settings:
            for value in setting.values:
                changed = {**recommended, **setting.given, setting.name: value}
                if changed not in self.options.values():
                    self.options[f"{setting.name}-{value}"] = changed

    def option(self, setting: str, value: str) -> str:
        """Return the name of the configuration in which a setting has a value."""
        given = self.settings[setting].given
        wanted = {**self.options[RECOMMENDED], **given, setting: value}
        return next(name for name, found in self.options.items() if found == wanted)

    def wanted(self, settings: Sequence[str]) -> list[str]:
        """Return the options that settings need, those to compare with first."""
        pairs = [(name, value) for name in settings for value in self._values(name)]
        firsts = [(name, self.settings[name].first) for name in settings]
        return list(dict.fromkeys(self.option(*pair) for pair in [*firsts, *pairs]))

    def _values(self, setting: str) -> list[str]:
        return list(self.settings[setting].values)

    def params(self, option: str) -> dict[str, Any]:
        """Return the parameters and flags of an option."""
        found = dict(self._shared)
        for name, value in self.options[option].items():
            found.update(self.settings[name].values[value].params)
        return found
