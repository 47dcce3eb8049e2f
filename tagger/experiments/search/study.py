"""Optuna's side of a search: what it draws, and what it is told."""

from __future__ import annotations

import contextlib
import hashlib
import math
import warnings
from collections.abc import Mapping
from typing import Any

import optuna
from optuna.trial import FrozenTrial, TrialState

from tagger.experiments.search.space import Options, Range, Space

# Of the trainings that reach epoch 1, 3, 9, 27 ... the best third goes on.
_THIRD = 3


class Study:
    """The trials of a search, numbered from 0.

    A trial is open from the moment that it is drawn until `tell`, whatever happens to
    this process meanwhile.

    Args:
        storage: The URL of Optuna's storage.
        name: Of the study in it.
        space: What to draw from.
        sampler: `random` or `tpe`.
        seed: Another one draws other trials.
        halving: Whether `report` ever says that a trial is not worth going on.
        each: A setting; each drawn configuration is tried with all of its options.
        fresh: Forget the trials that there are.

    Raises:
        ValueError: The storage cannot be used.
    """

    def __init__(
        self,
        storage: str,
        name: str,
        space: Space,
        sampler: str,
        seed: int,
        halving: bool,
        each: str | None = None,
        fresh: bool = False,
    ):
        self._space, self._kind, self._seed, self._each = space, sampler, seed, each
        optuna.logging.set_verbosity(optuna.logging.WARNING)
        pruner = (
            optuna.pruners.SuccessiveHalvingPruner(1, _THIRD)
            if halving
            else optuna.pruners.NopPruner()
        )
        self._open: dict[int, optuna.trial.Trial] = {}
        try:
            if fresh:
                with contextlib.suppress(KeyError):
                    optuna.delete_study(study_name=name, storage=storage)
            self._study = optuna.create_study(
                storage=storage,
                study_name=name,
                direction="maximize",
                pruner=pruner,
                load_if_exists=True,
            )
        except (ImportError, OSError, *_errors()) as error:
            why = str(error).splitlines()[0]
            raise ValueError(
                f"the storage of the trials cannot be used: {why}"
            ) from None

    def trials(self) -> list[FrozenTrial]:
        """Return all trials, by number."""
        return self._study.get_trials(deepcopy=False)

    def flags(self, number: int) -> list[str]:
        """Return the flags of a trial, which is drawn now unless it was before.

        Raises:
            ValueError: Somebody else uses the study.
        """
        trial = self._trial(number)

        def choose(name: str, options: Options) -> str | float:
            if not isinstance(options, Range):
                return trial.suggest_categorical(name, list(options))
            if isinstance(options.low, int):
                low, high = int(options.low), int(options.high)
                return trial.suggest_int(name, low, high, log=options.log)
            return trial.suggest_float(name, *options[:2], log=options.log)

        return self._space.draw(choose)

    def report(self, number: int, course: Mapping[int, float]) -> bool:
        """Take in the dev scores of an open trial by epoch.

        Returns:
            Whether the trial is not worth going on.
        """
        trial = self._trial(number)
        known = self.trials()[number].intermediate_values
        for epoch in sorted(set(course) - set(known)):
            trial.report(course[epoch], epoch)
            if trial.should_prune():
                return True
        return False

    def tell(self, number: int, dev: float, pruned: bool = False) -> None:
        """Close a trial.

        Raises:
            ValueError: There is no dev score.
        """
        if math.isnan(dev):
            raise ValueError("no dev score to search by: the data need a dev split.")
        state = TrialState.PRUNED if pruned else TrialState.COMPLETE
        self._study.tell(number, None if pruned else dev, state=state)

    def _trial(self, number: int) -> optuna.trial.Trial:
        """Return an open trial, or begin the next one."""
        if number not in self._open:
            self._study.sampler = self._sampler(number)
            trials = self.trials()
            if number < len(trials):
                # Drawn before, perhaps in part: what is stored is not drawn again.
                trial = optuna.trial.Trial(self._study, trials[number]._trial_id)
            else:
                trial = self._study.ask()
            if trial.number != number:
                raise ValueError("another process adds trials to this study.")
            self._open[number] = trial
        return self._open[number]

    def _sampler(self, number: int) -> Any:
        """Return what draws a trial.

        Its seed depends on the number alone, so that an interruption changes nothing.
        """
        digest = hashlib.blake2b(f"{self._seed} {number}".encode(), digest_size=4)
        seed = int.from_bytes(digest.digest(), "big")
        samplers = optuna.samplers
        kinds = {"random": samplers.RandomSampler, "tpe": samplers.TPESampler}
        drawing = kinds[self._kind](seed=seed)
        if self._each is None:
            return drawing
        options = self._space.settings[self._each]
        begins = number - number % len(options)
        fixed: dict[str, Any] = {}
        for trial in self.trials()[begins:number]:
            fixed = {**trial.params, **fixed}
        fixed[self._each] = options[number - begins]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # experimental, says Optuna
            return samplers.PartialFixedSampler(fixed, drawing)


def _errors() -> tuple[type[Exception], ...]:
    import sqlalchemy.exc

    return sqlalchemy.exc.SQLAlchemyError, optuna.exceptions.StorageInternalError
