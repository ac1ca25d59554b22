"Absurd settings and damaged runs: whatever is wrong with them is an `InputError`, soon, and in little memory."
import json, os, shutil, subprocess, sys, tempfile
from pathlib import Path
import pytest

SECONDS, GIGABYTES = 30, 4

def absurd():
    "Values that no setting should have, and some that it may"
    from hypothesis import strategies as st
    numbers = st.sampled_from([0, 1, 2, 3, -1, 7, 10**4, 10**7, 10**9, 10**18, 2**63, 2**64, 10**400, .5, -.5, 1e-300, 1e9, 1e30, 1e308, float('inf'), float('-inf'), float('nan')]) | st.integers() | st.floats() | st.integers(4900, 5100).map(lambda n: 10**n)   # which Python does not print
    texts = st.sampled_from(['', 'x', '1e3', '1e30', '9' * 5000, '²', 'a\0b', '\n', '\ud800', 'nan', 'x' * 10**5, 'cpu', 'cuda:999999999999', 'ame_ode', 'lstm', 'rk4', 'spectral', 'state', '../..', '$\\frac{$'])
    leaves = st.none() | st.booleans() | numbers | texts
    return leaves | st.recursive(leaves, lambda x: st.lists(x, max_size=3) | st.tuples(x, x) | st.dictionaries(st.sampled_from(['a', 'r', '1', 'median']), x, max_size=2), max_leaves=5)

def settings(n, seed):
    "Random values for random keys of every configuration; what is accepted has the types that it says, and makes a model"
    import warnings
    from dataclasses import asdict, fields
    from hypothesis import HealthCheck, Phase, given, seed as seeded, settings, strategies as st
    from dynmoe.baseline_models import MODELS, build
    from dynmoe.core import InputError
    from dynmoe.experiments import DataConfig, make_config, _ARCHITECTURE, fresh_model
    from dynmoe.pretraining import CorpusConfig, PretrainConfig
    from dynmoe.training import TrainConfig
    warnings.simplefilter('ignore')
    start = {DataConfig: dict(system='chua'), TrainConfig: {}, CorpusConfig: {}, PretrainConfig: {}}
    @st.composite
    def case(draw):
        cls = draw(st.sampled_from([TrainConfig, TrainConfig, DataConfig, CorpusConfig, PretrainConfig]))
        keys = draw(st.lists(st.sampled_from([f.name for f in fields(cls)]), min_size=1, max_size=2, unique=True))
        return cls, {k: draw(absurd()) for k in keys}, draw(st.sampled_from(list(MODELS)))
    def typed(v): return v is None or type(v) in (bool, int, float, str, dict) or (type(v) is tuple and all(type(x) in (int, float, str) for x in v))
    @seeded(seed)
    @given(case())
    @settings_of(settings, HealthCheck, Phase, n)
    def run(c):
        cls, values, model = c
        with limited(c):
            try:
                cfg = cls(**start[cls] | values)
                assert all(typed(v) for v in asdict(cfg).values()), cfg
                json.dumps({k: v for k, v in asdict(cfg).items() if k != 'params'}, allow_nan=False)      # those are the system's affair
                if cls in (TrainConfig, DataConfig): make_config(start[DataConfig] | values)
                if cls is TrainConfig and not cfg.tensorboard: fresh_model(cfg, 3); build(model, 3, **{k: getattr(cfg, k) for k in _ARCHITECTURE})
                if cls is PretrainConfig and cfg.start is None: cfg.model()
            except InputError as e: assert len(str(e)) < 2000 and str(e).isprintable(), str(e)[:300]
    run()

