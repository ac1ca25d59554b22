"""Build the website from the notebooks into `_docs/` (`make docs`), and check that every link and picture in it is there, that no raw
markup is left, that figures have a text, and that nothing is loaded from other hosts.

nbdev processes the notebooks into `_proc/`, `pages.py` makes pages of them, and Quarto renders these; where it is not installed,
smalldocs does, a renderer in pure Python that reads the same `_quarto.yml`."""
import html, re, shutil, subprocess, sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit
import yaml
from PIL import Image
sys.path.insert(0, str(Path(__file__).parent))
import pages

class Page(HTMLParser):
    "The ids of a page, and the addresses it refers to"
    def __init__(self, text):
        super().__init__()
        self.ids, self.refs = set(), []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        self.ids |= {attrs.get('id'), attrs.get('name')} - {None}
        if tag in ('a', 'link'): self.refs.append(attrs.get('href'))
        elif tag in ('img', 'script', 'source', 'iframe', 'video'): self.refs.append(attrs.get('src'))

def broken(
    site,         # folder of the website
    url:str=''    # where it will be published: links to there are looked up here
) -> list: # one line for each link, picture, style or script that points to nothing
    "What in a rendered website refers to a file or an anchor of the site that does not exist"
    site, base = Path(site), (url or 'https://site.invalid').rstrip('/') + '/'
    pages = {p.relative_to(site).as_posix(): Page(p.read_text(encoding='utf-8')) for p in site.rglob('*.html') if 'site_libs' not in p.parts}
    found = [] if pages else [f'{site}: no pages']
    for name, page in sorted(pages.items()):
        for ref in page.refs:
            if not ref or ref == '#': continue
            full = urljoin(base + name, ref)
            if not full.startswith(base):
                if not urlsplit(ref).netloc and not urlsplit(ref).scheme: found.append(f'{name}: {ref}: outside the site')
                continue
            part = urlsplit(full[len(base):])
            path = unquote(part.path) or 'index.html'
            if (site/path).is_dir(): path = path.rstrip('/') + '/index.html'
            if not (site/path).is_file(): found.append(f'{name}: {ref}: no such file')
            elif part.fragment and path in pages and unquote(part.fragment) not in pages[path].ids:
                found.append(f'{name}: {ref}: no such anchor')
    return found

def unfinished(
    site # folder of the website
) -> list: # one line for each place
    "What readers would see of the making: names turned into links inside of code or of other links, functions without a description"
    found = []
    for path in sorted(p for p in site.rglob('*.html') if 'site_libs' not in p.parts):
        text = re.sub(r'<[^>]+>', '', path.read_text(encoding='utf-8'))
        found += [f'{path.name}: …{m}' for m in re.findall(r'.{0,40}\]\((?:https?:|#|\.|\w+\.(?:ipynb|html)).{0,40}|.{0,40}Call self as a function', text)]
    return found

def read_output_names(
    proc # folder of processed notebooks
) -> dict: # for each page whose name nbdev changes (00_core.html): the name it wants (core.html)
    "Take `output-file`, which only Quarto knows, out of the notebooks' front matter"
    names = {}
    for path in proc.rglob('*.ipynb'):
        text = path.read_text(encoding='utf-8')
        line = re.search(r'(?:\\n|")(output-file: (\S+?)\\n)', text)
        if not line: continue
        path.write_text(text.replace(line[1], '', 1), encoding='utf-8')
        if path.with_suffix('.html').name != line[2]: names[path.with_suffix('.html').name] = line[2]
    return names

def rename(site, names):
    "Give the pages of `site` their names, there and in all that refers to them"
    for path in [p for p in site.rglob('*') if p.suffix in ('.html', '.json', '.xml') and 'site_libs' not in p.parts]:
        text = path.read_text(encoding='utf-8')
        for old, new in names.items(): text = re.sub(rf'(?<![\w.-]){re.escape(old)}', new, text)
        path.write_text(text, encoding='utf-8')
        if path.name in names: path.rename(path.with_name(names[path.name]))

def link_locally(site, url):
    "nbdev links names in the prose to the published site; within the site such links stay where the reader is"
    for path in site.rglob('*.html'):
        up = '../' * (len(path.relative_to(site).parts) - 1)
        path.write_text(path.read_text(encoding='utf-8').replace(f'<a href="{url}/', f'<a href="{up}'), encoding='utf-8')

