"""Tables as people bring them: as instruments, spreadsheets, databases, R, pandas and statistics offices write them.

    python tests/zoo.py FOLDER        writes all of them; tests/test_tables.py says what `read` must make of each

Most hold two channels of 24 samples, 10.5, 11.5, … and 100, 99, …, so that a wrong reading is seen at once.
"""
import bz2, gzip, io, json, lzma, sys, zipfile
from pathlib import Path
import numpy as np
import pandas as pd

N = 24
X, Y = [10.5 + k for k in range(N)], [100 - k for k in range(N)]

def rows(times, *columns, sep=',', head=None, end='\n', below=''):
    "A text table: a line of names, and a line for each time; `below` follows the last"
    lines = [sep.join(str(v) for v in row) for row in zip(times, *(columns or (X, Y)))]
    return end.join([*([head] if head is not None else []), *lines]) + end + below

def dates(form, freq='D', start='2012-01-01', n=N): return [t.strftime(form) for t in pd.date_range(start, periods=n, freq=freq)]
def comma(values, digits=1): return [f'{v:.{digits}f}'.replace('.', ',') for v in values]
def zipped(name, text, *others):
    out = io.BytesIO()
    with zipfile.ZipFile(out, 'w') as z:
        z.writestr(name, text)
        for other in others: z.writestr(other, 'x')
    return out.getvalue()

HALVES = [k / 2 for k in range(N)]
BASE = rows(HALVES, head='t,x,y')
DAYS = dates('%Y-%m-%d')
FRAME = pd.DataFrame(dict(x=X, y=Y), index=pd.DatetimeIndex(DAYS, name='date'))
BIG = [1234.5 + 1000 * k for k in range(N)]
def holes(values, mark, at=(3, 4, 10)): return [mark if k in at else v for k, v in enumerate(values)]
def moved(values, a, b): v = list(values); v[a], v[b] = v[b], v[a]; return v
def parts(*units, freq='D', start='2012-01-01'): return [[getattr(t, u) for u in units] for t in pd.date_range(start, periods=N, freq=freq)]
def joined(columns, sep=','): return [sep.join(map(str, c)) for c in columns]
def two(first='a', second='b', n=(N, N - 6), t=DAYS): return [(name, t[k], X[k]) for name, m in ((first, n[0]), (second, n[1])) for k in range(m)]

