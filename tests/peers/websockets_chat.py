"""
A chat on the Python library `websockets`. Without an argument it handles no signal. `closes`: SIGTERM
leaves the `async with` block, as its documentation shows, which closes the server and every connection.
"""

import asyncio
import os
import signal
import sys

import websockets

clients = set()


async def chat(client):
    clients.add(client)
    try:
        async for message in client:
            websockets.broadcast(clients - {client}, message)
    except websockets.ConnectionClosedError:
        pass
    finally:
        clients.remove(client)


async def main():
    loop = asyncio.get_running_loop()
    stop = loop.create_future()
    if sys.argv[1:] == ["closes"]:
        loop.add_signal_handler(signal.SIGTERM, stop.set_result, None)
    async with websockets.serve(chat, "127.0.0.1", int(os.environ["PORT"])):
        await stop


asyncio.run(main())
