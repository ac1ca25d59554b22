"Random input to the door and to `forecast`: a finite forecast of the right shape and times, or an `InputError`; soon, and in little memory."
import os, subprocess, sys, warnings
from pathlib import Path
import pytest
from test_absurd import absurd, limited, settings_of

# What may come

def mostly(fine, times, rest):
    "A strategy that is `fine` so many times as often as it is `rest`"
    from hypothesis import strategies as st
    return st.sampled_from([True] * times + [False]).flatmap(lambda k: fine if k else rest)

def numbers():
    from hypothesis import strategies as st
    odd = st.sampled_from([0., 1., -1., 1e308, -1e308, 1e-300, 5e-324, 1e16, float('nan'), float('inf'), -9999., 3.4028235e38])
    return odd | st.floats(-100, 100) | st.floats()

def columns(n):
    "n samples of one channel: mostly such as people bring, some with a few odd numbers, some of odd numbers alone"
    import numpy as np
    from hypothesis import strategies as st
    waves = st.tuples(st.floats(.01, 3), st.sampled_from([1., 1e-12, 1e12, 1e-300, 1e300, 1e308]), st.floats(-5, 5)).map(lambda p: p[1] * (np.sin(p[0] * np.arange(n)) + p[2] / 5))
    ramps = st.sampled_from([np.zeros(n), np.ones(n) * 7e7, np.arange(n) * 1., np.cumprod(np.full(n, 1.9)), np.exp(np.minimum(np.arange(n) * 1., 709)), np.array([1e308, -1e308] * n)[:n]])
    def spoiled(column, where, value):
        column = column.copy(); column[[k % n for k in where]] = value
        return column
    fine = waves | ramps
    return mostly(waves, 2, fine | st.builds(spoiled, fine, st.lists(st.integers(0, n - 1), max_size=3), numbers()) | st.lists(numbers(), min_size=n, max_size=n).map(np.array))

def names():
    from hypothesis import strategies as st
    return st.sampled_from(['x', 'y', 't', 'time', 'date', 'id', 'regime', 'year', 'month', 'hour', '', ' ', 0, 1, 2020, -1, None, ('a', 'b'), (1,), 1.5, True, float('nan'), 'x' * 20_000, '=cmd', '$\\frac{$', 'a\nb', '\0', 'Unnamed: 0', 'ẏ', '%d', '{x}', '"', 'mm', 'MM']) | st.text(max_size=4)

