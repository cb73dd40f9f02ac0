"""PyTorch's side of the comparison: obeys commands on stdin, times itself, answers on stdout.

A command is one line of text; tensors follow it, and come back, as raw little-endian float32.
  setup CELL I H T B   then weight_ih, weight_hh, bias_ih, bias_hh, x   -> id
  reset ID                                                            -> ok
  run ID CALLS                                                        -> seconds
  read ID                                                             -> the outputs [T, B, H]
  drop ID                                                             -> ok
"""

import sys
import time

import torch

CELLS = {"rnn": (1, torch.nn.RNNCell, torch.nn.RNN), "gru": (3, torch.nn.GRUCell, torch.nn.GRU), "lstm": (4, torch.nn.LSTMCell, torch.nn.LSTM)}


def receive(source, *shape):
    count = 1
    for size in shape:
        count *= size
    return torch.frombuffer(bytearray(source.read(4 * count)), dtype=torch.float32).reshape(shape)


class Layer:
    """A cell for one time step (quicker per step), a layer for a sequence."""

    def __init__(self, source, cell, inputs, hidden, steps, batch):
        gates, step_class, run_class = CELLS[cell]
        self.is_step = steps == 1
        self.module = (step_class if self.is_step else run_class)(inputs, hidden)
        suffix = "" if self.is_step else "_l0"
        rows = gates * hidden
        for name, shape in (("weight_ih", (rows, inputs)), ("weight_hh", (rows, hidden)), ("bias_ih", (rows,)), ("bias_hh", (rows,))):
            getattr(self.module, name + suffix).copy_(receive(source, *shape))
        x = receive(source, steps, batch, inputs)
        self.x = x[0] if self.is_step else x
        self.has_cell = cell == "lstm"
        self.shape = (batch, hidden) if self.is_step else (1, batch, hidden)
        self.y = None
        self.reset()

    def reset(self):
        zero = torch.zeros(self.shape)
        self.state = (zero, zero.clone()) if self.has_cell else zero

    def run(self, calls):
        module, x, state = self.module, self.x, self.state
        start = time.perf_counter()
        if self.is_step:
            for _ in range(calls):
                state = module(x, state)
            y = state[0] if self.has_cell else state
        else:
            for _ in range(calls):
                y, state = module(x, state)
        seconds = time.perf_counter() - start
        self.y, self.state = y, state
        return seconds


def blas():
    """The file that multiplies matrices: with the reference one, PyTorch is several times slower."""
    with open("/proc/self/maps", encoding="utf-8") as maps:
        files = {line.split()[-1] for line in maps if "blas" in line}
    return "OpenBLAS" if any("openblas" in file for file in files) else "reference BLAS" if files else "built-in BLAS"


def main():
    torch.set_num_threads(1)
    torch.set_grad_enabled(False)
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    layers = {}

    def answer(text):
        sink.write(f"{text}\n".encode())
        sink.flush()

    answer(f"{torch.__version__} {blas()}")
    for line in iter(source.readline, b""):
        command, *words = line.decode().split()
        if command == "setup":
            key = max(layers, default=0) + 1
            layers[key] = Layer(source, words[0], *map(int, words[1:]))
            answer(key)
            continue
        layer = layers[int(words[0])]
        if command == "reset":
            layer.reset()
            answer("ok")
        elif command == "run":
            answer(f"{layer.run(int(words[1])):.9f}")
        elif command == "read":
            sink.write(layer.y.contiguous().numpy().astype("<f4").tobytes())
            sink.flush()
        elif command == "drop":
            del layers[int(words[0])]
            answer("ok")


main()
