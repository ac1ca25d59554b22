"The command `dynmoe` as a shell sees it: exit codes, messages, files, and a training that is killed."
import csv, json, os, re, shutil, signal, subprocess, sys, time
from pathlib import Path
import numpy as np
import pytest
import torch
from dynmoe.cli import main
from dynmoe.core import load_tensors, save_tensors

TINY = ('--set steps_per_epoch=3 --set horizons=[0,3] --set shares=[.5,.5] --set width=8 --set depth=2 --set gate_width=8 --set history_size=4 --set batch_states=64').split()
SYSTEM = '--system piecewise_lorenz --param r=0.5 --n 6 --steps 60 --dt 0.05'.split()
COMPILING = 'dynmoe: compiling, which takes some seconds the first time\n'
METRICS = {'params', 'window_mse', 'rollout_mse', 'vpt', 'nmi', 'expert_usage', 'active_experts', 'nfe'}

@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    "Every test in an empty folder of its own, on one thread"
    monkeypatch.chdir(tmp_path)
    before = torch.get_num_threads(); torch.set_num_threads(1)
    yield tmp_path
    torch.set_num_threads(before)

@pytest.fixture
def shell(capfd):
    "Run a command line in this process: exit code, stdout, stderr"
    def run(*args):
        try: code = main([str(a) for a in args])
        except SystemExit as e: code = e.code
        out, err = capfd.readouterr()
        return code, out, err.replace(COMPILING, '')
    return run

@pytest.fixture(scope='session')
def trained(tmp_path_factory):
    "A finished run, to copy"
    folder = tmp_path_factory.mktemp('trained')/'run'
    assert main(['train', *SYSTEM, *TINY, '--set', 'n_experts=3', '--set', 'lr=0.003', '--epochs', '2', '--out', str(folder)]) == 0
    return folder

@pytest.fixture
def run(trained, here):
    shutil.copytree(trained, here/'run')
    return here/'run'

@pytest.fixture
def undrawn(monkeypatch):
    "No figures: they take most of the time of a tiny run"
    monkeypatch.setattr('dynmoe.experiments.figures', lambda run: [])

def contents(folder): return {p.relative_to(folder): p.read_bytes() for p in folder.rglob('*') if p.is_file()}

@pytest.fixture
def refused(shell, here):
    "A command line that must end with code 2, one line on stderr that contains `says`, and every file as it was"
    def run(line, *says):
        before = contents(here)
        code, out, err = shell(*(line.split() if isinstance(line, str) else line))
        assert code == 2, (code, out, err)
        assert err.startswith('dynmoe: error: ') and err.count('\n') == 1 and 'Traceback' not in err
        for s in says: assert s in err, err
        assert contents(here) == before
        return err
    return run

def oscillator(path, n=1, steps=160, change=lambda rows: rows, header='t,x,y'):
    "A CSV file of circles, after `change` of its rows of text"
    t = np.arange(steps) * .1
    rows = [[f'{s:.3f}', f'{np.cos(s + b):.6f}', f'{np.sin(s + b):.6f}', *([str(b)] if n > 1 else [])] for b in range(n) for s in t]
    Path(path).write_text('\n'.join([header + (',id' if n > 1 else ''), *(','.join(r) for r in change(rows))]) + '\n')

def with_cell(row, column, text):
    def change(rows):
        rows[row][column] = text
        return rows
    return change

# Data files

FILES = {
    'missing': (None, ['data.csv', 'nothing there', 'check the path']),
    'empty': ('', ['data.csv', 'an empty file']),
    'header only': ('t,x,y\n', ['data.csv', 'a header only']),
    'text': (dict(change=with_cell(3, 1, 'abc')), ["a number in column 'x', line 5", "'abc'"]),
    'infinite': (dict(change=with_cell(3, 2, 'inf')), ['finite numbers', "'y' at line 5"]),
    'times only': ('t\n' + ''.join(f'{i}\n' for i in range(99)), ['at least one column of numbers']),
    'one row': (dict(steps=1), ['at least', 'got 1']),
    'two rows': (dict(steps=2), ['data.csv: expected at least 147 samples of one trajectory, or three trajectories, got 2 samples of 1 trajectory']),
    'few rows': (dict(steps=12), ['horizons: expected windows of at most', 'give longer trajectories, or shorter windows']),
    'same time twice': (dict(change=with_cell(3, 0, '0.200')), ['increasing times', '0.2 again in line 5']),
    'times go back': (dict(change=with_cell(3, 0, '-1')), ['increasing times', '-1 after 0.2']),
    'ragged': (dict(change=lambda rows: [r[:-1] if i == 9 else r for i, r in enumerate(rows)]), ['3 cells in each row', '2 in line 11']),
    'constant': (dict(change=lambda rows: [[r[0], r[1], '1'] for r in rows]), ['columns that vary', "'y'", 'leave it out with --columns']),
    'too large': (dict(change=with_cell(3, 2, '1e200')), ['data.csv', 'values that fit into torch.float32']),
    'binary': (b'\x00\x01\x80\xff' * 50, ['data.csv']),
}

@pytest.mark.parametrize('command, case', [('train', c) for c in FILES] + [('evaluate', c) for c in FILES if c not in ('two rows', 'few rows')])
def test_unusable_file(case, command, refused, here, request):
    content, says = FILES[case]
    if isinstance(content, dict): oscillator('data.csv', **content)
    elif content is not None: Path('data.csv').write_bytes(content if isinstance(content, bytes) else content.encode())
    first = ['train', '--out', 'new'] if command == 'train' else ['evaluate', str(request.getfixturevalue('run'))]
    refused([*first, '--data', 'data.csv'], *says)
    assert not Path('new').exists()

def test_columns_without_a_header_are_named(shell, undrawn):
    oscillator('d.csv', n=4, steps=40)
    Path('d.csv').write_text(Path('d.csv').read_text().split('\n', 1)[1])
    code, out, err = shell('train', '--data', 'd.csv', '--id-column', 3, *TINY, '--epochs', 1, '--out', 'run')
    assert code == 0 and '2 state variables (z1, z2); 2 trajectories' in out and 'is read as the time' in ' '.join(out.split())

@pytest.mark.parametrize('data, says', [('folder', 'a directory'), ('data.xlsx', 'a damaged or foreign file'), ('bad.npz', 'a damaged or foreign file'), ('text.npz', 'expected at least'), ('shape.npz', 'regime: expected labels (20, 3), got (4, 4)'), ('object.npy', 'pickled objects')])
def test_unusable_kind_of_file(data, says, refused):
    Path('folder').mkdir(); Path('data.xlsx').write_bytes(b'PK'); Path('bad.npz').write_bytes(b'PK\3\4nonsense')
    Path('text.npz').write_text('t,x,y\n0,1,2\n'); np.savez('shape.npz', z=np.zeros((20, 3, 2)), regime=np.zeros((4, 4), int))
    np.save('object.npy', np.array([{}, 1], dtype=object), allow_pickle=True)
    refused(f'train --data {data} --out new', data, says)

def test_data_that_do_not_fit_the_model(refused, run):
    oscillator('two.csv')
    refused(f'evaluate {run} --data two.csv', 'two.csv: expected 3 state variables, those of the model (x, y, z), got 2 (x, y); choose them, in this order, with --columns')
    refused(f'forecast two.csv --model {run} --horizon 5', 'two.csv: expected 3 channels, the state variables of the model (x, y, z), got 2; choose them, in this order, with --columns')

# Names, types and sizes

