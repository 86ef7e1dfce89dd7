"""TensorZero's embedded gateway behind a pipe: a JSON line in for each request, one out for each answer."""
import asyncio
import json
import os
import sys

from tensorzero import AsyncTensorZeroGateway

# The gateway logs to standard output, so answers have a pipe of their own.
OUT = os.fdopen(3, "w")


async def answer(gateway, line):
    asked = json.loads(line)
    said = {"id": asked["id"], "status": 200}
    try:
        result = await gateway.inference(
            function_name=asked["function"],
            input={"messages": [{"role": "user", "content": asked["orders"]}]},
            stream=asked["stream"],
            tags=asked["tags"],
        )
        if asked["stream"]:
            async for _ in result:
                pass
    except Exception as error:  # what the gateway refuses or cannot do is an answer too
        said = {"id": asked["id"], "status": 502, "error": str(error)[:300]}
    print(json.dumps(said), file=OUT, flush=True)


async def main():
    gateway = await AsyncTensorZeroGateway.build_embedded(config_file=sys.argv[1], async_setup=True)
    print("ready", file=OUT, flush=True)
    lines = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    tasks = set()
    while line := await lines.readline():
        task = asyncio.create_task(answer(gateway, line))
        tasks.add(task)
        task.add_done_callback(tasks.discard)
    await asyncio.gather(*tasks)


asyncio.run(main())
