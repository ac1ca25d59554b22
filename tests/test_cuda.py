"""The same on CUDA as on the CPU: in double precision to rounding, for systems, models, losses, metrics, forecasts and trainings.

Chaos would multiply rounding, so trajectories compared are short; long rollouts are compared on stable models, or by their statistics.
Run by `pytest -m cuda` where there is a CUDA device; `benchmarks/gpu/run.py` runs them too and keeps the outcome.
"""
import copy, dataclasses
import numpy as np
import pytest
import torch
from dynmoe import cli, losses, metrics
from dynmoe.ameode import ame_ode
from dynmoe.baseline_models import MODELS, build
from dynmoe.trajectories import simulate
from dynmoe.dynamix import DynaMix, dynamix
from dynmoe.engines import engine
from dynmoe.flow import ADAPTIVE, FIXED
from dynmoe.forecast import FORECASTERS, forecast
from dynmoe.laws import Field, Map, experts, monomials
from dynmoe.preprocessing import DynaMixForecaster
from dynmoe.pretraining import Batch, Corpus, PretrainConfig, _loss, pretrain
from dynmoe.switching import fit_switching
from dynmoe.systems import SYSTEMS, get_system
from dynmoe.training import Recorded, TrainConfig, _recorded, objective, train

pytestmark = [pytest.mark.cuda, pytest.mark.skipif(not torch.cuda.is_available(), reason='no CUDA device; benchmarks/gpu/run.py runs these tests where there is one')]
DEVICE = 'cuda'

# What may differ, relative to the largest value. The devices add in another order and have other exponentials: some 1e-14 of what is computed in double
# precision. By how much that grows was measured on the CPU, with states and weights that were changed by 1e-13 of themselves.
ONCE = 1e-12     # one evaluation: it does not grow
AVERAGES = 1e-10 # metrics, where it grows by 8 at most, and 3000 steps of a contracting model, by 1: sums of thousands
STEPS = 1e-9     # 20 steps of a system, where it grows by 10; rollouts of models and the gradients through them, by 2
CHOSEN = 1e-7    # the sizes of adaptive steps, too, depend on rounding: 2000 with dopri8
FITTED = 1e-6    # fits to a series, by equations that are nearly singular: 3e5 with `adaptive`, 1e6 with `esn`
SINGLE = 1e-4    # 80 evaluations in single precision, 6e-8 each, that a compiler has put together in another way

def close(on_cuda, on_cpu, tol=STEPS):
    assert on_cuda.device.type == DEVICE and on_cpu.device.type == 'cpu'
    scale = on_cpu.detach().abs().max().clamp(min=1.)
    torch.testing.assert_close(on_cuda.detach().cpu() / scale, on_cpu.detach() / scale, rtol=0, atol=tol, equal_nan=True)

def drawn(*shape, seed=0): return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)

@pytest.mark.parametrize('name', SYSTEMS)
def test_systems(name):
    system, g = get_system(name), torch.Generator().manual_seed(0)
    z = system.sample_z0(5, g)
    close(system.vf(.3, z.to(DEVICE)), system.vf(.3, z), ONCE)
    t = torch.arange(20, dtype=torch.float64) * system.dt
    close(system.trajectories(5, t, z0=z.to(DEVICE), dtype=torch.float64), system.trajectories(5, t, z0=z, dtype=torch.float64))

@pytest.mark.parametrize('method', ('rk4', 'dopri5'))
@pytest.mark.parametrize('name', MODELS)
def test_rollouts_and_gradients(name, method):
    t, z0 = torch.linspace(0, 1, 11, dtype=torch.float64), drawn(6, 3)
    both = []
    for device in (DEVICE, 'cpu'):
        model = build(name, 3, seed=0, n_experts=3, width=16, depth=2).double().eval().to(device)
        model.normalise(torch.zeros(3).to(model.z_mean), torch.ones(3).to(model.z_mean), torch.tensor(1.).to(model.z_mean))
        r = model.rollout(z0.to(device), t, method=method)
        r.z.square().mean().backward()
        both.append((r, [p.grad for p in model.parameters() if p.grad is not None]))
    (a, grads), (b, expected) = both
    close(a.z, b.z)
    if b.w is not None: close(a.w, b.w)
    assert a.stats.nfe == b.stats.nfe and len(grads) == len(expected)
    for x, y in zip(grads, expected): close(x, y)

@pytest.mark.parametrize('options', ({'history': 'lstm'}, {'history': 'none'}, {'top_k': 2}, {'threshold': .2}, {'routing': 'static'}, {'time': True}), ids=str)
def test_variants_of_the_mixture(options):
    t, z0 = torch.linspace(0, 1, 11, dtype=torch.float64), drawn(6, 3)
    a, b = (ame_ode(3, width=16, depth=2, seed=0, **options).double().eval().to(d).rollout(z0.to(d), t) for d in (DEVICE, 'cpu'))
    close(a.z, b.z); close(a.w, b.w)

