"""AME-ODE beside a parameter-matched single neural ODE on our own systems: equal data, trainer and time.

    python benchmarks/regimes.py [SYSTEM ...] [--budget 60] [--seeds 200 201]

A seed decides the data as well as weights and batches. Both models of a seed are trained at the same time, each with one thread, so that
what else the machine does disturbs both alike; the budget is counted in CPU seconds. What the file of results holds is not repeated, so a
benchmark that was interrupted goes on. Errors are of the test trajectories, which nothing has seen. Writes benchmarks/results/regimes.json
after each pair: every run, and for each system the medians over seeds; prints the table.
"""
import argparse, json, os, statistics, subprocess, sys
from types import SimpleNamespace
from pathlib import Path

MODELS = ('ame_ode', 'single')
SYSTEMS = dict(multi_scale_oscillators={}, piecewise_lorenz=dict(r=.5), van_der_pol_network={}, kuramoto={}, fitzhugh_nagumo={},
               predator_prey_migration=dict(), tmdd={}, tumor_immune={})
DRIVEN = ('predator_prey_migration',) # both models see the time
MEASURES = ('window_mse', 'rollout_mse', 'vpt')
RESULTS = Path(__file__).parent/'results'/'regimes.json'


def run(system, model, seed, budget):
    "What `evaluate` says of one training, and of the law that the experts share"
    import torch
    torch.set_num_threads(1)
    from dynmoe import training
    from dynmoe.baseline_models import build
    from dynmoe.experiments import DataConfig, evaluate, load_data
    training.time = SimpleNamespace(perf_counter=lambda: sum(os.times()[:4]))   # CPU seconds of this process and the compiler's
    train, valid, test = load_data(DataConfig(system=system, params=SYSTEMS[system], data_seed=seed))[0].split(seed=seed)
    cfg, said = training.TrainConfig(model=model, seed=seed, budget=budget, time=system in DRIVEN), []
    made = build(model, train.z.shape[-1], seed=seed, time=cfg.time)
    try: history = training.train(made, (train, valid), cfg, say=said.append)
    except training.DivergenceError as e: return dict(failed=str(e))
    law = getattr(getattr(made.mixture, 'experts', None), 'C', None) if hasattr(made, 'mixture') else None
    return dict(steps=history[-1]['steps'], law=0 if law is None else int((law != 0).sum()), said=[s for s in said if '%:' not in s], **evaluate(made, test, cfg))


def median(runs, measure, kind):
    "Median over seeds of a measure's mean or median; infinite where a forecast or the training failed"
    values = [r.get(measure, {}).get(kind) for r in runs]
    return statistics.median([float('inf') if v is None else v for v in values])


def summary(runs):
    "Per system: each model's measures, and the mixture's rollout error relative to the single network's, seed by seed"
    out = {}
    for system in dict.fromkeys(r['system'] for r in runs):
        of = {m: [r['metrics'] for r in runs if (r['system'], r['model']) == (system, m)] for m in MODELS}
        out[system] = {m: {f'{k} ({s})': median(of[m], k, s) for k in MEASURES for s in ('mean', 'median')} for m in MODELS}
        ratio = lambda kind: [median([a], 'rollout_mse', kind) / median([b], 'rollout_mse', kind) for a, b in zip(*of.values())]
        out[system] |= dict(relative=ratio('median'), relative_mean=ratio('mean'), law=[r.get('law') for r in of['ame_ode']], nmi=[r.get('nmi') for r in of['ame_ode']],
                            parameters={m: of[m][0].get('params') for m in MODELS}, steps={m: [r.get('steps') for r in of[m]] for m in MODELS})
    return out


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('systems', nargs='*', default=list(SYSTEMS), help='names; all eight if none is given')
    p.add_argument('--budget', type=float, default=60., help='seconds of training for each model')
    p.add_argument('--seeds', type=int, nargs='+', default=[200, 201])
    p.add_argument('--one', nargs=3, help=argparse.SUPPRESS)
    args = p.parse_args()
    if args.one: return print(json.dumps(run(args.one[0], args.one[1], int(args.one[2]), args.budget)))
    known = json.loads(RESULTS.read_text()) if RESULTS.is_file() else {}
    runs = known['runs'] if known.get('budget') == args.budget else []
    for seed in args.seeds:
        for system in args.systems:
            if any((r['system'], r['seed']) == (system, seed) for r in runs): continue
            jobs = [subprocess.Popen([sys.executable, __file__, '--budget', str(args.budget), '--one', system, m, str(seed)], stdout=subprocess.PIPE, text=True, env={**os.environ, 'OMP_NUM_THREADS': '1'}) for m in MODELS]
            said = [j.communicate()[0] for j in jobs]
            if any(j.returncode for j in jobs): sys.exit(f'a training of {system}, seed {seed}, failed')
            runs += [dict(system=system, model=m, seed=seed, metrics=json.loads(s.splitlines()[-1])) for m, s in zip(MODELS, said)]
            RESULTS.parent.mkdir(exist_ok=True)
            RESULTS.write_text(json.dumps(dict(budget=args.budget, command=f'python benchmarks/regimes.py --budget {args.budget:g} --seeds {" ".join(str(s) for s in sorted({r["seed"] for r in runs}))}', systems=summary(runs), runs=runs), indent=1) + '\n')
            print(f'{system}, seed {seed}: ' + '; '.join(f"{r['model']} {r['metrics'].get('rollout_mse', r['metrics'])}, {r['metrics'].get('steps')} steps" for r in runs[-2:]), flush=True)
    for system, s in summary(runs).items(): print(f'{system:24} relative to the single network, by seed: ' + ', '.join(f'{v:.2g}' for v in s['relative']) + '; of means: ' + ', '.join(f'{v:.2g}' for v in s['relative_mean']))


if __name__ == '__main__': main()
