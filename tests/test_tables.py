"What the door makes of every table in tests/zoo.py, one line each, and that its continuation goes on where it ends."
import numpy as np
import pytest
import zoo
from dynmoe.cli import main
from dynmoe.core import InputError
from dynmoe.forecast import forecast
from dynmoe.tables import as_text, read

XY = 10.5, 100
HALF, DAY, SIX = ('0', '11.5', 'every 0.5'), ('2012-01-01', '2012-01-24', 'every day'), ('2012-01-01 00:00:00', '2012-01-06 18:00:00', 'every 6 hours')
WEEK, MONTH, QUARTER = ('2012-01-02', '2012-06-11', 'every week'), ('1990-01', '1991-12', 'every month'), ('1970Q1', '1975Q4', 'every quarter')
LOGGER, ROWS = ('2012-01-01 00:00:00', '2012-01-01 03:50:00', 'every 10 minutes'), (None, None, 'rows are counted')

READ = { # file: names, rows of the first series, its first values, first and last time, step, and the lengths of several series
    'comma.csv': ('x|y', 24, XY, *HALF),
    'semicolon.csv': ('x|y', 24, XY, *HALF),
    'decimal_comma.csv': ('x|y', 24, XY, *HALF),
    'decimal_comma_tabs.txt': ('x|y', 24, XY, *HALF),
    'decimal_comma_quoted.csv': ('x|y', 24, XY, *HALF),
    'tabs.tsv': ('x|y', 24, XY, *HALF),
    'bars.txt': ('x|y', 24, XY, *HALF),
    'carets.txt': ('x|y', 24, XY, *HALF),
    'blanks.txt': ('x|y', 24, XY, *HALF),
    'markdown.md': ('x|y', 24, XY, *HALF),
    'psql.txt': ('x|y', 24, XY, *HALF),
    'thousands_us.csv': ('x|y', 24, (1234.5, 100.0), *HALF),
    'thousands_us_whole.csv': ('x|y', 24, (1234.0, 100.0), *HALF),
    'thousands_de.csv': ('x|y', 24, (1234.5, 100.0), *HALF),
    'thousands_fr.csv': ('x|y', 24, (1234.5, 100.0), *HALF),
    'thousands_ch.csv': ('x|y', 24, (1234.5, 100.0), *HALF),
    'percent.csv': ('x|y', 24, XY, *HALF),
    'brackets.csv': ('x|y', 24, XY, *HALF),
    'minus_sign.csv': ('x|y', 24, (-10.5, 100.0), *HALF),
    'fortran.dat': ('z1|z2', 24, XY, *HALF),
    'exponents.csv': ('x|y', 24, XY, *HALF),
    'bom.csv': ('x|y', 24, XY, *HALF),
    'key.csv': ('x', 24, (10.5,), *DAY),
    'packed_on_a_mac.zip': ('x|y', 24, XY, *HALF),
    'bom_twice.csv': ('x|y', 24, XY, *HALF),
    'latin1.csv': ('Temperatur (°C)|Höhe', 24, XY, *HALF),
    'utf16.txt': ('x|y', 24, XY, *HALF),
    'utf16_no_bom.txt': ('x|y', 24, XY, *HALF),
    'excel_sep.csv': ('x|y', 24, XY, *HALF),
    'windows.csv': ('x|y', 24, XY, *HALF),
    'old_mac.csv': ('x|y', 24, XY, *HALF),
    'trailing_commas.csv': ('x|y', 24, XY, *HALF),
    'no_last_newline.csv': ('x|y', 24, XY, *HALF),
    'quoted.csv': ('x|y', 24, XY, *HALF),
    'empty_rows.csv': ('x|y', 24, XY, *HALF),
    'packed.csv.gz': ('x|y', 24, XY, *HALF),
    'packed.csv.bz2': ('x|y', 24, XY, *HALF),
    'packed.csv.xz': ('x|y', 24, XY, *HALF),
    'packed.zip': ('x|y', 24, XY, *HALF),
    'comments.csv': ('x|y', 24, XY, *HALF),
    'savetxt.txt': ('x|y', 24, XY, *HALF),
    'no_header.csv': ('z1|z2', 24, XY, *HALF),
    'no_header_dates.csv': ('z1|z2', 24, XY, *DAY),
    'unnamed_series.csv': ('0', 24, (10.5,), *ROWS),
    'unnamed_series_dates.csv': ('0', 24, (10.5,), *DAY),
    'unnamed_frame.csv': ('0|1', 24, XY, *ROWS),
    'unnamed_frame_no_index.csv': ('0|1', 24, XY, *ROWS),
    'pandas_index.csv': ('x|y', 24, XY, *DAY),
    'pandas_row_numbers.csv': ('x|y', 24, XY, *DAY),
    'pandas_unnamed_dates.csv': ('x|y', 24, XY, *DAY),
    'pandas_twice.csv': ('x|y', 24, XY, *DAY),
    'pandas_two_headers.csv': ('sea x|sea y', 24, XY, *DAY),
    'units.csv': ('x|y', 24, XY, *HALF),
    'units_brackets.csv': ('x|y', 24, XY, *DAY),
    'units_in_names.csv': ('x, left (m)|y [°C]', 24, XY, *HALF),
    'toa5.dat': ('AirTC', 24, (10.5,), *LOGGER),
    'toa5_wide.dat': ('AirTC|RH', 24, XY, *LOGGER),
    'buoy.txt': ('x|y', 24, XY, *SIX),
    'hydrograph.csv': ('Wasserstand [cm]|Abfluss', 24, XY, *SIX),
    'title.csv': ('x|y', 24, XY, *DAY),
    'joined_files.csv': ('x|y', 24, XY, *DAY),
    'not_filled.dat': ('x|y', 24, XY, *HALF),
    'preamble.csv': ('x|y', 24, XY, *DAY),
    'footnotes.csv': ('x|y', 24, XY, '1990', '2013', 'every 1'),
    'r_write_table.txt': ('x|y', 24, XY, *ROWS),
    'r_write_csv.csv': ('x|y', 24, XY, *ROWS),
    'r_dates.txt': ('x|y', 24, XY, *DAY),
    'one_column.csv': ('x', 24, (10.5,), *ROWS),
    'one_column_plain.txt': ('z0', 24, (10.5,), *ROWS),
    'one_column_decimal_comma.txt': ('x', 24, (10.5,), *ROWS),
    'year_month_name.csv': ('x|y', 24, XY, '1991-07', '1993-06', 'every month'),
    'month_name_year.csv': ('x|y', 24, XY, '1999-01', '2000-12', 'every month'),
    'month_full_year.csv': ('x|y', 24, XY, '1991-07', '1993-06', 'every month'),
    'quarters.csv': ('x|y', 24, XY, *QUARTER),
    'quarters_short.csv': ('x|y', 24, XY, *QUARTER),
    'quarters_oecd.csv': ('x|y', 24, XY, *QUARTER),
    'months_imf.csv': ('x|y', 24, XY, *MONTH),
    'months_eurostat.csv': ('x|y', 24, XY, *MONTH),
    'months_15.csv': ('x|y', 24, XY, '1990-01-15', '1991-12-15', 'every month'),
    'month_ends.csv': ('x|y', 24, XY, '1990-01-31', '1991-12-31', 'every month'),
    'business_days.csv': ('x|y', 24, XY, '2012-03-26', '2012-04-30', 'every business day'),
    'stocks.csv': ('Open|Volume', 24, XY, '2012-01-02', '2012-02-02', 'every business day'),
    'jan_1_2000.csv': ('x|y', 24, XY, '2000-01-01', '2000-01-24', 'every day'),
    'one_jan.csv': ('x|y', 24, XY, *DAY),
    'one_jan_12.csv': ('x|y', 24, XY, *DAY),
    'weekday.csv': ('x|y', 24, XY, *DAY),
    'rfc2822.csv': ('x|y', 24, XY, '2012-01-01 00:00:00+00:00', '2012-01-01 23:00:00+00:00', 'every hour'),
    'points.csv': ('x|y', 24, XY, *DAY),
    'points_short.csv': ('x|y', 24, XY, *DAY),
    'points_time.csv': ('x|y', 24, XY, *SIX),
    'us_dates.csv': ('x|y', 24, XY, *DAY),
    'us_dates_short.csv': ('x|y', 24, XY, '1999-12-20', '2000-01-12', 'every day'),
    'uk_dates.csv': ('x|y', 24, XY, *DAY),
    'slashes_iso.csv': ('x|y', 24, XY, *DAY),
    'iso_offset.csv': ('x|y', 24, XY, '2012-01-01 00:00:00+02:00', '2012-01-06 18:00:00+02:00', 'every 6 hours'),
    'iso_z.csv': ('x|y', 24, XY, '2012-01-01 00:00:00+00:00', '2012-01-06 18:00:00+00:00', 'every 6 hours'),
    'iso_utc.csv': ('x|y', 24, XY, '2012-01-01 00:00:00+00:00', '2012-01-06 18:00:00+00:00', 'every 6 hours'),
    'iso_summer.csv': ('x|y', 24, XY, '2020-10-24 22:00:00+00:00', '2020-10-25 21:00:00+00:00', 'every hour'),
    'iso_fractions.csv': ('x|y', 24, XY, '2012-01-01 00:00:00', '2012-01-01 00:00:05.750000', 'every 0.25 seconds'),
    'yyyymmdd.csv': ('x|y', 24, XY, *DAY),
    'yyyymmdd_float.csv': ('x|y', 24, XY, *DAY),
    'yyyymmdd_hour.csv': ('x|y', 24, XY, *SIX),
    'yyyymmddhh.txt': ('x|y', 24, XY, *SIX),
    'iso_basic.csv': ('x|y', 24, XY, '2012-01-01 00:00:00+00:00', '2012-01-06 18:00:00+00:00', 'every 6 hours'),
    'yyyymm.csv': ('x|y', 24, XY, *MONTH),
    'years.csv': ('x|y', 24, XY, '1990', '2013', 'every 1'),
    'decimal_years.csv': ('x|y', 24, XY, '1990.0417', '1991.9583', 'every 0.0833304'),
    'epoch.csv': ('x|y', 24, XY, '1325376000', '1325377380', 'every 60'),
    'epoch_ms.csv': ('x|y', 24, XY, '1325376000000', '1325376005750', 'every 250'),
    'epoch_2hz.csv': ('x|y', 24, XY, '1700000000', '1700000011.5', 'every 0.5'),
    'year_month_day.csv': ('x|y', 24, XY, *DAY),
    'year_month.txt': ('x|y', 24, XY, '2012-01', '2013-12', 'every month'),
    'year_month_day_hour.csv': ('x|y', 24, XY, *SIX),
    'year_doy.csv': ('x|y', 24, XY, '2012-02-20', '2012-03-14', 'every day'),
    'mess_datum.csv': ('x|y', 24, XY, '2012-01-01 00:00:00', '2012-01-01 23:00:00', 'every hour'),
    'sixties.csv': ('x|y', 24, XY, '1968-12-20', '1969-01-12', 'every day'),
    'year_first.csv': ('x|y', 24, XY, '2012-01-20', '2012-02-12', 'every day'),
    'am_pm_close.csv': ('x|y', 24, XY, '2012-01-20 00:00:00', '2012-01-25 18:00:00', 'every 6 hours'),
    'gmt_plus.csv': ('x|y', 24, XY, '2012-01-01 00:00:00+02:00', '2012-01-06 18:00:00+02:00', 'every 6 hours'),
    'year_beside.csv': ('x', 24, (10.5,), *DAY),
    'date_time.csv': ('x|y', 24, XY, *SIX),
    'date_time.txt': ('x|y', 24, XY, *SIX),
    'am_pm.csv': ('x|y', 24, XY, '2012-01-20 00:00:00', '2012-01-25 18:00:00', 'every 6 hours'),
    'am_pm_columns.csv': ('x|y', 24, XY, '2012-01-20 00:00:00', '2012-01-25 18:00:00', 'every 6 hours'),
    'date_hour.csv': ('load|price', 24, XY, '2012-01-01 00:00:00', '2012-01-02 22:00:00', 'every 2 hours'),
    'datum_uhrzeit.csv': ('x|y', 24, XY, *SIX),
    'year_week.csv': ('cases|tests', 24, XY, *WEEK),
    'year_quarter.csv': ('x|y', 24, XY, *QUARTER),
    'iso_weeks.csv': ('x|y', 24, XY, *WEEK),
    'iso_weeks_day.csv': ('x|y', 24, XY, *WEEK),
    'clock.csv': ('x|y', 24, XY, '00:00:00', '00:03:50', 'every 10 seconds'),
    'elapsed.csv': ('x|y', 24, XY, '00:00:00', '00:00:23', 'every second'),
    'weeks_german.csv': ('x|y', 24, XY, *WEEK),
    'weeks_digits.csv': ('x|y', 24, XY, *WEEK),
    'weeks_spans.csv': ('x|y', 24, XY, *WEEK),
    'hours_spans.csv': ('x|y', 24, XY, *SIX),
    'quarters_fiscal.csv': ('x|y', 24, XY, *QUARTER),
    'quarters_bank.csv': ('x|y', 24, XY, *QUARTER),
    'quarters_decimal.csv': ('x|y', 24, XY, *QUARTER),
    'halves.csv': ('x|y', 24, XY, '1990-01', '2001-07', 'every 6 months'),
    'month_year.csv': ('x|y', 24, XY, *MONTH),
    'month_point_year.csv': ('x|y', 24, XY, *MONTH),
    'year_point_month.csv': ('x|y', 24, XY, *MONTH),
    'seasons.csv': ('x|y', 24, XY, '1990', '2013', 'every year'),
    'ordinal.csv': ('x|y', 24, XY, *DAY),
    'ordinal_dash.csv': ('x|y', 24, XY, *DAY),
    'year_month_words.csv': ('x|y', 24, XY, *MONTH),
    'iso_days_summer.csv': ('x|y', 24, XY, '2012-03-20', '2012-04-12', 'every day'),
    'midnight_24.csv': ('x|y', 24, XY, '2012-01-01 06:00:00', '2012-01-07 00:00:00', 'every 6 hours'),
    'javascript.csv': ('x|y', 24, XY, '2012-01-01 00:00:00+02:00', '2012-01-06 18:00:00+02:00', 'every 6 hours'),
    'over_midnight.csv': ('x|y', 24, XY, '00:00:00', '138:00:00', 'every 6 hours'),
    'pandas_spans.csv': ('x|y', 24, XY, '00:00:00', '138:00:00', 'every 6 hours'),
    'iso_spans.csv': ('x|y', 24, XY, '00:00:00', '138:00:00', 'every 6 hours'),
    'tree_rings.csv': ('x|y', 24, XY, '1500-06-15', '1523-06-15', 'every year'),
    'office_hours.csv': ('x|y', 24, XY, '2012-01-02 09:00:00', '2012-01-09 12:00:00', '4 times every business day'),
    'mon_wed_fri.csv': ('x|y', 24, XY, '2012-01-02', '2012-02-24', 'every Mon, Wed, Fri'),
    'dekads.csv': ('x|y', 24, XY, '2012-01-01', '2012-08-21', '3 times a month'),
    'world_bank.csv': ('value', 24, (10.5,), '1990', '2013', 'every 1', {'Chad': 24, 'Mali': 24}),
    'dates_across.csv': ('value', 24, (10.5,), *DAY, {'7': 24, '8': 24}),
    'years_down.csv': ('value', 24, (10.5,), *MONTH),
    'years_across.csv': ('value', 24, (10.5,), *QUARTER),
    'total.csv': ('x|y', 24, XY, *DAY),
    'total_without_label.csv': ('x|y', 24, XY, *MONTH),
    'mean_of_years.csv': ('x|y', 24, XY, '1990', '2013', 'every 1'),
    'points_in_thousands.csv': ('x|y', 24, (990, 100), *DAY),
    'points_in_all.csv': ('x|y', 24, (1500, 100), *MONTH),
    'lakhs.csv': ('x|y', 24, (110000, 100), *DAY),
    'currency_words.csv': ('x|y', 24, XY, *DAY),
    'text_column.csv': ('x', 24, (10.5,), *DAY),
    'unit_in_cells.csv': ('x', 24, (10.5,), *DAY),
    'french_months.csv': ('x', 24, (10.5,), *ROWS),
    'text_over_lines.csv': ('x', 24, (10.5,), *DAY),
    'text_with_commas.csv': ('x', 24, (10.5,), *DAY),
    'na.csv': ('x', 24, (10.5,), *DAY),
    'dashes.csv': ('x', 24, (10.5,), *DAY),
    'empty_cells.csv': ('x|y', 24, XY, *DAY),
    'last_cells_empty.csv': ('x|y', 24, XY, *DAY),
    'null_mysql.tsv': ('x|y', 24, XY, *DAY),
    'excel_errors.csv': ('x|y', 24, XY, *DAY),
    'fred.csv': ('DGS10', 24, (10.5,), *DAY),
    'sentinel_9999.csv': ('x|y', 24, XY, *DAY),
    'sentinel_99.txt': ('x|y', 24, XY, *HALF),
    'sentinel_netcdf.csv': ('x|y', 24, XY, *DAY),
    'true_false.csv': ('x', 24, (10.5,), *DAY),
    'categories.csv': ('x|door', 24, (10.5, 1.0), *DAY),
    'newest_first.csv': ('x|y', 24, XY, *DAY),
    'missing_rows.csv': ('x|y', 21, XY, *DAY),
    'uneven.csv': ('x|y', 24, XY, '0', '110.304125036193', 'uneven times'),
    'long.csv': ('y', 24, (10.5,), *DAY, {'a': 24, 'b': 18}),
    'long_interleaved.csv': ('x', 24, (10.5,), '0', '23', 'every 1', {'a': 24, 'b': 24}),
    'long_no_times.csv': ('x', 24, (10.5,), *ROWS, {'1': 24, '2': 24}),
    'one_row.csv': ('x|y', 1, (1.0, 2.0), '0', '0', 'at 0'),
    'wide.csv': ('|'.join(f'c{c}' for c in range(300)), 24, (10.5, 11.5), *HALF),
    'long_name.csv': ('x' * 20_000 + '|y', 24, XY, *HALF),
    'command_name.csv': ("=cmd|' /C calc'!A0|y", 24, XY, *HALF),
    'latex_name.csv': ('$\\frac{$|y', 24, XY, *HALF),
    'unicode_names.csv': ('温度|ẏ', 24, XY, *HALF),
    'numeric_names.csv': ('1|2', 24, XY, *DAY),
    'records.json': ('x|y', 24, XY, *DAY),
    'columns.json': ('x|y', 24, XY, *DAY),
    'columns_dates.json': ('x|y', 24, XY, *DAY),
    'index.json': ('x|y', 24, XY, *DAY),
    'split.json': ('x|y', 24, XY, *DAY),
    'table.json': ('x|y', 24, XY, *DAY),
    'values.json': ('z1', 24, (100,), '10.5', '33.5', 'every 1'),
    'series.json': ('value', 24, (10.5,), *DAY),
    'pairs.json': ('z1', 24, (10.5,), '1325376000000', '1325376023000', 'every 1000'),
    'answer.json': ('x', 24, (10.5,), *DAY),
    'lines.json': ('x|y', 24, XY, *DAY),
    'lists.json': ('x|y', 24, XY, *DAY),
    'nested.json': ('x', 24, (10.5,), *DAY),
    'records_in_records.json': ('value.x', 24, (10.5,), *DAY),
    'epoch.json': ('x|y', 24, XY, '1325376000000', '1327363200000', 'every 86400000'),
    'plain.npy': ('z0|z1', 24, XY, *ROWS),
    'one_channel.npy': ('z0', 24, (10.5,), *ROWS),
    'trajectories.npy': ('z0|z1', 24, XY, *ROWS, {0: 24, 1: 24}),
    'times.npz': ('x|y', 24, XY, *HALF),
    'single.npz': ('z0|z1', 24, XY, *ROWS),
    'index.parquet': ('x|y', 24, XY, *DAY),
    'column.parquet': ('x|y', 24, XY, *DAY),
    'two_levels.parquet': ('x', 24, (10.5,), *DAY, {'a': 24, 'b': 18}),
    'zoned.parquet': ('x|y', 24, XY, *DAY),
    'integers.feather': ('x|y', 24, XY, *DAY),
    'dates.xlsx': ('x|y', 24, XY, *DAY),
    'report.xlsx': ('x|y', 24, XY, *DAY),
    'texts.xlsx': ('x|y', 24, XY, *DAY),
    'cover.xlsx': ('x|y', 24, XY, *DAY),
    'across.parquet': ('value', 24, (10.5,), *DAY, {'a': 24, 'b': 24}),
    'plain.xlsx': ('z1', 24, (100.0,), '10.5', '33.5', 'every 1'),
}
READ_SO = { # the same, with options
    ('ambiguous.csv', 'dayfirst', True): ('x|y', 7, XY, '2012-01-01', '2012-07-01', 'every month'),
    ('ambiguous.csv', 'dayfirst', False): ('x|y', 7, XY, '2012-01-01', '2012-01-07', 'every day'),
    ('long_other_names.csv', 'series', 'station'): ('level', 24, (10.5,), *DAY, {'north': 24, 'south': 18}),
    ('two_ids.csv', 'series', ('store', 'item')): ('sales', 24, (10.5,), *DAY, {('1', 'p'): 24, ('1', 'q'): 24, ('2', 'p'): 24, ('2', 'q'): 24}),
    ('plain.npy', 'dt', .5): ('z0|z1', 24, XY, *HALF),
    ('single.npz', 'names', ('x', 'y')): ('x|y', 24, XY, *ROWS),
    ('comma.csv', 'columns', 'y'): ('y', 24, (100,), *HALF),
    ('no_header.csv', 'time', 0): ('z1|z2', 24, XY, *HALF),
    ('date_time.csv', 'time', 'Date'): ('x|y', 24, XY, *SIX),
}
REFUSED = { # file: what the sentence says after the file's name
    'ambiguous.csv': "column 'date' of ambiguous.csv: expected dates whose day and month can be told apart, got '01/02/2012', which may be 01 February or 02 January; say dayfirst=True or dayfirst=False",
    'leap_second.csv': "expected times in column 'time', got '2016-12-31T23:59:60Z' in line 12; write them as numbers, or as dates such as 2020-01-31, or leave the column out with columns=",
    'infinite.csv': "expected finite numbers, got 1 infinite one, the first in 'x' at line 5; leave such cells empty",
    'german_months.csv': "expected times in column 'Datum', got '20. Januar 2012' in line 2; write them as numbers, or as dates such as 2020-01-31, or leave the column out with columns=",
    'spanish_months.csv': "expected times in column 'date', got '20 ene 2012' in line 2; write them as numbers, or as dates such as 2020-01-31, or leave the column out with columns=",
    'word_in_numbers.csv': "expected a number in column 'x', line 5, got 'broken'; correct it, or leave the column out with columns=",
    'all_text.csv': "expected at least one column of numbers, got only 'date', 'x' (text such as 'a'), 'y' (text such as 'b'); add the measured columns, or name them with columns=",
    'repeated_hour.csv': 'expected 24 increasing times, got 2020-10-25 02:00:00 again in line 9; if clocks were put back there, write the times with their offset or in UTC',
    'duplicates.csv': 'expected 24 increasing times, got 2012-01-10 again in line 12; sort the rows, and leave each time once; several series in one table need a column that tells them apart, named with series=',
    'unsorted.csv': 'expected 24 increasing times, got 2012-01-06 after 2012-01-10 in line 7; sort the rows, and leave each time once; several series in one table need a column that tells them apart, named with series=',
    'long_other_names.csv': "expected 42 increasing times, got 2012-01-01 again in line 26; if 'station' tells series apart, say so with series=",
    'two_ids.csv': "expected 48 increasing times of series 'p', got 2012-01-01 again in line 50; if 'store' tells them apart as well, give both with series=",
    'years_of_many.csv': "expected 48 increasing times, got 1990 again in line 26; if 'Entity' tells series apart, say so with series=",
    'date_missing.csv': "expected times in column 'day', got '' in line 11; write them as dates such as 2020-01-31, or leave the column out with columns=",
    'rows_are_series.csv': 'expected at least as many rows as channels, time down, got 2 rows of 24 channels; transpose it, or give it times',
    'missing_id.csv': "expected a series in column 'id', got none in line 9; fill it in",
    'ragged.csv': 'expected 3 cells in each row, got 2 in line 12; correct that line; cells are separated by commas, semicolons, tabs, bars or blanks',
    'ragged_long.csv': 'expected 3 cells in each row, got 4 in line 12; correct that line; cells are separated by commas, semicolons, tabs, bars or blanks',
    'truncated.csv': 'expected 3 cells in each row, got 2 in line 25; correct that line; cells are separated by commas, semicolons, tabs, bars or blanks',
    'truncated_one_column_left.csv': 'expected 3 cells in each row, got 1 in line 25; correct that line; cells are separated by commas, semicolons, tabs, bars or blanks',
    'truncated.csv.gz': 'expected a compressed file, got a damaged one',
    'binary.dat': 'expected a table of text, or another kind of file that can be read, got bytes that are neither; check the file',
    'picture.png': 'expected a table of text, or another kind of file that can be read, got bytes that are neither; check the file',
    'page.html': "expected CSV, Parquet, Feather, JSON, Excel (xlsx), NPY or NPZ, got another kind of file (b'<!DOCTYP'); write it as one of these",
    'empty.csv': 'expected data, got an empty file; check that it was written completely',
    'only_blank_lines.csv': 'expected a table of numbers, got a file without any; check that it was written completely',
    'header_only.csv': 'expected rows of numbers below the header, got a header only; check that it was written completely',
    'names_twice.csv': "expected different column names, got 'x' twice; rename one of them",
    'broken.json': 'a damaged or foreign one (JSONDecodeError',
    'deep.json': 'a damaged or foreign one (RecursionError',
    'turned.npy': 'expected at least as many frames as channels, time first, got shape (3, 1000); transpose it: x.T',
    'objects.npy': 'expected arrays of numbers, got pickled objects, which could run code; write it again with numpy.save or numpy.savez from arrays of numbers',
    'complex.npy': 'expected an array of numbers, got dtype complex128; convert it to numbers',
    'two_arrays.npz': "expected states in an array 'z', or one array only, got a, b; save the states as 'z' and the times as 't'",
    'damaged.parquet': 'expected a parquet file with a table, got a damaged or foreign one (ArrowInvalid',
    'empty.xlsx': 'expected a table with rows, got none; check that it was written completely',
}
LEFT_OUT = { # file: what the sentence says besides
    'text_column.csv': "'flag' left out, text such as 'ok'", 'unit_in_cells.csv': "'mass' left out, text such as '100 kg'", 'french_months.csv': "'jour' left out, text such as '20 janv. 2012'",
    'key.csv': "'id' left out, another in each row", 'total.csv': '1 row below the table left out: Total', 'mean_of_years.csv': 'left out: Durchschnitt', 'years_down.csv': 'a row for each year: put one after the other; Annual left out', 'world_bank.csv': 'a row for each series, a column for each time: turned',
    'year_beside.csv': "'year' left out, which tells the time", 'toa5.dat': "AirTC [Deg C]", 'units.csv': 'x [m], y [m/s]', 'report.xlsx': 'x [mm], y [°C]',
    'preamble.csv': '2 lines above the table left out', 'footnotes.csv': '2 lines below the table left out', 'newest_first.csv': 'newest first: turned round', 'missing_rows.csv': '3 steps without a row',
    'na.csv': '3 missing values', 'dashes.csv': '3 missing values', 'empty_cells.csv': '3 missing values', 'last_cells_empty.csv': '3 missing values', 'null_mysql.tsv': '3 missing values', 'excel_errors.csv': '4 missing values', 'fred.csv': '3 missing values', 'texts.xlsx': '3 missing values',
    'sentinel_9999.csv': "-9999 in 'x' taken as missing (3 times)", 'sentinel_99.txt': "-99.99 in 'x' taken as missing (3 times)", 'sentinel_netcdf.csv': "in 'x' taken as missing (3 times)",
    'no_header.csv': 'the first column goes up in equal steps and is read as the time', 'year_month_day.csv': "'month', 'day' left out, which tell the time",
}

