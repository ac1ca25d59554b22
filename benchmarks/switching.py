"""Systems that change their rules: who finds the laws, what switches them, and what comes next.

    python benchmarks/switching.py --data automata --noise 0 0.01 0.05
    python benchmarks/switching.py --data dev --models switching             # eight on which the method was developed
    python benchmarks/switching.py --data FILE.npz --models switching --again

`automata`, `jumping` (their state jumps), `strangers` (ten others) and `dev` are simulated. FILE holds for each of `names` what benchmarks/automata.py
describes: training and test trajectories, labels, kinds, `dt`, and true laws; without these coefficients are not judged.
Noise is a share of each variable's standard deviation, added to training and test trajectories with a fixed seed; forecasts start from the true state, under
the law that was found in the noisy trajectory, and are judged by the truth.

Models: `switching` is `fit_switching`. Beside it `polynomial`, one field for everything, of the degree up to 3 whose forecasts of four training trajectories
that it was not fitted to are best; `few_terms`, the same with few terms in each equation (this package's SparseRegression: the idea of SINDy, not its
program); `ar_hmm`, a hidden Markov model of AR(1) maps that is told how many regimes there are (expectation maximisation, six random starts).

Of each system and model: laws found and true; the kind found; NMI of the labels of the test trajectories; `field`, root mean square error of each law's
velocities where it governs, relative to their size, and `coefficient`, largest error of a law's coefficients relative to its largest, each the worst of the laws (matched
by their labels); `covered`, the share of coefficients that are not zero, in truth or as found, whose 90 % interval covers; `rollout`, mean square error over 100 steps in units of the variance, median
over five starts in each test trajectory; `valid_end`, the share of test trajectories that a forecast from their first state follows to the end within .4 standard deviations;
CPU seconds of the fit. A fit that fails or takes more than --limit CPU seconds is a row with the reason. Makes a record `switching-DATA`; an interrupted run goes on.
"""
import signal, time, warnings
from pathlib import Path
from common import arguments, show
import numpy as np
from scipy.optimize import linear_sum_assignment
from automata import SUITES, automata
from dynmoe.law_discovery import posterior, sticky, viterbi
from dynmoe.laws import monomials
from dynmoe.metrics import nmi
from dynmoe.records import Score, recording
from dynmoe.regression import Regression, SparseRegression
from dynmoe.switching import fit_switching

STEPS, STARTS, NEAR, WORST, GAP = 100, (0, .25, .5, .75, 1), .4, 1e3, 40 # GAP: missing samples over which the splines of a regression break off


class Switching:
    def __init__(self, train, dt, told):
        self.model = fit_switching(list(train), dt=dt)
        self.n_laws, self.kind = self.model.n_laws, self.model.kind
        self.says = dict(soft=bool(self.model.soft), noise=float(self.model.noise.max()), remarks=list(self.model.remarks))

    def regimes(self, z): return np.stack(self.model.regimes(list(z)))

    def run(self, z0, steps, law, t0):
        known = None if self.model.soft or self.kind == 'time' else law
        return self.model.run(z0, steps, law=known, t0=t0)[0]

    def coefficients(self): return self.model.laws.terms, self.model.coefficients()

    def velocity(self, k, z):
        return self.model.laws.terms(z) @ self.model.coefficients()[k][0]


class Polynomial:
    "One field"
    n_laws, kind, kinds = 1, 'one', Regression
    def __init__(self, train, dt, told):
        self.mean, self.std = train.mean((0, 1)), train.std((0, 1))
        x, keep, found = (train - self.mean) / self.std, len(train) - 4, []
        for degree in 1, 2, 3:
            lib = monomials(x.shape[2], degree)
            self.field = self.fit(x[:keep], lib)
            n = min(STEPS, x.shape[1] - 1)
            e = np.square(self._run(x[keep:, 0], n) - x[keep:, 1:n + 1].swapaxes(0, 1)).mean(2)
            found.append((np.median(np.nan_to_num(e, nan=WORST).clip(0, WORST)), degree, lib))
        _, self.degree, lib = min(found, key=lambda f: f[0])
        self.field = self.fit(x, lib)
        self.says = dict(degree=self.degree)

    def fit(self, x, lib):
        gap = np.full((GAP, x.shape[2]), np.nan)
        return self.kinds(np.concatenate([a for z in x for a in (z, gap)]), lib).fit()[0]

    def _run(self, z0, n):
        out = np.full((n, *z0.shape), np.nan)
        for i in range(n):
            z0 = np.where(np.abs(z0) < 1e3, self.field.step(np.nan_to_num(z0)), np.nan)
            out[i] = z0
        return out

    def regimes(self, z): return np.zeros(z.shape[:2], int)
    def run(self, z0, steps, law, t0): return self._run((z0 - self.mean) / self.std, steps) * self.std + self.mean
    def coefficients(self): return None


