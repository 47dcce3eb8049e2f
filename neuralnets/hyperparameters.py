"""The parameter dictionary of `BiLSTM`: names, defaults, checks and error texts.

It is long because it is a table, with the checks that its rows need.
"""

from __future__ import annotations

import copy
import difflib
import logging
import math
import numbers
from collections.abc import Collection, Mapping
from typing import Any, Callable, NamedTuple

from neuralnets import layermodes as modes
from neuralnets.inputs.directfeatures.templates import GROUPS, is_template
from util import languages

logger = logging.getLogger(__name__)


class Parameter(NamedTuple):
    """One key: its default, what its value must be, and a test of just that.

    `normalise` brings equivalent spellings of a value into one form.
    """

    default: Any
    rule: str
    fits: Callable[[Any], bool]
    normalise: Callable[[Any], Any] = lambda value: value


OPTIMIZERS = (
    *("sgd", "adagrad", "adadelta", "rmsprop", "adam", "nadam"),
    *("lazyadam", "adamw", "radam", "lamb"),
)


def _is_whole(value: Any, least: float = -math.inf) -> bool:
    return (
        isinstance(value, numbers.Integral)
        and not isinstance(value, bool)
        and value >= least
    )


def _is_number(value: Any, least: float = 0.0, below: float = math.inf) -> bool:
    return (
        isinstance(value, numbers.Real)
        and not isinstance(value, bool)
        and least <= value < below
    )


def _is_rate(value: Any) -> bool:
    return _is_number(value, below=1)


def _is_list(value: Any) -> bool:
    return isinstance(value, (list, tuple))


def _is_dropout(value: Any) -> bool:
    if _is_list(value):
        return len(value) == 2 and all(_is_number(rate, below=1) for rate in value)
    return _is_number(value, below=1)


def _are_features(value: Any) -> bool:
    return _is_list(value) and all(isinstance(n, str) and is_template(n) for n in value)


def _is_classifier(value: Any) -> bool:
    if not _is_list(value):
        value = [value]
    if not value:
        return False
    *hidden, last = value
    return last in ("Softmax", "CRF") and all(
        _is_list(layer)
        and len(layer) == 2
        and layer[0] in CELLS
        and _is_whole(layer[1], 1)
        for layer in hidden
    )


def _are_layers(value: Any) -> bool:
    numbers_ = _is_list(value) and [n for n in value if _is_whole(n, 0)]
    return bool(numbers_) and len(set(numbers_)) == len(value)


def _are_temperatures(value: Any) -> bool:
    return isinstance(value, Mapping) and all(
        isinstance(name, str) and _is_number(number, 0.001) and number <= 1000
        for name, number in value.items()
    )


def _is_ratio(value: Any) -> bool:
    """Tell a share of entity tokens, alone or with a margin and a weight."""
    if _is_list(value):
        return len(value) == 3 and all(map(_is_number, value)) and 0 < value[0] < 1
    return _is_number(value, below=1) and value > 0


def _are_weights(value: Any) -> bool:
    """Tell weights by label, or by task and label."""
    if not isinstance(value, Mapping):
        return False
    if value and all(isinstance(own, Mapping) for own in value.values()):
        return all(map(_are_weights, value.values()))
    return all(isinstance(n, str) and _is_number(w) for n, w in value.items()) and (
        not value or any(value.values())
    )


def _as_classifier(value: Any) -> list:
    layers = list(value) if _is_list(value) else [value]
    return [tuple(layer) if _is_list(layer) else layer for layer in layers]


def _as_char_embeddings(value: Any) -> str | None:
    if value is None or value is False or str(value).lower() in ("none", "false"):
        return None
    return str(value).upper()


def _whole(default: Any, least: int) -> Parameter:
    return Parameter(
        default, f"a whole number from {least} on", lambda v: _is_whole(v, least)
    )


def _path_or_none(what: str) -> Parameter:
    return Parameter(
        None, f"{what}, or None", lambda v: v is None or (isinstance(v, str) and v)
    )


def _truth(default: bool) -> Parameter:
    return Parameter(default, "True or False", lambda v: isinstance(v, bool))


def _zero_or_none(default: float, what: str) -> Parameter:
    return Parameter(
        default,
        f"a number from 0 on or None ({what})",
        lambda v: v is None or _is_number(v),
        lambda v: v or 0,
    )


