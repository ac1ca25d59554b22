"Whatever kind of law a forecast can choose is an expert: the same numbers by torch as compiled, with gradients, in a mixture, and in files."
import numpy as np
import pytest
import torch
from dynmoe.adaptive import NOISY
from dynmoe.candidates import CANDIDATES, COARSE, MEMORIES, SPARSE, STATES, Candidate, remembering
from dynmoe.cleaning import delayed
from dynmoe.core import test_allclose as allclose
from dynmoe.function_search import fit_functions
from dynmoe.gating import MLPGate
from dynmoe.joint_estimate import draws, joint_fit
from dynmoe.laws import KINDS, Features, FunctionLibrary, Law, experts, load_experts, monomials, save_experts
from dynmoe.mixture import Mixture, iterate
from dynmoe.numerics import jacobian, rk4
from dynmoe.regression import nodes
from dynmoe.systems import get_system

def series(name, n=300, dt=.05):
    z = get_system(name).trajectories(1, dt * torch.arange(n + 200, dtype=torch.float64), seed=0, dtype=torch.float64)[200:, 0].numpy()
    return (z - z.mean(0)) / z.std(0)

def polynomials_bumps_and_kernels():
    x = series('lorenz63')
    z = nodes(x)
    for name, c in (CANDIDATES | {f'noisy {k}': c for k, c in NOISY.items()} | dict(sparse=SPARSE, axis=Candidate(2, axis=8))).items(): yield name, c.fit(x, z)[0], x

def memories():
    for channels in (1, 2, 3):
        y = series('lorenz63')[:, :channels]
        for kinds in (MEMORIES, STATES, COARSE):
            found = remembering(y, kinds)
            s = delayed(y, max((c.taps - 1) * c.lag for c in found.values()))
            for name, c in found.items(): yield f'{name} of {channels}', c.fit(s, None)[0], s

def functions():
    x = series('chua', dt=.1)
    for k, name in enumerate(KINDS): yield name, fit_functions(x, nodes(x), FunctionLibrary(monomials(3, 1).powers, np.zeros((0, 4))).plus((k, 0, 1., 4. if name == 'pole' else .4), 1), rounds=1)[0], x

def joint_estimates():
    x = series('lorenz63')
    y, sigma = x + .05 * np.random.default_rng(0).normal(size=x.shape), np.full(3, .05)
    for name in ('quadratic', 'quadratic + 60 bumps'):
        fit = joint_fit(y, NOISY[name].terms(x), sigma, anneal=(.3, .1))
        C, end = draws(fit, 1)
        yield f'joint {name}', fit.field, x
        yield f'draw of {name}', type(fit.field)(fit.field.terms, C[0], 1), x

KINDS_OF_LAWS = polynomials_bumps_and_kernels, memories, functions, joint_estimates

@pytest.mark.parametrize('kind', KINDS_OF_LAWS)
def test_each_is_an_expert(kind, tmp_path):
    for name, law, x in kind():
        try: is_an_expert(law, x, tmp_path/'laws')
        except AssertionError as e: raise AssertionError(f'{name}: {e}') from e

def is_an_expert(law, x, path):
    s, z = x[-6:], torch.tensor(x[-6:])
    bank = experts([law])
    out = lambda t, z: bank(t, z)[..., 0, :]
    allclose(out(0., z), law(s), rtol=1e-12, atol=1e-12)
    if not law.flow: allclose(out(0., z), law.step(s), rtol=1e-12, atol=1e-12)
    elif not hasattr(law.terms, 'functions'): allclose(rk4s(out, z, law.substeps), law.step(s), rtol=1e-12, atol=1e-12)
    J = law.jacobian(s)
    allclose(jacobian(lambda z: out(0., z), z), J, rtol=1e-8, atol=1e-8 * np.abs(law.C).max())
    mean, std = .3 * np.ones(law.C.shape[1]), 2 * np.ones(law.C.shape[1])
    pair, user = experts([law, law], mean, std, .1), 2 * z + .3
    mixture = Mixture(pair, MLPGate(x.shape[1], 2, inputs='state', seed=0)).double()
    alone = law((user.numpy() - .3) / 2)
    allclose(mixture(0., user)[0], 2 * alone / .1 if law.flow else 2 * alone + .3, rtol=1e-11, atol=1e-11)
    mixture(0., user)[0].square().sum().backward()
    assert all(p.grad.isfinite().all() and p.grad.abs().max() > 0 for p in pair.C)
    save_experts(pair, path)
    again = load_experts(path)
    assert torch.equal(again(0., user), pair(0., user))
    assert np.array_equal(again.laws()[1].run(s, 20, 9.), law.run(s, 20, 9.), equal_nan=True)

def rk4s(vf, z, n):
    for _ in range(n): z = rk4(vf, 0., z, 1 / n)
    return z

def test_maps_with_different_pasts_share_the_longest():
    laws = [law for _, law, _ in memories() if law.C.shape[1] == 1]
    bank = experts(laws)
    assert len({law.dim for law in laws}) > 1 and bank.dim == max(law.dim for law in laws)
    s = delayed(series('lorenz63')[:, :1], bank.dim - 1)[-1:]
    for j, law in enumerate(laws): allclose(iterate(lambda n, z: bank(n, z, torch.tensor([j]))[:, 0], torch.tensor(s), 20)[1:], law.run(s, 20), rtol=1e-10, atol=1e-10)

@pytest.mark.parametrize('base', (Law, Features))
def test_leaves_are_final(base):
    "Abstract, or final: nothing that is defined is defined once more below"
    assert base.__subclasses__()
    for leaf in base.__subclasses__():
        assert not leaf.__subclasses__() and not leaf.__abstractmethods__
        written = {k for k, v in vars(base).items() if callable(v) and not getattr(v, '__isabstractmethod__', False) and not k.startswith('__')}
        assert not written & vars(leaf).keys()
