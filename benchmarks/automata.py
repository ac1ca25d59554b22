"""Hybrid automata of the literature, simulated with exact events: laws, guards and labels are known.

    python benchmarks/automata.py --out automata.npz
    python benchmarks/switching.py --data automata --noise 0 0.01 0.05       # simulates them itself
    python benchmarks/switching.py --data jumping --noise 0 0.01 0.05        # those whose state jumps, seven others among them
    python benchmarks/switching.py --data dev --noise 0 0.01 0.05            # eight on which the method was developed

Each system is written down again from its equations; SOURCE says whose they are, and what was changed. A law is a polynomial in the state. Twenty
Runge-Kutta steps for each sample; where a guard rises through zero inside one, it is halved until the time is known to 1e-12 of it, the state is reset
if the guard says so, and the rest of the step follows the next law. Where two laws push against each other, the motion along their border (Filippov's)
is a law of its own. Where a border holds the state by changing laws all the time, no guard has an exact time: those of `dev` decide a hundred times a sample
instead, whichever law governs from there on (`Decided`).

The file holds, for each name, `{name}_train_z` (24, T, D; of `dev` 40), `{name}_train_regime` (24, T), the same of 20 test trajectories, and `{name}_law{k}`
(F, D): coefficients of the monomials up to degree 3 in the order of `dynmoe.laws.monomials`; and `names`, `kinds`, `dt`. A kind is what decides
the law: the state, the state and what governed before (history), a clock (time), chance, `state+time` where both do, and `reset` where one law
holds everywhere but the state jumps at guards.
"""
import argparse
from collections.abc import Callable
from dataclasses import dataclass
import numpy as np
from dynmoe.laws import monomials

TRAIN, TEST, SUBSTEPS, DECISIONS = 24, 20, 20, 100


@dataclass(frozen=True)
class Guard:
    start: int               # law before
    end: int                 # law after
    g: Callable              # (time, *variables) -> what rises through 0 at the switch
    where: Callable = None   # (*variables) -> bool: only there
    reset: Callable = None   # (*variables) -> the state after it


@dataclass(frozen=True)
class Automaton:
    kind: str
    source: str
    dt: float
    laws: list               # (*variables) -> velocities
    guards: list
    start: Callable          # (rng, n) -> states (n, D), laws (n,)
    rates: tuple = ()        # (law before, law after, rate) of chance
    T: int = 400
    burn: int = 0            # samples before the first
    train: int = TRAIN       # trajectories

    def velocity(self, z, r):
        v = np.empty_like(z)
        for k, law in enumerate(self.laws):
            i = r == k
            if i.any(): v[i] = np.stack(np.broadcast_arrays(*law(*z[i].T)), -1)
        return v

    def step(self, z, r, h):
        h, f = h[:, None], lambda y: self.velocity(y, r)
        a = f(z); b = f(z + h / 2 * a); c = f(z + h / 2 * b); d = f(z + h * c)
        return z + h / 6 * (a + 2 * b + 2 * c + d)

    def advance(self, z, r, t, h):
        "States and laws a time h later, in place, guard after guard"
        left, at = np.full(len(z), h), np.full(len(z), t)
        for _ in range(100):
            i = np.flatnonzero(left > 0)
            if not len(i): return
            new = self.step(z[i], r[i], left[i])
            first, which = np.full(len(i), np.inf), np.full(len(i), -1)
            for n, g in enumerate(self.guards):
                j = np.flatnonzero(r[i] == g.start)
                if not len(j): continue
                k = i[j]
                up = (np.broadcast_to(g.g(at[k], *z[k].T), len(k)) <= 0) & (np.broadcast_to(g.g(at[k] + left[k], *new[j].T), len(k)) > 0)
                j, k = j[up], k[up]
                if not len(j): continue
                lo, hi = np.zeros(len(j)), left[k].copy()
                for _ in range(40):
                    mid = .5 * (lo + hi)
                    over = g.g(at[k] + mid, *self.step(z[k], r[k], mid).T) > 0
                    lo, hi = np.where(over, lo, mid), np.where(over, mid, hi)
                there = np.ones(len(j), bool) if g.where is None else np.asarray(g.where(*self.step(z[k], r[k], hi).T))
                sooner = there & (hi < first[j])
                first[j[sooner]], which[j[sooner]] = hi[sooner], n
            go = which < 0
            z[i[go]], left[i[go]] = new[go], 0.
            k, w = i[~go], which[~go]
            z[k] = self.step(z[k], r[k], first[~go])
            left[k] -= first[~go]
            at[k] += first[~go]
            for n, g in enumerate(self.guards):
                m = k[w == n]
                if g.reset is not None and len(m): z[m] = np.stack(np.broadcast_arrays(*g.reset(*z[m].T)), -1)
                r[m] = g.end
        raise RuntimeError('a hundred switches in one step')

    def simulate(self, n, seed):
        "States (n, T, D) and laws (n, T)"
        rng = np.random.default_rng(seed)
        z, r = self.start(rng, n)
        z, r, h, Z, R = np.array(z, float), np.array(r, int), self.dt / SUBSTEPS, [], []
        for i in range(self.burn + self.T):
            if i >= self.burn: Z.append(z.copy()); R.append(r.copy())
            for j in range(SUBSTEPS):
                self.advance(z, r, (i * SUBSTEPS + j - self.burn * SUBSTEPS) * h, h)          # time 0 at the first sample
                if self.rates:
                    u, before = rng.random(n), r.copy()
                    for a, b, rate in self.rates: r[(before == a) & (u < rate * h)] = b
        return np.stack(Z, 1), np.stack(R, 1)

    def coefficients(self):
        "(K, F, D) of the monomials up to degree 3"
        D = self.start(np.random.default_rng(0), 1)[0].shape[1]
        lib, z = monomials(D, 3), np.random.default_rng(0).uniform(-1, 1, (200, D))
        out = []
        for law in self.laws:
            v = np.stack(np.broadcast_arrays(*law(*z.T), z[:, 0])[:-1], -1)
            C = np.linalg.lstsq(lib(z), v, rcond=None)[0]
            assert np.abs(lib(z) @ C - v).max() < 1e-9 * max(1, np.abs(v).max()), 'laws are polynomials of degree 3 at most'
            out.append(np.where(np.abs(C) < 1e-9 * np.abs(C).max(), 0, C))
        return np.stack(out)


