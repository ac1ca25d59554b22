"""How far each hot path is from what this machine could do: operations and bytes, the floor measured on the spot, what we reach, and the straightforward way beside it.

    python benchmarks/performance.py [--rounds 3] [--only PATH ...]

One thread, processor time of this process, so that a machine that does other work matters little. In each round the machine's own speeds are measured first: arithmetic
(a product of two matrices of 768 in the precision of the path), bytes from memory (copying 256 MB) and from the second-level cache (copying 192 kB). The floor of a path is the larger of
its operations over the first and its bytes over the one that holds what it reads. Operations are counted by hand as the functions here say (multiply and add are two), of networks by torch.
What is straightforward: a loop over experts, the published DynaMix class, Python loops over rows or steps, `lstsq` on the whole design. Makes a record `performance`,
a row for each path and round: microseconds of ours, of the straightforward way, of the floor, and their ratios.
"""
import csv, io, time
from types import SimpleNamespace

from common import arguments, show
import numpy as np
import torch
from torch.utils.flop_counter import FlopCounterMode
from dynmoe.records import Score, recording

SCORES = dict(over_floor=Score('× the floor'), gains=Score('× faster than the straightforward way', less=False), microseconds=Score('µs', None), floor=Score('floor, µs', None), plain=Score('straightforward, µs', None))
T, H = 2000, 10_000


def took(f, least=.2):
    "Processor seconds of a call: the least of calls that take `least` seconds together"
    best, total = np.inf, 0.
    while total < least:
        began = time.process_time(); f(); each = time.process_time() - began
        best, total = min(best, each), total + max(each, 1e-6)
    return best