@pytest.fixture(scope='session')
def tables(tmp_path_factory):
    "The folder of all of them"
    folder = tmp_path_factory.mktemp('zoo')
    zoo.write(folder)
    return folder

def check_read(table, names, rows, first, start, end, step, lengths=None):
    assert ('|'.join(table.names), len(table.x[0])) == (names, rows)
    assert table.x[0][0][:2].tolist() == list(first)
    assert (as_text(table.index[0][[0, -1]]) if table.time is not None else [None, None]) == [start, end]
    assert step in table.summary()
    assert (dict(zip(table.ids, map(len, table.x))) if len(table) > 1 else None) == lengths

def test_every_table_has_its_line(): assert {*READ} | {*REFUSED} == {*zoo.TEXTS} | {*zoo.FILES} and not {*READ} & {*REFUSED} and len(READ) + len(REFUSED) >= 50

@pytest.mark.parametrize('name', READ)
def test_read(name, tables): check_read(read(tables/name), *READ[name])

@pytest.mark.parametrize('name, option, value', READ_SO)
def test_read_with_an_option(name, option, value, tables): check_read(read(tables/name, **{option: value}), *READ_SO[name, option, value])

@pytest.mark.parametrize('name', LEFT_OUT)
def test_says_what_was_left_out(name, tables): assert LEFT_OUT[name] in read(tables/name).summary()

