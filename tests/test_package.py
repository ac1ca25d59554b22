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

@pytest.mark.slow
def test_extras_are_offered(dist):
    with zipfile.ZipFile(dist[0]) as z: offered = re.findall(r'^Provides-Extra: (\w+)$', z.read(next(n for n in z.namelist() if n.endswith('METADATA'))).decode(), re.M)
    assert sorted(offered) == ['all', 'dev', 'docs', 'dysts', 'excel', 'hub', 'parquet', 'tensorboard']