def typeset(site):
    "Formulas as MathML, which browsers draw by themselves, where the renderer left TeX to a script from another host"
    from math_core import LatexToMathML
    tex = LatexToMathML()
    def drawn(m): return tex.convert_with_local_state(html.unescape(m[2]), displaystyle=m[1] == 'display')
    for path in site.rglob('*.html'):
        text = path.read_text(encoding='utf-8')
        new = re.sub(r'<span class="math (inline|display)">\\[(\[](.*?)\\[)\]]</span>', lambda m: f'<span class="math {m[1]}">{drawn(m)}</span>', text, flags=re.S)
        new = re.sub(r'<(link|script)\b[^>]*katex@[^>]*>(</script>)?', '', new)
        if new != text: path.write_text(new, encoding='utf-8')

def keep_home(site):
    "Themes ask another host for their fonts; ours come with the site, in styles.css"
    for path in site.rglob('*.css'):
        text = path.read_text(encoding='utf-8')
        new = re.sub(r'@import\s*(?:url\(\s*["\']?https?:[^)]*\)|["\']https?:[^"\']*["\'])[^;]*;', '', text)
        if new != text: path.write_text(new, encoding='utf-8')

def lean(site):
    "Of two thousand icons the pages use a dozen: the styles of the others are left out"
    said = '\n'.join(p.read_text(encoding='utf-8') for p in site.rglob('*') if p.suffix in ('.html', '.js'))
    used = set(re.findall(r'\bbi-([a-z0-9-]+)', said))
    for path in site.rglob('bootstrap-icons*.css'):
        text = path.read_text(encoding='utf-8')
        path.write_text(re.sub(r'\.bi-([a-z0-9-]+)::?before\s*\{[^}]*\}\s*', lambda m: m[0] if m[1] in used else '', text), encoding='utf-8')

def lined_up(
    text # of an output
) -> bool:
    "Whether its lines have columns, which would be lost if they were broken"
    return sum(len(re.findall(r'\S {2,}(?=\S)', line)) > 1 for line in text.split('\n')) > 1

def columns_whole(site):
    "Outputs with columns scroll on a narrow screen; others are broken into lines that fit"
    for path in site.rglob('*.html'):
        text = path.read_text(encoding='utf-8')
        new = re.sub(r'<pre><code>(.*?)</code></pre>', lambda m: f'<pre class="columns" tabindex="0" role="region" aria-label="output"><code>{m[1]}</code></pre>' if lined_up(m[1]) else m[0], text, flags=re.S)
        if new != text: path.write_text(new, encoding='utf-8')

_INCH = 90 # pixels of a screen: letters in figures are hardly smaller than those around them

def sized(site):
    "Show figures that were drawn for fine screens in the size that they were drawn for, in which such screens have dots to spare"
    for path in site.rglob('*.html'):
        def told(m, folder=path.parent):
            file = folder/unquote(html.unescape(m[2]))
            if not file.is_file(): return m[0]
            with Image.open(file) as im: (width, _), dpi = im.size, im.info.get('dpi', (72,))[0]
            plain = [re.sub(r' (?:width|height)="[^"]*"', '', part) for part in (m[1], m[3])]
            return m[0] if dpi < 1.5 * _INCH else f'<img width="{round(width * _INCH / dpi)}"{plain[0]}src="{m[2]}"{plain[1]}>'
        text = path.read_text(encoding='utf-8')
        new = re.sub(r'<img\b([^>]*)src="([^":]+\.png)"([^>]*)>', told, text)
        if new != text: path.write_text(new, encoding='utf-8')

def reachable(site):
    "Let the keyboard reach what opens a group of the sidebar, which the renderers make links without an address"
    for path in site.rglob('*.html'):
        text = path.read_text(encoding='utf-8')
        new = re.sub(r'<a (?=[^>]*data-bs-toggle="collapse")(?![^>]*href=)([^>]*data-bs-target="(#[^"]*)"[^>]*)>', r'<a href="\2" \1>', text)
        new = new.replace('role="navigation"', 'role="button"')
        if new != text: path.write_text(new, encoding='utf-8')

