"""Hand-written lines of raw text, split as a careful reader would."""

import io
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import nltk.data
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from util import languages
from util.languages import is_language, language_code
from util.output.background import BackgroundSplitter
from util.output.offsets import UntouchedText
from util.output.segmentation import Style, read_text, split_text
from util.output.tokens import tokenize

QUOTES = [('"', "``"), ('"', "''")]
ROOT = Path(__file__).resolve().parents[3]


class Line(NamedTuple):
    language: str
    text: str
    wanted: list
    found: list


def read_lines():
    lines = []
    for row in Path(__file__).with_name("raw_text.txt").read_text("utf-8").split("\n"):
        if not row or row.startswith("#"):
            continue
        first, text = row.split("\t")
        if first:
            lines.append(Line(first, text, [], []))
        elif text.startswith("~"):
            lines[-1].found.append(text[1:].split(" "))
        else:
            lines[-1].wanted.append(text.split(" "))
    return lines


LINES = read_lines()


def each(lines):
    return pytest.mark.parametrize(
        "line", [pytest.param(line, id=line.text[:30]) for line in lines]
    )


def needs_packages(language):
    if language != "en":
        pytest.importorskip("spacy")


def test_there_are_sixty_lines():
    counts = [line.language for line in LINES]
    assert (counts.count("en"), counts.count("de"), len(counts)) == (20, 20, 60)
    assert len(set(counts)) >= 12


@each(LINES)
def test_a_line_is_split_as_a_careful_reader_would(line):
    needs_packages(line.language)
    assert split_text(line.text, Style(line.language)) == (line.found or line.wanted)


@each(LINES)
def test_every_token_stands_where_it_is_said_to(line):
    needs_packages(line.language)
    source = UntouchedText(io.StringIO(line.text, newline=""))
    position = 0
    for sentences in read_text(source, 7, Style(line.language)):
        for tokens, place in zip(sentences, source.place(sentences)):
            text, start, within = place
            assert line.text[start : start + len(text)] == text
            for token, (first, end) in zip(tokens, within):
                written = line.text[start + first : start + end]
                assert written == token or (written, token) in QUOTES
                assert not line.text[position : start + first].strip()
                position = start + end
    assert position == len(line.text)


@each(LINES)
def test_straight_apostrophes_split_as_curly_ones(line):
    needs_packages(line.language)
    if "‘" in line.text or "'" in line.text:
        pytest.skip("quoted with them")
    straight = line.text.replace("’", "'")
    expected = [[t.replace("’", "'") for t in s] for s in line.found or line.wanted]
    assert split_text(straight, Style(line.language)) == expected


@pytest.mark.parametrize("behind", ["😀", "❤️", "👍🏽 😀", ":-)", "<3"])
@pytest.mark.parametrize("blank", ["", " "])
@pytest.mark.parametrize("language", ["en", "de"])
def test_what_stands_behind_the_end_leaves_the_full_stop_alone(behind, blank, language):
    needs_packages(language)
    text = f"Storms hit Leeds.{blank}{behind}"
    expected = ["Storms", "hit", "Leeds", ".", *behind.split()]
    assert tokenize(text, language) == expected
    assert tokenize(f"{text}\n", language) == expected
    assert (
        tokenize(f"So {behind} it is.", language)[:3] == ["So", *expected[4:], "it"][:3]
    )


def test_what_is_split_otherwise_is_in_the_docs():
    page = (ROOT / "docs/Raw_Text.md").read_text("utf-8")
    table = [row for row in page.split("\n") if row.startswith("| `")]
    different = [line for line in LINES if line.found]
    assert len(table) == len(different) < 10
    for line in different:
        assert any(f"`{line.text}`" in row for row in table), line.text


@pytest.mark.parametrize(
    "text, expected",
    [
        ("He said 'hello there'.", "He said ' hello there ' ."),
        ("O'Brien d'Or London–Paris", "O'Brien d'Or London – Paris"),
        ("Tell 'em it 'twas in '99, 'kay?", "Tell 'em it 't was in '99 , ' kay ?"),
        ("rock 'n' roll", "rock 'n' roll"),
        ("a 'b' c", "a ' b ' c"),
    ],
)
def test_releases_of_nltk_do_not_differ_in_apostrophes_and_dashes(text, expected):
    assert " ".join(tokenize(text)) == expected


PIECES = [
    *("http://a.b/c_(d).", "www.x.org,", "a@b.de", "#tag", "@me", "1.5", "3.", "1/2"),
    *("😀", "👍🏽", "👩‍👩‍👧", "🇩🇪", ":-)", "…", "—", "‹a›", "’s", "d’e", "U.S.", "R&D"),
    *(
        "z. B.",
        "Str.",
        "IV.",
        "31.12.",
        "usw.",
        "Der",
        "The",
        "He",
        '"',
        "''",
        "”",
        "“",
    ),
    *(
        "€5",
        "a.b.",
        "!?",
        "。",
        "」",
        "و؟",
        "।",
        ";",
        " ",
        " ",
        "\n",
        "\n\n",
        "\t",
        "\r\n",
    ),
]


