"What the benchmarks share: models and rivals by name, seasons and bands of seasonal naive forecasts, files that grow series by series, tables"
import argparse, importlib, json, os, platform, subprocess, time, warnings
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path

os.environ.setdefault('OMP_NUM_THREADS', '1')
import numpy as np
import torch
from dynmoe.candidates import bank, season
from dynmoe.cleaning import noise_level
from dynmoe.core import atomic
from dynmoe.forecast import forecast, get_forecaster

RESULTS = Path(__file__).parent/'results'
LEVELS = .1, .5, .9
LIMIT = 1e3 # ratios of errors count from 1/LIMIT to LIMIT, so that one perfect forecast of a constant does not decide a geometric mean
FEW = 10    # errors from which a quantile is taken


def stamp():
    "What a result was measured with; what is changed since the commit counts if it is code"
    git = lambda *args: subprocess.run(['git', *args], cwd=Path(__file__).parents[1], text=True, capture_output=True).stdout.strip()
    changed = git('status', '--porcelain', '--untracked-files=no', 'dynmoe', 'benchmarks/*.py')
    return dict(commit=git('rev-parse', '--short', 'HEAD') + '-dirty' * bool(changed), torch=torch.__version__, machine=platform.machine())


def forecaster(name):
    "A label and a forecaster from what was typed: NAME, PATH or LABEL=module:callable"
    label, _, target = name.partition('=')
    if not target: return Path(name).stem, get_forecaster(name)
    module, _, attribute = target.partition(':')
    return label, getattr(importlib.import_module(module), attribute)()


def seasonal_naive(y, h, m):
    "The last season of y (T,) repeated: (h,)"
    return y[len(y) - m + np.arange(h) % m]


