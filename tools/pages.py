"""What the notebooks that nbdev has processed need to be pages: entries for classes with their methods, a table of what a
module has, long checks folded, and the pages that are made of files beside the notebooks."""
import ast, base64, enum, functools, importlib, inspect, json, re, sys
from fastcore.docments import docments

CODE_OR_MATH = re.compile(r'(`+[^`]*`+|\$[^$\s](?:[^$]*[^$\s])?\$)')

def plain(
    text # a docstring or a comment
) -> str: # markdown that shows it: code and formulas as they are, nothing else with a meaning
    "Text for the reader, in which only `code` and $formulas$ are special"
    parts = CODE_OR_MATH.split(' '.join((text or '').split()))
    return ''.join(p if i % 2 else re.sub(r'[*~^@<>|\\]|(?<=-)-', r'\\\g<0>', p) for i, p in enumerate(parts))

def default(
    value, # of an argument
    module # whose names may stand for it
) -> str:  # as one would write it
    "A default as it is written"
    if isinstance(value, enum.Enum): return f'{type(value).__name__}.{value.name}'
    named = next((k for k, v in vars(module).items() if v is value and not isinstance(v, (int, str, float, bool, tuple, type(None)))), None)
    if named: return named
    if callable(value) and hasattr(value, '__name__'): return value.__name__
    text = re.sub(r'^(-?)0\.', r'\g<1>0.', repr(value))
    return text if len(text) <= 60 else '…'

def kind(
    annotation # of an argument
) -> str: # '' for none
    "A type as a reader needs it, without the modules that it comes from"
    if annotation in (None, inspect.Parameter.empty): return ''
    text = annotation if isinstance(annotation, str) else inspect.formatannotation(annotation)
    return re.sub(r'\b(?:\w+\.)+(?=\w)', '', text).replace(' | None', ' or None').replace(' | ', ' or ')

def parameters(f):
    "The arguments of a function or a class, without the one that is bound"
    try: pars = list(inspect.signature(f).parameters.values())
    except (ValueError, TypeError): return []
    return [p for i, p in enumerate(pars) if not (i == 0 and p.name in ('self', 'cls'))]

def written(p, module):
    "An argument in a signature"
    stars = {p.VAR_POSITIONAL: '*', p.VAR_KEYWORD: '**'}.get(p.kind, '')
    return stars + p.name + ('' if p.default is p.empty else f'={default(p.default, module)}')

def signature(name, f, module, before='', width=78):
    "A call with its defaults, in lines that fit"
    pars, out = parameters(f), []
    for i, p in enumerate(pars):
        if p.kind is p.KEYWORD_ONLY and not any(q.kind in (p.KEYWORD_ONLY, p.VAR_POSITIONAL) for q in pars[:i]): out.append('*')
        out.append(written(p, module))
    lines, indent = [f'{before}{name}('], len(before + name) + 1
    for i, a in enumerate(out):
        a += ',' if i < len(out) - 1 else ')'
        if len(lines[-1]) + len(a) + 1 > width and lines[-1].strip() and i: lines.append(' ' * indent + a)
        else: lines[-1] += (' ' if i and not lines[-1].endswith('(') else '') + a
    if not out: lines[-1] += ')'
    return '\n'.join(lines)

def explained(f, module):
    "The arguments one by one, and what comes back, as a list of definitions; '' where nothing is said of them"
    try: told = docments(f, full=True)
    except Exception: return ''
    rows = []
    for p in parameters(f):
        d = told.get(p.name) or {}
        words = d.get('docment')
        if isinstance(words, (list, tuple)): words = ' '.join(map(str, words))
        facts = [k for k in (kind(p.annotation),) if k] + ([f'`{default(p.default, module)}`'] if p.default is not p.empty else [])
        rows.append((f'`{ {p.VAR_POSITIONAL: "*", p.VAR_KEYWORD: "**"}.get(p.kind, "") }{p.name}`', ' = '.join(facts) if len(facts) == 2 else '= ' + facts[0] if facts and p.default is not p.empty else ''.join(facts), words))
    back = told.get('return') or {}
    if back.get('docment'): rows.append(('returns', kind(back.get('anno')), back['docment']))
    if not any(words for *_, words in rows): return ''
    item = lambda name, facts, words: f'{name}' + (f' [{facts}]{{.kind}}' if facts else '') + f'\n:   {plain(words) or "…"}\n'
    return '\n' + '\n'.join(item(*r) for r in rows)

