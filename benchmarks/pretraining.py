"""What a training iteration of DynaMix costs: compiled kernels, plain torch, and a step that loops over experts as the published class does.

    python benchmarks/pretraining.py [--rounds 5]

One iteration forces a sequence of 98 steps under a context of 500, batch 16 (M = 30, E = 10, P = 2), takes the mean squared error, its
gradient and a step of RAdam. The three take turns within a round, on one thread; times are `time.process_time`, so that a busy machine
does not count, and ratios are medians over rounds. Before that, their losses and gradients are compared.
Makes a record `pretraining`, a row for each of the three and round.
"""
import time

from common import arguments, show
import torch
from torch import nn
from dynmoe.dynamix import dynamix
from dynmoe.pretraining import Forcing, forced, forced_loop
from dynmoe.records import Score, recording

B, T, CONTEXT, N, M, E, P = 16, 98, 500, 3, 30, 10, 2
SCORES = dict(milliseconds=Score('ms'), faster=Score('faster than the loop', False))


class Expert(nn.Module):
    "One almost-linear recurrent expert"
    def __init__(self, A, W, h):
        super().__init__()
        self.A, self.W, self.h = nn.Parameter(A), nn.Parameter(W), nn.Parameter(h)

    def forward(self, z):                                                    # (M, B), as in the published code
        phi = torch.cat([z[:-P], torch.relu(z[-P:])], 0)
        return self.A.unsqueeze(-1) * z + self.W @ phi + self.h.unsqueeze(-1)


class Loop(nn.Module):
    "DynaMix as one would write it first: experts are modules of their own, called one after the other at every step"
    def __init__(self, model):
        super().__init__()
        bank, g = model.mixture.experts, model.context_gate
        own = lambda p: nn.Parameter(p.detach().clone())
        self.experts = nn.ModuleList(Expert(*(p[j].detach().clone() for p in (bank.A, bank.W, bank.h))) for j in range(E))
        self.conv = nn.Conv1d(N, N, 2)
        self.conv.weight, self.conv.bias = own(g.conv_weight), own(g.conv_bias)
        self.B, self.D, self.sigma, self.tau1, self.tau2, self.mlp1, self.mlp2 = map(own, (model.B, g.D, g.sigma, g.tau1, g.tau2, g.mlp1, g.mlp2))

    def gate(self, context, features, z, noise):
        x = self.D @ z.detach() + self.sigma.unsqueeze(-1) * noise.T           # (N, B)
        distance = (context[:-1] - x.T).abs().sum(-1)                          # (K, B)
        a = torch.softmax(-distance / self.tau1.abs(), 0)
        e = torch.einsum('kb,bnk->nb', a, features)
        y = torch.relu(self.mlp1 @ torch.cat([e, z], 0))
        return torch.softmax(-(self.mlp2 @ y) / self.tau2.abs(), 0)           # (E, B)

    def forward(self, context, f):
        features = self.conv(context.permute(1, 2, 0))
        z, out = torch.cat([f.x[0], (f.x[0] @ self.B)[:, N:]], -1).T, []
        for t in range(len(f.x)):
            if t and t % f.every == 0: z = torch.cat([f.x[t].T, z[N:]], 0)
            w, new = self.gate(context, features, z, f.noise[t]), 0
            for j, expert in enumerate(self.experts): new = new + w[j] * expert(z)
            z = new
            out.append(z[:N].T)
        return torch.stack(out)


def main():
    parser = arguments(__doc__)
    parser.add_argument('--rounds', type=int, default=5)
    args = parser.parse_args()
    torch.set_num_threads(1); torch.manual_seed(0)
    context, f = torch.randn(CONTEXT, B, N), Forcing(torch.randn(T, B, N), torch.randn(T, B, N), 10)
    target = torch.randn(T, B, N)
    model = dynamix(N, M, E, pwl_units=P, seed=0)
    same = dynamix(N, M, E, pwl_units=P, seed=0)
    loop = Loop(model)
    runs = {'compiled': (model, lambda: forced(model, context, f)), 'torch': (same, lambda: forced_loop(same, context, f)), 'loop over experts': (loop, lambda: loop(context, f))}
    optimisers = {k: torch.optim.RAdam(m.parameters(), 1e-6) for k, (m, _) in runs.items()}

    def iteration(k):
        net, run = runs[k]
        began = time.process_time()
        optimisers[k].zero_grad()
        loss = (run() - target).square().mean()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 10.)
        optimisers[k].step()
        return time.process_time() - began, loss.item()

    first = {k: iteration(k)[1] for k in runs}
    gradients = {k: torch.cat([v.flatten() for v in (m.B.grad, m.D.grad, m.mlp1.grad, m.tau1.grad)]) if k == 'loop over experts'
                 else torch.cat([v.flatten() for v in (m.B.grad, m.context_gate.D.grad, m.context_gate.mlp1.grad, m.context_gate.tau1.grad)]) for k, (m, _) in runs.items()}
    for k in runs:
        assert abs(first[k] - first['torch']) < 1e-4 * first['torch'], first
        assert (gradients[k] - gradients['torch']).norm() < 1e-3 * gradients['torch'].norm(), k
    with recording(args.out, 'pretraining', SCORES, dict(batch=B, sequence=T, context=CONTEXT, latent=M, experts=E, threads=1, rounds=args.rounds), again=args.again) as made:
        for n in range(args.rounds):
            took = {k: iteration(k)[0] for k in runs}
            for k, t in took.items(): made.add(model=k, system=f'round {n}', milliseconds=1e3 * t, faster=took['loop over experts'] / t)
    show(made)


if __name__ == '__main__': main()
