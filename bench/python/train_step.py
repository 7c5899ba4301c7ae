"""Times one whole training step of a student in PyTorch each time a line asks for it.

Reads lines {"model": "gru-64"} from stdin and answers each with {"model": ..., "ms": ...}, so that a driver can
measure several engines in turn. The first line printed says the versions and which Adam each model uses.
"""

import argparse
import json
import platform
import sys
import time

import torch
from torch import nn
from torch.nn import functional as F

VOCABULARY, EMBEDDING, BATCH, TOKENS = 20_000, 64, 64, 256
TEMPERATURE, CLIP_NORM, LEARNING_RATE = 2.0, 1.0, 1e-3
BATCHES = 4  # different ids, used in turn


def mean_max(states: torch.Tensor) -> torch.Tensor:  # [batch, tokens, features] -> [batch, 2 * features]
    return torch.cat([states.mean(dim=1), states.amax(dim=1)], dim=1)


class Gru(nn.Module):
    def __init__(self, hidden: int, strong: bool):
        super().__init__()
        self.strong = strong
        self.embedding = nn.Embedding(VOCABULARY, EMBEDDING)
        self.gru = nn.GRU(EMBEDDING, hidden, batch_first=True, bidirectional=strong)
        self.head = nn.Linear(4 * hidden if strong else hidden, 2)

    def forward(self, ids: torch.Tensor) -> torch.Tensor:  # [batch, tokens] -> [batch, 2]
        states, last = self.gru(self.embedding(ids))
        return self.head(mean_max(states) if self.strong else last[0])


class Cnn(nn.Module):
    def __init__(self, filters: int, strong: bool):
        super().__init__()
        self.strong = strong
        widths = (2, 3, 4, 5) if strong else (5,)
        self.embedding = nn.Embedding(VOCABULARY, EMBEDDING)
        self.convs = nn.ModuleList(nn.Conv1d(EMBEDDING, filters, width, padding="same") for width in widths)
        self.head = nn.Linear((2 if strong else 1) * len(widths) * filters, 2)

    def forward(self, ids: torch.Tensor) -> torch.Tensor:  # [batch, tokens] -> [batch, 2]
        words = self.embedding(ids).transpose(1, 2)  # [batch, embedding, tokens]
        answers = torch.cat([F.relu(conv(words)) for conv in self.convs], dim=1)  # [batch, filters, tokens]
        return self.head(mean_max(answers.transpose(1, 2)) if self.strong else answers.amax(dim=2))


class Student:
    """A network with its optimiser, stepped over the same few batches."""

    def __init__(self, name: str, optimiser: dict):
        kind, size = name.split("-")
        torch.manual_seed(1)
        network = Gru if kind.endswith("gru") else Cnn
        self.network = network(int(size), strong=kind in ("bigru", "textcnn"))
        self.adam = torch.optim.Adam(self.network.parameters(), lr=LEARNING_RATE, **optimiser)
        self.batches = [
            (torch.randint(1, VOCABULARY, (BATCH, TOKENS)), torch.softmax(torch.randn(BATCH, 2) / TEMPERATURE, 1))
            for _ in range(BATCHES)
        ]
        self.steps = 0

    def step(self) -> float:
        """One step: forward, soft-target loss, gradients, clipping, Adam. Returns milliseconds."""
        ids, targets = self.batches[self.steps % BATCHES]
        self.steps += 1
        start = time.perf_counter()
        self.adam.zero_grad(set_to_none=True)
        loss = TEMPERATURE**2 * F.cross_entropy(self.network(ids) / TEMPERATURE, targets)
        loss.backward()
        nn.utils.clip_grad_norm_(self.network.parameters(), CLIP_NORM, foreach=True)
        self.adam.step()
        loss.item()
        return (time.perf_counter() - start) * 1000


def fastest(name: str, trial_steps: int) -> tuple[str, Student]:
    """The student with whichever of PyTorch's Adam implementations takes the shortest step here."""
    trials = []
    for optimiser in ("fused", "foreach"):
        student = Student(name, {optimiser: True})
        student.step()
        trials.append((min(student.step() for _ in range(trial_steps)), optimiser, student))
    _, optimiser, student = min(trials, key=lambda trial: trial[0])
    return optimiser, student


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--models", required=True, help="comma-separated: gru-64,cnn-128,...")
    parser.add_argument("--trial-steps", type=int, default=4, help="steps with which the faster Adam is chosen")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    torch.set_num_interop_threads(1)
    # Gradients that vanish over 256 steps become subnormal numbers, on which processors are slow; ours flushes them too
    torch.set_flush_denormal(True)

    students, adam = {}, {}
    for name in arguments.models.split(","):
        adam[name], students[name] = fastest(name, arguments.trial_steps)
    ready = {
        "torch": torch.__version__,
        "python": platform.python_version(),
        "threads": torch.get_num_threads(),
        "adam": adam,
    }
    print(json.dumps(ready), flush=True)
    for line in sys.stdin:
        name = json.loads(line)["model"]
        print(json.dumps({"model": name, "ms": students[name].step()}), flush=True)


if __name__ == "__main__":
    main()
