#!/usr/bin/env python3
"""Writes the PyTorch reference numbers that Engine.Tests compares the C# library with.

    python3 Engine.Tests/Golden/generate.py        (needs Debian's python3-torch and python3-numpy: use /usr/bin/python3)

The *.safetensors files are written beside this script; a second run writes the same bytes. README.md lists every tensor.

Inputs and weights of the big cases are not stored: values() below makes them, and the C# tests repeat it. Every case has
a seed (in __metadata__) and every tensor of the case its own: seed + 0 x (or token ids), + 1 h0, + 2 c0, + 3 the output
gradient or the target, + 4 + k the k-th parameter in PyTorch's order. A case that has several batches (clipping, training)
uses seed + 100 + 2 s for x (tokens) and seed + 101 + 2 s for the targets of step s = 0, 1, ...
Scales: x, output gradient, targets and embeddings 1, h0 and c0 0.5, weights and biases of a recurrent module
float32(1/sqrt(hidden)), of a Linear float32(1/sqrt(its inputs)).

Expected values come from a float64 run on those float32 inputs and weights. Beside each tensor T stands T.torch32 = [largest
absolute error of PyTorch's own float32 run, largest absolute value], both over the whole tensor, so that a test can ask for
an error of the size of PyTorch's. A tensor of more than 48 elements is stored as 48 samples: see sample_indices().
"""
import itertools
import json
import math
import os
from functools import partial

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

HERE = os.path.dirname(os.path.abspath(__file__))
SAMPLES = 48
torch.set_num_threads(1)


# ---- the generator that C# repeats -------------------------------------------------------------------------------------
def mix(x):
    """murmur3's 32-bit finaliser; x is an array of uint32."""
    x = (x ^ (x >> np.uint32(16))) * np.uint32(0x85EBCA6B)
    x = (x ^ (x >> np.uint32(13))) * np.uint32(0xC2B2AE35)
    return x ^ (x >> np.uint32(16))


def bits(seed, count):
    """24 bits for each of i = 0 .. count-1."""
    start = np.uint32((seed * 0x85EBCA6B + 0xC2B2AE35) & 0xFFFFFFFF)
    return mix(np.arange(count, dtype=np.uint32) * np.uint32(0x9E3779B9) + start) >> np.uint32(8)


def values(seed, shape, scale=1.0):
    """float32 in [-scale, scale): (bits * 2^-23 - 1), which is exact, times the float32 scale."""
    unit = (bits(seed, math.prod(shape)) * 2.0 ** -23 - 1).astype(np.float32)
    return torch.from_numpy((unit * np.float32(scale)).reshape(shape))


def integers(seed, shape, limit):
    """Token ids: bits % limit."""
    return torch.from_numpy((bits(seed, math.prod(shape)) % np.uint32(limit)).astype(np.int64).reshape(shape))


def sample_indices(n):
    """Flat indices of the stored elements: all if n <= 48, else one in each of 48 equal parts, jittered so that the
    samples do not fall on the same few columns of a matrix; the first and the last element are always among them."""
    if n <= SAMPLES:
        return np.arange(n)
    k = np.arange(SAMPLES, dtype=np.int64)
    indices = (k * n + mix(k.astype(np.uint32)).astype(np.int64) % n) // SAMPLES      # mix(0) = 0: starts at index 0
    indices[-1] = n - 1
    return indices


# ---- files -------------------------------------------------------------------------------------------------------------
def write_safetensors(name, tensors, metadata=None):
    header, offset = {}, 0
    if metadata:
        header["__metadata__"] = metadata
    for key, array in tensors.items():
        dtype = {"float64": "F64", "float32": "F32", "int64": "I64"}[str(array.dtype)]
        header[key] = {"dtype": dtype, "shape": list(array.shape), "data_offsets": [offset, offset + array.nbytes]}
        offset += array.nbytes
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(os.path.join(HERE, name), "wb") as file:
        file.write(len(text).to_bytes(8, "little"))
        file.write(text)
        for array in tensors.values():
            file.write(np.ascontiguousarray(array).tobytes())


class Golden:
    """The expected tensors of one file."""

    def __init__(self, name):
        self.name, self.tensors, self.metadata = name, {}, {}

    def case(self, case, run, **description):
        """Runs run(dtype) in float64 and float32; it returns a dictionary of named tensors."""
        self.metadata[case] = " ".join(f"{key}={value}" for key, value in description.items())
        exact, single = run(torch.float64), run(torch.float32)
        for key, tensor in exact.items():
            a = tensor.detach().numpy().astype(np.float64)
            b = single[key].detach().numpy().astype(np.float64)
            assert np.isfinite(a).all() and np.isfinite(b).all(), (case, key)
            self.tensors[f"{case}/{key}"] = a if a.size <= SAMPLES else a.reshape(-1)[sample_indices(a.size)]
            self.tensors[f"{case}/{key}.torch32"] = np.array([abs(a - b).max(), abs(a).max()])

    def write(self):
        write_safetensors(self.name, self.tensors, self.metadata)


