"""Times a BERT classifier in PyTorch on given batches each time a line asks for it.

The first line on stdin: {"spec": {...}, "weights": safetensors file, "threads": 2,
"sets": {name: [{"batch": 4, "length": 16, "ids": [...]}, ...]}}; a zero id is padding. The spec is that of a model card.
Answered with the versions, with the size of the parts that are run at once (null: whole batches) and with the logits
of each set, row after row. Then each line {"set": name} is answered with {"seconds": ...}.
"""

import json
import platform
import sys
import time

import torch
import transformers
from safetensors.torch import load_file
from transformers import BertConfig, BertModel

Batch = torch.Tensor  # int64 [batch, length]


class Classifier(torch.nn.Module):
    def __init__(self, spec: dict, weights: dict[str, torch.Tensor]):
        super().__init__()
        config = BertConfig(
            vocab_size=spec["vocabularySize"],
            hidden_size=spec["hiddenSize"],
            num_hidden_layers=spec["layers"],
            num_attention_heads=spec["heads"],
            intermediate_size=spec["intermediateSize"],
            max_position_embeddings=spec["maxPositions"],
            type_vocab_size=spec["typeVocabularySize"],
            layer_norm_eps=spec["layerNormEpsilon"],
            attn_implementation="sdpa",
        )
        self.mean = spec["pooling"] == "mean"
        self.bert = BertModel(config, add_pooling_layer=not self.mean)
        self.classifier = torch.nn.Linear(spec["hiddenSize"], 2)
        self.classifier.load_state_dict({part: torch_layout(weights, f"classifier.{part}") for part in ("weight", "bias")})
        encoder = {name: torch_layout(weights, name) for name in weights if not name.startswith("classifier.")}
        missing, unexpected = self.bert.load_state_dict(encoder, strict=False)
        if [name for name in missing if not name.endswith("_ids")] or unexpected:
            raise SystemExit(f"the weights are not this network's: {missing} missing, {unexpected} unexpected")

    def forward(self, ids: Batch) -> torch.Tensor:  # [batch, length] -> [batch, 2]
        mask = (ids != 0).long()
        padded = not bool(mask.all())
        outputs = self.bert(input_ids=ids, attention_mask=mask if padded else None)
        if not self.mean:
            return self.classifier(outputs.pooler_output)
        weights = mask.unsqueeze(-1).float()
        return self.classifier((outputs.last_hidden_state * weights).sum(dim=1) / weights.sum(dim=1))


def torch_layout(weights: dict[str, torch.Tensor], name: str) -> torch.Tensor:
    """Matrices are [inputs, outputs] in a model folder; tables of embeddings are as in PyTorch."""
    tensor = weights[name]
    return tensor.T.contiguous() if tensor.dim() == 2 and "embeddings" not in name else tensor


def parts_of(ids: Batch, tokens_at_once: int | None) -> list[Batch]:
    """Rows in order, each part only as long as its longest row."""
    if tokens_at_once is None:
        return [ids]
    lengths = (ids != 0).sum(dim=1).tolist()
    parts, start = [], 0
    for row in range(1, len(lengths) + 1):
        full = row < len(lengths) and (row + 1 - start) * max(lengths[start : row + 1]) > tokens_at_once
        if full or row == len(lengths):
            parts.append(ids[start:row, : max(lengths[start:row])])
            start = row
    return parts


def run(model: Classifier, batches: list[Batch], tokens_at_once: int | None) -> torch.Tensor:
    return torch.cat([model(part) for ids in batches for part in parts_of(ids, tokens_at_once)])


def seconds(model: Classifier, batches: list[Batch], tokens_at_once: int | None) -> float:
    start = time.perf_counter()
    run(model, batches, tokens_at_once)
    return time.perf_counter() - start


@torch.inference_mode()
def main() -> None:
    request = json.loads(sys.stdin.readline())
    threads = request["threads"]
    torch.set_num_threads(threads)
    torch.set_num_interop_threads(1)
    torch.set_flush_denormal(True)
    transformers.logging.set_verbosity_error()
    model = Classifier(request["spec"], load_file(request["weights"])).eval()
    sets = {
        name: [torch.tensor(one["ids"]).reshape(one["batch"], one["length"]) for one in batches]
        for name, batches in request["sets"].items()
    }

    trial = max((batches for batches in sets.values()), key=len)[-2:]
    choices = (None, 512 * threads, 1024 * threads)
    run(model, trial, None)
    fastest = min(choices, key=lambda choice: min(seconds(model, trial, choice) for _ in range(2)))
    ready = {
        "torch": torch.__version__,
        "transformers": transformers.__version__,
        "python": platform.python_version(),
        "tokensAtOnce": fastest,
        "logits": {name: run(model, batches, fastest).flatten().tolist() for name, batches in sets.items()},
    }
    print(json.dumps(ready), flush=True)
    for line in sys.stdin:
        print(json.dumps({"seconds": seconds(model, sets[json.loads(line)["set"]], fastest)}), flush=True)


if __name__ == "__main__":
    main()
