"`dynmoe app`: its limits without a browser, and all that a visitor does in one."
import io, os, re, signal, socket, subprocess, sys, time
from contextlib import contextmanager
from urllib.error import HTTPError
from urllib.request import urlopen
import numpy as np
import pandas as pd
import psutil
import pytest
from browser import WIDTHS, faint, look, sideways, unnamed
from dynmoe.app import LIMITS, Limits, Request, Session

WAVE = pd.DataFrame(dict(t=np.arange(300) / 10, angle=np.cos(np.arange(300) / 7), speed=-np.sin(np.arange(300) / 7)))
CSV = WAVE.round(6).to_csv(index=False).encode()

# Without a browser

@pytest.mark.parametrize('limits,said', [(Limits(seconds=.3), 'time: expected an answer within 0.3 seconds'), (Limits(memory=2**25), 'memory: expected enough')])
def test_an_answer_has_its_limits(limits, said):
    s = Session(limits)
    try:
        s.ask('look', Request('wave.csv', CSV)); first = s.wait()[-1]                       # until it is ready
        s.ask('answer', Request('lorenz63', horizon=5000)); last = s.wait()[-1]
        assert (last.kind, said in last.value) == ('failed', True), (first, last)
    finally: s.close()

def test_a_process_that_dies_is_replaced():
    s = Session()
    try:
        s.ask('answer', Request('lorenz63', horizon=5000))
        while not s._ready: s.poll()
        os.kill(s._worker.pid, signal.SIGKILL)
        assert s.wait()[-1].kind == 'failed'
        s.ask('look', Request('wave.csv', CSV))
        assert s.wait()[-1].value.names == ('angle', 'speed')
    finally: s.close()

@pytest.mark.parametrize('raw', [b'', b'\0' * 999, b'PK\x03\x04' + bytes(99), b'PAR1' + bytes(99), b'\x1f\x8b' + bytes(99), b'[' * 9999, b'a,b\n' * 9, b'\x93NUMPY' + bytes(99), '=cmd|x,1\n'.encode('utf-16')])
def test_no_file_gets_more_than_a_sentence(raw):
    from dynmoe.app import InputError, look
    with pytest.raises(InputError): look(Request('x', raw))

# In a browser

@contextmanager
def server(folder, **limits):
    "A server's address"
    with socket.socket() as s: s.bind(('localhost', 0)); port = s.getsockname()[1]
    what = ['-m', 'dynmoe', 'app', '--no-browser', '--port', str(port)] if not limits else ['-c', f'from dynmoe.page import serve; from dynmoe.app import Limits; serve(port={port}, browser=False, limits=Limits(**{limits}), say=lambda t: print(t, flush=True))']
    with open(folder/'log', 'w') as log:
        p = subprocess.Popen([sys.executable, *what], stdout=subprocess.PIPE, stderr=log, text=True, cwd=folder)
        try:
            first = p.stdout.readline()
            assert 'http://localhost' in first, first + (folder/'log').read_text()
            yield first.split()[0]
        finally:
            below = psutil.Process(p.pid).children(recursive=True)
            p.send_signal(signal.SIGTERM); p.wait(30)
    assert psutil.wait_procs(below, 20)[1] == []                                             # nothing goes on without it
    said = (folder/'log').read_text()
    assert 'Traceback' not in said, said

@pytest.fixture(scope='module')
def app(chromium, tmp_path_factory):
    pytest.importorskip('voila', reason='voila is not installed')
    with server(tmp_path_factory.mktemp('app')) as url: yield url

def enter(page, url):
    page.set_default_timeout(120_000)
    page.goto(url)
    page.get_by_role('heading', level=1).wait_for()
    return page

def send(page, name, content):
    with page.expect_file_chooser() as choice: page.locator('.widget-upload').click()
    choice.value.set_files([dict(name=name, mimeType='application/octet-stream', buffer=content)])

def upload(page, name, content):
    send(page, name, content)
    page.locator('.dm-understood img').wait_for()

def forecast(page):
    page.get_by_role('button', name='Forecast', exact=True).click()
    page.locator('.dm-status', has_text='Done').wait_for()

