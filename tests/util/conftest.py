import pytest

from util import segmentation


@pytest.fixture
def text_file(tmp_path):
    def write(content, name="data.txt"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return str(path)

    return write


@pytest.fixture
def offline(monkeypatch):
    monkeypatch.setattr(segmentation, "_installed", lambda punkt: None)
    monkeypatch.setattr(segmentation, "_downloaded", lambda punkt: None)
    segmentation._splitter.cache_clear()
    yield
    segmentation._splitter.cache_clear()
