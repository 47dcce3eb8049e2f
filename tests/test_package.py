"""The project as a package: what a wheel holds, and that it works where it is put."""

import shutil
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest
import toy

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    """A wheel, built from the tracked files alone."""
    folder = tmp_path_factory.mktemp("wheel")
    tracked = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True
    )
    if tracked.returncode:
        pytest.skip("not a git checkout: which files belong to the project is unknown")
    for name in tracked.stdout.splitlines():
        if not name.startswith(("tests/", "docs/")) and (ROOT / name).exists():
            (folder / "tree" / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / "tree" / name)
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps"]
    command += ["--no-build-isolation", "--wheel-dir", str(folder), "."]
    subprocess.run(command, cwd=folder / "tree", check=True)
    (made,) = folder.glob("*.whl")
    return made


def test_a_wheel_holds_the_three_packages_and_nothing_else(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    places = {name.split("/")[0] for name in names}
    packages = {"util", "neuralnets", "tagger"}
    assert {p for p in places if not p.endswith(".dist-info")} == packages
    wanted = {
        path.relative_to(ROOT).as_posix()
        for package in packages
        for kind in ("*.py", "*.css", "*.html", "*.js")
        for path in (ROOT / package).rglob(kind)
    }
    assert {n for n in names if ".dist-info/" not in n} == wanted


def test_only_what_trains_asks_for_tensorflow(wheel):
    with zipfile.ZipFile(wheel) as file:
        (name,) = (n for n in file.namelist() if n.endswith(".dist-info/METADATA"))
        lines = file.read(name).decode().splitlines()
    needed = [line for line in lines if line.startswith("Requires-Dist: ")]
    tensorflow = [line for line in needed if "tensorflow" in line]
    assert tensorflow and all('extra == "train"' in line for line in tensorflow)
    for name in ("numpy", "h5py", "nltk", "tqdm"):
        plain = [line for line in needed if line.startswith(f"Requires-Dist: {name}")]
        assert any("extra" not in line for line in plain), name


def test_the_installed_command_tags_from_another_folder(
    wheel, corpus, eager, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    model = toy.tagger({}, {"pos": toy.dataset(corpus)})
    model.buildModel()
    model.modelSavePath = "m.h5"
    model.saveModel("pos", 0, 0, 0)
    Path("in.txt").write_text("The dog sees a cat.", "utf-8")

    subprocess.run([sys.executable, "-m", "venv", "env"], check=True)
    (python,) = Path("env").glob("*/python")
    (site,) = Path("env").rglob("site-packages")
    # Its requirements are those that the tests run with.
    (site / "others.pth").write_text(sysconfig.get_path("purelib"), "utf-8")
    install = ["-m", "pip", "install", "--quiet", "--no-deps", "--no-index", str(wheel)]
    subprocess.run([str(python), *install], check=True)

    command = str(python.with_name("tagger"))
    version = subprocess.run([command, "--version"], capture_output=True, text=True)
    assert version.stdout.startswith("tagger ")
    result = subprocess.run(
        [command, "tag", "m.h5", "in.txt"], capture_output=True, text=True
    )
    assert result.returncode == 0, result.stderr
    words = [line.split("\t")[0] for line in result.stdout.splitlines() if line]
    assert words == ["The", "dog", "sees", "a", "cat", "."]
    where = "import util; print(util.__file__)"
    found = subprocess.run([str(python), "-c", where], capture_output=True, text=True)
    assert str(tmp_path) in found.stdout
