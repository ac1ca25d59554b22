"""AME-ODE beside a parameter-matched single neural ODE: equal data, recipe and time.

    python benchmarks/regimes.py piecewise_lorenz --param r=0.5 --budget 300 --seeds 200 201 202

A seed decides the data as well as weights and batches. Both models of a seed are trained at the same time, each with one thread. The
budget is counted in CPU seconds, those of the compiler included, so that other work on the machine does not count. Runs that are
finished are not repeated, those that were interrupted go on. Writes benchmarks/results/regimes-SYSTEM.json: every run, and medians over seeds.
"""
import argparse, json, os, statistics, subprocess, sys
from types import SimpleNamespace
from pathlib import Path

MODELS = ('ame_ode', 'single')
MEASURES = ('window_mse', 'rollout_mse', 'vpt')


def train_one(args, model, seed, folder):
    import torch
    torch.set_num_threads(1)
    from dynmoe import training
    from dynmoe.core import from_dict
    from dynmoe.experiments import DataConfig, resume_training, run_training
    from dynmoe.training import TrainConfig
    training.time = SimpleNamespace(perf_counter=lambda: sum(os.times()[:4]))   # CPU seconds of this process and the compiler's
    params = {k: float(v) for k, v in (p.split('=') for p in args.param)}
    data = from_dict(DataConfig, dict(system=args.system, params=params, data_seed=seed))
    if (Path(folder)/'config.yml').is_file(): return resume_training(folder)
    run_training(data, TrainConfig(model=model, seed=seed, budget=args.budget), folder)


def summary(rows):
    "Median over seeds of each measure's mean and median, and of the NMI"
    out = {}
    for model in MODELS:
        runs = [r['metrics'] for r in rows if r['model'] == model]
        out[model] = {f'{m} ({s})': statistics.median([r[m][s] if r[m][s] is not None else float('inf') for r in runs]) for m in MEASURES for s in ('mean', 'median')}
        out[model]['params'] = runs[0]['params']
        if all(r.get('nmi') is not None for r in runs): out[model]['nmi'] = statistics.median(r['nmi'] for r in runs)
    return out


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('system')
    p.add_argument('--param', action='append', default=[], help='parameter of the system, such as r=0.5')
    p.add_argument('--budget', type=float, default=300., help='seconds of training for each model')
    p.add_argument('--seeds', type=int, nargs='+', default=[0, 1, 2])
    p.add_argument('--runs', default='runs/regimes', help='where the run folders go')
    p.add_argument('--one', nargs=3, help=argparse.SUPPRESS)
    args = p.parse_args()
    if args.one: return train_one(args, args.one[0], int(args.one[1]), args.one[2])
    rows = []
    for seed in args.seeds:
        folders = {m: Path(args.runs)/args.system/'-'.join([m, f'seed{seed}', f'{args.budget:g}s', *args.param]) for m in MODELS}
        todo = [m for m in MODELS if not (folders[m]/'metrics.json').is_file()]
        jobs = [subprocess.Popen([sys.executable, __file__, *sys.argv[1:], '--one', m, str(seed), str(folders[m])], env={**os.environ, 'OMP_NUM_THREADS': '1'}) for m in todo]
        if any([j.wait() for j in jobs]): sys.exit(f'a training of seed {seed} failed')
        rows += [dict(model=m, seed=seed, metrics=json.loads((folders[m]/'metrics.json').read_text())) for m in MODELS]
        print(f'seed {seed}: ' + '; '.join(f"{r['model']} NMI {r['metrics'].get('nmi')} rollout {r['metrics']['rollout_mse']}" for r in rows[-2:]), flush=True)
    result = dict(system=args.system, param=args.param, budget=args.budget, command=' '.join(['python', *sys.argv]), median_over_seeds=summary(rows), runs=rows)
    out = Path(__file__).parent/'results'/f'regimes-{args.system}.json'
    out.parent.mkdir(exist_ok=True)
    out.write_text(json.dumps(result, indent=1) + '\n')
    for model, values in result['median_over_seeds'].items(): print(model, {k: round(v, 6) for k, v in values.items()})


if __name__ == '__main__': main()
