"""Runs the original BERT implementation (Hugging Face transformers) on given token ids and writes its logits.

stdin: {"checkpoint": folder, "pooling": "cls" | "mean", "classifier": safetensors file, "output": safetensors file,
        "batches": [{"batch": 4, "length": 16, "ids": [...]}, ...]}; a zero id is padding.
The classifier's weight is [hidden, 2], its bias [2]. The output holds logits.<n> [batch, 2].
"""

import json
import sys

import torch
import transformers
from safetensors.torch import load_file, save_file
from transformers import BertModel


def pooled(outputs, mask: torch.Tensor, pooling: str) -> torch.Tensor:
    if pooling == "cls":
        return outputs.pooler_output
    weights = mask.unsqueeze(-1).float()
    return (outputs.last_hidden_state * weights).sum(dim=1) / weights.sum(dim=1)


@torch.inference_mode()
def main() -> None:
    request = json.load(sys.stdin)
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    model = BertModel.from_pretrained(request["checkpoint"], attn_implementation="eager", dtype=torch.float32).eval()
    classifier = load_file(request["classifier"])
    results = {}
    for number, batch in enumerate(request["batches"]):
        ids = torch.tensor(batch["ids"], dtype=torch.long).reshape(batch["batch"], batch["length"])
        mask = (ids != 0).long()
        outputs = model(input_ids=ids, attention_mask=mask)
        logits = pooled(outputs, mask, request["pooling"]) @ classifier["classifier.weight"] + classifier["classifier.bias"]
        results[f"logits.{number}"] = logits.contiguous()
    save_file(results, request["output"])
    print(json.dumps({"torch": torch.__version__, "transformers": transformers.__version__}))


if __name__ == "__main__":
    main()