def speeds():
    "Operations per second in single and double precision, bytes per second of memory and second-level cache"
    out = {}
    for name, dtype in dict(single=torch.float32, double=torch.float64).items():
        a = torch.randn(768, 768, dtype=dtype)
        out[name] = 2 * 768**3 / took(lambda a=a: a @ a)
    for name, n in dict(memory=1 << 28, cache=192 << 10).items():
        a, b = np.zeros(n // 8), np.zeros(n // 8)
        times = max(1, (1 << 26) // n)
        out[name] = 2 * n * times / took(lambda a=a, b=b, times=times: [np.copyto(b, a) for _ in range(times)])
    return out


def lorenz(n, S=1, seed=0):
    from dynmoe.systems import get_system
    x = get_system('lorenz63').trajectories(S, torch.arange(n + 600, dtype=torch.float64) * .02, seed=seed, dtype=torch.float64)[600:]
    return (x - x.mean(0)) / x.std(0)


# Each path: a function -> (ours, straightforward, operations, bytes, where they lie, precision, how many units a call is). Set-up is not timed.

def ame_ode_iteration():
    import iteration as it
    from dynmoe.baseline_models import build
    torch.manual_seed(0)
    ours, plain = it.iteration(build('ame_ode', it.D, seed=0, n_experts=it.E, width=it.WIDTH, depth=it.DEPTH)), it.iteration(it.Loop())
    ours(); plain()
    with FlopCounterMode(display=False) as count: ours()
    return ours, plain, count.get_total_flops(), 0, 'cache', 'single', 1


def dynamix_training_step():
    import pretraining as p
    from dynmoe.dynamix import dynamix
    from dynmoe.pretraining import Forcing, forced
    model, g = dynamix(seed=0), torch.Generator().manual_seed(0)
    loop = p.Loop(model)
    context, x, noise, target = (torch.randn(n, p.B, p.N, generator=g) for n in (p.CONTEXT, p.T, p.T, p.T))
    def step(run, params):
        for q in params: q.grad = None
        (run(context, Forcing(x, noise)) - target).square().mean().backward()
    attention = p.CONTEXT * (3 * p.N + 20 + 2 * p.N)                                        # distances, exponentials, sums
    experts = 2 * p.E * p.M * (p.M + 2) + 2 * p.E * (p.M + p.N + p.E)
    return lambda: step(lambda c, f: forced(model, c, f), model.parameters()), lambda: step(loop, loop.parameters()), 3 * p.B * p.T * (attention + experts), 0, 'cache', 'single', 1


def long_forecast(series, steps):
    def path():
        import engines as e
        from dynmoe.dynamix import NoiseStreams, dynamix
        from dynmoe.engines import engine
        m = dynamix(seed=0).eval()
        context, noise = torch.randn(T, series, 3, generator=torch.Generator().manual_seed(0)), NoiseStreams(3, 0, 1).take(steps).unsqueeze(2).float()
        with torch.no_grad(): memory, loop = m.encode(context), e.Loop(m)
        few, start = max(2, steps // 200), m.first(context[-1]).detach()
        def ours():
            with torch.no_grad(): engine(m, start.unsqueeze(0), memory)(noise)
        def plain():
            with torch.no_grad(): loop.run(start.T, context, noise[:few, 0, 0])
        each = T * (3 * 3 + 20 + 2 * 3 + 1) + 2 * 10 * 30 * 32 + 2 * 10 * 43
        return ours, SimpleNamespace(run=plain, scale=steps / few), each * steps * series, 86e3 * steps * series, 'cache', 'single', steps * series
    return path


def polynomial_law():
    from dynmoe.laws import monomials
    from dynmoe.regression import Regression
    x, terms = lorenz(T)[:, 0].numpy(), monomials(3, 3)
    K, D = terms.size, 3
    def plain():
        from scipy.integrate import solve_ivp
        dx, phi = np.gradient(x, axis=0), np.prod(x[:, None, :]**terms.powers[None], -1)
        C = np.linalg.lstsq(phi, dx, rcond=None)[0]
        solve_ivp(lambda t, z: np.prod(z[None]**terms.powers, -1) @ C, (0, 10), x[-1], t_eval=np.arange(10), rtol=1e-6)
    return lambda: Regression(x, terms).fit(), plain, T * (9 * K + 2 * K * K) + 3 * T * 16 * (K + 2 * K * D), 8 * T * K * 3, 'memory', 'double', 1   # features at three nodes, normal equations, and the steps of three corrections


def law_rollout():
    from dynmoe.laws import monomials
    from dynmoe.regression import Regression
    x, terms = lorenz(T)[:, 0].numpy(), monomials(3, 2)
    law, _ = Regression(x, terms).fit()
    C, h = law.C, 1 / law.substeps
    def f(z): return np.prod(z[None]**terms.powers, -1) @ C
    few = 200
    def plain():
        z = x[-1]
        for _ in range(few * law.substeps):
            a = f(z); b = f(z + h / 2 * a); c = f(z + h / 2 * b); z = z + h / 6 * (a + 2 * b + 2 * c + f(z + h * c))
    return lambda: law.run(x[-1:], H), SimpleNamespace(run=plain, scale=H / few), H * 4 * law.substeps * (terms.size + 6 * terms.size), 0, 'cache', 'double', H


def kernel_map():
    from scipy.spatial.distance import cdist
    from dynmoe.regression import delay_map
    n, taps = 1000, 3
    x = lorenz(n + 10)[:, 0, :1].numpy()
    past = np.concatenate([x[taps - 1 - k:len(x) - k] for k in range(taps)], 1)
    def plain():
        c, y = past[:-1], np.diff(past[:, :1], axis=0)
        A = np.exp(-cdist(c, c)**2) + 1e-10 * np.eye(len(c))
        np.linalg.lstsq(A, y, rcond=None)
    return lambda: delay_map(past, 1, taps, 1, 1.), plain, n * n * (3 * taps + 20) + n**3 / 3, 8 * n * n * 3, 'memory', 'double', 1


def analogues():
    from dynmoe.candidates import analogues as ours
    x, L, h = lorenz(T)[:, 0].numpy(), 32, 100
    def plain():
        now, best = x[-L:] - x[-1], []
        for i in range(len(x) - L - h): best.append((float(((x[i:i + L] - x[i + L - 1] - now)**2).sum()), i))
        best.sort()
        np.median([x[i + L:i + L + h] - x[i + L - 1] for _, i in best[:5]], 0)
    return lambda: ours(x, h, L, 5), plain, T * L * 3 * 4, 8 * T * 3 * L, 'cache', 'double', 1


def theta():
    from dynmoe.candidates import bank
    t = np.arange(120.)
    x = (10 + .05 * t + np.sin(t * 2 * np.pi / 12) + .3 * np.random.default_rng(0).standard_normal(120))[:, None]
    member = next(m for m in bank(x, 12, 12) if m.name.startswith('Theta'))
    def plain():                                                                             # exponential smoothing on a grid of its constant, in Python
        y = x[:, 0]
        for a in np.linspace(.01, .99, 99):
            level = y[0]
            for v in y: level += a * (v - level)
    return lambda: member.run(x, 12), plain, 120 * 4 * 99, 8 * 120 * 99, 'cache', 'double', 1


def switching_fit():
    from dynmoe.switching import fit_switching
    n, steps, dt = 20, 300, .05                                                              # a rod heated below and cooled above a level, with hysteresis
    g, runs = np.random.default_rng(0), []
    for _ in range(n):
        z, on, out = g.uniform(-1, 1, 2), True, []
        for _ in range(steps):
            out.append(z.copy())
            for _ in range(10):
                z = z + dt / 10 * np.array([(2. if on else -2.) - z[0] - .5 * (z[0] - z[1]), .5 * (z[0] - z[1])])
                on = z[0] < (.5 if on else -.5)
        runs.append(np.array(out))
    x = np.stack(runs, 1)
    K, N = 10, n * steps
    def plain():                                                                             # told everything: who governs, and the degree
        z, dz = x[1:-1].reshape(-1, 2), ((x[2:] - x[:-2]) / (2 * dt)).reshape(-1, 2)
        on = dz[:, 0] > -(z[:, 0] + .5 * (z[:, 0] - z[:, 1]))
        phi = np.stack([z[:, 0]**i * z[:, 1]**j for i in range(4) for j in range(4 - i)], 1)
        for who in (on, ~on): np.linalg.lstsq(phi[who], dz[who], rcond=None)
    return lambda: fit_switching(x, dt=dt), plain, N * (2 * K * K + 3 * K), 8 * N * K * 2, 'memory', 'double', 1


def table_of_a_million_rows():
    import pandas as pd
    from dynmoe.tables import read
    import tempfile, os
    n, folder = 1_000_000, tempfile.mkdtemp()
    path = os.path.join(folder, 'million.csv')
    g = np.random.default_rng(0)
    pd.DataFrame(dict(time=pd.date_range('2000-01-01', periods=n, freq='min'), a=g.standard_normal(n).round(4), b=g.standard_normal(n).round(4))).to_csv(path, index=False)
    size, few = os.path.getsize(path), 20_000
    head = ''.join(open(path).readlines()[:few + 1])
    def plain():
        from datetime import datetime
        for row in list(csv.reader(io.StringIO(head)))[1:]: datetime.fromisoformat(row[0]), float(row[1]), float(row[2])
    return lambda: read(path), SimpleNamespace(run=plain, scale=n / few), 10 * size, size + 3 * 8 * n, 'memory', 'double', 1   # some ten operations to read a character


PATHS = {'AME-ODE iteration': ame_ode_iteration, 'DynaMix training step': dynamix_training_step, 'long forecast, 1 series': long_forecast(1, 4000), 'long forecast, 55 series': long_forecast(55, 200),
         'long forecast, 1024 series': long_forecast(1024, 10), 'candidate: polynomial law': polynomial_law, 'candidate: free run of a law': law_rollout, 'candidate: kernel map': kernel_map, 'candidate: analogues': analogues,
         'candidate: Theta': theta, 'switching fit': switching_fit, 'table of a million rows': table_of_a_million_rows}


def main():
    p = arguments(__doc__)
    p.add_argument('--rounds', type=int, default=3)
    p.add_argument('--only', nargs='+', choices=PATHS, default=list(PATHS))
    args = p.parse_args()
    torch.set_num_threads(1)
    with recording(args.out, 'performance', SCORES, dict(rounds=args.rounds, paths=args.only), again=args.again) as made:
        for name in args.only:
            if all(made.has(system=name, model='ours', seed=n) for n in range(args.rounds)): continue
            ours, plain, flops, size, where, precision, units = PATHS[name]()
            plain = plain if isinstance(plain, SimpleNamespace) else SimpleNamespace(run=plain, scale=1)
            ours(); plain.run()
            for n in range(args.rounds):
                if made.has(system=name, model='ours', seed=n): continue
                speed = speeds()
                floor = max(flops / speed[precision], size / speed[where])
                a, b = took(ours), took(plain.run) * plain.scale
                made.add(system=name, model='ours', seed=n, over_floor=a / floor, gains=b / a, microseconds=1e6 * a / units, floor=1e6 * floor / units, plain=1e6 * b / units, operations=flops / units, bytes=size / units, **{f'{k}_speed': v for k, v in speed.items()})
                print(name, {k: f'{v:.3g}' for k, v in made.rows[-1].items() if k in SCORES}, flush=True)
    show(made)


if __name__ == '__main__': main()