@pytest.mark.parametrize('name', REFUSED)
def test_refused_in_one_sentence(name, tables):
    with pytest.raises(InputError) as e: read(tables/name)
    said = str(e.value).replace(f'{tables}/', '')
    assert REFUSED[name] in said and '\n' not in said and name in said

# What comes out

NEXT = { # file: the three times that follow
    'months_15.csv': ['1992-01-15', '1992-02-15', '1992-03-15'], 'month_ends.csv': ['1992-01-31', '1992-02-29', '1992-03-31'], 'business_days.csv': ['2012-05-01', '2012-05-02', '2012-05-03'],
    'stocks.csv': ['2012-02-03', '2012-02-06', '2012-02-07'], 'year_month_name.csv': ['1993-07', '1993-08', '1993-09'], 'quarters_short.csv': ['1976Q1', '1976Q2', '1976Q3'], 'iso_weeks.csv': ['2012-06-18', '2012-06-25', '2012-07-02'],
    'epoch_2hz.csv': ['1700000012', '1700000012.5', '1700000013'], 'epoch_ms.csv': ['1325376006000', '1325376006250', '1325376006500'], 'years.csv': ['2014', '2015', '2016'], 'yyyymm.csv': ['1992-01', '1992-02', '1992-03'],
    'iso_offset.csv': [f'2012-01-07 {h:02d}:00:00+02:00' for h in (0, 6, 12)], 'iso_z.csv': [f'2012-01-07 {h:02d}:00:00+00:00' for h in (0, 6, 12)], 'iso_fractions.csv': ['2012-01-01 00:00:06', '2012-01-01 00:00:06.250000', '2012-01-01 00:00:06.500000'],
    'newest_first.csv': ['2012-01-25', '2012-01-26', '2012-01-27'], 'missing_rows.csv': ['2012-01-25', '2012-01-26', '2012-01-27'], 'clock.csv': ['00:04:00', '00:04:10', '00:04:20'],
    'office_hours.csv': [f'2012-01-10 {h:02d}:00:00' for h in (9, 10, 11)], 'mon_wed_fri.csv': ['2012-02-27', '2012-02-29', '2012-03-02'], 'dekads.csv': ['2012-09-01', '2012-09-11', '2012-09-21'],
    'halves.csv': ['2002-01', '2002-07', '2003-01'], 'tree_rings.csv': ['1524-06-15', '1525-06-15', '1526-06-15'], 'iso_days_summer.csv': ['2012-04-13', '2012-04-14', '2012-04-15'], 'weeks_digits.csv': ['2012-06-18', '2012-06-25', '2012-07-02'], 'over_midnight.csv': ['144:00:00', '150:00:00', '156:00:00'],
    'date_hour.csv': ['2012-01-03 00:00:00', '2012-01-03 02:00:00', '2012-01-03 04:00:00'], 'zoned.parquet': ['2012-01-25', '2012-01-26', '2012-01-27'],
}
WITH_GAPS = {'na.csv', 'dashes.csv', 'empty_cells.csv', 'last_cells_empty.csv', 'null_mysql.tsv', 'excel_errors.csv', 'fred.csv', 'texts.xlsx', *(n for n in READ if n.startswith('sentinel'))}   # persistence does not take them
CONTINUED = [n for n in READ if n not in WITH_GAPS | {'one_row.csv'}]

