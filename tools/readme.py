"Write `README.md` from `nbs/index.ipynb` as it is stored (`make readme`): the pages' own processing, without Quarto."
import base64, re, shutil, sys, tempfile, yaml
from pathlib import Path
from execnb.nbio import read_nb
from nbdev.config import get_config
from nbdev.processors import FilterDefaults
from nbdev.serve_drv import exec_nb
sys.path.insert(0, str(Path(__file__).parent))
from pages import small

def fence(text, lang=''): return f'```{lang}\n{text.rstrip()}\n```'

def front(cell):
    "The title and the sentence below it, which nbdev moved into the front matter"
    meta = yaml.safe_load(cell.source.strip().strip('-'))
    return f"# {meta['title']}\n\n> {meta['description']}"

def option(source, name):
    "What a cell says of `#| name: …`, '' for nothing"
    found = re.search(rf'^#\| *{name}: *(.*?) *$', source, flags=re.M)
    return found[1].strip('"') if found else ''

def output(out, figures, alt=''):
    "One stored output as markdown; pictures go to `figures`"
    text = lambda s: ''.join(s)
    if out.output_type == 'stream': return fence(text(out.text)) if out.name == 'stdout' else ''
    data = out.get('data', {})
    if 'image/png' in data:
        figures.mkdir(exist_ok=True)
        file = figures/f'figure-{len(list(figures.iterdir())) + 1}.png'
        file.write_bytes(small(base64.b64decode(text(data['image/png']))))
        return f'![{alt}]({figures.name}/{file.name})'
    for kind in ('text/markdown', 'text/html'):
        if kind in data: return text(data[kind])
    return fence(text(data.get('text/plain', '')))

def shown(cell, figures):
    "A code cell as markdown: its code, unless the page folds or hides it, its outputs, and the caption of its figure"
    source, caption = cell.source, option(cell.source, 'fig-cap')
    code = '' if option(source, 'echo') == 'false' or option(source, 'code-fold') == 'true' else fence(re.sub(r'^#\|.*\n', '', source, flags=re.M), 'python')
    return [code, *(output(o, figures, option(source, 'fig-alt')) for o in cell.get('outputs', [])), f'*{caption}*' if caption else '']

def readme(nb, figures):
    "The notebook `nb`, processed by nbdev, as markdown"
    parts = []
    for cell in nb.cells:
        if cell.cell_type == 'raw': parts.append(front(cell))
        elif cell.cell_type == 'markdown': parts.append(re.sub(r'^:::.*\n?', '', cell.source, flags=re.M))   # boxes of the website
        elif cell.source.strip(): parts += shown(cell, figures)
    text = re.sub(r'\n{3,}', '\n\n', '\n\n'.join(p.strip() for p in parts if p.strip())) + '\n'
    return re.sub(r'\]\(([\w/]+\.ipynb)', r'](nbs/\1', text)                                  # the README is one folder up

if __name__ == '__main__':
    cfg = get_config()
    figures = cfg.config_path/'index_files'
    shutil.rmtree(figures, ignore_errors=True)
    with tempfile.TemporaryDirectory() as tmp:
        exec_nb(cfg.nbs_path/cfg.readme_nb, Path(tmp)/'index.ipynb', FilterDefaults)
        (cfg.config_path/'README.md').write_text(readme(read_nb(Path(tmp)/'index.ipynb'), figures), encoding='utf-8')