CELLS = ("LSTM", "GRU", "RNN")

_CLASSIFIER = (
    "'Softmax' or 'CRF', or a list ending in one, with ('LSTM', n), ('GRU', n) or "
    "('RNN', n) before it"
)

PARAMETERS: dict[str, Parameter] = {
    "dropout": Parameter(
        (0.5, 0.5),
        "a number in [0, 1) or a pair of them",
        _is_dropout,
        lambda v: tuple(v) if _is_list(v) else v,
    ),
    "classifier": Parameter(["Softmax"], _CLASSIFIER, _is_classifier, _as_classifier),
    "LSTM-Size": Parameter(
        (100,),
        "a list of whole numbers from 1 on (empty: no encoder)",
        lambda v: _is_list(v) and all(_is_whole(n, 1) for n in v),
        lambda v: [int(n) for n in v],
    ),
    "recurrentCell": Parameter(
        "LSTM",
        f"one of {', '.join(CELLS)}",
        lambda v: isinstance(v, str) and v.upper() in CELLS,
        str.upper,
    ),
    "bidirectional": _truth(True),
    "optimizer": Parameter(
        "nadam",
        f"one of {', '.join(OPTIMIZERS)}",
        lambda v: isinstance(v, str) and v.lower() in OPTIMIZERS,
        str.lower,
    ),
    "learningRate": Parameter(
        None,
        "a number above 0, or None for the optimizer's own rate",
        lambda v: v is None or (_is_number(v) and v > 0),
    ),
    "learningRateDecay": Parameter(
        0.0,
        "a number from 0 on: epoch e runs at rate / (1 + decay * (e - 1))",
        _is_number,
    ),
    "averageWeights": Parameter(
        0.0,
        "a number in [0, 1]: how much the weights of the epoch before count, 0: not",
        lambda v: _is_number(v) and v <= 1,
        float,
    ),
    "lmCost": Parameter(
        0.0,
        "a number from 0 on: the weight of predicting words beside labels",
        _is_number,
        float,
    ),
    "earlyStopping": _whole(5, 0),
    "miniBatchSize": _whole(32, 1),
    "featureNames": Parameter(
        ["tokens", "casing"],
        "a list of column names",
        lambda v: _is_list(v) and all(isinstance(n, str) for n in v),
        lambda v: list(dict.fromkeys(v)),
    ),
    "directFeatures": Parameter(
        [],
        f"a list of feature groups ({', '.join(GROUPS)}) and templates such as "
        "'POS[-1]|POS[0]'",
        _are_features,
        lambda v: list(dict.fromkeys(v)),
    ),
    "featureCutoff": _whole(3, 1),
    "directDropout": Parameter(0.0, "a number in [0, 1)", _is_rate),
    "gazetteer": _path_or_none("the path of a text file of names per class"),
    "addFeatureDimensions": _whole(10, 1),
    "charEmbeddings": Parameter(
        None,
        "None, 'CNN' or 'LSTM'",
        lambda v: _as_char_embeddings(v) in (None, "CNN", "LSTM"),
        _as_char_embeddings,
    ),
    "charEmbeddingsSize": _whole(30, 1),
    "charFilterSize": _whole(30, 1),
    "charFilterLength": _whole(3, 1),
    "charLSTMSize": _whole(25, 1),
    "maxCharLength": Parameter(
        25, "a whole number (0 or less: the longest word)", _is_whole
    ),
    "clipvalue": _zero_or_none(0, "0 and None: no clipping"),
    "clipnorm": _zero_or_none(1, "0 and None: no rescaling"),
    "customClassifier": Parameter(
        {},
        f"a dictionary of task name to classifier: {_CLASSIFIER}",
        lambda v: isinstance(v, Mapping) and all(map(_is_classifier, v.values())),
        lambda v: {name: _as_classifier(value) for name, value in v.items()},
    ),
    "useTaskIdentifier": _truth(False),
    "constrainTransitions": _truth(False),
    "labelWeights": Parameter(
        {},
        "a dictionary of label to a number from 0 on, or of task name to such a one",
        _are_weights,
        lambda v: {
            name: dict(own) if isinstance(own, Mapping) else float(own)
            for name, own in v.items()
        },
    ),
    "expectedEntityRatio": Parameter(
        None,
        "None, a number in (0, 1), or such a number with a margin and a weight, as in "
        "(0.15, 0.05, 10)",
        lambda v: v is None or _is_ratio(v),
        lambda v: v and (tuple(map(float, v)) if _is_list(v) else (float(v), 0.05, 10)),
    ),
    "temperature": Parameter(
        {},
        "a dictionary of task name to a number from 0.001 to 1000",
        _are_temperatures,
        lambda v: {name: float(value) for name, value in v.items()},
    ),
    "trainWordEmbeddings": Parameter(
        None,
        "True, False or None (only vectors that come from no file are trained)",
        lambda v: v is None or isinstance(v, bool),
    ),
    "wordEmbeddingsSize": _whole(100, 1),
    "rareWordDropout": Parameter(
        0.5,
        "a number in [0, 1]: how often, in training, a word that occurs once "
        "is read as unknown (trained word embeddings only)",
        lambda v: _is_number(v) and v <= 1,
    ),
    "elmoOptions": _path_or_none("the path of ELMo's options.json"),
    "elmoWeights": _path_or_none("the path of ELMo's weights.hdf5"),
    "elmoMode": Parameter("weighted_average", modes.RULE, modes.is_mode),
    "elmoLayers": Parameter(
        None,
        "a list of different layer numbers from 0 on, or None for all",
        lambda v: v is None or _are_layers(v),
        lambda v: v and [int(n) for n in v],
    ),
    "elmoCache": _path_or_none("the path of a cache of ELMo's vectors"),
    "elmoKey": _path_or_none("what the tagger itself writes here"),
    "wordVectors": _path_or_none(
        "the path of a file of word vectors (for models of the ELMo sister tool)"
    ),
    "language": Parameter(
        None,
        languages.RULE,
        languages.is_language,
        lambda v: v and languages.language_code(v),
    ),
    "seed": Parameter(
        None,
        "a whole number from 0 on, or None (one is drawn and logged)",
        lambda v: v is None or _is_whole(v, 0),
    ),
}