@dataclass(frozen=True)
class Decided(Automaton):
    guards: list = ()
    start: Callable = None
    decide: Callable = None  # (laws, time, step, rng, *variables) -> what governs from now on
    caught: Callable = None  # (laws, *variables) -> where a step ends that met something on its way
    T: int = 500
    train: int = 40

    def simulate(self, n, seed):
        "States (n, T, D) and laws (n, T); `train` are drawn and followed, whatever n, so that chance is the same"
        rng = np.random.default_rng(seed)
        z, r = self.start(rng, self.train)
        z, h, t, Z, R = np.array(z, float), np.full(self.train, self.dt / DECISIONS), 0., [], []
        r = self.decide(np.array(r, int), None, 0., rng, *z.T)                               # before the clock runs
        for i in range(self.burn + self.T):
            if i >= self.burn: Z.append(z.copy()); R.append(r.copy())
            for _ in range(DECISIONS):
                z, t = self.step(z, r, h), t + h[0]
                if self.caught: z = _columns(*self.caught(r, *z.T))
                r = self.decide(r, t, h[0], rng, *z.T)
        return np.stack(Z, 1)[:n], np.stack(R, 1)[:n]


def _columns(*c): return np.stack(c, -1)

def _two_tanks():
    def law(pump, valve): return lambda x, y: (-x - 2 + 5 * pump, x - valve * (y + 5) + 0 * y)
    of, guards = {(p, v): 2 * p + v for p in (0, 1) for v in (0, 1)}, []
    for v in 0, 1: guards += [Guard(of[0, v], of[1, v], lambda t, x, y: -x), Guard(of[1, v], of[0, v], lambda t, x, y: x - 1)]
    for p in 0, 1: guards += [Guard(of[p, 0], of[p, 1], lambda t, x, y: y - 1), Guard(of[p, 1], of[p, 0], lambda t, x, y: -y)]
    return Automaton('history', 'Kowalewski et al. 1999; Hiskens 2001 (linear two tanks: pump and valve with hysteresis; pump on at x = 0 instead of -1)', .02,
                     [law(p, v) for p, v in of], guards, lambda rng, n: (_columns(rng.uniform(.05, .95, n), rng.uniform(.05, .95, n)), rng.choice([of[0, 0], of[1, 0]], n)))

def _thermostat():
    return Automaton('history', 'Alur et al. 1995; Henzinger 1996 (one temperature, heater on below 19 and off above 21)', .05, [lambda x: (-.1 * x,), lambda x: (5 - .1 * x,)],
                     [Guard(0, 1, lambda t, x: 19 - x), Guard(1, 0, lambda t, x: x - 21)], lambda rng, n: (rng.uniform(19.1, 20.9, (n, 1)), rng.integers(0, 2, n)))