def conformal(y, h, m):
    "10 % and 90 % quantiles (2, h) of what comes: the seasonal naive forecast plus those of its errors inside y, at the same lead from every origin"
    out, at = np.zeros((2, h)), -(-np.arange(1, h + 1) // m)                               # an error depends on how many seasons back it looks
    for k in range(1, at[-1] + 1):
        e = y[k * m:] - y[:-k * m]
        if k == 1 or len(e) >= FEW: q = np.quantile(e, (LEVELS[0], LEVELS[-1])) if len(e) else np.zeros(2)
        out[:, at == k] = q[:, None]
    return seasonal_naive(y, h, m) + out


def usable(m, y):
    "A season as it is told: one that y (T,) does not hold twice is none"
    return m if 2 * m <= len(y) else 1


def season_of(y):
    "A season for rivals that need one: where the autocorrelation of y (T,), less its line, is highest after its first zero, if that is a peak above .3; else 1"
    t, T = np.arange(len(y)), len(y)
    x = y - np.polyval(np.polyfit(t, y, 1), t)
    a = np.correlate(x, x, 'full')[T - 1:]
    if not (a < 0).any() or np.ptp(y) == 0: return 1
    peaks = [k for k in range(max(2, int(np.argmax(a < 0))), T // 2) if a[k - 1] <= a[k] >= a[k + 1]]
    best = max(peaks, key=a.__getitem__, default=0)
    return best if best and a[best] > .3 * a[0] else 1


def _naive(y, h, m): return seasonal_naive(y, h, m), *conformal(y, h, m)

def _library(make):
    "A model of statsforecast as a function of y (T,), h and the season: point, low, high"
    def run(y, h, m):
        f = make(m).forecast(y=y, h=h, level=[80])
        return f['mean'], f['lo-80'], f['hi-80']
    return run

def _theta(m):
    from statsforecast.models import AutoTheta
    return AutoTheta(season_length=m)

def _ets(m):
    from statsforecast.models import AutoETS
    return AutoETS(season_length=m)

def _mstl(m):
    from statsforecast.models import MSTL
    return MSTL(season_length=m) if m > 1 else _ets(1)                                     # whose remainder MSTL leaves to it

RIVALS = dict(snaive=_naive, snaive_auto=_naive, naive=lambda y, h, m: _naive(y, h, 1), theta=_library(_theta), ets=_library(_ets), mstl=_library(_mstl))

MODELS = [*RIVALS, 'esn', 'parrot', 'dynmoe', 'adaptive'] # what is compared unless one says otherwise


@dataclass
class Answer:
    "What a model says of a series"
    point: np.ndarray   # (H, N)
    quantiles: np.ndarray # (H, 3, N) at LEVELS
    seconds: float      # of the processor, for the point, and for the band of models that give both at once
    info: dict = field(default_factory=dict) # of a forecast with details: that of the series
    failed: str = ''    # why the last sample stands here repeated


class Model:
    """A model by name. Seasonal naive `snaive` is always told the season, others find it unless `told`.
    The adaptive forecaster and those of the user say point and band at once; of sampled models the point is a forecast of its own, and the band, if `bands`, that of 100 samples."""
    def __init__(self, name, told=False, bands=True):
        self.told, self.bands = told or name == 'snaive', bands
        self.label, self.rival = name, RIVALS.get(name)
        if not self.rival: self.label, self.forecaster = forecaster(name)
        self.adaptive = name == 'adaptive'
        self.at_once = self.adaptive or '=' in name
        if told and (self.at_once or name in ('snaive_auto', 'theta', 'ets', 'mstl')): self.label += '-told'
        t, noise = np.arange(512.), np.random.default_rng(0).normal(size=512)
        for y in np.sin(t), np.sin(t) + noise, noise.cumsum(): self.ask(y, 24, 6)          # loads and compiles, which is no forecast's time; what fails here fails aloud

    def __call__(self, y, h, m=1):
        "Continue y (T,) or (T, N), of season m (1: none is known), by h steps, come what may"
        began = time.process_time()
        try:
            out = self.ask(y, h, m)
            if np.isfinite(out.point).all() and np.isfinite(out.quantiles).all(): return out
            failed = 'not finite'
        except Exception as e: failed = f'{type(e).__name__}: {e}'
        last = np.repeat(y[-1:].reshape(1, -1), h, 0)
        return Answer(last, np.repeat(last[:, None], 3, 1), time.process_time() - began, failed=failed)

    def ask(self, y, h, m=1):
        "The same; raises what the model raises"
        with warnings.catch_warnings(), np.errstate(all='ignore'):
            warnings.simplefilter('ignore')
            return self._of_rival(y.reshape(len(y), -1), h, usable(m, y)) if self.rival else self._of_forecaster(y, h, usable(m, y))

    def _of_rival(self, y, h, m):
        began = time.process_time()
        seasons = [m if self.told else season_of(c) for c in y.T]
        point, low, high = (np.stack(a, -1) for a in zip(*(self.rival(np.ascontiguousarray(c), h, s) for c, s in zip(y.T, seasons))))
        return Answer(point, np.stack([low, point, high], 1), time.process_time() - began)

    def _of_forecaster(self, y, h, m):
        options = dict(season=m) if self.told and self.at_once and m > 1 else {}              # 1: nobody knows of one
        say = lambda **k: forecast(y, h, model=self.forecaster, seed=0, details=True, **options, **k)
        began = time.process_time()
        f = say(quantiles=list(LEVELS)) if self.at_once and self.bands else say()
        point, seconds = np.asarray(f.point, dtype=float).reshape(h, -1), time.process_time() - began
        if not self.bands: q = np.repeat(point[:, None], 3, 1)
        else: q = np.asarray((f if self.at_once else say(quantiles=list(LEVELS))).quantiles, dtype=float).reshape(h, 3, -1)
        return Answer(point, q, seconds, f.info.get('series', [{}])[0])


    def members(self, y, h, m=1):
        "What each member of the adaptive forecaster's bank says of y (T,) or (T, N), and the one orbit that it would choose, a law's where it has one: name -> (h, N); of other models nothing"
        if not self.adaptive: return {}
        x, told, out = y.reshape(len(y), -1), dict(season=usable(m, y)) if self.told and usable(m, y) > 1 else {}, {}
        level = float(noise_level(x / x.std(0)).max()) if len(x) >= 12 and x.std(0).all() else 1.
        with warnings.catch_warnings(), np.errstate(all='ignore'):
            warnings.simplefilter('ignore')
            for a in bank(x, h, told.get('season') or season(x), level):
                if len(x) >= a.least: out[a.name] = a.run(x, h)
            out['one orbit'] = np.asarray(forecast(y, h, model=self.forecaster, seed=0, aim='path', **told), dtype=float).reshape(h, -1)
        return {k: f for k, f in out.items() if np.isfinite(f).all()}


def best(members, error):
    "Whose forecast has the smallest error, after the fact, and that error; nothing of nobody"
    if not members: return {}
    errors = {k: float(error(f)) for k, f in members.items()}
    who = min(errors, key=errors.get)
    return dict(best_member=errors[who], whose=who)


def pinball(truth, quantiles):
    "Mean pinball loss at each of LEVELS, of truth (H, N) and quantiles (H, 3, N)"
    over = truth[:, None] - quantiles
    return np.maximum(np.array(LEVELS)[:, None] * over, (np.array(LEVELS)[:, None] - 1) * over).mean((0, 2))


def ratio(a, b):
    "a / b between 1/LIMIT and LIMIT, 1 where both are 0"
    return float(np.clip(a / b, 1 / LIMIT, LIMIT)) if b > 0 else 1. if a == 0 else LIMIT


def geometric(values):
    "Geometric mean; nan of nothing"
    return float(np.exp(np.mean(np.log(values)))) if len(values) else np.nan


def middle(values):
    "Median; nan of nothing"
    return float(np.median(values)) if len(values) else np.nan


def measure(file, head, names, ask, summary, again=False):
    "Ask for what the file does not know of a series yet, and write the file after each; all that it then knows"
    old = json.loads(file.read_text()) if file.exists() and not again else {}
    done, commits = old.get('series', {}), old.get('commits', [])
    for name in names:
        if name in done: continue
        done[name] = ask(name)
        now = stamp()
        commits = list(dict.fromkeys([*commits, now['commit']]))
        file.parent.mkdir(parents=True, exist_ok=True)
        with atomic(file) as p: p.write_text(json.dumps(head | now | dict(statsforecast=version('statsforecast'), commits=commits, summary=summary(done), series=done), indent=1, default=float))
        print(f'{file.stem:14} {name:32}', *(f'{k} {v:.3g}' for k, v in done[name].items() if isinstance(v, float)), done[name].get('failed', ''), flush=True)
    return done


def results(folder):
    "What the files of a folder say, by model, those of the adaptive forecaster first"
    files = sorted(folder.glob('*.json'), key=lambda p: (not p.stem.startswith('adaptive'), p.stem))
    return {p.stem: json.loads(p.read_text()) for p in files}


def markdown(head, rows):
    "A table"
    cell = lambda v: ('–' if not np.isfinite(v) else f'{v:.3g}') if isinstance(v, float) else str(v)
    return '\n'.join(['| ' + ' | '.join(head) + ' |', '|' + '---|' * len(head), *('| ' + ' | '.join(cell(v) for v in r) + ' |' for r in rows)])


def write_table(folder, text):
    "Keep a table beside the results that it is made from, say from which code these are, and show it"
    text += '\n\nMeasured at: ' + '; '.join(f"{k} {', '.join(r['commits'])}" for k, r in results(folder).items()) + '.'
    with atomic(folder/'table.md') as p: p.write_text(text + '\n')
    print(text)


def arguments(doc, data, told, out, unit):
    "The parser that the benchmarks of series share; `unit` is what --limit counts"
    p = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('--data', type=Path, required=True, help=data)
    p.add_argument('--models', nargs='+', default=MODELS)
    p.add_argument('--published', help='path of further weights')
    p.add_argument('--told', action='store_true', help=told)
    p.add_argument('--limit', type=int, help=f'only the first so many {unit}')
    p.add_argument('--again', action='store_true', help='forget earlier results')
    p.add_argument('--out', type=Path, default=RESULTS/out)
    return p