def merge(params: Mapping[str, Any] | None, strict: bool = True) -> dict[str, Any]:
    """Return the defaults overridden by `params`, in their normal form.

    Args:
        params: What the caller gave; it is not changed.
        strict: Raise for an unknown key; else log it and leave it out.

    Raises:
        ValueError: An unknown key or a value that breaks its rule. The message names
            the key, the rule, the value and, for a key, the nearest known one.
    """
    merged = {key: copy.deepcopy(spec.default) for key, spec in PARAMETERS.items()}
    for key, value in dict(params or {}).items():
        if key in PARAMETERS:
            merged[key] = check(key, value)
        elif strict:
            raise ValueError(unknown_key(key))
        else:
            logger.info("The model's parameter %r is unknown here: left out.", key)
    return merged


def check(key: str, value: Any) -> Any:
    """Return the value of a known key in its normal form, or raise `ValueError`."""
    parameter = PARAMETERS[key]
    if not parameter.fits(value):
        raise ValueError(f"`{key}` must be {parameter.rule}. Received: {value!r}")
    return parameter.normalise(copy.deepcopy(value))


def tell_unknown_tasks(params: Mapping[str, Any], tasks: Collection[str]) -> None:
    """Warn of values by task whose tasks there are not: nothing heeds them."""
    for key in ("customClassifier", "labelWeights", "temperature"):
        by_task = key != "labelWeights" or any(
            isinstance(value, Mapping) for value in params[key].values()
        )
        names = [str(name) for name in params[key] if by_task and name not in tasks]
        if names:
            logger.warning(
                "`%s` is given for %s, and there is no such task. The tasks: %s.",
                *(key, ", ".join(names), ", ".join(tasks)),
            )


def unknown_key(key: Any) -> str:
    """Return the error text for a key that is not in the table."""
    near = difflib.get_close_matches(
        str(key).lower(), [name.lower() for name in PARAMETERS], n=1, cutoff=0.5
    )
    nearest = [name for name in PARAMETERS if name.lower() in near]
    hint = f" Did you mean `{nearest[0]}`?" if nearest else ""
    return (
        f"`{key}` is not a parameter.{hint} Known parameters: {', '.join(PARAMETERS)}."
    )
