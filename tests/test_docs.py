"The website's checker finds what it is there for, and the README is made as described."
import base64, importlib.util, io, re
import numpy as np
import pytest
from execnb.nbio import dict2nb
from PIL import Image

def picture():
    out = io.BytesIO()
    Image.effect_mandelbrot((60, 40), (-2, -1, 1, 1), 50).convert('RGBA').save(out, 'png')
    return out.getvalue()

PNG = base64.b64encode(picture()).decode()

def tool(root, name):
    spec = importlib.util.spec_from_file_location(name, root/'tools'/f'{name}.py')
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module

@pytest.fixture
def docs(root): return tool(root, 'docs')

@pytest.fixture
def site(tmp_path):
    (tmp_path/'sub').mkdir()
    (tmp_path/'a.png').write_bytes(b'')
    (tmp_path/'index.html').write_text('''<h1 id="top">A</h1> <a href="sub/b.html#x">b</a> <a href="#top">up</a> <img src="a.png"> <img src="data:image/png;base64,AA==">
        <a href="https://elsewhere.org/x">far</a> <a href="https://me.io/site/sub/b.html#x">own address</a> <a href="sub/">folder</a>''')
    (tmp_path/'sub'/'b.html').write_text('<p id="x">B</p> <a href="../index.html">a</a>')
    (tmp_path/'sub'/'index.html').write_text('')
    return tmp_path

def test_figures_for_fine_screens_have_the_size_they_were_drawn_for(docs, site):
    page = '<img src="fine.png" alt="a" width="999"> <img src="coarse.png"> <img src="https://me.io/far.png"> <img src="gone.png">'
    for name, dpi in dict(fine=144, coarse=72).items(): Image.new('P', (720, 288)).save(site/f'{name}.png', dpi=(dpi, dpi))
    (site/'index.html').write_text(page)
    docs.sized(site)
    assert (site/'index.html').read_text() == page.replace('<img src="fine.png" alt="a" width="999">', '<img width="450" src="fine.png" alt="a">')

def test_columns_of_outputs_are_not_broken(docs, site):
    rows, prose = 'law  share  visits\n  A    0.3      34\n', 'A sentence.  And  another one.\nNo columns.\n'
    (site/'index.html').write_text(f'<pre><code>{rows}</code></pre><pre><code>{prose}</code></pre>')
    docs.columns_whole(site)
    assert (site/'index.html').read_text() == f'<pre class="columns" tabindex="0" role="region" aria-label="output"><code>{rows}</code></pre><pre><code>{prose}</code></pre>'

def test_whole_site_passes(docs, site):
    assert docs.broken(site, 'https://me.io/site') == []

@pytest.mark.parametrize('fault', ['<a href="gone.html">', '<a href="#gone">', '<a href="sub/b.html#gone">', '<img src="gone.png">', '<script src="gone.js">',
                                   '<link href="gone.css">', '<a href="https://me.io/site/gone.html">', '<a href="../outside.html#gone">'])
def test_fault_is_found(docs, site, fault):
    with (site/'index.html').open('a') as f: f.write(fault)
    found = docs.broken(site, 'https://me.io/site')
    assert len(found) == 1 and 'index.html: ' in found[0]

def test_raw_markup_is_found(docs, site):
    assert docs.unfinished(site) == []
    (site/'index.html').write_text('<pre>def f(x): # a [<code>y</code>](https://me.io/y)</pre>\n<em>Call self as a function.</em>')
    assert len(docs.unfinished(site)) == 2

def test_empty_site_is_a_fault(docs, tmp_path):
    assert docs.broken(tmp_path)

def test_pages_get_their_names(docs, tmp_path):
    (tmp_path/'00_core.html').write_text('<a href="./00_core.html#a">x</a> <a href="100_core.html">y</a> 00_core.ipynb')
    docs.rename(tmp_path, {'00_core.html': 'core.html'})
    assert (tmp_path/'core.html').read_text() == '<a href="./core.html#a">x</a> <a href="100_core.html">y</a> 00_core.ipynb'

def test_readme_from_notebook(root, tmp_path):
    code = dict(cell_type='code', metadata={}, execution_count=None, source='#| echo: true\n1 + 1', outputs=[
        dict(output_type='stream', name='stdout', text=['hi\n']), dict(output_type='stream', name='stderr', text=['noise']),
        dict(output_type='execute_result', metadata={}, execution_count=None, data={'text/plain': ['2']}),
        dict(output_type='display_data', metadata={}, data={'image/png': PNG, 'text/plain': ['<Figure>']})])
    nb = dict2nb(dict(nbformat=4, nbformat_minor=5, metadata={}, cells=[
        dict(cell_type='raw', metadata={}, source='---\ndescription: "a: b"\ntitle: T\n---\n'), dict(cell_type='markdown', metadata={}, source='text'), code]))
    md = tool(root, 'readme').readme(nb, tmp_path/'index_files')
    assert md == '# T\n\n> a: b\n\ntext\n\n```python\n1 + 1\n```\n\n```\nhi\n```\n\n```\n2\n```\n\n![](index_files/figure-1.png)\n'
    assert (tmp_path/'index_files'/'figure-1.png').read_bytes().startswith(b'\x89PNG')

