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

Writes benchmarks/results/bands-cC[-noiseS].json, after every system; an interrupted run starts anew.
"""
import argparse, json, os, statistics, time, warnings
from pathlib import Path

os.environ.setdefault('OMP_NUM_THREADS', '1')
import numpy as np
import torch
from dynmoe.core import atomic
from dynmoe.forecast import get_forecaster
from systems import systems

MULTIPLES, STEPS = (.25, .5, 1., 2.), (10, 30, 100, 300)


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
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
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
    p.add_argument('--out', type=Path, default=Path(__file__).parent/'results')
    args = p.parse_args()
    torch.set_num_threads(1)
    warnings.simplefilter('ignore')
    series = dict(list(systems(args.spread, args.seed, args.cache).items())[:args.limit])
    out = args.out/(f'bands-c{args.context}' + (f'-noise{args.noise:g}' if args.noise else '') + '.json')
    result = json.loads(out.read_text())['models'] if out.is_file() else {}
    for model in args.models:
        forecaster, runs, began = get_forecaster(model), [], time.process_time()
        for number, (name, (_, z)) in enumerate(series.items()):
            for k, end in enumerate(np.linspace(2000, len(z) - args.horizon, args.starts).astype(int)):
                rng = np.random.default_rng([args.seed, number, k])
                context = z[end - args.context:end]
                seen = context + args.noise * context.std(0) * rng.normal(size=context.shape)
                truth = z[end:end + args.horizon]
                measured = truth + args.noise * context.std(0) * rng.normal(size=truth.shape)
                valid, inside, width = one(forecaster, seen, truth, measured, args.samples, args.seed)
                runs.append((name, valid, inside, width))
            found = [v for n, v, *_ in runs if n == name]
            print(f'{model}: {number + 1}/{len(series)} {name}: valid for {found} steps', flush=True)
            result[model] = dict(systems=number + 1, forecasts=len(runs), seconds=time.process_time() - began, rates=rates(runs),
                                 by_system={n: rates([r for r in runs if r[0] == n]) for n in dict.fromkeys(r[0] for r in runs)})
            with atomic(out) as f: f.write_text(json.dumps(dict(context=args.context, noise=args.noise, samples=args.samples, starts=args.starts, spread=args.spread, seed=args.seed, models=result), indent=1) + '\n')
        for k, v in result[model]['rates'].items(): print(f"  {k:45s} {100 * v['coverage']:5.1f} %   width {v['width']:.3f}   ({v['forecasts']} forecasts)")


if __name__ == '__main__': main()