@pytest.mark.parametrize('name', CONTINUED)
def test_what_comes_out_continues_what_came_in(name, tables):
    table = read(tables/name)
    f = forecast(table, 3, 'persistence', details=True)
    for s, frame in enumerate([f.to_frame()] if len(table) == 1 else [f.to_frame().xs(i) for i in table.ids]):
        last, t = table.index[s][-1], frame.index
        assert t[0] > last and t.is_monotonic_increasing and len(t) == 3 and frame.columns.tolist() == list(table.names)
        if name in NEXT: assert as_text(t) == NEXT[name]
        elif 'uneven' not in table.summary(): assert t[0] - last == pytest.approx(last - table.index[s][-2], rel=1e-3) if t.dtype.kind in 'iuf' else t[0] - last == last - table.index[s][-2]
        assert np.array_equal(frame.to_numpy(), np.repeat(table.x[s][-1:], 3, 0))
    assert list(f.values.columns)[-len(table.names):] == [type(c)(n) for c, n in zip(table.layout.get('columns', table.names), table.names)]

@pytest.fixture
def undrawn(monkeypatch):
    for name in 'plot_forecast', 'plot_forecasts', 'save': monkeypatch.setattr(f'dynmoe.plotting.{name}', lambda *args, **options: None)

@pytest.mark.parametrize('name', CONTINUED)
def test_the_command_writes_what_the_door_reads(name, tables, tmp_path, undrawn, capfd):
    table = read(tables/name)
    assert main(['forecast', str(tables/name), '--horizon', '3', '--model', 'persistence', '--out', str(tmp_path/'out')]) == 0
    again = read(tmp_path/'out'/'forecast.csv', series=(table.layout.get('outer') or [None])[0])
    assert [n.lstrip("'") for n in again.names] == list(table.names) and len(again) == len(table) and [*map(str, again.ids)] == [*map(str, table.ids)]
    if table.time is None: return
    want = forecast(table, 3, 'persistence', details=True).to_frame().index
    assert as_text(again.index[0]) == as_text(want.get_level_values(-1)[:3]) and again.time is not None
    assert again.x[0].tolist() == pytest.approx(np.repeat(table.x[0][-1:], 3, 0))

@pytest.mark.parametrize('line, says', [('ambiguous.csv', 'say --dayfirst or --no-dayfirst'), ('long_other_names.csv', "if 'station' tells series apart, say so with --id-column"), ('two_ids.csv', "if 'store' tells them apart as well, give both with --id-column"), ('turned.npy', 'transpose it')])
def test_the_command_names_its_own_options(line, says, tables, tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    assert main(['forecast', str(tables/line), '--horizon', '3', '--model', 'persistence']) == 2
    err = capfd.readouterr().err
    assert says in err and err.count('\n') == 1 and not [*tmp_path.iterdir()]

def test_several_ids_on_the_command_line(tables, tmp_path, undrawn, capfd):
    assert main(['forecast', str(tables/'two_ids.csv'), '--id-column', 'store,item', '--horizon', '3', '--model', 'persistence', '--out', str(tmp_path/'out')]) == 0
    assert read(tmp_path/'out'/'forecast.csv', series=['store', 'item']).ids == (('1', 'p'), ('1', 'q'), ('2', 'p'), ('2', 'q'))