@pytest.mark.parametrize('line, says', [
    ('trian', ['command: expected one of systems', "did you mean train or pretrain?"]),
    ('train', ['--system, --data: expected one of the two, got neither']),
    ('train --system chua --data x.csv', ['not allowed with argument']),
    ('train --system lorenz36', ['error: --system: expected one of', "'lorenz63'?"]),
    ('train --system dysts:Lorentz', ["dysts"]),
    ('train --system chua --set model=singel', ['error: model: expected one of']),
    ('train --system chua --model singel', ['error: --model: expected one of', "did you mean 'single'?"]),
    ('train --system chua --set n_expert=3', ['configuration key: expected a known configuration key', "did you mean 'n_experts'?"]),
    ('train --system chua --set n_experts', ["--set: expected key=value, got 'n_experts'"]),
    ('train --system chua --set n_experts=many', ["n_experts: expected an integer from 1 to 10000, got 'many'"]),
    ('train --system chua --set n_experts=2.5', ['n_experts: expected an integer from 1 to 10000, got 2.5']),
    ('train --system chua --set n_experts=-2', ['n_experts: expected an integer from 1 to 10000, got -2']),
    ('train --system chua --set width=0', ['width: expected an integer from 1 to 100000, got 0']),
    ('train --system chua --set lr=nan', ['lr: expected a number > 0, got nan']),
    ('train --system chua --set shares=[a,b,c]', ["shares: expected a number > 0 and <= 1, got 'a'"]),
    ('train --system chua --set horizons=[]', ['horizons: expected window lengths']),
    ('train --system chua --set horizons=[5] --set shares=[.5]', ['shares: expected 1 positive numbers that add up to 1']),
    ('train --system chua --set method=rk5', ["did you mean 'rk4'?"]),
    ('train --system chua --set activation=silo', ["did you mean 'silu'?"]),
    ('train --system chua --set routing=sate', ["did you mean 'state'"]),
    ('train --system chua --set top_k=9', ['top_k: expected']),
    ('train --system chua --set horizons=[900] --set shares=[1]', ['windows of at most 499 steps']),
    ('train --system chua --epochs 2 --budget 5', ['--budget: not allowed with argument --epochs']),
    ('train --system chua --set epochs=2 --set budget=5', ['epochs, budget: expected one of the two']),
    ('train --system chua --epochs 0', ['--epochs: expected an integer >= 1, got']),
    ('train --system chua --budget -5', ['--budget: expected a number > 0, got']),
    ('train --system chua --n -4', ['--n: expected an integer >= 3, got']),
    ('train --system chua --steps few', ["--steps: expected an integer >= 2, got 'few'"]),
    ('train --system chua --dt 0', ['--dt: expected a number > 0']),
    ('train --system chua --seed -1', ['--seed: expected an integer >= 0']),
    ('train --system chua --seed 99999999999999999999', ['seed: expected an integer from 0 to 2^63 - 1']),
    ('train --system chua --epoch 3', ["unknown option or argument '--epoch'; did you mean --epochs?"]),
    ('train --system chua --param alfa=3', ["did you mean 'alpha'?"]),
    ('train --system chua --param alpha=high', ["alpha: expected a number, got 'high'"]),
    ('train --system piecewise_lorenz --param R=-1', ['R: expected a number >= 0, got -1']),
    ('train --system van_der_pol_network --param n=0', ['n: expected an integer >= 1, got 0']),
    ('train --system chua --param self=3', ['parameter of chua: expected one of', "'self'"]),
    ('train --system chua --param name=3', ['parameter of chua: expected one of', "'name'"]),
    ('train --system chua --param seed=3', ['parameter of chua: expected one of', "'seed'"]),
    ('train --system chua --n 100000000 --steps 100000', ['simulation: expected at most 2e9 numbers, got 3e+13', 'take fewer trajectories']),
    ('train --system chua --steps 1000000000000', ['simulation: expected at most 2e9 numbers']),
    ('train --system chua --dt 1e6', ['simulation: expected at most 1e8 steps of 0.01 of the integrator', 'a smaller dt']),
    ('train --system chua --n 6 --steps 60 --dt 1e-300', ['dt: expected']),
    ('train --system chua --n 6 --steps 60 --obs-noise 1e300', ['--obs-noise: expected states that fit into torch.float32', 'give less noise']),
    ('train --system chua --set sha256=3', ['--set: expected a key that can be chosen, got sha256=3']),
    ('train --system chua --set threads=3', ['--set: expected a key that can be chosen, got threads=3', 'use --threads']),
    ('train --data d.csv --columns ,', ["--columns: expected names or numbers, separated by commas, got ','"]),
    ('train --system chua --columns x,y', ['--columns: expected nothing with --system']),
    ('train --data d.csv --set n_steps=9', ['--set: expected nothing about simulations with --data, got n_steps=9']),
    ('train --system chua --set columns=[x]', ['--set: expected nothing about files with --system']),
    ('train --data d.csv --n 9', ['--n: expected nothing with --data']),
    ('train --system chua --config none.yml', ['none.yml: expected a file of YAML, got nothing there']),
    ('train --system chua --device gpu', ["device: expected 'auto', 'cpu' or 'cuda', got 'gpu'"]),
    ('train --system chua --set device=cuda:x', ["device: expected 'auto', 'cpu' or 'cuda', got 'cuda:x'"]),
    ('train --resume nowhere', ['nowhere: expected a run folder, got nothing there']),
    ('train --resume nowhere --epochs 3', ['--resume: expected no other options', '--epochs']),
    ('evaluate nowhere', ['nowhere: expected a run folder, got nothing there']),
    ('evaluate .', ['a folder without config.yml']),
    ('plot nowhere', ['nowhere: expected a run folder']),
    ('ablate rooting --system chua', ["did you mean 'routing'?"]),
    ('compare --system chua --models singel', ["did you mean 'single'?"]),
    ('compare', ['--system, --data: expected one of the two']),
    ('benchmark reel', ['suite: expected one of dysts, demonstrations, kinds, univariate15, real, switching, parroting, or a table of your own', "'reel'"]),
    ('benchmark real', ['data: expected the file of real', 'not part of this package']),
    ('benchmark real --horizon 3', ['horizon, windows: expected nothing with the suite real']),
    ('compare-records nowhere .', ['nowhere: expected the folder of a record, got nothing there']),
    ('simulate --system chua', ['required: --out']),
    ('simulate --system chua --out x.txt', ['--out: expected a file name ending in .npz or .csv']),
    ('simulate --system chua --out x.csv/', ['--out: expected a file, got the directory x.csv/']),
    ('simulate --system chua --out x.npz --n 100000000 --steps 100000', ['simulation: expected at most 2e9 numbers']),
    ('simulate --system chua --out x.npz --t-end 1e300 --dt 1e-300', ['simulation: expected at most 2e9 numbers']),
    (f'simulate --system chua --out x.npz --n {10**400}', ['simulation: expected at most 2e9 numbers']),
    ('simulate --system chua --out x.npz --dt 1e6', ['simulation: expected at most 1e8 steps']),
    ('simulate --system chua --out x.npz --obs-noise 1e300', ['--obs-noise: expected states that fit']),
    ('simulate --system chua --out x.npz --n 0', ['--n: expected an integer >= 1, got']),
    ('simulate --system chua --out x.npz --t-end 3 --steps 4', ['not allowed with argument']),
    ('simulate --system chua --out x.npz --t-end 1e-9', ['--t-end: expected at least one sampling interval']),
    ('simulate --system chua --out x.npz --obs-noise -1', ['--obs-noise: expected a number >= 0']),
    ('simulate --system chau --out x.npz', ["did you mean 'chua'?"]),
])
def test_wrong_options(line, says, refused): refused(line, *says)

@pytest.mark.skipif(torch.cuda.is_available(), reason='there is a CUDA device')
@pytest.mark.parametrize('option', ['--device cuda', '--device cuda:1', '--set device=cuda'])
def test_cuda_absent(option, refused): refused(f'train --system chua --n 6 --steps 60 {option}', "device: expected 'cpu' on this machine", 'use device=auto')

@pytest.mark.parametrize('text, says', [('a: [1', 'expected YAML'), ('', 'got an empty file'), ('- 1\n- 2\n', "lines of 'key: value'"), ('n_expert: 3\n', "did you mean 'n_experts'"), ('lr: fast\n', "lr: expected a number > 0, got 'fast'")])
def test_wrong_configuration_file(text, says, refused):
    Path('c.yml').write_text(text)
    refused('train --system chua --config c.yml', says)

def test_times_of_columns(refused):
    oscillator('d.csv')
    refused('train --data d.csv --columns x,z', "columns of", "'z'")
    refused('train --data d.csv --time-column time', "'time'")
    refused('train --data d.csv --id-column who', "'who'")

# Folders that hold something

def test_nothing_is_written_over(refused, run):
    refused(['train', *SYSTEM, *TINY, '--out', str(run)], 'already holds another run', f'dynmoe train --resume {run}')
    Path('notes').mkdir(); Path('notes/a.txt').write_text('mine'); Path('file').write_text('mine'); Path('x.npz').write_text('mine'); Path('x.csv').write_text('mine')
    refused(['train', *SYSTEM, '--out', 'notes'], 'one that holds a.txt')
    refused(['train', *SYSTEM, '--out', 'file'], '--out: expected a folder to write to, got the file file')
    for name in ('x.npz', 'x.csv'): refused(f'simulate --system chua --out {name}', 'which exists', '--force')

def test_a_place_for_metrics_is_checked_first(refused, run, monkeypatch):
    monkeypatch.setattr('dynmoe.experiments.evaluate_run', None)
    Path('notes').mkdir(); Path('file').write_text('mine')
    refused(f'evaluate {run} --out notes', 'got the directory notes'); refused(f'evaluate {run} --out new/', 'got the directory new/'); refused(f'evaluate {run} --out file/m.json', 'below file, which is a file'); refused(f'evaluate {run} --out file', '--out: expected a new file, got file, which exists', 'overwrite it with --force')

@pytest.mark.parametrize('line, file', [('simulate --system chua --n 2 --steps 9 --out x.csv', 'x.csv'), ('evaluate run --out m.json', 'm.json'), ('evaluate run --data run/other.csv', 'run/metrics-other.json')])
def test_a_file_that_came_meanwhile_stays(line, file, shell, run, monkeypatch):
    import dynmoe.experiments, dynmoe.trajectories
    assert shell('simulate', '--system', 'chua', '--n', 2, '--steps', 60, '--out', 'run/other.csv')[0] == 0
    def slow(f): return lambda *args, **kw: (f(*args, **kw), Path(file).write_text('of another process'))[0]
    monkeypatch.setattr('dynmoe.trajectories.simulate', slow(dynmoe.trajectories.simulate)); monkeypatch.setattr('dynmoe.experiments.evaluate_run', slow(dynmoe.experiments.evaluate_run))
    code, out, err = shell(*line.split())
    assert (code, Path(file).read_text()) == (2, 'of another process') and 'which exists' in err, err

def test_a_command_to_copy_is_quoted(refused, run):
    run = run.rename(run.parent/'my run')
    refused(['train', *SYSTEM, *TINY, '--out', run.name], "dynmoe train --resume 'my run'")
    (run/'model.safetensors').unlink()
    refused(['evaluate', run.name], "dynmoe train --resume 'my run'")

def test_what_cannot_be_written_is_named(refused, here, monkeypatch):
    def no(self, target): raise PermissionError(13, 'Permission denied', str(self))
    monkeypatch.setattr(Path, 'replace', no)
    refused('simulate --system chua --n 2 --steps 9 --out my-data.csv', 'my-data.csv: expected a file that can be written, got Permission denied')

def overwrite(data): return lambda path: path.write_bytes(data)

@pytest.mark.parametrize('file, change, says', [
    ('model.safetensors', lambda p: p.write_bytes(p.read_bytes()[:-100]), 'a damaged one'),
    ('model.safetensors', overwrite(b'nonsense'), 'a damaged one'),
    ('model.safetensors', overwrite(b''), 'a damaged one'),
    ('model.safetensors', Path.unlink, 'no model.safetensors'),
    ('model.safetensors', lambda p: save_tensors(p, {'w': torch.ones(3)}), 'weights written by dynmoe train, got those of another program'),
    *(('model.safetensors', lambda p, meta=meta: save_tensors(p, load_tensors(p)[0], meta), 'weights written by dynmoe train') for meta in (dict(config=3, dim='a'), dict(config={}, dim='a'), [1])),
    ('model.safetensors', lambda p: save_tensors(p, {k: v * float('nan') for k, v in load_tensors(p)[0].items()}, load_tensors(p)[1]), 'finite weights'),
    ('model.safetensors', lambda p: save_tensors(p, {'w': torch.ones(3)}, load_tensors(p)[1]), 'weights of this model'),
    ('config.yml', lambda p: p.write_text(p.read_text().replace('n_experts: 3', 'n_experts: 5')), 'n_experts 3 in the weights, 5 in config.yml'),
    ('config.yml', lambda p: p.write_text(p.read_text().replace('model: ame_ode', 'model: single')), "model 'ame_ode' in the weights, 'single' in config.yml"),
    ('config.yml', lambda p: p.write_text(p.read_text().replace('params: {r: 0.5}', 'params: {1: 2}')), 'parameter of piecewise_lorenz: expected one of'),
    ('config.yml', overwrite(b'\xff\xfe\x00'), 'expected YAML'),
    ('config.yml', overwrite(b''), 'got an empty file'),
    ('config.yml', Path.unlink, 'a folder without config.yml'),
])
def test_damaged_or_foreign_run(file, change, says, refused, run):
    change(run/file)
    refused(f'evaluate {run}', says); refused(f'plot {run}', says)

