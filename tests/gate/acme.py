"""An ACME client (RFC 8555) with nothing hidden: each step by itself, any body can be sent."""

import base64
import hashlib
import http.client
import json
import ssl
import urllib.parse

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.x509.oid import NameOID

SECONDS = 120


def encode(octets):
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


class Answer:
    def __init__(self, response):
        self.status, self.fields, self.body = response.status, response.headers, response.read()

    def json(self):
        return json.loads(self.body)


class Http:
    def __init__(self, authority, certificate):
        self.authority = authority
        self.context = ssl.create_default_context(cafile=certificate)

    def ask(self, method, target, body=None, **fields):
        connection = http.client.HTTPSConnection(self.authority, timeout=SECONDS, context=self.context)
        try:
            connection.request(method, target, body, {name.replace("_", "-"): value for name, value in fields.items()})
            return Answer(connection.getresponse())
        finally:
            connection.close()


class Kept(Http):
    """One connection for all requests, each of which may be sent before its answer is read."""

    def __init__(self, authority, certificate, address=None):
        """`address`: to come from."""
        super().__init__(authority, certificate)
        self.connection = http.client.HTTPSConnection(authority, timeout=SECONDS, context=self.context,
                                                      source_address=address and (address, 0))
        self.connection.connect()

    def send(self, method, target, body=None, **fields):
        self.connection.request(method, target, body, {name.replace("_", "-"): value for name, value in fields.items()})

    def answer(self):
        return Answer(self.connection.getresponse())

    def ask(self, *request, **fields):
        self.send(*request, **fields)
        return self.answer()


def csr(names, common=None, key=None):
    """`names`: DNS names, or other x509.GeneralName."""
    key = key or ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)] if common else [])
    builder = x509.CertificateSigningRequestBuilder().subject_name(subject)
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(
            [x509.DNSName(name) if isinstance(name, str) else name for name in names]), False)
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


class Client:
    def __init__(self, authority, certificate, http=Http):
        self.http = http(authority, certificate)
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.directory = self.http.ask("GET", "/dir").json()
        self.kid = None
        self.kid = self.post(self.directory["newAccount"], {"termsOfServiceAgreed": True}).fields["Location"]

    def nonce(self):
        target = urllib.parse.urlsplit(self.directory["newNonce"]).path
        return self.http.ask("HEAD", target).fields["Replay-Nonce"]

    def jwk(self):
        numbers = self.key.public_key().public_numbers()
        return {"crv": "P-256", "kty": "EC", "x": encode(numbers.x.to_bytes(32, "big")),
                "y": encode(numbers.y.to_bytes(32, "big"))}

    def thumbprint(self):
        text = json.dumps(self.jwk(), sort_keys=True, separators=(",", ":"))
        return encode(hashlib.sha256(text.encode()).digest())

    def sign(self, url, payload, nonce=None):
        """The three members; `payload` is an object, text as it is to be sent, or None for POST-as-GET."""
        header = {"alg": "ES256", "nonce": nonce or self.nonce(), "url": url}
        header |= {"kid": self.kid} if self.kid else {"jwk": self.jwk()}
        text = "" if payload is None else payload if isinstance(payload, str) else json.dumps(payload)
        signed = f"{encode(json.dumps(header).encode())}.{encode(text.encode())}"
        r, s = decode_dss_signature(self.key.sign(signed.encode(), ec.ECDSA(hashes.SHA256())))
        protected, payload = signed.split(".")
        return {"protected": protected, "payload": payload,
                "signature": encode(r.to_bytes(32, "big") + s.to_bytes(32, "big"))}

    def send(self, url, body, **fields):
        fields.setdefault("Content_Type", "application/jose+json")
        parts = urllib.parse.urlsplit(url)
        return self.http.ask("POST", parts.path, body if isinstance(body, (str, bytes)) else json.dumps(body), **fields)

    def post(self, url, payload=None):
        return self.send(url, self.sign(url, payload))

    def new_order(self, names):
        """One with nothing validated yet. Of a hundred valid authorizations Pebble uses one again, though told to use
        none (PEBBLE_AUTHZREUSE): with the method of before."""
        while True:
            answer = self.post(self.directory["newOrder"],
                               {"identifiers": [{"type": "dns", "value": name} for name in names]})
            assert answer.status == 201, answer.body
            if all(self.status(url) == "pending" for url in answer.json()["authorizations"]):
                return answer

    def order(self, *names, method="http-01"):
        """(URL, order) that is ready to be finalized."""
        answer = self.new_order(names)
        for url in answer.json()["authorizations"]:
            challenges = self.post(url).json()["challenges"]
            challenge = next((c for c in challenges if c["type"] == method), challenges[0])
            self.post(challenge["url"], {})
            while self.post(url).json()["status"] == "pending":
                pass
        return answer.fields["Location"], answer.json()

    def status(self, url):
        return self.post(url).json()["status"]

    def finalize(self, order, der):
        return self.post(order["finalize"], {"csr": encode(der)})