def _buck():
    R, C, L, E, period = 22., .047, 20., 32., .4                                             # ohm, mF, mH, V, ms
    ramp = lambda t: 3.8 + 4.4 * np.mod(t + .1234567, period) / period # a jump at a time that no step ends at
    def law(u): return lambda v, i: ((i - v / R) / C, (u * E - v) / L)
    return Automaton('state+time', 'Deane and Hamill 1990; Fossas and Olivar 1996 (Buck converter under voltage control: on while 8.4 (v - 11.3) is below a ramp from 3.8 to 8.2 V; 32 V: chaos)', .02,
                     [law(0.), law(1.)], [Guard(1, 0, lambda t, v, i: 8.4 * (v - 11.3) - ramp(t)), Guard(0, 1, lambda t, v, i: ramp(t) - 8.4 * (v - 11.3))],
                     lambda rng, n: (_columns(v := rng.uniform(11.6, 12.4, n), rng.uniform(.4, .7, n)), (8.4 * (v - 11.3) < ramp(-400 * .02)).astype(int)), burn=400)

def _boost():
    def law(u): return lambda i, v: (1 - (1 - u) * v / 2, (1 - u) * i - v / 3)
    return Automaton('history', 'Senesky et al. 2003; Theunisse et al. 2015 (DC-DC boost converter, current between 1 and 2 by hysteresis; units of one volt, farad and henry)', .04, [law(0), law(1)],
                     [Guard(1, 0, lambda t, i, v: i - 2), Guard(0, 1, lambda t, i, v: 1 - i)], lambda rng, n: (_columns(rng.uniform(1.1, 1.9, n), rng.uniform(2.2, 3.5, n)), rng.integers(0, 2, n)))

def _hopper():
    k, c, F = 20., .8, 1.2
    return Automaton('state', 'Raibert 1986; Koditschek and Buehler 1991 (vertical hopper: flight, damped compression, extension with thrust)', .04,
                     [lambda y, v: (v, -1.), lambda y, v: (v, -1 + k * (1 - y) - c * v), lambda y, v: (v, -1 + F + k * (1 - y))],
                     [Guard(0, 1, lambda t, y, v: 1 - y), Guard(1, 2, lambda t, y, v: v), Guard(2, 0, lambda t, y, v: y - 1)],
                     lambda rng, n: (_columns(rng.uniform(1.1, 2.2, n), rng.normal(0, .3, n)), np.zeros(n, int)))

def _ball():
    return Automaton('reset', 'Goebel, Sanfelice and Teel 2009 (bouncing ball, restitution .9: v becomes -.9 v at the ground)', .02, [lambda y, v: (v, -1.)],
                     [Guard(0, 0, lambda t, y, v: -y, reset=lambda y, v: (0 * y, -.9 * v))], lambda rng, n: (_columns(rng.uniform(1, 2, n), rng.normal(0, .3, n)), np.zeros(n, int)))

def _neuron():
    return Automaton('reset', 'Izhikevich 2003 (integrate-and-fire neuron, regular spiking, input 10: v becomes -65 and u grows by 8 where v reaches 30)', .1,
                     [lambda v, u: (.04 * v**2 + 5 * v + 140 - u + 10, .02 * (.2 * v - u))], [Guard(0, 0, lambda t, v, u: v - 30, reset=lambda v, u: (0 * v - 65, u + 8))],
                     lambda rng, n: (_columns(rng.uniform(-65, -50, n), rng.uniform(-12, -5, n)), np.zeros(n, int)), T=800)

def _fire():
    return Automaton('reset', 'Treves 1993; Liu and Wang 2001 (leaky integrate-and-fire neuron with adaptation: fires at v = 1, starts again from 0, and w grows by .3)', .05, [lambda v, w: (2.5 - v - w, -.1 * w)],
                     [Guard(0, 0, lambda t, v, w: v - 1, reset=lambda v, w: (0 * v, w + .3))], lambda rng, n: (_columns(rng.uniform(0, .9, n), rng.uniform(0, 1, n)), np.zeros(n, int)))

def _impact():
    return Automaton('reset', 'Shaw and Holmes 1983; Nordmark 1991 (oscillator that hits a wall at x = 1, restitution .7; excited by itself, v\' = -x + .15 v, instead of by a force)', .05, [lambda x, v: (v, -x + .15 * v)],
                     [Guard(0, 0, lambda t, x, v: x - 1, reset=lambda x, v: (x, -.7 * v))], lambda rng, n: (_columns(rng.uniform(-.8, .8, n), rng.normal(0, .6, n)), np.zeros(n, int)))

