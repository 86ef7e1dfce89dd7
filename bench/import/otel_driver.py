"""Asks what it reads as JSON lines of the OpenAI client, instrumented by OpenTelemetry's own package, and
writes the spans as OTLP JSON to the file that it is given. Arguments: base URL, file."""

import json
import os
import sys

os.environ["OTEL_SEMCONV_STABILITY_OPT_IN"] = "gen_ai_latest_experimental"
os.environ["OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"] = "SPAN_ONLY"

from google.protobuf.json_format import MessageToJson
from openai import OpenAI
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.instrumentation.openai_v2 import OpenAIInstrumentor
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExporter, SpanExportResult

base_url, path = sys.argv[1:3]


class FileExporter(SpanExporter):
    def export(self, spans):
        with open(path, "a", encoding="utf-8") as file:
            file.write(MessageToJson(encode_spans(spans), indent=None) + "\n")
        return SpanExportResult.SUCCESS


provider = TracerProvider()
provider.add_span_processor(SimpleSpanProcessor(FileExporter()))
trace.set_tracer_provider(provider)
OpenAIInstrumentor().instrument()
client = OpenAI(base_url=base_url, api_key="test", max_retries=0)
for line in sys.stdin:
    body = json.loads(line)
    answer = client.chat.completions.create(**body)
    if body.get("stream"):
        for _ in answer:
            pass