# ---- models ------------------------------------------------------------------------------------------------------------
class GruBefore(nn.Module):
    """GRU with the reset gate before the matrix product; not in PyTorch. Gate order r z n."""

    def __init__(self, inputs, hidden):
        super().__init__()
        self.hidden_size = hidden
        for name, *shape in (("weight_ih_l0", 3 * hidden, inputs), ("weight_hh_l0", 3 * hidden, hidden),
                             ("bias_ih_l0", 3 * hidden), ("bias_hh_l0", 3 * hidden)):
            setattr(self, name, nn.Parameter(torch.empty(shape)))

    def forward(self, x, h0):
        (ur, uz, un), (br, bz, bn) = self.weight_hh_l0.chunk(3), self.bias_hh_l0.chunk(3)
        h, y = h0[0], []
        for xt in x:
            xr, xz, xn = (xt @ self.weight_ih_l0.t() + self.bias_ih_l0).chunk(3, dim=1)
            r = torch.sigmoid(xr + h @ ur.t() + br)
            z = torch.sigmoid(xz + h @ uz.t() + bz)
            n = torch.tanh(xn + (r * h) @ un.t() + bn)
            h = (1 - z) * n + z * h
            y.append(h)
        return torch.stack(y), h[None]


CELLS = {"lstm": nn.LSTM, "gru": nn.GRU, "rnn_tanh": nn.RNN, "rnn_relu": partial(nn.RNN, nonlinearity="relu"),
         "gru_before": GruBefore}


def fill(model, seed):
    """Parameter k from seed + 4 + k."""
    k = 0
    for module in model.modules():
        fan = 1 if isinstance(module, nn.Embedding) else getattr(module, "hidden_size", getattr(module, "in_features", None))
        for parameter in module.parameters(recurse=False):
            parameter.data = values(seed + 4 + k, parameter.shape, 1 / math.sqrt(fan))
            k += 1


class Stack(nn.Module):
    """A model from a text such as "input:5,lstm:16,lstm:16,linear:3"; tokens:V is followed by embedding:E. Consecutive equal
    layers are one module with num_layers, as Engine names them."""

    def __init__(self, spec, seed):
        super().__init__()
        layers = [part.split(":") for part in spec.split(",")]
        width = int(layers[0][1])
        for (kind, size), same in itertools.groupby(layers[1:], key=tuple):
            size, count = int(size), len(list(same))
            if kind in CELLS:
                self.add_module(kind.split("_")[0], CELLS[kind](width, size, count))
            else:
                self.add_module(kind, {"embedding": nn.Embedding, "linear": nn.Linear}[kind](width, size))
            width = size
        fill(self, seed)

    def forward(self, x, states=None, last=False):
        """Returns outputs and the states of the recurrent modules (to carry over)."""
        new_states = []
        for module in self.children():
            if isinstance(module, nn.RNNBase):
                x, state = module(x, None if states is None else states[len(new_states)])
                new_states.append(state)
            else:
                x = module(x[-1] if last and isinstance(module, nn.Linear) else x)
        return x, new_states


def loss_of(y, target):
    """Mean over all elements (MSE) or over all classes that are not -100 (cross-entropy)."""
    if target.dtype == torch.int64:
        return F.cross_entropy(y.reshape(-1, y.shape[-1]), target.reshape(-1), ignore_index=-100)
    return F.mse_loss(y, target.to(y.dtype))


# ---- a: one layer, forward and full backward ----------------------------------------------------------------------------
TRIPLES = [  # I, H, B: every H with two B, every B at least four times, I = H in five of them
    (7, 1, 1), (1, 1, 3), (9, 7, 2), (1, 7, 32), (8, 8, 1), (15, 8, 5), (16, 9, 3), (7, 9, 2), (17, 15, 1), (33, 15, 5),
    (1, 16, 32), (16, 16, 3), (31, 17, 2), (8, 17, 1), (15, 31, 5), (50, 31, 3), (33, 33, 1), (9, 33, 32), (17, 50, 2),
    (128, 50, 5), (31, 128, 1), (128, 128, 32)]


