"""`tagger search` where Optuna is not installed, or not needed yet."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


def run(folder, code):
    command = [sys.executable, "-c", f"import sys\n{code}"]
    return subprocess.run(
        command,
        cwd=folder,
        capture_output=True,
        text=True,
        env={"PYTHONPATH": str(ROOT)},
    )


def test_it_says_what_to_install(tmp_path):
    (tmp_path / "space.txt").write_text("optimizer: nadam | adam\n", "utf-8")
    (tmp_path / "s.py").touch()
    flags = ["search", "s.py", "--space", "space.txt", "--trials", "1"]
    code = "sys.modules['optuna'] = None\nfrom tagger.__main__ import main\n"
    answer = run(tmp_path, f"{code}main({flags})")
    assert answer.returncode == 1
    assert answer.stderr == (
        "Error: searching needs Optuna: python -m pip install -r "
        "requirements-search.txt\n"
    )
    assert sorted(p.name for p in tmp_path.iterdir()) == ["s.py", "space.txt"]


def test_help_and_flags_load_nothing_large(tmp_path):
    code = (
        "from tagger.commands import search\n"
        "search.parse(['s.py', '--space', 'x', '--trials', '3'])\n"
        "print(*sys.modules)"
    )
    loaded = set(run(tmp_path, code).stdout.split())
    assert "tagger.experiments.search.space" in loaded
    assert not {"optuna", "numpy", "tensorflow", "sqlalchemy"} & loaded