def methods(
    cls, # a class
    elsewhere=() # names with an entry of their own
) -> tuple: # two lists of (name, the member, the word before it), in the order of the source: those to tell, and those that only do in their own way what a public parent tells
    "What of a class one may call or read: public, its own, not told elsewhere"
    told, own = {}, []
    for c in [cls, *parents(cls)[1]]: told |= {k: m for k, m in vars(c).items() if k not in told}
    known = {name for b in parents(cls)[0] for c in b.__mro__ if c.__module__.startswith('dynmoe') for name in vars(c)}
    for name, m in told.items():
        if (name.startswith('_') and name != '__call__') or f'{cls.__name__}.{name}' in elsewhere: continue
        if isinstance(m, (classmethod, staticmethod)): own.append((name, m.__func__, type(m).__name__))
        elif isinstance(m, (property, functools.cached_property)): own.append((name, getattr(m, 'fget', None) or m.func, 'property'))
        elif inspect.isfunction(m): own.append((name, m, ''))
    again = [m for m in own if not m[1].__doc__ and m[0] in known]
    return [m for m in own if m not in again], again

def parents(cls):
    "What a class is a kind of: the nearest public classes of this package, and the private ones on the way, whose methods are its own to a reader"
    public, private = [], []
    for b in cls.__bases__:
        if not b.__module__.startswith('dynmoe'): continue
        if not b.__name__.startswith('_'): public.append(b)
        else: private.append(b); more = parents(b); public += more[0]; private += more[1]
    return list(dict.fromkeys(public)), private

def entry(
    name,         # as the module knows it, 'Class.method' for methods
    obj,          # what it is
    module,       # where it is
    level=3,      # of its heading
    source='',    # link to its code, in markdown
    elsewhere=()  # names with an entry of their own: methods that are told beside their example
) -> str: # markdown
    "What the reference says of a function, a method or a class"
    out = ['---', source, f'{"#" * level} {name}']
    is_class = inspect.isclass(obj)
    if isinstance(obj, (property, functools.cached_property)):
        f = getattr(obj, 'fget', None) or obj.func
        return '\n\n'.join(filter(None, [*out, f'```python\nproperty {name}\n```', plain(f.__doc__)])) + '\n'
    own = not is_class or not issubclass(obj, enum.Enum)
    out.append('```python\n' + (signature(name, obj, module, 'class ' if is_class else '') if own else f'class {name}(Enum)') + '\n```')
    out.append(plain(obj.__doc__ if not is_class or '__doc__' in vars(obj) and not (obj.__doc__ or '').startswith(f'{obj.__name__}(') else ''))
    if own: out.append(explained(obj, module))
    if not is_class: return '\n\n'.join(filter(None, out)) + '\n'
    bases = [b.__name__ for b in parents(obj)[0]]
    if bases: out.append('A kind of ' + ' and '.join(f'`{b}`' for b in bases) + ', whose methods it has too.')
    if not own: out += [f'- `{name}.{m.name}`' for m in obj]
    own, again = methods(obj, elsewhere)
    if again: out.append('In its own way: ' + ', '.join(f'`{m}`' if before == 'property' else f"`{signature(m, f, module, width=999)}`" for m, f, before in again) + '.')
    for method, f, before in own:
        out.append(f'{"#" * (level + 1)} {name}.{method}'.replace('__', r'\_\_'))
        call = f'{name}.{method}' if method != '__call__' else name.lower()
        out.append('```python\n' + (f'property {call}' if before == 'property' else signature(call, f, module, before and before + ' ')) + '\n```')
        out += [plain(f.__doc__), explained(f, module) if before != 'property' else '']
    return '\n\n'.join(filter(None, out)) + '\n'

def first(text):
    "The first sentence or line of a docstring, without its full stop"
    return plain((text or '').strip().split('\n')[0]).rstrip('.')

