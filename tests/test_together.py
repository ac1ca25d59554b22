"Two processes that train one model (gloo, on the CPU), as torchrun and accelerate launch start them, beside one that does it alone."
import json, os, subprocess, sys
import pytest

pytestmark = pytest.mark.slow

# accelerate launch starts several processes without MPI by --multi_gpu alone, also where there is no GPU.
# What each process runs: `script.py KIND OUT EPOCHS BATCH resume|begin`; it prints its rank and the history, and notes each file it writes.
SCRIPT = """
import builtins, json, os, sys, warnings
warnings.simplefilter('ignore')
import torch
torch.set_num_threads(1)
from dynmoe import core
rank, opened = int(os.environ.get('RANK', 0)), []
kind, out, epochs, batch, how = sys.argv[1:]
sys.addaudithook(lambda event, args: opened.append(str(args[0])) if event == 'open' and isinstance(args[0], (str, bytes)) and isinstance(args[1], str) and any(c in args[1] for c in 'wax') else None)
if kind == 'train':
    from dynmoe.ameode import ame_ode
    from dynmoe.training import TrainConfig, train
    from dynmoe.trajectories import simulate
    a, b, _ = simulate('lorenz63', 12, torch.arange(0, 2, .02), seed=1, dtype=torch.float64).split((.6, .2, .2), seed=0)
    terms = dict(balance=.1, diversity=.1, smoothness=.1, l2=.1, lyapunov=.1)         # means over windows, and others
    cfg = TrainConfig(epochs=int(epochs), width=8, depth=2, gate_width=8, horizons=(0, 3), shares=(.5, .5), steps_per_epoch=4, batch_states=64, batch_windows=int(batch), history='ode', **terms)
    model = ame_ode(3, width=8, depth=2, gate_width=8, history='ode', seed=0).double()
    history = train(model, (a, b), cfg, out=out, resume=how == 'resume')
else:
    from dynmoe.pretraining import CorpusConfig, PretrainConfig, corpus, pretrain
    data = corpus(CorpusConfig(systems=('lorenz63', 'rossler'), held_out=('chua',), variants=2, length=400, valid_length=400), out + '-corpus' + str(rank))
    cfg = PretrainConfig(latent=6, n_experts=3, hidden=8, probabilistic=True, batch=int(batch), sequence=20, contexts=(60,), rates=(1.,), valid_contexts=(60,), valid_steps=50, steps_per_epoch=3, epochs=int(epochs), evaluate_every=1)
    model, history = pretrain(data, cfg, out, resume=how == 'resume')
wrote = sorted({p for p in opened if os.path.abspath(out) + os.sep in os.path.abspath(p)})
print('SAYS ' + json.dumps(dict(rank=rank, history=history, wrote=wrote, total=sum(float(p.double().abs().sum()) for p in model.parameters()))), flush=True)
"""

LAUNCH = {'alone': [], 'torchrun': ['-m', 'torch.distributed.run', '--nproc_per_node', '2', '--master_port', '29731'],
          'accelerate': ['-m', 'accelerate.commands.launch', '--multi_gpu', '--num_processes', '2', '--num_machines', '1', '--mixed_precision', 'no', '--dynamo_backend', 'no', '--main_process_port', '29732']}

@pytest.fixture(scope='module')
def run(root, tmp_path_factory):
    "Run the script alone or in two processes: what each says, by rank"
    pytest.importorskip('accelerate')
    here, known = tmp_path_factory.mktemp('together'), {}
    (here/'script.py').write_text(SCRIPT)
    def run(launch, kind, out, epochs, batch=16, how='begin', fails=False):
        if (kind, out) in known and how == 'begin': return known[kind, out]
        env = {**os.environ, 'PYTHONPATH': str(root), 'OMP_NUM_THREADS': '1', 'ACCELERATE_USE_CPU': 'true'}
        done = subprocess.run([sys.executable, *LAUNCH[launch], here/'script.py', kind, here/out, str(epochs), str(batch), how], cwd=here, env=env, text=True, capture_output=True, timeout=400)
        if fails: return done.stdout + done.stderr
        assert done.returncode == 0, done.stdout + done.stderr
        said = sorted((json.loads(line.split('SAYS ', 1)[1]) for line in done.stdout.splitlines() if 'SAYS ' in line), key=lambda s: s['rank'])
        assert len(said) == (1 if launch == 'alone' else 2)
        if launch == 'alone' and how == 'begin': known[kind, out] = said
        return said
    return run

