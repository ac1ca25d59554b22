"What the scripts in `benchmarks/` measure, and what they say to the shell that runs them"
import importlib, json, os, re, shlex, subprocess, sys
from dataclasses import replace
from pathlib import Path
import numpy as np
import pytest

GPU = Path(__file__).parents[1]/'benchmarks'/'gpu'/'run.py'

def test_a_failed_stage_is_a_failed_run(tmp_path):
    "No test of that name: a failure, in the stage alone and among others; what was found is written all the same"
    for stages in (['tests'], ['tests', 'seeds']):
        done = subprocess.run([sys.executable, GPU, '--out', tmp_path, '--only', *stages, '-k', 'no_such_test'], text=True, capture_output=True)
        assert done.returncode == 1, done.stdout + done.stderr
        assert json.loads((tmp_path/'tests.json').read_text())['counts'] == dict(passed=0, failed=0, error=0, skipped=0)
    assert 'failed: tests' in done.stderr

BENCHMARKS = GPU.parents[1]

def bench(sh, name, *args): return sh(sys.executable, BENCHMARKS/f'{name}.py', *args, env={**os.environ, 'PYTHONPATH': BENCHMARKS.parent, 'OMP_NUM_THREADS': '1'})

def records_of(folder, name):
    from dynmoe.records import records
    return records(folder, name)

@pytest.mark.slow
def test_panel(sh, tmp_path):
    "The seconds of a panel, and of each window that has 512 samples"
    np.savez(tmp_path/'w.npz', long_context=np.arange(512.), long_truth=np.zeros(3), short_context=np.arange(9.), short_truth=np.zeros(3))
    bench(sh, 'panel', '--series', '10', '--models', 'persistence', '--data', tmp_path/'w.npz', '--out', tmp_path/'records')
    made, = records_of(tmp_path/'records', 'panel')
    whole, single = (made.rows[made.rows.setting == k] for k in ('panel', 'single series'))
    assert whole.system.tolist() == ['10 series'] and whole.wall.item() > 0 and whole.seconds.item() > 0 and .3 < whole.relative_mae.item() < 3
    assert single.system.tolist() == ['long']

def test_automata_have_exact_events(monkeypatch):
    "A ball that bounces: the energy between impacts is that of .81 times the one before, wherever the impacts lie between the samples; a thermostat stays between its limits"
    monkeypatch.syspath_prepend(BENCHMARKS)
    automata = importlib.import_module('automata')
    ball = automata.AUTOMATA['bouncing_ball']()
    z, _ = ball.simulate(2, 0)
    E = z[..., 1]**2 / 2 + z[..., 0]
    bounces = np.round(np.log(E / E[:, :1]) / np.log(.81))
    assert bounces.max() >= 2 and np.abs(E - E[:, :1] * .81**bounces).max() < 1e-9
    assert ball.coefficients()[0].nonzero()[0].tolist() == [0, 2] and ball.coefficients()[0][0].tolist() == pytest.approx([0, -1])
    z, r = automata.AUTOMATA['thermostat']().simulate(3, 0)
    assert z.min() > 19 - 1e-9 and z.max() < 21 + 1e-9 and (np.diff(r) != 0).sum() > 30

def test_systems_that_decide(monkeypatch):
    "A block that sticks moves with the belt, while its spring is weaker than friction; a relay remembers; chance is the same of however many trajectories"
    monkeypatch.syspath_prepend(BENCHMARKS)
    automata = importlib.import_module('automata')
    few = {k: replace(make(), T=60, train=4, burn=0) for k, make in automata.DEV.items()}
    z, r = few['dry_friction'].simulate(4, 3)
    assert (r == 2).any() and np.abs(z[r == 2][:, 1] - .6).max() < 1e-9 and np.abs(z[r == 2][:, 0]).max() <= 1.2
    z, r = few['relay'].simulate(4, 0)
    changed = np.diff(r) != 0
    assert changed.any() and np.abs(z[:, 1:][changed][:, 0]).min() > .5 and (r[z[..., 0] > .5] == 1).all() and (r[z[..., 0] < -.5] == 0).all()
    for a, b in zip(few['lorenz_jumps'].simulate(2, 0), few['lorenz_jumps'].simulate(4, 0)): assert (a == b[:2]).all() and a.std() > 0
    _, r = replace(few['seasons'], T=180).simulate(1, 0)
    assert np.abs(np.flatnonzero(np.diff(r[0])) - [99.5, 159.5]).max() == .5                 # at 5 and at 8, in twentieths: before or after the sample, by rounding

