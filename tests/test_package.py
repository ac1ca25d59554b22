"The package as users get it: built from a clean clone, installed, imported outside the repository."
import configparser, os, re, subprocess, sys, tarfile, zipfile
import pytest

@pytest.fixture(scope='module')
def config(root):
    parser = configparser.ConfigParser(delimiters=['='])
    parser.read(root/'settings.ini')
    return parser['DEFAULT']

def run(*cmd, **kw):
    done = subprocess.run([str(c) for c in cmd], text=True, capture_output=True, **kw)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout

@pytest.fixture(scope='module')
def dist(root, tmp_path_factory):
    "A source distribution, and the wheel built from it, of the tracked files"
    clone, out = tmp_path_factory.mktemp('clone')/'dynmoe', tmp_path_factory.mktemp('dist')
    run('git', 'clone', '--quiet', root, clone)
    run(sys.executable, '-m', 'build', '--no-isolation', '--outdir', out, clone)
    return next(out.glob('*.whl')), next(out.glob('*.tar.gz'))

@pytest.mark.slow
def test_wheel_holds_the_tracked_package(root, dist):
    tracked = set(run('git', 'ls-tree', '-r', '--name-only', 'HEAD', 'dynmoe', cwd=root).split())
    packed = {n for n in zipfile.ZipFile(dist[0]).namelist() if n.startswith('dynmoe/')}
    assert packed == tracked

@pytest.mark.slow
def test_sdist_holds_what_the_build_reads(dist):
    names = {n.split('/', 1)[-1] for n in tarfile.open(dist[1]).getnames()}
    assert {'settings.ini', 'setup.py', 'pyproject.toml', 'README.md', 'LICENSE'} <= names

@pytest.mark.slow
def test_wheel_works_outside_the_repository(dist, config, tmp_path):
    lib = tmp_path/'lib'
    run(sys.executable, '-m', 'pip', 'install', '--quiet', '--no-deps', '--no-index', '--target', lib, dist[0])
    code = """import importlib, pkgutil, dynmoe
for m in pkgutil.iter_modules(dynmoe.__path__): importlib.import_module('dynmoe.' + m.name)
print(dynmoe.__version__, dynmoe.__file__)"""
    version, file = run(sys.executable, '-c', code, cwd=tmp_path, env={**os.environ, 'PYTHONPATH': str(lib)}).split()
    assert version == config['version'] and file.startswith(str(lib))
    assert (lib/'bin'/'dynmoe').exists()

def test_versions_agree(root, config):
    import dynmoe
    assert dynmoe.__version__ == config['version']
    assert re.search(rf"^version: {re.escape(config['version'])}$", (root/'CITATION.cff').read_text(), re.M)

def test_module_is_the_command(config): assert run(sys.executable, '-m', 'dynmoe', '--version').strip() == f"dynmoe {config['version']}"

def test_import_is_light():
    loaded = run(sys.executable, '-c', 'import sys, dynmoe; print(*sorted({m.split(".")[0] for m in sys.modules}))').split()
    assert not {'torch', 'matplotlib', 'pandas', 'scipy', 'IPython', 'nbdev', 'fastcore'} & set(loaded)

@pytest.mark.slow
def test_extras_are_offered(dist):
    with zipfile.ZipFile(dist[0]) as z: offered = re.findall(r'^Provides-Extra: (\w+)$', z.read(next(n for n in z.namelist() if n.endswith('METADATA'))).decode(), re.M)
    assert sorted(offered) == ['all', 'dev', 'docs', 'dysts', 'excel', 'hub', 'parquet', 'tensorboard']
