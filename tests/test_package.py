"What is packed: a wheel and a source distribution of a clean clone (`test_install.py` installs it)."
import configparser, re, sys, tarfile, zipfile
import pytest

@pytest.fixture(scope='module')
def config(root):
    parser = configparser.ConfigParser(delimiters=['='])
    parser.read(root/'settings.ini')
    return parser['DEFAULT']

@pytest.mark.slow
def test_wheel_holds_the_tracked_package(root, sh, dist):
    tracked = set(sh('git', 'ls-tree', '-r', '--name-only', 'HEAD', 'dynmoe', cwd=root).split())
    packed = {n for n in zipfile.ZipFile(dist[0]).namelist() if n.startswith('dynmoe/')}
    assert packed == tracked

@pytest.mark.slow
def test_sdist_holds_what_the_build_reads(dist):
    names = {n.split('/', 1)[-1] for n in tarfile.open(dist[1]).getnames()}
    assert {'settings.ini', 'setup.py', 'pyproject.toml', 'README.md', 'LICENSE'} <= names

def test_versions_agree(root, config):
    import dynmoe
    assert dynmoe.__version__ == config['version']
    assert re.search(rf"^version: {re.escape(config['version'])}$", (root/'CITATION.cff').read_text(), re.M)

def test_module_is_the_command(sh, config): assert sh(sys.executable, '-m', 'dynmoe', '--version').strip() == f"dynmoe {config['version']}"

def test_import_is_light(sh):
    loaded = sh(sys.executable, '-c', 'import sys, dynmoe; print(*sorted({m.split(".")[0] for m in sys.modules}))').split()
    assert not {'torch', 'matplotlib', 'pandas', 'scipy', 'IPython', 'nbdev', 'fastcore'} & set(loaded)
    assert 'statsforecast' not in sh(sys.executable, '-c', 'import sys, dynmoe.all; print(*sys.modules)').split()   # a second that only who asks it for something waits

def test_a_warning_names_the_line_of_the_user():
    import numpy as np, pandas as pd
    from dynmoe.all import DynaMixForecaster, Forecaster, ForecastWarning, Parrot, forecast, read
    from dynmoe.dynamix import dynamix
    from dynmoe.forecast import get_forecaster
    class Own(Forecaster):
        name = 'own'
        def _start(self, x, flags, seed, n_samples, loud=False): return lambda n: x[-1:].expand(n, -1, -1), {}
    flat = np.stack([np.zeros(60), np.sin(np.arange(60.))], 1)                             # a channel without variation is flagged
    panel = pd.DataFrame(flat, columns=['x', 'y']).assign(id=[0, 1] * 30)
    calls = [lambda: Own().forecast(flat, 2), lambda: Own().forecast(flat, 2, loud=True), lambda: Parrot().forecast(flat, 2), lambda: get_forecaster('adaptive').forecast(flat, 2),
             lambda: DynaMixForecaster(dynamix(seed=0)).forecast(flat, 2), lambda: forecast(flat, 2), lambda: forecast(flat, 2, 'parrot'), lambda: forecast(pd.DataFrame(flat), 2, 'parrot'),
             lambda: forecast(read(flat), 2, Own()), lambda: forecast([flat, flat], 2, 'parrot'), lambda: forecast(panel, 2, 'parrot', series='id')]
    for call in calls:
        with pytest.warns(ForecastWarning, match='constant') as told: call()
        assert {(w.filename, w.lineno) for w in told if w.category is ForecastWarning} == {(__file__, call.__code__.co_firstlineno)}

@pytest.mark.slow
def test_extras_are_offered(dist, config):
    with zipfile.ZipFile(dist[0]) as z: offered = re.findall(r'^Provides-Extra: (\w+)$', z.read(next(n for n in z.namelist() if n.endswith('METADATA'))).decode(), re.M)
    assert sorted(offered) == sorted(['all', 'dev', 'docs', *(k.removeprefix('extra_') for k in config if k.startswith('extra_'))])
