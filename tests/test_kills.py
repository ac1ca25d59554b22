"A process killed at any of its file operations: what it began goes on, or begins anew, as if nothing had been."
import csv, json, os, subprocess, sys, tempfile
from pathlib import Path
import pytest

# The part that runs in a process of its own, which imports once and forks for every kill

CHANGES = ('open', 'os.rename', 'os.remove', 'os.mkdir', 'os.rmdir', 'os.chmod')   # Python tells its audit hooks of each before it does it

class Killer:
    "Counts the changes below a folder, and ends the process, without a word, before the one numbered `at`"
    def __init__(self, folder, at=None):
        self.folder, self.at, self.n = str(folder), at, 0
        sys.addaudithook(self.hear)

    def hear(self, event, args):
        if event not in CHANGES or self.folder is None or not str(args[0]).startswith(self.folder): return
        if event == 'open' and not args[2] & (os.O_WRONLY | os.O_RDWR): return
        self.n += 1
        if self.n == self.at: os._exit(9)

def half_written():
    "Let files of tensors be written in two parts, of which a kill may leave the first; what safetensors does by itself is not heard"
    import dynmoe.core as core
    real = core.save_file
    def save_file(tensors, path, **kw):
        real(tensors, path, **kw)
        whole = Path(path).read_bytes()
        Path(path).write_bytes(whole[:len(whole) // 2])
        Path(path).write_bytes(whole)
    core.save_file = save_file

def forked(work):
    "The exit code of `work()` in a fork"
    pid = os.fork()
    if pid: return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    code = 1
    try: work(); code = 0
    except BaseException:
        import traceback
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)

def blank():
    "A figure that is drawn quickly"
    import matplotlib.pyplot as plt
    ax = plt.subplots(figsize=(1, 1))[1]
    ax.set_axis_off()
    return ax

def training():
    "begin(folder, again), which goes on where there is something to go on with"
    import dynmoe.experiments as e
    e._figures = lambda run: [('trajectories', blank())]
    data, cfg = e.make_config(dict(system='piecewise_lorenz', params=dict(r=.5), n_trajectories=4, n_steps=30, dt=.05, horizons=[0, 3], shares=[.5, .5], steps_per_epoch=2, epochs=3,
                                   method='euler', n_experts=2, width=6, depth=1, gate_width=4, history_size=2, batch_states=16, batch_windows=8))
    return lambda out: e.resume_training(out) if (out/'config.yml').is_file() else e.run_training(data, cfg, out)

def pretraining():
    import numpy as np
    from dynmoe.pretraining import run_pretraining
    g, t = np.random.default_rng(0), np.arange(300) * .13
    corpus = Path(tempfile.mkdtemp())/'corpus.npy'
    np.save(corpus, np.stack([np.stack([np.cos(t + b), np.sin(t + b), np.cos(2*t)], -1) + .01 * g.standard_normal((300, 3)) for b in range(3)], 1))
    values = dict(data=str(corpus), latent=6, n_experts=2, batch=2, sequence=8, contexts=[20], steps_per_epoch=2, evaluate_every=2, valid_contexts=[20], valid_steps=100, epochs=3)
    return lambda out: run_pretraining(out, None if (out/'config.yml').is_file() else values)

def comparison():
    import dynmoe.experiments as e
    from dynmoe.plotting import save
    e._figures, e._draw_comparison = lambda run: [], lambda rows, path: save(blank(), path)
    data, cfg = e.make_config(dict(system='chua', n_trajectories=4, n_steps=20, horizons=[2], shares=[1], steps_per_epoch=1, epochs=1, method='euler', n_experts=2, width=6, depth=1, gate_width=4, history_size=2, batch_windows=8))
    return lambda out: e.compare({'mixture': {}}, data, cfg, out, seeds=(0,))

def simulation():
    from dynmoe.cli import main
    def begin(out):
        file = out/'data.npz'
        if not file.exists(): assert main(['simulate', '--system', 'chua', '--n', '2', '--steps', '20', '--out', str(file)]) == 0
    return begin

def facts(folder):
    "What must not depend on kills: every file, without the seconds that things took"
    from dynmoe.core import load_tensors
    out = {}
    for p in sorted(folder.rglob('*')):
        name = str(p.relative_to(folder))
        out[name] = None
        if p.suffix == '.safetensors': out[name] = {k: v.numpy().tobytes() for k, v in load_tensors(p)[0].items()}
        if p.suffix == '.csv': out[name] = [{k: v for k, v in r.items() if k != 'seconds'} for r in csv.DictReader(open(p))]
        if p.name == 'metrics.json': out[name] = {k: v for k, v in json.loads(p.read_text()).items() if k != 'training'} | {'steps': json.loads(p.read_text())['training']['steps']}
        if p.suffix == '.npz': out[name] = p.read_bytes()
        if p.suffix == '.html': out[name] = [s for s in p.read_text().split('<li>') if 'steps in' in s]
    return out

def main(what, part, parts):
    "Kill at every `parts`-th operation; prints what went wrong, and how many kills there were"
    import torch
    torch.set_num_threads(1)
    begin, home = globals()[what](), Path(tempfile.mkdtemp())
    half_written()
    begin(home/'warm')                                         # what is set up once is set up before the forks
    def whole():
        killer = Killer(home/'whole')
        begin(home/'whole')
        killer.folder = None
        (home/'count').write_text(str(killer.n))
    assert forked(whole) == 0
    want, n = facts(home/'whole'), int((home/'count').read_text())
    for k in range(1 + part, n + 1, parts):
        out = home/f'killed-{k}'
        if (code := forked(lambda: (Killer(out, k), begin(out)))) != 9: print(f'kill {k}: not killed but ended with {code}'); continue
        left = sorted(str(p.relative_to(out)) for p in out.rglob('*')) if out.exists() else []
        if code := forked(lambda: begin(out)): print(f'kill {k}: going on ended with {code}; what was left: {left}'); continue
        got = facts(out)
        if odd := [f for f in want.keys() | got.keys() if f not in want or f not in got or want[f] != got[f]]: print(f'kill {k}: other or missing files {odd}; what was left: {left}')
    print(f'{n} operations')

if __name__ == '__main__': main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))

# The tests

@pytest.mark.skipif(not hasattr(os, 'fork'), reason='each kill happens in a fork of this process, and Windows cannot fork')
@pytest.mark.parametrize('what, least', [('training', 60), ('pretraining', 40), ('comparison', 60), ('simulation', 5)])
def test_killed_at_every_file_operation(what, least):
    env, parts = {**os.environ, 'OMP_NUM_THREADS': '1', 'MPLBACKEND': 'agg'}, min(2, os.cpu_count() or 1)
    running = [subprocess.Popen([sys.executable, __file__, what, str(i), str(parts)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=env) for i in range(parts)]
    for p in running:
        out, err = p.communicate(timeout=600)
        *wrong, last = [line for line in out.splitlines() if line.startswith('kill ') or line.endswith(' operations')] or ['']
        assert p.returncode == 0 and not wrong and int(last.split()[0]) >= least, out + err