TEXTS = {
    # what separates cells, and how numbers are written
    'comma.csv': BASE,
    'semicolon.csv': BASE.replace(',', ';'),
    'decimal_comma.csv': rows(comma(HALVES), comma(X), Y, sep=';', head='Zeit (s);x;y'),
    'decimal_comma_tabs.txt': rows(comma(HALVES), comma(X), comma(Y), sep='\t', head='t\tx\ty'),
    'decimal_comma_quoted.csv': rows([f'"{v}"' for v in comma(HALVES)], [f'"{v}"' for v in comma(X)], Y, head='"t","x","y"'),
    'tabs.tsv': BASE.replace(',', '\t'),
    'bars.txt': BASE.replace(',', '|'),
    'carets.txt': BASE.replace(',', '^'),
    'blanks.txt': '   t      x    y\n' + ''.join(f'{t:6.2f} {x:6.2f} {y:4d}\n' for t, x, y in zip(HALVES, X, Y)),
    'markdown.md': rows([f'| {t}' for t in HALVES], [f' {x} ' for x in X], [f' {y} |' for y in Y], sep='|', head='| t | x | y |\n|---|:-:|--:|'),
    'psql.txt': rows(HALVES, X, Y, sep=' | ', head=' t | x | y \n---+---+---', below=f'({N} rows)\n'),
    'thousands_us.csv': rows(HALVES, [f'"{v:,.1f}"' for v in BIG], Y, head='t,x,y'),
    'thousands_us_whole.csv': rows(HALVES, [f'"{v - .5:,.0f}"' for v in BIG], Y, head='t,x,y'),
    'thousands_de.csv': rows(comma(HALVES), [f'{v:,.2f}'.translate(str.maketrans(',.', '.,')) for v in BIG], Y, sep=';', head='t;x;y'),
    'thousands_fr.csv': rows(comma(HALVES), [f'{v:,.2f}'.translate(str.maketrans(',.', '\u202f,')) for v in BIG], Y, sep=';', head='t;x;y'),
    'thousands_ch.csv': rows(HALVES, [f'{v:,.2f}'.replace(',', "'") for v in BIG], Y, sep=';', head='t;x;y'),
    'percent.csv': rows(HALVES, [f'{v}%' for v in X], [f'${v}.00' for v in Y], head='t,x,y'),
    'brackets.csv': rows(HALVES, [f'({v})' if k % 2 else v for k, v in enumerate(X)], Y, head='t,x,y'),
    'minus_sign.csv': rows(HALVES, [f'−{v}' for v in X], Y, head='t,x,y'),
    'fortran.dat': ''.join(f' {t:.4f}D+00 {x:.4f}D+00 {y}\n' for t, x, y in zip(HALVES, X, Y)),
    'exponents.csv': rows([f'{t:.3E}' for t in HALVES], [f'{x:.3E}' for x in X], [f'{y:.3e}' for y in Y], head='t,x,y'),
    'bom.csv': b'\xef\xbb\xbf' + BASE.replace(',', ';').encode(),
    'key.csv': rows(range(1, N + 1), DAYS, X, head='id,date,x'),
    'bom_twice.csv': 2 * b'\xef\xbb\xbf' + BASE.replace(',', ';').encode(),
    'latin1.csv': rows(comma(HALVES), comma(X), Y, sep=';', head='t;Temperatur (°C);Höhe').encode('latin-1'),
    'utf16.txt': BASE.replace(',', '\t').encode('utf-16'),
    'utf16_no_bom.txt': BASE.replace(',', '\t').encode('utf-16-le'),
    'excel_sep.csv': 'sep=;\r\n' + BASE.replace(',', ';').replace('\n', '\r\n'),
    'windows.csv': BASE.replace('\n', '\r\n').encode(),
    'old_mac.csv': BASE.replace('\n', '\r').encode(),
    'trailing_commas.csv': BASE.replace('\n', ',\n'),
    'no_last_newline.csv': BASE.rstrip('\n'),
    'quoted.csv': '\n'.join(','.join(f'"{c}"' for c in line.split(',')) for line in BASE.splitlines()),
    'empty_rows.csv': BASE.replace('5.0,', '\n,,\n5.0,'),
    'packed.csv.gz': gzip.compress(BASE.encode()),
    'packed.csv.bz2': bz2.compress(BASE.encode()),
    'packed.csv.xz': lzma.compress(BASE.encode()),
    'packed.zip': zipped('data.csv', BASE),
    'packed_on_a_mac.zip': zipped('data.csv', BASE, '__MACOSX/._data.csv'),
    # comments, names, units, preambles
    'comments.csv': '# logger 7\n# site: north, 12 m\n' + BASE.replace('5.0,', '# battery changed\n5.0,'),
    'savetxt.txt': '# t x y\n' + ''.join(f'{t:.18e} {x:.18e} {y:.18e}\n' for t, x, y in zip(HALVES, X, Y)),
    'no_header.csv': rows(HALVES),
    'no_header_dates.csv': rows(DAYS),
    'unnamed_series.csv': pd.Series(X).to_csv(),
    'unnamed_series_dates.csv': pd.Series(X, index=FRAME.index.rename(None)).to_csv(),
    'unnamed_frame.csv': pd.DataFrame(np.c_[X, Y]).to_csv(),
    'unnamed_frame_no_index.csv': pd.DataFrame(np.c_[X, Y]).to_csv(index=False),
    'pandas_index.csv': FRAME.to_csv(),
    'pandas_row_numbers.csv': FRAME.reset_index().to_csv(),
    'pandas_unnamed_dates.csv': FRAME.rename_axis(None).to_csv(),
    'pandas_twice.csv': 'Unnamed: 0' + FRAME.reset_index().to_csv(),
    'pandas_two_headers.csv': pd.DataFrame(np.c_[X, Y], index=FRAME.index, columns=pd.MultiIndex.from_tuples([('sea', 'x'), ('sea', 'y')])).to_csv(),
    'units.csv': rows(HALVES, head='t,x,y\ns,m,m/s'),
    'units_brackets.csv': rows(DAYS, head='date,x,y\n,[mm],[°C]'),
    'units_in_names.csv': rows(HALVES, head='Time (s),"x, left (m)",y [°C]'),
    'toa5.dat': rows([f'"{t}"' for t in dates('%Y-%m-%d %H:%M:%S', '10min')], range(N), X, head='"TOA5","CR1000","1234","CR1000.Std.31","CPU:met.CR1","47","Met"\n"TIMESTAMP","RECORD","AirTC"\n"TS","RN","Deg C"\n"","","Avg"'),
    'toa5_wide.dat': rows([f'"{t}"' for t in dates('%Y-%m-%d %H:%M:%S', '10min')], X, Y, head='"TOA5","CR1000",1234\n"TIMESTAMP","AirTC","RH"\n"TS","Deg C","%"\n"","Avg","Smp"'),
    'buoy.txt': '#YY  MM DD hh mm  x    y\n#yr  mo dy hr mn  m    s\n' + rows(joined(parts('year', 'month', 'day', 'hour', 'minute', freq='360min'), ' '), sep='  '),
    'hydrograph.csv': 'Station: 7, Elbe\nParameter: W\n\n' + rows(dates('%d.%m.%Y %H:%M', '360min'), sep=';', head='Zeitpunkt;Wasserstand [cm];Abfluss'),
    'title.csv': 'Station 7,,\n' + rows(DAYS, head='date,x,y'),
    'joined_files.csv': rows(DAYS[:12], head='date,x,y') + rows(DAYS[12:], X[12:], Y[12:], head='date,x,y'),
    'not_filled.dat': BASE.encode() + bytes(512),
    'preamble.csv': 'Station;Nordsee\nHöhe;12 m\n\n' + rows(dates('%d.%m.%Y'), comma(X), Y, sep=';', head='Datum;x;y'),
    'footnotes.csv': rows(range(1990, 1990 + N), head='year,x,y', below='\nSource: Office of Statistics\n"* provisional, to be revised"\n'),
    'r_write_table.txt': ''.join(['"x" "y"\n', *(f'"{k + 1}" {x} {y}\n' for k, (x, y) in enumerate(zip(X, Y)))]),
    'r_write_csv.csv': ''.join(['"","x","y"\n', *(f'"{k + 1}",{x},{y}\n' for k, (x, y) in enumerate(zip(X, Y)))]),
    'r_dates.txt': ''.join(['"date" "x" "y"\n', *(f'"{k + 1}" {d} {x} {y}\n' for k, (d, x, y) in enumerate(zip(DAYS, X, Y)))]),
    'one_column.csv': 'x\n' + '\n'.join(map(str, X)),
    'one_column_plain.txt': '\n'.join(map(str, X)),
    'one_column_decimal_comma.txt': 'x\n' + '\n'.join(comma(X)),
    # dates
    'year_month_name.csv': rows(dates('%Y %b', 'MS', '1991-07'), head='Month,x,y'),
    'month_name_year.csv': rows(dates('%b-%y', 'MS', '1999-01'), head='month,x,y'),
    'month_full_year.csv': rows(dates('%B %Y', 'MS', '1991-07'), head='Period,x,y'),
    'quarters.csv': rows([f'{1970 + k // 4} Q{k % 4 + 1}' for k in range(N)], head='Quarter,x,y'),
    'quarters_short.csv': rows([f'Q{k % 4 + 1}-{1970 + k // 4}' for k in range(N)], head='when,x,y'),
    'quarters_oecd.csv': rows([f'{1970 + k // 4}-Q{k % 4 + 1}' for k in range(N)], head='TIME,x,y'),
    'months_imf.csv': rows([f'{1990 + k // 12}M{k % 12 + 1}' for k in range(N)], head='period,x,y'),
    'months_eurostat.csv': rows(dates('%Y-%m', 'MS', '1990-01'), head='TIME_PERIOD,x,y'),
    'months_15.csv': rows([d[:8] + '15' for d in dates('%Y-%m-%d', 'MS', '1990-01')], head='date,x,y'),
    'month_ends.csv': rows([str(t.date()) for t in pd.date_range('1990-01-01', periods=N, freq='MS') + pd.offsets.MonthEnd()], head='date,x,y'),
    'business_days.csv': rows([str(t.date()) for t in pd.bdate_range('2012-03-26', periods=N + 2).delete([9, 10])], head='Date,x,y'),
    'stocks.csv': rows([f'"{d}"' for d in dates('%b %d, %Y', 'B', '2012-01-02')], head='Date,Open,Volume'),
    'jan_1_2000.csv': rows([f'{t:%b} {t.day} {t.year}' for t in pd.date_range('2000-01-01', periods=N)], head='date,x,y'),
    'one_jan.csv': rows(dates('%d-%b-%Y'), head='date,x,y'),
    'one_jan_12.csv': rows(dates('%d-%b-%y'), head='date,x,y'),
    'weekday.csv': rows([f'"{d}"' for d in dates('%a, %d %b %Y')], head='date,x,y'),
    'rfc2822.csv': rows([f'"{d}"' for d in dates('%a, %d %b %Y %H:%M:%S GMT', '60min')], head='date,x,y'),
    'points.csv': rows(dates('%d.%m.%Y'), comma(X), Y, sep=';', head='Datum;x;y'),
    'points_short.csv': rows([f'{t.day}.{t.month}.{t.year % 100:02d}' for t in pd.date_range('2012-01-01', periods=N)], comma(X), Y, sep=';', head='Datum;x;y'),
    'points_time.csv': rows(dates('%d.%m.%Y %H:%M', '360min'), comma(X), Y, sep=';', head='Datum;x;y'),
    'us_dates.csv': rows(dates('%m/%d/%Y'), head='date,x,y'),
    'us_dates_short.csv': rows([f'{t.month}/{t.day}/{t.year % 100:02d}' for t in pd.date_range('1999-12-20', periods=N)], head='date,x,y'),
    'uk_dates.csv': rows(dates('%d/%m/%Y'), head='date,x,y'),
    'ambiguous.csv': rows(dates('%d/%m/%Y', 'MS')[:7], X[:7], Y[:7], head='date,x,y'),
    'slashes_iso.csv': rows(dates('%Y/%m/%d'), head='date,x,y'),
    'iso_offset.csv': rows(dates('%Y-%m-%dT%H:00:00+02:00', '360min'), head='time,x,y'),
    'iso_z.csv': rows(dates('%Y-%m-%dT%H:%M:%S.000Z', '360min'), head='time,x,y'),
    'iso_utc.csv': rows(dates('%Y-%m-%d %H:%M:%S UTC', '360min'), head='time,x,y'),
    'iso_summer.csv': rows([t.isoformat() for t in pd.date_range('2020-10-25', periods=N, freq='60min', tz='Europe/Berlin')], head='time,x,y'),
    'iso_fractions.csv': rows([t.isoformat(sep=' ') for t in pd.date_range('2012-01-01', periods=N, freq='250ms')], head='time,x,y'),
    'yyyymmdd.csv': rows(dates('%Y%m%d'), head='date,x,y'),
    'yyyymmdd_float.csv': rows([d + '.0' for d in dates('%Y%m%d')], head='date,x,y'),
    'yyyymmdd_hour.csv': rows(dates('%Y%m%d %H:%M', '360min'), head='date,x,y'),
    'yyyymmddhh.txt': rows(dates('%Y%m%d%H', '360min'), sep=' ', head='time x y'),
    'iso_basic.csv': rows(dates('%Y%m%dT%H%M%SZ', '360min'), head='time,x,y'),
    'yyyymm.csv': rows(dates('%Y%m', 'MS', '1990-01'), head='month,x,y'),
    'years.csv': rows(range(1990, 1990 + N), head='Year,x,y'),
    'decimal_years.csv': rows([f'{1990 + (k + .5) / 12:.4f}' for k in range(N)], head='decimal date,x,y'),
    'epoch.csv': rows([1325376000 + 60 * k for k in range(N)], head='timestamp,x,y'),
    'epoch_ms.csv': rows([1325376000000 + 250 * k for k in range(N)], head='time_ms,x,y'),
    'epoch_2hz.csv': rows([f'{1.7e9 + k / 2:.1f}' for k in range(N)], head='epoch,x,y'),
    'year_month_day.csv': rows(joined(parts('year', 'month', 'day')), head='year,month,day,x,y'),
    'year_month.txt': rows(joined(parts('year', 'month', freq='MS'), ' '), sep=' ', head='Year Month x y'),
    'year_month_day_hour.csv': rows(joined(parts('year', 'month', 'day', 'hour', freq='360min')), head='YYYY,MM,DD,HH,x,y'),
    'year_doy.csv': rows(joined(parts('year', 'dayofyear', start='2012-02-20')), head='year,doy,x,y'),
    'mess_datum.csv': rows(dates('%Y%m%d%H', '60min'), sep=';', head='MESS_DATUM;x;y'),
    'sixties.csv': rows(dates('%d.%m.%y', start='1968-12-20'), head='date,x,y'),
    'year_first.csv': rows(dates('%y-%m-%d', start='2012-01-20'), head='date,x,y'),
    'am_pm_close.csv': rows([f'{t.month}/{t.day}/{t.year} {t:%I:%M}{"ap"[t.hour > 11]}m' for t in pd.date_range('2012-01-20', periods=N, freq='360min')], head='Timestamp,x,y'),
    'gmt_plus.csv': rows(dates('%Y-%m-%d %H:%M GMT+2', '360min'), head='time,x,y'),
    'year_beside.csv': rows(DAYS, range(2012, 2013 + N), X, head='date,year,x').replace('2013,', '2012,'),
    'date_time.csv': rows(joined(zip(dates('%d.%m.%Y', '360min'), dates('%H:%M', '360min'))), head='Date,Time,x,y'),
    'date_time.txt': rows(dates('%Y-%m-%d %H:%M', '360min'), sep=' ', head='date time x y'),
    'am_pm.csv': rows([f'{t.month}/{t.day}/{t.year} {t:%I:%M:%S %p}' for t in pd.date_range('2012-01-20', periods=N, freq='360min')], head='Timestamp,x,y'),
    'am_pm_columns.csv': rows(joined(zip(dates('%m/%d/%y', '360min', '2012-01-20'), dates('%I:%M %p', '360min'))), head='Date,Time,x,y'),
    'date_hour.csv': rows(joined([(DAYS[k // 12], k % 12 * 2) for k in range(N)]), head='date,hour,load,price'),
    'datum_uhrzeit.csv': rows(joined(zip(dates('%d.%m.%y', '360min'), dates('%H:%M:%S', '360min')), ';'), comma(X), Y, sep=';', head='Datum;Uhrzeit;x;y'),
    'year_week.csv': rows(joined([(2012, k + 1) for k in range(N)]), head='year,week,cases,tests'),
    'year_quarter.csv': rows(joined([(1970 + k // 4, k % 4 + 1) for k in range(N)]), head='Year,Quarter,x,y'),
    'iso_weeks.csv': rows([f'2012-W{k + 1:02d}' for k in range(N)], head='week,x,y'),
    'iso_weeks_day.csv': rows([f'2012-W{k + 1:02d}-1' for k in range(N)], head='week,x,y'),
    'clock.csv': rows(dates('%H:%M:%S', '10s'), head='time,x,y'),
    'elapsed.csv': rows([f'{k // 60:02d}:{k % 60:02d}.000' for k in range(N)], head='elapsed,x,y'),
    'leap_second.csv': rows([f'2016-12-31T23:59:{k + 50}Z' for k in range(11)], X[:11], Y[:11], head='time,x,y'),
    'weeks_german.csv': rows([f'KW {k + 1:02d}/2012' for k in range(N)], head='Woche,x,y'),
    'weeks_digits.csv': rows([f'2012{k + 1:02d}' for k in range(N)], head='yearweek,x,y'),
    'weeks_spans.csv': rows([f'{t:%Y-%m-%d}/{t + pd.Timedelta(6, "D"):%Y-%m-%d}' for t in pd.date_range('2012-01-02', periods=N, freq='7D')], head='week,x,y'),
    'hours_spans.csv': rows([f'{t:%d.%m.%Y %H:%M} - {t + pd.Timedelta(6, "h"):%d.%m.%Y %H:%M}' for t in pd.date_range('2012-01-01', periods=N, freq='6h')], head='MTU (CET),x,y'),
    'quarters_fiscal.csv': rows([f'FY{70 + k // 4}Q{k % 4 + 1}' for k in range(N)], head='period,x,y'),
    'quarters_bank.csv': rows([f'{k % 4 + 1}Q{70 + k // 4}' for k in range(N)], head='when,x,y'),
    'quarters_decimal.csv': rows([f'{1970 + k // 4}.{k % 4 + 1}' for k in range(N)], head='quarter,x,y'),
    'halves.csv': rows([f'{1990 + k // 2}-S{k % 2 + 1}' for k in range(N)], head='TIME_PERIOD,x,y'),
    'month_year.csv': rows(dates('%m/%Y', 'MS', '1990-01'), head='month,x,y'),
    'month_point_year.csv': rows(dates('%m.%Y', 'MS', '1990-01'), sep=';', head='Monat;x;y'),
    'year_point_month.csv': rows(dates('%Y.%m', 'MS', '1990-01'), head='date,x,y'),
    'seasons.csv': rows([f'{1990 + k}/{(1991 + k) % 100:02d}' for k in range(N)], head='season,x,y'),
    'ordinal.csv': rows(dates('%Y%j'), head='date,x,y'),
    'ordinal_dash.csv': rows(dates('%Y-%j'), head='date,x,y'),
    'year_month_words.csv': rows(joined([(t.year, f'{t:%B}') for t in pd.date_range('1990-01-01', periods=N, freq='MS')]), head='Year,Month,x,y'),
    'iso_days_summer.csv': rows([t.isoformat() for t in pd.date_range('2012-03-20', periods=N, tz='Europe/Berlin')], head='time,x,y'),
    'midnight_24.csv': rows([f'{t - pd.Timedelta(1, "s"):%d.%m.%Y} {t.hour or 24:02d}:00' for t in pd.date_range('2012-01-01 06:00', periods=N, freq='6h')], head='date,x,y'),
    'javascript.csv': rows([f'{t:%a %b %d %Y %H:%M:%S} GMT+0200 (CEST)' for t in pd.date_range('2012-01-01', periods=N, freq='6h')], head='time,x,y'),
    'over_midnight.csv': rows(dates('%H:%M', '6h'), head='time,x,y'),
    'pandas_spans.csv': rows([f'{k // 4} days {k % 4 * 6:02d}:00:00' for k in range(N)], head='time,x,y'),
    'iso_spans.csv': rows([f'PT{6 * k}H' for k in range(N)], head='time,x,y'),
    'tree_rings.csv': rows([f'{1500 + k}-06-15' for k in range(N)], head='date,x,y'),
    'office_hours.csv': rows([f'{t:%Y-%m-%d} {h:02d}:00' for t in pd.bdate_range('2012-01-02', periods=6) for h in range(9, 13)], head='time,x,y'),
    'mon_wed_fri.csv': rows([str(t.date()) for t in pd.date_range('2012-01-02', periods=56) if t.dayofweek in (0, 2, 4)], head='date,x,y'),
    'dekads.csv': rows([f'2012-{k // 3 + 1:02d}-{(1, 11, 21)[k % 3]:02d}' for k in range(N)], head='date,x,y'),
    # times across
    'world_bank.csv': '"Country Name","Country Code",' + ','.join(map(str, range(1990, 1990 + N))) + ',\n' + ''.join(f'{name},{name[:3].upper()},{",".join(map(str, v))},\n' for name, v in (('Chad', X), ('Mali', Y), ('Peru', [''] * N))),
    'dates_across.csv': 'store,' + ','.join(DAYS) + '\n' + ''.join(f'{s},{",".join(map(str, v))}\n' for s, v in ((7, X), (8, Y))),
    'years_down.csv': 'Year,Jan,Feb,Mar,Apr,May,Jun,Jul,Aug,Sep,Oct,Nov,Dec,Annual\n' + ''.join(f'{1990 + k},{",".join(map(str, X[12 * k:12 * k + 12]))},0\n' for k in range(2)),
    'years_across.csv': 'quarter,' + ','.join(map(str, range(1970, 1976))) + '\n' + ''.join(f'Q{q + 1},{",".join(map(str, X[q::4]))}\n' for q in range(4)),
    'years_of_many.csv': 'Entity,Year,x\n' + ''.join(f'{name},{1990 + k},{X[k]}\n' for name in ('Chad', 'Mali') for k in range(N)),
    'rows_are_series.csv': 'name,' + ','.join(f'v{k}' for k in range(N)) + '\n' + ''.join(f'{s},{",".join(map(str, v))}\n' for s, v in (('a', X), ('b', Y))),
    # what stands in cells
    'total.csv': rows(DAYS, head='date,x,y', below=f'Total,{sum(X)},{sum(Y)}\n'),
    'total_without_label.csv': rows(dates('%b %Y', 'MS', '1990-01'), head='month,x,y', below=f',{sum(X)},{sum(Y)}\n'),
    'mean_of_years.csv': rows(range(1990, 1990 + N), head='year,x,y', below='Durchschnitt,22,88\n'),
    'points_in_thousands.csv': rows(DAYS, [f'{990 + k:,}'.replace(',', '.') for k in range(N)], Y, sep=';', head='Datum;x;y'),
    'points_in_all.csv': rows(dates('%m.%Y', 'MS', '1990-01'), [f'{1500 + 10 * k:,}'.replace(',', '.') for k in range(N)], Y, sep=';', head='Monat;x;y', below='Summe;38.760;2124\n'),
    'lakhs.csv': rows(DAYS, [f'"1,{k + 10},000"' for k in range(N)], Y, head='date,x,y'),
    'currency_words.csv': rows(DAYS, [f'US${v}' for v in X], [f'{v} EUR' for v in Y], head='date,x,y'),
    'date_missing.csv': rows(holes(DAYS, '', (9,)), head='day,x,y'),
    'text_column.csv': rows(DAYS, X, ['ok'] * 20 + ['check'] * 4, head='date,x,flag'),
    'unit_in_cells.csv': rows(DAYS, X, [f'{v} kg' for v in Y], head='date,x,mass'),
    'german_months.csv': rows([f'{d}. {"Januar" if k < 12 else "Februar"} 2012' for k, d in enumerate([*range(20, 32), *range(1, 13)])], X, head='Datum,x'),
    'french_months.csv': rows([f'{d} {"janv." if k < 12 else "févr."} 2012' for k, d in enumerate([*range(20, 32), *range(1, 13)])], X, head='jour,x'),
    'spanish_months.csv': rows([f'{d} {"ene" if k < 12 else "feb"} 2012' for k, d in enumerate([*range(20, 32), *range(1, 13)])], X, head='date,x'),
    'text_over_lines.csv': rows(DAYS, X, ['"dry,\nsunny"'] * N, head='date,x,remark'),
    'text_with_commas.csv': rows(DAYS, X, ['"ok, dry"'] * N, head='date,x,remark'),
    'na.csv': rows(DAYS, holes(X, 'NA'), head='date,x'),
    'dashes.csv': rows(DAYS, holes(X, '-'), head='date,x'),
    'empty_cells.csv': rows(DAYS, holes(X, ''), Y, head='date,x,y'),
    'last_cells_empty.csv': rows(DAYS, X, [*Y[:-3], '', '', ''], head='date,x,y'),
    'null_mysql.tsv': rows(DAYS, holes(X, '\\N'), Y, sep='\t', head='date\tx\ty'),
    'excel_errors.csv': rows(DAYS, holes(X, '#DIV/0!'), holes(Y, '#N/A', (5,)), head='date,x,y'),
    'fred.csv': rows(DAYS, holes(X, '.'), head='DATE,DGS10'),
    'sentinel_9999.csv': rows(DAYS, holes(X, '-9999'), Y, head='date,x,y'),
    'sentinel_99.txt': rows(HALVES, holes(X, '-99.99'), Y, sep='  ', head='t  x  y'),
    'sentinel_netcdf.csv': rows(DAYS, holes(X, '9.96921e+36'), Y, head='date,x,y'),
    'true_false.csv': rows(DAYS, X, ['true', 'false'] * 12, head='date,x,open'),
    'infinite.csv': rows(DAYS, holes(X, 'inf', (3,)), head='date,x'),
    'word_in_numbers.csv': rows(DAYS, holes(X, 'broken', (3,)), head='date,x'),
    'all_text.csv': rows(DAYS, ['a'] * N, ['b'] * N, head='date,x,y'),
    'categories.csv': rows(DAYS, X, [1, 2] * 12, ['north'] * N, head='date,x,door,site'),
    # order of rows
    'newest_first.csv': '\n'.join(['date,x,y', *reversed(rows(DAYS).splitlines())]),
    'missing_rows.csv': '\n'.join(['date,x,y', *(r for k, r in enumerate(rows(DAYS).splitlines()) if k not in (5, 6, 12))]),
    'repeated_hour.csv': rows([str(t)[:16] for t in pd.date_range('2020-10-24 20:00', periods=N, freq='60min', tz='Europe/Berlin')], head='time,x,y'),
    'duplicates.csv': rows([*DAYS[:10], DAYS[9], *DAYS[10:-1]], head='date,x,y'),
    'unsorted.csv': rows(moved(DAYS, 4, 9), head='date,x,y'),
    'uneven.csv': rows([k**1.5 for k in range(N)], head='t,x,y'),
    # several series
    'long.csv': rows(*zip(*two()), head='unique_id,ds,y'),
    'long_other_names.csv': rows(*zip(*[(t, 'north' if s == 'a' else 'south', v) for s, t, v in two()]), head='when,station,level'),
    'long_interleaved.csv': '\n'.join(['id,t,x', *(f'{s},{k},{X[k]}' for k in range(N) for s in 'ab')]),
    'long_no_times.csv': '\n'.join(['subject,x', *(f'{s},{X[k]}' for s in (1, 2) for k in range(N))]),
    'two_ids.csv': '\n'.join(['store,item,date,sales', *(f'{s},{i},{DAYS[k]},{X[k]}' for s in (1, 2) for i in 'pq' for k in range(N))]),
    'missing_id.csv': rows(*zip(*[(s if k != 7 else '', t, v) for k, (s, t, v) in enumerate(two())]), head='id,date,x'),
    # damage, and what is too small, too wide or strange
    'ragged.csv': BASE.replace('5.0,20.5,90', '5.0,20.5'),
    'ragged_long.csv': BASE.replace('5.0,20.5,90', '5.0,20.5,90,7'),
    'truncated.csv': BASE.rstrip('\n').rsplit(',', 1)[0],
    'truncated_one_column_left.csv': BASE.rstrip('\n').rsplit(',', 2)[0],
    'truncated.csv.gz': gzip.compress(BASE.encode())[:-20],
    'binary.dat': bytes(range(256)) * 8,
    'picture.png': b'\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR' + bytes(200),
    'page.html': '<!DOCTYPE html>\n<html><body><p>404 Not found</p></body></html>\n',
    'empty.csv': '', 'only_blank_lines.csv': '\n\n  \n', 'header_only.csv': 't,x,y\n', 'one_row.csv': 't,x,y\n0,1,2\n',
    'names_twice.csv': BASE.replace('t,x,y', 't,x,x'),
    'wide.csv': rows(HALVES, *[[f'{v + c:.1f}' for v in X] for c in range(300)], head='t,' + ','.join(f'c{c}' for c in range(300))),
    'long_name.csv': BASE.replace('x', 'x' * 20_000, 1),
    'command_name.csv': BASE.replace('t,x', "t,=cmd|' /C calc'!A0", 1),
    'latex_name.csv': BASE.replace('t,x', 't,$\\frac{$', 1),
    'unicode_names.csv': rows(HALVES, head='t,温度,ẏ'),
    'numeric_names.csv': rows(DAYS, head='date,1,2'),
    'broken.json': '[{"x": 1}, {"x": 2', 'deep.json': '[' * 5000,
    'records.json': FRAME.reset_index().assign(date=DAYS).to_json(orient='records'),
    'columns.json': FRAME.assign(date=DAYS).reset_index(drop=True).to_json(orient='columns'),
    'columns_dates.json': FRAME.to_json(orient='columns', date_format='iso'),
    'index.json': FRAME.set_axis(DAYS).to_json(orient='index'),
    'split.json': FRAME.set_axis(DAYS).to_json(orient='split'),
    'table.json': FRAME.to_json(orient='table'),
    'values.json': FRAME.to_json(orient='values'),
    'lines.json': FRAME.assign(date=DAYS).to_json(orient='records', lines=True),
    'series.json': json.dumps(dict(zip(DAYS, X))), 'pairs.json': json.dumps([[1325376000000 + 1000 * k, x] for k, x in enumerate(X)]), 'answer.json': json.dumps(dict(status='ok', result=dict(date=DAYS, x=X))),
    'lists.json': json.dumps(dict(date=DAYS, x=X, y=Y)),
    'nested.json': json.dumps(dict(station='north', data=[dict(date=d, x=x) for d, x in zip(DAYS, X)])),
    'records_in_records.json': json.dumps([dict(time=d, value=dict(x=x)) for d, x in zip(DAYS, X)]),
    'epoch.json': FRAME.reset_index().to_json(orient='records', date_unit='ms'),
}

def npy(array): out = io.BytesIO(); np.save(out, array); return out.getvalue()
def npz(**arrays): out = io.BytesIO(); np.savez(out, **arrays); return out.getvalue()

TEXTS |= {
    'plain.npy': npy(np.c_[X, Y]), 'one_channel.npy': npy(np.array(X)), 'trajectories.npy': npy(np.stack([np.c_[X, Y], np.c_[Y, X]], 1)),
    'turned.npy': npy(np.zeros((3, 1000))), 'objects.npy': npy(np.array([{}, None])), 'complex.npy': npy(np.array(X) * 1j),
    'times.npz': npz(z=np.c_[X, Y], t=np.array(HALVES), names=np.array(['x', 'y'])), 'single.npz': npz(signal=np.c_[X, Y]), 'two_arrays.npz': npz(a=np.c_[X], b=np.c_[Y]),
}

def _excel(path, *parts, sheet='Data'):
    "An Excel file of rows of cells as they are given"
    import openpyxl
    book = openpyxl.Workbook(); page = book.active; page.title = sheet
    for row in parts: page.append(list(row))
    book.save(path)

def _cover(path, *parts):
    "An Excel file whose first sheet says what the second holds"
    import openpyxl
    book = openpyxl.Workbook(); book.active.append(['Sales of the year']); page = book.create_sheet('Data')
    for row in parts: page.append(list(row))
    book.save(path)

FILES = { # those that need a library: name -> function of the path
    'index.parquet': lambda p: FRAME.to_parquet(p),
    'column.parquet': lambda p: FRAME.reset_index().to_parquet(p),
    'two_levels.parquet': lambda p: pd.DataFrame([(s, pd.Timestamp(t), x) for s, t, x in two()], columns=['store', 'date', 'x']).set_index(['store', 'date']).to_parquet(p),
    'zoned.parquet': lambda p: FRAME.tz_localize('Europe/Berlin').to_parquet(p),
    'integers.feather': lambda p: FRAME.reset_index().astype({'y': 'Int64'}).to_feather(p),
    'damaged.parquet': lambda p: (FRAME.to_parquet(p), p.write_bytes(p.read_bytes()[:300])),
    'dates.xlsx': lambda p: _excel(p, ('date', 'x', 'y'), *zip(FRAME.index.to_pydatetime(), X, Y)),
    'report.xlsx': lambda p: _excel(p, ('Report of the station',), (), ('Datum', 'x', 'y'), ('', 'mm', '°C'), *zip(FRAME.index.to_pydatetime(), X, Y)),
    'texts.xlsx': lambda p: _excel(p, ('Datum', 'x', 'y'), *zip(dates('%d.%m.%Y'), holes(comma(X), '-'), Y)),
    'plain.xlsx': lambda p: _excel(p, *zip(X, Y)),
    'cover.xlsx': lambda p: _cover(p, ('date', 'x', 'y'), *zip(FRAME.index.to_pydatetime(), X, Y)),
    'across.parquet': lambda p: pd.DataFrame([X, Y], index=['a', 'b'], columns=[str(d) for d in DAYS]).rename_axis('store').reset_index().to_parquet(p),
    'empty.xlsx': lambda p: _excel(p),
}

def write(
    folder, # where to
    names=None # of some tables; None: all
):
    "Write the tables into a folder"
    folder = Path(folder); folder.mkdir(parents=True, exist_ok=True)
    for name, content in TEXTS.items():
        if names is None or name in names: (folder/name).write_bytes(content if isinstance(content, bytes) else content.encode())
    for name, make in FILES.items():
        if names is None or name in names: make(folder/name)

if __name__ == '__main__': write(sys.argv[1])