def _billiard():
    sides = [(lambda t, x, y, u, v: -x, True), (lambda t, x, y, u, v: x - 1, True), (lambda t, x, y, u, v: -y, False), (lambda t, x, y, u, v: y - 1.5, False)]
    return Automaton('reset', 'Robnik and Berry 1985 (billiard of a charge in a magnetic field; in a box, with a little friction: four walls, each turns one speed round)', .04, [lambda x, y, u, v: (u, v, -.03 * u + .6 * v, -.03 * v - .6 * u)],
                     [Guard(0, 0, g, reset=(lambda x, y, u, v: (x, y, -u, v)) if across else lambda x, y, u, v: (x, y, u, -v)) for g, across in sides],
                     lambda rng, n: (_columns(rng.uniform(.1, .9, n), rng.uniform(.1, 1.4, n), rng.normal(0, .7, n), rng.normal(0, .7, n)), np.zeros(n, int)))

def _escapement():
    return Automaton('reset', 'Andronov, Vitt and Khaikin 1966 (pendulum clock: a damped oscillator that is pushed by .4 whenever it comes through the middle from the left)', .1, [lambda x, v: (v, -x - .2 * v)],
                     [Guard(0, 0, lambda t, x, v: x, reset=lambda x, v: (x, v + .4))], lambda rng, n: (_columns(rng.uniform(-.8, .8, n), rng.normal(0, .6, n)), np.zeros(n, int)))

def _pest():
    return Automaton('reset', 'Tang and Cheke 2005 (prey and a pest that eats it; where there is .6 of the pest, half of it and a tenth of the prey are killed)', .05, [lambda x, y: (x * (1 - x / 2 - y), y * (x - .5))],
                     [Guard(0, 0, lambda t, x, y: y - .6, reset=lambda x, y: (.9 * x, .5 * y))], lambda rng, n: (_columns(rng.uniform(.3, 1.5, n), rng.uniform(.1, .5, n)), np.zeros(n, int)))

def _gearbox():
    return Automaton('history', 'Hedlund and Rantzer 1999; Goebel, Sanfelice and Teel 2009 (two gears that change where x is 1 and .3; the higher one halves the speed w as it engages)', .05,
                     [lambda x, w: (.3 + 0 * x, .5 - .2 * w), lambda x, w: (-.4 * x, -.1 * w)], [Guard(0, 1, lambda t, x, w: x - 1, reset=lambda x, w: (x, .5 * w)), Guard(1, 0, lambda t, x, w: .3 - x)],
                     lambda rng, n: (_columns(rng.uniform(.35, .9, n), rng.uniform(.5, 2, n)), rng.integers(0, 2, n)))

def _doses():
    return Automaton('time', 'Gibaldi and Perrier 1982 (a drug, absorbed and eliminated, of which one unit is taken every five)', .1, [lambda gut, blood: (-.8 * gut, .8 * gut - .3 * blood)],
                     [Guard(0, 0, lambda t, x, y: np.where(np.mod(t - 2.3456, 5.) < 2.5, 1., -1.) + 0 * x, reset=lambda x, y: (x + 1, y))], lambda rng, n: (_columns(rng.uniform(0, 2, n), rng.uniform(0, 2, n)), np.zeros(n, int)), T=300)

def _stick_slip():
    return Automaton('state', 'Leine et al. 1998, Galvanetto and Bishop 1999 (block on a belt of speed .5, friction 1 that weakens by .4 of the slip: sticks, slips)', .05,
                     [lambda x, v: (.5 + 0 * x, 0. * v), lambda x, v: (v, -x + 1 - .4 * (.5 - v))],
                     [Guard(0, 1, lambda t, x, v: x - 1), Guard(1, 0, lambda t, x, v: v - .5, where=lambda x, v: x < 1)],
                     lambda rng, n: (_columns(rng.uniform(-.5, .9, n), rng.uniform(-.3, .4, n)), np.ones(n, int)))

def _mckean():
    a, I, e = .25, .65, .1
    pieces = lambda v, w: (-v - w + I, e * (v - .5 * w)), lambda v, w: (v - a - w + I, e * (v - .5 * w)), lambda v, w: (1 - v - w + I, e * (v - .5 * w))
    lo, hi = a / 2, (1 + a) / 2
    return Automaton('state', "McKean 1970, Tonnelier 2003 (FitzHugh's neuron with a piecewise linear current)", .15, list(pieces),
                     [Guard(0, 1, lambda t, v, w: v - lo), Guard(1, 0, lambda t, v, w: lo - v), Guard(1, 2, lambda t, v, w: v - hi), Guard(2, 1, lambda t, v, w: hi - v)],
                     lambda rng, n: (_columns(v := rng.uniform(-.5, 1.2, n), rng.uniform(.3, 1.1, n)), np.digitize(v, [lo, hi])))

