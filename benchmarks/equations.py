"""Equations of chaotic systems from noisy samples: how near the coefficients come to the true ones.

    python benchmarks/equations.py --noise 0.01 0.05
    python benchmarks/equations.py --noise 0.01 --systems Lorenz Rucklidge

As the benchmark of sparse identification on the systems of dysts does it (Kaptanoglu, Zhang, Nicolaou, Fasel & Brunton, Nonlinear Dynamics 111, 2023;
pysindy's examples/16_noise_robustness): five trajectories of 1000 samples, 100 a period, with white noise whose standard deviation is a share of the root
mean square of all samples; the error is that of all coefficients, |C - C_true| / |C_true|. Its weak form had a median of .40 % at 1 % noise, and 61 % of the
systems below 1 %. Here the systems are those development systems of dysts that are polynomials of degree 4 or less in up to four variables, from initial
states of their own; what their coefficients are is read off their right-hand side, and must be exact.

`joint` is `dynmoe.fitted_system` of the five trajectories: states and coefficients estimated together, all terms of the smallest degree up to 4 that leaves hardly more
error than the best, then without those that the samples do not ask for. It is told that powers are of the states themselves, and nothing else. `pysindy`, where it is installed, is that library's weak form
with the same library of degree 4 and the threshold, of sixteen, with the smallest true error: a bound of what it can do, not a rival that could be used.

Makes a record `equations`: of each noise (setting) and system error, degree, numbers of terms found, missing and spurious, CPU seconds. Nothing is tuned here.
"""
import time, warnings

from common import arguments, show
import numpy as np
import torch
from dynmoe.equations import fitted_system
from dynmoe.laws import monomials
from dynmoe.pretraining import DEVELOPMENT
from dynmoe.records import Score, recording
from dynmoe.systems import get_system

TRAJECTORIES, SAMPLES, PER_PERIOD, DEGREE = 5, 1000, 100, 4
SCORES = dict(error=Score('error of the coefficients, relative'), below=Score('below 1 %', False, 'mean'), missing=Score('terms missing', True, 'mean'), spurious=Score('spurious', True, 'mean'))


def truth(system):
    "Coefficients (K, D) of the monomials up to degree 4, or None where they are not all"
    lib, rng = monomials(system.dim, DEGREE), np.random.default_rng(0)
    z = system.trajectories(1, torch.arange(60, dtype=torch.float64) * system.time_scale / 10, seed=1, dtype=torch.float64)[:, 0].numpy()
    z = np.concatenate([z + s * z.std(0) * rng.standard_normal(z.shape) for s in (0, .3, 1, 1, 1, 1)])
    f, A = system.vf(0., torch.from_numpy(z)).numpy(), lib(z)
    size = np.sqrt(np.square(A).mean(0))
    C = np.linalg.lstsq(A / size, f, rcond=None)[0]
    if not np.abs(A / size @ C - f).max() < 1e-8 * np.abs(f).max(): return None
    return np.where(np.abs(C) < 1e-8 * np.abs(C).max(0), 0., C) / size[:, None]


def joint(runs, dt, true):
    "`fitted_system`, told nothing but that powers are of the states themselves"
    s = fitted_system(runs, dt, origin=0.)
    return s.field.terms.powers, s.field.C, s.info['degree']


def weak(runs, dt, true):
    "The weak form of pysindy, with the best of sixteen thresholds after the fact"
    import pysindy as ps
    best = None
    for threshold in np.geomspace(.003, 3, 16):
        t = np.arange(len(runs[0])) * dt
        lib = ps.WeakPDELibrary(function_library=ps.PolynomialLibrary(degree=DEGREE, include_bias=True), spatiotemporal_grid=t, K=300, is_uniform=True)
        model = ps.SINDy(feature_library=lib, optimizer=ps.STLSQ(threshold=threshold, normalize_columns=False))
        model.fit(list(runs), t=t)
        powers, C = np.asarray(lib.function_library.powers_), np.asarray(model.coefficients()).T
        e = error(powers, C, true)
        if best is None or e < best[0]: best = e, powers, C
    return best[1], best[2], DEGREE


def placed(powers, C, D):
    "Coefficients at the places that the truth has them"
    lib = monomials(D, DEGREE)
    at, out = {tuple(p): i for i, p in enumerate(lib.powers.tolist())}, np.zeros((lib.size, D))
    for p, row in zip(powers.tolist(), C): out[at[tuple(int(v) for v in p)]] = row
    return out


def error(powers, C, true): return float(np.linalg.norm(placed(powers, C, true.shape[1]) - true) / np.linalg.norm(true))


MODELS = dict(joint=joint, pysindy=weak)


def main():
    p = arguments(__doc__)
    p.add_argument('--noise', nargs='+', type=float, default=[.01, .05], help='shares of the root mean square of all samples')
    p.add_argument('--models', nargs='+', choices=list(MODELS), default=['joint'])
    p.add_argument('--systems', nargs='+', help='only these')
    args = p.parse_args()
    warnings.simplefilter('ignore')
    torch.set_num_threads(1)
    names = [n.removeprefix('dysts:') for n in DEVELOPMENT]
    with recording(args.out, 'equations', SCORES, dict(noise=args.noise, models=args.models, systems=args.systems, trajectories=TRAJECTORIES, samples=SAMPLES, per_period=PER_PERIOD), again=args.again) as made:
        for name in names:
            if args.systems and name not in args.systems: continue
            if all(made.has(setting=f'{n:g}', system=name, model=m) for n in args.noise for m in args.models): continue
            system = get_system(f'dysts:{name}')
            if system.dim > 4 or (true := truth(system)) is None: print(f'{name}: no polynomial', flush=True); continue
            dt = system.time_scale / PER_PERIOD
            z = system.trajectories(TRAJECTORIES, torch.arange(SAMPLES, dtype=torch.float64) * dt, seed=0, dtype=torch.float64).numpy()
            for noise in args.noise:
                seen = z + noise * np.sqrt(np.square(z).mean()) * np.random.default_rng(0).standard_normal(z.shape)
                for model in args.models:
                    key = dict(setting=f'{noise:g}', system=name, model=model)
                    if made.has(**key): continue
                    began = time.process_time()
                    try:
                        powers, C, degree = MODELS[model]([seen[:, b] for b in range(TRAJECTORIES)], dt, true)
                        e, found = error(powers, C, true), placed(powers, C, system.dim) != 0
                        row = dict(error=e, below=float(e < .01), missing=int((~found & (true != 0)).sum()), spurious=int((found & (true == 0)).sum()), terms=int((true != 0).sum()), degree=degree, failed='')
                    except Exception as e: row = dict(below=0., failed=' '.join(f'{type(e).__name__}: {e}'.split())[:200])
                    made.add(**key, seconds=time.process_time() - began, **row)
                    print(f'{model} {noise:g} {name}:', *(f'{k} {v:.3g}' for k, v in row.items() if k != 'failed'), row['failed'], flush=True)
    show(made)


if __name__ == '__main__': main()
