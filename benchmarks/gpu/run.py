"""All that a GPU is wanted for, in one go: the tests on CUDA, what rollouts and training steps cost there beside the CPU of the same machine, and a training of the pretrained model.

    python benchmarks/gpu/run.py --out FOLDER [--only rollouts pretraining iteration tests regimes seeds training] [--within 480] [--data dev.npz] [--corpus FOLDER]

Each stage is a process of its own and writes `FOLDER/STAGE.json` as soon as it is done, so that a machine that goes away loses one stage. The figures are drawn
from these files in `nbs/74_gpu.ipynb`, on any machine. Every file says which device, driver, versions and commit it is from.
It ends with 1 if a stage or one of its tests failed; a stage that takes longer than it may is stopped, and the others go on. `--toy` does everything at toy size on the CPU, to see that it runs (not the tests, which need a GPU).

tests        the tests marked `cuda`, and the notebooks that have cells marked `#| cuda`
rollouts     microseconds of a DynaMix step for 1 to 16 384 series at once: compiled kernel, recorded graph, plain torch, the loop over experts as it was published, and the kernel on the CPU;
             then the kernel and the published loop on 1024 series with a context each
iteration    milliseconds of a training iteration of AME-ODE and of a single network: batch sizes; eager, recorded as a CUDA graph, compiled and recorded, mixed precision; CPU beside it
pretraining  milliseconds of a training step of DynaMix by batch size, step by step and recorded, beside the compiled CPU kernel
regimes      `--budget` seconds of training on piecewise_lorenz on either device: how far each gets
seeds        the shipped model on every system of `--data`, 64 seeds each, 10 000 steps: how much of a score is the seed; left out without `--data`
training     the shipped model, trained further in large batches for what is left of `--within`; the corpus is simulated (dysts) or read from the cache `--corpus`
"""
import argparse, datetime, json, os, platform, shlex, signal, statistics, subprocess, sys, time
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
    import importlib.util, xml.etree.ElementTree as ET
    file = Path(args.out)/'tests.xml'
    abreast = ['-n', '6'] if importlib.util.find_spec('xdist') else []
    env = {**os.environ, 'OMP_NUM_THREADS': '1'}                                             # six processes with as many threads as there are cores would wait for each other
    done = subprocess.run([sys.executable, '-m', 'pytest', '-m', 'cuda', '-q', '-rs', '-p', 'no:cacheprovider', '--show-capture=no', '--durations=8', '-o', 'faulthandler_timeout=60', *abreast, f'--junitxml={file}', 'tests/test_cuda.py', *(['-k', args.k] if args.k else [])], cwd=ROOT, env=env)
    found = ET.parse(file).getroot().find('testsuite')
    cases = {c.get('name'): 'failed: ' + c.find('failure').get('message')[:300] if c.find('failure') is not None else 'error: ' + c.find('error').get('message')[:300] if c.find('error') is not None
             else 'skipped: ' + c.find('skipped').get('message') if c.find('skipped') is not None else 'passed' for c in found.iter('testcase')}
    file.unlink()
    books = {}
    for book in () if args.k else sorted(p for p in (ROOT/'nbs').glob('*.ipynb') if '"#| cuda' in p.read_text()):
        done = subprocess.run([sys.executable, '-c', f'from nbdev.test import nbdev_test; nbdev_test(path="nbs/{book.name}", flags="cuda", do_print=True)'], cwd=ROOT, text=True, capture_output=True, env=env)
        print(done.stdout[-6000:], done.stderr[-6000:])
        books[book.stem] = 'passed' if done.returncode == 0 else (done.stdout + done.stderr)[-3000:]
    counts = {k: sum(v.startswith(k) for v in cases.values()) for k in ('passed', 'failed', 'error', 'skipped')}
    ok = len(cases) > counts['failed'] + counts['error'] == 0 and set(books.values()) <= {'passed'}
    return dict(ok=ok, counts=counts, cases=cases, notebooks=books)


