"""A script that knows nothing but the published names runs unchanged."""

import json
import random
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

# As users of the original tool wrote them, for Keras 2.2.
SCRIPT = """
from __future__ import print_function
import os
import sys
import json
import logging
from keras import backend as K
from neuralnets.BiLSTM import BiLSTM
from util.preprocessing import perpareDataset, prepareDataset, loadDatasetPickle
from util.preprocessing import readCoNLL, createMatrices
from util.preprocessing import addCharInformation, addCasingInformation
from util.CoNLL import conllWrite
from util.CoNLL import readCoNLL as readCoNLL2
from util.BIOF1Validation import compute_f1, compute_f1_token_basis
from util.WordEmbeddings import wordNormalize

abspath = os.path.abspath(__file__)
os.chdir(os.path.dirname(abspath))
logging.getLogger().setLevel(logging.INFO)

datasets = {
    'animals':
        {'columns': {0: 'tokens', 1: 'POS', 2: 'chunk_BIO'},
         'label': 'chunk_BIO',
         'evaluate': True,
         'commentSymbol': None}
}

def lower(columnName, value, line):
    assert value in line
    return value.lower() if columnName == 'tokens' else value

embeddingsPath = 'vectors.txt'
pickleFile = perpareDataset(embeddingsPath, datasets, 2, True, lower, True)
again = prepareDataset(embeddingsPath=embeddingsPath, datasets=datasets,
                       frequencyThresholdUnknownTokens=2,
                       reducePretrainedEmbeddings=True, valTransformations=lower,
                       padOneTokenSentence=True)
embeddings, mappings, data = loadDatasetPickle(pickleFile)

params = {'classifier': ['CRF'], 'LSTM-Size': [8], 'dropout': (0.25, 0.25),
          'featureNames': ['tokens', 'casing', 'POS'], 'charEmbeddings': 'CNN',
          'optimizer': 'adam', 'earlyStopping': 3, 'miniBatchSize': 4,
          'clipvalue': 0.5, 'clipnorm': None}
model = BiLSTM(params)
model.setMappings(mappings, embeddings)
model.setDataset(datasets, data)
model.storeResults('results/animals.csv')
model.modelSavePath = "models/[ModelName]_[DevScore]_[TestScore]_[Epoch].h5"
model.buildModel()
model.fit(epochs=2)

name = 'animals'
dev, test = data[name]['devMatrix'], data[name]['testMatrix']
pre, rec, f1 = model.computeF1(name, test)
acc = model.computeAcc(name, test)
scores = model.computeScore(name, dev, test)
labelKey = model.labelKeys[name]
predicted = model.predictLabels(model.models[name], test)
correct = [row[labelKey] for row in test]
old = [compute_f1(predicted, correct, model.idx2Labels[name], fix, 'BIO')
       for fix in ('No', 'O', 'B')]
token = compute_f1_token_basis(predicted, correct, mappings[labelKey]['O'])
model.trainModel()
model.saveModel(name, 6, 0.5, 0.25)

loaded = BiLSTM.loadModel('models/animals_0.5000_0.2500_7.h5')
sentences = readCoNLL('data/animals/test.txt', {0: 'tokens', 1: 'POS'})
assert sentences == readCoNLL2('data/animals/test.txt', {0: 'tokens', 1: 'POS'}, '%')
addCharInformation(sentences)
addCasingInformation(sentences)
dataMatrix = createMatrices(sentences, loaded.mappings, True)
tags = loaded.tagSentences(dataMatrix)
for idx in range(len(sentences)):
    sentences[idx]['tag'] = tags[name][idx]
conllWrite('tagged.txt', sentences, ['tokens', 'tag'])

with open('out.json', 'w') as f:
    json.dump({
        'same': pickleFile == again, 'keys': sorted(dataMatrix[0]),
        'vectors': list(embeddings.shape), 'words': sorted(mappings['tokens']),
        'f1': [pre, rec, f1], 'acc': acc, 'scores': scores, 'old': old,
        'token': token, 'tags': tags, 'params': sorted(params),
        'lengths': [[len(p) for p in predicted], [len(c) for c in correct]],
        'padding': dataMatrix[-1], 'normal': wordNormalize('On--1.5 "" 2017-05-30'),
        'alive': K.backend(), 'raw': [row['raw_tokens'] for row in dataMatrix],
        'loaded': [loaded.params['LSTM-Size'], loaded.labelKeys, list(loaded.models)],
    }, f)
"""


