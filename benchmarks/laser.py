"""A measured series: the chaotic laser of the Santa Fe competition, 10093 samples of its intensity in 8 bits, about seven a turn.

    pip install reservoirpy                 # the series is in it
    python benchmarks/laser.py --models adaptive adaptive:path esn parrot dynmoe

Contexts of 2000 samples every 250 from sample 4000 on, each continued by 1000; whatever in the forecasters was chosen by looking at this
series was chosen by samples before 6000, and no truth here begins before. Scores: valid prediction time [samples] until the error exceeds
0.4 standard deviations; the normalised mean square error of the first 100 samples; D_stsp of the delay embedding (x_t, x_t-2, x_t-4) and D_H
over all 1000, with this package's definitions; failures as in benchmarks/forecasting.py. Wins are windows on which the first model named is
better than another one. `adaptive:path` is asked for one orbit, by aim='path'. Writes benchmarks/results/laser.json.
"""
import argparse, json, os, time, warnings
from pathlib import Path

os.environ.setdefault('OMP_NUM_THREADS', '1')
from common import stamp
import numpy as np
import torch
from dynmoe.core import atomic
from dynmoe.forecast import get_forecaster
from dynmoe.forecaster import ForecastWarning
from dynmoe.metrics import geometrical_misalignment, temporal_misalignment, valid_prediction_time

CONTEXT, HORIZON, STARTS = 2000, 1000, range(4000, 7001, 250)
SCORES = dict(vpt='valid [samples]', nmse='NMSE of 100', d_stsp='D_stsp', d_h='D_H', seconds='CPU s')


def score(truth, f, seconds):
    "Scores of one forecast (H, 1)"
    finite = bool(np.isfinite(f).all())
    f = np.clip(np.nan_to_num(f, nan=1e4, posinf=1e4, neginf=-1e4), -1e4, 1e4)
    places = lambda a: np.hstack([a[4:], a[2:-2], a[:-4]])
    return dict(vpt=float(valid_prediction_time(y_true=truth, y_pred=f)), nmse=float(np.square(f - truth)[:100].mean() / truth.var()),
                d_stsp=float(geometrical_misalignment(y_true=places(truth), y_pred=places(f))), d_h=float(temporal_misalignment(y_true=truth, y_pred=f)),
                failed=not finite or bool(np.abs(f - truth.mean()).max() > 15 * truth.std()) or bool(f[len(f) // 2:].std() < .05 * truth.std()), seconds=seconds)


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('--models', nargs='+', default=['adaptive', 'adaptive:path', 'esn', 'parrot', 'dynmoe'])
    p.add_argument('--out', type=Path, default=Path(__file__).parent/'results'/'laser.json')
    args = p.parse_args()
    from reservoirpy.datasets import santafe_laser
    torch.set_num_threads(1)
    x, runs = santafe_laser().astype(float), {}
    for model in args.models:
        (name, _, aim), runs[model] = model.partition(':'), []
        for start in STARTS:
            context, truth = x[start:start + CONTEXT], x[start + CONTEXT:start + CONTEXT + HORIZON]
            begun = time.process_time()
            with warnings.catch_warnings():
                warnings.simplefilter('ignore', ForecastWarning)
                f = get_forecaster(name).forecast(context, HORIZON, seed=0, **(dict(aim=aim) if aim else {}))
            runs[model].append(score(truth, np.asarray(f, dtype=float), time.process_time() - begun))
    first, *others = args.models
    better = lambda k, a, b: sum((r[k] > s[k]) if k == 'vpt' else (r[k] < s[k]) for r, s in zip(runs[a], runs[b]))
    wins = {k: {m: better(k, first, m) for m in others} for k in ('vpt', 'nmse', 'd_stsp', 'd_h')}
    table = ['| model | ' + ' | '.join(SCORES.values()) + ' | failed |', '|' + '---|' * (len(SCORES) + 2)]
    for m, rs in runs.items(): table.append(f'| {m} | ' + ' | '.join('{:.3g} [{:.3g}, {:.3g}]'.format(*np.quantile([r[k] for r in rs], [.5, .25, .75])) for k in SCORES) + f" | {sum(r['failed'] for r in rs)} of {len(rs)} |")
    with atomic(args.out) as p: p.write_text(json.dumps(dict(context=CONTEXT, horizon=HORIZON, starts=list(STARTS), **stamp(), wins=wins, table=table, runs=runs), indent=1))
    print('\n'.join(table), f'\n{first} is better, of {len(STARTS)} windows:', wins)


if __name__ == '__main__': main()