@pytest.mark.parametrize('change, says', [
    (lambda p: p.write_bytes(p.read_bytes()[:-100]), 'a damaged one'),
    (lambda p: save_tensors(p, {'w': torch.ones(3)}), 'a checkpoint of dynmoe'),
    (lambda p: save_tensors(p, {'model.w': torch.ones(3)}, load_tensors(p)[1]), 'a checkpoint of dynmoe'),
    (lambda p: save_tensors(p, load_tensors(p)[0] | {'model.w': torch.ones(3)}, load_tensors(p)[1]), 'weights of this model'),
])
def test_damaged_or_foreign_checkpoint(change, says, refused, run):
    change(run/'checkpoint.safetensors')
    refused(f'train --resume {run}', says)

STATE = dict(epoch=1, seconds=.1, best=1., stale=0, skipped=0, step=3, history=[dict(epoch=1, seconds=.1)])

@pytest.mark.parametrize('state', [[1], {'epoch': 3}, STATE | dict(best='low'), STATE | dict(epoch=-1), STATE | dict(history={}), STATE | dict(history=[1]), STATE | dict(history=[{}])])
def test_checkpoint_with_a_foreign_header(state, refused, run):
    p = run/'checkpoint.safetensors'
    save_tensors(p, load_tensors(p)[0], state)
    refused(f'train --resume {run}', f'{p}: expected a checkpoint of dynmoe')

@pytest.mark.parametrize('key, value', [('generator', torch.ones(3)), ('opt.0.exp_avg', torch.ones(1)), ('opt.x', torch.ones(3)), ('best.w', torch.ones(3))])
def test_checkpoint_with_foreign_tensors(key, value, refused, run):
    p = run/'checkpoint.safetensors'
    tensors, state = load_tensors(p)
    save_tensors(p, tensors | {key: value}, state)
    refused(f'train --resume {run}', f'{p}: expected')

@pytest.mark.parametrize('text', ['', 'hello', '[]', '{}', '{"window_mse": 3}'])
def test_damaged_metrics_are_made_again(text, shell, run, undrawn):
    want = (run/'metrics.json').read_bytes()
    (run/'metrics.json').write_text(text)
    code, out, err = shell('plot', run)
    assert (code, err) == (0, '') and (run/'metrics.json').read_bytes() == want

def test_damaged_metrics_do_not_stop_an_ablation(shell, undrawn):
    line = ['ablate', 'temperature', '--system', 'chua', '--n', 4, '--steps', 20, *TINY, '--set', 'horizons=[2]', '--set', 'shares=[1]', '--set', 'steps_per_epoch=1', '--epochs', 1, '--seeds', 1, '--out', 'cmp']
    assert shell(*line)[0] == 0
    p = Path('cmp/temperature 1-seed0/metrics.json'); want = p.read_bytes(); p.write_text('{}')
    assert shell(*line)[0] == 0 and p.read_bytes() == want

def test_data_of_a_run_that_are_gone(refused, shell, undrawn):
    oscillator('d.csv', n=4, steps=40)
    assert shell('train', '--data', 'd.csv', *TINY, '--epochs', 1, '--out', 'run')[0] == 0
    Path('d.csv').unlink()
    refused('evaluate run', 'd.csv: expected the data of this run, got nothing there', 'evaluate with --data FILE')

def test_changed_configuration_is_not_resumed(refused, run):
    (run/'config.yml').write_text((run/'config.yml').read_text().replace('lr: 0.003', 'lr: 0.1'))
    refused(f'train --resume {run}', 'lr 0.003 in the weights, 0.1 in config.yml')

def test_changed_data_are_not_resumed(refused, shell, undrawn):
    oscillator('d.csv', n=4, steps=40)
    assert shell('train', '--data', 'd.csv', *TINY, '--epochs', 1, '--out', 'run')[0] == 0
    oscillator('d.csv', n=4, steps=41)
    refused('train --resume run', 'the file that this run was trained on')
    Path('d.csv').unlink()
    refused('train --resume run', 'nothing there')

# A training that diverges

def test_divergence_keeps_the_last_good_weights(shell, undrawn):
    code, out, err = shell('train', *SYSTEM, *TINY, '--epochs', 40, '--set', 'lr=1e18', '--set', 'clip=1e30', '--set', 'warmup=0', '--out', 'run')
    assert code == 2 and 'Traceback' not in err
    for s in ('dynmoe: error: training diverged at step', 'norm', 'model.safetensors'): assert s in err
    weights, _ = load_tensors('run/model.safetensors')
    assert all(v.isfinite().all() for v in weights.values() if v.is_floating_point())
    assert shell('evaluate', 'run')[0] == 0
    code, out, err = shell('train', '--resume', 'run')                                       # begins again, and diverges again
    assert code == 2 and 'training diverged at step' in err

# What works

@pytest.mark.parametrize('line', ['--help', *(f'{c} --help' for c in ('systems', 'simulate', 'train', 'pretrain', 'evaluate', 'plot', 'ablate', 'compare', 'benchmark', 'panel', 'compare-records', 'forecast'))])
def test_help(line, shell):
    code, out, err = shell(*line.split())
    assert code == 0 and 'example' in out and 'exit codes: 0 done' in out and not err

def test_version(shell):
    import dynmoe
    assert shell('--version')[:2] == (0, f'dynmoe {dynmoe.__version__}\n')

def test_no_command_shows_help(shell): assert shell()[0] == 0

def test_systems(shell):
    from dynmoe.systems import SYSTEMS
    code, out, _ = shell('systems')
    assert code == 0 and all(name in out for name in SYSTEMS)
    code, out, _ = shell('systems', '--json')
    rows = {r['name']: r for r in json.loads(out)}
    assert code == 0 and rows.keys() == SYSTEMS.keys() and rows['chua']['dim'] == 3 and rows['chua']['regimes'] == ['left', 'inner', 'right']

def test_simulate_npz_and_csv_hold_the_same(shell):
    from dynmoe.cleaning import read_trajectories as read
    for kind in ('npz', 'csv'): assert shell('simulate', '--system', 'chua', '--param', 'alpha=9.5', '--n', 3, '--steps', 25, '--dt', .05, '--seed', 4, '--obs-noise', .1, '--out', f'a.{kind}')[0] == 0
    a, b = read('a.npz'), read('a.csv')
    assert a.z.shape == (25, 3, 3) and torch.equal(a.z, b.z) and torch.allclose(a.t, b.t) and a.names == b.names
    assert [a.regimes[i] for i in a.regime.flatten()] == [b.regimes[i] for i in b.regime.flatten()]
    assert shell('simulate', '--system', 'chua', '--n', 2, '--t-end', .5, '--dt', .1, '--out', 'a.npz', '--force')[0] == 0
    assert read('a.npz').t.tolist() == pytest.approx([0, .1, .2, .3, .4, .5])

def check_run(folder, without=frozenset()):
    names = {p.name for p in folder.iterdir()}
    assert {'config.yml', 'model.safetensors', 'history.csv', 'metrics.json', 'report.html', 'figures'} - without <= names
    m = json.loads((folder/'metrics.json').read_text())
    assert METRICS <= m.keys()
    assert all(m[k].keys() == {'mean', 'median'} for k in ('window_mse', 'rollout_mse', 'vpt', 'nfe'))
    return m

def test_system_end_to_end(shell, run):
    m = check_run(run)
    assert m['rollout_steps'] == 5 * m['window_steps'] == 15 and len(m['expert_usage']) == 3 and 0 <= m['nmi'] <= 1
    page = (run/'report.html').read_text()
    assert page.count('data:image/png;base64,') == 6 + (run/'laws.png').is_file() and '://' not in page
    (run/'metrics.json').unlink()
    assert 'vpt_lyapunov' not in page and 'There is no value for valid prediction time [Lyapunov times]: the largest Lyapunov' in page and 'smaller is better' in page
    assert 'The training was short: 6 steps in 2 epochs' in page
    code, out, err = shell('evaluate', run)
    assert (code, err) == (0, '') and 'NMI of dominant expert' in out and max(map(len, out.splitlines()[:-1])) < 80
    assert check_run(run) == m
    shutil.rmtree(run/'figures')
    code, out, err = shell('plot', run)
    assert (code, err) == (0, '') and len(list((run/'figures').glob('*.png'))) == 6

def test_csv_end_to_end(shell):
    oscillator('circles.csv', n=6, steps=40)
    code, out, err = shell('train', '--data', 'circles.csv', '--columns', 'x,y', *TINY, '--epochs', 1, '--out', 'run')
    assert (code, err) == (0, ''), err
    m = check_run(Path('run'))
    assert 'obs_noise' not in Path('run/config.yml').read_text() and 'data_seed: 0' in Path('run/config.yml').read_text()
    assert m['nmi'] is None and 'not known' in m['notes']['nmi'] and 'not known' in (Path('run')/'report.html').read_text()
    assert shell('plot', 'run')[0] == 0
    oscillator('other.csv', n=2, steps=60)
    code, out, err = shell('evaluate', 'run', '--data', 'other.csv', '--out', 'other.json')
    assert code == 0 and json.loads(Path('other.json').read_text())['trajectories'] == 2 and json.loads(Path('run/metrics.json').read_text()) == m
    assert shell('evaluate', 'run', '--data', 'other.csv')[0] == 0 and Path('run/metrics-other.json').read_bytes() == Path('other.json').read_bytes()
    assert json.loads(Path('run/metrics.json').read_text()) == m

