"""All that needs a GPU, in one go: the tests on CUDA, then what rollouts and training steps cost there, beside the CPU of the same machine.

    python benchmarks/gpu/run.py --out FOLDER [--only tests rollouts seeds iteration pretraining regimes] [--data dev.npz] [--budget 60]

Each stage is a process of its own and writes `FOLDER/STAGE.json` as soon as it is done, so that a machine that goes away loses one stage. The figures are drawn
from these files in `nbs/74_gpu.ipynb`, on any machine. Every file says which device, driver, versions and commit it is from.
It ends with 1 if a stage or one of its tests failed.

tests        the tests marked `cuda`, and the notebooks with their cells marked `#| cuda`
rollouts     microseconds of a DynaMix step for 1 to 16 384 series at once: recorded graph, plain torch, and the compiled kernel on the CPU
seeds        the shipped model on every system of `--data`, 64 seeds each, 10 000 steps: how much of a score is the seed
iteration    milliseconds of a training iteration of AME-ODE and of a single network: batch sizes; eager, compiled, recorded as a CUDA graph, mixed precision; CPU beside it
pretraining  milliseconds of a training step of DynaMix by batch size, beside the compiled CPU kernel
regimes      `--budget` seconds of training on piecewise_lorenz on either device: how far each gets
"""
import argparse, datetime, json, os, platform, shlex, statistics, subprocess, sys, time
from pathlib import Path

ROOT = Path(__file__).parents[2]


def provenance(args):
    import torch
    git = lambda *a: subprocess.run(['git', *a], cwd=ROOT, text=True, capture_output=True).stdout.strip()
    smi = subprocess.run(['nvidia-smi', '--query-gpu=name,driver_version,memory.total', '--format=csv,noheader'], text=True, capture_output=True).stdout.strip() if torch.cuda.is_available() else ''
    cpu = next((line.split(':')[1].strip() for line in open('/proc/cpuinfo') if line.startswith('model name')), platform.machine()) if Path('/proc/cpuinfo').exists() else platform.machine()
    return dict(date=datetime.date.today().isoformat(), commit=args.commit or git('describe', '--always', '--dirty'), device=smi, cpu=f'{cpu}, {os.cpu_count()} cores', torch=torch.__version__, cuda=torch.version.cuda,
                python=platform.python_version(), command='python ' + shlex.join([Path(sys.argv[0]).relative_to(ROOT).as_posix() if Path(sys.argv[0]).is_relative_to(ROOT) else sys.argv[0], *sys.argv[1:]]))


def clock(f, device, rounds=5, enough=1.):
    "Median seconds of a call, after two to warm up"
    import torch
    wait = torch.cuda.synchronize if str(device).startswith('cuda') else lambda: None
    f(); f(); wait()
    took, began = [], time.perf_counter()
    while len(took) < rounds and (len(took) < 2 or time.perf_counter() - began < enough * rounds):
        start = time.perf_counter(); f(); wait(); took.append(time.perf_counter() - start)
    return statistics.median(took)


def tests(args):
    import xml.etree.ElementTree as ET
    file = Path(args.out)/'tests.xml'
    done = subprocess.run([sys.executable, '-m', 'pytest', '-m', 'cuda', '-q', '-rs', '-p', 'no:cacheprovider', '--durations=8', f'--junitxml={file}', 'tests/test_cuda.py', *(['-k', args.k] if args.k else [])], cwd=ROOT, text=True, capture_output=True)
    print(done.stdout[-9000:], done.stderr[-2000:])
    found = ET.parse(file).getroot().find('testsuite')
    cases = {c.get('name'): 'failed: ' + c.find('failure').get('message')[:300] if c.find('failure') is not None else 'error: ' + c.find('error').get('message')[:300] if c.find('error') is not None
             else 'skipped: ' + c.find('skipped').get('message') if c.find('skipped') is not None else 'passed' for c in found.iter('testcase')}
    file.unlink()
    books = dict(passed=None)
    env = {**os.environ, 'OMP_NUM_THREADS': '1'}
    if not args.k:
        done = subprocess.run([sys.executable, '-c', 'from nbdev.test import nbdev_test; nbdev_test(flags="cuda", n_workers=12, do_print=True)'], cwd=ROOT, text=True, capture_output=True, env=env)
        print(done.stdout[-6000:], done.stderr[-6000:])
        books = dict(passed=done.returncode == 0, output=(done.stdout + done.stderr)[-3000:] if done.returncode else '')
    counts = {k: sum(v.startswith(k) for v in cases.values()) for k in ('passed', 'failed', 'error', 'skipped')}
    ok = len(cases) > counts['failed'] + counts['error'] == 0 and books['passed'] is not False
    return dict(ok=ok, counts=counts, cases=cases, notebooks=books)


