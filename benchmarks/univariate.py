"""The public benchmark *univariate, 15 points per period* of dysts, beside what sixteen methods published there: sMAPE of a fifth of a series after four.

    python benchmarks/univariate.py --data DIR/dev.npz
    python benchmarks/univariate.py --data DIR/dev.npz --models adaptive theta --limit 10

The file holds `names` (S,), `x` (S, 180) one coordinate of each system, `methods` (16,) and `smape` (S, 16) as published. A model sees the first
150 samples of a system and is judged by the next 29: sMAPE = mean of 200 |a - p| / (|a| + |p|), 0 to 200, where 0 / 0 counts as 0; it jumps where the
series crosses zero, so medians over systems are compared. The models are those of benchmarks/measured.py; `snaive` is told the period of 15,
the others with --told. *Best of sixteen* takes for each system the best of the published methods, after the fact, and *best rival* that of
the other models here that are told nothing, *best member* that of the adaptive forecaster's bank and of the one orbit that it would choose. *Lower than N-BEATS* counts the systems on which a model's sMAPE is below that method's. Nothing is tuned here.

Writes benchmarks/results/univariate/NAME/MODEL.json after each system, and table.md, and NAME-published.json, what was published; an interrupted run goes on where it stopped (--again starts over).
"""
import json

from common import Model, arguments, best, markdown, measure, middle, results, write_table
import numpy as np
import torch
from dynmoe.core import atomic

CONTEXT, HORIZON, PERIOD = 150, 29, 15


def smape(a, p):
    "Of truth a and forecast p, both (H,)"
    size = np.abs(a) + np.abs(p)
    return float(np.mean(200 * np.abs(a - p) / np.where(size > 0, size, 1)))


def summary(done):
    "Medians over systems"
    rows = list(done.values())
    return dict(systems=len(rows), smape=middle([r['smape'] for r in rows]), best_member=middle([r['best_member'] for r in rows if 'best_member' in r]), seconds=middle([r['seconds'] for r in rows]), longest=max((r['seconds'] for r in rows), default=np.nan), failed=sum(bool(r['failed']) for r in rows))


def tables(folder, names, methods, published):
    "Medians of all models in a folder and of the published methods, and each system"
    series = {k: r['series'] for k, r in results(folder).items()}
    seen = [n for n in names if all(n in s for s in series.values())]
    at = [names.index(n) for n in seen]
    nbeats = dict(zip(names, published[:, methods.index('NBEATSModel')]))
    rows = []
    for k, s in series.items():
        r = summary({n: s[n] for n in seen})
        rows.append([k, r['smape'], sum(s[n]['smape'] < nbeats[n] for n in seen), r['seconds'], r['longest'], r['failed']])
        if np.isfinite(r['best_member']): rows.append([f'*best member of {k}*', r['best_member'], sum(s[n]['best_member'] < nbeats[n] for n in seen), *[''] * 3])
    rivals = [s for k, s in series.items() if not k.startswith('adaptive') and k != 'snaive' and not k.endswith('-told')]
    if rivals: rows.append(['*best rival*', middle([min(s[n]['smape'] for s in rivals) for n in seen]), *[''] * 4])
    rows += [[f'{m}, published', middle(published[at, i]), int((published[at, i] < list(map(nbeats.get, seen))).sum()), *[''] * 3] for i, m in sorted(enumerate(methods), key=lambda p: middle(published[at, p[0]]))]
    rows.append(['*best of sixteen, published*', middle(published[at].min(1)), *[''] * 4])
    each = [[n, *(s[n]['smape'] for s in series.values()), float(nbeats[n]), float(published[i].min()), methods[published[i].argmin()]] for n, i in zip(seen, at)]
    return '\n\n'.join([f'**Univariate, 15 points per period, {folder.name}**: {len(seen)} systems, those that all models were asked', markdown(['model', 'median sMAPE', 'lower than N-BEATS', 'CPU s, median', 'largest', 'failed'], rows),
                        '**sMAPE of each system**', markdown(['system', *series, 'N-BEATS', 'best of sixteen', 'which is'], each)])


def main():
    p = arguments(__doc__, 'benchmark file', 'tell the period to all models that can use it', 'univariate', 'systems')
    args = p.parse_args()
    torch.set_num_threads(1)
    d = np.load(args.data, allow_pickle=False)
    names, x, methods = [str(n) for n in d['names']], d['x'].astype(float), [str(m) for m in d['methods']]
    folder = args.out/args.data.stem
    for name in args.models + [args.published] * bool(args.published):
        model = Model(name, args.told, bands=False)
        def ask(n):
            y, truth = np.split(x[names.index(n), :CONTEXT + HORIZON], [CONTEXT])
            a = model(y, HORIZON, PERIOD)
            return dict(smape=smape(truth, a.point[:, 0]), seconds=a.seconds, failed=a.failed, expert=str(a.info.get('expert', '')), **best(model.members(y, HORIZON, PERIOD), lambda f: smape(truth, f[:, 0])))
        measure(folder/f'{model.label}.json', dict(model=model.label), names[:args.limit], ask, summary, args.again)
    with atomic(args.out/f'{args.data.stem}-published.json') as p: p.write_text(json.dumps({n: dict(zip(methods, row)) for n, row in zip(names, d['smape'].tolist())}, indent=1) + '\n')
    write_table(folder, tables(folder, names, methods, d['smape']))


if __name__ == '__main__': main()