def _harvest():
    m, E, y0 = .4, .9, .5
    under, over = (lambda x, y: (x * (1 - x / 3 - y), y * (x - m) * .8)), (lambda x, y: (x * (1 - x / 3 - y), y * ((x - m) * .8 - E)))
    lo, hi = m, m + E / .8
    return Automaton('state', 'Krivan 1998; Dercole et al. 2007 (prey and a predator that is hunted where there are more than .5 of it: below, above, and sliding along the threshold)', .04,
                     [under, over, lambda x, y: (x * (1 - x / 3 - y0), 0. * y)],
                     [Guard(0, 1, lambda t, x, y: y - y0, where=lambda x, y: x >= hi), Guard(0, 2, lambda t, x, y: y - y0, where=lambda x, y: x < hi), Guard(1, 0, lambda t, x, y: y0 - y, where=lambda x, y: x <= lo),
                      Guard(1, 2, lambda t, x, y: y0 - y, where=lambda x, y: x > lo), Guard(2, 1, lambda t, x, y: x - hi), Guard(2, 0, lambda t, x, y: lo - x)],
                     lambda rng, n: (_columns(rng.uniform(.1, 2.5, n), y := rng.uniform(.1, 1.2, n)), (y > y0).astype(int)), T=250)

def _gene():
    return Automaton('history', 'Glass and Kauffman 1973; Gouze and Sari 2002 (gene and protein with degradation; the protein switches the gene off at .6 and lets it on again at .4)', .08,
                     [lambda x, y: (1 - x, x - .8 * y), lambda x, y: (-x, x - .8 * y)], [Guard(0, 1, lambda t, x, y: y - .6), Guard(1, 0, lambda t, x, y: .4 - y)],
                     lambda rng, n: (_columns(rng.uniform(0, 1, n), rng.uniform(.42, .58, n)), rng.integers(0, 2, n)))

def _pacemaker():
    def law(I): return lambda v, w: (v - v**3 / 3 - w + I, .08 * (v + .7 - .8 * w))
    on = lambda t: np.where(np.mod(t + .0012345, 14.) < 4., 1., -1.)
    return Automaton('time', "FitzHugh 1961; van der Pol and van der Mark 1928 (excitable cell that a pacemaker's clock excites for 4 of every 14 units of time)", .15, [law(.1), law(.8)],
                     [Guard(0, 1, lambda t, v, w: on(t) + 0 * v), Guard(1, 0, lambda t, v, w: -on(t) + 0 * v)], lambda rng, n: (_columns(rng.uniform(-2, 2, n), rng.uniform(-.5, 1.2, n)), np.ones(n, int)))

def _telegraph():
    return Automaton('chance', 'Peccoud and Ycart 1995 (promoter that is on and off by chance, rates .3 and .5; messenger and protein)', .1, [lambda m, p: (-m, m - .5 * p), lambda m, p: (2 - m, m - .5 * p)], [],
                     lambda rng, n: (_columns(rng.uniform(0, 2, n), rng.uniform(0, 3, n)), rng.integers(0, 2, n)), rates=((0, 1, .3), (1, 0, .5)))

def _duffing_stop():
    return Automaton('state', 'Thompson and Stewart 2002 (Duffing\'s double well, lightly damped; beyond x = 1.1 a stop, twelve times as stiff)', .06,
                     [lambda x, v: (v, x - x**3 - .02 * v), lambda x, v: (v, x - x**3 - .02 * v - 12 * (x - 1.1))], [Guard(0, 1, lambda t, x, v: x - 1.1), Guard(1, 0, lambda t, x, v: 1.1 - x)],
                     lambda rng, n: (_columns(rng.uniform(-1.6, 1., n), rng.normal(0, .8, n)), np.zeros(n, int)))

def _saturation():
    def law(p, q): return lambda x, y: (x * (1 - x / 4) - (p * x + q) * y, -.5 * y + .7 * (p * x + q) * y)
    return Automaton('state', 'Holling 1959; Ren and Han 1989 (predators that eat in proportion to the prey, from x = 1 on no more: a kink of a continuous field)', .1, [law(1., 0.), law(0., 1.)],
                     [Guard(0, 1, lambda t, x, y: x - 1), Guard(1, 0, lambda t, x, y: 1 - x)], lambda rng, n: (_columns(x := rng.uniform(.2, 3, n), rng.uniform(.3, 2., n)), (x > 1).astype(int)))