@pytest.mark.parametrize('method', FIXED + ADAPTIVE)
def test_every_solver(method):
    t, z0 = torch.linspace(0, 1, 6, dtype=torch.float64), drawn(4, 3)
    a, b = (ame_ode(3, width=8, depth=2, seed=0).double().eval().to(d).rollout(z0.to(d), t, method=method) for d in (DEVICE, 'cpu'))
    close(a.z, b.z, CHOSEN)

@pytest.mark.parametrize('kind', (Field, Map))
def test_banks_of_laws(kind):
    "Values, and gradients of coefficients, of laws that share their features and of one with others"
    bank = experts([kind(monomials(3, degree), drawn(n, 3, seed=k).numpy()) for k, (degree, n) in enumerate(((2, 10), (2, 10), (3, 20)))], mean=1., std=2., dt=.1)
    z, both = drawn(7, 3, seed=5), []
    for device in (DEVICE, 'cpu'):
        b = copy.deepcopy(bank).to(device)
        f = b(0., z.to(device))
        f.square().mean().backward()
        both.append((f, [c.grad for c in b.C]))
    close(both[0][0], both[1][0], ONCE)
    for x, y in zip(both[0][1], both[1][1]): close(x, y, ONCE)

def test_mixture_of_fitted_laws():
    "What `fit_switching` finds, with its gate by the state"
    data = simulate(get_system('piecewise_lorenz', r=.5), n=10, t=torch.arange(0, 4, .02), seed=0)
    mixture, z = fit_switching(data).mixture().double(), data.z[::20].double()
    a, b = (copy.deepcopy(mixture).to(d)(0., z.to(d)) for d in (DEVICE, 'cpu'))
    for x, y in zip(a, b): close(x, y, ONCE)

def test_shared_law():
    "Experts that share a fitted law: rollouts and gradients"
    data, t, z0 = simulate(get_system('lorenz63'), n=12, t=torch.arange(0, 4, .02), seed=0), torch.linspace(0, .2, 11, dtype=torch.float64), 5 * drawn(6, 3)
    model, both = build('ame_ode', 3, seed=0, n_experts=2, width=8, depth=2), []
    train(model, data.split(seed=0)[:2], TrainConfig(epochs=1, steps_per_epoch=2, horizons=(0, 5), shares=(.5, .5)))
    assert (model.mixture.experts.C != 0).any()
    for device in (DEVICE, 'cpu'):
        m = copy.deepcopy(model).double().eval().to(device)
        r = m.rollout(z0.to(device), t)
        r.z.square().mean().backward()
        both.append((r, [p.grad for p in m.parameters() if p.grad is not None]))
    (a, grads), (b, expected) = both
    close(a.z, b.z)
    for x, y in zip(grads, expected): close(x, y)

def test_adjoint_and_bounded_steps():
    t, z0 = torch.linspace(0, 1, 6, dtype=torch.float64), drawn(4, 3)
    for options in ({'adjoint': True, 'method': 'dopri5'}, {'step_bound': .1, 'method': 'dopri5'}):
        a, b = (ame_ode(3, width=8, depth=2, seed=0).double().eval().to(d).rollout(z0.to(d), t, **options) for d in (DEVICE, 'cpu'))
        close(a.z, b.z, CHOSEN)

def test_compiled_steps():
    model, t, z0 = ame_ode(3, seed=0).eval().to(DEVICE), torch.linspace(0, 1, 21), drawn(32, 3).float().to(DEVICE)
    plain = model.rollout(z0, t).z
    model.compile()
    torch.testing.assert_close(model.rollout(z0, t).z, plain, rtol=SINGLE, atol=SINGLE)

def test_losses():
    w, f, z, dz, t = drawn(9, 5, 3).softmax(-1), drawn(9, 5, 3, 2), drawn(9, 5, 2), drawn(9, 5, 2, seed=1), torch.linspace(0, 1, 9, dtype=torch.float64)
    for loss in (lambda d: losses.routing_entropy(w.to(d)), lambda d: losses.load_balance(w.to(d)), lambda d: losses.diversity_loss(f.to(d)),
                 lambda d: losses.routing_smoothness(w.to(d), t.to(d)), lambda d: losses.window_loss(z.to(d), z.to(d) + .1, dz.to(d), .3),
                 lambda d: losses.scale_aware_loss(z.to(d), dz.to(d), dz.to(d), .3)): close(loss(DEVICE), loss('cpu'), ONCE)

