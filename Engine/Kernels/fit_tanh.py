#!/usr/bin/env python3
"""Fits the quotient behind the fast tanh (FastActivations.cs); needs numpy.

    python3 Engine/Kernels/fit_tanh.py

tanh(x) = x P(x^2) / Q(x^2) on [0, 7.9], P of degree 3, Q of degree 4, P(0) = Q(0) = 1. P - f Q = 0 is linear in the coefficients;
it is solved by repeated least squares, each time divided by the last Q, with weights that grow where the relative error is large
(Lawson's iteration). Then the coefficients are rounded to float32 in turn, lowest order first, and the rest are fitted again.
The products that the kernel uses are printed last, rounded without a further fit.
"""
import numpy as np

P_DEGREE, Q_DEGREE, HIGHEST = 3, 4, 7.9
N = 6000
x = np.concatenate([HIGHEST * (np.cos(np.pi * (np.arange(N) + 0.5) / N) + 1) / 2, np.logspace(-3, np.log10(HIGHEST), 1500)])
f = np.tanh(x) / x
s = (x / HIGHEST) ** 2                      # the unknowns of every power are scaled to be of like size


def fit(p_fixed, q_fixed):
    """All coefficients by power; those in p_fixed and q_fixed stay as they are."""
    p_free = [i for i in range(P_DEGREE + 1) if i not in p_fixed]
    q_free = [i for i in range(Q_DEGREE + 1) if i not in q_fixed]
    scale = HIGHEST**2
    known = f * sum(c * scale**i * s**i for i, c in q_fixed.items()) - sum(c * scale**i * s**i for i, c in p_fixed.items())
    basis = np.stack([s**i for i in p_free] + [-f * s**i for i in q_free], axis=1)
    weight, q_value, best, best_error = np.ones_like(x) / len(x), np.ones_like(x), None, np.inf
    for _ in range(150):
        w = np.sqrt(weight) / (f * np.abs(q_value))
        norm = np.linalg.norm(basis * w[:, None], axis=0)
        solution, *_ = np.linalg.lstsq(basis * w[:, None] / norm, known * w, rcond=None)
        solution /= norm
        p = dict(p_fixed) | {power: solution[i] / scale**power for i, power in enumerate(p_free)}
        q = dict(q_fixed) | {power: solution[len(p_free) + i] / scale**power for i, power in enumerate(q_free)}
        q_value = sum(c * x ** (2 * i) for i, c in q.items())
        error = np.abs(sum(c * x ** (2 * i) for i, c in p.items()) / q_value / f - 1)
        if error.max() < best_error:
            best, best_error = (p, q), error.max()
        weight = weight * np.maximum(error, 1e-3 * error.max())
        weight /= weight.sum()
    return best


p_fixed, q_fixed = {0: 1.0}, {0: 1.0}
for power in range(1, max(P_DEGREE, Q_DEGREE) + 1):
    if power <= P_DEGREE:
        p_fixed[power] = float(np.float32(fit(p_fixed, q_fixed)[0][power]))
    if power <= Q_DEGREE:
        q_fixed[power] = float(np.float32(fit(p_fixed, q_fixed)[1][power]))

final = sum(c * x ** (2 * i) for i, c in p_fixed.items()) / sum(c * x ** (2 * i) for i, c in q_fixed.items()) / f - 1
print(f"max relative error before float32 arithmetic: {np.abs(final).max():.3g} (one ulp is about 6e-8 to 1.2e-7)")
print("Coefficients of powers:")
for name, fixed in (("P", p_fixed), ("Q", q_fixed)):
    for power in sorted(fixed):
        print(f"  {name} y^{power}: {np.float32(fixed[power])!r}")

# As products (FastActivations.cs): the roots are real and negative, so P = P3 (y + p0)(y^2 + ...) and Q = Q4 (y^2 + ...)(y^2 + ...).
p = sorted(-np.roots([p_fixed[i] for i in range(P_DEGREE, -1, -1)]))
q = sorted(-np.roots([q_fixed[i] for i in range(Q_DEGREE, -1, -1)]))
print(f"In FastActivations.cs: K = {np.float32(p_fixed[P_DEGREE] / q_fixed[Q_DEGREE])!r}, P0 = {np.float32(p[0])!r}")
for low, high, a, b in (("P1", "P2", p[1], p[2]), ("Q0", "Q1", q[0], q[2]), ("Q2", "Q3", q[1], q[3])):
    print(f"{low} = {np.float32(a * b)!r}, {high} = {np.float32(a + b)!r}")