def forward_backward():
    golden, steps = Golden("forward_backward.safetensors"), 5
    for position, (cell, (inputs, hidden, batch)) in enumerate(itertools.product(CELLS, TRIPLES)):
        seed = 1000 * (position + 1) + 166      # 166: no relu's argument is so near to 0 that rounding decides its slope

        def run(dtype):
            model = CELLS[cell](inputs, hidden)
            fill(model, seed)
            model.to(dtype)
            x, h0, c0 = (values(seed + k, shape, scale).to(dtype).requires_grad_() for k, shape, scale in (
                (0, (steps, batch, inputs), 1), (1, (1, batch, hidden), 0.5), (2, (1, batch, hidden), 0.5)))
            y, state = model(x, (h0, c0) if cell == "lstm" else h0)
            (y * values(seed + 3, y.shape).to(dtype)).sum().backward()
            if cell == "rnn_relu":
                sums = x @ model.weight_ih_l0.t() + model.bias_ih_l0 + model.bias_hh_l0
                sums = sums + torch.cat([h0, y[:-1]]) @ model.weight_hh_l0.t()
                assert sums.abs().min() > 3e-5
            if cell == "lstm":
                result = {"y": y, "h_n": state[0][0], "c_n": state[1][0], "dx": x.grad, "dh0": h0.grad[0], "dc0": c0.grad[0]}
            else:
                result = {"y": y, "h_n": state[0], "dx": x.grad, "dh0": h0.grad[0]}
            return {**result, **{f"d_{name}": p.grad for name, p in model.named_parameters()}}

        golden.case(f"{cell}/I{inputs}_H{hidden}_B{batch}", run, cell=cell, I=inputs, H=hidden, B=batch, T=steps, seed=seed)
    golden.write()


# ---- b: stacks with a head and a loss -----------------------------------------------------------------------------------
STACKS = [  # name, spec, T, B, head and loss on the last step only, loss
    ("lstm2_mse", "input:5,lstm:16,lstm:16,linear:3", 7, 3, False, "mse"),
    ("gru2_last_mse", "input:6,gru:13,gru:13,linear:4", 7, 5, True, "mse"),
    ("gru2_last_ce", "input:6,gru:13,gru:13,linear:4", 7, 5, True, "ce"),
    ("rnn3_mse", "input:4,rnn_tanh:12,rnn_tanh:12,rnn_tanh:12,linear:2", 9, 2, False, "mse"),
    ("mixed_mse", "input:7,lstm:9,gru:17,linear:3", 6, 4, False, "mse"),
    ("tokens_gru_ce", "tokens:11,embedding:5,gru:8,linear:11", 8, 3, False, "ce")]


def stacked():
    golden = Golden("stacked.safetensors")
    for position, (name, spec, steps, batch, last, loss) in enumerate(STACKS):
        seed = 200000 + 1000 * position
        inputs, outputs = int(spec.split(",")[0].split(":")[1]), int(spec.split(":")[-1])
        tokens = integers(seed, (steps, batch), inputs) if spec.startswith("tokens") else None
        rows = (batch,) if last else (steps, batch)
        target = integers(seed + 3, rows, outputs) if loss == "ce" else values(seed + 3, (*rows, outputs))
        if loss == "ce":
            target.view(-1)[1::4] = -100

        def run(dtype):
            model = Stack(spec, seed).to(dtype)
            x = tokens if tokens is not None else values(seed, (steps, batch, inputs)).to(dtype).requires_grad_()
            y, _ = model(x, last=last)
            value = loss_of(y, target)
            value.backward()
            result = {"y": y, "loss": value.reshape(1), **({"dx": x.grad} if tokens is None else {})}
            return {**result, **{f"gradient/{key}": p.grad for key, p in model.named_parameters()}}

        if tokens is not None:
            golden.tensors[f"{name}/tokens"] = tokens.numpy()
        if loss == "ce":
            golden.tensors[f"{name}/classes"] = target.numpy()
        golden.case(name, run, spec=spec, T=steps, B=batch, seed=seed, last=int(last), loss=loss)
    golden.write()


# ---- c: clipping --------------------------------------------------------------------------------------------------------
CLIPPING = [("none", 0)] + [("l2", v) for v in (0.01, 0.5, 100)] + [("inf", v) for v in (0.01, 0.5, 100)] \
    + [("value", v) for v in (0.001, 0.03, 100)]