def test_one_long_trajectory(shell, undrawn):
    oscillator('circle.csv', steps=160)
    code, out, err = shell('train', '--data', 'circle.csv', *TINY, '--epochs', 1, '--out', 'run')
    says = '1 trajectory of 160 samples, cut in time: the first 112 samples to train on, the next 24 to validate, the last 24 to test'
    assert code == 0 and says in out and '100 %: 1 epoch, ' in out and says in Path('run/report.html').read_text()
    check_run(Path('run'), {'figures'})

def test_npz_and_default_folder_end_to_end(shell, undrawn):
    assert shell('simulate', '--system', 'chua', '--n', 6, '--steps', 80, '--dt', .1, '--out', 'p.npz')[0] == 0
    assert shell('train', '--data', 'p.npz', *TINY, '--epochs', 1)[0] == 0
    run, = Path('runs').iterdir()
    assert run.name.startswith('ame_ode-p-') and check_run(run, {'figures'})['nmi'] is not None

def test_uneven_times_end_to_end(shell, undrawn):
    t = np.sort(np.random.default_rng(0).uniform(0, 8, 60))
    np.savez('uneven.npz', t=t, z=np.stack([np.cos(t), np.sin(t)], -1)[:, None] * np.linspace(1, 2, 5)[:, None])
    code, out, err = shell('train', '--data', 'uneven.npz', *TINY, '--epochs', 1, '--out', 'run')
    assert code == 0, err
    check_run(Path('run'), {'figures'})

@pytest.mark.parametrize('model', ['single', 'ensemble', 'classical'])
def test_baselines_end_to_end(model, shell):
    code, out, err = shell('train', *SYSTEM, *TINY, '--epochs', 1, '--model', model, '--out', 'run')
    assert code == 0 and 'Traceback' not in err
    m, pictures = check_run(Path('run')), {p.stem for p in Path('run/figures').iterdir()}
    assert (m['nmi'] is None) == (model != 'classical') == ('no gate' in m['notes'].get('nmi', '')) == ('regime_map' not in pictures)
    assert {'trajectories', 'error_growth', 'learning_curves'} <= pictures

def test_precedence_of_configuration(shell, undrawn):
    import yaml
    Path('c.yml').write_text('n_experts: 2\nwidth: 12\ndepth: 1\nbudget: 99\nsystem: chua\nseed: 3\n')
    code, _, err = shell('train', '--config', 'c.yml', *SYSTEM, *TINY, '--set', 'width=10', '--set', 'seed=4', '--seed', 5, '--epochs', 1, '--out', 'run')
    assert code == 0, err
    c = yaml.safe_load(Path('run/config.yml').read_text())
    want = dict(n_experts=2, width=10, depth=2, seed=5, epochs=1, budget=None, system='piecewise_lorenz', params={'r': .5}, activation='silu')
    assert {k: c[k] for k in want} == want
    again = shell('train', '--config', 'run/config.yml', '--out', 'again')          # a run's own configuration makes the same run
    assert again[0] == 0 and Path('run/model.safetensors').read_bytes() == Path('again/model.safetensors').read_bytes()

def test_benchmark_of_ones_own_series(shell):
    "A row for each series and model, failures with their reason; the same command makes another record and touches none"
    rows = ['unique_id,t,y'] + [f'{name},{t},{t % 12 if name == "wave" else 3 * t}' for name in ('wave', 'line') for t in range(120)]
    Path('two.csv').write_text('\n'.join(rows) + '\n')
    line = ['benchmark', 'two.csv', '--horizon', 6, '--windows', 2, '--models', 'snaive', 'naive']
    code, out, err = shell(*line)
    assert code == 0, err
    assert 'snaive: ' in out and '| naive | 4 |' in out and '| snaive beside |' in out
    record, = Path('records').iterdir()
    before = (record/'rows.csv').read_bytes()
    assert len(before.splitlines()) == 9
    assert shell(*line)[0] == 0 and len(list(Path('records').iterdir())) == 2 and (record/'rows.csv').read_bytes() == before

@pytest.mark.slow
def test_two_at_once_say_what_one_after_the_other_says(shell, undrawn):
    "Sweeps and benchmarks in two processes: the same rows, but for the seconds"
    import pandas as pd
    Path('two.csv').write_text('\n'.join(['unique_id,t,y'] + [f'{name},{t},{t % 12 if name == "wave" else 3 * t}' for name in ('wave', 'line') for t in range(120)]) + '\n')
    tiny = ['ablate', 'temperature', '--system', 'chua', '--n', 4, '--steps', 20, *TINY, '--set', 'horizons=[2]', '--set', 'shares=[1]', '--set', 'steps_per_epoch=1', '--epochs', 1, '--seeds', 1]
    rows = {}
    for n in 1, 2:
        for line in ['benchmark', 'two.csv', '--horizon', 6, '--windows', 2, '--models', 'parrot', 'naive', '--out', f'records{n}'], [*tiny, '--out', f'runs{n}']:
            code, _, err = shell(*line, '--workers', n)
            assert code == 0, err
        tables = pd.read_csv(next(Path(f'records{n}').iterdir())/'rows.csv'), pd.read_csv(f'runs{n}/runs.csv')
        rows[n] = [t.drop(columns='seconds') for t in tables]
    for one, two in zip(rows[1], rows[2]): pd.testing.assert_frame_equal(one, two)
    assert 'backend: expected processes, dask or ray' in shell(*tiny, '--out', 'other', '--backend', 'spark')[2]

def test_panel_goes_on_where_it_was_stopped(shell):
    import pandas as pd
    pd.concat([pd.DataFrame(dict(unique_id=f's{i}', ds=range(60), y=[float((t + i) % 7) for t in range(60)])) for i in range(6)]).to_parquet('demand.parquet')
    line = ['panel', 'demand.parquet', '--horizon', 3, '--model', 'parrot', '--piece', 120, '--workers', 1, '--out', 'f']
    assert shell(*line)[:2] == (0, 'forecasts: f\n')
    whole = pd.read_parquet('f')
    assert whole.ds.tolist() == [60, 61, 62] * 6 and whole.dynmoe.tolist() == [float((t + i) % 7) for i in range(6) for t in (60, 61, 62)]
    Path('f/part-00001.parquet').unlink()
    assert shell(*line)[0] == 0 and pd.read_parquet('f').equals(whole)
    code, _, err = shell(*line[:2], '--horizon', 4, *line[4:])
    assert code == 2 and 'expected a folder of the same panel and question' in err

def test_models_of_one_system_are_compared(shell):
    "A row for each model and seed; a model that cannot be fitted is one, too"
    line = ['compare', '--system', 'chua', '--n', 8, '--steps', 60, '--models', 'switching', 'single', '--seeds', 2, *TINY, '--epochs', 1, '--set', 'steps_per_epoch=1', '--set', 'horizons=[2]', '--set', 'shares=[1]']
    code, out, err = shell(*line)
    assert code == 0, err
    assert 'switching, seed 1: ' in out and '| single | 2 |' in out and '| switching beside |' in out
    record, = Path('records').iterdir()
    rows = (record/'rows.csv').read_text().splitlines()
    assert len(rows) == 5 and '"chua, seed 0",switching' in rows[1]

def test_two_records_are_compared(shell, tmp_path):
    "What got worse comes first; what chance explains is left out"
    from dynmoe.records import Score, recording
    for factor in (1., 2.):
        with recording(tmp_path, 'toy', dict(error=Score('error'), valid=Score('valid time', less=False)), {}) as made:
            for i in range(12): made.add(model='m', system=f's{i}', error=factor * (i + 1), valid=5. + factor * (i + 1), seconds=1., failed='')
    old, new = sorted(p for p in tmp_path.iterdir() if p.is_dir())
    code, out, err = shell('compare-records', old, new)
    assert code == 0 and not err and out.index('worse!') < out.index('better!') and '2 x [2, 2]' in out and '0 : 12' in out and 'CPU s' not in out
    assert 'CPU s' in shell('compare-records', old, new, '--all')[1]

def test_ablation_is_taken_up_again(shell, undrawn):
    line = ['ablate', 'model', '--system', 'chua', '--n', 4, '--steps', 20, *TINY, '--set', 'horizons=[2]', '--set', 'shares=[1]', '--set', 'steps_per_epoch=1', '--epochs', 1, '--seeds', 1, '--out', 'cmp']
    assert shell(*line)[0] == 0
    first = contents(Path('cmp'))
    shutil.rmtree('cmp/single-seed0')
    code, out, _ = shell(*line)
    assert code == 0 and contents(Path('cmp')).keys() == first.keys()
    kept = [p for p in first if p.name == 'model.safetensors']
    assert len(kept) == 6 and all((Path('cmp')/p).read_bytes() == first[p] for p in kept)
    rows = list(csv.DictReader(open('cmp/table.csv')))
    assert [r['variant'] for r in rows] == ['ame_ode', 'single', 'multi_scale', 'augmented', 'ensemble', 'classical'] and Path('cmp/table.png').is_file()
    size = [int(r['params']) for r in rows]
    assert all(r['runs'] == '1' for r in rows) and max(size) < 1.2 * min(size)