def anchor(name):
    "The id that a heading gets"
    return re.sub(r'[^\w.\- ]', '', name.lower()).strip().replace(' ', '-').lstrip('_-.0123456789')

def contents(
    module, # of a page
    shown,  # names that have an entry on it
    daily   # names that `dynmoe.all` has
) -> str: # markdown: what one uses in a table, and what that is made of in one that is folded
    "What a module has, that first which one uses"
    row = lambda n: f'| [`{n}`](#{anchor(n)}) | {first(functools.reduce(getattr, n.split("."), module).__doc__)} |'
    names = [n for n in shown if '.' not in n and n[0] != '_' and hasattr(module, n)]
    used, parts = [n for n in daily if n in names], [n for n in names if n not in daily]
    if not used: used, parts = parts, []
    table = lambda ns: '\n'.join(['| | |', '|:--|:--|', *map(row, ns)])
    if not used: return ''
    brief = module.__name__.split('.')[-1]
    how = f"""```python
from {module.__name__} import {', '.join(used)}
```""" if parts else f'Module `{module.__name__}`.'
    out = [how, f'::: {{.contents}}\n{table(used)}\n:::']
    if parts: out.append(f'<details class="contents"><summary>What it is made of ({len(parts)} more in <code>{brief}</code>)</summary>\n\n{table(parts)}\n\n</details>')
    return '\n\n'.join(out) + '\n\n'

def overview(
    module, # that has names of others, as `dynmoe.all` has
    titles  # of the pages of modules
) -> str: # markdown: a table for each module that they come from, the last one first, since it is made of the others
    "What a module brings from others"
    groups = {}
    for name in module.__all__:
        obj = getattr(module, name)
        home = getattr(obj, '__module__', None) or next(m for m, v in sys.modules.items() if m.startswith('dynmoe.') and m != module.__name__ and getattr(v, name, None) is obj)
        groups.setdefault(home.split('.')[-1], []).append(f'| `{name}` | {first(obj.__doc__) if callable(obj) else "a dictionary: what names stand for"} |\n')
    return '\n\n'.join(f'## {titles.get(home, home)}\n\n::: {{.contents}}\n| | |\n|:--|:--|\n{"".join(rows)}:::' for home, rows in reversed(groups.items()))

CHECKS = re.compile(r'^(assert\b|test_\w+\(|with\b.*(ExceptionExpected|raises))')

def folded(
    source, # of a code cell
    long=8  # lines from which a cell that checks, and shows nothing, is folded
) -> bool:
    "Whether a cell without an output is checks that do not teach: nothing but checks, or many lines of them"
    try: tree = ast.parse(re.sub(r'^[%!].*$', '', source, flags=re.M)).body
    except SyntaxError: return False
    checks = [bool(CHECKS.match(ast.unparse(s))) for s in tree]
    inside = any(CHECKS.match(ast.unparse(n)) for s in tree for n in ast.walk(s) if isinstance(n, (ast.Assert, ast.Expr, ast.With)))
    return inside and (all(checks) and len(checks) > 2 or len(source.strip().splitlines()) > long)

SHOW = re.compile(r'^show_doc\(([\w.]+)', re.M)
NESTED = re.compile(r'\[\[(`[^`]+`)\]\([^)]*\)\]\(')   # nbdev makes links of names in the text of links, too
PRIVATE = re.compile(r'\[(`_\w+`)\]\([^)]*\)')            # names that have no entry to lead to
HEADING = re.compile(r'^(#{1,6}) ', re.M)

