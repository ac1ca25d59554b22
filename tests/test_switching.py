"Input that holds no switching laws, or not so many, gives a smaller model with its reason, or a sentence; and guards where paths turn back"
import warnings
import numpy as np
import pytest
from scipy.linalg import expm
from dynmoe.core import InputError
from dynmoe.switching import fit_switching, load_switching, save_switching, with_velocity

@pytest.fixture(autouse=True)
def no_warnings():
    with warnings.catch_warnings():
        warnings.simplefilter('error')
        yield

def oscillator(n=8, T=200, dt=.1):
    "Trajectories of a damped oscillator (n, T, 2)"
    E, z = expm(dt * np.array([[-.1, 2.], [-2., -.1]])), [np.random.default_rng(0).normal(size=(n, 2))]
    while len(z) < T: z.append(z[-1] @ E.T)
    return np.stack(z, 1)

def thermostat(n=12, T=200, dt=.05):
    "A temperature between 19 and 21 (n, T, 1), with exact events"
    out = []
    for x in np.random.default_rng(0).uniform(19.1, 20.9, n):
        on, run = x < 20, []
        for _ in range(T):
            run.append([x])
            left, top = dt, 50. * on
            while True:
                goal = 21. if on else 19.
                need = 10 * np.log((x - top) / (goal - top))
                if need > left: break
                x, left, on = goal, left - need, not on
                top = 50. * on
            x = top + (x - top) * np.exp(-.1 * left)
        out.append(np.array(run))
    return out

def test_paths_that_turn_back_at_their_guards():
    "The samples never pass 19 and 21, the switches lie there"
    m = fit_switching(thermostat(), dt=.05)
    assert (m.n_laws, m.kind) == (2, 'history')
    assert sorted(m.conditions(4)) == ['A to B: where x1 < 19', 'B to A: where x1 > 21']
    z, _ = m.run([20.], 300)
    assert 19 - 1e-6 < z.min() < 19.1 and 20.9 < z.max() < 21 + 1e-6

def test_one_law_that_is_never_left():
    m = fit_switching(list(oscillator()), dt=.1)
    assert m.n_laws == 1 and m.kind == 'one' and not m.remarks

def test_laws_between_which_nobody_changes():
    E = expm(.1 * np.array([[-.5, .3], [-.3, -.2]]))
    z = [np.random.default_rng(1).normal(size=(8, 2))]
    while len(z) < 200: z.append(z[-1] @ E.T)
    m = fit_switching([*oscillator(), *np.stack(z, 1)], dt=.1)
    assert m.n_laws == 2 and 'no trajectory changes its law' in m.remarks[0]

def ball(e=.9, n=8, T=300, dt=.02):
    "Height and speed (T, 2) of balls that keep e of their speed at the ground"
    out = []
    for y, v in np.random.default_rng(0).uniform(1, 2, (n, 2)):
        run = []
        for _ in range(T):
            run.append([y, v])
            hit = v + np.sqrt(v * v + 2 * y)
            if hit > dt: y, v = y + dt * v - dt * dt / 2, v - dt
            else:
                v, left = -e * (v - hit), dt - hit
                y, v = left * v - .5 * left**2, v - left
        out.append(np.array(run))
    return out

@pytest.mark.parametrize('noise, close', [(0., 1e-9), (.02, 5e-3)])
def test_a_state_that_is_reset(noise, close):
    "A ball that bounces: one law, the ground, and what it does to the speed"
    z, rng = ball(), np.random.default_rng(1)
    m = fit_switching([x + noise * np.std(z, (0, 1)) * rng.standard_normal(x.shape) for x in z], dt=.02)
    assert (m.n_laws, m.kind, m.remarks) == (1, 'reset', ())
    (g,) = m.decision.guards
    unit = m.samples.scale[:, None] / np.r_[m.samples.scale, 1.]
    assert np.allclose(g.reset * unit, [[1, 0, 0], [0, -.9, 0]], atol=close)
    assert 'falling: x2 -> -0.9' in m.conditions()[0]
    path, _ = m.run(z[0][0], 299)
    assert np.abs(path - z[0][1:]).mean() < 10 * close

def test_two_walls():
    "Each has its own reset"
    out, dt = [], .05
    for x, v in np.random.default_rng(0).uniform(.2, .8, (10, 2)) * [1, 2]:
        run = []
        for _ in range(150):
            run.append([x, v])
            for _ in range(500):
                x, v = x + dt / 500 * v, v
                if x > 1 and v > 0: v = -.9 * v
                if x < 0 and v < 0: v = -v + .05
        out.append(np.array(run))
    m = fit_switching(out, dt=dt)
    assert m.kind == 'reset' and len(m.decision.guards) == 2 and m.n_laws == 1
    assert sorted(round(float(-g.g[0] / g.g[1] * m.samples.scale[0]), 2) for g in m.decision.guards) == [0, 1]