@pytest.mark.parametrize('text, says', [
    ('date;x;y\n' + ''.join(f'2012-{d // 28 + 1:02d}-{d % 28 + 1:02d};{np.cos(.2 * d):.4f};{"" if d == 9 else f"{np.sin(.2 * d):.4f}"}\n'.replace('.', ',') for d in range(330)), ['every day', 'gaps of up to 3 samples interpolated', 'time in days since 2012-01-01']),
    ('t,x\n' + ''.join(f'{.1 * i:.1f},{np.sin(.1 * i):.5f}\n' for i in range(400)), ['one channel: 2 delay coordinates']),
    ('id,t,x,y\n' + ''.join(f'{k},{.1 * i:.1f},{np.sin(.1 * i + k):.5f},{np.cos(.1 * i + k):.5f}\n' for k, n in ((0, 200), (1, 150), (2, 120)) for i in range(n)), ['lengths differ: cut into']),
    ('id,t,x,y\n' + ''.join(f'{k},{h * i:.2f},{np.sin(h * i + k):.5f},{np.cos(h * i + k):.5f}\n' for k, h in ((0, .1), (1, .2), (2, .1)) for i in range(int(20 / h))), ['1 of 3 resampled to steps of 0.1']),
], ids=['dates and gaps', 'one channel', 'unequal lengths', 'unequal steps'])
def test_training_takes_what_people_have(text, says, shell, undrawn):
    Path('mine.csv').write_text(text)
    code, out, err = shell('train', '--data', 'mine.csv', *TINY, '--set', 'horizons=[0,2]', '--set', 'shares=[.5,.5]', '--epochs', 1, '--out', 'run')
    assert code == 0, err
    for s in says: assert s in ' '.join(out.split()), out
    assert shell('evaluate', 'run', '--data', 'mine.csv')[0] == 0 and shell('forecast', 'mine.csv', '--horizon', 3, '--model', 'run', '--out', 'f')[0] == 0

# Code of the user's own

MINE = '''import torch
from dynmoe.all import *
class Spiral(System):
    "A damped oscillator"
    name, names, defaults = 'spiral', ('x', 'v'), dict(k=1.)
    def vf(self, t, z): return torch.stack([z[..., 1], -self.k * z[..., 0] - .1 * z[..., 1]], -1)
class Linear(FlowModel):
    def __init__(self, dim, seed=None):
        super().__init__(dim); self.A = torch.nn.Parameter(torch.zeros(dim, dim))
    def field(self, t, s): return s @ self.A
class Last(Forecaster):
    name = 'last'
    def _start(self, x, flags, seed, n_samples): return (lambda n: x[-1].expand(n, *x.shape[1:])), {}
'''

def test_own_system_model_and_forecaster(shell, refused, undrawn):
    Path('mine.py').write_text(MINE)
    assert shell('simulate', '--system', 'mine.py:Spiral', '--param', 'k=2', '--n', 2, '--steps', 9, '--out', 'a.npz')[0] == 0
    own = ['--system', 'mine.py:Spiral', '--model', 'mine.py:Linear']
    assert shell('train', *own, '--n', 6, '--steps', 60, '--set', 'horizons=[0,2]', '--set', 'shares=[.5,.5]', '--set', 'steps_per_epoch=3', '--epochs', 1, '--out', 'run')[0] == 0
    assert shell('evaluate', 'run', *own)[0] == shell('train', '--resume', 'run', *own)[0] == 0
    refused('forecast a.npz --horizon 3 --model mine.py:Lost', "--model: expected the name of a Forecaster in mine.py, got 'Lost'; it has Last")
    refused('simulate --system mine.py:Linear --n 2 --steps 9 --out b.npz', 'the name of a System'); refused('simulate --system no.py:Spiral --n 2 --steps 9 --out b.npz', 'no.py, where nothing is')
    oscillator('data.csv')
    assert shell('forecast', 'data.csv', '--horizon', 3, '--model', 'mine.py:Last', '--out', 'f')[0] == 0

def test_own_code_does_not_run_by_itself(tmp_path):
    "A run that was trained with code asks for it, and does not run what lies beside it"
    (tmp_path/'mine.py').write_text(MINE + 'open("ran", "w")')
    code = 'from dynmoe.cli import main; import sys; sys.exit(main(sys.argv[1:]))'
    go = lambda *a: subprocess.run([sys.executable, '-c', code, *a], cwd=tmp_path, text=True, capture_output=True)
    made = go('train', '--system', 'mine.py:Spiral', '--n', '6', '--steps', '60', *TINY, '--epochs', '1', '--out', 'run')
    assert made.returncode == 0 and (tmp_path/'ran').exists(), made.stderr
    (tmp_path/'ran').unlink()
    done = go('evaluate', 'run')
    assert done.returncode == 2 and 'give it again: --system mine.py:Spiral' in done.stderr and not (tmp_path/'ran').exists()

# A training that is killed

def start(*args):
    env = {**os.environ, 'OMP_NUM_THREADS': '1'}
    heard = lambda: signal.signal(signal.SIGINT, signal.SIG_DFL)     # a shell in the background may have switched Ctrl-C off
    return subprocess.Popen([sys.executable, '-c', 'import sys; from dynmoe.cli import main; sys.exit(main())', *map(str, args)],
                            env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, preexec_fn=heard)

def wait_for_epochs(process, folder, n):
    for _ in range(6000):
        if (folder/'history.csv').is_file() and len((folder/'history.csv').read_text().splitlines()) > n: return
        assert process.poll() is None, process.communicate()
        time.sleep(.01)
    raise AssertionError('no epochs')

EPOCHS = 16
SLOW = [*SYSTEM, *TINY, '--set', 'steps_per_epoch=8', '--epochs', str(EPOCHS), '--threads', '1']

def test_killed_and_resumed_is_bitwise_the_same(shell, undrawn):
    p = start('train', *SLOW, '--out', 'killed')
    wait_for_epochs(p, Path('killed'), 2)
    p.send_signal(signal.SIGKILL); p.wait()
    done = len(Path('killed/history.csv').read_text().splitlines()) - 1
    assert 2 <= done < EPOCHS and not Path('killed/metrics.json').exists()
    Path('killed/.dynmoe-01234567.safetensors').write_bytes(b'half')           # as a kill in the middle of writing leaves behind
    code, out, err = shell('train', '--resume', 'killed')
    assert code == 0, err
    assert shell('train', *SLOW, '--out', 'whole')[0] == 0
    a, b = (load_tensors(f'{d}/model.safetensors')[0] for d in ('killed', 'whole'))
    assert a.keys() == b.keys() and all(torch.equal(a[k], b[k]) for k in a)
    a, b = (load_tensors(f'{d}/checkpoint.safetensors')[0] for d in ('killed', 'whole'))
    assert a.keys() == b.keys() and all(torch.equal(a[k], b[k]) for k in a)
    rows = [[{k: v for k, v in r.items() if k != 'seconds'} for r in csv.DictReader(open(f'{d}/history.csv'))] for d in ('killed', 'whole')]
    assert rows[0] == rows[1] and len(rows[0]) == EPOCHS and not list(Path('killed').glob('.*'))

def test_killed_before_the_first_epoch(shell, run):
    for name in ('checkpoint.safetensors', 'model.safetensors', 'history.csv', 'metrics.json', 'report.html'): (run/name).unlink()
    shutil.rmtree(run/'figures')
    code, out, err = shell('train', '--resume', run)
    assert code == 0 and 'no epoch was completed: starting over' in out
    check_run(run)

def test_interrupted_in_the_first_epoch():
    p = start('train', *SYSTEM, *TINY, '--set', 'steps_per_epoch=1000000', '--epochs', 1, '--out', 'stopped')
    while not Path('stopped/config.yml').is_file(): time.sleep(.01)
    time.sleep(.5)
    p.send_signal(signal.SIGINT)
    out, err = p.communicate(timeout=30)
    assert p.returncode == 130 and 'interrupted; no epoch was completed, so no weights are kept; start over with: dynmoe train --resume stopped' in err
    assert {'config.yml'} <= {q.name for q in Path('stopped').iterdir()} <= {'config.yml', 'laws.json', 'laws.safetensors', 'laws.png'}

def test_killed_between_checkpoint_and_weights(shell, run, undrawn):
    want = (run/'model.safetensors').read_bytes()
    (run/'model.safetensors').unlink(); (run/'metrics.json').unlink()
    assert shell('train', '--resume', run)[0] == 0
    assert (run/'model.safetensors').read_bytes() == want

def test_interrupted():
    p = start('train', *SLOW, '--out', 'stopped')
    wait_for_epochs(p, Path('stopped'), 1)
    p.send_signal(signal.SIGINT)
    out, err = p.communicate(timeout=30)
    assert p.returncode == 130 and 'interrupted; go on with: dynmoe train --resume stopped' in err and 'Traceback' not in err
    assert Path('stopped/checkpoint.safetensors').is_file() and '%' not in err    # and no progress bar without a terminal

def test_one_process_at_a_time(refused, shell, undrawn):
    p = start('train', *SLOW[:-4], '--epochs', '100000', '--out', 'busy')
    wait_for_epochs(p, Path('busy'), 1)
    p.send_signal(signal.SIGSTOP)
    refused('train --resume busy', 'busy: expected a folder that nobody else is writing to, got one that another process is writing to')
    refused(['train', *SLOW, '--out', 'busy'], 'already holds another run')
    refused(['train', *SLOW, '--out', 'busy', '--force'], 'another process is writing to')
    p.send_signal(signal.SIGKILL); p.wait()
    code, out, err = shell('train', *SYSTEM, *TINY, '--epochs', 1, '--out', 'busy', '--force')
    assert code == 0 and check_run(Path('busy'), {'figures'})['training']['epoch'] == 1 and not list(Path('busy').glob('.*')), err

@pytest.mark.parametrize('size', [300, 3000, 9000])
def test_full_disk(size, shell, undrawn):
    "No file may become larger than `size`, as if the disk were full then"
    resource = pytest.importorskip('resource')
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try: code, out, err = shell('train', *SYSTEM, *TINY, '--epochs', 2, '--out', 'run')
    finally: resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert code == 2 and re.fullmatch(r'dynmoe: error: run/\S+: expected a file that can be written, got .*(File too large|os error 27).*; check path, permissions and disk space\n', err), err
    assert not [p for p in Path('.').rglob('.*') if p.is_file()]
    assert shell('train', *(['--resume', 'run'] if Path('run').exists() else [*SYSTEM, *TINY, '--epochs', 2, '--out', 'run']))[0] == 0 and check_run(Path('run'), {'figures'})

# Pretraining

