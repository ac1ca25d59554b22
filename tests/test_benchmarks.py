"What the scripts in `benchmarks/` measure, and what they say to the shell that runs them"
import importlib, json, os, pickle, subprocess, sys
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

@pytest.fixture
def common(monkeypatch):
    "The helpers of the benchmarks, which are no package"
    monkeypatch.syspath_prepend(BENCHMARKS)
    return importlib.import_module('common')

@pytest.fixture
def windows(tmp_path):
    "Two series, one that repeats itself after 12 samples and one that grows, in the layout of measured.py"
    t, wave, line = np.arange(132), np.tile(np.arange(12.), 11), 3. * np.arange(132)
    assert len(t) == len(wave)
    np.savez(tmp_path/'two.npz', a_context=wave[:120], a_truth=wave[120:], b_context=line[:120], b_truth=line[120:])
    (tmp_path/'two.csv').write_text('window,family,name,m\na,waves,wave,12\nb,lines,line,1\n')
    return tmp_path/'two.npz'

@pytest.mark.slow
def test_measured_series(sh, windows, tmp_path):
    "A wave costs the seasonal naive forecast nothing, on a line it is its own unit; what is written is not asked again, and a model that fails is counted"
    (tmp_path/'mine.py').write_text("def broken(): return Broken()\nclass Broken:\n    def forecast(self, y, h, **k):\n        if len(y) == 120 and y[1] == 3: raise RuntimeError('of a line')\n        from dynmoe.forecast import forecast\n        return forecast(y, h, model='parrot', **k)\n")
    args = ('--data', windows, '--out', tmp_path/'out', '--models', 'snaive', 'snaive_auto', 'theta', 'parrot', 'mine=mine:broken')
    env = {**os.environ, 'PYTHONPATH': f'{BENCHMARKS.parent}:{tmp_path}', 'OMP_NUM_THREADS': '1'}
    sh(sys.executable, BENCHMARKS/'measured.py', *args, env=env)
    read = lambda m: json.loads((tmp_path/'out'/'two'/f'{m}.json').read_text())
    unit = read('snaive')['series']
    assert unit['a']['mae'] == 0 and unit['a']['coverage'] == 1 and unit['b']['mae'] == 3 * 6.5 and unit['b']['ratio'] == unit['b']['pinball_ratio'] == 1
    assert unit['b']['coverage'] == 1, 'the errors of a line inside it are those to come'
    assert read('theta')['series']['b']['ratio'] < .6
    assert read('mine')['summary']['failed'] == 1 and 'of a line' in read('mine')['series']['b']['failed'] and read('mine')['series']['b']['ratio'] == 1
    assert {'commit', 'torch', 'statsforecast'} <= read('theta').keys()
    table = (tmp_path/'out'/'two'/'table.md').read_text()
    assert '*best rival*' in table and 'without each family' in table
    again = sh(sys.executable, BENCHMARKS/'measured.py', *args, env=env)
    assert not any(line.startswith('theta ') for line in again.splitlines()), 'nothing is asked twice'

def test_seasons_and_bands_of_the_seasonal_naive_forecast(common):
    rng = np.random.default_rng(0)
    t = np.arange(200.)
    assert common.season_of(np.sin(t * 2 * np.pi / 24) + .02 * t + .1 * rng.normal(size=200)) == 24
    assert common.season_of(rng.normal(size=200)) == common.season_of(rng.normal(size=200).cumsum()) == common.season_of(np.ones(200)) == 1
    assert common.seasonal_naive(np.arange(10.), 5, 3).tolist() == [7, 8, 9, 7, 8]
    walks = rng.normal(size=(200, 400)).cumsum(1)
    inside = np.mean([[(w[380:] >= low) & (w[380:] <= high)] for w in walks for low, high in [common.conformal(w[:380], 20, 1)]])
    assert .7 < inside < .85, 'of random walks, whose errors at long leads are few and alike'
    assert common.pinball(np.array([[1.]]), np.array([[[0.], [1.], [3.]]])).tolist() == [.1, 0, pytest.approx(.2)]
    assert common.ratio(0, 0) == 1 and common.ratio(1, 0) == common.LIMIT and common.ratio(1, 2) == .5

