#!/usr/bin/env python3
"""Fits the polynomial behind exp, sigmoid and tanh (Activations.cs); needs numpy.

    python3 Engine/Kernels/fit_exp.py

expm1(r) = r + r^2 q(r) on [-ln2/2, ln2/2], q of degree 4: the error relative to expm1(r) is made even over the interval by
repeated least squares whose weights grow where the error is large (Lawson's iteration). Then each coefficient is rounded to
float32 in turn, lowest order first, and the remaining ones are fitted again, so the rounding is made up for.
"""
import numpy as np

DEGREE = 4
HALF = np.log(2) / 2 * 1.0001
N = 4001
r = HALF * np.cos(np.pi * (np.arange(N) + 0.5) / N)
r = r[np.abs(r) > 1e-4]
target = (np.expm1(r) - r) / r**2          # what q has to be
relative = r**2 / np.expm1(r)              # d(relative error of expm1) / d(q)


def lawson(fixed):
    """q's coefficients (lowest first); `fixed` are the already rounded ones, by power."""
    free = [p for p in range(DEGREE + 1) if p not in fixed]
    rest = target - sum(c * r**p for p, c in fixed.items())
    weight = np.ones_like(r) / len(r)
    best, best_error = None, np.inf
    for _ in range(300):
        w = np.sqrt(weight) * np.abs(relative)
        basis = np.stack([r**p for p in free], axis=1)
        solution, *_ = np.linalg.lstsq(basis * w[:, None], rest * w, rcond=None)
        error = np.abs((basis @ solution - rest) * relative)
        if error.max() < best_error:
            best, best_error = solution, error.max()
        weight = weight * error
        weight /= weight.sum()
    return dict(fixed) | dict(zip(free, best)), best_error


fixed = {}
for power in range(DEGREE + 1):            # the low orders weigh most, so they are rounded first
    coefficients, error = lawson(fixed)
    fixed[power] = float(np.float32(coefficients[power]))
q = sum(c * r**p for p, c in fixed.items())
final = np.abs((q - target) * relative).max()
print(f"max relative error of expm1 before float32 arithmetic: {final:.3g} (one ulp is about 6e-8 to 1.2e-7)")
for power in range(DEGREE + 1):
    print(f"c{power + 2} = {np.float32(fixed[power])!r}   # {float(np.float32(fixed[power])).hex()}")
hi = np.float32(np.log(2))
print(f"ln2 high {hi!r}, low {np.float32(np.log(2) - float(hi))!r}, log2(e) {np.float32(1 / np.log(2))!r}")
