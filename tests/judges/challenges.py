"""Challenges of ACME as certmagic publishes them, for the judges of the filter in `host/examples/challenge`."""

import json
import os
import subprocess

from registry_servers import OSSICLE

DIRECTORIES = ["https://acme-v02.api.letsencrypt.org/directory", "https://acme.zerossl.com/v2/DV90"]
ISSUERS = ["acme-v02.api.letsencrypt.org-directory", "acme.zerossl.com-v2-dv90"]
FOLDER = "/.well-known/acme-challenge/"
TOKEN = "LoqXcYV8q5ONbJQxbmR7SCTNo3tiAXDfowyjxAjEuX0"
ANSWER = TOKEN + ".9jg46WB3rR_AHD-EBXdN7cBkH1WOu0tA3M9fm21mqTI"
NOT_FOUND = (404, b"there is no such challenge\n")
FAILED = (503, b"whether there is such a challenge can't be told now\n")


def by_go(host, token=TOKEN, answer=ANSWER):
    """A challenge as Go publishes it."""
    return {
        "type": "http-01",
        "url": "https://ca.example/chall/1",
        "status": "pending",
        "token": token,
        "keyAuthorization": answer,
        "identifier": {"type": "dns", "value": host},
    }


def by_rust(host, token=TOKEN, answer=ANSWER):
    """The same as the crate publishes it."""
    return {
        "kind": "http-01",
        "token": token,
        "url": "https://ca.example/chall/1",
        "identifier": host,
        "key_authorization": answer,
    }


# Where either is.
PUBLISHERS = [("acme", by_go), ("certificates", by_rust)]


def key_of(host, folder="acme", issuer=ISSUERS[0]):
    return f"{folder}/{issuer}/challenge_tokens/{host}.json"


class Bucket:
    """What the `ossicle` command stores, and the filter is set to look in."""

    def __init__(self, endpoint, bucket, key, root):
        self.variables = {
            "OSS_ENDPOINT": endpoint,
            "OSS_BUCKET": bucket,
            "OSS_REGION": "cn-hangzhou",
            "OSS_ACCESS_KEY_ID": key[0],
            "OSS_ACCESS_KEY_SECRET": key[1],
            "OSSICLE_ROOT": root,
        }
        # What the filter's config has but for the secret.
        self.settings = {
            "directories": " ".join(DIRECTORIES),
            "bucket": bucket,
            "region": "cn-hangzhou",
            "endpoint": endpoint,
            "root": root,
            "access-key-id": key[0],
        }

    def command(self, *words, value=None, **variables):
        environment = os.environ | self.variables | variables
        subprocess.run([OSSICLE, "cert", *words], input=value, env=environment, check=True, capture_output=True)

    def publish(self, key, challenge, **variables):
        self.command("store", key, value=json.dumps(challenge).encode(), **variables)

    def remove(self, key):
        self.command("rm", key)