def corpus_file():
    "Four noisy circles of three channels, and the options of a training that takes a second"
    g, t = np.random.default_rng(0), np.arange(400) * .13
    z = np.stack([np.stack([np.cos(t + b), np.sin(t + b), np.cos(2*t)], -1) + .01 * g.standard_normal((400, 3)) for b in range(4)], 1)
    np.save('corpus.npy', z)
    sets = ('data=corpus.npy latent=8 n_experts=3 batch=4 sequence=12 contexts=[40] steps_per_epoch=5 evaluate_every=2 valid_contexts=[40] valid_steps=300').split()
    return [x for s in sets for x in ('--set', s)] + ['--threads', '1']

def test_pretrained_killed_and_resumed_is_bitwise_the_same():
    options = [*corpus_file(), '--set', 'epochs=6']
    p = start('pretrain', *options, '--out', 'whole')
    out, err = p.communicate()
    assert p.returncode == 0 and 'd_stsp_40' in out, err
    p = start('pretrain', *options, '--out', 'killed')
    wait_for_epochs(p, Path('killed'), 2)
    p.send_signal(signal.SIGKILL); p.wait()
    assert not Path('killed/model.safetensors').exists()
    assert start('pretrain', '--resume', 'killed').wait() == 0
    for name in ('model', 'checkpoint'):
        a, b = (load_tensors(f'{d}/{name}.safetensors')[0] for d in ('killed', 'whole'))
        assert a.keys() == b.keys() and all(torch.equal(a[k], b[k]) for k in a)
    from dynmoe.dynamix import DynaMix
    model = DynaMix.from_pretrained('killed/model.safetensors')
    assert model.latent == 8 and model.info['steps'] == 30 and model.info['corpus']['data'] == 'corpus.npy'

@pytest.mark.parametrize('line, says', [
    ('pretrain', ['--out, --resume: expected one of the two, got neither']),
    ('pretrain --resume a --out b', ['--out, --resume', 'both']),
    ('pretrain --resume nowhere', ['nowhere: expected a run folder, got none']),
    ('pretrain --resume nowhere --budget 3', ['--resume: expected no other options', '--budget']),
    ('pretrain --out new --set lernrate=1', ["a known configuration key", 'lernrate']),
    ('pretrain --out new --set lr=-1', ['lr: expected a number > 0']),
    ('pretrain --out new --set held_out=[dysts:Chen]', ['held_out: expected systems that are not trained on']),
    ('pretrain --out new --config nowhere.yml', ['nowhere.yml', 'nothing there']),
    ('pretrain --out new --budget 0', ['--budget', 'a number > 0']),
    ('pretrain --out new --set device=gpu', ["device: expected 'auto', 'cpu' or 'cuda', got 'gpu'"]),
    ('pretrain --out new --set device=cuda:99', ['device: expected']),
    ('pretrain --out new --set rates=[0.3]', ['rates: expected multiples of 0.25, as the corpus keeps 4 samples per interval, got [0.3]']),
    ('pretrain --out new --set length=100', ['contexts: expected context and sequence that fit into 100 samples']),
])
def test_unusable_pretraining(line, says, refused): refused(line, *says)

def test_unusable_corpus(refused):
    options = corpus_file()
    refused(['pretrain', *options, '--set', 'valid_steps=5000', '--out', 'new'], 'valid_steps: expected at most 360')
    refused(['pretrain', *options, '--set', 'rates=[0.5,1]', '--out', 'new'], 'rates: expected multiples of 1, as the corpus keeps 1 sample per interval, got [0.5]', 'a file sampled more finely')

def test_pretraining_goes_on_with_the_same_corpus_and_threads(shell, refused, here):
    from dynmoe.experiments import read_config
    assert shell('pretrain', *corpus_file()[:-1], '2', '--set', 'epochs=1', '--out', 'run')[0] == 0      # on two threads
    done = contents(here/'run')
    torch.set_num_threads(1)
    Path('run/checkpoint.safetensors').unlink(); Path('run/model.safetensors').unlink()         # as if killed before the first
    code, out, err = shell('pretrain', '--resume', 'run')
    assert code == 0 and 'no epoch was completed: starting over' in out and '100 %: 1 epoch, ' in out and torch.get_num_threads() == 2
    assert contents(here/'run').keys() == done.keys() and load_tensors('run/model.safetensors')[0]['B'].equal(load_tensors('run/checkpoint.safetensors')[0]['best.B'])
    config = read_config('run/config.yml')
    assert config['threads'] == 2 and contents(here/'run')[Path('config.yml')] == done[Path('config.yml')]
    assert shell('pretrain', '--config', 'run/config.yml', '--threads', 1, '--out', 'again')[0] == 0 and torch.get_num_threads() == 1
    np.save('corpus.npy', np.load('corpus.npy') + 1e-3)
    refused('pretrain --resume run', 'corpus.npy: expected what this run began with, got another content')

def test_a_bug_is_a_traceback(monkeypatch, shell):
    import dynmoe.systems
    monkeypatch.setattr(dynmoe.systems, 'SYSTEMS', None)
    with pytest.raises(AttributeError): shell('systems')

def test_help_is_quick():
    code = 'import sys; from dynmoe.cli import parser; parser(); print(*sorted({m.split(".")[0] for m in sys.modules}))'
    loaded = subprocess.run([sys.executable, '-c', code], capture_output=True, text=True, check=True).stdout.split()
    assert not {'torch', 'matplotlib', 'numpy', 'scipy', 'pandas'} & set(loaded)

# Forecasts

FORECAST_FILES = {k: v for k, v in FILES.items() if k not in ('too large', 'two rows', 'few rows', 'constant')} | {
    'dates twice': ('date,x\n' + ''.join(f'2024-01-0{d},{d % 3}\n' for d in (1, 2, 2, 3)), ['4 increasing times', '2024-01-02 again in line 4', 'sort the rows']),
    'an hour twice': ('date,x\n' + ''.join(f'2024-10-27 0{h}:00,{h % 3}\n' for h in (1, 2, 2, 3)), ['2024-10-27 02:00:00 again in line 4', 'if clocks were put back there']),
    'missing': (dict(change=with_cell(3, 2, '')), ['finite numbers', 'in frame 3', 'adaptive forecaster']),
}

@pytest.mark.parametrize('case', FORECAST_FILES)
def test_forecast_of_unusable_file(case, refused):
    content, says = FORECAST_FILES[case]
    if isinstance(content, dict): oscillator('data.csv', **content)
    elif content is not None: Path('data.csv').write_bytes(content if isinstance(content, bytes) else content.encode())
    refused('forecast data.csv --horizon 5 --model parrot --out new', *says)
    assert not Path('new').exists()

@pytest.mark.parametrize('line, says', [
    ('', ['FILE, --demo: expected one of the two, got neither']),
    ('data.csv --demo lorenz63', ['FILE, --demo: expected one of the two, got both']),
    ('data.csv', ['--horizon: expected a number of steps, got none']),
    ('data.csv --horizon 0', ["--horizon: expected an integer >= 1, got '0'"]),
    ('data.csv --horizon -3', ['--horizon: expected an integer >= 1']),
    ('data.csv --horizon many', ['--horizon: expected an integer >= 1']),
    ('data.csv --model nonesuch', ['error: --model: expected one of adaptive, dynmoe']),
    ('data.csv --horizon 5 --model adaptive --also nonesuch', ['error: --also: expected one of adaptive, dynmoe']),
    ('data.csv --horizon 5 --model parot', ["model: expected one of", "did you mean 'parrot'?"]),
    ('data.csv --horizon 5 --model none/here.safetensors', ['model: expected a file or folder of weights', 'check the path']),
    ('data.csv --horizon 5 --model bad.safetensors', ['bad.safetensors', 'damaged']),
    ('data.csv --horizon 5 --model cut.safetensors', ['damaged']),
    ('data.csv --horizon 5 --model data.csv', ['config_data.json: expected the config of a DynaMix model']),
    ('data.csv --horizon 5 --context 500', ['--context: expected at most 160, the samples there are, got 500']),
    ('data.csv --horizon 5 --context 2', ['--context: expected an integer >= 3']),
    ('data.csv --horizon 5 --context 10 --model esn', ['error: data.csv, its last 10 samples: expected at least 20 frames']),
    ('data.csv --horizon 5 --columns x,q', ["'q'"]),
    ('data.csv --horizon 5 --columns ,', ["--columns: expected names or numbers"]),
    ('data.csv --holdback 158', ['--holdback: expected at most 157']),
    ('data.csv --holdback 5 --truth data.csv', ['--holdback, --truth: expected at most one of the two']),
    ('data.csv --truth other.csv', ['--truth: expected the columns x, y, got u, v']),
    ('data.csv --truth none.csv', ['none.csv', 'check the path']),
    ('data.csv --horizon 5 --quantiles 0.1,90', ['--quantiles: expected levels from 0 to 1']),
    ('data.csv --horizon 5 --quantiles low', ["--quantiles: expected levels from 0 to 1, separated by commas, got 'low'"]),
    ('data.csv --horizon 5 --samples 0', ['--samples: expected an integer >= 1']),
    ('data.csv --horizon 5 --samples 1000000000000', ['--samples: expected an integer from 1 to 100000']),
    ('data.csv --horizon 1000000000000000000000000000000', ['--horizon: expected at most', 'fit on the disk']),
    ('data.csv --horizon 5 --columns ²', ["'²'"]),
    ('data.csv --horizon 5 --out \0', ['--out: expected', 'name']),
    ('data.csv --horizon 5 --out data.csv', ['--out: expected a folder, got the file data.csv']),
    ('data.csv --horizon 5 --out old', ['--out: expected a new folder, got old, which holds a forecast']),
    ('--demo lorenz64', ['--demo: expected one of', "did you mean 'lorenz63'?"]),
    ('--demo neuron --columns x', ['--columns: expected nothing with --demo']),
])
def test_forecast_refuses(line, says, refused):
    oscillator('data.csv'); oscillator('other.csv', header='t,u,v')
    Path('bad.safetensors').write_bytes(b'\x80\x04\x95 a pickle'); Path('old').mkdir(); Path('old/forecast.csv').write_text('mine')
    from dynmoe.dynamix import dynamix
    dynamix(seed=0).save_pretrained('.', 'cut'); shutil.copy('config_cut.json', 'config_bad.json'); Path('cut.safetensors').write_bytes(Path('cut.safetensors').read_bytes()[:5000])
    refused(f'forecast {line}' + ('' if '--model' in line else ' --model parrot'), *says)

