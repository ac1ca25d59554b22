"The website's checker finds what it is there for, and the README is made as described."
import base64, importlib.util, re
import pytest
from execnb.nbio import dict2nb

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
        dict(output_type='display_data', metadata={}, data={'image/png': base64.b64encode(b'png').decode(), 'text/plain': ['<Figure>']})])
    nb = dict2nb(dict(nbformat=4, nbformat_minor=5, metadata={}, cells=[
        dict(cell_type='raw', metadata={}, source='---\ndescription: "a: b"\ntitle: T\n---\n'), dict(cell_type='markdown', metadata={}, source='text'), code]))
    md = tool(root, 'readme').readme(nb, tmp_path/'index_files')
    assert md == '# T\n\n> a: b\n\ntext\n\n```python\n1 + 1\n```\n\n```\nhi\n```\n\n```\n2\n```\n\n![](index_files/figure-1.png)\n'
    assert (tmp_path/'index_files'/'figure-1.png').read_bytes() == b'png'

def test_files_that_the_readme_names_exist(root):
    found = [f for f in re.findall(r'\]\(([^)#]+)', (root/'README.md').read_text()) if '://' not in f]
    assert len(found) > 3 and all((root/f).is_file() for f in found)
