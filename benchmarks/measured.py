"""Forecasts of measured series: errors and bands of any models beside the forecasts that statisticians use, each in the unit of the seasonal naive one.

    python benchmarks/measured.py --data DIR/dev.npz
    python benchmarks/measured.py --data DIR/dev.npz --models adaptive theta mine=mypackage.mymodule:MyForecaster --limit 10

The file holds `{window}_context` (T,) and `{window}_truth` (H,) of each window; beside it NAME.csv has for each `window` its `family`, `name`
and season `m` (1: none). A window is one question: continue the context by H samples. All models are asked here, in this run:

- `snaive` repeats the last season that it is told (none, if the context holds less than two); it is the unit. `snaive_auto`, `theta` (AutoTheta), `ets` (AutoETS) and `mstl` (MSTL, of
  statsforecast) have the season that the autocorrelation shows, `naive` none. With --told, these and the adaptive forecaster are told it.
- `adaptive`, `dynmoe` (the pretrained DynaMix), `parrot`, `esn`, or any other model of benchmarks/forecasting.py; --published PATH adds
  weights, for instance the published ones of DynaMix.

Scores of a window: mean absolute error (MAE); its ratio to that of `snaive`; the share of samples in the 80 % band; the pinball loss, mean
over the levels .1, .5, .9, and its ratio to that of the conformal seasonal naive forecast (told its season, bands from its errors at the same
lead from every origin inside the context); CPU seconds. Ratios are cut at 1/1000 and 1000. The band of parrot, esn and DynaMix is that of 100
samples, in a forecast of its own that is not timed. A model that raises or is not finite counts as failed and forecasts the last sample.

The table: geometric means of the ratios, windows worse than three times `snaive`, coverage of all windows and of the worst family, seconds. *Best
rival* is that of all other models that are told nothing, chosen for each window after the fact; *best member* the same of the members of
the adaptive forecaster's bank, and of the one orbit that it would choose: what its gate gives away. Then by family, and with each family left out: a choice
that lives on one family shows there. Nothing is tuned here.

Writes benchmarks/results/measured/NAME/MODEL.json after each window, and table.md; an interrupted run goes on where it stopped (--again starts over).
"""

from common import Model, arguments, best, conformal, geometric, markdown, measure, middle, pinball, ratio, results, seasonal_naive, usable, write_table
import numpy as np
import pandas as pd
import torch


def score(y, truth, m, a, members):
    "Scores of an answer about one channel: context y (T,), truth (H,), season m; members' forecasts (H, 1) by name, if they are known"
    m, h = usable(m, y), len(truth)
    naive = seasonal_naive(y, h, m)
    low, high = conformal(y, h, m)
    unit, mae = np.abs(naive - truth).mean(), float(np.abs(a.point[:, 0] - truth).mean())
    losses, usual = pinball(truth[:, None], a.quantiles), pinball(truth[:, None], np.stack([low, naive, high], 1)[..., None])
    q = a.quantiles[..., 0]
    return dict(mae=mae, ratio=ratio(mae, unit), coverage=float(((q[:, 0] <= truth) & (truth <= q[:, -1])).mean()), pinball=losses.tolist(),
                pinball_ratio=ratio(losses.mean(), usual.mean()), seconds=a.seconds, failed=a.failed, expert=str(a.info.get('expert', '')),
                **best(members, lambda f: ratio(np.abs(f[:, 0] - truth).mean(), unit)))


def summary(done):
    "Of all windows, or of some"
    rows = list(done.values())
    column = lambda k: [r[k] for r in rows if k in r]
    coverage = {f: float(np.mean([r['coverage'] for r in rows if r['family'] == f])) for f in dict.fromkeys(column('family'))}
    return dict(windows=len(rows), ratio=geometric(column('ratio')), disasters=sum(r > 3 for r in column('ratio')), coverage=float(np.mean(column('coverage'))) if rows else np.nan, worst_family=min(coverage.values(), default=np.nan),
                pinball_ratio=geometric(column('pinball_ratio')), seconds=middle(column('seconds')), longest=max(column('seconds'), default=np.nan), failed=sum(map(bool, column('failed'))), best_member=geometric(column('best_member')))


def tables(folder):
    "The tables of all models in a folder"
    series = {k: r['series'] for k, r in results(folder).items()}
    rivals = {k: s for k, s in series.items() if not k.startswith('adaptive') and k != 'snaive' and not k.endswith('-told')}
    both = set.intersection(*map(set, rivals.values())) if rivals else set()
    rows, empty = [], [''] * 7
    for k, s in series.items():
        r = summary(s)
        rows.append([k, r['windows'], r['ratio'], f"{r['disasters']} ({100 * r['disasters'] / r['windows']:.0f} %)", r['coverage'], r['worst_family'], r['pinball_ratio'], r['seconds'], r['longest'], r['failed']])
        if np.isfinite(r['best_member']): rows.append([f'*best member of {k}*', sum('best_member' in w for w in s.values()), r['best_member'], *empty])
    if rivals: rows.append(['*best rival*', len(both), geometric([min(s[w]['ratio'] for s in rivals.values()) for w in both]), *empty])
    text = [f'**Measured series, {folder.name}**', markdown(['model', 'windows', 'MAE relative to seasonal naive', 'windows worse than 3 x', '80 % band: coverage', 'of the worst family', 'pinball loss, relative', 'CPU s, median', 'largest', 'failed'], rows)]
    families = list(dict.fromkeys(w['family'] for s in series.values() for w in s.values()))
    by = lambda of, keep: [of([w for w in s.values() if keep(w)]) for s in series.values()]
    relative, covered = (lambda ws: geometric([w['ratio'] for w in ws])), (lambda ws: float(np.mean([w['coverage'] for w in ws])) if ws else np.nan)
    size = {f: max(sum(w['family'] == f for w in s.values()) for s in series.values()) for f in families}
    for title, of, inside in ('MAE relative to seasonal naive, by family', relative, True), ('Coverage of the 80 % band, by family', covered, True), ('MAE relative to seasonal naive without each family', relative, False):
        text += [f'**{title}**', markdown(['family', 'windows', *series], [[f, size[f], *by(of, lambda w: (w['family'] == f) == inside)] for f in families])]   # noqa: B023
    return '\n\n'.join(text)


def main():
    p = arguments(__doc__, 'windows, NAME.npz with NAME.csv beside it', 'tell the season to all models that can use it', 'measured', 'windows')
    p.add_argument('--windows', nargs='+', help='only these')
    args = p.parse_args()
    torch.set_num_threads(1)
    data, facts = np.load(args.data, allow_pickle=False), pd.read_csv(args.data.with_suffix('.csv'), dtype=dict(window=str)).set_index('window')
    names = [w for w in facts.index if args.windows is None or w in args.windows][:args.limit]
    folder = args.out/args.data.stem
    for name in args.models + [args.published] * bool(args.published):
        model = Model(name, args.told)
        def ask(w):
            y, truth, m = data[f'{w}_context'].astype(float).ravel(), data[f'{w}_truth'].astype(float).ravel(), int(facts.m[w])
            return dict(family=facts.family[w], name=facts.name[w] if 'name' in facts else w) | score(y, truth, m, model(y, len(truth), m), model.members(y, len(truth), m))
        measure(folder/f'{model.label}.json', dict(model=model.label), names, ask, summary, args.again)
    write_table(folder, tables(folder))


if __name__ == '__main__': main()