@pytest.mark.parametrize("language", ["en", "de", "fr", "el"])
def test_the_size_of_the_window_changes_no_token(language):
    needs_packages(language)
    style = Style(language)

    @settings(
        deadline=None,
        max_examples=60,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )
    @given(st.lists(st.sampled_from(PIECES), max_size=30), st.integers(1, 60))
    def check(pieces, window):
        text = "".join(pieces)
        expected = split_text(text.replace("\r\n", "\n"), style)
        source = UntouchedText(io.StringIO(text, newline=""))
        found, position = [], 0
        for sentences in read_text(source, window, style):
            found += sentences
            for _, start, within in source.place(sentences):
                assert not text[position:start].strip()
                position = start + within[-1][1]
        assert found == expected
        assert not text[position:].strip()

    check()


def test_nltk_s_data_are_not_asked_for(monkeypatch):
    def load(*_, **__):
        raise AssertionError("NLTK's data are read.")

    monkeypatch.setattr(nltk.data, "load", load)
    monkeypatch.setattr(nltk.data, "find", load)
    assert len(split_text("Dr. Who met Fig. Newton. It rains.")) == 2


@pytest.mark.parametrize(
    "text, name, code",
    [
        ("我爱北京天安门。", "Chinese", "zh"),
        ("私は学生です。", "Japanese", "ja"),
        ("ฉันรักคุณ", "Thai", "th"),
    ],
)
def test_scripts_without_blanks_are_refused_in_one_clear_line(text, name, code):
    with pytest.raises(ValueError, match=f"looks like {name}.*--language {code}"):
        tokenize(text)
    needs_packages("zh")
    with pytest.raises(ValueError, match=f"looks like {name}"):
        tokenize(text, "de")


def test_what_is_quoted_of_them_is_split_by_characters():
    tokens = tokenize("The name of Beijing (北京) is written so.")
    assert tokens[4:8] == ["(", "北", "京", ")"]
    assert tokenize("He said ฉันรัก to all of them.")[2:6] == ["ฉั", "น", "รั", "ก"]


def test_chinese_is_split_by_characters():
    needs_packages("zh")
    assert split_text("我爱你。好！", Style("zh")) == [[*"我爱你。"], [*"好！"]]


@pytest.mark.parametrize(
    "language, package", [("ja", "sudachipy"), ("th", "pythainlp")]
)
def test_a_missing_package_is_named(language, package, monkeypatch):
    monkeypatch.setitem(sys.modules, package, None)
    languages.pipeline.cache_clear()
    with pytest.raises(ValueError, match=f"pip install .*spacy.* {package}") as caught:
        tokenize("私は", language)
    assert "\n" not in str(caught.value)


def test_without_spacy_other_languages_are_refused_and_english_is_not(monkeypatch):
    monkeypatch.setitem(sys.modules, "spacy", None)
    languages.pipeline.cache_clear()
    languages.rules.cache_clear()
    with pytest.raises(ValueError, match='pip install "spacy'):
        split_text("Es regnet.", Style("de"))
    assert split_text("It rains.") == [["It", "rains", "."]]
    for style in (Style("de", pretokenized=True), Style("th", pretokenized=True)):
        assert split_text("Es regnet.", style) == [["Es", "regnet."]]


def test_the_package_that_is_named_is_the_one_that_is_listed():
    listed = (ROOT / "requirements-languages.txt").read_text("utf-8")
    assert f"\n{languages.SPACY}\n" in listed


def test_spacy_is_loaded_only_for_other_languages():
    code = (
        "import sys; from util.output.segmentation import split_text; "
        "split_text('It rains.'); print('spacy' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "False\n"


@pytest.mark.parametrize(
    "given, code", [(None, "en"), ("DE", "de"), ("pt-BR", "pt"), ("no", "nb")]
)
def test_codes_of_languages(given, code):
    assert language_code(given) == code and is_language(given)


@pytest.mark.parametrize("given", ["german", "", "qq", 7, True])
def test_no_codes_of_languages(given):
    assert not is_language(given)
    with pytest.raises(ValueError, match="`language` must be the code of a language"):
        language_code(given)


def test_every_code_has_a_pipeline_or_says_what_is_missing():
    needs_packages("xx")
    for code in languages.CODES - {"en"}:
        try:
            languages.pipeline(code)
        except ValueError as error:
            assert code in ("ja", "th") and "pip install" in str(error)


def test_tokens_between_blanks_and_a_sentence_per_line():
    text = "Es  regnet .\n\n(can't) stop。\nNo. It won't.\n"
    pretokenized = Style(pretokenized=True)
    assert split_text(text, pretokenized) == [
        ["Es", "regnet", "."],
        ["(can't)", "stop。"],
        ["No.", "It", "won't."],
    ]
    by_line = Style(line_by_line=True)
    assert split_text("No. It won't.\nSo\nbe it", by_line) == [
        ["No", ".", "It", "wo", "n't", "."],
        ["So"],
        ["be", "it"],
    ]
    for style in (pretokenized, by_line):
        for window in (1, 3, 1000):
            windows = list(read_text(io.StringIO(text), window, style))
            assert sum(windows, []) == split_text(text, style)


def test_the_other_process_says_what_is_wrong_with_the_text(text_file):
    path = text_file("It rains.\n\n我爱北京天安门。\n")
    with BackgroundSplitter(path) as windows:
        with pytest.raises(ValueError, match=f"^{path}: This looks like Chinese"):
            list(windows)
    with BackgroundSplitter(path, style=Style(pretokenized=True)) as windows:
        assert [s for w, _ in windows for s in w] == [
            ["It", "rains."],
            ["我爱北京天安门。"],
        ]
