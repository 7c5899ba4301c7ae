"""A student behind LitServe, which forms batches across requests: WORKERS processes, MAX_BATCH, BATCH_TIMEOUT in seconds."""

import os
import sys

import litserve

from serving_model import Student


class Classifier(litserve.LitAPI):
    def setup(self, device):
        self.student = Student()

    def decode_request(self, request):
        return self.student.encode(request["text"])

    def batch(self, inputs):
        return inputs

    def predict(self, rows):
        return self.student.classify(rows)

    def unbatch(self, output):
        return output

    def encode_response(self, output):
        return output


if __name__ == "__main__":
    api = Classifier(
        max_batch_size=int(os.environ["MAX_BATCH"]),
        batch_timeout=float(os.environ["BATCH_TIMEOUT"]),
        api_path="/classify",
    )
    server = litserve.LitServer(
        api, accelerator="cpu", workers_per_device=int(os.environ["WORKERS"])
    )
    server.run(host="127.0.0.1", port=int(sys.argv[1]), log_level="warning", generate_client_file=False)
