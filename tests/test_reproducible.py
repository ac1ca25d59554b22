"A forecast with a seed is the same to the last bit whether its kernels were compiled just now or come from numba's cache."
import os, subprocess, sys
import pytest

CODE = '''
import hashlib
import torch
from dynmoe.dynamix import dynamix
from dynmoe.forecast import forecast
from dynmoe.systems import get_system
torch.set_num_threads(1)
x = get_system('lorenz63').trajectories(1, torch.arange(700, dtype=torch.float64) * .03, seed=0, dtype=torch.float64)[100:, 0]
models = [dynamix(expert_type=kind, probabilistic=noisy, seed=0) for kind in ('almost_linear_rnn', 'clipped_shallow_plrnn') for noisy in (False, True)]
for model in 'adaptive', 'dynmoe', 'esn', *models:
    for dtype in torch.float32, torch.float64: print(hashlib.sha256(forecast(x.to(dtype), 1000, model, seed=0).numpy().tobytes()).hexdigest())
'''

@pytest.mark.slow
def test_compiled_and_cached_kernels_agree(tmp_path):
    def run():
        done = subprocess.run([sys.executable, '-c', CODE], text=True, capture_output=True, env={**os.environ, 'NUMBA_CACHE_DIR': str(tmp_path), 'OMP_NUM_THREADS': '1'})
        assert done.returncode == 0, done.stderr
        return done.stdout.splitlines()
    compiled = run()
    assert len(compiled) == 14 and any(tmp_path.rglob('*.nbi')) and run() == compiled
