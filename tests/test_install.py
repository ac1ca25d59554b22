"The package as users get it: its wheel in an environment of its own, with what it declares and nothing else; there, all that README and help show."
import json, os, random, re, subprocess, sys
import pytest

pytestmark = pytest.mark.slow

@pytest.fixture(scope='module')
def python(root, sh, dist, tmp_path_factory):
    "Run the environment's Python in an empty folder: `python(code or arguments, input)` -> its output"
    venv, here = tmp_path_factory.mktemp('installed')/'venv', tmp_path_factory.mktemp('user')
    ours = {k: v for k, v in os.environ.items() if k not in ('PYTHONPATH', 'VIRTUAL_ENV', 'NUMBA_CACHE_DIR')}
    said = sh('sh', '-c', 'make "$@" 2>&1', 'make', f'VENV={venv}', f'WHAT={dist[0]}', f'{venv}/.installed', cwd=root, env={'PYTHON': sys.executable} | ours)
    def run(*args, **kw): return sh(venv/'bin'/'python', *args, cwd=here, env=ours | dict(MPLBACKEND='agg', OMP_NUM_THREADS='1'), **kw)
    run.said, run.bin, run.here = said, venv/'bin', here
    yield run
    subprocess.Popen(['rm', '-rf', venv])                        # a gigabyte just written: it can take minutes, which nobody need wait for

def blocks(text, lang): return re.findall(rf'^```{lang}\n(.*?)^```$', text, re.M | re.S)

def test_every_module_imports(python):
    code = """import importlib, pkgutil, dynmoe
for m in pkgutil.iter_modules(dynmoe.__path__): importlib.import_module('dynmoe.' + m.name)
print(dynmoe.__file__)"""
    assert python('-c', code).startswith(str(python.bin.parent))
    assert 'No broken requirements' in python('-m', 'pip', 'check')

STATISTICAL = """import numpy as np, time
from statsforecast.models import AutoETS, CrostonOptimized, MSTL, SimpleExponentialSmoothingOptimized, Theta
season, rising = np.tile([0., 3., 1., 2.], 24), np.arange(96.) / 8
began = time.perf_counter()
for model, y, after in [(SimpleExponentialSmoothingOptimized(), np.full(96, 5.), np.full(4, 5.)), (CrostonOptimized(), np.tile([0., 0., 3.], 32), np.ones(4)),
                        (Theta(season_length=4), 9 + season, 9 + season[:4]), (AutoETS(season_length=4), 9 + rising + season, 21 + rising[:4] + season[:4]),
                        (MSTL(season_length=4, trend_forecaster=Theta(season_length=1)), 9 + season, 9 + season[:4])]:
    f = model.forecast(y=y, h=4)['mean']
    assert np.allclose(f, after, atol=.05), (model, f, after)
print(time.perf_counter() - began)
"""

def test_statistical_models_know_what_goes_on_and_are_compiled(python): assert float(python('-c', STATISTICAL)) < 5

def test_installing_says_little(python): assert 'installing into' in python.said and len(python.said.splitlines()) < 10, python.said

def test_the_command_is_there(sh, python): assert sh(python.bin/'dynmoe', '--version').startswith('dynmoe ')

def test_python_of_the_readme(python, root):
    said = python('-', input='\n'.join(blocks((root/'README.md').read_text('utf-8'), 'python')))
    assert "x' = 1.28571 x + 9 y" in said

def short(line):
    "What a training's command ends with here: of an option given twice the later counts"
    what = line.split()[1]
    if what not in ('train', 'ablate', 'compare', 'pretrain') or '--resume' in line: return ''
    return (' --budget 1' if '--budget' in line or what == 'pretrain' else ' --epochs 1 --set steps_per_epoch=2') + ' --seeds 1' * (what in ('ablate', 'compare'))

# What the examples call files of the user's.
USER = ['dynmoe simulate --system lorenz63 --n 1 --steps 2500 --out mine.csv', 'dynmoe simulate --system lorenz63 --n 1 --steps 1500 --out measured.csv',
        'dynmoe simulate --system piecewise_lorenz --n 10 --out other.npz']
