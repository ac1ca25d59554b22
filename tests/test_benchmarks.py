"What the scripts in `benchmarks/` say to the shell that runs them"
import json, subprocess, sys
from pathlib import Path

GPU = Path(__file__).parents[1]/'benchmarks'/'gpu'/'run.py'

def test_a_failed_stage_is_a_failed_run(tmp_path):
    "No test of that name: a failure, in the stage alone and among others; what was found is written all the same"
    for stages in (['tests'], ['tests', 'seeds']):
        done = subprocess.run([sys.executable, GPU, '--out', tmp_path, '--only', *stages, '-k', 'no_such_test'], text=True, capture_output=True)
        assert done.returncode == 1, done.stdout + done.stderr
        assert json.loads((tmp_path/'tests.json').read_text())['counts'] == dict(passed=0, failed=0, error=0, skipped=0)
    assert 'failed: tests' in done.stderr
