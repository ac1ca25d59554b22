"""How the blocks of the Triton kernel in `nbs/29_engines.ipynb` were chosen: microseconds of a DynaMix step by frames in a block and groups of threads.

    python benchmarks/gpu/blocks.py --out OUT/blocks.json

Contexts of 2000, one for each series, the model of the published size, with and without noise of the experts. Beside each time the largest difference from the recorded
graph over 20 steps in single precision. Needs a CUDA device; half a minute.
"""
import argparse, json, time
from pathlib import Path
import torch
import dynmoe.engines as engines
from dynmoe.dynamix import dynamix
from run import provenance

SHAPES = (512, 4), (512, 2), (1024, 8), (1024, 4), (256, 1), (512, 8)

def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('--out', type=Path, required=True)
    p.add_argument('--commit', help='what to write down where the copy that runs has no history')
    args, rows = p.parse_args(), []
    for noisy in (False, True):
        m = dynamix(seed=0, probabilistic=noisy).eval().cuda()
        for series, steps in ((1, 2000), (55, 1000), (1024, 300)):
            c = torch.randn(2000, series, 3, device='cuda')
            with torch.no_grad():
                memory, noise, z0 = m.encode(c), torch.randn(steps, 1, 1, m.noise_size, device='cuda'), m.first(c[-1]).unsqueeze(0)
                right = engines.engine(m, z0, memory, 'cuda_graph')(noise[:20]).z
                for shape in SHAPES:
                    engines._BLOCKS[noisy] = shape
                    advance, took = engines.engine(m, z0, memory, 'triton'), []
                    far = float((advance(noise[:20]).z - right).abs().max())
                    for _ in range(2):
                        torch.cuda.synchronize(); began = time.perf_counter()
                        advance(noise)
                        torch.cuda.synchronize(); took.append(time.perf_counter() - began)
                    rows.append(dict(noisy=noisy, series=series, frames=shape[0], warps=shape[1], microseconds_per_step=1e6 * min(took) / steps, off=far))
                    print(rows[-1], flush=True)
    part = args.out.with_suffix('.part')
    part.write_text(json.dumps(dict(provenance=provenance(args), rows=rows), indent=1) + '\n')
    part.rename(args.out)

if __name__ == '__main__': main()
