"""What a step of a DynaMix forecast costs: a Python loop over experts, as the published class does it, torch, and the compiled kernel.

    python benchmarks/engines.py [--threads 2] [--rounds 5]

Size of the published model: 10 almost-linear experts of 30 dimensions, context 2000 of 3 channels, single precision, gate noise on; random
weights (the cost does not depend on them). One series over 10 000 steps, and 55 series at once, whose cost is counted per series. The loop
and torch are timed over fewer steps (their cost per step is constant) and scaled. All take turns within a round; ratios are medians over
rounds. Times are wall times and, since machines are shared, processor times of this process, which for several threads add up.

The floor of a step, one series: attention 2000 x (3 x 3 for the distance, 20 for the exponential, 2 x 3 + 1 for the sums) = 72 kflop,
experts 2 x 10 x 30 x 30 = 18 kflop, gate 1 kflop: 91 kflop; bytes read: frames and features 2 x 2000 x 3 x 4, weights 36 000 x 4 / 3.7
(10 x 30 x 32 x 4 padded), in all 48 + 38 kB from the second-level cache. A core with two 8-wide fused units at 3 GHz does 96 Gflop/s and reads about 100 GB/s
from that cache: 0.9 microseconds each, about 1 to 2 together. Dependences between short loops (gate, softmax over ten experts) add about as much again.

Makes a record `engines`, a row for each case and round. What a GPU gains is the stage `rollouts` of benchmarks/gpu/run.py.
"""
import time

from common import arguments, show
import torch
from torch import nn
from dynmoe.dynamix import NoiseStreams, dynamix
from dynmoe.engines import engine
from dynmoe.records import Score, recording

STEPS, CONTEXT, SERIES = 10_000, 2000, 55
SCORES = dict(wall=Score('wall seconds of 10 000 steps'), cpu=Score('CPU seconds'), faster_wall=Score('faster than the loop: wall', False), faster_cpu=Score('faster: CPU', False))


class Loop(nn.Module):
    "The step as the published class computes it: experts one by one, the context convolved at every step"
    def __init__(self, m):
        super().__init__()
        self.m, bank, gate = m, m.mixture.experts, m.context_gate
        self.P = bank.pwl_units
        self.experts = [(bank.A[j], bank.W[j], bank.h[j]) for j in range(bank.n_experts)]
        self.conv = nn.Conv1d(m.dim, m.dim, 2)
        self.conv.weight, self.conv.bias = gate.conv_weight, gate.conv_bias

    def expert(self, j, z):
        A, W, h = self.experts[j]
        phi = torch.cat([z[:-self.P], torch.relu(z[-self.P:])], 0)
        return A.unsqueeze(-1) * z + W @ phi + h.unsqueeze(-1)

    def gate(self, z, context, noise):
        g = self.m.context_gate
        x = g.D @ z.detach() + (g.sigma * noise).unsqueeze(-1)                            # (N, S)
        distance = (context[:-1] - x.T).abs().sum(-1)                                     # (T_C - 1, S)
        a = torch.softmax(-distance / g.tau1.abs(), 0)
        e = self.conv(context.permute(1, 2, 0))                                           # (S, N, T_C - 1)
        e = torch.einsum('ks,snk->ns', a, e)
        y = torch.relu(g.mlp1 @ torch.cat([e, z], 0))
        return torch.softmax(-(g.mlp2 @ y) / g.tau2.abs(), 0)                             # (E, S)

    def forward(self, z, context, noise):
        "Next state of z (M, S)"
        w = self.gate(z, context, noise)
        new = torch.zeros_like(z)
        for j in range(len(self.experts)): new = new + w[j] * self.expert(j, z)
        return new

    @torch.no_grad()
    def run(self, z, context, noise):
        out = []
        for xi in noise:
            z = self(z, context, xi)
            out.append(z)
        return torch.stack(out)


@torch.no_grad()
def timed(f):
    wall, cpu = time.perf_counter(), time.process_time()
    f()
    return time.perf_counter() - wall, time.process_time() - cpu


def main():
    p = arguments(__doc__)
    p.add_argument('--threads', type=int, default=2)
    p.add_argument('--rounds', type=int, default=5)
    args = p.parse_args()
    torch.set_num_threads(args.threads)
    m, g = dynamix(seed=0).eval(), torch.Generator().manual_seed(0)
    contexts = torch.randn(CONTEXT, SERIES, 3, generator=g)
    noise = NoiseStreams(3, 0).take(STEPS).unsqueeze(2).float()                           # (n, 1, 1, 3)
    loop = Loop(m)

    @torch.no_grad()
    def start(S, backend):
        c = contexts[:, :S]
        return engine(m, m.first(c[-1]).unsqueeze(0), m.encode(c), backend)
    z0 = m.first(contexts[-1, :1]).T.detach()
    with torch.no_grad():                                                                 # all compute the same
        a, b = loop.run(z0, contexts[:, :1], noise[:50, 0, 0])[:, :, 0], start(1, 'torch')(noise[:50]).z[:, 0, 0]
        c = start(1, 'numba')(noise[:50]).z[:, 0, 0]
    assert torch.allclose(a, b, atol=1e-4) and torch.allclose(b, c, atol=1e-4)

    cases = {'loop, one series': (lambda: loop.run(z0, contexts[:, :1], noise[:300, 0, 0]), STEPS / 300),
             'torch, one series': (lambda: start(1, 'torch')(noise[:1000]), STEPS / 1000),
             'numba, one series': (lambda: start(1, 'numba')(noise), 1),
             f'torch, {SERIES} series': (lambda: start(SERIES, 'torch')(noise[:100]), STEPS / 100 / SERIES),
             f'numba, {SERIES} series': (lambda: start(SERIES, 'numba')(noise), 1 / SERIES)}
    for f, _ in list(cases.values())[:4]: timed(f)                                        # compile and warm up
    with recording(args.out, 'engines', SCORES, dict(steps=STEPS, context=CONTEXT, threads=args.threads, rounds=args.rounds), again=args.again) as made:
        for n in range(args.rounds):
            took = {k: [t * scale for t in timed(f)] for k, (f, scale) in cases.items()}
            wall, cpu = took['loop, one series']
            for k, (w, c) in took.items(): made.add(model=k, system=f'round {n}', wall=w, cpu=c, faster_wall=wall / w, faster_cpu=cpu / c)
    show(made)


if __name__ == '__main__': main()