def _one_sided():
    def law(k): return lambda x, u, y, v: (u, -x - k * (x - y - .2) - .02 * u, v, -.6 * y + k * (x - y - .2) - .02 * v)
    return Automaton('state', 'Shaw and Holmes 1983; Moreau 1988 (two oscillators that push each other through a spring while x - y > .2)', .06, [law(0.), law(6.)],
                     [Guard(0, 1, lambda t, x, u, y, v: x - y - .2), Guard(1, 0, lambda t, x, u, y, v: y - x + .2)],
                     lambda rng, n: (_columns(x := rng.normal(0, .8, n), rng.normal(0, .8, n), y := rng.normal(0, .8, n), rng.normal(0, .8, n)), (x - y > .2).astype(int)))

def _dead_zone():
    def law(u, c): return lambda x, v: (v, u - c * v + 0 * x)
    return Automaton('state', 'Tsypkin 1984 (relay with a dead zone: no force and negative friction while |x| < .4, else 1 towards the middle)', .06, [law(1., .1), law(0., -.15), law(-1., .1)],
                     [Guard(0, 1, lambda t, x, v: x + .4), Guard(1, 0, lambda t, x, v: -.4 - x), Guard(1, 2, lambda t, x, v: x - .4), Guard(2, 1, lambda t, x, v: .4 - x)],
                     lambda rng, n: (_columns(x := rng.uniform(-1, 1, n), rng.normal(0, .7, n)), np.digitize(x, [-.4, .4])))

def _two_rooms():
    def law(u): return lambda x, y: (-.4 * x + .5 * (y - x) + u, -.2 * y + .5 * (x - y))
    return Automaton('history', 'Fehnker and Ivancic 2004 (two rooms, the heater in the first one is on from y < .8 to y > 1.1)', .08, [law(0.), law(2.)],
                     [Guard(0, 1, lambda t, x, y: .8 - y), Guard(1, 0, lambda t, x, y: y - 1.1)], lambda rng, n: (_columns(rng.uniform(.5, 1.8, n), rng.uniform(.82, 1.08, n)), rng.integers(0, 2, n)))

def _lorenz_hysteresis():
    def law(p): return lambda x, y, z: (10 * (y - x), x * (p - z) - y, x * y - 8 / 3 * z)
    return Automaton('history', "Lorenz 1963, with hysteresis of our own (rho is 28, from z > 36 on 45, from z < 25 on 28 again)", .015, [law(28.), law(45.)],
                     [Guard(0, 1, lambda t, x, y, z: z - 36), Guard(1, 0, lambda t, x, y, z: 25 - z)], lambda rng, n: (_columns(rng.normal(0, 8, n), rng.normal(0, 8, n), rng.uniform(26, 35, n)), rng.integers(0, 2, n)), T=500, burn=50)

def _rossler_clock():
    def law(c): return lambda x, y, z: (-y - z, x + .2 * y, .2 + z * (x - c))
    on = lambda t: np.where(np.mod(t + .0217, 9.) < 4., 1., -1.)
    return Automaton('time', "Roessler 1976 (c is 5.7, for 4 of every 9 units of time 3)", .1, [law(5.7), law(3.)],
                     [Guard(0, 1, lambda t, x, y, z: on(t) + 0 * x), Guard(1, 0, lambda t, x, y, z: -on(t) + 0 * x)], lambda rng, n: (_columns(rng.uniform(-4, 4, n), rng.uniform(-4, 4, n), rng.uniform(0, 1, n)), np.ones(n, int)), T=500)

def _pushes():
    def law(u): return lambda x, v: (v, -1.3 * x - .25 * v + u + 0 * x)
    phase = lambda t: np.mod(t + .0313, 6.)
    at = lambda a, b: lambda t, x, v: np.where((phase(t) >= a) & (phase(t) < b), 1., -1.) + 0 * x
    return Automaton('time', 'a damped oscillator, of our own (pushed for 1.5, let go for 1.5 and pulled for 3 of every 6 units of time)', .07, [law(1.), law(0.), law(-1.)],
                     [Guard(0, 1, at(1.5, 3.)), Guard(1, 2, at(3., 6.)), Guard(2, 0, at(0., 1.5))], lambda rng, n: (_columns(rng.normal(0, 1, n), rng.normal(0, 1, n)), np.zeros(n, int)))

