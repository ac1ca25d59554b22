"What the scripts share: where records are kept, and how they are shown"
import argparse, os
from pathlib import Path

os.environ.setdefault('OMP_NUM_THREADS', '1')
from dynmoe.records import read_record, score_table

RECORDS = Path(__file__).parent/'records'


def arguments(doc):
    "A parser with what all scripts take"
    p = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('--out', type=Path, default=RECORDS, help='folder of records')
    p.add_argument('--again', action='store_true', help='forget what an interrupted run had')
    return p


def show(made):
    "The tables of a finished `Recording`"
    record = read_record(made.path)
    print(f'{score_table(record.rows, record.scores)}\n\nrecord: {record.path}')
