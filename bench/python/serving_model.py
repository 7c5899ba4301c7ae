"""A student as Python serves it: the tokenizer of README.md ("Your model elsewhere") and an ONNX Runtime session."""

import json
import math
import os
import re
import unicodedata

import numpy
import onnxruntime

_number = r"[0-9]+(?:[.,][0-9]+)*/[0-9]+|[0-9]+(?:[.,][0-9]+)+"
_token = re.compile(_number + r"|[^\W_]+(?:'[^\W_]+)*|([^\w\s]|[_\x85])\1*")
_contraction = re.compile(r"(.+?)(n't|'(?:s|re|ve|ll|d|m))")
_tag = re.compile("</?[a-z]+ ?/?>")
_apostrophe = re.compile("[‘’ʼ′]")
_accent = re.compile("([a-z])[\u0300-\u036f]+")


class Student:
    """MODEL names a model folder; SESSION_THREADS the threads of the session."""

    def __init__(self):
        folder = os.environ["MODEL"]
        with open(f"{folder}/tokenizer.json", encoding="utf8") as file:
            self._ids = {word: id for id, word in enumerate(json.load(file)["vocabulary"])}
        with open(f"{folder}/card.json", encoding="utf8") as file:
            self._most = json.load(file)["maxTokens"]
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = int(os.environ["SESSION_THREADS"])
        self._session = onnxruntime.InferenceSession(
            f"{folder}/model.onnx", options, providers=["CPUExecutionProvider"]
        )

    def encode(self, text):
        text = _tag.sub(" ", text.lower())
        text = unicodedata.normalize("NFD", _apostrophe.sub("'", text))
        text = unicodedata.normalize("NFC", _accent.sub(r"\1", text))
        words = []
        for match in _token.finditer(text):
            word = match[0][:3] if match[1] else match[0]  # of a run of one mark, three
            parts = _contraction.fullmatch(word)
            words += parts.groups() if parts else [word]
        known = [self._ids.get(word, 1) for word in words] or [1]
        most = self._most
        return known if len(known) <= most else known[: most - most // 2] + known[-(most // 2) :]

    def classify(self, rows):
        """rows: token ids of each text. Returns label and probabilities of each."""
        ids = numpy.zeros((len(rows), max(map(len, rows))), "int32")
        for row, tokens in zip(ids, rows):
            row[: len(tokens)] = tokens
        logits = self._session.run(["logits"], {"ids": ids})[0].tolist()
        answers = []
        for negative, positive in logits:
            share = 1 / (1 + math.exp(negative - positive))
            label = "positive" if positive > negative else "negative"
            answers.append({"label": label, "probabilities": {"negative": 1 - share, "positive": share}})
        return answers
