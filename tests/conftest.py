import subprocess, sys
from pathlib import Path
import pytest
from browser import chromium, visitor # noqa: F401  (fixtures)

@pytest.fixture(scope='session')
def root():
    "The repository"
    return Path(__file__).parent.parent

@pytest.fixture(scope='session')
def sh():
    "Run a command that must succeed: its output"
    def run(*cmd, **kw):
        done = subprocess.run([str(c) for c in cmd], text=True, capture_output=True, **kw)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout
    return run

@pytest.fixture(scope='session')
def dist(root, sh, tmp_path_factory):
    "A wheel built from the source distribution, and that, of the tracked files"
    clone, out = tmp_path_factory.mktemp('clone')/'dynmoe', tmp_path_factory.mktemp('dist')
    sh('git', 'clone', '--quiet', root, clone)
    sh(sys.executable, '-m', 'build', '--no-isolation', '--outdir', out, clone)
    return next(out.glob('*.whl')), next(out.glob('*.tar.gz'))