def table(path):
    with open(path, newline='') as f: rows = list(csv.reader(f))
    return rows[0], rows[1:]

def test_forecast_of_a_file(shell, here):
    oscillator('data.csv', steps=400)
    code, out, err = shell('forecast', 'data.csv', '--holdback', 60, '--model', 'esn')
    assert (code, err) == (0, '') and '60 steps from 340 samples with esn' in out and 'scores over 60 steps' in out and 'over time' not in out
    assert re.search(r'valid_prediction_steps +60 .*\n  valid_prediction_time +6  the same in units of t\n', out)
    head, rows = table('forecast-data/forecast.csv')
    truth = np.loadtxt('data.csv', delimiter=',', skiprows=1)[340:]
    assert head == ['t', 'x', 'y'] and np.allclose(np.array(rows, float), truth, atol=.02)
    m = json.loads(Path('forecast-data/metrics.json').read_text())
    assert m['rmse'] < .02 and m['steps'] == 60 and m['context'] == 340 and m['flags'] == [] and {'mase', 'smape', 'valid_prediction_time', 'info'} <= m.keys() and 'd_stsp' not in m and 'not from 60 steps' in out
    assert Path('forecast-data/forecast.png').read_bytes()[:4] == b'\x89PNG'
    assert shell('forecast', 'data.csv', '--horizon', 5, '--model', 'parrot')[0] == 0 and not Path('forecast-data-1/metrics.json').exists()
    assert 'forecast.png (the first 400 over time)' in shell('forecast', 'data.csv', '--horizon', 500, '--model', 'parrot')[1]

@pytest.mark.parametrize('series', [1, 2])
@pytest.mark.parametrize('options, force', [(['--out', 'new'], False), (['--out', 'new', '--force'], True), ([], False), (['--force'], False)])   # a name that we chose was a new one
def test_a_forecast_that_came_meanwhile_stays(options, force, series, shell, monkeypatch):
    from dynmoe.simple_forecasters import Parrot
    begin = Parrot.begin
    folder = Path('new' if '--out' in options else 'forecast-data')
    def meanwhile(self, *args, **kw):
        folder.mkdir(exist_ok=True); (folder/'forecast.csv').write_text('of another process')
        return begin(self, *args, **kw)
    monkeypatch.setattr(Parrot, 'begin', meanwhile)
    rows = [f'{s},{t},{np.sin(t / 3 + s)}' for s in range(series) for t in range(60)]
    Path('data.csv').write_text('\n'.join(['id,t,x', *rows]))
    code, out, err = shell('forecast', 'data.csv', '--horizon', 5, '--model', 'parrot', *options)
    assert (code, (folder/'forecast.csv').read_text() == 'of another process') == ((0, False) if force else (2, True)), err
    assert force or 'which holds a forecast' in err and not list(folder.glob('.*'))

def test_compiling_is_announced_once(capfd, monkeypatch):
    import numba
    from dynmoe.simple_forecasters import Parrot
    begin = Parrot.begin
    def compiles(self, *args, **kw):
        for i in range(2): numba.njit(lambda x: x + i)(1)
        return begin(self, *args, **kw)
    monkeypatch.setattr(Parrot, 'begin', compiles)
    oscillator('data.csv')
    assert main(['forecast', 'data.csv', '--horizon', '5', '--model', 'parrot']) == 0 and capfd.readouterr().err == COMPILING

@pytest.mark.parametrize('dates, after', [
    ([f'{y}-{m:02}' for y in range(2015, 2020) for m in range(1, 13)], ['2020-01', '2020-02', '2020-03']),
    ([f'2024/01/{d:02}' for d in range(1, 31)], ['2024-01-31', '2024-02-01', '2024-02-02']),
    ([f'2024-01-01 {h:02}:30:00' for h in range(22)], ['2024-01-01 22:30:00', '2024-01-01 23:30:00', '2024-01-02 00:30:00'])])
def test_dates_go_on(dates, after, shell):
    Path('d.csv').write_text('Date,sales\n' + ''.join(f'{d},{100 + 10 * (i % 4)}\n' for i, d in enumerate(dates)))
    assert shell('forecast', 'd.csv', '--horizon', 3, '--model', 'parrot', '--out', 'f')[::2] == (0, '')
    head, rows = table('f/forecast.csv')
    assert head == ['Date', 'sales'] and [r[0] for r in rows] == after
    assert [float(r[1]) for r in rows] == [100 + 10 * ((len(dates) + i) % 4) for i in range(3)]

def test_uneven_times_and_constant_columns_are_flagged(shell):
    rows = ''.join(f'2024-01-{d:02},{d % 5},7\n' for d in (*range(1, 10), *range(12, 30)))
    Path('d.csv').write_text('date,x,y\n' + rows)
    code, out, err = shell('forecast', 'd.csv', '--horizon', 3, '--model', 'parrot')
    assert code == 0 and 'warning: the times of the context are not evenly spaced' in err and 'warning: constant in the context: channel 1' in err

def test_equations(shell, refused):
    oscillator('data.csv', steps=400)
    code, out, err = shell('forecast', 'data.csv', '--horizon', 40, '--out', 'f')
    assert (code, err) == (0, '') and "\n  x' = -y\n  y' = x\n" in out
    from dynmoe.equations import load_system
    system = load_system('f/equations.json')
    assert np.allclose(system.vf(0., torch.tensor([[.6, .8]], dtype=torch.float64)), [[-.8, .6]], atol=1e-3)
    assert shell('simulate', '--system', 'f/equations.json', '--n', 2, '--steps', 50, '--out', 'again.npz')[0] == 0 and np.load('again.npz')['z'].shape == (50, 2, 2)
    refused('simulate --system f/equations.json --param r=1 --out more.npz', '--param: expected nothing with equations from a file')
    Path('broken.json').write_text('{}'); refused('simulate --system broken.json --out more.npz', 'broken.json')

def test_gaps_and_uneven_times(shell, refused):
    def change(rows):
        rows = [r for i, r in enumerate(rows) if i % 7 != 3]                                   # uneven times
        for i in range(5, 300, 11): rows[i][1 + i % 2] = ''                                    # and empty cells
        return rows
    oscillator('data.csv', steps=400, change=change)
    code, out, err = shell('forecast', 'data.csv', '--horizon', 40, '--out', 'f')
    assert (code, err) == (0, ''), err
    v = np.array(table('f/forecast.csv')[1], float)
    assert np.allclose(np.diff(v[:, 0]), .1) and np.allclose(v[:, 1:], np.c_[np.cos(v[:, 0]), np.sin(v[:, 0])], atol=1e-2) and Path('f/forecast.png').exists()
    refused('forecast data.csv --horizon 40 --model parrot --out g', 'data.csv: expected finite numbers, got missing')

def test_truth_with_gaps_is_compared_step_by_step(shell, undrawn):
    "A circle without noise: rows that are missing in what is held back do not shift the others"
    day = lambda i: str(np.datetime64('2020-01-01') + i)
    rows = [f'{day(i)},{np.cos(.2 * i):.9f},{np.sin(.2 * i):.9f}\n' for i in range(200) if i not in (180, 181, 190)]
    Path('gaps.csv').write_text('date,x,y\n' + ''.join(rows)); Path('first.csv').write_text('date,x,y\n' + ''.join(rows[:174])); Path('rest.csv').write_text('date,x,y\n' + ''.join(rows[174:]))
    for line in ('gaps.csv --holdback 23 --out a', 'first.csv --truth rest.csv --out b'):
        code, out, err = shell('forecast', *line.split())
        assert code == 0, err
        m = json.loads(Path(line[-1], 'metrics.json').read_text())
        assert m['steps'] == 26 and m['rmse'] < 1e-5

def test_day_first_reaches_training(shell, undrawn, refused):
    Path('d.csv').write_text('date,x,y\n' + ''.join(f'{m:02d}/01/2020,{np.cos(m):.4f},{np.sin(m):.4f}\n' for m in range(1, 13)))
    refused('train --data d.csv --out run', 'say --dayfirst or --no-dayfirst')
    refused('train --data d.csv --dayfirst --out run', 'horizons: expected windows of at most'); refused('train --system chua --dayfirst --out run', '--dayfirst: expected nothing with --system')
    Path('ids.csv').write_text('store,item,t,x,y\n' + ''.join(f'{s},{i},{t},{np.cos(.3 * t + s):.4f},{np.sin(.3 * t + i):.4f}\n' for s in (1, 2) for i in (1, 2) for t in range(40)))
    code, out, err = shell('train', '--data', 'ids.csv', '--id-column', 'store,item', *TINY, '--set', 'horizons=[0,2]', '--set', 'shares=[.5,.5]', '--epochs', 1, '--out', 'two')
    assert code == 0 and '4 series of 40 rows' in out, err

def test_samples_give_quantiles(shell):
    oscillator('data.csv', steps=200)
    assert shell('forecast', 'data.csv', '--holdback', 40, '--model', 'persistence', '--samples', 60, '--quantiles', '0.9,0.1', '--out', 'f')[0] == 0
    head, rows = table('f/forecast.csv')
    v = np.array(rows, float)
    assert head == ['t', 'x', 'y', 'x 0.1', 'x 0.9', 'y 0.1', 'y 0.9'] and (v[:, 3] <= v[:, 1]).all() and (v[:, 1] <= v[:, 4]).all() and (v[:, 3] < v[:, 4]).any()
    assert 0 < json.loads(Path('f/metrics.json').read_text())['coverage'] <= 1

def test_same_seed_same_file(shell):
    oscillator('data.csv', steps=200)
    for seed, out in (1, 'a'), (1, 'b'), (2, 'c'): assert shell('forecast', 'data.csv', '--horizon', 9, '--model', 'esn', '--seed', seed, '--out', out)[0] == 0
    assert Path('a/forecast.csv').read_bytes() == Path('b/forecast.csv').read_bytes() != Path('c/forecast.csv').read_bytes()

