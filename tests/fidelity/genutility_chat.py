"""Holds one chat through genutility's Salesforce client, as it is on PyPI; tells each thing that it sees as a line of JSON.

The client is not changed and nothing of it is replaced: this file only calls it and reacts to what comes.
"""
import asyncio
import json
import os
import sys

import requests
from genutility.salesforce import LiveAgent, LiveAgentAsync

SAID = json.loads(os.environ["PARLOR_SAID"])
SCENARIO = os.environ["PARLOR_SCENARIO"]
SERVED = dict(
    hostname=os.environ["PARLOR_DESK"],
    organization_id="00D000000000001",
    deployment_id="572000000000001",
    button_id="573000000000001",
    scheme="http",
    # The client takes this for its polls too, whatever the desk says: it must be longer than the desk's hold.
    timeout=45,
)


def tell(**fact):
    print(json.dumps(fact), flush=True)


class Visitor:
    """What to do next, for the client with threads and the one without."""

    def __init__(self):
        self.left = list(SAID)

    def next_deed(self, message):
        kind, body = message["type"], message["message"]
        tell(heard=kind, text=body.get("text"), name=body.get("name"), reason=body.get("reason"))
        if kind in ("ChatEnded", "ChatRequestFail"):
            return "stop", None
        if kind == "ChatMessage" and body["text"].startswith("Shall I close"):
            return "close", None
        if kind in ("ChatEstablished", "ChatMessage") and self.left:
            text = self.left.pop(0)
            tell(said=text)
            return "send", text
        return None, None


def with_threads():
    client, visitor = LiveAgent(**SERVED), Visitor()
    tell(available=client.is_available())
    client.connect("Ada Example", slots={"E-mail": "ada@example.test"})
    while True:
        try:
            messages = client.receive()
        except requests.HTTPError as error:
            if error.response.status_code != 503:
                raise
            move(client)
            continue
        for message in messages:
            deed, text = visitor.next_deed(message)
            if deed == "send":
                client.rest_chasitor_sneak_peek(client.key, client.affinity_token, 1, text)
                client.send(text)
            elif deed == "close":
                client.close()
            elif deed == "stop":
                return after_the_end(client)


def move(client):
    """A hand-over, by the client's own calls.

    Not by its reconnect(): that reads the new affinity beside the envelope and not in it, where the guide has it, and
    asks for the state before the session's data have come. Both are told, so that a later version that is right shows.
    """
    try:
        client._reset({"messages": [{"type": "ReconnectSession", "message": {"affinityToken": "x"}}]})
        tell(reconnect="reads the envelope")
    except KeyError:
        tell(reconnect="reads beside the envelope")
    answer = client.rest_reconnect_session(client.key, "null", client.last_offset)
    client.affinity_token = answer["messages"][0]["message"]["affinityToken"]
    client._sequence = 0
    for message in client.receive():
        tell(heard=message["type"], text=message["message"].get("text"))
    client.rest_chasitor_resync_state(client.key, client.affinity_token)
    tell(moved=True)


def after_the_end(client):
    try:
        client.close()
        tell(closed_again=200)
    except requests.HTTPError as error:
        tell(closed_again=error.response.status_code)


async def without_threads():
    client, visitor = LiveAgentAsync(**SERVED), Visitor()
    tell(available=await client.is_available())
    await client.connect("Ada Example", slots=[{"label": "E-mail", "value": "ada@example.test"}])
    while True:
        for message in await client.receive():
            deed, text = visitor.next_deed(message)
            if deed == "send":
                await client.send(text)
            elif deed == "close":
                await client.close()
            elif deed == "stop":
                return


if sys.argv[1:] == ["async"]:
    asyncio.run(without_threads())
else:
    with_threads()