def saved(page, kind):
    with page.expect_download() as d: page.get_by_role('link', name=kind).click()
    return d.value.path().read_bytes()

def sound(page, name):
    look(page, name)
    assert (sideways(page)[0], faint(page), unnamed(page), page.faults) == (0, [], [], [])

@pytest.mark.parametrize('width,dark', [(WIDTHS['desk'], False), (WIDTHS['phone'], True)])
def test_an_example(app, visitor, width, dark):
    page, far = visitor(width, dark), []
    page.on('request', lambda r: far.append(r.url) if not r.url.startswith((app, 'data:', 'blob:', 'ws:')) else None)
    enter(page, app)
    sound(page, f'app-{width}-empty')
    page.get_by_role('button', name="Chua's circuit").click()
    page.locator('.dm-understood img').wait_for()
    sound(page, f'app-{width}-understood')
    forecast(page)
    sound(page, f'app-{width}-answer')
    headings = page.locator('.dm-answer h3').all_inner_texts()
    assert headings == ['Forecast', 'Phase portrait', 'Spectrum', 'Who speaks, and why', 'Equations', 'Regimes']
    assert '3 laws take turns' in page.locator('.dm-answer').inner_text()
    shown = page.evaluate('[...document.images].map(i => i.naturalWidth / i.clientWidth)')
    assert min(shown) > (1.5 if width < 700 else 1.1) and far == [], (shown, far)            # sharp, and nothing from elsewhere

