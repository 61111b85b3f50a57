"""A token server as registries send their clients to."""

import base64
import hashlib
import http.server
import json
import secrets
import threading
import time
import urllib.parse

import trustme
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.x509 import load_pem_x509_certificate

PASSWORDS = {"pusher": "a password of the pusher's", "reader": "a password of the reader's"}
# What each user may do with every repository.
RIGHTS = {"pusher": ["pull", "push", "delete"], "reader": ["pull"]}


def encoded(value):
    """As in a token: without padding."""
    content = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


class TokenServer:
    """Gives who knows a password a token for what it may do, signed by a key that the token names in one of three ways.

    With `allows_pages`, pages of any origin may ask it, too: browsers let them only then.
    """

    issuer, service = "judges' issuer", "judges' registry"

    def __init__(self, folder, naming, allows_pages=False):
        self.naming, self.allows_pages = naming, allows_pages
        authority = trustme.CA(key_type=trustme.KeyType.RSA)
        pair = authority.issue_cert("tokens.test", key_type=trustme.KeyType.RSA)
        self.key = serialization.load_pem_private_key(pair.private_key_pem.bytes(), None)
        self.certificate = load_pem_x509_certificate(pair.cert_chain_pems[0].bytes())
        # By a chain the root is enough; a key that is only named must be in the bundle itself.
        self.bundle = folder / f"tokens-{naming}.pem"
        root = authority.cert_pem if naming == "x5c" else pair.cert_chain_pems[0]
        root.write_to_path(self.bundle)
        handler = type("Handler", (Handler,), {"tokens": self})
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def configuration(self):
        port = self.server.server_address[1]
        return {"realm": f"http://127.0.0.1:{port}/token", "service": self.service, "issuer": self.issuer,
                "rootcertbundle": str(self.bundle)}

    def header(self):
        public = self.key.public_key()
        der = public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
        # As libtrust names a key: 240 bits of its hash in groups of four.
        letters = base64.b32encode(hashlib.sha256(der).digest()[:30]).decode()
        kid = ":".join(letters[i:i + 4] for i in range(0, len(letters), 4))
        if self.naming == "kid":
            return {"kid": kid}
        if self.naming == "x5c":
            return {"x5c": [base64.b64encode(self.certificate.public_bytes(serialization.Encoding.DER)).decode()]}
        numbers = public.public_numbers()
        parts = {"n": numbers.n, "e": numbers.e}
        octets = {name: encoded(value.to_bytes((value.bit_length() + 7) // 8, "big")) for name, value in parts.items()}
        return {"jwk": {"kty": "RSA", "kid": kid, **octets}}

    def token(self, user, scopes):
        now = int(time.time())
        access = []
        for scope in scopes:
            kind, name, actions = scope.split(":", 1)[0], scope.split(":", 1)[1].rsplit(":", 1)[0], scope.rsplit(":", 1)[1]
            granted = [action for action in actions.split(",") if action in RIGHTS.get(user, [])]
            access.append({"type": kind, "name": name, "actions": granted})
        claims = {"iss": self.issuer, "aud": self.service, "sub": user, "iat": now, "nbf": now, "exp": now + 300,
                  "jti": secrets.token_hex(8), "access": access}
        signed = f"{encoded({'typ': 'JWT', 'alg': 'RS256', **self.header()})}.{encoded(claims)}"
        return f"{signed}.{encoded(self.key.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256()))}"

    def user(self, authorization):
        if not authorization.startswith("Basic "):
            return ""
        user, _, password = base64.b64decode(authorization[6:]).decode().partition(":")
        return user if PASSWORDS.get(user) == password else None

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers `GET /token`."""

    tokens: TokenServer

    def do_GET(self):
        user = self.tokens.user(self.headers.get("Authorization", ""))
        scopes = urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query).get("scope", [])
        # skopeo asks for several scopes in one parameter.
        scopes = [scope for several in scopes for scope in several.split()]
        body = b"{}" if user is None else json.dumps({"token": self.tokens.token(user, scopes)}).encode()
        self.send_response(401 if user is None else 200)
        self.allow_pages()
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_OPTIONS(self):
        self.send_response(204)
        self.allow_pages()
        self.end_headers()

    def allow_pages(self):
        if self.tokens.allows_pages:
            self.send_header("Access-Control-Allow-Origin", "*")
            self.send_header("Access-Control-Allow-Headers", "Authorization")

    def log_message(self, *_):
        """Nothing is told of what goes well."""