def test_weights_and_more_channels_than_the_model_has(shell):
    from dynmoe.dynamix import dynamix
    dynamix(seed=0).save_pretrained('weights', 'dynamix-mine')
    x = np.random.default_rng(0).normal(size=(80, 4)).cumsum(0); np.save('x.npy', x)
    code, out, err = shell('forecast', 'x.npy', '--horizon', 20, '--model', 'weights', '--out', 'f')
    assert code == 0 and 'context has 4 channels and the model 3: each channel is forecast as a series of its own' in err
    assert len(table('f/forecast.csv')[1]) == 20

def test_a_forecast_that_runs_away_is_flagged(shell):
    import torch
    from dynmoe.dynamix import dynamix
    m = dynamix(seed=0)
    with torch.no_grad(): m.mixture.experts.A.fill_(2.)
    m.save_pretrained('weights', 'dynamix-mine'); oscillator('data.csv')
    code, out, err = shell('forecast', 'data.csv', '--holdback', 20, '--model', 'weights', '--out', 'f')
    assert code == 0 and 'leaves the range of its context by far, first at step' in err
    assert 'leaves the range' in json.loads(Path('f/metrics.json').read_text())['flags'][0]

def test_a_long_forecast_is_the_short_one_continued(shell, monkeypatch):
    oscillator('data.csv', steps=300)
    assert shell('forecast', 'data.csv', '--horizon', 400_001, '--model', 'parrot', '--out', 'long')[0] == 0
    assert shell('forecast', 'data.csv', '--horizon', 7, '--model', 'parrot', '--out', 'short')[0] == 0
    lines = Path('long/forecast.csv').read_text().splitlines()
    assert len(lines) == 400_002 and lines[:8] == Path('short/forecast.csv').read_text().splitlines()

@pytest.mark.slow
def test_ten_million_steps_need_little_memory(here):
    from dynmoe.dynamix import dynamix
    dynamix(latent=6, n_experts=2, seed=0).save_pretrained('weights', 'dynamix-mine'); oscillator('data.csv')
    code = '''import resource, sys
from dynmoe.cli import main
run = lambda h, out: main(['forecast', 'data.csv', '--horizon', str(h), '--model', 'weights', '--out', out]) or resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
few = run(200_000, 'a'); many = run(10_000_000, 'b')
print(few, many); sys.exit(many > few + 300_000)'''   # kilobytes
    done = subprocess.run([sys.executable, '-c', code], text=True, capture_output=True)
    assert done.returncode == 0, done.stdout + done.stderr
    with open('b/forecast.csv') as f: assert sum(1 for _ in f) == 10_000_001
    Path('b/forecast.csv').unlink()

def test_an_interrupted_forecast_leaves_no_table(shell, monkeypatch):
    from dynmoe.forecaster import Run
    take = Run.take
    def second(self, n):
        if self.step: raise KeyboardInterrupt
        return take(self, n)
    monkeypatch.setattr(Run, 'take', second)
    oscillator('data.csv')
    assert shell('forecast', 'data.csv', '--horizon', 900_000, '--model', 'parrot', '--out', 'f')[0] == 130
    assert not Path('f').exists()

@pytest.mark.parametrize('encoding', ['ascii', 'cp437', 'cp932', 'cp949', 'utf-16'])
def test_consoles_that_lack_characters(run, here, monkeypatch, undrawn, encoding):
    "Whatever the console, every command ends as it does elsewhere, and what it says can be read"
    import io
    t = np.arange(120)
    Path('μ.csv').write_text('day,höhe µ×\n' + ''.join(f'{i},{v:.4f}\n' for i, v in zip(t, np.sin(.3 * t) + .1 * np.random.default_rng(0).normal(size=120))), 'utf-8')
    def shell(*args):
        out, err = (io.TextIOWrapper(io.BytesIO(), encoding) for _ in range(2))
        monkeypatch.setattr(sys, 'stdout', out); monkeypatch.setattr(sys, 'stderr', err)
        try: code = main([str(a) for a in args])
        except SystemExit as e: code = e.code
        out.flush(); err.flush()
        return code, out.buffer.getvalue().decode(encoding), err.buffer.getvalue().decode(encoding)
    code, said, err = shell('systems')
    assert (code, err) == (0, '') and 'piecewise_lorenz' in said and ('–' in said) == (encoding == 'utf-16') and '\\' not in said
    for line in (['forecast', 'μ.csv', '--horizon', '3', '--budget', '.2', '--out', 'out'], ['evaluate', 'run'], ['--help'], ['forecast', '--help'],
                 ['simulate', '--system', 'pendulum', '--out', 'α.npz'], ['train', *SYSTEM, *TINY, '--epochs', '1', '--out', 'été'], ['plot', 'été']):
        code, out, err = shell(*line)
        assert code == 0 and out, (line, err)
    code, out, err = shell('forecast', '水×.csv', '--horizon', '3')
    assert code == 2 and err.startswith('dynmoe: error: ') and err.count('\n') == 1

def test_no_console(monkeypatch):
    for stream in 'stdout', 'stderr': monkeypatch.setattr(sys, stream, None)
    assert main(['systems']) == 0 and main(['forecast']) == 2

def _relay(n, T, seed, dt=.05):
    "A damped oscillator that a relay pushes to the right until x > .5, and to the left until x < -.5"
    rng = np.random.default_rng(seed)
    z, push, out = np.stack([rng.normal(size=n), rng.normal(size=n)], 1), np.ones(n), []
    for _ in range(T):
        out.append(z.copy())
        for _ in range(50):
            push = np.where(z[:, 0] > .5, -1., np.where(z[:, 0] < -.5, 1., push))
            z = z + dt / 50 * np.stack([z[:, 1], -z[:, 0] - .3 * z[:, 1] + push], 1)
    return np.stack(out, 1)

def test_regimes_of_a_file_with_gaps_and_trajectories_of_unequal_length(here, shell):
    rows = [f'{i},{.05 * k:.2f},{x:.9g},{v:.9g}' for i, run in enumerate(_relay(8, 300, 0)) for k, (x, v) in enumerate(run[:300 - 20 * i]) if not 100 <= k < 110 + i]
    Path('relay.csv').write_text('\n'.join(['trajectory,t,x,v', *rows]) + '\n')
    code, out, err = shell('regimes', 'relay.csv', '--degree', 1, '--out', 'found')
    assert code == 0, err
    assert 'what governed before' in out and out.count("x' =") == 2
    bounds = [float(v) for v in re.findall(r'where x [<>] (-?[\d.]+)', out)]
    assert sorted(round(b, 2) for b in bounds) == [-.5, .5]
    assert {p.name for p in Path('found').iterdir()} == {'report.html', 'laws.txt', 'laws.safetensors', 'regimes.csv', 'switches.csv', 'regimes.png'}
    assert len(Path('found/regimes.csv').read_text().splitlines()) == len(rows) + 1
    code, _, err = shell('regimes', 'relay.csv', '--out', 'found')
    assert code == 2 and '--force' in err

def test_regimes_of_a_file_with_inputs(here, shell):
    "A column that drives the others is no variable that a law has to explain"
    E, rng, rows = np.exp(-.05), np.random.default_rng(0), []
    for i in range(4):
        x, u = 0., np.repeat(rng.uniform(-1, 1, 20), 10)
        for k in range(200): rows.append(f'{i},{.1 * k:.1f},{x:.9g},{u[k]:.9g}'); x = 2 * u[k] + (x - 2 * u[k]) * E
    Path('pushed.csv').write_text('\n'.join(['trajectory,t,x,push', *rows]) + '\n')
    code, out, err = shell('regimes', 'pushed.csv', '--inputs', 'push', '--out', 'found')
    assert code == 0, err
    assert "x' = -0.5 x + push" in out and 'push, held' in out and "push' =" not in out
    for asked in 'pull', 'x,push':
        code, _, err = shell('regimes', 'pushed.csv', '--inputs', asked)
        assert code == 2 and '--inputs: expected some of the columns' in err

@pytest.mark.parametrize('args', [['regimes'], ['regimes', 'none.csv'], ['regimes', 'x.csv', '--system', 'lorenz63'], ['regimes', '--system', 'lorenz63', '--laws', '99', '--n', '5', '--steps', '50']])
def test_regimes_says_what_is_wrong(here, shell, args):
    code, _, err = shell(*args)
    assert code == 2 and err.count('\n') == 1 and 'Traceback' not in err
    assert not list(here.iterdir())

def test_training_tries_laws_first(here, shell):
    code, out, err = shell('train', '--system', 'piecewise_lorenz', '--param', 'r=0.5', '--n', 40, '--steps', 300, *TINY, '--set', 'n_experts=2', '--epochs', 1, '--out', 'run')
    assert code == 0, err
    found = json.loads(Path('run/laws.json').read_text())
    assert found['chosen'] == 'laws' and found['error'] < 1e-8 < found['network']
    radius = float(re.search(r'\|\(x, y, z\)\| > ([\d.]+)', out)[1])
    assert abs(radius - 8) < 1e-3 and 'Laws explain the data' in out
    assert 'Laws explain the data' in Path('run/report.html').read_text()

def test_an_interrupt_is_heard_while_something_is_finalised(shell, monkeypatch):
    "Python ignores exceptions in finalisers, this one too"
    class Dying:
        def __del__(self): raise KeyboardInterrupt
    def work(argv):
        Dying()
        for _ in range(600): time.sleep(.05)                                                # as work does, it gives way now and then
        return 0
    monkeypatch.setattr('dynmoe.cli._run', work)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)                           # a shell in the background may have switched Ctrl-C off
    try: assert shell('systems')[:2] == (130, '')
    finally: signal.signal(signal.SIGINT, before)

def test_an_interrupt_on_the_way_into_a_kernel_is_one(shell, monkeypatch):
    def work(argv): raise SystemError('a result with an exception set') from argv
    monkeypatch.setattr('dynmoe.cli._run', lambda argv: work(KeyboardInterrupt()))
    assert shell('systems')[:2] == (130, '')
    monkeypatch.setattr('dynmoe.cli._run', lambda argv: work(ValueError()))
    with pytest.raises(SystemError): shell('systems')
