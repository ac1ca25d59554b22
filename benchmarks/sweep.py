"""How much faster a sweep is in several processes than in one.

    python benchmarks/sweep.py --data dev.npz [--workers 2] [--rounds 2]

The sweep is one as users run it, from the shell: `dynmoe benchmark dysts` with the adaptive forecaster and the echo-state network on 55
systems in two settings. Kernels are compiled before; what processes take to start counts. One process and several take turns.
Wall seconds are what one waits; on a machine that does other work, too, they say little, so the load of the minute before, without
the sweep's own, stands beside them, and the CPU seconds of all processes together: shared evenly they cannot take less than their share.
Makes a record `sweep`: a row for each number of processes and round.
"""
import os, resource, subprocess, sys, tempfile, time

from common import arguments, show
from dynmoe.records import Score, recording

SCORES = dict(wall=Score('wall s'), cpu=Score('CPU s of all processes'), faster=Score('times as fast as one process', False), at_best=Score('the same if all CPU seconds were shared evenly', False), load=Score('load before', None))


def took(sweep, workers):
    "Wall and CPU seconds of a sweep"
    used = lambda: sum(resource.getrusage(resource.RUSAGE_CHILDREN)[:2])
    with tempfile.TemporaryDirectory() as out:
        began, before = time.perf_counter(), used()
        subprocess.run([sys.executable, '-m', 'dynmoe', *sweep, '--workers', str(workers), '--out', out], check=True, stdout=subprocess.DEVNULL)
        return time.perf_counter() - began, used() - before


def main():
    p = arguments(__doc__)
    p.add_argument('--data', help='the series of dysts; simulated without')
    p.add_argument('--workers', type=int, default=2)
    p.add_argument('--rounds', type=int, default=2)
    p.add_argument('--limit', type=int, default=55, help='only so many systems')
    args = p.parse_args()
    sweep = ['benchmark', 'dysts', '--models', 'adaptive', 'esn', '--settings', 'c2000', 'c512', *(['--data', args.data] if args.data else [])]
    with recording(args.out, 'sweep', SCORES, dict(workers=args.workers, rounds=args.rounds, limit=args.limit), again=args.again) as made:
        took([*sweep, '--limit', '9'], 1)
        for n in range(args.rounds):
            if made.has(system=f'round {n}', model='1 process'): continue
            load = os.getloadavg()[0] if not made.rows else float('nan')              # of later rounds it is the sweep's own
            times = {w: took([*sweep, '--limit', str(args.limit)], w) for w in (args.workers, 1)}
            for w, (wall, cpu) in times.items(): made.add(system=f'round {n}', model='1 process' if w == 1 else f'{w} processes', wall=wall, cpu=cpu, faster=times[1][0] / wall, at_best=w * times[1][1] / cpu, load=load, failed='')
            print(f'round {n}:', {w: f'{a:.1f} s, {b:.1f} CPU s' for w, (a, b) in times.items()}, flush=True)
    show(made)


if __name__ == '__main__': main()
