"""Gazetteer files and the marks of names."""

import pytest

from neuralnets.inputs.directfeatures.gazetteer import Gazetteer, read_gazetteer


def write(tmp_path, text):
    path = tmp_path / "names.txt"
    path.write_bytes(text.encode())
    return str(path)


def test_a_file_is_read(tmp_path):
    text = "# places\nLOC New  York\n\n  LOC\tParis\nPER\tAnna Maria\nLOC new york\n"
    expected = {"LOC": ["new york", "paris"], "PER": ["anna maria"]}
    assert read_gazetteer(write(tmp_path, text)) == expected
    windows = "\ufeff" + text.replace("\n", "\r\n")
    assert read_gazetteer(write(tmp_path, windows)) == expected


def test_a_line_without_a_name_is_told(tmp_path):
    path = write(tmp_path, "LOC Paris\n\nLOC\n")
    with pytest.raises(ValueError) as error:
        read_gazetteer(path)
    assert str(error.value).startswith(f"{path}:3: expected a class and a name")


@pytest.mark.parametrize("class_", ["A|B", "A[0]", "]"])
def test_a_class_that_no_template_can_name_is_told(tmp_path, class_):
    path = write(tmp_path, f"LOC Paris\n{class_} Rome\n")
    with pytest.raises(ValueError) as error:
        read_gazetteer(path)
    assert str(error.value).startswith(f"{path}:2: the class {class_!r}")


@pytest.mark.parametrize("text", ["", "\n\n", "# only a comment\n"])
def test_a_file_without_names_is_told(tmp_path, text):
    path = write(tmp_path, text)
    with pytest.raises(ValueError, match="no names in it") as error:
        read_gazetteer(path)
    assert str(error.value).startswith(path)


def test_a_file_that_is_no_text_is_told(tmp_path):
    path = tmp_path / "names.txt"
    path.write_bytes(b"LOC Par\xefs\n")
    with pytest.raises(ValueError) as error:
        read_gazetteer(str(path))
    assert str(path) in str(error.value)


@pytest.mark.parametrize("name", ["Z\u00fcrich", "Zu\u0308rich"])
@pytest.mark.parametrize("word", ["Z\u00dcRICH", "zu\u0308rich"])
def test_composed_or_not_it_is_the_same_name(name, word):
    assert Gazetteer([f"{name} City"]).marks([word, "City"]) == ["B", "I"]
    assert Gazetteer(["Zurich City"]).marks([word, "City"]) == ["", ""]


NAMES = ["New York", "New York City Hall", "York", "a a b", "a"]


@pytest.mark.parametrize(
    "text, marks",
    [
        ("New York", "B I"),
        ("new YORK City", "B I ."),
        ("New York City Hall", "B I I I"),
        ("New York City York", "B I . B"),
        ("in York or New York York", ". B . B I B"),
        ("New City", ". ."),
        ("New", "."),
        ("a a b", "B I I"),
        ("a a a b", "B B I I"),
        ("a a a", "B B B"),
        ("b a a b a", ". B I I B"),
    ],
)
def test_of_several_names_the_longest_wins_from_left_to_right(text, marks):
    expected = ["" if mark == "." else mark for mark in marks.split()]
    assert Gazetteer(NAMES).marks(text.split()) == expected


def test_nothing_to_mark():
    assert Gazetteer(NAMES).marks([]) == []
    assert Gazetteer([]).marks(["York"]) == [""]


@pytest.mark.parametrize("name", ["", "  "])
def test_a_name_without_words_is_refused(name):
    with pytest.raises(ValueError, match="no words"):
        Gazetteer(["York", name])