def page(
    nb,     # a processed notebook
    module, # what it exports, or None
    daily,  # names that `dynmoe.all` has
    link=lambda text: text, # what makes links of names
    titles=None # of the pages of modules
):
    "Give a processed notebook its entries and its table of contents, and fold its checks"
    nb['metadata'].pop('widgets', None)                                    # Quarto would load their scripts from elsewhere
    cells = [dict(c, source=''.join(c['source'])) for c in nb['cells']]
    shown = [m[1] for c in cells if c['cell_type'] == 'code' and (m := SHOW.search(c['source']))]
    if module:
        text = contents(module, shown, daily)
        if text: cells.insert(1, dict(cell_type='markdown', metadata={}, source=text))     # after title and sentence
        if not shown and getattr(module, '__all__', []): cells.append(dict(cell_type='markdown', metadata={}, source=link(overview(module, titles or {}))))
    level = 1
    for c in cells:
        if c['cell_type'] == 'markdown':
            c['source'] = PRIVATE.sub(r'\1', NESTED.sub(r'[\1](', c['source']))
            found = HEADING.findall(re.sub(r'^```.*?^```', '', c['source'], flags=re.M | re.S))
            if found: level = len(found[-1])
        if c['cell_type'] != 'code': continue
        for data in (o['data'] for o in c['outputs'] if 'image/png' in o.get('data', {})):
            data['image/png'] = base64.b64encode(small(base64.b64decode(''.join(data['image/png'])))).decode()
        m = SHOW.search(c['source'])
        if m and module and c['outputs']:
            name, old = m[1], ''.join(c['outputs'][0]['data'].get('text/markdown', ''))
            obj = module
            for part in name.split('.'): obj = inspect.getattr_static(obj, part) if inspect.isclass(obj) and isinstance(inspect.getattr_static(obj, part, None), property) else getattr(obj, part)
            source = re.search(r'^\[source\].*$', old, re.M)
            at = min(4 if '.' in name else 3, level + 1)
            c['outputs'][0]['data'] = {'text/markdown': link(entry(name, obj, module, at, source[0] if source else '', shown))}
            level = at + (inspect.isclass(obj) and bool(methods(obj, shown)[0]))
        elif not c['outputs'] and 'code-fold' not in c['source'] and folded(c['source']):
            c['source'] = '#| code-fold: true\n#| code-summary: "Checks"\n' + c['source']
    nb['cells'] = cells

def front(title, description, text): return f'---\ntitle: {json.dumps(title)}\ndescription: {json.dumps(description)}\n---\n\n{text}'

def small(
    png:bytes # a picture
) -> bytes: # the same in 256 colours, if that is less
    "Drawings have few colours: saying which, instead of how much red, green and blue, takes a third of the bytes"
    import io
    from PIL import Image
    im = Image.open(io.BytesIO(png))
    if im.mode == 'P': return png
    paper = Image.new('RGB', im.size, 'white')
    paper.paste(im, mask=im.getchannel('A') if im.mode in ('RGBA', 'LA') else None)
    out = io.BytesIO()
    told = {'dpi': im.info['dpi']} if 'dpi' in im.info else {}
    paper.quantize(256, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).save(out, 'png', optimize=True, **told)
    return min(png, out.getvalue(), key=len)

def beside(root, repo):
    "The pages that are files of the repository: name -> text"
    here = lambda name: (root/name).read_text(encoding='utf-8')
    body = lambda name: re.sub(r'\A# .*\n', '', here(name)).strip() + '\n'
    import yaml
    cite = yaml.safe_load(here('CITATION.cff'))
    bibtex = ('@software{dynmoe,\n  title = {' + cite['title'] + '},\n  author = {' + ' and '.join('{' + a['name'] + '}' for a in cite['authors']) + '},\n'
              f"  version = {{{cite['version']}}},\n  url = {{{cite['repository-code']}}}\n}}")
    return {'contributing.qmd': front('Contributing', 'How the project is set up, changed and checked', body('CONTRIBUTING.md')),
            'changelog.qmd': front('Changelog', 'What changed, and which numbers with it', body('CHANGELOG.md')),
            'citation.qmd': front('Citation', 'How to cite this software', f"{cite['message']}\n\n```bibtex\n{bibtex}\n```\n\nThe papers of the methods are named where the methods are: [AME-ODE](26_ameode.ipynb), [DynaMix](28_dynamix.ipynb). "
                                  f"For programs there is [CITATION.cff]({repo}/blob/main/CITATION.cff).\n")}

def listed(contents) -> list:
    "The pages that a sidebar names, in order, as paths or globs"
    out = []
    for item in contents or ():
        if isinstance(item, str): out.append(item)
        else: out += [item[k] for k in ('href', 'file') if k in item] + listed(item.get('contents') if not isinstance(item.get('contents'), str) else [item['contents']])
    return out

