"""Forecasts of chaotic systems from a context: D_stsp, D_H, MASE, valid prediction time, failures and seconds of any forecasters.

    python benchmarks/forecasting.py --data DIR/dev.npz --models parrot esn dynmoe path/to/weights.safetensors
    python benchmarks/forecasting.py --data DIR/dev.npz --models parrot --context 512 --noise 0.05 --limit 10

The file holds `names` (S,), `x` (S, T, N) and `context_end`; beside it, index_NAME.json or index_*.json gives each system's `dt`,
`pts_per_period` and `lyap_used` (largest Lyapunov exponent; null where not chaotic). The context is `x[:, end-C:end]` with C of --context, the
truth what follows, up to --horizon steps. --noise adds white noise of that many standard deviations to the context, with a fixed seed
per system; the truth stays clean.

--channel K shows the models only channel K (the same for all systems), and judges them by it: D_stsp then compares the delay embedding
(x_t, x_t-tau, x_t-2tau) of the forecast with that of the truth, each continued backwards into the clean context, where tau is the first lag at
which the autocorrelation of the clean context falls below 1/e, so it is the same for every model; all other scores are the channel's own.
--warp SEED shows and judges all three channels through a lens: standardised by the clean context to z, they become
Q z + 0.6 A tanh(1.5 B z) with random rotations Q, A, B drawn from SEED. That is smooth, invertible (its slopes stay between .1 and 1.9) and
makes polynomial equations into others. Noise is added to what is seen, after the warp.

Models are names of `dynmoe.forecast.FORECASTERS`, paths of weights, or NAME=module:callable for any object with a `forecast` method, for
instance mine=mypackage.mymodule:MyForecaster. A model is asked once per seed and system; systems are scored one by one and the JSON is
written after each, so an interrupted run goes on where it stopped (--again starts over).

Scores follow the published tables: D_stsp and D_H with compat='dynamix', in single precision (D_H clamped at 0); MASE over 10 steps,
scaled by the truth; valid prediction time until the root mean square error over channels exceeds 0.4 standard deviations of the truth,
in Lyapunov times (systems with `lyap_used`) and periods. With these definitions `parrot` reproduces the published row to all digits.
A forecast has failed if it is not finite, strays more than 15 standard deviations from the context's mean (diverged), or if its second
half has less than 0.05 of the truth's standard deviation (collapsed). Seconds are CPU seconds of this process.

Writes benchmarks/results/forecasting/DATA-cC[-channelK][-warpSEED][-noiseS]/MODEL.json and table.md beside it.
"""
import argparse, json, time, warnings, zlib
from pathlib import Path

from common import RESULTS, forecaster, stamp
import numpy as np
import torch
from dynmoe.core import atomic
from dynmoe.cleaning import delay
from dynmoe.metrics import geometrical_misalignment, mase, temporal_misalignment, valid_prediction_time

MEDIANS = ('d_stsp', 'd_hell', 'mase', 'vpt_lyap', 'vpt_periods', 'seconds')


def load(path):
    "names, series (S, T, N), end of the context, facts about each system"
    d = np.load(path, allow_pickle=False)
    index = path.with_name(f'index_{path.stem}.json')
    return [str(n) for n in d['names']], d['x'], int(d['context_end']), json.loads(index.read_text()) if index.exists() else {}


