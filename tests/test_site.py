"The website in a real browser: every page at two widths and in both colour schemes, its navigation, search and keyboard."
import functools, http.server, os, subprocess, sys, threading
from pathlib import Path
import pytest
from browser import WIDTHS, faint, look, sideways, unnamed

pytestmark = pytest.mark.slow

@pytest.fixture(scope='module')
def folder(root, chromium):
    "The website: what SITE names, as `make docs` has built it, or built now"
    if 'SITE' in os.environ: return Path(os.environ['SITE'])
    pytest.importorskip('smalldocs', reason='smalldocs, which renders the website without Quarto, needs Python 3.11')
    done = subprocess.run([sys.executable, root/'tools'/'docs.py'], cwd=root, text=True, capture_output=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return root/'_docs'

@pytest.fixture(scope='module')
def site(folder):
    "Its address here, where it is served as anywhere else"
    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *args): pass
    with http.server.ThreadingHTTPServer(('127.0.0.1', 0), functools.partial(Quiet, directory=str(folder))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f'http://127.0.0.1:{server.server_port}/'
        server.shutdown()

@pytest.fixture
def pages(folder): return sorted(p.relative_to(folder).as_posix() for p in folder.rglob('*.html') if 'site_libs' not in p.parts)

@pytest.mark.parametrize('dark', [False, True], ids=['light', 'dark'])
@pytest.mark.parametrize('width', WIDTHS.values(), ids=WIDTHS)
def test_every_page(site, pages, visitor, width, dark):
    # legible, named, in order, not wider than the screen, without errors, and nothing from other hosts
    page, found, foreign = visitor(width, dark), [], []
    page.on('request', lambda r: r.url.startswith((site, 'data:')) or foreign.append(r.url))
    for name in pages:
        page.goto(site + name)
        look(page, f'{name.replace("/", "-")[:-5]}-{width}-{"dark" if dark else "light"}')
        wide, what = sideways(page)
        found += [f'{name}: {f}' for f in [*page.faults, *foreign, *faint(page), *([] if dark else unnamed(page)), *([f'{wide} pixels too wide: {what}'] if wide else [])]]
        page.faults.clear(); foreign.clear()
    assert len(pages) > 50 and not found, '\n'.join(found)

def test_landing_page_is_light(site, visitor):
    page, sizes = visitor(WIDTHS['phone']), []
    page.on('response', lambda r: sizes.append(len(r.body())))
    page.goto(site)
    page.wait_for_load_state('networkidle')
    assert page.locator('main img').first.bounding_box()['y'] < 900, 'the picture is seen at once'
    assert sum(sizes) < 1e6, sizes

def test_sidebar_leads_to_a_page_by_keyboard_alone(site, visitor):
    page = visitor()
    page.goto(site)
    group = page.locator('#quarto-sidebar a.sidebar-item-text', has_text='How-to')
    group.focus()
    page.keyboard.press('Enter')
    link = page.locator('#quarto-sidebar a', has_text='How to forecast a CSV file')
    link.wait_for(state='visible')
    link.focus()
    page.keyboard.press('Enter')
    page.wait_for_url('**/howto/forecast_csv.html')
    assert page.locator('h1').inner_text() == 'How to forecast a CSV file'

def test_focus_goes_down_the_page_and_is_seen(site, visitor):
    page, tops = visitor(), []
    page.goto(site + 'get_started.html')
    for _ in range(30):
        page.keyboard.press('Tab')
        seen = page.evaluate('''() => { const e = document.activeElement, s = getComputedStyle(e), r = e.getBoundingClientRect()
            return [e.closest('#quarto-header, #quarto-sidebar, #quarto-margin-sidebar, main, footer')?.id, s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2 || s.boxShadow !== 'none', e.outerHTML.slice(0, 90), r.width > 0] }''')
        assert seen[1] and seen[3], seen
        if not tops or tops[-1] != seen[0]: tops.append(seen[0])
    assert tops[:2] == ['quarto-header', 'quarto-sidebar'] and len(tops) == len(set(tops)) >= 4, tops

@pytest.mark.parametrize('asked,first', [('how to forecast my csv', 'How to forecast a CSV file'), ('fit_switching', 'Switching systems'), ('exit codes', 'The command line'),
                                         ('is my forecast any good', 'any good')])
def test_search_finds(site, visitor, asked, first):
    page = visitor()
    page.goto(site)
    page.get_by_role('button', name='Search').click()
    page.get_by_role('searchbox', name='Search').fill(asked)
    hits = page.locator('.smalldocs-search-results a')
    hits.first.wait_for(state='visible')
    found = hits.all_inner_texts()
    assert any(first in t for t in found[:3]), found

def test_dark_and_light_are_chosen_and_kept(site, visitor):
    page, paper = visitor(), 'getComputedStyle(document.body).backgroundColor'
    page.goto(site)
    light = page.evaluate(paper)
    page.locator('.quarto-color-scheme-toggle').first.click()
    page.wait_for_function(f'{paper} !== "{light}"')
    dark = page.evaluate(paper)
    page.goto(site + 'get_started.html')
    assert light == 'rgb(255, 255, 255)' and page.evaluate(paper) == dark
    page.locator('.quarto-color-scheme-toggle').first.click()
    page.wait_for_function(f'{paper} === "{light}"')

def test_menu_opens_on_a_phone(site, visitor):
    page = visitor(WIDTHS['phone'])
    page.goto(site)
    page.get_by_role('button', name='Toggle navigation').click()
    page.locator('#navbarCollapse a', has_text='Get started').click()
    page.wait_for_url('**/get_started.html')

def test_code_can_be_copied(site, visitor):
    page = visitor(permissions=['clipboard-read', 'clipboard-write'])
    page.goto(site + 'get_started.html')
    block = page.locator('main div.sourceCode, main pre').first
    block.hover()
    page.locator('main .code-copy-button').first.click()
    assert 'pip install' in page.evaluate('navigator.clipboard.readText()')