def test_readme_leaves_out_what_the_page_folds_and_keeps_the_words_of_a_figure(root, tmp_path):
    png = dict(output_type='display_data', metadata={}, data={'image/png': PNG})
    code = lambda source, outputs=(): dict(cell_type='code', metadata={}, execution_count=None, source=source, outputs=list(outputs))
    nb = dict2nb(dict(nbformat=4, nbformat_minor=5, metadata={}, cells=[
        dict(cell_type='markdown', metadata={}, source='::: {.doors}\n[in](howto/a.ipynb)\n:::'), code('#| code-fold: true\nx = 1'),
        code('#| echo: false\n#| fig-alt: "A curve"\n#| fig-cap: "What it is"\ndraw()', [png])]))
    assert tool(root, 'readme').readme(nb, tmp_path/'figs') == '[in](nbs/howto/a.ipynb)\n\n![A curve](figs/figure-1.png)\n\n*What it is*\n'

def test_files_that_the_readme_names_exist(root):
    found = [f for f in re.findall(r'\]\(([^)#]+)', (root/'README.md').read_text()) if '://' not in f]
    assert len(found) > 3 and all((root/f).is_file() for f in found)

@pytest.fixture
def pages(root): return tool(root, 'pages')

_MODULE = '''
class _Inner:
    def name(self): "What it is called"
class Base(_Inner):
    "A base"
    def run(self, n:int=3): # ignored
        "Run *n* steps"
class Kind(Base):
    "A kind of thing, with $x_1$ and `a*b`"
    def __init__(self,
        dim:int, # D, of the *state*
        init='random' # how it starts
    ): self.dim = dim
    def run(self, n=5): pass
    def __call__(self, z): "What it makes"
    def forward(self, z, *, only=None):
        "What it gives"
    @property
    def size(self): "How large"
    def _private(self): "Not for readers"
'''

@pytest.fixture
def module(tmp_path, monkeypatch):
    (tmp_path/'dynmoe_example.py').write_text(_MODULE)
    monkeypatch.syspath_prepend(tmp_path)
    return importlib.import_module('dynmoe_example')

def test_classes_look_like_classes_and_show_their_methods(pages, module):
    text = pages.entry('Kind', module.Kind, module)
    assert "class Kind(dim, init='random')" in text and '#### Kind.forward' in text and 'Kind.forward(z, *, only=None)' in text and 'property Kind.size' in text
    assert r'#### Kind.\_\_call\_\_' in text and 'kind(z)' in text                                   # which would be bold without these
    assert '_private' not in text and '`dim` [int]{.kind}\n:   D, of the \\*state\\*' in text and r'$x_1$ and `a*b`' in text
    assert '#### Kind.forward' not in pages.entry('Kind', module.Kind, module, elsewhere=['Kind.forward'])      # told beside its example

def test_a_page_tells_what_its_module_brings_from_others(pages, module):
    module.__all__, nb = ['Kind'], dict(metadata={}, cells=[dict(cell_type='markdown', metadata={}, source='# All')])
    pages.page(nb, module, [], titles=dict(dynmoe_example='The example'))
    assert '## The example' in nb['cells'][-1]['source'] and '| `Kind` | A kind of thing' in nb['cells'][-1]['source']

def test_what_a_class_has_of_others_is_told_once(pages, module):
    base, kind = [pages.entry(c.__name__, c, module) for c in (module.Base, module.Kind)]
    assert '#### Base.name' in base and '_Inner' not in base                                             # a reader does not meet what is private
    assert 'A kind of `Base`' in kind and 'In its own way: `run(n=5)`.' in kind and '#### Kind.run' not in kind and '#### Kind.name' not in kind

def test_contents_begin_with_what_one_uses(pages, module):
    text = pages.contents(module, ['Base', 'Kind', 'Kind.run'], ['Kind'])
    assert text.startswith('```python\nfrom dynmoe_example import Kind\n```') and text.index('[`Kind`](#kind)') < text.index('<details') < text.index('[`Base`](#base)')

