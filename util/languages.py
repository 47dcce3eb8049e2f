"""The languages of raw text: their codes, and what ends no sentence in them."""

from __future__ import annotations

import functools
import re
from typing import Any, NamedTuple

ENGLISH = "en"

# Those of spaCy; `xx` is any other one that writes blanks between words.
_BLANK = """
    af am ar az bg bn bo ca cs da de dsb el es et eu fa fi fo fr ga gd grc gu he hi hr
    hsb ht hu hy id is it ja kmr kn ko ky la lb lg lij lt lv mk ml mr ms nb ne nl nn pl
    pt ro ru sa si sk sl sq sr sv ta te th ti tl tn tr tt uk ur vi xx yo zh
""".split()
CODES = frozenset([ENGLISH, *_BLANK])
_ALIASES = {"no": "nb", "bs": "hr", "fil": "tl", "iw": "he", "in": "id"}
RULE = "the code of a language, such as 'de' (docs/Raw_Text.md), or None for English"

SPACY = "spacy>=3.8.7,<3.9"  # as in requirements-languages.txt
_NEEDS = {"ja": "sudachipy sudachidict-core", "th": "pythainlp"}

# Where a full stop behind a number makes an ordinal: `3. Mai`.
_ORDINALS = frozenset(
    "cs da de dsb et fi fo hr hsb hu is lb lv nb nn pl sk sl sr tr".split()
)

# English ones in lower case, all without the last full stop. A sentence may end in
# those of the second list, if a word follows that likely begins one.
_TITLES = """
    adm brig ca capt cf cmdr col dr e.g eds fig ft gen gov hon i.e lt maj messrs mr mrs
    ms mt nos pres prof rep rev sen sgt st v vol vs
"""
_ENGLISH = """
    a.m apr approx assn aug ave bldg blvd co corp ct dec dept dist div ed est etc ext
    feb hr inc jan jr jul jun ltd m.d m.p nat'l nov oct p.m ph.d pt rd sep sept sq sr
    tel thu thur thurs tue tues u.k u.n u.s u.s.a univ yr
"""
_BEFORE_NUMBERS = frozenset("art ch no nr op p pp sec".split())
_ENGLISH_STARTERS = """
    The He She It We They You I This That These Those There Here But And So If When
    While Where What Why How Who In On At After Before Although However Then His Her Its
    Their Our My Your For From With Some Many Most Now Since Still Also
"""
_GERMAN = """
    Anm Art Aufl Ges Hptm Kap Mitgl Sek Tab Verf Anf bez med habil
"""
_GERMAN_CLOSING = """
    Chr Co Inc Jh Jhd Mio Min Mrd MwSt Sek Std Str a.D dgl e.V etc h.c jr n.Chr o.ä s.u
    sen str u.s.w u.v.m u.ä usf usw uvm v.Chr
"""
_GERMAN_STARTERS = """
    Der Die Das Den Dem Ein Eine Einen Einem Er Sie Es Wir Ihr Ich Du Man Diese Dieser
    Dieses Und Aber Oder Doch Dann Danach Da Dort Hier Jetzt Nun Auch Als Wenn Weil Nach
    Seit Seitdem Im In Am An Auf Bei Mit Von Zu Zum Zur Für Aus Wie Was Wer Wo Warum
    Wann Nein Ja Seine Ihre Meine Unsere Alle Viele Trotzdem Deshalb Daher Dabei So Noch
    Heute Morgen Gestern Damals
"""
_OTHERS = {
    "cs": "apod atd č čp Dr Ing Mgr např prof str tj tzv ul",
    "da": "bl.a ca dvs f.eks hr jf kl nr osv",
    "es": "EE UU",
    "fi": "esim ks mm mrs n ns puh so ts tms yms",
    "it": "art avv cap dott dr ecc ing n pag prof sig sigg sig.ra",
    "nl": "bijv blz ca dhr dr drs enz ing ir mevr mr nl nr prof",
    "pl": "al dr godz hab inż itd itp m.in mgr mln mld np nr ok prof św tys tzn tzw ul",
    "pt": "Av Dr Dra Exmo Prof Sr Sra Srta ex n pág",
}