def test_metrics():
    x = get_system('lorenz63').trajectories(2, torch.arange(1500, dtype=torch.float64) * .02, seed=0, dtype=torch.float64)[500:]
    y = x.roll(100, 0) + .01 * drawn(*x.shape)
    for f in (metrics.geometrical_misalignment, metrics.temporal_misalignment, metrics.mase, metrics.rmse, metrics.smape, metrics.valid_prediction_time):
        close(f(y_true=x.to(DEVICE), y_pred=y.to(DEVICE)), f(y_true=x, y_pred=y), AVERAGES)

@pytest.mark.parametrize('options, backend', [(o, b) for o in ({}, {'probabilistic': True}, {'expert_type': 'clipped_shallow_plrnn'}) for b in ('torch', 'cuda_graph', 'triton') if b != 'triton' or 'expert_type' not in o], ids=str)
def test_dynamix_iterates_the_same(options, backend):
    "A contracting model, 3000 steps in double precision; rounding does not grow"
    model, x = dynamix(seed=0, **options).double().eval(), drawn(60, 4, 3)
    ends = []
    for device, kind in ((DEVICE, backend), ('cpu', 'torch')):
        with torch.no_grad():
            m = copy.deepcopy(model).to(device)
            noise = drawn(3000, 2, 1, m.noise_size, seed=2).to(device)
            start = m.first(x[-1].to(device)).expand(2, -1, -1).contiguous()
            ends.append(engine(m, start, m.encode(x.to(device)), kind)(noise).z)
    close(*ends, AVERAGES)

def test_pretrained_statistics():
    "The shipped model over 10 000 steps in single precision: other orbits, the same attractor"
    x = get_system('lorenz63').trajectories(1, torch.arange(13000) * .02, seed=3)[1000:, 0]
    model = DynaMix.from_pretrained('dynmoe')
    scores = [float(np.log(metrics.geometrical_misalignment(y_true=x[2000:].double(), y_pred=torch.as_tensor(
        DynaMixForecaster(copy.deepcopy(model).to(d)).forecast(x[:2000].to(d), 10000, seed=s)).double().cpu()))) for d in (DEVICE, 'cpu') for s in (0, 1, 2)]
    assert abs(np.mean(scores[:3]) - np.mean(scores[3:])) < .5   # five standard deviations: those of one score over seeds are .13, as the record gpu-seeds says of Lorenz

@pytest.mark.parametrize('name', FORECASTERS)
def test_forecasts_of_tensors_on_the_device(name):
    "Context on CUDA, the forecast comes back there and is that of the CPU"
    x = get_system('lorenz63').trajectories(1, torch.arange(900, dtype=torch.float64) * .02, seed=0, dtype=torch.float64)[400:, 0]
    close(forecast(x.to(DEVICE), 60, model=name, seed=0), forecast(x, 60, model=name, seed=0), FITTED)

@pytest.mark.parametrize('name, options', [*((name, {}) for name in MODELS), *(('ame_ode', o) for o in ({'init': 'diverse'}, {'routing': 'static'}, {'history': 'none'}))], ids=str)
def test_recorded_steps(name, options):
    "The recorded objective and gradient are those of the CPU, for windows and for derivatives, and for batches that come after the recording"
    cfg, model = TrainConfig(balance=.1, diversity=.1, smoothness=.01, l2=.1), build(name, 3, seed=0, width=16, depth=2, **options).double()
    on_cuda = copy.deepcopy(model).to(DEVICE)
    recorded = _recorded(on_cuda, cfg)
    for seed in range(3):
        for T in (1, 6):
            batch = torch.arange(T, dtype=torch.float64) * .05, drawn(8, seed=seed), drawn(T, 8, 3, seed=seed + 10), drawn(T, 8, 3, seed=seed + 20)
            terms = recorded(*(b.to(DEVICE) for b in batch))
            model.zero_grad()
            expected = objective(model, cfg, *batch)
            expected['loss'].backward()
            assert terms.keys() == expected.keys()
            for k, v in expected.items(): close(terms[k], v)
            for p, q in zip(on_cuda.parameters(), model.parameters()):
                assert (p.grad is None) == (q.grad is None)
                if q.grad is not None: close(p.grad, q.grad)