def rollouts(args):
    import torch
    from dynmoe.dynamix import NoiseStreams, dynamix
    from dynmoe.engines import engine
    sys.path.insert(0, str(ROOT/'benchmarks'))
    from engines import Loop
    m, rows, length = dynamix(seed=0).eval(), [], 200 if args.toy else 2000
    sizes = (1, 16) if args.toy else (1, 16, 55, 256, 1024, 4096, 16384)
    context = torch.randn(length, 1, 3, generator=torch.Generator().manual_seed(0))
    gpu = (('triton', 2000), ('cuda_graph', 2000), ('torch', 128)) if args.device == 'cuda' else (('torch', 20),)
    for backend, steps, device, several in (*((*b, args.device, sizes) for b in gpu), ('numba', 1000, 'cpu', [s for s in sizes if s <= 256])):
        for S in several:
            n, d = max(64, steps // (1 + S // 1024)) if backend != 'torch' else steps, m.to(device)
            with torch.no_grad():
                c = context.to(device)
                memory, start = d.encode(c), d.first(c[-1]).expand(S, -1, -1).contiguous()   # S samples of one series share its context
                advance = engine(d, start, memory, backend)
                noise = torch.randn(n, S, 1, 3, device=device)
                took = clock(lambda f=advance, xi=noise: f(xi), device, rounds=3, enough=.5) / n
            rows.append(dict(backend=backend, device=device, series=S, microseconds_per_step=1e6 * took, per_series=1e6 * took / S))
            print(rows[-1], flush=True)
            del advance, noise
    S, T = (8, 100) if args.toy else (1024, 10_000)                                          # a horizon of series with a context each, beside the published loop on the same device
    d, c = m.to(args.device), torch.randn(length, S, 3, generator=torch.Generator().manual_seed(1)).to(args.device)
    long = {}
    with torch.no_grad():
        memory, noise, loop = d.encode(c), NoiseStreams(3, 0, 1).take(T).unsqueeze(2).float().to(args.device), Loop(d).to(args.device)
        for backend, _ in gpu[:2]:
            advance = engine(d, d.first(c[-1]).unsqueeze(0), memory, backend)
            advance(noise[:64])
            long[backend] = clock(lambda: advance(noise), args.device, rounds=2, enough=3.)
        few = noise[:20 if args.toy else 200, 0, 0]
        long['published loop'] = clock(lambda: loop.run(d.first(c[-1]).T, c, few), args.device, rounds=3) * T / len(few)
    print(long, flush=True)
    return dict(rows=rows, context=length, threads=torch.get_num_threads(), horizon=dict(series=S, steps=T, seconds=long, timed_steps_of_the_loop=len(few)))


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
    from dynmoe.training import TrainConfig, _recorded, objective
    rows, T = [], 21
    ways = dict(eager={}, recorded=dict(record=True), both=dict(compile=True, record=True), mixed=dict(record=True, amp=True)) if args.device == 'cuda' else dict(eager={})
    for device, batches in ((args.device, (16,) if args.toy else (192, 1536, 12288)), ('cpu', (16,) if args.toy else (192, 1536))):
        for B in batches:
            for name in ('single', 'ame_ode'):
                for way, how in ways.items():
                    if device == 'cpu' and way != 'eager' or how.get('compile') and B > 192: continue   # compiling takes a quarter of a minute
                    torch.manual_seed(0)
                    m, cfg = build(name, 3, seed=0, n_experts=4, width=64, depth=3).to(device), TrainConfig(amp=how.get('amp', False))
                    if how.get('compile'): m.compile()
                    opt, batch = torch.optim.Adam(m.parameters(), 1e-4), (torch.arange(T, device=device) * .02, torch.zeros(B, device=device), torch.randn(T, B, 3, device=device), torch.randn(T, B, 3, device=device))
                    recorded = _recorded(m, cfg) if how.get('record') else None
                    def run():
                        if recorded: recorded(*batch)
                        else:
                            opt.zero_grad()
                            objective(m, cfg, *batch)['loss'].backward()
                        opt.step()
                    rows.append(dict(device=device, model=name, batch=B, way=way, milliseconds=1e3 * clock(run, device, rounds=3, enough=.3), parameters=n_parameters(m)))
                    print(rows[-1], flush=True)
    return dict(rows=rows, steps=T - 1, method='rk4', threads=torch.get_num_threads())


def pretraining(args):
    import torch
    from dynmoe.dynamix import dynamix
    from dynmoe.pretraining import Batch, PretrainConfig, _loss, _paths
    from dynmoe.training import Recorded
    rows = []
    for device, way, batches in ((args.device, 'step by step', (4,) if args.toy else (16, 256)), *([(args.device, 'recorded', (16, 256, 1024))] if args.device == 'cuda' else []), ('cpu', 'step by step', (4,) if args.toy else (16, 256))):
        torch.set_num_threads(1 if device == 'cpu' else os.cpu_count())
        for probabilistic in (False, True):
            for B in batches:
                m, cfg = dynamix(seed=0, probabilistic=probabilistic).to(device), PretrainConfig(probabilistic=probabilistic)
                opt = torch.optim.RAdam(m.parameters(), 1e-4)
                b = [*(torch.randn(n, B, 3, device=device) for n in (500, 98, 98)), torch.randn(98, _paths(m) * B, m.noise_size, device=device)]
                of = lambda *b: dict(loss=_loss(m, Batch(*b[:3]), b[3], cfg))
                recorded = Recorded(m.parameters(), of) if way == 'recorded' else None
                def run():
                    opt.zero_grad()
                    if recorded: recorded(*b)
                    else: of(*b)['loss'].backward()
                    opt.step()
                rows.append(dict(device=device, way=way, batch=B, probabilistic=probabilistic, milliseconds=1e3 * clock(run, device, rounds=3, enough=.5)))
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
    data = simulate(system, n=12 if args.toy else 60, t=torch.arange(0, 2 if args.toy else 10, system.dt), seed=0)
    training, validation, test = data.split(seed=0)
    runs, arrays = [], {}
    for device in dict.fromkeys((args.device, 'cpu')):
        torch.manual_seed(0)
        model = build('ame_ode', 3, n_experts=3, seed=0)
        history = train(model, (training, validation), TrainConfig(budget=args.budget, device=device))
        with torch.no_grad(): w = model.weights(0., model.start(model.encode(test.z)))
        score = float(nmi(w.argmax(-1).flatten(), test.regime.flatten()))
        runs.append(dict(device=device, budget=args.budget, steps=history[-1]['steps'], nmi=score, valid=min(r['valid'] for r in history), history=[{k: r[k] for k in ('seconds', 'steps', 'stage', 'valid')} for r in history]))
        print({k: v for k, v in runs[-1].items() if k != 'history'}, flush=True)
        if len(runs) == 1:
            arrays = dict(z=test.z.numpy(), regime=test.regime.numpy(), w=w.numpy(), labels=np.array(test.regimes))
            np.savez_compressed(Path(args.out)/'regimes.npz', **{k: v.astype(np.float32) if v.dtype.kind == 'f' else v for k, v in arrays.items()})
    return dict(system='piecewise_lorenz', r=.5, runs=runs)


LIMITS = dict(rollouts=60, iteration=90, pretraining=60, regimes=90, tests=150)               # seconds; about twice what they take

RECIPE = dict(start='dynmoe', probabilistic=True, batch=256, sequence=100, contexts=[512, 2000], rates=[1., 1., 1., .5, .75, 1.5], rotate=.3, every=25, input_noise=.03, knee=.03,
              lr=3e-4, lr_end=1e-5, steps_per_epoch=100, evaluate_every=100_000, valid_contexts=[512, 2000], valid_steps=5000)   # after the last stage of the shipped model's, more gently, with batches 16 times as large and more long contexts; evaluated at the start and at the end
TOY = dict(batch=4, systems=['lorenz63', 'rossler'], held_out=['chua'], variants=1, length=4000, valid_length=3000, sequence=20, steps_per_epoch=2, valid_steps=500)

def training(args):
    from dynmoe.pretraining import run_pretraining
    out = Path(args.out)/'training'
    began = time.perf_counter()
    model, history = run_pretraining(out, RECIPE | (TOY if args.toy else {}) | dict(budget=5. if args.toy else max(5., args.within - 45.), device=args.device), cache=args.corpus, force=True, say=lambda line: print(line, flush=True))
    for p in out.glob('corpus-*'): p.unlink()
    return dict(seconds=time.perf_counter() - began, history=history)


STAGES = dict(rollouts=rollouts, pretraining=pretraining, iteration=iteration, tests=tests, regimes=regimes, seeds=seeds, training=training)


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('--out', required=True)
    p.add_argument('--only', nargs='+', choices=STAGES, default=list(STAGES))
    p.add_argument('--data', help='for `seeds`: an NPZ with names and x (systems, samples, 3)')
    p.add_argument('--seeds', type=int, default=64)
    p.add_argument('--budget', type=float, default=20.)
    p.add_argument('--within', type=float, default=480., help='seconds for everything; the training gets what the others leave')
    p.add_argument('--corpus', help='folder in which the corpus of the training is kept, or is already')
    p.add_argument('--device', default='cuda')
    p.add_argument('--toy', action='store_true', help='everything but the tests, at toy size on the CPU')
    p.add_argument('-k', help='for `tests`: only these, as pytest selects them, and no notebooks')
    p.add_argument('--commit', help='what to write down where the copy that runs has no history')
    args = p.parse_args()
    if args.toy: args.device, args.budget, args.within, args.only = 'cpu', 3., min(args.within, 120.), [k for k in args.only if k != 'tests']
    out = Path(args.out)
    out.mkdir(parents=True, exist_ok=True)
    if len(args.only) > 1:                                                                   # a process each
        given = [w for k in ('out', 'data', 'seeds', 'budget', 'device', 'commit', 'corpus', 'k') if (v := getattr(args, k)) is not None for w in ('-k' if k == 'k' else f'--{k}', str(v))] + ['--toy'] * args.toy
        failed, begun = [], time.perf_counter()
        for stage in [k for k in STAGES if k in args.only]:
            if stage == 'seeds' and not args.data: print('seeds: left out, no --data'); continue
            began = time.perf_counter()
            left = args.within - (began - begun)
            child = subprocess.Popen([sys.executable, __file__, *given, '--only', stage, '--within', str(round(left))], start_new_session=True)
            try: rc = child.wait(max(1., min(LIMITS.get(stage, left), left)))
            except subprocess.TimeoutExpired: os.killpg(child.pid, signal.SIGKILL); rc = 'too late'; child.wait()
            print(f'== {stage}: {"done" if rc == 0 else f"ended with {rc}"} after {time.perf_counter() - began:.0f} s', flush=True)
            if rc: failed.append(stage)
        return f'failed: {", ".join(failed)}' if failed else 0
    result = STAGES[args.only[0]](args)
    part = out/f'.{args.only[0]}.json'
    part.write_text(json.dumps(dict(provenance=provenance(args), **result), indent=1) + '\n')
    part.rename(out/f'{args.only[0]}.json')
    return int(not result.get('ok', True))


if __name__ == '__main__': sys.exit(main())
