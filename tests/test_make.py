"The targets of the Makefile, where they do more than to call something."
import os, shutil, sys
import pytest

ONE = """from numba import njit
@njit(cache=True)
def one(x): return x + 1.
"""
TWO = """from numba import njit
from dynmoe.one import one
@njit(cache=True)
def two(x): return 10. * one(x)
"""
# What runs the notebooks: a cell has no file, and numba keeps its kernels elsewhere than those of modules.
NOTEBOOKS = f"""#!{sys.executable}
import sys
sys.path.insert(0, '.')
from IPython.core.interactiveshell import InteractiveShell
from dynmoe.two import two as module
shell = InteractiveShell.instance()
shell.run_cell({TWO!r})
cell = shell.user_ns['two']
print('module', module(0.), 'cell', cell(0.), 'compiled', sum(len(f.stats.cache_misses) for f in (module, cell)))
"""

@pytest.mark.slow
def test_kernels_are_those_of_the_code_and_compiled_once(root, sh, tmp_path):
    here = tmp_path/'a clone'
    for folder in 'dynmoe', 'nbs', '.venv/bin': (here/folder).mkdir(parents=True)
    for name in 'Makefile', 'setup.py', 'settings.ini', 'constraints.txt': shutil.copy(root/name, here)
    for name, text in {'nbdev_test': NOTEBOOKS, 'pytest': '#!/bin/sh'}.items(): (here/'.venv/bin'/name).write_text(text); (here/'.venv/bin'/name).chmod(0o755)
    (here/'.venv/bin/python').symlink_to(sys.executable); (here/'.venv/.installed').touch()
    (here/'dynmoe/one.py').write_text(ONE); (here/'dynmoe/two.py').write_text(TWO)
    ours = {k: v for k, v in os.environ.items() if not k.startswith(('PYTHON', 'NUMBA', 'MAKE', 'MFLAGS'))} | dict(HOME=str(tmp_path), XDG_CACHE_HOME=str(tmp_path))
    test = lambda: sh('make', '-s', 'test', cwd=here, env=ours).split('\n')[-2]
    assert test() == 'module 10.0 cell 10.0 compiled 2'
    assert test() == 'module 10.0 cell 10.0 compiled 0'
    (here/'dynmoe/one.py').write_text(ONE.replace('1.', '2.'))
    assert test() == 'module 20.0 cell 20.0 compiled 2'
    assert test() == 'module 20.0 cell 20.0 compiled 0'
