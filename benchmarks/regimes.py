"""AME-ODE beside a parameter-matched single neural ODE on our own systems: equal data, trainer and time.

    python benchmarks/regimes.py [SYSTEM ...] [--budget 60] [--seeds 200 201]

A seed decides the data as well as weights and batches. Both models of a seed are trained at the same time, each with one thread, so that
what else the machine does disturbs both alike; the budget is counted in CPU seconds. What an interrupted
run has is not repeated. Errors are of the test trajectories, which nothing has seen. Makes a record `regimes`: a row for each system, model and seed.
"""
import argparse, json, os, subprocess, sys

from common import arguments, show
from dynmoe.records import Score, recording

MODELS = ('ame_ode', 'single')
SYSTEMS = dict(multi_scale_oscillators={}, piecewise_lorenz=dict(r=.5), van_der_pol_network={}, kuramoto={}, fitzhugh_nagumo={},
               predator_prey_migration=dict(), tmdd={}, tumor_immune={})
DRIVEN = ('predator_prey_migration',) # both models see the time
SCORES = dict(rollout_mse=Score('rollout error, median [variances]'), rollout_mse_mean=Score('mean'), window_mse=Score('window error, median'), window_mse_mean=Score('mean of windows'), vpt=Score('valid time', False), nmi=Score('NMI', False))


def run(system, model, seed, budget):
    "What `evaluate` says of one training, and of the law that the experts share"
    import torch
    torch.set_num_threads(1)
    from dynmoe import training
    from dynmoe.baseline_models import build
    from dynmoe.experiments import DataConfig, evaluate, load_data
    train, valid, test = load_data(DataConfig(system=system, params=SYSTEMS[system], data_seed=seed))[0].split(seed=seed)
    cfg, said = training.TrainConfig(model=model, seed=seed, budget=budget, cpu_seconds=True, time=system in DRIVEN), []
    made = build(model, train.z.shape[-1], seed=seed, time=cfg.time)
    try: history = training.train(made, (train, valid), cfg, say=said.append)
    except training.DivergenceError as e: return dict(failed=str(e))
    law = getattr(getattr(made.mixture, 'experts', None), 'C', None) if hasattr(made, 'mixture') else None
    return dict(steps=history[-1]['steps'], law=0 if law is None else int((law != 0).sum()), said=[s for s in said if '%:' not in s], **evaluate(made, test, cfg))


def row(m):
    "What a record keeps of a training"
    if 'failed' in m: return dict(failed=m['failed'])
    size = lambda v: float('inf') if v is None else v                                          # of which JSON has no word
    both = {k + tail: size(m[k][kind]) for k in ('rollout_mse', 'window_mse') for tail, kind in (('', 'median'), ('_mean', 'mean'))}
    return both | dict(vpt=m['vpt']['median'], nmi=m.get('nmi'), law=m['law'], steps=m['steps'], params=m['params'], failed='')


def main():
    p = arguments(__doc__)
    p.add_argument('systems', nargs='*', default=list(SYSTEMS), help='names; all eight if none is given')
    p.add_argument('--budget', type=float, default=60., help='seconds of training for each model')
    p.add_argument('--seeds', type=int, nargs='+', default=[200, 201])
    p.add_argument('--one', nargs=3, help=argparse.SUPPRESS)
    args = p.parse_args()
    if args.one: return print(json.dumps(run(args.one[0], args.one[1], int(args.one[2]), args.budget)))
    with recording(args.out, 'regimes', SCORES, dict(systems=args.systems, budget=args.budget, seeds=args.seeds), again=args.again) as made:
        for seed in args.seeds:
            for system in args.systems:
                if all(made.has(system=system, model=m, seed=seed) for m in MODELS): continue
                jobs = [subprocess.Popen([sys.executable, __file__, '--budget', str(args.budget), '--one', system, m, str(seed)], stdout=subprocess.PIPE, text=True, env={**os.environ, 'OMP_NUM_THREADS': '1'}) for m in MODELS]
                said = [j.communicate()[0] for j in jobs]
                if any(j.returncode for j in jobs): sys.exit(f'a training of {system}, seed {seed}, failed')
                for m, s in zip(MODELS, said):
                    if not made.has(system=system, model=m, seed=seed): made.add(system=system, model=m, seed=seed, seconds=args.budget, **row(json.loads(s.splitlines()[-1])))
                print(f'{system}, seed {seed}: ' + '; '.join(f"{r['model']} {r.get('rollout_mse', r['failed'])}" for r in made.rows[-2:]), flush=True)
    show(made)


if __name__ == '__main__': main()
