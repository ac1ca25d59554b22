"""What a forecast costs: ten thousand monthly series in one call, and single series one by one.

    python benchmarks/panel.py
    python benchmarks/panel.py --all --models adaptive
    python benchmarks/panel.py --data DIR/dev.npz                # single series too: windows of the suite `real` with 512 samples

The panel is made with a fixed seed: 10 000 monthly series of eight to twelve years; levels from 10 to 10 000, trends of either sign, seasons
that change slowly or are none, noise that is independent or wanders; a tenth are counts, most of them zero. It is forecast by 12 months as a long
table by `forecast(table, 12, workers=2)`: wall seconds, here of the first 500 series (--all: of all), and minutes for 10 000 at that rate, which counts
the start of the processes twenty times. On a machine that others use, too, wall seconds say little: the same once more in this process alone, in CPU seconds,
and the minutes that 10 000 would take on two cores that nobody else uses. What comes is judged too, lest it be quick and wrong: MAE relative to the seasonal naive forecast (m = 12),
geometric mean, of series that are not counts, and the sum of absolute errors of the counts relative to that of their mean.

Single series are forecast without a band, in this process on one thread: CPU seconds, median and largest; one forecast of another series goes before.
Makes a record `panel`.
"""
import time, warnings
from pathlib import Path

from common import arguments, show
import numpy as np
import pandas as pd
import torch
from dynmoe.benchmark import Model, ratio, seasonal_naive
from dynmoe.forecast import forecast, get_forecaster
from dynmoe.records import Score, centre, recording

MANY, SOME, HORIZON, M, SEED, WORKERS = 10_000, 500, 12, 12, 0, 2
SCORES = dict(wall=Score(f'wall s, {WORKERS} processes'), minutes_for_all=Score(f'minutes for {MANY}'), cpu_minutes_for_all=Score(f'minutes for {MANY} on two idle cores'),
              relative_mae=Score('MAE relative to seasonal naive'), counts_relative_to_mean=Score('of counts, to the mean'))


def panel(count):
    "The first series: (counts or not, (T + HORIZON,)) each"
    out = []
    for k in range(count):
        rng = np.random.default_rng([SEED, k])
        t = np.arange(rng.integers(96, 145) + HORIZON)
        if k % 10 == 9:
            out.append((True, rng.poisson(rng.uniform(1, 6), len(t)) * (rng.random(len(t)) < rng.uniform(.1, .4)).astype(float)))
            continue
        level, turn = 10**rng.uniform(1, 4), 2 * np.pi * t / M
        waves = sum(rng.normal() / j * np.sin(j * turn + rng.uniform(0, 2 * np.pi) + rng.normal(0, .003) * t) for j in (1, 2, 3))
        noise = rng.normal(size=len(t))
        if rng.random() < .5: noise = .3 * noise.cumsum()
        out.append((False, level * (1 + rng.normal(0, .003) * t + rng.choice([0., .05, .15]) * waves + rng.uniform(.02, .1) * noise)))
    return out


def table_of(series):
    "A long table of contexts"
    months = pd.date_range('2010-01-01', periods=200, freq='MS')
    return pd.concat([pd.DataFrame(dict(unique_id=f'{k:05d}', ds=months[:len(y) - HORIZON], y=y[:-HORIZON])) for k, (_, y) in enumerate(series)], ignore_index=True)


def whole(model, count):
    "Seconds and errors of one call"
    series = panel(count)
    table, made = table_of(series), get_forecaster(model)
    def ask(workers):
        with warnings.catch_warnings():
            warnings.simplefilter('ignore')
            return forecast(table, HORIZON, model=made, seed=0, workers=workers, details=True, progress=False)
    began = time.perf_counter()
    f = ask(WORKERS)
    wall, began = time.perf_counter() - began, time.process_time()
    ask(1)
    cpu = time.process_time() - began
    point = np.asarray(f.arrays['point'], dtype=float)[:, :, 0]                               # (H, S, 1)
    off, of_counts, of_mean = [], 0., 0.
    for (counts, y), p in zip(series, point.T):
        context, truth = y[:-HORIZON], y[-HORIZON:]
        error = np.abs(p - truth).mean()
        if counts: of_counts, of_mean = of_counts + error, of_mean + np.abs(context.mean() - truth).mean()
        else: off.append(ratio(error, np.abs(seasonal_naive(context, HORIZON, M) - truth).mean()))
    return dict(series=count, workers=WORKERS, wall=wall, minutes_for_all=wall / count * MANY / 60, seconds=cpu, cpu_minutes_for_all=cpu / count * MANY / WORKERS / 60, relative_mae=centre(off, 'geometric'), counts_relative_to_mean=ratio(of_counts, of_mean))


def single(model, data):
    "CPU seconds of windows with 512 samples, by window"
    ask, d = Model(model, bands=False), np.load(data, allow_pickle=False)
    names = [k.removesuffix('_context') for k in d.files if k.endswith('_context') and len(d[k]) == 512]
    return {w: ask(d[f'{w}_context'].astype(float).reshape(-1, 1), len(d[f'{w}_truth'])).seconds for w in names}


def main():
    p = arguments(__doc__)
    p.add_argument('--models', nargs='+', default=['adaptive'], help='as dynmoe benchmark takes them')
    p.add_argument('--all', action='store_true', help=f'all {MANY} series')
    p.add_argument('--series', type=int, default=SOME, help='the first so many')
    p.add_argument('--data', type=Path, help='windows, NAME.npz: single series too')
    args = p.parse_args()
    torch.set_num_threads(1)
    count = MANY if args.all else args.series
    with recording(args.out, 'panel', SCORES, dict(models=args.models, series=count, data=args.data and args.data.name), SEED, args.again) as made:
        for name in args.models:
            if not made.has(setting='panel', system=f'{count} series', model=name): made.add(setting='panel', system=f'{count} series', model=name, failed='', **whole(name, count))
            for w, seconds in (single(name, args.data) if args.data else {}).items():
                if not made.has(setting='single series', system=w, model=name): made.add(setting='single series', system=w, model=name, seconds=seconds, failed='')
    show(made)


if __name__ == '__main__': main()