def runs(n, seed):
    "Random values at random places of a run's files"
    import torch, yaml
    from hypothesis import HealthCheck, Phase, given, seed as seeded, settings, strategies as st
    import dynmoe.experiments as e
    from dynmoe.core import InputError, load_tensors, save_tensors
    home = Path(tempfile.mkdtemp())
    e._figures = lambda run: []
    data, cfg = e.make_config(dict(system='chua', n_trajectories=4, n_steps=20, horizons=[0, 2], shares=[.5, .5], steps_per_epoch=1, epochs=2, n_experts=2, width=6, depth=1, gate_width=4, history_size=2, batch_windows=8, batch_states=8))
    e.run_training(data, cfg, home/'run')
    whole = {name: load_tensors(home/'run'/f'{name}.safetensors') for name in ('model', 'checkpoint')}
    metrics, config = json.loads((home/'run'/'metrics.json').read_text()), e.read_config(home/'run'/'config.yml')
    def places(x, path=()):
        if path: yield path
        if isinstance(x, dict): yield from (p for k, v in x.items() for p in places(v, (*path, k)))
        if isinstance(x, list): yield from (p for k, v in enumerate(x[:3]) for p in places(v, (*path, k)))
    def changed(x, path, v):
        x = json.loads(json.dumps(x)); y = x
        for k in path[:-1]: y = y[k]
        y[path[-1]] = v
        return x
    texts = st.sampled_from(['', '[' * 20000, '{"a":' * 20000, '1' * 5000, '\0', 'null', '[]', '{}', 'a: &a [1]\nb: *a', '{"params": ' + '7' * 5000 + '}', '\ufeff{}', 'epoch\nx\n', ',\n,,,\n', '"', '%'])
    kinds = [lambda t: t.to(torch.int64), lambda t: t.half(), lambda t: t[..., :1].clone(), lambda t: torch.zeros(3), lambda t: t.bool(), lambda t: torch.full_like(t, -1), lambda t: t.double()]
    @st.composite
    def case(draw):
        what = draw(st.sampled_from(['metrics', 'config', 'history', 'header', 'header', 'tensor', 'text', 'text']))
        name = draw(st.sampled_from(['model', 'checkpoint']))
        return what, name, draw(st.integers(0, 10**6)), draw(absurd()), draw(texts)
    @seeded(seed)
    @given(case())
    @settings_of(settings, HealthCheck, Phase, n)
    def run(c):
        what, name, i, v, text = c
        if type(v) in (int, float) and 10**4 < v < 10**9 and what == 'config': return             # so many samples may be meant, and take long
        out = home/'spoiled'
        shutil.rmtree(out, ignore_errors=True); shutil.copytree(home/'run', out)
        try:
            pick = lambda x: (lambda ps: ps[i % len(ps)])(list(places(x)))
            if what == 'metrics': (out/'metrics.json').write_text(json.dumps(changed(metrics, pick(metrics), v)))
            elif what == 'config': (out/'config.yml').write_text(yaml.safe_dump(changed(config, pick(config), v)))
            elif what == 'history': (out/'history.csv').write_text(text)
            elif what == 'text': (out/['metrics.json', 'config.yml', 'history.csv', 'model.safetensors'][i % 4]).write_text(text)
            elif what == 'header': save_tensors(out/f'{name}.safetensors', whole[name][0], changed(whole[name][1], pick(whole[name][1]), v))
            else:
                tensors = dict(whole[name][0]); k = sorted(tensors)[i % len(tensors)]
                save_tensors(out/f'{name}.safetensors', tensors | {k: kinds[i % len(kinds)](tensors[k])}, whole[name][1])
        except (TypeError, ValueError, yaml.YAMLError, UnicodeError, IndexError, InputError): return      # cannot be written down
        with limited(c):
            for go in (lambda: e.read_metrics(out), lambda: e.report(e.load_run(out)), lambda: e.evaluate_run(e.load_run(out)), lambda: e.resume_training(out)):
                try: go()
                except InputError as x: assert len(str(x)) < 2000 and str(x).isprintable(), str(x)[:300]
                except (e.DivergenceError, e.SolverError): pass
    run()

def settings_of(settings, HealthCheck, Phase, n):
    return settings(max_examples=n, deadline=None, database=None, suppress_health_check=list(HealthCheck), phases=[Phase.generate], print_blob=False)

class limited:
    "So many seconds for each"
    def __init__(self, case): self.case = case
    def __enter__(self):
        import signal
        from dynmoe.core import brief
        def late(*args): raise AssertionError(f'longer than {SECONDS} s: {brief(self.case)}')
        signal.signal(signal.SIGALRM, late); signal.alarm(SECONDS)
    def __exit__(self, *args):
        import signal
        signal.alarm(0)

def main(what, n, seed):
    import resource, torch
    import dynmoe.experiments, dynmoe.pretraining   # noqa: F401 - loaded before the limit is set
    torch.set_num_threads(1)
    if sys.platform == 'linux':
        now = int(Path('/proc/self/statm').read_text().split()[0]) * os.sysconf('SC_PAGE_SIZE')
        resource.setrlimit(resource.RLIMIT_AS, (now + GIGABYTES * 10**9,) * 2)
    globals()[what](n, seed)

if __name__ == '__main__': main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))

@pytest.mark.skipif(not hasattr(os, 'fork'), reason='a case that hangs or takes all memory can be stopped by alarm and RLIMIT_AS only, which Unix has and Windows has not')
@pytest.mark.parametrize('what, n', [('settings', 300), ('runs', 150)])
def test_absurd_input(what, n):
    pytest.importorskip('hypothesis')
    done = subprocess.run([sys.executable, __file__, what, str(n), '0'], capture_output=True, text=True, timeout=900, env={**os.environ, 'OMP_NUM_THREADS': '1', 'MPLBACKEND': 'agg'})
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-6000:]