class FewTerms(Polynomial): kinds = SparseRegression


class ARHMM:
    "z' = A_k z + b_k + noise of covariance Q_k, k a Markov chain"
    kind = '–'
    def __init__(self, train, dt, told, starts=6, rounds=60):
        self.n_laws, rng, best = told, np.random.default_rng(0), None
        self.mean, self.std = train.mean((0, 1)), train.std((0, 1))
        X, Y, begins = self.steps(train)
        for _start in range(starts):
            W = np.full((len(X), told), 1e-3)                                                # each regime begins with stretches of thirty samples
            for k in range(told):
                for i in rng.integers(len(X), size=4): W[max(0, i - 15):i + 15, k] += 1
            A, before = sticky(told, .95), -np.inf
            for _ in range(rounds):
                self.maximise(X, Y, W)
                W, moved, total = posterior(self.likelihood(X, Y), begins, A[None])
                A = np.log((moved + .1) / (moved + .1).sum(1, keepdims=True))
                if total - before < 1e-5 * abs(total): break
                before = total
            if best is None or total > best[0]: best = total, self.M, self.Q, A
        _, self.M, self.Q, self.A = best
        self.says = {}

    def steps(self, z):
        x = (z - self.mean) / self.std
        X = np.concatenate([x[:, :-1], np.ones((*x.shape[:1], x.shape[1] - 1, 1))], 2).reshape(-1, x.shape[2] + 1)
        begins = np.zeros((len(x), x.shape[1] - 1), bool)
        begins[:, 0] = True
        return X, x[:, 1:].reshape(-1, x.shape[2]), begins.ravel()

    def maximise(self, X, Y, W):
        self.M, self.Q = [], []
        for w in W.T:
            w = w + 1e-9
            M = np.linalg.solve((X * w[:, None]).T @ X + 1e-8 * len(X) / len(W.T) * np.eye(X.shape[1]), (X * w[:, None]).T @ Y)
            e = Y - X @ M
            self.M.append(M); self.Q.append((e * w[:, None]).T @ e / w.sum() + 1e-9 * np.eye(Y.shape[1]))

    def likelihood(self, X, Y):
        out = []
        for M, Q in zip(self.M, self.Q):
            e = Y - X @ M
            out.append(-.5 * (e * np.linalg.solve(Q, e.T).T).sum(1) - .5 * np.linalg.slogdet(Q)[1])
        return np.stack(out, 1)

    def regimes(self, z):
        X, Y, begins = self.steps(z)
        r = viterbi(self.likelihood(X, Y), begins, self.A[None]).reshape(len(z), -1)
        return np.concatenate([r, r[:, -1:]], 1)

    def run(self, z0, steps, law, t0):
        x, p, P, out = (z0 - self.mean) / self.std, np.eye(self.n_laws)[law], np.exp(self.A), []
        for _ in range(steps):                                                               # the mean of what may come
            x = np.einsum('bk,bkd->bd', p, np.stack([np.c_[x, np.ones(len(x))] @ M for M in self.M], 1))
            p = p @ P
            out.append(x)
        return np.stack(out) * self.std + self.mean

    def coefficients(self): return None


MODELS = dict(switching=Switching, polynomial=Polynomial, few_terms=FewTerms, ar_hmm=ARHMM)


class Timeout(Exception): pass

def limited(seconds, f, *args):
    "What f says, unless it takes more of the processor"
    def stop(*_): raise Timeout(f'more than {seconds} CPU seconds')
    old = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try: return f(*args)
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, old)


def true_laws(d):
    "name -> (K, F, D) coefficients of the monomials up to degree 3, in the file's units"
    return {n: np.stack([d[f'{n}_law{k}'] for k in range(sum(f.startswith(f'{n}_law') for f in d))]) for n in map(str, d['names']) if f'{n}_law0' in d}


def rollouts(model, z, labels, dt):
    "Errors of forecasts from inside the test trajectories, and whether one from their beginning stays near"
    n, T, D = z.shape
    std, errors = z.std((0, 1)), []
    def off(start, steps):
        with np.errstate(all='ignore'):
            p = model.run(z[:, start], steps, labels[:, start], start * dt).swapaxes(0, 1)
            return np.nan_to_num(np.square((p - z[:, start + 1:start + 1 + steps]) / std).mean(2), nan=WORST, posinf=WORST).clip(0, WORST)
    for s in STARTS: errors.append(off(int(s * (T - STEPS - 10)), STEPS).mean(1))
    far = np.sqrt(off(0, T - 1)) > NEAR
    return dict(rollout=float(np.median(np.concatenate(errors))), rollout_mean=float(np.concatenate(errors).mean()), valid_end=float((~far.any(1)).mean()))


