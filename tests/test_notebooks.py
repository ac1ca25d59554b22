"How every notebook is made, as far as a program can tell."
import json, re
from pathlib import Path
import pytest

NOTEBOOKS = sorted(p for p in (Path(__file__).parent.parent/'nbs').rglob('*.ipynb') if '.ipynb_checkpoints' not in p.parts)
DIRECTIVES = {'default_exp', 'exec_doc', 'export', 'exports', 'exporti', 'hide', 'slow', 'cuda', 'extra', 'eval', 'echo', 'output', 'code-fold', 'code-summary', 'fig-cap', 'fig-alt', 'label'}

@pytest.fixture(params=NOTEBOOKS, ids=lambda p: p.stem)
def path(request): return request.param

@pytest.fixture
def cells(path): return [dict(c, source=''.join(c['source'])) for c in json.loads(path.read_text())['cells']]

def test_first_cell_is_title_and_sentence_only(cells):
    # nbdev turns the first cell into the page's title and description, and drops whatever else it holds
    assert re.fullmatch(r'# \S.*\n\n> \S.*', cells[0]['source'].strip())

def test_directives_exist(cells):
    # nbdev ignores one that is misspelt: an `#| exprt` cell would silently be missing in the module
    used = {d for c in cells if c['cell_type'] == 'code' for d in re.findall(r'^#\s*\|\s*([\w-]+)', c['source'], re.M)}
    assert used <= DIRECTIVES

def test_directives_come_first(cells):
    # one below another line is not read: a caption or a description would silently be missing on the page
    rest = {c['id']: re.sub(r'\A(#\s*\|.*\n?)*', '', c['source']) for c in cells if c['cell_type'] == 'code'}
    assert not [cell for cell, source in rest.items() if re.search(r'^#\s*\|', source, re.M)]

def test_is_small(path):
    assert path.stat().st_size <= 300 * 1024

def test_is_stored_executed_without_errors(cells):
    outputs = [o for c in cells if c['cell_type'] == 'code' for o in c['outputs']]
    assert not [o for o in outputs if o['output_type'] == 'error' or o.get('name') == 'stderr']

def test_imports_are_alone_in_their_cells(cells):
    # building the website runs cells that import, whole, and not those that they lean on
    mixed = [c['id'] for c in cells if c['cell_type'] == 'code' and not c['source'].startswith('#| export') and 'nbdev_export()' not in c['source']
             and re.search(r'^(import|from) ', c['source'], re.M) and not all(re.match(r'import |from |#|$', line) for line in c['source'].split('\n'))]
    assert not mixed