def missing(
    nbs,     # folder of the notebooks
    sidebar  # contents of the sidebar
) -> list: # their names
    "Notebooks that are in no group of the sidebar"
    globs = listed(sidebar)
    return [p.relative_to(nbs).as_posix() for p in sorted(nbs.rglob('*.ipynb')) if not any(x.startswith(('_', '.')) for x in p.relative_to(nbs).parts) and not any(p.relative_to(nbs).match(g) for g in globs)]

def twice(
    nbs # folder of the notebooks
) -> list: # of lists of their names
    "Notebooks that would be one page, since the numbers of their names do not count"
    same = {}
    for p in sorted(nbs.rglob('*.ipynb')): same.setdefault(p.parent/re.sub(r'^\d+_', '', p.name), []).append(p.name)
    return [names for names in same.values() if len(names) > 1]

def titled(text, titles):
    "Notebooks call each other by the names of their files; readers see titles"
    return re.sub(r'\[`?(\d\d_\w+)`?\](?=\((?:\.\./)?\1\.ipynb)', lambda m: f'[{titles.get(m[1], m[1])}]', text)

def improve(proc, nbs, root, repo):
    "Make pages of the processed notebooks in `proc`, and of files beside them"
    from nbdev.doclinks import NbdevLookup
    titles = {p.stem: json.loads(p.read_text(encoding='utf-8'))['cells'][0]['source'] for p in nbs.glob('*.ipynb')}
    titles = {k: ''.join(v).split('\n')[0].lstrip('# ') for k, v in titles.items()}
    daily, look = importlib.import_module('dynmoe.all').__all__, NbdevLookup()
    link = lambda text: PRIVATE.sub(r'\1', look.linkify(text))
    for path in sorted(proc.rglob('*.ipynb')):
        exported = re.search(r'#\| *default_exp (\w+)', (nbs/path.relative_to(proc)).read_text(encoding='utf-8'))
        nb = json.loads(titled(path.read_text(encoding='utf-8'), titles))
        page(nb, exported and importlib.import_module(f'dynmoe.{exported[1]}'), daily, link, {re.sub(r'^\d+_', '', k): v for k, v in titles.items()})
        path.write_text(json.dumps(nb, indent=1, ensure_ascii=False), encoding='utf-8')
    for name, text in beside(root, repo).items(): (proc/name).write_text(text, encoding='utf-8')

def llms_txt(
    site,    # folder of the website
    url,     # where it is published
    title, description,
    sidebar, # contents of the sidebar, whose groups are its parts
    nbs      # folder of the notebooks, whose numbers are their order
):
    "Write `llms.txt`: what each page is about, for programs that read (llmstxt.org)"
    lines, pages = [f'# {title}', '', f'> {description}', ''], {}
    for path in sorted(site.rglob('*.html')):
        text = path.read_text(encoding='utf-8')
        of = lambda pattern, text=text: (re.search(pattern, text, re.S) or ['', ''])[1].strip()
        pages[path.relative_to(site).as_posix()] = (of(r'<title>(.*?)(?: [–-] [^<]*)?</title>'), of(r'<meta name="description" content="([^"]*)"'))
    html = lambda src: re.sub(r'(^|/)\d+_', r'\1', re.sub(r'\.(ipynb|qmd|md)$', '.html', src))
    for group in sidebar:
        if isinstance(group, str) or 'section' not in group: continue
        lines += [f'## {group["section"]}', '']
        for pattern in listed(group.get('contents') if isinstance(group.get('contents'), list) else [group.get('contents')]):
            for name in [html(pattern)] if '*' not in pattern else [html(p.relative_to(nbs).as_posix()) for p in sorted(nbs.glob(pattern))]:
                if name in pages: lines.append(f'- [{pages[name][0]}]({url}/{name})' + (f': {pages[name][1]}' if pages[name][1] else ''))
        lines.append('')
    (site/'llms.txt').write_text('\n'.join(lines).rstrip() + '\n', encoding='utf-8')