def foreign(
    site # folder of the website
) -> list: # one line for each
    "What pages would load from other hosts: scripts, styles, fonts, pictures, frames"
    found = []
    for path in sorted(p for p in site.rglob('*') if p.suffix in ('.html', '.css')):
        text = path.read_text(encoding='utf-8')
        pattern = r'url\(["\']?(?:https?:)?//[^)]+|@import[^;]*//[^;]*' if path.suffix == '.css' else r'<(?:script|img|iframe|source|video)\b[^>]*\bsrc="(?:https?:)?//[^"]*|<link\b(?=[^>]*\brel="[^"]*(?:stylesheet|icon|preload))[^>]*\bhref="(?:https?:)?//[^"]*'
        found += [f'{path.relative_to(site)}: loads from another host: {m[:120]}' for m in re.findall(pattern, text)]
    return found

def undescribed(
    site # folder of the website
) -> list: # one line for each
    "Figures without a text for those who cannot see them"
    found = []
    for path in sorted(p for p in site.rglob('*.html') if 'site_libs' not in p.parts):
        images = re.findall(r'<img\b[^>]*>', path.read_text(encoding='utf-8'))
        bare = sum(not re.search(r'\balt="[^"]+"|role="presentation"|aria-hidden="true"', i) for i in images)
        if bare: found.append(f'{path.relative_to(site)}: {bare} figures without #| fig-alt')
    return found

def build():
    "Render the notebooks as they are stored; returns the folder of the website and the address it is made for"
    from nbdev.config import get_config
    from nbdev.quarto import refresh_quarto_yml
    from nbdev.serve import proc_nbs
    cfg = get_config()
    url, root = cfg.doc_host + cfg.doc_baseurl, cfg.config_path
    sidebar = yaml.safe_load((cfg.nbs_path/'sidebar.yml').read_text(encoding='utf-8'))['website']['sidebar']['contents']
    if lost := pages.missing(cfg.nbs_path, sidebar): sys.exit(f'nbs/sidebar.yml: expected every notebook in one of its groups, not found: {", ".join(lost)}')
    if same := pages.twice(cfg.nbs_path): sys.exit(f'nbs: expected names that differ by more than their numbers, got {same}; rename all but one')
    shutil.rmtree(root/'_proc', ignore_errors=True)
    refresh_quarto_yml()
    proc = proc_nbs()
    pages.improve(proc, cfg.nbs_path, root, cfg.git_url)
    names = {}
    if shutil.which('quarto'): subprocess.run(['quarto', 'render', str(proc)], check=True)
    else:
        try: from smalldocs.cli import main as smalldocs
        except ImportError: sys.exit('There is no Quarto here (https://quarto.org), and smalldocs, which could stand in for it, needs Python 3.11.')
        names = read_output_names(proc)
        said = proc/'_quarto.yml'   # smalldocs goes by the visitor's colours anyway, and `typeset` writes its formulas
        said.write_text(re.sub(r'^ *(respect-user-color-scheme|html-math-method):.*\n', '', said.read_text(encoding='utf-8'), flags=re.M), encoding='utf-8')
        if smalldocs(['render', str(proc), '--strict']): sys.exit('The website has the faults listed above.')
    rename(proc/cfg.doc_path.name, names)
    shutil.rmtree(cfg.doc_path, ignore_errors=True)
    shutil.move(proc/cfg.doc_path.name, cfg.doc_path)
    link_locally(cfg.doc_path, url)
    typeset(cfg.doc_path)
    sized(cfg.doc_path)
    columns_whole(cfg.doc_path)
    reachable(cfg.doc_path)
    keep_home(cfg.doc_path)
    lean(cfg.doc_path)
    pages.llms_txt(cfg.doc_path, url, cfg.title, cfg.description, sidebar, cfg.nbs_path)
    return cfg.doc_path, url

if __name__ == '__main__':
    site, url = build()
    faults = broken(site, url) + unfinished(site) + foreign(site) + undescribed(site)
    for fault in faults: print(fault)
    if faults: sys.exit(f'{len(faults)} faults in {site}')
    print(f'{len(list(site.rglob("*.html")))} pages, all links and pictures there: open {site}/index.html')
