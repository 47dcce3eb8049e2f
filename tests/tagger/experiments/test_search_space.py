"""The file that says what a search may choose from."""

from pathlib import Path

import pytest

from tagger.experiments.search.space import Range, Space, read_space

ROOT = Path(__file__).resolve().parents[3]
TEXT = """\
# What is tried:
optimizer: nadam | adam

learningRate: 0.0001 .. 1e-2 log
layers: 1 | 2
units: 25 .. 100
LSTM-Size: [units] * layers
rate: 0.25
dropout: 0 | rate | (rate, 0.5)
classifier: [(LSTM, units), CRF]
charEmbeddings: None | CNN
--embeddings: small.gz | vectors/large.gz
"""


def test_settings_are_read():
    settings = Space(TEXT, "x").settings
    assert settings["optimizer"] == ["nadam", "adam"]
    assert settings["learningRate"] == Range(0.0001, 0.01, True)
    units = settings["units"]
    assert units == Range(25, 100, False) and isinstance(units.low, int)
    assert settings["--embeddings"] == ["small.gz", "vectors/large.gz"]


def test_what_is_drawn_becomes_flags():
    asked = []
    chosen = {
        "optimizer": "adam",
        "learningRate": 0.001,
        "layers": "2",
        "units": 50,
        "LSTM-Size": "[units] * layers",
        "dropout": "(rate, 0.5)",
        "rate": "0.25",
        "classifier": "[(LSTM, units), CRF]",
        "charEmbeddings": "None",
        "--embeddings": "vectors/large.gz",
    }

    def choose(name, options):
        asked.append(name)
        return chosen[name]

    flags = Space(TEXT, "x").draw(choose)
    given = dict(flag.split("=", 1) for flag in flags if "=" in flag)
    assert given == {
        "optimizer": "adam",
        "learningRate": "0.001",
        "LSTM-Size": "[50, 50]",
        "dropout": "(0.25, 0.5)",
        "classifier": "[('LSTM', 50), 'CRF']",
        "charEmbeddings": "None",
    }
    assert flags[-2:] == ["--embeddings", "vectors/large.gz"]
    assert sorted(asked) == sorted(chosen)  # each once


def test_what_plays_no_part_is_not_drawn():
    asked = {}
    Space(TEXT, "x").draw(lambda name, options: asked.setdefault(name, options[0]))
    assert asked["dropout"] == "0" and "rate" not in asked


@pytest.mark.parametrize(
    "line, said",
    [
        ("adam", "x:2: write `name: option | option`"),
        ("optimizer: adam | ", "x:2: optimizer: an option is empty"),
        ("optimizer: adam | adam", "there twice"),
        ("classifier: CRF", "x:2: classifier has a line already"),
        ("learningRate: 1 .. 0.1", "a range goes up"),
        ("learningRate: 0 .. 0.1 log", "both must be above 0"),
        ("optimiser: adam", "Did you mean `optimizer`"),
        ("optimizer: adam | adm", "must be one of"),
        ("dropout: 0 .. 1.5", "Received: 1.5"),
        ("layers: 0 | 1\nLSTM-Size: [layers]", "LSTM-Size: `LSTM-Size` must be"),
        ("seed: 1 | 2", "each trial gets a seed of its own"),
        ("a: b | 1\nb: a | 2", "it names itself"),
    ],
)
def test_a_wrong_space_is_told_before_anything_is_trained(line, said):
    with pytest.raises(ValueError) as error:
        Space(f"classifier: CRF | Softmax\n{line}", "x")
    assert said in str(error.value)


def test_an_only_configuration_is_no_space():
    with pytest.raises(ValueError, match="nothing to choose"):
        Space("classifier: CRF\n# dropout: 0 | 1\n", "x")


def test_a_file_that_is_no_text(tmp_path):
    (tmp_path / "x").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ValueError, match="no text in UTF-8"):
        read_space(str(tmp_path / "x"))


def test_the_published_space_is_one():
    space = read_space(str(ROOT / "data/spaces/reimers2017.txt"))
    last = space.draw(lambda _, options: options[-1])
    assert "LSTM-Size=[125, 125, 125]" in last and "dropout=(0.5, 0.5)" in last