def rollouts(args):
    import torch
    from dynmoe.dynamix import dynamix
    from dynmoe.engines import engine
    m, rows = dynamix(seed=0).eval(), []
    context = torch.randn(2000, 1, 3, generator=torch.Generator().manual_seed(0))
    for backend, device, sizes in (('cuda_graph', args.device, (1, 16, 55, 256, 1024, 4096, 16384)), ('torch', args.device, (1, 55, 1024, 16384)), ('numba', 'cpu', (1, 16, 55, 256))):
        for S in sizes:
            steps = (2048 if S <= 256 else 512) if backend != 'torch' else 128
            d = m.to(device)
            with torch.no_grad():
                c = context.to(device)
                memory, start = d.encode(c), d.first(c[-1]).expand(S, -1, -1).contiguous()   # S samples of one series share its context
                advance = engine(d, start, memory, backend)
                noise = torch.randn(steps, S, 1, 3, device=device)
                took = clock(lambda f=advance, xi=noise: f(xi), device, rounds=3) / steps
            rows.append(dict(backend=backend, device=device, series=S, microseconds_per_step=1e6 * took, per_series=1e6 * took / S))
            print(rows[-1], flush=True)
            del advance, noise
    return dict(rows=rows, context=2000, threads=torch.get_num_threads())


def seeds(args):
    import numpy as np, torch
    from dynmoe.dynamix import DynaMix, NoiseStreams
    from dynmoe.engines import engine
    from dynmoe.metrics import geometrical_misalignment, valid_prediction_time
    file, K, H, C = np.load(args.data), args.seeds, 10000, 2000
    m, x = DynaMix.from_pretrained('dynmoe').to(args.device), torch.tensor(file['x']).transpose(0, 1)
    end = int(file['context_end']) if 'context_end' in file else 2000
    context, truth = x[end - C:end], x[end:end + H]
    mean, std = context.mean(0), context.std(0)
    c = ((context - mean) / std).float().to(args.device)
    with torch.no_grad():
        noise = NoiseStreams(m.noise_size, 0, K).take(H).unsqueeze(2)                        # (H, K, 1, size)
        advance, began = engine(m, m.first(c[-1]).expand(K, -1, -1).contiguous(), m.encode(c)), time.perf_counter()
        parts = [advance(part.float().to(args.device)).z[..., :3].cpu() for part in noise.split(500)]
    z = torch.cat(parts)                                                                     # (H, K, S, 3)
    took = time.perf_counter() - began
    print(f'{K} x {z.shape[2]} orbits of {H} steps in {took:.1f} s', flush=True)
    from concurrent.futures import ThreadPoolExecutor
    torch.set_num_threads(1)
    def score(s):
        p = (z[:, :, s].double() * std[s] + mean[s]).nan_to_num(nan=1e6, posinf=1e6, neginf=-1e6).clamp(-1e6, 1e6)
        t = truth[:, s].unsqueeze(1).expand(-1, K, -1).double()
        return [float(v) for v in geometrical_misalignment(y_true=t, y_pred=p)], [float(v) for v in valid_prediction_time(y_true=t, y_pred=p)]
    with ThreadPoolExecutor(os.cpu_count()) as pool: scores = list(pool.map(score, range(z.shape[2])))
    return dict(model='dynmoe-3d', seeds=K, steps=H, context=C, seconds=took, systems={str(n): dict(d_stsp=a, valid_steps=b) for n, (a, b) in zip(file['names'], scores)})


def iteration(args):
    import torch
    from dynmoe.baseline_models import build, n_parameters
    from dynmoe.training import TrainConfig, _Recorded, objective
    rows, T = [], 21
    ways = dict(eager={}, compiled=dict(compile=True), recorded=dict(record=True), both=dict(compile=True, record=True), mixed=dict(record=True, amp=True))
    for device, batches in ((args.device, (192, 1536, 12288)), ('cpu', (192, 1536))):
        for B in batches:
            for name in ('single', 'ame_ode'):
                for way, how in ways.items():
                    if device == 'cpu' and way != 'eager' or how.get('compile') and B > 192: continue   # compiling takes a quarter of a minute
                    torch.manual_seed(0)
                    m, cfg = build(name, 3, seed=0, n_experts=4, width=64, depth=3).to(device), TrainConfig(amp=how.get('amp', False))
                    if how.get('compile'): m.compile()
                    opt, batch = torch.optim.Adam(m.parameters(), 1e-4), (torch.arange(T, device=device) * .02, torch.zeros(B, device=device), torch.randn(T, B, 3, device=device), torch.randn(T, B, 3, device=device))
                    recorded = _Recorded(m, cfg) if how.get('record') else None
                    def run():
                        if recorded: recorded(*batch)
                        else:
                            opt.zero_grad()
                            objective(m, cfg, *batch)['loss'].backward()
                        opt.step()
                    rows.append(dict(device=device, model=name, batch=B, way=way, milliseconds=1e3 * clock(run, device, enough=.3), parameters=n_parameters(m)))
                    print(rows[-1], flush=True)
    return dict(rows=rows, steps=T - 1, method='rk4', threads=torch.get_num_threads())