@pytest.mark.slow
def test_univariate(sh, tmp_path):
    x = 2 + np.sin(np.arange(180) * 2 * np.pi / 15)
    np.savez(tmp_path/'u.npz', names=['Sine', 'Rest'], x=[x, np.ones(180)], methods=['NBEATSModel', 'Theta'], smape=[[42., 50.], [30., 20.]])
    out = bench(sh, 'univariate', '--data', tmp_path/'u.npz', '--out', tmp_path, '--models', 'snaive', 'naive')
    scores = json.loads((tmp_path/'u'/'snaive.json').read_text())['series']
    assert scores['Sine']['smape'] < 1e-9 and scores['Rest']['smape'] == 0
    assert json.loads((tmp_path/'u-published.json').read_text())['Rest'] == dict(NBEATSModel=30, Theta=20)
    assert '| *best of sixteen, published* | 31 |' in out and '| NBEATSModel, published | 36 | 0 |' in out

@pytest.mark.slow
def test_parroting(sh, tmp_path, common):
    parroting = importlib.import_module('parroting')
    u = parroting.kuramoto_sivashinsky(40, 0, settle=100)
    assert u.shape == (40, 64) and 1 < u.std() < 1.5 and np.abs(u.mean(1)).max() < 1e-12, 'of zero mean for ever'
    fine = parroting.kuramoto_sivashinsky(3, 0, settle=5, steps=64)
    assert np.abs(parroting.kuramoto_sivashinsky(3, 0, settle=5) - fine).max() < 1e-3
    np.savetxt(tmp_path/'ecg_train.csv.gz', np.sin(np.arange(1000.) * 2 * np.pi / 50))
    bench(sh, 'parroting', '--data', tmp_path, '--tasks', 'ecg', '--limit', '2', '--models', 'parrot', '--out', tmp_path/'out')
    assert json.loads((tmp_path/'out'/'parrot.json').read_text())['summary']['ecg'] == dict(contexts=2, mae=pytest.approx(0, abs=1e-9), rmse10=pytest.approx(0, abs=1e-9), seconds=pytest.approx(0, abs=1), failed=0)
    (tmp_path/'vortex_street_pod_Re_900_long.npy').write_bytes(pickle.dumps(np.arange(6.).reshape(3, 2), 2))
    assert parroting.series('vortex', tmp_path).shape == (3, 2)
    (tmp_path/'vortex_street_pod_Re_900_long.npy').write_bytes(pickle.dumps(print))
    with pytest.raises(pickle.UnpicklingError, match='arrays and nothing else'): parroting.series('vortex', tmp_path)

@pytest.mark.slow
def test_panel(sh, tmp_path):
    "The seconds of a panel, and of each window that has 512 samples"
    np.savez(tmp_path/'w.npz', long_context=np.arange(512.), long_truth=np.zeros(3), short_context=np.arange(9.), short_truth=np.zeros(3))
    bench(sh, 'panel', '--series', '10', '--models', 'persistence', '--data', tmp_path/'w.npz', '--out', tmp_path/'panel.json')
    made = json.loads((tmp_path/'panel.json').read_text())['persistence']
    assert made['panel']['series'] == 10 and made['panel']['wall'] > 0 and made['panel']['cpu'] > 0 and .3 < made['panel']['relative_mae'] < 3
    assert made['single'].pop('seconds').keys() == {'long'} and made['single']['slowest'] == 'long'

def test_the_best_member_after_the_fact(common):
    "Of what grows by one the drift is right; other models have no members"
    measured, y, truth = importlib.import_module('measured'), np.arange(20.), np.arange(20., 24.)
    a = common.Answer(np.full((4, 1), 19.), np.full((4, 3, 1), 19.), .1)
    said = dict(persistence=np.full((4, 1), 19.), drift=truth[:, None] + .5)
    row = measured.score(y, truth, 1, a, said)
    assert row['ratio'] == 1 and row['best_member'] == pytest.approx(.5 / 2.5) and row['whose'] == 'drift'
    assert 'best_member' not in measured.score(y, truth, 1, a, {})
    members = common.Model('adaptive').members(y, 4)
    assert {'persistence', 'drift', 'one orbit'} <= members.keys() and np.allclose(members['drift'][:, 0], truth)
    assert common.Model('naive').members(y, 4) == {}

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

@pytest.mark.slow
def test_switching(sh, tmp_path):
    "What is written is not measured again; the relay of a thermostat is found, one field is worse"
    args = ('--data', 'automata', '--names', 'thermostat', '--noise', '0', '--models', 'switching', 'polynomial', '--out', tmp_path)
    bench(sh, 'switching', *args)
    read = lambda m: json.loads((tmp_path/'automata'/f'{m}-0.json').read_text())['series']['thermostat']
    ours, one = read('switching'), read('polynomial')
    assert (ours['laws'], ours['found'], ours['true_laws']) == (2, 'history', 2) and ours['nmi'] > .98 and ours['coefficient'] < 1e-9 and ours['rollout'] < 1e-9 < one['rollout']
    assert 'switching-0' not in bench(sh, 'switching', *args)
