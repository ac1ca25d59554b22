"""A measured series: the chaotic laser of the Santa Fe competition, 10093 samples of its intensity in 8 bits, about seven a turn.

    pip install reservoirpy                 # the series is in it
    python benchmarks/laser.py --models adaptive adaptive:path esn parrot dynmoe

Contexts of 2000 samples every 250 from sample 4000 on, each continued by 1000; whatever in the forecasters was chosen by looking at this
series was chosen by samples before 6000, and no truth here begins before. Scores: valid prediction time [samples] until the error exceeds
0.4 standard deviations; the normalised mean square error of the first 100 samples; D_stsp of the delay embedding (x_t, x_t-2, x_t-4) and D_H
over all 1000, with this package's definitions; failures as in the suite `dysts`. Wins are windows on which the first model named is
better than another one. `adaptive:path` is asked for one orbit, by aim='path'. Makes a record `laser`.
"""
import time, warnings

from common import arguments, show
import numpy as np
import torch
from dynmoe.forecast import get_forecaster
from dynmoe.forecaster import ForecastWarning
from dynmoe.metrics import geometrical_misalignment, temporal_misalignment, valid_prediction_time
from dynmoe.records import Score, read_record, recording, wins

CONTEXT, HORIZON, STARTS = 2000, 1000, range(4000, 7001, 250)
SCORES = dict(vpt=Score('valid [samples]', False), nmse=Score('NMSE of 100'), d_stsp=Score('D_stsp'), d_h=Score('D_H'))


def score(truth, f, seconds):
    "Scores of one forecast (H, 1)"
    finite = bool(np.isfinite(f).all())
    f = np.clip(np.nan_to_num(f, nan=1e4, posinf=1e4, neginf=-1e4), -1e4, 1e4)
    places = lambda a: np.hstack([a[4:], a[2:-2], a[:-4]])
    return dict(vpt=float(valid_prediction_time(y_true=truth, y_pred=f)), nmse=float(np.square(f - truth)[:100].mean() / truth.var()),
                d_stsp=float(geometrical_misalignment(y_true=places(truth), y_pred=places(f))), d_h=float(temporal_misalignment(y_true=truth, y_pred=f)),
                failed='not finite' if not finite else 'diverged' if np.abs(f - truth.mean()).max() > 15 * truth.std() else 'collapsed' if f[len(f) // 2:].std() < .05 * truth.std() else '', seconds=seconds)


def main():
    p = arguments(__doc__)
    p.add_argument('--models', nargs='+', default=['adaptive', 'adaptive:path', 'esn', 'parrot', 'dynmoe'])
    args = p.parse_args()
    from reservoirpy.datasets import santafe_laser
    torch.set_num_threads(1)
    x = santafe_laser().astype(float)
    with recording(args.out, 'laser', SCORES, dict(models=args.models, context=CONTEXT, horizon=HORIZON), again=args.again) as made:
        for model in args.models:
            name, _, aim = model.partition(':')
            forecaster = get_forecaster(name)
            for start in STARTS:
                if made.has(system=str(start), model=model): continue
                context, truth = x[start:start + CONTEXT], x[start + CONTEXT:start + CONTEXT + HORIZON]
                begun = time.process_time()
                with warnings.catch_warnings():
                    warnings.simplefilter('ignore', ForecastWarning)
                    f = forecaster.forecast(context, HORIZON, seed=0, **(dict(aim=aim) if aim else {}))
                made.add(system=str(start), model=model, **score(truth, np.asarray(f, dtype=float), time.process_time() - begun))
    show(made)
    print(wins(read_record(made.path).rows, SCORES, args.models[0]))


if __name__ == '__main__': main()
