"""A text to try a model with, in its language; it holds what most tasks look for."""

from __future__ import annotations

from util.languages import ENGLISH

_EXAMPLES = {
    "ar": "تعمل لينا برانت في شركة سيمنز في برلين منذ عام 2019.",
    "de": "Lena Brandt arbeitet seit 2019 bei Siemens in Berlin. Am Montag fährt sie "
    "mit dem Zug nach Köln.",
    "en": "Lena Brandt has worked for Siemens in Leeds since 2019. On Monday she takes "
    "the early train to London.",
    "es": "Lena Brandt trabaja en Siemens en Sevilla desde 2019. El lunes toma el tren "
    "a Madrid.",
    "fr": "Lena Brandt travaille chez Siemens à Lyon depuis 2019. Lundi, elle prend le "
    "train pour Paris.",
    "it": "Lena Brandt lavora alla Siemens di Torino dal 2019. Lunedì prende il treno "
    "per Roma.",
    "nl": "Lena Brandt werkt sinds 2019 bij Siemens in Utrecht. Maandag neemt ze de "
    "trein naar Amsterdam.",
    "pt": "Lena Brandt trabalha na Siemens no Porto desde 2019. Na segunda-feira vai "
    "de comboio para Lisboa.",
    "ru": "Лена Брандт с 2019 года работает в компании Siemens в Москве.",
}


def example(language: str) -> str:
    """Return a text in a language, in English if there is none.

    >>> example("de")[:11]
    'Lena Brandt'
    """
    return _EXAMPLES.get(language, _EXAMPLES[ENGLISH])