def test_a_file_of_ones_own(app, visitor, tmp_path):
    page = enter(visitor(), app)
    upload(page, 'wave.csv', CSV)
    assert 'wave.csv: 300 rows, 2 channels: angle, speed; every 0.1 from 0 to 29.9' in page.locator('.dm-understood').inner_text()
    page.get_by_label('speed').uncheck()
    page.get_by_label('Steps to forecast').fill('7'); page.get_by_label('Seed').fill('3'); page.get_by_label('Rows to look at').fill('250'); page.keyboard.press('Tab')
    forecast(page)
    table = saved(page, 'Table (CSV)')
    back = pd.read_csv(io.BytesIO(table))
    assert list(back) == ['t', 'angle', 'angle 0.1', 'angle 0.9'] and np.allclose(back.t, 30 + np.arange(7) / 10) and np.allclose(back.angle, np.cos((300 + np.arange(7)) / 7), atol=.01)
    pd.testing.assert_frame_equal(pd.read_parquet(io.BytesIO(saved(page, 'Table (Parquet)'))), back.set_index('t'), rtol=1e-6)
    assert saved(page, 'Figure (PNG)').startswith(b'\x89PNG')
    (tmp_path/'wave.csv').write_bytes(CSV)
    code = saved(page, 'Python').decode()
    assert code == page.locator('details pre').text_content()
    done = subprocess.run([sys.executable, '-c', code], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert (tmp_path/'forecast.csv').read_bytes() == table                                   # the same, to the last digit

def test_a_wrong_file_gets_a_sentence_and_a_huge_one_is_not_even_sent(app, visitor):
    page, sent = enter(visitor(), app), []
    send(page, '<b>photo</b>.jpg', b'\xff\xd8\xff\xe0' + bytes(5000))
    told = page.get_by_role('alert'); told.wait_for()
    assert '<b>photo</b>.jpg: expected CSV' in told.inner_text()
    sound(page, 'app-wrong')
    page.on('websocket', lambda w: w.on('framesent', lambda data: sent.append(len(data))))
    send(page, 'big.csv', b'1\n' * (LIMITS.upload // 2 + 1))
    page.get_by_role('alert').filter(has_text='big.csv').wait_for()
    assert f'at most {LIMITS.upload / 1e6:.1f} MB' in told.inner_text() and max(sent, default=0) < 1000
    upload(page, 'as-large-as-may-be.csv', b'x\n' + b'1.5\n2.5\n' * ((LIMITS.upload - 2) // 8))
    assert page.get_by_role('alert').count() == 0

def test_what_can_be_read_in_two_ways(app, visitor):
    page = enter(visitor(WIDTHS['phone']), app)
    send(page, 'shops.csv', b'shop,day,sold\n' + b''.join(b'%s,%02d.01.2025,%d\n' % (s, d, d % 7) for s in (b'north', b'south') for d in range(1, 25)))
    page.get_by_role('alert').wait_for()
    assert 'series=' in page.get_by_role('alert').inner_text()
    page.get_by_label('Column that tells series apart').fill('shop'); page.keyboard.press('Tab')
    page.get_by_role('button', name='Read again').click()
    page.locator('.dm-understood img').wait_for()
    sound(page, 'app-differently')
    page.get_by_label('Series', exact=True).select_option(label='south'); page.get_by_label('Model').select_option(label='parrot: the likest stretch')
    forecast(page)
    assert "read('shops.csv', series='shop').part(series='south')" in saved(page, 'Python').decode()

def test_cancel(app, visitor):
    page = enter(visitor(), app)
    page.get_by_role('button', name='Lorenz 63').click()
    page.get_by_label('Steps to forecast').fill('5000'); page.keyboard.press('Tab')
    go, stop = page.get_by_role('button', name='Forecast', exact=True), page.get_by_role('button', name='Cancel')
    assert not stop.is_visible()
    go.click(); stop.wait_for()
    assert go.is_disabled() and page.get_by_role('progressbar').is_visible()
    look(page, 'app-busy')
    stop.click()
    page.locator('.dm-status', has_text='Cancelled').wait_for()
    assert not stop.is_visible() and not go.is_disabled()
    page.get_by_label('Steps to forecast').fill('20'); page.get_by_label('Model').select_option(label='parrot: the likest stretch')
    forecast(page)
    assert '20 steps of x, y, z, from 2000 rows, by parrot.' in page.locator('.dm-answer').inner_text()

def test_two_visitors(app, visitor):
    one, two = enter(visitor(), app), enter(visitor(), app)
    upload(one, 'secret77.csv', CSV.replace(b'angle', b'salary77'))
    one.get_by_label('Steps to forecast').fill('5000'); one.keyboard.press('Tab')
    one.get_by_role('button', name='Forecast', exact=True).click(); one.get_by_role('progressbar').wait_for()
    assert two.locator('.dm-understood img').count() == 0
    upload(two, 'other88.csv', CSV.replace(b'angle', b'weight88'))                           # while the other one's is under way
    for page, words in (one, ('other88', 'weight88')), (two, ('secret77', 'salary77')): assert not any(w in page.content() for w in words)
    kernels = [re.search('"kernelId": "([^"]*)"', page.content())[1] for page in (one, two)]
    assert kernels[0] != kernels[1]

def test_the_doors_are_shut(app, visitor, tmp_path):
    websocket = pytest.importorskip('websocket')
    page = enter(visitor(), app)
    for path in ('api/kernels', 'voila/files/page.ipynb', 'voila/files/../page.ipynb', 'api/contents', 'page.ipynb', 'voila/tree'):
        with pytest.raises(HTTPError): urlopen(app + path)
    kernel, trace = re.search('"kernelId": "([^"]*)"', page.content())[1], tmp_path/'trace'
    ws = websocket.create_connection(f'{app.replace("http", "ws")}api/kernels/{kernel}/channels', origin=app.rstrip('/'))
    import json
    header = dict(msg_id='1', username='', session='1', msg_type='execute_request', version='5.3', date='2026-01-01T00:00:00Z')
    ws.send(json.dumps(dict(header=header, parent_header={}, metadata={}, channel='shell', buffers=[], content=dict(code=f'open({str(trace)!r}, "w")', silent=False, store_history=False, user_expressions={}, allow_stdin=False))))
    time.sleep(2); ws.close()
    assert not trace.exists()                                                                # the page's process runs no code from outside

def test_no_more_visitors_than_there_may_be(chromium, visitor, tmp_path):
    pytest.importorskip('voila', reason='voila is not installed')
    with server(tmp_path, visitors=1, left=1.) as url:
        one, two = enter(visitor(), url), visitor()
        two.goto(url)
        assert '1 visitor' in two.get_by_role('heading', level=1).inner_text()
        one.goto('about:blank')                                                              # leaves
        for _ in range(20):
            if two.goto(url).status == 200: break
            time.sleep(.5)
        two.get_by_role('heading', name='What comes next?').wait_for()