@pytest.mark.parametrize('phase', [2.34, 2.])
def test_doses(phase, tmp_path):
    "A drug that is taken every five hours; at 2.0 a dose falls on a sample"
    A, out = np.array([[-.8, 0], [.8, -.3]]), []
    for z in np.random.default_rng(0).uniform(0, 2, (8, 2)):
        run = []
        for i in range(200):
            run.append(z)
            to = (phase - .1 * i) % 5
            z = expm((.1 - to) * A) @ (expm(to * A) @ z + [1, 0]) if 1e-9 < to <= .1 + 1e-9 else expm(.1 * A) @ z
        out.append(np.array(run))
    m = fit_switching(out, dt=.1)
    assert (m.n_laws, m.kind, m.conditions(4)) == (1, 'time', [f'at {phase:g} of every 5: x1 -> x1 + 1'])
    save_switching(m, tmp_path/'m.safetensors')
    path, _ = load_switching(tmp_path/'m.safetensors').run(out[0][0], 199)
    assert np.abs(path - out[0][1:]).max() < 1e-6
    with pytest.raises(InputError, match='jumps'): m.mixture()

def test_kicks_by_chance():
    "They follow no rule, and the law is not bent to them"
    E, rng, z = expm(.1 * np.array([[-.1, 1], [-1, -.1]])), np.random.default_rng(0), []
    z.append(rng.normal(size=(8, 2)))
    while len(z) < 200: z.append(z[-1] @ E.T + (rng.random((8, 1)) < .01) * rng.normal(size=(8, 2)))
    m = fit_switching(np.stack(z, 1).swapaxes(0, 1), dt=.1)
    assert m.n_laws == 1 and m.kind == 'one' and 'no rule' in m.remarks[0]
    C, _ = m.coefficients()[0]
    assert np.allclose(C[:3].T, [[0, -.1, 1], [0, -1, -.1]], atol=1e-6)

@pytest.mark.parametrize('x', [np.concatenate([oscillator()[0]] * 2, 1), oscillator().astype('f4')[0]])
def test_odd_but_usable(x):
    "Duplicates, single precision"
    assert fit_switching(x, dt=.1).report()

def relay(noise=0., n=8, T=250, dt=.05):
    "An oscillator that a relay with hysteresis drives"
    rng, on, out = np.random.default_rng(0), np.zeros(n, bool), []
    E, z = expm(dt / 20 * np.array([[0, 1.], [-1, -.3]])), rng.normal(size=(n, 2))
    for _ in range(T):
        out.append(z)
        for _ in range(20):
            on = np.where(z[:, 0] > .5, True, np.where(z[:, 0] < -.5, False, on))
            rest = np.where(on, -1., 1.)[:, None] * [1, 0]
            z = (z - rest) @ E.T + rest
    z = np.stack(out)
    return z + noise * z.std((0, 1)) * rng.standard_normal(z.shape)

def walk(a=1., T=200, n=4, D=2):
    z, e = [np.zeros((n, D))], np.random.default_rng(0).standard_normal((T, n, D))
    for x in e: z.append(a * z[-1] + x)
    return np.stack(z)

@pytest.mark.parametrize('x, says', [(walk(0.), 'more than noise'), (walk(.9), 'miss'), (walk(), 'miss'), (walk(T=80, D=10), 'miss'),
    (np.stack([np.sin(a := .05 * np.arange(600)) + .5 * np.sin(2**.5 * a), np.cos(a) - .3 * np.cos(2**.5 * a)], 1), "no law's"), (np.repeat(relay(), 2, 0), 'repeat'),
    (np.c_[oscillator()[0], np.sin(np.arange(200.))], 'miss')],
    ids=['white noise', 'autoregression', 'random walk', 'ten random walks', 'two frequencies in two variables', 'every sample twice', 'a variable of another system'])
def test_what_no_law_explains_gets_none(x, says):
    with pytest.raises(InputError, match=says): fit_switching(x, dt=.05)

def test_outliers_are_left_out():
    z = relay(.01)
    rng = np.random.default_rng(1)
    for _ in range(20): z[rng.integers(250), rng.integers(8)] += 5 * rng.standard_normal(2)
    m = fit_switching(z, dt=.05)
    assert (m.n_laws, m.kind) == (2, 'history') and 'left out' in m.remarks[0]
    C = sorted(c[0, 1] for c, _ in m.coefficients())
    assert np.allclose(C, [-1, 1], atol=.03)