@pytest.mark.slow
def test_switching(sh, tmp_path):
    "What is written is not measured again; the relay of a thermostat is found, one field is worse"
    args = ('--data', 'automata', '--names', 'thermostat', '--noise', '0', '--models', 'switching', 'polynomial', '--out', tmp_path)
    bench(sh, 'switching', *args)
    made, = records_of(tmp_path, 'switching-automata')
    ours, one = (made.rows[made.rows.model == m].iloc[0] for m in ('switching', 'polynomial'))
    assert (ours.laws, ours.found, ours.true_laws) == (2, 'history', 2) and ours.nmi > .98 and ours.coefficient < 1e-9 and ours.rollout < 1e-9 < one.rollout
    assert ours.right_laws == ours.right_kind == 1 and one.right_laws == 0 and made.head['command'].startswith('python ')

def test_sweep(monkeypatch, tmp_path, capsys):
    "Two processes that need 11 CPU seconds where one needs 10, in 6 seconds of the wall: 1.67 times as fast, at best 20 / 11; both do the same work"
    monkeypatch.syspath_prepend(BENCHMARKS)
    sweep, asked = importlib.import_module('sweep'), []
    monkeypatch.setattr(sweep, 'took', lambda work, workers: asked.append((workers, work)) or ((10., 10.) if workers == 1 else (6., 11.)))
    monkeypatch.setattr(sys, 'argv', ['sweep.py', '--rounds', '1', '--out', str(tmp_path)])
    sweep.main()
    rows = records_of(tmp_path, 'sweep')[0].rows.set_index('model')
    assert rows.faster.tolist() == pytest.approx([10 / 6, 1]) and rows.at_best.tolist() == pytest.approx([20 / 11, 1]) and rows.index.tolist() == ['2 processes', '1 process']
    assert asked[1][1] == asked[2][1] and [w for w, _ in asked] == [1, 2, 1]

def test_every_record_is_whole_and_every_table_has_one(root):
    "What is kept beside the code can be read, its summary follows from its rows, and the notebooks name no results without a record"
    from dynmoe.records import _plain, records, summarise
    found = records(root/'benchmarks'/'records')
    assert found and len({r.path for r in found}) == len(list((root/'benchmarks'/'records').iterdir()))
    for r in found:
        assert re.fullmatch(rf"{r.head['date'][:10]}-{r.name}(-\d+)?", r.path.name) and r.head['command'] and r.head['scores']
        now = [_plain(s) for s in summarise(r.rows, r.scores)]
        assert [(s['setting'], s['model'], s['systems'], s['failed']) for s in now] == [(s['setting'], s['model'], s['systems'], pytest.approx(s['failed'])) for s in r.head['summary']], r
        for a, b in zip(now, r.head['summary']):
            for k in r.scores: assert a[k] == (None if b[k] is None else [v if v is None else pytest.approx(v, rel=1e-6, abs=1e-12) for v in b[k]]), (r, k)
        assert not [w for w in shlex.split(r.head['command']) if Path(w).is_absolute()] and not re.search('"/', json.dumps(r.head['config'])), r    # no folders of the machine that measured