def same(a, b, rtol):
    "Whether two histories say the same, but for the seconds"
    assert len(a) == len(b) > 0
    for p, q in zip(a, b):
        assert p.keys() == q.keys()
        for k in p.keys() - {'seconds'}: assert (p[k] is None) == (q[k] is None) and (p[k] is None or abs(p[k] - q[k]) <= rtol * max(1e-3, abs(p[k]))), (k, p, q)

@pytest.mark.parametrize('kind, launch, rtol', [('train', 'torchrun', 1e-9), ('train', 'accelerate', 1e-9), ('pretrain', 'torchrun', 1e-3)])   # training is in double precision, pretraining in single
def test_two_processes_train_as_one_does(run, kind, launch, rtol):
    one, = run('alone', kind, f'{kind}-one', 4)
    first, second = run(launch, kind, f'{kind}-{launch}', 4)
    same(one['history'], first['history'], rtol)
    same(first['history'], second['history'], 0.)
    assert first['total'] == second['total'] and abs(first['total'] / one['total'] - 1) < rtol
    assert one['wrote'] and first['wrote'] and not second['wrote']                         # the first alone writes

def test_a_checkpoint_goes_on_with_another_number_of_processes(run):
    run('torchrun', 'train', 'two', 2)
    run('alone', 'train', 'alone', 2)
    a, = run('alone', 'train', 'two', 4, how='resume')
    b, _ = run('torchrun', 'train', 'alone', 4, how='resume')
    same(a['history'], b['history'], 1e-9)
    assert [r['epoch'] for r in a['history']] == [1, 2, 3, 4]

def test_a_batch_that_cannot_be_shared_is_refused(run): assert 'batch_windows: expected a multiple of the 2 processes, got 15' in run('torchrun', 'train', 'odd', 1, batch=15, fails=True)

TINY = dict(train=('dynmoe', 'train', '--system', 'chua', '--steps', '40', '--no-laws', '--epochs', '2', 'width=8', 'depth=2', 'horizons=[0,2]', 'shares=[.5,.5]', 'steps_per_epoch=3', 'batch_states=32', 'batch_windows=8'),
            pretrain=('dynmoe', 'pretrain', 'systems=[lorenz63,rossler]', 'held_out=[chua]', 'variants=2', 'length=400', 'valid_length=400', 'latent=6', 'n_experts=3', 'hidden=8', 'batch=16', 'sequence=20', 'contexts=[60]',
                      'rates=[1.0]', 'valid_contexts=[60]', 'valid_steps=50', 'steps_per_epoch=3', 'epochs=2', 'evaluate_every=1'))

@pytest.mark.parametrize('command, says', [('train', 'report: '), ('pretrain', 'model: ')])
def test_the_command_trains_in_two_processes(root, tmp_path, command, says):
    "dynmoe train and dynmoe pretrain, started twice: one run folder, with the history of one process"
    pytest.importorskip('accelerate')
    from dynmoe.training import read_history
    tiny = ['-m', *sum((['--set', s] if '=' in s else [s] for s in TINY[command]), [])]
    for launch in 'alone', 'torchrun':
        done = subprocess.run([sys.executable, *LAUNCH[launch], *tiny, '--out', launch], cwd=tmp_path, env={**os.environ, 'PYTHONPATH': str(root), 'OMP_NUM_THREADS': '1', 'MPLBACKEND': 'agg'}, text=True, capture_output=True, timeout=400)
        assert done.returncode == 0, done.stdout + done.stderr
        assert done.stdout.count(says) == 1
    same(*(read_history(tmp_path/launch/'history.csv') for launch in ('alone', 'torchrun')), 1e-3)
    files = [sorted(p.name for p in (tmp_path/launch).iterdir()) for launch in ('alone', 'torchrun')]
    assert files[0] == files[1] and sorted(p.name for p in tmp_path.iterdir()) == ['alone', 'torchrun']