def _noisy_neuron():
    def law(I): return lambda v, w: (v - v**3 / 3 - w + I, .08 * (v + .7 - .8 * w))
    return Automaton('chance', "FitzHugh 1961 (excitable cell whose input is 0 or .7, by chance: rates .1 and .15)", .15, [law(0.), law(.7)], [],
                     lambda rng, n: (_columns(rng.uniform(-2, 2, n), rng.uniform(-.5, 1.2, n)), rng.integers(0, 2, n)), rates=((0, 1, .1), (1, 0, .15)))

def _three_centres():
    def law(a, b, w): return lambda x, y: (-.3 * (x - a) - w * (y - b), w * (x - a) - .3 * (y - b))
    return Automaton('chance', 'of our own (a spiral whose centre and speed change by chance, one after the other of three)', .06, [law(1, 0, 1.), law(-1, .5, 1.6), law(0, -1, 2.2)], [],
                     lambda rng, n: (_columns(rng.normal(0, 1, n), rng.normal(0, 1, n)), rng.integers(0, 3, n)), rates=((0, 1, .3), (1, 2, .3), (2, 0, .3)))

def _lorenz_law(p, b): return lambda x, y, z: (10 * (y - x), x * (p - z) - y, x * y - b * z)

def _sphere():
    return Decided('state', 'of our own (Lorenz 1963 outside of a sphere of radius 8, inside of it everything is driven from its centre)', .02, [lambda x, y, z: (.5 * x, .5 * y, .5 * z), _lorenz_law(28., 8 / 3)],
                   decide=lambda r, t, h, rng, *v: (np.linalg.norm(v, axis=0) > 8).astype(int), start=lambda rng, n: (8 * rng.normal(size=(n, 3)), np.zeros(n, int)), burn=50)

def _chua():
    def law(slope, shift): return lambda x, y, z: (15.6 * (y - (1 + slope) * x - shift), x - y + z, -28 * y)
    outer, inner = -5 / 7, -8 / 7
    return Decided('state', 'Chua 1984; Matsumoto 1984 (circuit with a diode of three straight pieces: double scroll)', .03, [law(outer, outer - inner), law(inner, 0.), law(outer, inner - outer)],
                   decide=lambda r, t, h, rng, x, y, z: np.digitize(x, [-1, 1]), start=lambda rng, n: (rng.normal(size=(n, 3)) * [.3, .05, .2], np.zeros(n, int)), burn=100)

def _race_track():
    def turn(x0): return lambda x, y: (-.1 * (x - x0) - 1.5 * y, 1.5 * (x - x0) - .1 * y)
    def straight(v): return lambda x, y: (v + 0 * x, 0 * y)
    return Decided('state', 'of our own (a race track: two straights, and two turns that spiral to the middle)', .05, [straight(1.2), turn(2.), straight(-1.2), turn(-2.)],
                   decide=lambda r, t, h, rng, x, y: np.where(x > 2, 1, np.where(x < -2, 3, np.where(y < 0, 0, 2))),
                   start=lambda rng, n: (_columns(rng.uniform(-2, 2, n), rng.choice([-1., 1.], n) * rng.uniform(.6, 1.4, n)), np.zeros(n, int)), T=400)

def _spring():
    return Decided('state', 'Blickhan 1989 (a mass that hops on a spring without loss: in flight above 1, below it on its spring)', .05, [lambda x, v: (v, -1 + 0 * x), lambda x, v: (v, -1 - 10 * (x - 1))],
                   decide=lambda r, t, h, rng, x, v: (x < 1).astype(int), start=lambda rng, n: (_columns(rng.uniform(1.2, 2.5, n), .3 * rng.normal(size=n)), np.zeros(n, int)))

def _relay():
    def law(u): return lambda x, v: (v, u - x - .3 * v)
    return Decided('history', 'Tsypkin 1984 (relay with hysteresis: pushes a damped oscillator up from x < -.5 to x > .5, and down from there)', .05, [law(1.), law(-1.)],
                   decide=lambda r, t, h, rng, x, v: np.where(x > .5, 1, np.where(x < -.5, 0, r)), start=lambda rng, n: (rng.normal(size=(n, 2)), np.zeros(n, int)))

def _seasons():
    def law(a, b, c, d): return lambda x, y: (x * (a - b * y - .05 * x), y * (d * x - c))
    return Decided('time', 'Volterra 1926, with seasons of our own (predators hunt for 5 of every 8 units of time; then they hardly do, and prey grows slowly)', .05, [law(1., .4, .4, .2), law(.3, .1, .6, .05)],
                   decide=lambda r, t, h, rng, x, y: np.full(len(x), int((t or 0.) % 8 >= 5)), start=lambda rng, n: (rng.uniform(.5, 4, (n, 2)), np.zeros(n, int)))