def laws_judged(model, truth, z, r, found):
    "Fields and coefficients beside the true ones; laws are matched by their labels"
    K, L = len(truth), model.n_laws
    n = np.zeros((K, L))
    np.add.at(n, (r.ravel(), found.ravel()), 1)
    big, field, coefficient, inside = monomials(z.shape[2], 3), [], [], []
    lib, laws = model.coefficients()
    column = {tuple(p): i for i, p in enumerate(big.powers)}
    at = [column.get(tuple(p)) for p in lib.powers]
    for i, j in zip(*linear_sum_assignment(-n)):
        if not n[i, j]: continue
        here = z[r == i]
        true, (C, std) = big(here) @ truth[i], laws[j]
        field.append(float(np.sqrt(np.square(lib(here) @ C - true).mean() / np.square(true).mean())))
        A, S = np.zeros_like(truth[i]), np.zeros_like(truth[i])
        A[at], S[at] = C, std
        coefficient.append(float(np.abs(A - truth[i]).max() / np.abs(truth[i]).max()))
        used = (A != 0) | (truth[i] != 0)
        inside += (np.abs(A - truth[i]) <= 1.645 * S + 1e-12 * np.abs(truth[i]).max())[used].tolist()
    return dict(field=max(field), coefficient=max(coefficient), coefficients=len(inside), covered=float(np.mean(inside)), judged=len(field))


def ask(make, d, laws, name, noise, limit):
    "A row"
    z, zt, rt, dt = d[f'{name}_train_z'], d[f'{name}_test_z'], d[f'{name}_test_regime'].astype(int), float(d['dt'][list(d['names']).index(name)])
    rng, true = np.random.default_rng(5), len(laws[name]) if name in laws else int(max(rt.max(), d[f'{name}_train_regime'].max())) + 1
    noisy, noisy_t = (x + noise * z.std((0, 1)) * rng.standard_normal(x.shape) for x in (z, zt))
    row, began = dict(kind=str(d['kinds'][list(d['names']).index(name)]), true_laws=true), time.process_time()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter('ignore')
            model = limited(limit, make, noisy, dt, true)
            row |= dict(seconds=time.process_time() - began, laws=model.n_laws, found=model.kind, **model.says)
            labels = limited(limit, model.regimes, noisy_t)
            row |= dict(nmi=nmi(rt, labels)) | rollouts(model, zt, labels, dt)
            if name in laws and model.coefficients() is not None: row |= laws_judged(model, laws[name], zt, rt, labels)
    except Exception as e: row |= dict(seconds=time.process_time() - began, failed=f'{type(e).__name__}: {e}')
    return row


SCORES = dict(right_laws=Score('right number of laws', False, 'mean'), right_kind=Score('right kind', False, 'mean'), nmi=Score('NMI', False), field=Score('field'), coefficient=Score('coefficient'), covered=Score('covered', None),
              rollout=Score('rollout'), valid_end=Score('valid to the end', False))

def kept(row):
    "A row as a record keeps it; a failed fit is wrong"
    text = {k: '; '.join(map(str, v)) for k, v in row.items() if isinstance(v, list)}
    return dict(failed='') | row | text | dict(right_laws=float(row.get('laws') == row['true_laws']), right_kind=float(row.get('found') == row['kind']))


if __name__ == '__main__':
    p = arguments(__doc__)
    p.add_argument('--data', required=True, help=f'FILE.npz, {", ".join(SUITES)}')
    p.add_argument('--noise', nargs='+', type=float, default=[0., .01, .05], help='shares of the standard deviation')
    p.add_argument('--models', nargs='+', choices=list(MODELS), default=list(MODELS))
    p.add_argument('--names', nargs='+', help='only these systems')
    p.add_argument('--limit', type=int, default=600, help='seconds for a fit')
    args = p.parse_args()
    d = automata(args.names, args.data) if args.data in SUITES else dict(np.load(args.data))
    laws, stem = true_laws(d), Path(args.data).stem
    warm = next(str(n) for n in d['names'])
    names = [n for n in map(str, d['names']) if not args.names or n in args.names]
    with recording(args.out, f'switching-{stem}', SCORES, dict(data=stem, noise=args.noise, models=args.models, names=names, limit=args.limit), again=args.again) as made:
        for model in args.models:
            x = d[f'{warm}_train_z'][:6, :120]
            for noise in {bool(n) for n in args.noise}:                                     # what numba compiles is no fit's time
                try: MODELS[model](x + .01 * noise * x.std((0, 1)) * np.random.default_rng(0).standard_normal(x.shape), 1., 2)
                except Exception: pass
            for noise in args.noise:
                for name in names:
                    key = dict(setting=f'{noise:g}', system=name, model=model)
                    if made.has(**key): continue
                    row = kept(ask(MODELS[model], d, laws, name, noise, args.limit))
                    made.add(**key, **row)
                    print(f'{model}-{noise:g} {name:24}', *(f'{k} {v:.3g}' for k, v in row.items() if isinstance(v, float)), row['failed'], flush=True)
    show(made)