def indexes(n):
    "Times of n samples in every kind of index"
    import numpy as np
    import pandas as pd
    from hypothesis import strategies as st
    def dates(start, step, unit, zone, order):
        try: t = pd.DatetimeIndex(np.datetime64(start).astype(f'M8[{unit}]') + np.arange(n) * np.timedelta64(step, unit)) if unit in 'sm' else pd.date_range(start, periods=n, freq=unit, tz=zone)
        except (ValueError, OverflowError, TypeError): t = pd.RangeIndex(n)
        return t[::-1] if order == 'back' else t[np.arange(n) // 2] if order == 'twice' else t
    starts = st.sampled_from(['0001-01-01', '0100-06-15', '1677-09-22', '1970-01-01', '2020-10-25', '2020-01-31', '2262-04-01', '9999-12-01'])
    made = st.builds(dates, starts, st.integers(1, 10**6), st.sampled_from(['s', 'm', 'D', 'B', 'MS', 'h', 'W', 'YS', 'QS']), st.sampled_from([None, None, 'UTC', 'Europe/Berlin']), st.sampled_from(['on', 'on', 'on', 'back', 'twice']))
    def periods(start, freq):
        try: return pd.period_range(start, periods=n, freq=freq)
        except (ValueError, OverflowError): return pd.RangeIndex(n)
    counted = st.sampled_from([pd.RangeIndex(n), pd.Index(np.arange(n) * .1), pd.Index(1.7e9 + np.arange(n) / 2), pd.Index(np.arange(n) + 2**62), pd.Index(np.arange(n) * 1e300), pd.Index([f'row {k}' for k in range(n)]), pd.Index(range(n, 0, -1)), pd.Index([1.] * n), pd.to_timedelta(np.arange(n), unit='s'), pd.Index(20200101 + np.arange(n)), pd.Index(np.cumsum(np.arange(n) % 3 + .1)), pd.Index([None] * n, dtype=object), pd.CategoricalIndex([*map(str, range(n))])])
    return made | counted | st.builds(periods, starts, st.sampled_from(['M', 'Q', 'Y', 'D', 'h']))

def frames():
    import numpy as np
    import pandas as pd
    from hypothesis import strategies as st
    @st.composite
    def frame(draw):
        n, m = draw(st.sampled_from([30, 60, 30, 12, 3, 1])), draw(st.integers(1, 3))
        made = {}
        for k in range(m):
            c = draw(columns(n)); kind = draw(mostly(st.just(''), 2, st.sampled_from(['object', 'text', 'category', 'bool', 'complex', 'Int64', 'float32', 'nested'])))
            with np.errstate(all='ignore'), warnings.catch_warnings():
                warnings.simplefilter('ignore')
                made[k] = {'object': lambda: pd.Series([*c], dtype=object), 'text': lambda: pd.Series([*map(str, c)]), 'category': lambda: pd.Series(c).astype('category'), 'bool': lambda: pd.Series(c > 0), 'complex': lambda: pd.Series(c * 1j),
                           'Int64': lambda: pd.Series(np.nan_to_num(c).clip(-1e9, 1e9).round()).astype('Int64'), 'float32': lambda: pd.Series(c.astype('f4')), 'nested': lambda: pd.Series([[v] for v in c])}.get(kind, lambda: pd.Series(c))()
        out = pd.DataFrame(made)
        out.index = draw(mostly(st.just(pd.date_range('2020-01-31', periods=n)), 1, indexes(n)))
        plain = st.just([f'x{k}' for k in range(m)])
        out.columns = pd.Index(draw(mostly(plain, 1, st.lists(names(), min_size=m, max_size=m))), dtype=object, tupleize_cols=False)
        shape = draw(st.sampled_from(['frame', 'frame', 'frame', 'frame', 'series', 'levels', 'list', 'columns']))
        if shape == 'series': return out.iloc[:, 0]
        if shape == 'levels': return out.set_index(pd.Index([f's{k % 2}' for k in range(n)], name=draw(names())), append=draw(st.booleans()))
        if shape == 'columns': out.columns = pd.MultiIndex.from_tuples([('a', str(k)) for k in range(m)])
        return [out, out.iloc[:max(1, n // 2)]] if shape == 'list' else out
    return frame()

def arrays():
    import numpy as np
    import torch
    from hypothesis import strategies as st
    @st.composite
    def array(draw):
        n, m = draw(st.sampled_from([40, 40, 80, 12, 3, 1, 0])), draw(st.integers(1, 3))
        with np.errstate(all='ignore'), warnings.catch_warnings():
            warnings.simplefilter('ignore')
            a = np.stack([draw(columns(n)) for _ in range(m)], 1) if n else np.zeros((0, m))
            how = draw(st.sampled_from(['', '', '', '', '', 'flat', 'f4', 'f2', 'i8', 'bool', 'complex', 'object', 'texts', 'list', 'tensor', 'batch', 'wide', 'masked', 'deep', 'dates', 'bf16']))
            return {'flat': lambda: a[:, 0], 'f4': lambda: a.astype('f4'), 'f2': lambda: a.astype('f2'), 'i8': lambda: np.nan_to_num(a).clip(-1e18, 1e18).astype('i8'), 'bool': lambda: a > 0, 'complex': lambda: a * 1j, 'object': lambda: a.astype(object),
                    'texts': lambda: a.astype(str), 'list': lambda: a.tolist(), 'tensor': lambda: torch.tensor(a), 'batch': lambda: np.stack([a, a[::-1]], 1), 'wide': lambda: a.T, 'masked': lambda: np.ma.masked_greater(a, 50), 'deep': lambda: a[None, None],
                    'dates': lambda: np.arange(n).astype('M8[D]'), 'bf16': lambda: torch.tensor(a).bfloat16()}.get(how, lambda: a)()
    return mostly(array(), 4, st.sampled_from([None, 3, 'x', '', [], [[]], {}, set(), [[1, 2], [3]], [None] * 5, [10**400] * 9, range(9), b'x', object(), [[[[1.]]]], np.zeros((3, 1000)), np.zeros((20, 0)), [1, 'a'], float('nan'), iter([1]), [True] * 9, np.array(5.)]))

def texts():
    "Tables in a small grammar, and what happens to them"
    from hypothesis import strategies as st
    @st.composite
    def table(draw):
        import pandas as pd
        n, m = draw(st.sampled_from([30, 30, 60, 12, 3, 1, 0])), draw(st.integers(1, 3))
        sep, comma = draw(st.sampled_from([(',', False), (';', True), ('\t', False), (' ', False), ('|', False), (';', False), (',', True)]))
        clock = draw(st.sampled_from(['none', 'counted', '%Y-%m-%d', '%d.%m.%Y', '%m/%d/%Y', '%d/%m/%y', '%Y %b', '%Y%m%d', '%b %d %Y', '%H:%M', 'far', 'words']))
        stamps = {'none': None, 'counted': range(n), 'far': [f'{10**k}-01-01' for k in range(n)], 'words': ['a'] * n}.get(clock, None if clock == 'none' else [t.strftime(clock) for t in pd.date_range('2012-01-01', periods=n, freq=draw(st.sampled_from(['D', 'MS', '6h'])))])
        form = draw(st.sampled_from(['{:.3f}', '{:g}', '{:e}', '{:,.2f}', '{!r}']))
        cell = lambda v: form.format(v).replace('.', ',') if comma else f'"{form.format(v)}"' if ',' in form and sep == ',' else form.format(v)
        data = [[cell(float(v)) for v in draw(columns(n))] for _ in range(m)] if n else []
        lines = [sep.join(map(str, row)) for row in zip(*([stamps] if stamps is not None else []), *data)]
        head = [draw(st.sampled_from(['t', 'date', 'when', 'time', 'id', 'year', '', '"'])) for _ in range(stamps is not None)] + [draw(st.sampled_from(['x', 'y', 'z', 'x', 'regime', '1', '=x', '#'])) + str(k) * draw(st.booleans()) for k in range(m)]
        if draw(st.booleans()): lines.insert(0, sep.join(head))
        for fault in draw(mostly(st.just([]), 1, st.lists(st.sampled_from(['cell', 'cut', 'word', 'inf', 'line', 'double', 'remark', 'quote', 'blank', 'nul', 'bytes', 'long', 'shuffle', 'units', 'foot']), max_size=2))):
            k = draw(st.integers(0, max(0, len(lines) - 1)))
            if not lines: break
            if fault == 'cell': lines[k] += sep
            elif fault == 'cut': lines[k] = lines[k][:draw(st.integers(0, 20))]
            elif fault in ('word', 'inf', 'long'): lines[k] = sep.join([{'word': 'broken', 'inf': 'inf', 'long': '9' * 6000}[fault], *lines[k].split(sep)[1:]])
            elif fault == 'line': del lines[k]
            elif fault == 'double': lines.insert(k, lines[k])
            elif fault == 'shuffle': lines.reverse()
            else: lines.insert(k, {'remark': '# remark', 'quote': '"', 'blank': '', 'nul': '\0', 'bytes': '\xff\xfe', 'units': sep.join(['m'] * len(head)), 'foot': 'Source: office'}[fault])
        raw = '\n'.join(lines).encode(draw(st.sampled_from(['utf-8', 'utf-8', 'latin-1', 'utf-16'])), 'replace')
        return raw[:draw(st.integers(0, len(raw)))] if draw(st.integers(0, 9)) == 0 else raw
    return mostly(table(), 9, st.binary(max_size=80))

def options():
    "Options of `forecast`, most of them as they should be"
    from hypothesis import strategies as st
    horizon = mostly(st.sampled_from([1, 2, 3, 17]), 6, st.sampled_from([0, -1, 2.5, '3', None, True, 10**30, 2**63, float('nan'), 3., [3]]))
    rest = st.dictionaries(st.sampled_from(['seed', 'n_samples', 'quantiles', 'details', 'times', 'dt', 'foo']), absurd() | st.sampled_from([0, 3, [.1, .9], True]), max_size=1)
    return st.tuples(horizon, mostly(st.just({}), 2, rest))

def readings():
    from hypothesis import strategies as st
    return mostly(st.just({}), 2, st.dictionaries(st.sampled_from(['columns', 'time', 'series', 'regime', 'dt', 'names', 'dayfirst']), absurd() | st.sampled_from([0, 1, 'x', 'date', ['x'], [0, 1], .5, True, ('x', 'y')]), max_size=2))

# What must come out

def check_table(table):
    import numpy as np
    assert len(table.x) == len(table.index) == len(table.ids) > 0
    for x, t in zip(table.x, table.index):
        assert x.dtype == np.float64 and x.shape == (len(t), len(table.names)) and not np.isinf(x).any()
        assert t.is_monotonic_increasing and t.is_unique and not t.hasnans
    assert len(table.summary()) < 20_000 and table.summary().count('\n') == 0

def check_forecast(f, horizon):
    import numpy as np
    from dynmoe.tables import as_text
    point = f.arrays['point']
    assert point.shape[0] == horizon and point.shape[2] == len(f.context.names)
    assert all(np.isfinite(a).all() for a in f.arrays.values()) or any('finite' in w for w in f.flags), f.flags
    frame = f.to_frame()
    assert len(frame) == horizon * point.shape[1]
    if len(f.context) > 1: return
    t, before = frame.index, f.context.index[0]
    if f.context.time is not None and t.dtype == before.dtype: assert t[0] > before[-1] or t.dtype.kind == 'f' and t[0] >= before[-1], (before, t)
    assert t.is_monotonic_increasing and len(as_text(t)) == horizon

def refused(e): assert len(str(e)) < 4000 and str(e).isprintable(), str(e)[:300]

def reading(n, seed):
    "Everything through `read`"
    from hypothesis import given, seed as seeded
    from dynmoe.core import InputError
    from dynmoe.tables import read
    out = Path(os.environ['TMPDIR_RANDOM'])/'table.csv'
    @seeded(seed)
    @given(texts() | texts() | frames() | arrays(), readings())
    @settings_of(*_hypothesis(), n)
    def run(source, how):
        if isinstance(source, bytes): out.write_bytes(source); source = out
        with limited((source, how)):
            try: check_table(read(source, **how)); done.append(True)
            except InputError as e: refused(e); done.append(False)
    done = []
    run()
    print(f'{sum(done)} of {len(done)} read')
    assert .1 < sum(done) / len(done) < .9                                                 # neither is all of it refused, nor everything accepted

def _forecasting(n, seed, models):
    from hypothesis import given, seed as seeded, strategies as st
    from dynmoe.core import InputError
    from dynmoe.forecast import forecast
    out = Path(os.environ['TMPDIR_RANDOM'])/'table.csv'
    @seeded(seed)
    @given(texts() | frames() | frames() | arrays(), st.sampled_from(models), options())
    @settings_of(*_hypothesis(), n)
    def run(source, model, given_options):
        horizon, more = given_options
        if isinstance(source, bytes): out.write_bytes(source); source = out
        with limited((source, model, given_options)):
            try:
                got = forecast(source, horizon, model, **({'details': True, 'workers': 1} | more))
                for f in got if isinstance(got, list) else [got]:
                    if hasattr(f, 'arrays'): check_forecast(f, horizon)
                done.append(True)
            except InputError as e: refused(e); done.append(False)
    done = []
    run()
    print(f'{sum(done)} of {len(done)} forecast')
    assert .1 < sum(done) / len(done) < .9

def forecasting(n, seed): _forecasting(n, seed, ['persistence', 'parrot', 'persistence', 'parrot', 'esn'])
def adaptive(n, seed): _forecasting(n, seed, ['adaptive'])

def bombs(n, seed):
    "Small files that unpack to gigabytes, and tables of many columns and of many series"
    import gzip, io, lzma, zipfile
    import numpy as np
    import pandas as pd
    from dynmoe.core import InputError
    from dynmoe.forecast import forecast
    from dynmoe.tables import read
    folder = Path(os.environ['TMPDIR_RANDOM'])
    def packed(pack, block, times): return pack(block) * times                              # such files may be written one after the other
    def header(shape):
        out = io.BytesIO(); np.lib.format.write_array_header_1_0(out, dict(descr='<f8', fortran_order=False, shape=shape))
        return out.getvalue()
    def zipped(name, parts):
        out = io.BytesIO()
        with zipfile.ZipFile(out, 'w', zipfile.ZIP_DEFLATED, compresslevel=1) as z, z.open(name, 'w', force_zip64=True) as f:
            for part in parts: f.write(part)
        return out.getvalue()
    million = 2**20
    files = {
        'zeros.npz': zipped('z.npy', [header((9 * 2**24, 1)), *[bytes(16 * million)] * 72]), 'claims.npz': zipped('z.npy', [header((10**12, 3))]), 'claims.npy': header((10**12, 3)),
        'lines.csv.gz': packed(gzip.compress, b'1\n' * million, 150), 'blank.csv.gz': packed(gzip.compress, b'\n' * million * 2, 150), 'one_line.csv.gz': packed(gzip.compress, b'1,' * million, 150), 'more.csv.xz': packed(lzma.compress, bytes(2 * million), 600),
        'list.json.gz': packed(gzip.compress, b'[' + b'1,' * million, 150), 'table.zip': zipped('x.csv', [b'1,2\n' * 4 * million] * 20),
    }
    for name, content in files.items(): (folder/name).write_bytes(content)
    try:
        import pyarrow as pa, pyarrow.parquet as pq
        one = pa.table(dict(x=pa.array(np.zeros(10**7))))
        with pq.ParquetWriter(folder/'zeros.parquet', one.schema, compression='zstd') as w:
            for _ in range(20): w.write_table(one)
        with pa.ipc.new_file(str(folder/'zeros.feather'), one.schema, options=pa.ipc.IpcWriteOptions(compression='zstd')) as w:
            for _ in range(20): w.write_table(one)
    except ImportError: pass
    try:
        import openpyxl
        book = openpyxl.Workbook(); book.active['A1'] = 'x'; book.active['XFD1048576'] = 1; book.save(folder/'far.xlsx')
    except ImportError: pass
    for path in sorted(folder.iterdir()):
        assert path.stat().st_size < 8 * million
        with limited(path.name):
            try: table = read(path); raise AssertionError(f'{path.name} was read: {table}')
            except InputError as e: refused(e)
    many = pd.concat([pd.DataFrame(dict(id=k, t=np.arange(5), x=np.arange(5.) * k)) for k in range(10_000)])
    with limited('10 000 series'): assert len(read(many)) == 10_000
    with limited('10 000 series forecast'): assert len(forecast(many.iloc[:5000], 2, 'persistence', details=True, workers=1).values) == 2000
    wide = pd.DataFrame(np.random.default_rng(0).normal(size=(20, 5000)))
    wide.to_csv(folder/'wide.csv')
    for source in wide, folder/'wide.csv':
        for model in 'persistence', 'adaptive':
            with limited(f'20 rows of 5000 columns by {model}'):
                try: check_forecast(forecast(source, 3, model, details=True), 3)
                except InputError as e: refused(e)

def _hypothesis():
    from hypothesis import HealthCheck, Phase, settings
    return settings, HealthCheck, Phase

def main(what, n, seed):
    import resource, torch
    import dynmoe.forecast, pandas, scipy.stats   # noqa: F401 - loaded before the limit is set
    warnings.simplefilter('ignore')
    torch.set_num_threads(1)
    if sys.platform == 'linux':
        now = int(Path('/proc/self/statm').read_text().split()[0]) * os.sysconf('SC_PAGE_SIZE')
        resource.setrlimit(resource.RLIMIT_AS, (now + 4 * 10**9,) * 2)
    globals()[what](n, seed)

if __name__ == '__main__': main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))

@pytest.mark.skipif(not hasattr(os, 'fork'), reason='a case that hangs or takes all memory can be stopped by alarm and RLIMIT_AS only, which Unix has and Windows has not')
@pytest.mark.parametrize('what, n', [('reading', 1000), ('forecasting', 900), ('adaptive', 100), ('bombs', 1)])
def test_random_input(what, n, tmp_path):
    pytest.importorskip('hypothesis')
    done = subprocess.run([sys.executable, __file__, what, str(n), '0'], capture_output=True, text=True, timeout=900, env={**os.environ, 'OMP_NUM_THREADS': '1', 'TMPDIR_RANDOM': str(tmp_path)})
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-6000:]
