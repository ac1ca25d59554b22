"""How often the truth lies inside the 80 % band of a forecast, over horizons counted in valid prediction times.

    python benchmarks/bands.py --context 2000
    python benchmarks/bands.py --context 512 --noise 0.05 --models adaptive esn

The systems: the development systems of the pretraining corpus with every parameter changed by up to --spread, and three of our own, in
their own sampling: nothing was tuned on these trajectories. Each is continued from --starts places. The band reaches from the 10 % to
the 90 % quantile of --samples sampled forecasts. A forecast's valid prediction time ends where its median is off by more than 0.4
standard deviations (root mean square over channels); the truth is looked up at multiples of it. Because the error is large at that
moment by definition, the same is also counted at multiples of the median valid time of all starts of a system, and at fixed steps.
Noise, in standard deviations of the context, is added to it, and to the truth that shall lie in the band: a band is of what will be
measured. Valid times are those of the state without noise.

Makes a record `bands`: of each horizon, system and model the share inside the band, its median width, and of how many forecasts; a model that was
interrupted goes on with its next system.
"""
import statistics, time, warnings
from pathlib import Path

from common import arguments, show
import numpy as np
import torch
from dynmoe.benchmark import chaotic_series
from dynmoe.forecast import get_forecaster
from dynmoe.records import Score, recording

MULTIPLES, STEPS = (.25, .5, 1., 2.), (10, 30, 100, 300)
SCORES = dict(coverage=Score('inside the 80 % band', None, 'mean'), width=Score('width [standard deviations]', None))


def one(forecaster, context, truth, measured, samples, seed):
    "Valid time of the median [steps], and which numbers of what was measured (H, N) are in the band, H at least twice that time and 300"
    run = forecaster.begin(context, seed=seed, n_samples=samples, quantiles=[.1, .5, .9])
    q, valid = np.zeros((0, 3, context.shape[1])), None
    while len(q) < len(truth) and (valid is None or len(q) <= max(300, 2 * valid)):
        q = np.concatenate([q, run.take(min(max(250, len(q)), len(truth) - len(q))).values])
        off = np.sqrt(np.square((q[:, 1] - truth[:len(q)]) / truth.std(0)).mean(1)) > .4
        valid = int(off.argmax()) if off.any() else None
    return valid, (q[:, 0] <= measured[:len(q)]) & (measured[:len(q)] <= q[:, 2]), ((q[:, 2] - q[:, 0]) / truth.std(0)).mean(1)


def rates(runs):
    "Share of numbers inside the band, and the median width of the band [standard deviations], at each horizon; and how many forecasts are counted"
    out = {}
    usual = {name: statistics.median(v if v is not None else np.inf for n, v, *_ in runs if n == name) for name in {n for n, *_ in runs}}
    at = {f'{m:g} valid times': [(m * v, i, w) for _, v, i, w in runs if v] for m in MULTIPLES}
    at |= {f"{m:g} of the system's median valid times": [(m * usual[n], i, w) for n, _, i, w in runs if np.isfinite(usual[n])] for m in MULTIPLES}
    at |= {f'{s} steps': [(s, i, w) for *_, i, w in runs] for s in STEPS}
    for k, seen in at.items():
        seen = [(max(0, round(t) - 1), i, w) for t, i, w in seen if round(t) <= len(i)]
        if seen: out[k] = dict(coverage=float(np.mean([i[t] for t, i, _ in seen])), width=float(np.median([w[t] for t, _, w in seen])), forecasts=len(seen))
    return out


def main():
    p = arguments(__doc__)
    p.add_argument('--models', nargs='+', default=['adaptive'])
    p.add_argument('--context', type=int, default=2000)
    p.add_argument('--horizon', type=int, default=2500, help='longest forecast; one that stays valid counts at fixed steps only')
    p.add_argument('--noise', type=float, default=0.)
    p.add_argument('--samples', type=int, default=100)
    p.add_argument('--starts', type=int, default=3)
    p.add_argument('--spread', type=float, default=.05)
    p.add_argument('--seed', type=int, default=2026, help='of parameters, initial states, noise and samples')
    p.add_argument('--limit', type=int, help='only the first so many systems')
    p.add_argument('--cache', type=Path, default='runs/corpus', help='where the simulated series are kept')
    args = p.parse_args()
    torch.set_num_threads(1)
    warnings.simplefilter('ignore')
    series = dict(list(chaotic_series(args.spread, args.seed, args.cache).items())[:args.limit])
    setting = f'c{args.context}' + (f'-noise{args.noise:g}' if args.noise else '')
    config = {k: getattr(args, k) for k in ('models', 'context', 'horizon', 'noise', 'samples', 'starts', 'spread', 'limit')}
    with recording(args.out, 'bands', SCORES, config, args.seed, args.again) as made:
        for model in args.models:
            forecaster = get_forecaster(model)
            for number, (name, (_, z)) in enumerate(series.items()):
                if any((r['system'], r['model']) == (name, model) for r in made.rows): continue
                runs, began = [], time.process_time()
                for k, end in enumerate(np.linspace(2000, len(z) - args.horizon, args.starts).astype(int)):
                    rng = np.random.default_rng([args.seed, number, k])
                    context = z[end - args.context:end]
                    seen = context + args.noise * context.std(0) * rng.normal(size=context.shape)
                    truth = z[end:end + args.horizon]
                    measured = truth + args.noise * context.std(0) * rng.normal(size=truth.shape)
                    runs.append((name, *one(forecaster, seen, truth, measured, args.samples, args.seed)))
                seconds = (time.process_time() - began) / len(runs)
                for at, r in rates(runs).items(): made.add(setting=f'{setting}: {at}', system=name, model=model, seconds=seconds, failed='', **r)
                print(f'{model}: {number + 1}/{len(series)} {name}: valid for {[v for _, v, *_ in runs]} steps', flush=True)
    show(made)


if __name__ == '__main__': main()
