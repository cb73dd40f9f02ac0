"""PyTorch's side of the comparison: obeys commands on stdin, times itself, answers on stdout.

A command is one line of text; tensors follow it, and come back, as raw little-endian float32.
  setup CELL I H T B   then weight_ih, weight_hh, bias_ih, bias_hh, x   -> id
  reset ID                                                            -> ok
  run ID CALLS                                                        -> seconds
  read ID                                                             -> the outputs [T, B, H]
  drop ID                                                             -> ok
  train CELL I H T B LAYERS OUTPUTS VOCABULARY
                       then all parameters, inputs, targets           -> id
  check ID CALLS                                                      -> of each call the loss and all gradients
  peak                                                                -> peak resident memory of this process in KiB
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


class Model(torch.nn.Module):
    """Recurrent layers with a linear layer behind them; with a vocabulary, an embedding before them."""

    def __init__(self, cell, inputs, hidden, layers, outputs, vocabulary):
        super().__init__()
        self.embedding = torch.nn.Embedding(vocabulary, inputs) if vocabulary else torch.nn.Identity()
        self.recurrent = CELLS[cell][2](inputs, hidden, layers)
        self.linear = torch.nn.Linear(hidden, outputs)

    def forward(self, x):
        return self.linear(self.recurrent(self.embedding(x))[0])


class Training:
    """Whole training steps: forward, loss, backward, clipping to norm 1, Adam."""

    def __init__(self, source, cell, inputs, hidden, steps, batch, layers, outputs, vocabulary):
        self.model = Model(cell, inputs, hidden, layers, outputs, vocabulary)
        for parameter in self.model.parameters():
            parameter.copy_(receive(source, *parameter.shape))
        if vocabulary:
            self.x = receive(source, steps, batch).long()
            self.targets = receive(source, steps * batch).long()
            self.loss_function = torch.nn.CrossEntropyLoss()
        else:
            self.x = receive(source, steps, batch, inputs)
            self.targets = receive(source, steps * batch, outputs)
            self.loss_function = torch.nn.MSELoss()
        self.optimizer = torch.optim.Adam(self.model.parameters())

    @torch.enable_grad()
    def backward(self):
        self.optimizer.zero_grad(set_to_none=True)
        loss = self.loss_function(self.model(self.x).flatten(0, 1), self.targets)
        loss.backward()
        return loss.detach().reshape(1)

    def update(self):
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimizer.step()

    def run(self, calls):
        start = time.perf_counter()
        for _ in range(calls):
            self.backward()
            self.update()
        return time.perf_counter() - start

    def check(self, calls):
        results = []
        for _ in range(calls):
            results += [self.backward(), *(parameter.grad.flatten().clone() for parameter in self.model.parameters())]
            self.update()
        return torch.cat(results)


def peak():
    with open("/proc/self/status", encoding="ascii") as status:
        return next(line.split()[1] for line in status if line.startswith("VmHWM"))


def blas():
    """The file that multiplies matrices: with the reference one, PyTorch is several times slower."""
    with open("/proc/self/maps", encoding="utf-8") as maps:
        files = {line.split()[-1] for line in maps if "blas" in line}
    return "OpenBLAS" if any("openblas" in file for file in files) else "reference BLAS" if files else "built-in BLAS"


def main():
    torch.set_num_threads(1)
    torch.set_grad_enabled(False)
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    models = {}

    def answer(text):
        sink.write(f"{text}\n".encode())
        sink.flush()

    def answer_numbers(tensor):
        sink.write(tensor.contiguous().numpy().astype("<f4").tobytes())
        sink.flush()

    answer(f"{torch.__version__} {blas()}")
    for line in iter(source.readline, b""):
        command, *words = line.decode().split()
        if command in ("setup", "train"):
            key = max(models, default=0) + 1
            models[key] = (Layer if command == "setup" else Training)(source, words[0], *map(int, words[1:]))
            answer(key)
            continue
        if command == "peak":
            answer(peak())
            continue
        model = models[int(words[0])]
        if command == "reset":
            model.reset()
            answer("ok")
        elif command == "run":
            answer(f"{model.run(int(words[1])):.9f}")
        elif command == "read":
            answer_numbers(model.y)
        elif command == "check":
            answer_numbers(model.check(int(words[1])))
        elif command == "drop":
            del models[int(words[0])]
            answer("ok")


main()