def test_noise_of_half_the_spread_leaves_one_law():
    m = fit_switching(relay(.5), dt=.05)
    assert m.n_laws == 1 and 'cannot be seen' in m.remarks[-1]

def test_a_switch_every_three_samples_leaves_one_law():
    "Their mean, and none that straddles switches"
    rng, A, c = np.random.default_rng(0), [expm(.1 * np.array(a)) for a in ([[-.3, 1.], [-1, -.3]], [[.1, -.5], [.5, .1]])], np.array([[1., 0], [-.5, .3]])
    z = [rng.normal(size=(6, 2))]
    for t in range(200): z.append(z[-1] @ A[t // 3 % 2].T + .1 * c[t // 3 % 2])
    z = np.stack(z)
    assert fit_switching(z + .03 * z.std((0, 1)) * rng.standard_normal(z.shape), dt=.1).n_laws == 1

def test_a_law_on_a_ray():
    "What it is off the ray is not made up"
    z = np.stack([np.r_[[a * np.exp(-.05 * k) + 1, 0.]] for a in (-2, -1, 1, 2) for k in range(150)]).reshape(4, 150, 2)
    m = fit_switching([*z, *oscillator()], dt=.05)
    assert m.n_laws == 2 and 'no trajectory changes' in m.remarks[0]
    assert min(np.count_nonzero(c) for c, _ in m.coefficients()) == 2

def test_a_clock_that_shows_itself_now_and_then():
    "The laws differ where x is large, which it is for a sixth of the time: switches are located by what adds up over the periods"
    rng, out, h = np.random.default_rng(0), [], .005
    z = np.stack([rng.uniform(-4, 4, 12), rng.uniform(-4, 4, 12), rng.uniform(0, 1, 12)], 1)
    for k in range(300 * 20):
        if k % 20 == 0: out.append(z.copy())
        c = 3. if (k * h + .02) % 9 < 4 else 5.7
        f = lambda z: np.stack([-z[:, 1] - z[:, 2], z[:, 0] + .2 * z[:, 1], .2 + z[:, 2] * (z[:, 0] - c)], 1)
        a = f(z); b = f(z + h / 2 * a); d = f(z + h / 2 * b); z = z + h / 6 * (a + 2 * b + 2 * d + f(z + h * d))
    z = np.stack(out)
    m = fit_switching(z + .01 * z.std((0, 1)) * rng.standard_normal(z.shape), dt=.1, degrees=(2,))
    assert (m.kind, m.n_laws) == ('time', 2) and abs(m.decision.clock.period * m.dt - 9) < .03

def test_laws_that_agree_at_their_border_are_not_bent():
    "Predators that eat no more from x = 1 on: samples there may be either law's, and few that are wrong would bend a law by many standard deviations"
    rng, out, h = np.random.default_rng(0), [], .01
    z = np.stack([rng.uniform(.2, 3, 24), rng.uniform(.3, 2, 24)], 1)
    for k in range(400 * 10):
        if k % 10 == 0: out.append(z.copy())
        def f(z):
            eaten = np.minimum(z[:, 0], 1) * z[:, 1]
            return np.stack([z[:, 0] * (1 - z[:, 0] / 4) - eaten, -.5 * z[:, 1] + .7 * eaten], 1)
        a = f(z); b = f(z + h / 2 * a); d = f(z + h / 2 * b); z = z + h / 6 * (a + 2 * b + 2 * d + f(z + h * d))
    z = np.stack(out)
    m = fit_switching(z + .05 * z.std((0, 1)) * rng.standard_normal(z.shape), dt=.1, degrees=(2,))
    below = m.begin([.5, 1.])[0]
    (C, std), lib = m.coefficients()[below], m.laws.terms.powers
    truth = {(1, 0): (1, 0), (2, 0): (-.25, 0), (1, 1): (-1, .7), (0, 1): (0, -.5)}
    assert (m.n_laws, m.kind) == (2, 'state')
    for powers, c, s in zip(lib, C, std): assert np.allclose(c, truth.get(tuple(powers), (0, 0)), atol=.06), (powers, c, s)

def test_short_and_empty_trajectories_are_left_out():
    z = oscillator()
    m = fit_switching([np.zeros((0, 2)), np.zeros((1, 2)), np.full((50, 2), np.nan), *z, z[0][:7]], dt=.1)
    assert m.n_laws == 1

X = oscillator()[0]
@pytest.mark.parametrize('x, options, says', [
    (X + 1e6, {}, 'subtract a level'), (np.c_[X, np.full(200, .3)], {}, 'x3 constant'), (np.c_[X, 1 + 1e-14 * X[:, :1]], {}, 'x3 constant'), (X * 1e200, {}, 'other units'), (X * 1e-200, {}, 'other units'),
    (X[:10], {}, 'at least 60 samples'), (np.where(np.arange(200)[:, None] % 5, np.nan, X), {}, 'in a row'), (np.full((100, 2), np.nan), {}, 'at least 60 samples'),
    ('text', {}, 'real numbers'), (X * 1j, {}, 'real numbers'), ([[1, 2], [3]], {}, 'states'), (np.zeros((100, 0)), {}, 'states'), (np.array([['a', 'b']] * 100), {}, 'real numbers'),
    (X, dict(dt='a'), 'dt'), (X, dict(dt=0), 'dt'), (X, dict(dt=np.nan), 'dt'), (X, dict(t=np.arange(200.)[::-1]), 'increasing times'), (X, dict(names=['a', 'a']), 'different names'),
    (X, dict(n_laws=2.5), 'n_laws'), (X, dict(n_laws=0), 'n_laws'), (X, dict(degrees=2), 'degrees'), (X, dict(degrees=(9,)), 'degrees'), (X, dict(most=0), 'most'), (X, dict(seed=-1), 'seed')])
def test_a_sentence(x, options, says):
    with pytest.raises(InputError, match=says): fit_switching(x, **options)

def forced(n=6, T=200, dt=.1, every=0):
    "A mass that is pushed, on a spring that is stiffer on the left, and the push (T, n, 1): new and held every so many samples; 0: smooth"
    rng = np.random.default_rng(0)
    phase, pushes = rng.uniform(0, 6, n), np.repeat(rng.uniform(-1, 1, (T // max(every, 1) + 1, n)), max(every, 1), 0)
    z, out, u = rng.normal(size=(n, 2)), [], []
    for i in range(T):
        push = (lambda t: pushes[i]) if every else lambda t: np.sin(1.1 * t + phase)
        out.append(z); u.append(push(dt * i))
        for j in range(50):
            h, t = dt / 50, dt * (i + j / 50)
            f = lambda y, t: np.stack([y[:, 1], push(t) - np.where(z[:, 0] < 0, 4., 1.) * y[:, 0] - .3 * y[:, 1]], 1)
            a = f(z, t); b = f(z + h / 2 * a, t + h / 2); c = f(z + h / 2 * b, t + h / 2)
            z = z + h / 6 * (a + 2 * b + 2 * c + f(z + h * c, t + h))
    return np.stack(out), np.stack(u)[..., None]

@pytest.mark.parametrize('every', [0, 1, 10])
@pytest.mark.parametrize('noise, close', [(0., 5e-3), (.01, .05)])
def test_a_known_push(every, noise, close, tmp_path):
    "Smooth, or another one at every sample, or at every tenth: the spring's two laws, and the push in both"
    z, u = forced(every=every)
    m = fit_switching(z + noise * z.std((0, 1)) * np.random.default_rng(1).standard_normal(z.shape), dt=.1, inputs=u, names=['x', 'v', 'push'])
    assert (m.n_laws, m.kind, m.samples.held) == (2, 'state', every > 0)
    soft, stiff = sorted((C[:4].T for C, _ in m.coefficients()), key=lambda C: -C[1, 1])
    assert np.allclose(soft, [[0, 0, 1, 0], [0, -1, -.3, 1]], atol=close) and np.allclose(stiff, [[0, 0, 1, 0], [0, -4, -.3, 1]], atol=close)
    path, _ = m.run(z[0], 100, inputs=u[:101])
    assert np.median(np.abs(path - z[1:101])) < close
    save_switching(m, tmp_path/'m.safetensors')
    assert (load_switching(tmp_path/'m.safetensors').run(z[0], 100, inputs=u[:101])[0] == path).all()
    with pytest.raises(InputError, match='give what is to come'): m.run(z[0], 100)
    with pytest.raises(InputError, match='states only'): m.mixture()

@pytest.mark.parametrize('u, says', [(lambda u: u[:-1], 'one row for each sample'), (lambda u: np.full_like(u, np.nan), '60 samples'), (lambda u: 0 * u + 3, 'u1 constant'),
                                     (lambda u: u[..., 0], r'inputs\[\.\.\., None\]'), (lambda u: u + np.inf, 'infinite'), (lambda u: [v for v in u.swapaxes(0, 1)][:2], 'one row'), (lambda u: np.full(u.shape, 'a'), 'real numbers')])
def test_inputs_that_are_none(u, says):
    z, push = forced(T=40)
    with pytest.raises(InputError, match=says): fit_switching(z, dt=.1, inputs=u(push))

def compared(ramp=True, n=16, T=300, dt=.05):
    "What is switched on and off (T, n, 2): an oscillator by its comparison with a ramp of a clock, or a current on by the clock's tick and off at a limit, never the same way again"
    rng = np.random.default_rng(0)
    z, on, out = np.stack([rng.uniform(0, 1, n), rng.uniform(-.6, .6, n)], 1), np.zeros(n, bool), []
    for i in range(T):
        out.append(z)
        for j in range(200):
            h, before, after = dt / 200, *((dt * (i + (j + k) / 200) - .21) % 1.6 / 1.6 for k in (0, 1))
            f = lambda y: np.stack([y[:, 1], 1.5 * on - y[:, 0] - .05 * y[:, 1]] if ramp else [np.where(on, 1., -1.6), y[:, 0] - y[:, 1]], 1)
            a = f(z); b = f(z + h / 2 * a)
            z = z + h * b
            on = z[:, 0] < .2 + 1.2 * after if ramp else np.where(after < before, True, np.where(z[:, 0] > 1.1, False, on))
    return np.stack(out)

def test_a_ramp_that_a_clock_drives(tmp_path):
    "Neither the state nor the clock foretells the switches, both do; and a run knows what the time is"
    z = compared()
    m = fit_switching(z, dt=.05)
    assert (m.n_laws, m.kind) == (2, 'state+time') and m.decision.foretold > .9
    assert abs(m.decision.ramp.period * .05 - 1.6) < 1e-3 and 'of every 1.6' in m.report() and 'since' in m.conditions()[0]
    path, _ = m.run(z[20], 200, law=m.regimes(z)[20], t0=20 * .05)
    assert np.median(np.abs(path - z[21:221])) < .02
    sw = m.decision.switches
    some = np.flatnonzero(m.samples.row[sw.at] < 200)[:20]            # where the first step has the switch in it
    assert [m.regimes(z[m.samples.row[at]:, m.samples.run[at]])[0] for at in sw.at[some]] == sw.start[some].tolist()
    save_switching(m, tmp_path/'m.safetensors')
    again = load_switching(tmp_path/'m.safetensors')
    assert (again.run(z[20], 50, t0=1.)[0] == m.run(z[20], 50, t0=1.)[0]).all() and again.report() == m.report()
    with pytest.raises(InputError, match='state'): m.mixture()

def test_on_by_a_clock_and_off_by_the_state():
    z = compared(ramp=False)
    m = fit_switching(z, dt=.05)
    assert (m.n_laws, m.kind, m.decision.ramp, len(m.decision.guards)) == (2, 'state+time', None, 1)
    off, on = m.conditions(3)
    assert 'where x1 > 1.1' in off and 'at 0.21 of every 1.6' in on
    path, _ = m.run(z[20], 200, law=m.regimes(z)[20], t0=20 * .05)
    assert np.median(np.abs(path - z[21:221])) < .02

def test_positions_alone():
    "Laws of the second order, the threshold and the runs of a relay's position; noise is refused, and a position by itself follows no law"
    z = relay()
    x = [v[:, :1] for v in z.swapaxes(0, 1)]
    m = fit_switching(x, dt=.05, names=['x'], velocities=True)
    assert (m.n_laws, m.kind, m.names, m.velocities) == (2, 'history', ('x', "x'"), True)
    assert sorted(e[1] for e in m.equations(3)) == ["x'' = -1 - x - 0.3 x'", "x'' = 1 - x - 0.3 x'"]
    full = with_velocity(x[0], .05 * np.arange(250))
    assert np.abs(full[:, 1] - z[:, 0, 1]).max() < 5e-3                # also next to switches
    path, _ = m.run(full[30], 100, law=m.regimes(x)[0][30])
    assert np.abs(path[:, 0] - x[0][31:131, 0]).max() < 5e-3
    assert (m.regimes(x)[0] == m.regimes([full])[0]).all()
    with pytest.raises(InputError, match='velocities=True'): fit_switching(x, dt=.05)
    with pytest.raises(InputError, match='noise'): fit_switching([v + .02 * np.random.default_rng(0).standard_normal(v.shape) for v in x], dt=.05, velocities=True)
