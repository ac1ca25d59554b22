"""A real browser for tests: Chromium, driven by Playwright. Set CHROMIUM to the path of one that is not found by itself,
and SCREENSHOTS to a folder to look at what the tests see."""
import os, shutil
from pathlib import Path
import pytest

_FOUND = os.environ.get('CHROMIUM') or next(filter(None, map(shutil.which, ('chromium', 'chromium-browser', 'google-chrome'))), None)
WIDTHS = dict(phone=390, desk=1400)

@pytest.fixture(scope='module')   # not of the session: while it is open, no other test could run an event loop
def chromium():
    "A browser; skips where there is none"
    api = pytest.importorskip('playwright.sync_api', reason='playwright is not installed: pip install playwright')
    if not _FOUND: pytest.skip('no Chromium is on the path; CHROMIUM may name one')
    with api.sync_playwright() as p:
        browser = p.chromium.launch(executable_path=_FOUND, args=['--no-sandbox'])
        yield browser
        browser.close()

@pytest.fixture
def visitor(chromium):
    "A function width, dark -> the empty page of a new visitor, whose list `faults` takes errors of scripts and of loading"
    visitors = []
    def new(width=WIDTHS['desk'], dark=False, **options):
        visitors.append(chromium.new_context(viewport=dict(width=width, height=900), color_scheme='dark' if dark else 'light', **options))
        page = visitors[-1].new_page()
        page.faults = []
        page.on('console', lambda m: m.type == 'error' and page.faults.append(m.text))
        page.on('pageerror', lambda e: page.faults.append(str(e)))
        page.on('response', lambda r: r.status >= 400 and page.faults.append(f'{r.status} {r.url}'))
        return page
    yield new
    for v in visitors: v.close()

def look(page, name):
    "Keep a picture of all of a page, if SCREENSHOTS names a folder"
    if folder := os.environ.get('SCREENSHOTS'): page.screenshot(path=Path(folder)/f'{name}.png', full_page=True)

def sideways(page):
    "How far a page scrolls to the side [pixels], and what sticks out"
    return page.evaluate('''() => { const w = document.documentElement.clientWidth, over = document.documentElement.scrollWidth - w
        return [over, over > 0 ? [...document.body.querySelectorAll('*')].filter(e => e.getBoundingClientRect().right > w + 1).slice(0, 5).map(e => e.outerHTML.slice(0, 90)) : []] }''')

def faint(page, least=4.5):
    "Texts whose contrast with what is behind them is less than that (large ones: less than 3), as WCAG measures it"
    return page.evaluate('''least => {
        const rgba = s => { const v = s.match(/[\\d.]+/g).map(Number); return s.startsWith('color(') ? [...v.slice(0, 3).map(x => 255 * x), v[3] ?? 1] : [v[0], v[1], v[2], v[3] ?? 1] }
        const over = (a, b) => [0, 1, 2].map(i => a[i] * a[3] + b[i] * (1 - a[3])).concat(1)
        const behind = e => { const layers = []; for (; e; e = e.parentElement) layers.push(rgba(getComputedStyle(e).backgroundColor))
            return layers.reverse().reduce((b, a) => over(a, b), rgba(matchMedia('(prefers-color-scheme: dark)').matches && getComputedStyle(document.documentElement).colorScheme.includes('dark') ? 'rgb(18,18,18)' : 'rgb(255,255,255)')) }
        const light = c => { const [r, g, b] = c.map(x => (x /= 255) <= .03928 ? x / 12.92 : ((x + .055) / 1.055) ** 2.4); return .2126 * r + .7152 * g + .0722 * b }
        const found = new Set()
        const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
        for (let t; t = walk.nextNode();) {
            const e = t.parentElement, s = getComputedStyle(e)
            if (!t.data.trim() || !e.checkVisibility({opacityProperty: true, visibilityProperty: true}) || e.closest('[disabled], svg, script, style, noscript') || !e.getClientRects().length) continue
            const b = behind(e), [x, y] = [light(over(rgba(s.color), b)), light(b)].sort((p, q) => q - p), size = parseFloat(s.fontSize)
            const ratio = (x + .05) / (y + .05), enough = size >= 24 || size >= 18.66 && s.fontWeight >= 700 ? Math.min(3, least) : least
            if (ratio < enough) found.add(`${ratio.toFixed(2)}: ${t.data.trim().slice(0, 40)} <${e.tagName.toLowerCase()} class="${e.className}">`)
        }
        return [...found] }''', least)

def unnamed(page):
    "What can be operated or seen and has no name for those who cannot see it: controls, links and images; and headings that skip a level"
    return page.evaluate('''() => {
        const shown = e => e.checkVisibility() && e.getClientRects().length, text = e => (e.innerText || '').trim()
        const named = e => e.getAttribute('aria-label') || (e.getAttribute('aria-labelledby') || '').split(' ').some(i => i && text(document.getElementById(i) || {})) || e.title || [...(e.labels || [])].some(text) || text(e) || e.querySelector('img[alt]:not([alt=""]), svg title') || e.alt
        const bad = [...document.querySelectorAll('a[href], button, input:not([type=hidden]), select, textarea, [role=button]')].filter(e => shown(e) && !(e.type === 'submit' && e.value) && !named(e)).map(e => e.outerHTML.slice(0, 120))
        bad.push(...[...document.querySelectorAll('img')].filter(e => shown(e) && !e.hasAttribute('alt') && e.getAttribute('role') !== 'presentation').map(e => e.outerHTML.slice(0, 80)))
        const levels = [...document.querySelectorAll('h1, h2, h3, h4, h5, h6')].filter(shown).map(e => [+e.tagName[1], text(e)])
        if (levels.filter(([n]) => n === 1).length !== 1) bad.push(`${levels.filter(([n]) => n === 1).length} headings of the first level`)
        levels.forEach(([n, t], i) => { if (i && n > levels[i - 1][0] + 1) bad.push(`h${n} after h${levels[i - 1][0]}: ${t}`) })
        return bad }''')