@pytest.mark.parametrize('source,fold', [('test_eq(1, 1)\ntest_eq(2, 2)\nassert True', True), ('assert True', False), ('x = f(3)\nassert x > 2', False),
                                         ('\n'.join(f'x{i} = {i}' for i in range(9)) + '\nassert x1', True), ('\n'.join(f'x{i} = {i}' for i in range(20)), False)])
def test_only_long_checks_are_folded(pages, source, fold): assert pages.folded(source) == fold

def test_names_in_the_text_of_links_lead_where_the_author_says(pages):
    nb = dict(metadata={}, cells=[dict(cell_type='markdown', source='See [[`forecast`](https://x/forecast.html#forecast)](#here) and [`a`](b).')])
    pages.page(nb, None, [])
    assert nb['cells'][0]['source'] == 'See [`forecast`](#here) and [`a`](b).'

def test_notebooks_are_called_by_their_titles(pages):
    assert pages.titled('[27_guards](27_guards.ipynb#x), [`20_experts`](../20_experts.ipynb), [here](20_experts.ipynb)', {'27_guards': 'Guards', '20_experts': 'Experts'}) == '[Guards](27_guards.ipynb#x), [Experts](../20_experts.ipynb), [here](20_experts.ipynb)'

def test_notebook_without_a_group_is_found(root, pages, tmp_path):
    for name in ('10_a.ipynb', 'sub/b.ipynb', 'c.ipynb', '.ipynb_checkpoints/d.ipynb'):
        (tmp_path/name).parent.mkdir(exist_ok=True)
        (tmp_path/name).write_text('{}')
    assert pages.missing(tmp_path, ['10_a.ipynb', dict(section='S', contents='sub/*')]) == ['c.ipynb']

def test_every_notebook_has_a_group(root, pages):
    import yaml
    assert pages.missing(root/'nbs', yaml.safe_load((root/'nbs'/'sidebar.yml').read_text())['website']['sidebar']['contents']) == []

def test_no_notebook_hides_another(pages, tmp_path, root):
    for name in '10_a', '20_a', '30_b': (tmp_path/f'{name}.ipynb').touch()
    assert pages.twice(tmp_path) == [['10_a.ipynb', '20_a.ipynb']] and pages.twice(root/'nbs') == []

@pytest.mark.parametrize('fault', ['<script src="https://cdn.net/x.js">', '<link rel="stylesheet" href="//cdn.net/x.css">', '<img src="https://elsewhere.org/a.png">', '<iframe src="https://elsewhere.org">'])
def test_what_is_loaded_from_elsewhere_is_found(docs, site, fault):
    assert docs.foreign(site) == []                                            # links may lead there
    with (site/'index.html').open('a') as f: f.write(fault)
    assert len(docs.foreign(site)) == 1

def test_fonts_of_themes_stay_away(docs, tmp_path):
    (tmp_path/'a.css').write_text('@import url(https://fonts.net/css2?family=Lato:ital,wght@0,400;0,700&display=swap);body{color:red}')
    assert len(docs.foreign(tmp_path)) == 1
    docs.keep_home(tmp_path)
    assert (tmp_path/'a.css').read_text() == 'body{color:red}' and docs.foreign(tmp_path) == []

def test_formulas_are_drawn_without_scripts(docs, tmp_path):
    pytest.importorskip('math_core')
    (tmp_path/'a.html').write_text(r'<script src="https://x.net/katex@1/katex.min.js" defer></script><span class="math inline">\(a &lt; b_1\)</span> <code>\(x\)</code>')
    docs.typeset(tmp_path)
    text = (tmp_path/'a.html').read_text()
    assert '<math' in text and '<msub>' in text and 'script' not in text and r'<code>\(x\)</code>' in text

def test_figures_without_a_text_are_found(docs, tmp_path):
    (tmp_path/'a.html').write_text('<img src="a.png" alt="a curve"> <img src="b.png"> <img src="c.png" alt="">')
    assert docs.undescribed(tmp_path) == ['a.html: 2 figures without #| fig-alt']

def test_pictures_become_smaller_and_look_the_same(pages):
    out = pages.small(picture())
    a, b = (np.asarray(Image.open(io.BytesIO(x)).convert('RGB')).astype(int) for x in (picture(), out))
    assert len(out) < len(picture()) and a.shape == b.shape and np.abs(a - b).max() < 16
    assert pages.small(out) == out

def test_only_used_icons_keep_their_styles(docs, tmp_path):
    (tmp_path/'a.html').write_text('<i class="bi bi-search">')
    (tmp_path/'bootstrap-icons.min.css').write_text('.bi::before{a:b}.bi-search::before{content:"x"}.bi-zzz::before{content:"y"}')
    docs.lean(tmp_path)
    assert (tmp_path/'bootstrap-icons.min.css').read_text() == '.bi::before{a:b}.bi-search::before{content:"x"}'