def clipping():
    golden, spec, steps, batch, seed = Golden("clipping.safetensors"), "input:3,lstm:8,linear:2", 6, 3, 300000
    for kind, limit in CLIPPING:
        def run(dtype):
            model, norms = Stack(spec, seed).to(dtype), []
            adam = torch.optim.Adam(model.parameters(), lr=0.01)
            for s, scale in enumerate([1, 8, 0.5]):     # of the targets: Adam alone would hide an equal factor in every step
                x = values(seed + 100 + 2 * s, (steps, batch, 3)).to(dtype)
                target = values(seed + 101 + 2 * s, (steps, batch, 2), scale)
                adam.zero_grad()
                loss_of(model(x)[0], target).backward()
                bound = limit if kind in ("l2", "inf") else math.inf
                norms.append(nn.utils.clip_grad_norm_(model.parameters(), bound, math.inf if kind == "inf" else 2))
                if kind == "value":
                    nn.utils.clip_grad_value_(model.parameters(), limit)
                adam.step()
            return {"norms": torch.stack(norms), **{f"parameter/{name}": p for name, p in model.named_parameters()}}

        golden.case(f"{kind}_{limit}", run, spec=spec, T=steps, B=batch, seed=seed, loss="mse", lr=0.01, clip=kind, limit=limit)
    golden.write()


# ---- d: training --------------------------------------------------------------------------------------------------------
TRAINING = [  # name, spec, optimizer steps, state carried from step to step
    ("lstm_mse", "input:3,lstm:16,linear:2", 50, False),
    ("gru_mse", "input:3,gru:16,linear:2", 50, False),
    ("rnn_mse", "input:3,rnn_tanh:16,linear:2", 50, False),
    ("tokens_lstm_ce", "tokens:7,embedding:6,lstm:12,linear:7", 50, False),
    ("lstm_carry_mse", "input:3,lstm:16,linear:2", 20, True)]


def training():
    golden, steps, batch = Golden("training.safetensors"), 12, 4
    for position, (name, spec, count, carry) in enumerate(TRAINING):
        seed, tokens, logs = 400000 + 1000 * position, spec.startswith("tokens"), {}

        def run(dtype):
            model = Stack(spec, seed).to(dtype)
            adam = torch.optim.Adam(model.parameters(), lr=0.01)
            losses, norms, states, previous = [], [], None, None
            for s in range(count):
                # The task is to remember one step: the target is made from this and the step before. (2: some norms pass 1.)
                if tokens:
                    x = integers(seed + 100 + 2 * s, (steps, batch), 7)
                    target = torch.cat([torch.full((1, batch), -100), x[:-1]])
                else:
                    x = values(seed + 100 + 2 * s, (steps, batch, 3))
                    first = x[:1] * 0 if previous is None or not carry else previous[-1:]
                    target = (2 * x + 2 * torch.cat([first, x[:-1]]))[..., :2]        # exact in float32
                    previous = x
                y, states = model(x if tokens else x.to(dtype), states if carry else None)
                states = [tuple(t.detach() for t in state) for state in states] if carry else None
                loss = loss_of(y, target)
                adam.zero_grad()
                loss.backward()
                norms.append(nn.utils.clip_grad_norm_(model.parameters(), 1.0))
                losses.append(loss.detach())
                adam.step()
            for key, log in ("losses", losses), ("norms", norms):
                logs[f"{name}/{key}" + ("32" if dtype == torch.float32 else "")] = torch.stack(log).double().numpy()
            return {f"parameter/{key}": p for key, p in model.named_parameters()}

        golden.case(name, run, spec=spec, T=steps, B=batch, steps=count, seed=seed, loss="ce" if tokens else "mse",
                    lr=0.01, clip="l2", limit=1, carry=int(carry))
        golden.tensors.update(logs)
    golden.write()


# ---- e: a plain PyTorch state_dict --------------------------------------------------------------------------------------
def state_dict():
    torch.manual_seed(20240607)
    net = nn.ModuleDict({"rnn": nn.LSTM(3, 8, num_layers=2), "head": nn.Linear(8, 2)})
    write_safetensors("state_dict.safetensors", {key: tensor.numpy().copy() for key, tensor in net.state_dict().items()})
    golden, x = Golden("state_dict_expected.safetensors"), values(500000, (6, 2, 3))
    golden.tensors["state_dict/x"] = x.numpy()

    def run(dtype):
        net.to(dtype)
        return {"y": net["head"](net["rnn"](x.to(dtype))[0])}

    golden.case("state_dict", run, spec="input:3,lstm:8,lstm:8,linear:2", T=6, B=2)
    golden.write()


if __name__ == "__main__":
    forward_backward()
    stacked()
    clipping()
    training()
    state_dict()