def test_what_a_gpu_left_becomes_records(root, tmp_path, sh):
    "Each stage a record of the commit and device that it names, with what lies beside it; files without figures are left out"
    who = dict(date='2026-01-02', commit='abc1234', device='a GPU', cpu='a CPU', torch='2', cuda='13', python='3.12', command='python benchmarks/gpu/run.py --out /somewhere/out')
    stages = {'rollouts': dict(rows=[dict(backend='triton', device='cuda', series=n, microseconds_per_step=5. * n) for n in (1, 55)], context=2000),
              'seeds': dict(model='dynmoe-3d', systems=dict(Lorenz=dict(d_stsp=[1., 2], valid_steps=[30, 40]))), 'tests-two': dict(cases={'test_a': 'passed', 'test_b': 'failed: why'}, notebooks={}), 'other': {},
              'training': dict(history=[dict(seconds=s, lr=lr, **({f'{k}_{c}': float(c) for k in ('d_stsp', 'd_hell', 'mase', 'valid') for c in (512, 2000)} if s != 1. else {})) for s, lr in ((0., .1), (1., .05), (9., .01))])}
    for k, s in stages.items(): (tmp_path/f'{k}.json').write_text(json.dumps(dict(provenance=who, **s)))
    (tmp_path/'seeds.npz').write_bytes(b'beside')
    sh(sys.executable, root/'benchmarks'/'gpu'/'keep.py', tmp_path, '--out', tmp_path/'kept')
    rollouts, seeds, tests = (records_of(tmp_path/'kept', f'gpu-{k}')[0] for k in ('rollouts', 'seeds', 'tests'))
    training = records_of(tmp_path/'kept', 'gpu-training')[0]
    assert training.rows.model.tolist() == ['after 0 s'] * 2 + ['after 9 s'] * 2 and training.rows.d_stsp.tolist() == [512, 2000] * 2 and training.head['extra'] == dict(lr=.1, lr_end=.01)
    assert len(list((tmp_path/'kept').iterdir())) == 4 and (seeds.path/'seeds.npz').exists()
    assert rollouts.rows.setting.tolist() == ['1 series', '55 series'] and rollouts.rows.microseconds_per_step.tolist() == [5, 275] and rollouts.head['config'] == dict(context=2000)
    assert (rollouts.head['commit'], rollouts.head['processor'], rollouts.head['command'].split()[-1]) == ('abc1234', 'a GPU; a CPU', 'out')
    assert seeds.rows.seed.tolist() == [0, 1] and tests.rows.failed.tolist() == ['', 'failed: why'] and tests.head['summary'][0]['failed'] == 1

def test_make_bench(root, sh):
    "The target knows the scripts and the suites, and says what it wants"
    said = sh('make', '-n', 'bench', 'NAME=engines', 'ARGS=--rounds 1', cwd=root)
    assert 'python benchmarks/engines.py --rounds 1' in said
    assert 'dynmoe benchmark dysts --out benchmarks/records --limit 2' in sh('make', '-n', 'bench', 'NAME=dysts', 'ARGS=--limit 2', cwd=root)
    done = subprocess.run(['make', '-n', 'bench'], cwd=root, text=True, capture_output=True)
    assert done.returncode and 'NAME=' in done.stderr

@pytest.mark.slow
def test_equations(monkeypatch):
    "The true coefficients are read off the right-hand side; those found of a noisy oscillator are near; what is no polynomial is none"
    monkeypatch.syspath_prepend(BENCHMARKS)
    import torch
    from dynmoe.systems import get_system
    equations = importlib.import_module('equations')
    lorenz = get_system('lorenz63')
    C = equations.truth(lorenz)
    at = {tuple(p): i for i, p in enumerate(equations.monomials(3, 4).powers.tolist())}
    assert (C != 0).sum() == 7 and C[at[1, 0, 0], 1] == pytest.approx(28) and C[at[0, 0, 1], 2] == pytest.approx(-8 / 3) and C[at[1, 0, 1], 1] == pytest.approx(-1)
    assert equations.truth(get_system('kuramoto', n=3)) is None
    z = lorenz.trajectories(2, torch.arange(600, dtype=torch.float64) * .0075, seed=0, dtype=torch.float64).numpy()
    seen = z + .01 * np.sqrt(np.square(z).mean()) * np.random.default_rng(0).standard_normal(z.shape)
    powers, found, degree = equations.joint([seen[:, 0], seen[:, 1]], .0075, C)
    assert degree == 2 and equations.error(powers, found, C) < .01 and ((equations.placed(powers, found, 3) != 0) == (C != 0)).all()