def test_a_script_of_the_original_tool_runs_unchanged(tmp_path):
    draw = random.Random(1)
    animals = ["Dogs", "cats", "birds", "Owls"]
    folder = tmp_path / "data" / "animals"
    folder.mkdir(parents=True)
    for split in ("train", "dev", "test"):
        text = ""
        for _ in range(12):
            text += (
                f"{draw.choice(animals)} NOUN B-NP\n{draw.choice(animals)} NOUN I-NP\n"
            )
            text += "bark VERB B-VP\n. PUNCT O\n\n"
        (folder / f"{split}.txt").write_text(text + "Stop VERB O\n", "utf-8")
    words = ["dogs", "cats", "birds", ".", "unused"]
    vectors = "".join(f"{w} {' '.join('0.25' for _ in range(6))}\n" for w in words)
    (tmp_path / "vectors.txt").write_text(vectors, "utf-8")
    script = tmp_path / "my_training.py"
    script.write_text(SCRIPT, "utf-8")
    program = "import sys, runpy; sys.path.insert(0, sys.argv[1]); "
    program += "runpy.run_path(sys.argv[2], run_name='__main__')"
    result = subprocess.run(
        [sys.executable, "-c", program, str(ROOT), str(script)],
        capture_output=True,
        text=True,
    )
    assert result.returncode == 0, result.stderr
    out = json.loads((tmp_path / "out.json").read_text("utf-8"))

    assert out["same"] is True
    assert set(out["keys"]) == {
        *("tokens", "POS", "chunk_BIO", "chunk_IOB", "chunk_IOBES", "chunk_class"),
        *("casing", "characters", "raw_tokens"),
    }
    # Those of the file that the data need, and two frequent words of the data's own.
    assert set(out["words"]) == {
        *("PADDING_TOKEN", "UNKNOWN_TOKEN", "dogs", "cats", "birds", "."),
        *("owls", "bark"),
    }
    assert out["vectors"] == [len(out["words"]), 6]
    assert out["scores"][1] == out["f1"][2]
    assert 0 <= out["acc"] <= 1
    assert len(out["old"]) == 3
    assert all(len(values) == 3 for values in out["old"])
    assert len(out["token"]) == 3
    assert out["lengths"][0] == out["lengths"][1]
    tags = out["tags"]["animals"]
    assert (
        [len(row) for row in tags] == [len(row) for row in out["raw"]] == [4] * 12 + [1]
    )
    assert {tag for row in tags for tag in row} <= {"B-NP", "I-NP", "B-VP", "O"}
    assert out["padding"]["raw_tokens"] == ["Stop"]
    assert out["padding"]["POS"][1] == out["padding"]["tokens"][1] == 0
    assert out["padding"]["characters"][1] == [0]
    assert out["padding"]["chunk_BIO"] == []
    assert out["normal"] == 'on-NUMBER_TOKEN " DATE_TOKEN'
    assert out["alive"] == "tensorflow"
    assert out["loaded"] == [[8], {"animals": "chunk_BIO"}, ["animals"]]
    lines = (tmp_path / "results" / "animals.csv").read_text("utf-8").splitlines()
    assert len(lines) == 2
    tagged = (tmp_path / "tagged.txt").read_text("utf-8").split("\n\n")
    expected = [[a, b] for a, b in zip(out["raw"][0], tags[0])]
    assert [line.split("\t") for line in tagged[0].split("\n")] == expected