def _jumping_lorenz():
    def decide(r, t, h, rng, *v):
        if t is None: return rng.integers(2, size=len(r))
        go = rng.random(len(r)) < .35 * h
        return np.where(go, (r + rng.integers(1, 2, len(r))) % 2, r)                         # to the one other law, which is drawn all the same
    return Decided('chance', 'Lorenz 1963 (rho 28 and b 8/3, or rho 45 and b 2, changed by chance at a rate of .35)', .02, [_lorenz_law(28., 8 / 3), _lorenz_law(45., 2.)],
                   decide=decide, start=lambda rng, n: (8 * rng.normal(size=(n, 3)), np.zeros(n, int)), burn=50)

def _friction():
    belt, hold, rub, near = .6, 1.2, .6, 1e-9                                                # speed, friction at rest and in motion, what is no slip
    def decide(r, t, h, rng, x, v):
        still = np.abs(v - belt) < near
        sticks = ((r == 2) | still) & (np.abs(x) <= hold)
        return np.where(sticks, 2, np.where(np.where(still, -x, v - belt) > 0, 1, 0))
    def caught(r, x, v): return x, np.where((r == 0) & (v >= belt) | (r == 1) & (v <= belt), belt, v)
    return Decided('state', 'den Hartog 1931; Leine et al. 1998 (block between a spring and a belt of speed .6: slips back, slips ahead, sticks up to a friction twice as large)', .05,
                   [lambda x, v: (v, rub - x), lambda x, v: (v, -rub - x), lambda x, v: (belt + 0 * x, 0 * v)],
                   decide=decide, caught=caught, start=lambda rng, n: (_columns(1.5 * rng.normal(size=n), .8 * rng.normal(size=n) - .3), np.zeros(n, int)))

AUTOMATA = dict(two_tanks=_two_tanks, thermostat=_thermostat, buck=_buck, boost=_boost, thrust_hopper=_hopper, bouncing_ball=_ball, izhikevich=_neuron, stick_slip=_stick_slip,
                mckean=_mckean, harvest=_harvest, gene_switch=_gene, pacemaker=_pacemaker, telegraph=_telegraph)
JUMPING = dict(bouncing_ball=_ball, izhikevich=_neuron, integrate_and_fire=_fire, impact_oscillator=_impact, billiard=_billiard, escapement=_escapement, pest_control=_pest, gearbox=_gearbox, doses=_doses)
STRANGERS = dict(duffing_stop=_duffing_stop, saturation=_saturation, one_sided=_one_sided, dead_zone=_dead_zone, two_rooms=_two_rooms, lorenz_hysteresis=_lorenz_hysteresis, rossler_clock=_rossler_clock,
                 pushes=_pushes, noisy_neuron=_noisy_neuron, three_centres=_three_centres)
DEV = dict(lorenz_sphere=_sphere, chua=_chua, race_track=_race_track, hopper=_spring, relay=_relay, seasons=_seasons, lorenz_jumps=_jumping_lorenz, dry_friction=_friction)
SUITES = dict(automata=AUTOMATA, jumping=JUMPING, strangers=STRANGERS, dev=DEV)


def automata(names=None, suite='automata'):
    "The file's arrays"
    d, made = {}, {k: SUITES[suite][k]() for k in names or SUITES[suite]}
    for name, a in made.items():
        for part, n, seed in (('train', a.train, 0), ('test', TEST, 1)): d[f'{name}_{part}_z'], d[f'{name}_{part}_regime'] = a.simulate(n, seed)
        d |= {f'{name}_law{k}': C for k, C in enumerate(a.coefficients())}
    return d | dict(names=np.array(list(made)), kinds=np.array([a.kind for a in made.values()]), dt=np.array([a.dt for a in made.values()]))


if __name__ == '__main__':
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('--out', default='automata.npz')
    p.add_argument('--suite', choices=list(SUITES), default='automata')
    p.add_argument('--names', nargs='+', help='only these systems')
    args = p.parse_args()
    d = automata(args.names, args.suite)
    np.savez_compressed(args.out, **d)
    for name, kind in zip(d['names'], d['kinds']):
        z, r = d[f'{name}_train_z'], d[f'{name}_train_regime']
        print(f'{name:14} {kind:10} {str(z.shape):14} shares', *(f'{(r == k).mean():.3f}' for k in range(r.max() + 1)), f' switches {np.mean((np.diff(r, axis=1) != 0).sum(1)):.1f}  from', z.reshape(-1, z.shape[2]).min(0).round(2), 'to', z.reshape(-1, z.shape[2]).max(0).round(2), '' if np.isfinite(z).all() else 'NOT FINITE')
