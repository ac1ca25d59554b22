"""Keep what `gpu/run.py` left in a folder as records: a record `gpu-STAGE` for each `STAGE.json`, of the commit, device and versions that it names.

    python benchmarks/gpu/keep.py FOLDER [--out benchmarks/records]
"""
import argparse, json, shlex, shutil
from dataclasses import asdict
from pathlib import Path

from dynmoe.records import Recording, Score, _complete

SCORES = dict(blocks=dict(microseconds_per_step=Score('us per step')), rollouts=dict(microseconds_per_step=Score('us per step')), iteration=dict(milliseconds=Score('ms')), pretraining=dict(milliseconds=Score('ms')),
              regimes=dict(valid=Score('validation error'), nmi=Score('NMI', False)), training=dict(d_stsp=Score('D_stsp'), d_hell=Score('D_H'), mase=Score('MASE'), valid_steps=Score('valid [steps]', False)), seeds=dict(d_stsp=Score('D_stsp'), valid_steps=Score('valid [steps]', False)), tests=dict(passed=Score('passed', False, 'mean')))
noise = lambda r, k: ', noise' if r[k] else ''
KEYS = dict(blocks=lambda r: dict(setting=f"{r['series']} series{noise(r, 'noisy')}", model=f"{r['frames']} frames, {r['warps']} warps"), rollouts=lambda r: dict(setting=f"{r['series']} series", model=f"{r['backend']}, {r['device']}"),
            iteration=lambda r: dict(setting=f"{r['batch']} windows", system=r['model'], model=f"{r['way']}, {r['device']}"), pretraining=lambda r: dict(setting=f"{r['batch']} sequences{noise(r, 'probabilistic')}", model=f"{r['way']}, {r['device']}"))


def rows_of(stage, d):
    "Rows, and what is kept beside them"
    if stage in KEYS: return [{k: int(v) if isinstance(v, bool) else v for k, v in r.items()} | KEYS[stage](r) | dict(failed='') for r in d['rows']], {k: d[k] for k in ('horizon',) if k in d}
    if stage == 'training': return [dict(setting=f'context {c}', model=f"after {h['seconds']:.0f} s", failed='', d_stsp=h[f'd_stsp_{c}'], d_hell=h[f'd_hell_{c}'], mase=h[f'mase_{c}'], valid_steps=h[f'valid_{c}'])
                                    for h in d['history'] for c in (k.removeprefix('d_stsp_') for k in h if k.startswith('d_stsp_'))], dict(lr=d['history'][0]['lr'], lr_end=d['history'][-1]['lr'])
    if stage == 'regimes': return [dict(system=d['system'], model=r['device'], failed='', **{k: r[k] for k in ('device', 'budget', 'steps', 'nmi', 'valid')}) for r in d['runs']], dict(histories=[r['history'] for r in d['runs']])
    if stage == 'seeds': return [dict(system=n, model=d['model'], seed=i, d_stsp=a, valid_steps=b, failed='') for n, s in d['systems'].items() for i, (a, b) in enumerate(zip(s['d_stsp'], s['valid_steps']))], {}
    return [dict(system=n, model='cuda', passed=float(v == 'passed'), failed='' if v == 'passed' else v) for n, v in d['cases'].items()], dict(notebooks=d['notebooks'])


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('folder', type=Path, help='what gpu/run.py wrote')
    p.add_argument('--out', type=Path, default=Path(__file__).parents[1]/'records', help='folder of records')
    args = p.parse_args()
    for file in sorted(args.folder.glob('*.json'), key=lambda p: p.stem):
        d, stage = json.loads(file.read_text()), file.stem.split('-')[0]
        if stage not in SCORES: print(f'{file.name}: no figures'); continue
        who = d.pop('provenance')
        part = args.out/f'gpu-{stage}.part'
        part.mkdir(parents=True)
        head = dict(name=f'gpu-{stage}', config={k: v for k, v in d.items() if not isinstance(v, (list, dict))}, seed=0, scores={k: asdict(s) for k, s in SCORES[stage].items()}, date=who['date'], commit=who['commit'], fingerprint='',
                    command=shlex.join(Path(w).name if Path(w).is_absolute() else w for w in shlex.split(who['command'])), versions={k: who[k] for k in ('torch', 'cuda', 'python')}, processor=f"{who['device']}; {who['cpu']}")
        made = Recording(part, head)
        rows, made.extra = rows_of(stage, d)
        for r in rows: made.add(**r)
        beside = file.with_suffix('.npz')
        if beside.exists(): shutil.copy(beside, part/beside.name)
        print(_complete(made))


if __name__ == '__main__': main()