def pretraining(args):
    import torch
    from dynmoe.dynamix import dynamix
    from dynmoe.pretraining import Batch, PretrainConfig, pretraining_loss
    rows = []
    for device, batches in ((args.device, (16, 256, 2048)), ('cpu', (16, 256))):
        torch.set_num_threads(1 if device == 'cpu' else os.cpu_count())
        for probabilistic in (False, True):
            for B in batches:
                m, cfg, g = dynamix(seed=0, probabilistic=probabilistic).to(device), PretrainConfig(probabilistic=probabilistic), torch.Generator().manual_seed(0)
                opt = torch.optim.RAdam(m.parameters(), 1e-4)
                b = Batch(*(torch.randn(n, B, 3, device=device) for n in (500, 98, 98)))
                def run():
                    loss = pretraining_loss(m, b, cfg, g)
                    opt.zero_grad(); loss.backward(); opt.step()
                rows.append(dict(device=device, batch=B, probabilistic=probabilistic, milliseconds=1e3 * clock(run, device, rounds=3)))
                print(rows[-1], flush=True)
    return dict(rows=rows, context=500, sequence=98)


def regimes(args):
    import numpy as np, torch
    from dynmoe.baseline_models import build
    from dynmoe.trajectories import simulate
    from dynmoe.metrics import nmi
    from dynmoe.systems import get_system
    from dynmoe.training import TrainConfig, train
    system = get_system('piecewise_lorenz', r=.5)
    data = simulate(system, n=60, t=torch.arange(0, 10, system.dt), seed=0)
    training, validation, test = data.split(seed=0)
    runs, arrays = [], {}
    for device, more in ((args.device, {}), (args.device, dict(batch_windows=4096, batch_states=16384)), ('cpu', {})):
        torch.manual_seed(0)
        model = build('ame_ode', 3, n_experts=3, seed=0)
        history = train(model, (training, validation), TrainConfig(budget=args.budget, device=device, **more))
        with torch.no_grad(): w = model.weights(0., model.start(model.encode(test.z)))
        score = float(nmi(w.argmax(-1).flatten(), test.regime.flatten()))
        runs.append(dict(device=device, options=more, budget=args.budget, steps=history[-1]['steps'], nmi=score, valid=min(r['valid'] for r in history), history=[{k: r[k] for k in ('seconds', 'steps', 'stage', 'valid')} for r in history]))
        print({k: v for k, v in runs[-1].items() if k != 'history'}, flush=True)
        if len(runs) == 1:
            arrays = dict(z=test.z.numpy(), regime=test.regime.numpy(), w=w.numpy(), labels=np.array(test.regimes))
            np.savez_compressed(Path(args.out)/'regimes.npz', **{k: v.astype(np.float32) if v.dtype.kind == 'f' else v for k, v in arrays.items()})
    return dict(system='piecewise_lorenz', r=.5, runs=runs)


STAGES = dict(tests=tests, rollouts=rollouts, seeds=seeds, iteration=iteration, pretraining=pretraining, regimes=regimes)


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('--out', required=True)
    p.add_argument('--only', nargs='+', choices=STAGES, default=list(STAGES))
    p.add_argument('--data', help='for `seeds`: an NPZ with names and x (systems, samples, 3)')
    p.add_argument('--seeds', type=int, default=64)
    p.add_argument('--budget', type=float, default=60.)
    p.add_argument('--device', default='cuda')
    p.add_argument('-k', help='for `tests`: only these, as pytest selects them, and no notebooks')
    p.add_argument('--commit', help='what to write down where the copy that runs has no history')
    args = p.parse_args()
    out = Path(args.out)
    out.mkdir(parents=True, exist_ok=True)
    if len(args.only) > 1:                                                                   # a process each
        given = [w for k in ('out', 'data', 'seeds', 'budget', 'device', 'commit', 'k') if (v := getattr(args, k)) is not None for w in ('-k' if k == 'k' else f'--{k}', str(v))]
        failed = []
        for stage in args.only:
            if stage == 'seeds' and not args.data: print('seeds: skipped, no --data'); continue
            began = time.perf_counter()
            rc = subprocess.run([sys.executable, __file__, *given, '--only', stage]).returncode
            print(f'== {stage}: {"done" if rc == 0 else f"ended with {rc}"} after {time.perf_counter() - began:.0f} s', flush=True)
            if rc: failed.append(stage)
        return f'failed: {", ".join(failed)}' if failed else 0
    result = STAGES[args.only[0]](args)
    part = out/f'.{args.only[0]}.json'
    part.write_text(json.dumps(dict(provenance=provenance(args), **result), indent=1) + '\n')
    part.rename(out/f'{args.only[0]}.json')
    return int(not result.get('ok', True))


if __name__ == '__main__': sys.exit(main())