def score(truth, f, context, facts):
    "One forecast's scores"
    mean, std = context.mean(0), context.std(0, ddof=1)
    with np.errstate(all='ignore'):
        z = np.abs((f - mean) / std)
        half = (f[len(f) // 2:].std(0) / truth[len(f) // 2:].std(0)).mean()
    t32, f32 = truth.astype(np.float32), f.astype(np.float32)
    tau = delay(context, 2) if context.shape[1] == 1 else 0
    places = lambda a: np.hstack([np.vstack([context[-2 * tau:], a])[k * tau:k * tau + len(a)] for k in (2, 1, 0)]).astype(np.float32) if tau else a
    out = dict(diverged=not bool((z < 15).all()), collapsed=bool(half < .05), finite=bool(np.isfinite(f).all()))
    with warnings.catch_warnings(), np.errstate(all='ignore'):
        warnings.simplefilter('ignore')
        still = not (np.ptp(f32, 0) > 0).all()
        d_h = np.nan if still else temporal_misalignment(y_true=t32, y_pred=f32, compat='dynamix')
        if not np.isfinite(d_h) and out['finite'] and not still: d_h = temporal_misalignment(y_true=truth, y_pred=f.astype(float))
        steps = valid_prediction_time(y_true=truth, y_pred=f)
        out |= dict(d_stsp=geometrical_misalignment(y_true=places(t32), y_pred=places(f32), compat='dynamix'), d_hell=d_h,
                    mase=mase(y_true=truth, y_pred=f) if out['finite'] else float('nan'), vpt_steps=steps)
    if facts.get('lyap_used'): out['vpt_lyap'] = steps * facts['dt'] * facts['lyap_used']
    if facts.get('pts_per_period'): out['vpt_periods'] = steps / facts['pts_per_period']
    return {k: v if isinstance(v, bool) else (float(v) if np.isfinite(v) else None) for k, v in out.items()}


def summary(systems):
    "Medians over systems (of the median over seeds), numbers of failures"
    rows = [{k: np.nanmedian(np.array([r.get(k) for r in runs], dtype=float)) if any(r.get(k) is not None for r in runs) else np.nan for k in MEDIANS} for runs in systems.values()]
    column = lambda k: np.array([r[k] for r in rows])[np.isfinite([r[k] for r in rows])]
    out = {k: [float(q) for q in np.quantile(column(k), [.5, .25, .75])] if len(column(k)) else None for k in MEDIANS}
    runs = [r for rs in systems.values() for r in rs]
    return out | dict(systems=len(systems), failed=sum(r['diverged'] or r['collapsed'] or not r['finite'] for r in runs) / max(1, len(runs)),
                      diverged=sum(r['diverged'] for r in runs), collapsed=sum(r['collapsed'] for r in runs), runs=len(runs), d_stsp_undefined=sum(r['d_stsp'] is None for r in runs))


def table(folder):
    "The table of all models in a folder"
    cell = lambda v: '–' if v is None else f'{v[0]:.3g} [{v[1]:.3g}, {v[2]:.3g}]'
    lines = [f'**{folder.name}** — median [quartiles] over systems', '', '| model | systems | D_stsp | D_H | MASE10 | VPT (Lyap. times) | VPT (periods) | diverged / collapsed of runs | CPU s |', '|' + '---|' * 9]
    for p in sorted(folder.glob('*.json')):
        s = json.loads(p.read_text())['summary']
        lines.append(f"| {p.stem} | {s['systems']} | " + ' | '.join(cell(s[k]) for k in MEDIANS[:5]) + f" | {s['diverged']} / {s['collapsed']} of {s['runs']} | {s['seconds'][0]:.3g} |")
    (folder/'table.md').write_text('\n'.join(lines) + '\n')
    return '\n'.join(lines)


def warped(s, context, seed):
    "A series (T, N) through the lens of --warp"
    rng = np.random.default_rng([seed, 6])
    Q, A, B = (np.linalg.qr(rng.standard_normal((s.shape[1],) * 2))[0] for _ in range(3))
    z = (s - context.mean(0)) / context.std(0)
    return z @ Q.T + .6 * np.tanh(1.5 * z @ B.T) @ A.T


def noisy(context, name, noise):
    "The context with white noise, the same in every run"
    rng = np.random.default_rng([zlib.crc32(name.encode()), 5])
    return context + noise * context.std(0) * rng.standard_normal(context.shape)


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('--data', type=Path, required=True, help='benchmark file')
    p.add_argument('--models', nargs='+', default=['persistence', 'parrot', 'esn', 'dynmoe'])
    p.add_argument('--context', type=int, default=2000)
    p.add_argument('--horizon', type=int, default=10000)
    p.add_argument('--noise', type=float, default=0., help="standard deviation of noise on the context, in units of the context's")
    p.add_argument('--channel', type=int, help='show and judge only this channel')
    p.add_argument('--warp', type=int, help='seed of a lens through which the channels are seen')
    p.add_argument('--also', nargs='+', default=[], help='models that may take over from the adaptive one')
    p.add_argument('--limit', type=int, help='only the first so many systems')
    p.add_argument('--systems', nargs='+', help='only these')
    p.add_argument('--seeds', type=int, default=1)
    p.add_argument('--again', action='store_true', help='forget earlier results')
    p.add_argument('--out', type=Path, default=RESULTS/'forecasting')
    args = p.parse_args()
    torch.set_num_threads(1)
    names, x, end, index = load(args.data)
    chosen = [n for n in names if args.systems is None or n in args.systems][:args.limit]
    folder = args.out/(f'{args.data.stem}-c{args.context}' + (f'-channel{args.channel}' if args.channel is not None else '') + (f'-warp{args.warp}' if args.warp is not None else '') + (f'-noise{args.noise:g}' if args.noise else '') + (f'-h{args.horizon}' if args.horizon != 10000 else ''))
    folder.mkdir(parents=True, exist_ok=True)
    for model in args.models:
        label, f = forecaster(model)
        also = {'also': [forecaster(m)[1] for m in args.also]} if args.also else {}
        file = folder/('+'.join([label, *args.also]) + '.json')
        done = json.loads(file.read_text())['systems'] if file.exists() and not args.again else {}
        for name in chosen:
            runs, s = done.get(name, []), x[names.index(name)].astype(float)
            if args.warp is not None: s = warped(s, s[end - args.context:end], args.warp)
            if args.channel is not None: s = s[:, [args.channel]]
            context, truth = s[end - args.context:end], s[end:end + args.horizon]
            if args.noise: context = noisy(context, name, args.noise)
            for seed in range(len(runs), args.seeds):
                start = time.process_time()
                out = f.forecast(context, len(truth), seed=seed, details=True, **also)
                seconds = time.process_time() - start
                runs.append(score(truth, np.asarray(out.values, dtype=float), s[end - args.context:end], index.get(name, {})) | dict(seconds=seconds, seed=seed, flags=out.flags, expert=[i['expert'] for i in out.info.get('series', ())]))
            done[name] = runs
            result = dict(model=label, context=args.context, horizon=args.horizon, noise=args.noise, channel=args.channel, warp=args.warp, **stamp(), summary=summary(done), systems=done)
            with atomic(file) as p: p.write_text(json.dumps(result, indent=1))
            r = runs[-1]
            print(f'{label:12} {name:28}', *(f"{k} {r[k]:.3g}" for k in ('d_stsp', 'd_hell', 'vpt_lyap', 'seconds') if r.get(k) is not None), 'FAILED' if r['diverged'] or r['collapsed'] else '', flush=True)
    print(table(folder))


if __name__ == '__main__': main()
