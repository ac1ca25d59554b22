"""A benchmark file of chaotic systems that nothing was tuned on, for benchmarks/forecasting.py.

    python benchmarks/systems.py --out unseen.npz --seed 2026 --spread 0.05
    python benchmarks/forecasting.py --data unseen.npz --models parrot esn adaptive

The systems: the development systems of the pretraining corpus from initial states of their own, with their own parameters (--spread 0, the
default) or with every parameter changed by up to --spread, and three of our own, which keep theirs. Changed ones that do not stay on one
attractor are missing, and so are those whose flow dysts has not compiled. Sampled so that a step moves 0.13 standard deviations.

Writes the file (`names` (S,), `x` (S, 12000, 3), `context_end` 2000) and beside it index_NAME.json with each system's parameters, `dt` [its
time units], `pts_per_period` (with the period that dysts or our own class states) and `lyap_used`. The exponent is the mean over 20 orbits
that start along the series, each of 1000 samples, for the direction to settle, and 2000 that count; four Runge-Kutta steps per sample, or 32
where those do not hold. It is null unless it is above 0.001 per sample, which is more than a torus shows in that time, and four standard
errors. Minutes to simulate, then some ten seconds for each system.
"""
import argparse, json, os, time
from pathlib import Path

os.environ.setdefault('OMP_NUM_THREADS', '1')
import numpy as np
import torch
from dynmoe.core import atomic
from dynmoe.metrics import lyapunov_max
from dynmoe.pretraining import DEVELOPMENT, CorpusConfig, corpus
from dynmoe.systems import get_system

OWN, CONTEXT_END, LENGTH = ('lorenz63', 'rossler', 'chua'), 2000, 12000


def systems(spread, seed, cache=None, limit=None):
    "name: its source (system, params, dt) and its series (12000, 3), of each system"
    made = corpus(CorpusConfig(systems=DEVELOPMENT[:limit], held_out=OWN, variants=2 if spread else 1, spread=spread, length=LENGTH, valid_length=LENGTH, corpus_seed=seed), cache, progress=True)
    kept = [i for i in range(len(made.names)) if not spread or i and made.names[i] == made.names[i - 1]]
    series = {made.names[i] + (', other parameters' if spread else ''): (made.sources[i], made.z[::made.oversample, i]) for i in kept}
    series |= dict(zip(made.valid_names, zip(made.sources[len(made.names):], made.valid.unbind(1))))
    return {k: (source, z.double().numpy()) for k, (source, z) in series.items()}


def exponent(system, dt, z, starts=20, settle=1000, count=2000):
    "Largest Lyapunov exponent [1/time unit], or None where it is not clearly above 0"
    z0 = torch.from_numpy(z[::len(z) // starts])
    for steps in 4, 32:
        each = lyapunov_max(system.vf, z0, dt=dt / steps, n_steps=count * steps, n_transient=settle * steps)
        if each.isfinite().all(): break
    mean, error = each.mean().item(), each.std().item() / len(each) ** .5
    return mean if mean * dt > .001 and mean > 4 * error else None


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('--out', type=Path, required=True, help='file to write, NAME.npz')
    p.add_argument('--seed', type=int, default=2026, help='of initial states and parameters')
    p.add_argument('--spread', type=float, default=0., help='largest relative change of a parameter')
    p.add_argument('--limit', type=int, help='only the first so many development systems')
    p.add_argument('--cache', type=Path, help='folder in which to keep what was simulated')
    args = p.parse_args()
    if args.out.suffix != '.npz': p.error('--out: expected a file ending in .npz')
    torch.set_num_threads(1)
    series, index = systems(args.spread, args.seed, args.cache, args.limit), {}
    for name, (source, z) in series.items():
        began, system = time.process_time(), get_system(source['system'], **source['params'])
        index[name] = source | dict(pts_per_period=system.time_scale / source['dt'], lyap_used=exponent(system, source['dt'], z))
        print(f"{len(index)}/{len(series)} {name}: {index[name]['pts_per_period']:.0f} samples per period, exponent {index[name]['lyap_used']}, {time.process_time() - began:.0f} s", flush=True)
    with atomic(args.out) as f: np.savez_compressed(f, names=list(series), x=np.stack([z for _, z in series.values()]), context_end=CONTEXT_END)
    with atomic(args.out.with_name(f'index_{args.out.stem}.json')) as f: f.write_text(json.dumps(index, indent=1) + '\n')


if __name__ == '__main__': main()
