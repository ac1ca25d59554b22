"""What a training iteration costs: AME-ODE beside a parameter-matched single neural ODE and a straightforward loop over experts.

    python benchmarks/iteration.py [--compile] [--threads 2] [--clock wall|cpu]

One iteration integrates 32 trajectories over 50 points with rk4 on the grid, takes the mean squared error, its gradient and a step of
Adam. E = 4 experts of width 128 and depth 4, D = 3, which share a law of all monomials of degree 3. The three models take turns within a round; the ratios are medians over rounds.
Makes a record `iteration`, a row for each model and round.
"""
import time

from common import arguments, show
import torch
from torch import nn
from dynmoe.baseline_models import build, n_parameters
from dynmoe.flow import solve
from dynmoe.laws import monomials
from dynmoe.records import Score, recording

B, T, D, E, WIDTH, DEPTH, H = 32, 50, 3, 4, 128, 4, 16
SCORES = dict(milliseconds=Score('ms'), over_single=Score('relative to the single network'))


class Loop(nn.Module):
    "The mixture as one would write it first: every expert a module of its own, evaluated once for the history and once for the sum"
    def __init__(self):
        super().__init__()
        def mlp(i, o, width, depth):
            sizes = [i] + [width] * depth + [o]
            layers = [m for a, b in zip(sizes, sizes[1:]) for m in (nn.Linear(a, b), nn.SiLU())]
            return nn.Sequential(*layers[:-1])
        self.experts = nn.ModuleList(mlp(D, D, WIDTH, DEPTH) for _ in range(E))
        self.gate, self.cell = mlp(D + H + 2, E, 64, 2), nn.LSTMCell(2 * D, H)

    def start(self, z):
        self.hc = (torch.zeros(len(z), H), torch.zeros(len(z), H))
        return z

    def forward(self, t, z):
        dz = torch.stack([f(z) for f in self.experts]).mean(0)
        self.hc = self.cell(torch.cat([z, dz], -1), self.hc)
        h = self.hc[0]
        w = self.gate(torch.cat([z, h, z.norm(dim=-1, keepdim=True), h.norm(dim=-1, keepdim=True)], -1)).softmax(-1)
        return sum(w[:, j:j + 1] * f(z) for j, f in enumerate(self.experts))


def iteration(model):
    "A function that does one training iteration"
    opt, g = torch.optim.Adam(model.parameters(), 1e-4), torch.Generator().manual_seed(0)
    z0, target, t = torch.randn(B, D, generator=g), torch.randn(T, B, D, generator=g), torch.arange(T) * .02
    def run():
        opt.zero_grad()
        s, _ = solve(model, model.start(z0), t) if isinstance(model, Loop) else model.integrate(model.start(z0), t)
        (s[..., :D] - target).square().mean().backward()
        opt.step()
    return run


def main():
    p = arguments(__doc__)
    p.add_argument('--compile', action='store_true', help='torch.compile the rk4 steps of AME-ODE and single (the loop mutates its state and stays as it is)')
    p.add_argument('--threads', type=int, default=2)
    p.add_argument('--clock', choices=('wall', 'cpu'), default='wall', help='cpu: seconds of this process, for a machine that does other work (with --threads 1)')
    p.add_argument('--rounds', type=int, default=7)
    args = p.parse_args()
    torch.set_num_threads(args.threads)
    now = time.perf_counter if args.clock == 'wall' else time.process_time
    size = dict(n_experts=E, width=WIDTH, depth=DEPTH)
    models = dict(ame_ode=build('ame_ode', D, seed=0, **size), single=build('single', D, seed=0, **size), loop=Loop())
    powers, one = torch.as_tensor(monomials(D, 3).powers), torch.ones(D)
    models['ame_ode'].mixture.experts.take(powers, .01 * torch.randn(len(powers), D, generator=torch.Generator().manual_seed(0)), 9 * one, (-9 * one, 9 * one), one)
    if args.compile:
        for name in ('ame_ode', 'single'): models[name].compile()
    runs = {name: iteration(m) for name, m in models.items()}
    for run in runs.values(): run(); run()
    setting, parameters = 'compiled' if args.compile else 'eager', {k: n_parameters(m) for k, m in models.items()}
    with recording(args.out, 'iteration', SCORES, dict(compile=args.compile, threads=args.threads, clock=args.clock, rounds=args.rounds, parameters=parameters), again=args.again) as made:
        for n in range(args.rounds):
            took = {}
            for name, run in runs.items():
                began = now(); run(); took[name] = now() - began
            for name, t in took.items(): made.add(setting=setting, model=name, system=f'round {n}', milliseconds=1e3 * t, over_single=t / took['single'])
    show(made)


if __name__ == '__main__': main()
