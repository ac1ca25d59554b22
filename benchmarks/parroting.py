"""Where parroting is hard to beat, and where many channels are: one lead of an electrocardiogram, a vortex street, an oscillator glass, Kuramoto-Sivashinsky.

    python benchmarks/parroting.py --data DIR
    python benchmarks/parroting.py --data DIR --tasks ecg ks --models adaptive parrot

The folder holds series of the context-parroting study (github.com/y-z-zhang/parroting); each is standardised by the whole of itself, channel
by channel, a context is 512 frames, drawn with a fixed seed, and the mean absolute error (MAE) is that of the next 51:

- `ecg`: one lead, ecg_train.csv.gz, 60 contexts (parroting, published: .656).
- `vortex`: 25 modes, vortex_street_pod_Re_900_long.npy, 20 contexts.
- `glass`: 23 coupled oscillators, the sine of the first 23 columns of oscillator_glass.npy, 20 contexts (parroting, published: .0045).
- `ks`: u_t = -u u_x - u_xx - u_xxxx on a ring of length 22 seen at 64 points once in a time unit, simulated here (ETDRK4, Kassam & Trefethen
  2005) from five random states; a context of 2000 frames, standardised by nothing. Besides the MAE of 60 steps, the root mean square error
  of the first 10 (the standard deviation of u is about 1.2).

Models are those of benchmarks/measured.py; the statistical ones take every channel for itself, with the season that they find in it.
Cells are means over contexts. Nothing is tuned here.

Writes benchmarks/results/parroting/MODEL.json after each context, and table.md; an interrupted run goes on where it stopped (--again starts over).
"""
import argparse, pickle
from pathlib import Path

from common import MODELS, RESULTS, Model, markdown, measure, results, write_table
import numpy as np
import torch

CONTEXT, HORIZON, SEED = 512, 51, 0
WINDOWS = dict(ecg=60, vortex=20, glass=20, ks=5)


class Arrays(pickle.Unpickler):
    "What reads arrays that were pickled, and calls nothing else"
    def find_class(self, module, name):
        known = {'_reconstruct': np.zeros(0).__reduce__()[0], 'ndarray': np.ndarray, 'dtype': np.dtype, 'encode': lambda text, code: text.encode(code)}
        if name not in known or module.split('.')[0] not in ('numpy', '_codecs'): raise pickle.UnpicklingError(f'expected arrays and nothing else, got {module}.{name}')
        return known[name]


def kuramoto_sivashinsky(n, seed, points=64, length=22., dt=1., steps=8, settle=200):
    "n frames of u (n, points), every dt"
    h, k = dt / steps, 2 * np.pi / length * np.arange(points // 2 + 1)
    linear, ring = k**2 - k**4, np.exp(2j * np.pi * (np.arange(32) + .5) / 32)
    z = h * linear[:, None] + ring                                                         # means over a circle, where the formulas would cancel
    e, half = np.exp(h * linear), np.exp(h * linear / 2)
    q, f1, f2, f3 = (h * f.mean(1).real for f in ((np.exp(z / 2) - 1) / z, (-4 - z + np.exp(z) * (4 - 3 * z + z**2)) / z**3, (2 + z + np.exp(z) * (z - 2)) / z**3, (-4 - 3 * z - z**2 + np.exp(z) * (4 - z)) / z**3))
    slope = -.5j * k * (np.arange(len(k)) <= points // 3)                                  # of the square, whose products alias beyond two thirds
    pull = lambda v: slope * np.fft.rfft(np.fft.irfft(v, points)**2)
    v, out = np.fft.rfft(.1 * np.random.default_rng(seed).normal(size=points)), []
    v[0] = 0
    for t in range(settle + n):
        for _ in range(steps):
            a = pull(v)
            x = half * v + q * a
            b = pull(x)
            c = pull(half * v + q * b)
            d = pull(half * x + q * (2 * c - a))
            v = e * v + f1 * a + 2 * f2 * (b + c) + f3 * d
        if t >= settle: out.append(np.fft.irfft(v, points))
    return np.array(out)


def series(task, folder):
    "A measured series (T, N), standardised"
    if task == 'ecg': x = np.loadtxt(folder/'ecg_train.csv.gz', ndmin=2)
    elif task == 'vortex':
        with open(folder/'vortex_street_pod_Re_900_long.npy', 'rb') as f: x = Arrays(f).load()
    else: x = np.sin(np.load(folder/'oscillator_glass.npy', allow_pickle=False)[:, :23])
    return (x - x.mean(0)) / x.std(0)


def windows(task, folder, count):
    "name: (context, truth)"
    if task == 'ks':
        runs = {f'ks {seed}': kuramoto_sivashinsky(2060, seed) for seed in range(count)}
        return {k: (u[:-60], u[-60:]) for k, u in runs.items()}
    x = series(task, folder)
    starts = np.random.default_rng(SEED).choice(len(x) - CONTEXT - HORIZON + 1, WINDOWS[task], replace=False)[:count]
    return {f'{task} {s}': (x[s:s + CONTEXT], x[s + CONTEXT:s + CONTEXT + HORIZON]) for s in starts}


def summary(done):
    "Means over contexts, by task"
    out = {}
    for task in WINDOWS:
        rows = [r for r in done.values() if r['task'] == task]
        if rows: out[task] = dict(contexts=len(rows), mae=float(np.mean([r['mae'] for r in rows])), rmse10=float(np.mean([r['rmse10'] for r in rows])), seconds=float(np.median([r['seconds'] for r in rows])), failed=sum(bool(r['failed']) for r in rows))
    return out


def table(folder):
    "The table of all models in a folder"
    cell = lambda s, t, k: float(s[t][k]) if t in s else np.nan
    rows = [[m, *(cell(r['summary'], t, 'mae') for t in WINDOWS), cell(r['summary'], 'ks', 'rmse10'), *(cell(r['summary'], t, 'seconds') for t in WINDOWS), sum(s['failed'] for s in r['summary'].values())] for m, r in results(folder).items()]
    return '**Parroting and many channels**\n\n' + markdown(['model', *(f'{t}: MAE' for t in WINDOWS), 'ks: rmse of 10', *(f'{t}: CPU s, median' for t in WINDOWS), 'failed'], rows)


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('--data', type=Path, required=True, help='folder of the series; ks alone needs none of them')
    p.add_argument('--tasks', nargs='+', choices=WINDOWS, default=list(WINDOWS))
    p.add_argument('--models', nargs='+', default=[m for m in MODELS if m != 'snaive'])
    p.add_argument('--published', help='path of further weights')
    p.add_argument('--limit', type=int, help='only the first so many contexts of each task')
    p.add_argument('--again', action='store_true', help='forget earlier results')
    p.add_argument('--out', type=Path, default=RESULTS/'parroting')
    args = p.parse_args()
    torch.set_num_threads(1)
    jobs = {k: w for t in args.tasks for k, w in windows(t, args.data, min(args.limit or WINDOWS[t], WINDOWS[t])).items()}
    for name in args.models + [args.published] * bool(args.published):
        model = Model(name, bands=False)
        def ask(k):
            context, truth = jobs[k]
            a = model(context, len(truth))
            off = a.point - truth
            return dict(task=k.split()[0], mae=float(np.abs(off).mean()), rmse10=float(np.sqrt(np.square(off[:10]).mean())), seconds=a.seconds, failed=a.failed, expert=str(a.info.get('expert', '')))
        measure(args.out/f'{model.label}.json', dict(model=model.label), list(jobs), ask, summary, args.again)
    write_table(args.out, table(args.out))


if __name__ == '__main__': main()
