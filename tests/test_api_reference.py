"""`make docs` writes a page for each module that programs import."""

import re
from pathlib import Path

import pdoc
import pdoc.render

ROOT = Path(__file__).resolve().parents[1]
# What stands in each one's page.
NAMES = {
    "neuralnets.BiLSTM": ["BiLSTM.fit", "BiLSTM.loadModel"],
    "neuralnets.tagging.tagger": ["Tagger.tagSentences", "Tagger.tag"],
    "neuralnets.keraslayers.ChainCRF": ["ChainCRF"],
    "util.preprocessing": ["perpareDataset", "loadDatasetPickle", "createMatrices"],
    "util.CoNLL": ["readCoNLL", "conllWrite"],
    "util.BIOF1Validation": ["compute_f1"],
    "util.WordEmbeddings": ["wordNormalize"],
}


def test_the_reference_has_a_page_for_each_module(tmp_path):
    made = re.search(r"^API := ((?:.*\\\n)*.*)", (ROOT / "Makefile").read_text(), re.M)
    modules = made.group(1).replace("\\", " ").split()
    pdoc.render.configure(docformat="google")
    pdoc.pdoc(*modules, output_directory=tmp_path)
    for module in modules:
        page = tmp_path / (module.replace(".", "/") + ".html")
        text = page.read_text("utf-8")
        for name in NAMES.get(module, []):
            assert f'id="{name}"' in text
    assert set(NAMES) <= set(modules)
