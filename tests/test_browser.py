"What the checks of pages in the browser are there for, they find."
import pytest
from browser import faint, sideways, unnamed

_GOOD = '''<!doctype html><html lang="en"><meta name="viewport" content="width=device-width"><h1>A</h1><h2>B</h2><p style="color:#555;background:#fff">text</p>
<label>name <input></label><button>go</button><a href="#x">there</a><img alt="a curve" width="9" height="9" src="data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw==">'''

def test_a_good_page_passes(visitor):
    page = visitor(390)
    page.set_content(_GOOD)
    assert page.faults == [] and sideways(page) == [0, []] and faint(page) == [] and unnamed(page) == []

@pytest.mark.parametrize('fault,check', [
    ('<p style="color:#999">pale</p>', faint), ('<p style="background:#222"><span>black on black</span></p>', faint), ('<p style="color:#fffa">see-through</p>', faint),
    ('<p style="width:600px">wide</p>', lambda page: sideways(page)[0]), ('<pre>' + 'long ' * 99 + '</pre>', lambda page: sideways(page)[0]),
    ('<input>', unnamed), ('<button></button>', unnamed), ('<a href="#y"></a>', unnamed), ('<img width="9" height="9">', unnamed), ('<h4>skips</h4>', unnamed), ('<h1>second</h1>', unnamed)])
def test_fault_is_found(visitor, fault, check):
    page = visitor(390)
    page.set_content(_GOOD + fault)
    assert check(page)

def test_errors_of_scripts_are_kept(visitor):
    page = visitor()
    page.set_content(_GOOD + '<script>throw new Error("oh")</script>')
    assert page.faults == ['oh']

def test_visitors_have_their_own_colours_and_cookies(visitor):
    a, b = visitor(dark=True), visitor()
    assert [p.evaluate('matchMedia("(prefers-color-scheme: dark)").matches') for p in (a, b)] == [True, False]
    a.context.add_cookies([dict(name='k', value='v', url='http://localhost')])
    assert b.context.cookies() == []