class Rules(NamedTuple):
    """What splitting sentences needs to know of a language.

    Attributes:
        abbreviations: Without the last full stop.
        closing: Those of them that may end a sentence.
        starters: Words that hardly ever stand behind an abbreviation of their sentence.
        ordinals: Whether a full stop behind a number makes an ordinal.
        before_numbers: Abbreviations only before a number.
        endings: How compound abbreviations end, in lower case; they may close, too.
    """

    abbreviations: frozenset[str]
    closing: frozenset[str] = frozenset()
    starters: frozenset[str] = frozenset()
    ordinals: bool = False
    before_numbers: frozenset[str] = frozenset()
    endings: tuple[str, ...] = ()

    def knows(self, word: str) -> bool:
        """Tell whether a word, without its full stop, is an abbreviation."""
        lower = word.lower()
        return (
            word in self.abbreviations
            or lower in self.abbreviations
            or lower.endswith(self.endings)
        )

    def may_close(self, word: str) -> bool:
        """Tell whether a sentence may end in an abbreviation."""
        lower = word.lower()
        return bool({word, lower} & self.closing) or lower.endswith(self.endings)


def language_code(text: str | None) -> str:
    """Return the code of a language as it is used here; None is English.

    Raises:
        ValueError: There is no such language.

    >>> language_code(None), language_code("de_AT"), language_code("no")
    ('en', 'de', 'nb')
    """
    if text is None:
        return ENGLISH
    code = re.split("[-_]", str(text).strip().lower())[0]
    code = _ALIASES.get(code, code)
    if code not in CODES:
        raise ValueError(
            f"`language` must be {RULE}. Received: {text!r}. "
            f"Known: {' '.join(sorted(CODES))}"
        )
    return code


def is_language(text: Any) -> bool:
    """Tell whether `language_code` takes a value."""
    try:
        return isinstance(text, (str, type(None))) and bool(language_code(text))
    except ValueError:
        return False


@functools.cache
def rules(code: str) -> Rules:
    """Return what is known of a language, by its code."""
    if code == ENGLISH:
        return Rules(
            frozenset([*_TITLES.split(), *_ENGLISH.split()]),
            frozenset(_ENGLISH.split()),
            frozenset(_ENGLISH_STARTERS.split()),
            before_numbers=_BEFORE_NUMBERS,
        )
    # Chinese, Japanese and Thai have none.
    known = {
        key[:-1] for key in getattr(pipeline(code), "rules", ()) if key.endswith(".")
    }
    known.update(_OTHERS.get(code, "").split())
    ordinals = code in _ORDINALS
    if code != "de":
        return Rules(frozenset(known), ordinals=ordinals)
    closing = frozenset(_GERMAN_CLOSING.split())
    return Rules(
        frozenset([*known, *_GERMAN.split(), *closing]),
        closing,
        frozenset(_GERMAN_STARTERS.split()),
        ordinals,
        endings=("str",),
    )


@functools.cache
def pipeline(code: str) -> Any:
    """Return spaCy's tokenizer of a language.

    Raises:
        ValueError: It needs packages that are not installed; the message names them.
    """
    packages = f'"{SPACY}" {_NEEDS.get(code, "")}'.strip()
    try:
        import spacy

        if code == "ko":  # its own one needs a program beside Python
            tokenizer = {"@tokenizers": "spacy.Tokenizer.v1"}
            config: dict[str, Any] = {"nlp": {"tokenizer": tokenizer}}
            return spacy.blank(code, config=config).tokenizer
        # Vietnamese words are not split: its blanks stand between syllables.
        return spacy.blank("xx" if code == "vi" else code).tokenizer
    except ImportError:
        raise ValueError(
            f"Raw text in the language '{code}' needs more packages: pip install "
            f"{packages}. Or give tokens between blanks, with --pretokenized."
        ) from None