@pytest.mark.parametrize('extra', ({}, {'amp': True}, {'history': 'lstm'}, {'compile': True}), ids=str)
def test_training(extra, tmp_path):
    data = simulate(get_system('lorenz63'), n=12, t=torch.arange(0, 3, .02), seed=0)
    training, validation, _ = data.split(seed=0)
    cfg = TrainConfig(width=32, epochs=4, steps_per_epoch=20, horizons=(0, 5), shares=(.5, .5), device=DEVICE, **extra)
    model = build('ame_ode', 3, seed=0, width=32, history=cfg.history, law=0)           # a law would leave nothing to learn
    history = train(model, (training, validation), cfg, out=tmp_path/'run')
    assert history[-1]['valid'] < .5 * history[0]['valid'] and all(p.device.type == 'cpu' for p in model.parameters())
    assert all(row['fit'] == row['fit'] for row in history)

def test_training_resumes(tmp_path):
    "Interrupted after two of four epochs and resumed: the history of a run that was not"
    data = simulate(get_system('lorenz63'), n=12, t=torch.arange(0, 3, .02), seed=0)
    pair = data.split(seed=0)[:2]
    cfg = TrainConfig(width=32, epochs=4, steps_per_epoch=10, horizons=(0, 5), shares=(.5, .5), device=DEVICE)
    whole = train(build('ame_ode', 3, seed=0, width=32), pair, cfg, out=tmp_path/'whole')
    class Stop(Exception): pass
    def stop(text):
        if text.startswith(' 50'): raise Stop
    with pytest.raises(Stop): train(build('ame_ode', 3, seed=0, width=32), pair, cfg, out=tmp_path/'parts', say=stop)
    # a call of `say` comes before the epoch is written: the epoch is done again
    parts = train(build('ame_ode', 3, seed=0, width=32), pair, cfg, out=tmp_path/'parts', resume=True)
    assert [r['epoch'] for r in parts] == [1, 2, 3, 4]
    np.testing.assert_allclose([r['valid'] for r in parts], [r['valid'] for r in whole], rtol=.02)   # single precision; Adam divides a gradient by its own size, so rounding moves small ones by as much as large ones

@pytest.mark.parametrize('probabilistic', (False, True))
def test_pretraining_step(probabilistic):
    "Loss and gradient, step by step and recorded, for batches that come after the recording"
    model, cfg, on_cuda = dynamix(latent=12, n_experts=3, probabilistic=probabilistic, seed=0).double(), PretrainConfig(probabilistic=probabilistic), {}
    for way in ('plain', 'recorded'): on_cuda[way] = copy.deepcopy(model).to(DEVICE)
    recorded = Recorded(on_cuda['recorded'].parameters(), lambda *b: dict(loss=_loss(on_cuda['recorded'], Batch(*b[:3]), b[3], cfg)))
    for seed in range(3):
        batch, noise = Batch(drawn(40, 4, 3, seed=seed), drawn(30, 4, 3, seed=seed + 10), drawn(30, 4, 3, seed=seed + 20)), drawn(30, 4 * (1 + probabilistic), model.noise_size, seed=seed + 30)
        there = [b.to(DEVICE) for b in (*batch, noise)]
        for m in (model, on_cuda['plain']): m.zero_grad()
        expected, plain = _loss(model, batch, noise, cfg), _loss(on_cuda['plain'], Batch(*there[:3]), there[3], cfg)
        expected.backward(); plain.backward()
        for name, loss in dict(plain=plain, recorded=recorded(*there)['loss']).items():
            close(loss, expected)
            for p, q in zip(on_cuda[name].parameters(), model.parameters()):
                assert (p.grad is None) == (q.grad is None)
                if q.grad is not None: close(p.grad, q.grad)

def test_pretraining(tmp_path):
    z = get_system('lorenz63').trajectories(6, torch.arange(400) * .05, seed=0)
    data = Corpus(z[:, :5], ('a',) * 5, z[:, 5:], ('b',), 1)
    cfg = PretrainConfig(latent=8, n_experts=3, contexts=(60,), sequence=20, valid_contexts=(60,), valid_steps=100, rates=(1,), epochs=3, steps_per_epoch=5, evaluate_every=1, device=DEVICE)
    model, history = pretrain(data, cfg, tmp_path/'run')
    assert len(history) == 3 and all(np.isfinite(r['loss']) for r in history)
    again, more = pretrain(data, dataclasses.replace(cfg, epochs=4), tmp_path/'run', resume=True)
    assert [r['epoch'] for r in more] == [1, 2, 3, 4]

def test_command(tmp_path, capsys):
    run = str(tmp_path/'run')
    assert cli.main(['train', '--system', 'lorenz63', '--n', '12', '--steps', '120', '--epochs', '2', '--set', 'steps_per_epoch=10', '--set', 'horizons=[0,5]', '--set', 'shares=[0.5,0.5]', '--device', DEVICE, '--out', run]) in (0, None)
    assert cli.main(['evaluate', run]) in (0, None)
    assert (tmp_path/'run'/'report.html').is_file()
