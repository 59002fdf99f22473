"""Enhances pictures: pulls jobs from Pub/Sub, has Triton work on each picture as one encoded file, writes the results.

A job is JSON: {"jobId": "...", "source": "gs://bucket/object"}. Its result is gs://RESULTS/enhance/<jobId>.jpg. Settings
come from the environment (README.md). SIGTERM lets the jobs in hand finish.
"""
from __future__ import annotations

import json
import logging
import os
import signal
import threading
from dataclasses import dataclass

import numpy as np
import tritonclient.grpc as triton
from google.auth.credentials import AnonymousCredentials
from google.cloud import pubsub_v1, storage
from google.cloud.pubsub_v1.subscriber.message import Message

MODEL = "enhance_encoded"
MAX_MESSAGES = 4  # jobs at a time
INFER_TIMEOUT_S = 60.0

log = logging.getLogger("worker")


@dataclass(frozen=True)
class Settings:
    project: str
    subscription: str
    results_bucket: str
    triton_address: str

    @staticmethod
    def from_environment() -> Settings:
        return Settings(
            project=os.environ["GOOGLE_CLOUD_PROJECT"],
            subscription=os.environ.get("WORKER_SUBSCRIPTION", "imagen-enhance-workers"),
            results_bucket=os.environ["IMAGEN_RESULTS_BUCKET"],
            triton_address=os.environ["IMAGEN_TRITON_ADDRESS"],
        )


@dataclass(frozen=True)
class Job:
    job_id: str
    source: str

    @staticmethod
    def parse(data: bytes) -> Job:
        fields = json.loads(data)
        return Job(job_id=fields["jobId"], source=fields["source"])


class Model:
    """Triton, with a client for each thread: tritonclient's are not made for sharing."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._local = threading.local()

    def enhance(self, image: bytes) -> bytes:
        """An image file in, a JPEG file out."""
        data = np.frombuffer(image, np.uint8)[None]
        tensor = triton.InferInput("IMAGE", data.shape, "UINT8")
        tensor.set_data_from_numpy(data)
        answer = self._client().infer(MODEL, [tensor], client_timeout=INFER_TIMEOUT_S)
        return answer.as_numpy("RESULT").tobytes()

    def _client(self) -> triton.InferenceServerClient:
        if not hasattr(self._local, "client"):
            self._local.client = triton.InferenceServerClient(self._address)
        return self._local.client


class Worker:
    def __init__(self, settings: Settings) -> None:
        self._files = open_storage(settings.project)
        self._results = self._files.bucket(settings.results_bucket)
        self._model = Model(settings.triton_address)

    def handle(self, message: Message) -> None:
        """Acks a job that is done. One that fails is given back: the subscription's dead-letter policy ends it."""
        try:
            job = Job.parse(message.data)
            self._enhance(job)
        except Exception:  # whatever it is, it is this message's alone
            log.exception("message %s failed", message.message_id)
            message.nack()
        else:
            message.ack()
            log.info("job %s done", job.job_id)

    def _enhance(self, job: Job) -> None:
        image = storage.Blob.from_string(job.source, client=self._files).download_as_bytes()
        result = self._model.enhance(image)
        blob = self._results.blob(f"enhance/{job.job_id}.jpg")
        blob.upload_from_string(result, content_type="image/jpeg")


def open_storage(project: str) -> storage.Client:
    """Cloud Storage; a local one, which knows no credentials, where STORAGE_EMULATOR_HOST names it."""
    if "STORAGE_EMULATOR_HOST" in os.environ:
        return storage.Client(project=project, credentials=AnonymousCredentials())
    return storage.Client(project=project)


def main() -> None:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    settings = Settings.from_environment()
    worker = Worker(settings)
    with pubsub_v1.SubscriberClient() as subscriber:
        path = subscriber.subscription_path(settings.project, settings.subscription)
        flow_control = pubsub_v1.types.FlowControl(max_messages=MAX_MESSAGES)
        pulling = subscriber.subscribe(path, worker.handle, flow_control=flow_control, await_callbacks_on_shutdown=True)
        for stop in (signal.SIGTERM, signal.SIGINT):
            signal.signal(stop, lambda *_: pulling.cancel())
        log.info("pulling from %s", path)
        pulling.result()


if __name__ == "__main__":
    main()
