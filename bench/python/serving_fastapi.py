"""A student behind FastAPI, run by uvicorn. ENDPOINT says whether it answers in the thread pool or on the event loop."""

import os

from fastapi import FastAPI
from pydantic import BaseModel

from serving_model import Student


class Review(BaseModel):
    text: str


class Probabilities(BaseModel):
    negative: float
    positive: float


class Classification(BaseModel):
    label: str
    probabilities: Probabilities


student = Student()
app = FastAPI()


if os.environ["ENDPOINT"] == "def":

    @app.post("/classify")
    def classify(review: Review) -> Classification:
        return student.classify([student.encode(review.text)])[0]

else:

    @app.post("/classify")
    async def classify(review: Review) -> Classification:
        return student.classify([student.encode(review.text)])[0]
