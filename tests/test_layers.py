"Exported code imports only from notebooks with a lower number, and by name."
import ast, json, re
from pathlib import Path
import pytest

def layers(nbs):
    "module -> the number of the notebook it is exported from"
    found = {}
    for path in nbs.rglob('[0-9]*.ipynb'):
        source = ''.join(line for c in json.loads(path.read_text())['cells'] for line in [*c['source'], '\n'])
        module = re.search(r'^#\|\s*default_exp\s+(\S+)', source, re.M)
        if module: found[f'dynmoe.{module[1]}'] = int(re.match(r'\d+', path.name)[0])
    return found

def imports(code):
    "Each module of dynmoe that `code` imports from, and the name it takes"
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Import): yield from ((a.name, None) for a in node.names if a.name.startswith('dynmoe.'))
        elif isinstance(node, ast.ImportFrom):   # nbdev exports `from dynmoe.core import f` as `from .core import f`
            source = '.'.join(filter(None, ['dynmoe' if node.level else '', node.module]))
            if source == 'dynmoe': yield from ((f'dynmoe.{a.name}', a.name) for a in node.names if a.name != '__version__')
            elif source.startswith('dynmoe.'): yield from ((source, a.name) for a in node.names)

def faults(code, module, layers):
    "What `module` must not import"
    return [f'{module} imports {name or "all"} from {source}' for source, name in imports(code)
            if name == '*' or source not in layers or layers[source] >= layers[module]]

LAYERS = layers(Path(__file__).parent.parent/'nbs')

@pytest.mark.parametrize('module', sorted(LAYERS))
def test_imports_go_down(root, module):
    code = (root/(module.replace('.', '/') + '.py')).read_text()
    assert not faults(code, module, LAYERS)

def test_numbers_are_unique(root):
    assert len(set(LAYERS.values())) == len(LAYERS)

@pytest.mark.parametrize('line', ['from dynmoe.high import f', 'import dynmoe.high', 'from dynmoe import high', 'from dynmoe.mid import f',
                                  'from dynmoe.low import *', 'from .high import f', 'from . import high', 'from dynmoe.gone import f', 'def g():\n from dynmoe.high import f'])
def test_a_wrong_import_is_found(line):
    assert faults(line, 'dynmoe.mid', {'dynmoe.low': 0, 'dynmoe.mid': 10, 'dynmoe.high': 20})

def test_a_right_import_passes():
    assert not faults('import torch\nfrom dynmoe.low import f, g\nfrom .low import h', 'dynmoe.mid', {'dynmoe.low': 0, 'dynmoe.mid': 10})

def named_twice(code):
    "Names that a module defines more than once: each cell of a notebook may, and the last one holds for all"
    found = []
    for node in ast.parse(code).body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)): found.append(node.name)
        for target in node.targets if isinstance(node, ast.Assign) else ():
            found += [n.id for n in (target.elts if isinstance(target, ast.Tuple) else [target]) if isinstance(n, ast.Name)]
    return sorted({n for n in found if found.count(n) > 1})

@pytest.mark.parametrize('module', sorted(LAYERS))
def test_each_name_is_defined_once(root, module): assert not named_twice((root/f'{module.replace(".", "/")}.py').read_text())

def test_a_name_that_is_defined_twice_is_found(): assert named_twice('_A, b = 1, 2\ndef f(): _c = 1\ndef g(): _c = 2\n_A = 3') == ['_A']