PRETRAINING = ['dynmoe simulate --system rossler --n 5 --steps 13000 --out mine.npz']
def rooms():
    "A room whose heater follows a set point, in changing weather"
    room, heats, lines, draw = 18., False, ['room,outside,setpoint'], random.Random(0)
    for k in range(800):
        if k % 80 == 0: outside, setpoint = draw.uniform(0, 15), draw.uniform(18, 22)
        lines.append(f'{room:.12f},{outside:.12f},{setpoint:.12f}')
        for _ in range(50):
            heats = room < setpoint + (1 if heats else -1)
            room += .002 * (3 * heats - .1 * (room - outside))
    return '\n'.join(lines)

RECIPES = {'help': 'lr: 0.002\n', 'pretrain': 'systems: [lorenz63]\nheld_out: [rossler]\nvariants: 1\n'}
# Examples that need an extra, or data that are not here, and what they say without them.
EXTRA = {'dynmoe benchmark real --data real/dev.npz': 'got nothing there', 'dynmoe benchmark dysts --data dev.npz --settings c512 --models adaptive esn --limit 10': 'got nothing there',
         'dynmoe compare --data measured.csv --models ame_ode switching pysindy reservoirpy --budget 120': 'dynmoe[pysindy]',
         'dynmoe app': 'dynmoe[app]', 'dynmoe app --host 0.0.0.0 --port 80 --no-browser': 'dynmoe[app]', 'dynmoe pretrain --config default --out runs/pretrained': 'pip install dysts', 'dynmoe panel demand.parquet --horizon 12 --out forecasts': 'where nothing is',
         'dynmoe panel demand.parquet --horizon 12 --windows 3 --levels 80 --out validated --workers 2': 'where nothing is'}

COMMANDS = """
import contextlib, io, json, os, shlex, sys
from dynmoe.cli import main
for folder, line, short, says in json.load(sys.stdin):
    os.chdir(folder)
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err): code = main(shlex.split(line + short)[1:])
    assert code == (2 if says else 0) and says in err.getvalue(), f'{folder}$ {line}{short}: exit {code}, {out.getvalue()}{err.getvalue()}'
"""

def commands(text):
    "The commands among lines of shell, without comments"
    return [line for t in text.splitlines() if (line := re.sub(r'\s+#.*', '', t).strip()).startswith('dynmoe ')]

def run(python, folder, lines):
    "Run each command once"
    here = python.here/folder
    here.mkdir()
    if folder in RECIPES: (here/'recipe.yml').write_text(RECIPES[folder])
    (here/'rooms.csv').write_text(rooms())
    python('-c', COMMANDS, input=json.dumps([[str(here), line, short(line), EXTRA.get(line, '')] for line in dict.fromkeys(lines)]))

def test_shell_of_the_readme(python, root, sh):
    lines = ''.join(blocks((root/'README.md').read_text('utf-8'), 'sh'))
    assert '`make run`' in (root/'README.md').read_text('utf-8') and {w.split()[0] for w in lines.splitlines()} == {'pip', 'dynmoe'}
    run(python, 'make', commands(sh('make', '-n', 'run', f'VENV={python.bin.parent}', cwd=root).replace(f'{python.bin}/', '')))
    run(python, 'readme', USER + commands(lines))

def test_examples_of_the_help(python):
    helps = {}
    def examples(command=''):
        helps[command] = python('-m', 'dynmoe', *command.split(), '--help')
        found = commands(re.split(r'\nexamples?:\n', helps[command])[1])
        assert found, helps[command]
        return found
    first = examples()
    names = re.findall(r'^    (\w+) ', helps[''], re.M)
    others = {n: examples(n) for n in sorted(names, key=lambda n: n != 'forecast')}          # its equations are simulated
    run(python, 'pretrain', PRETRAINING + others.pop('pretrain'))
    run(python, 'help', USER + sum(others.values(), []) + first)
