"""ACME clients as Debian has them: each registers an account and orders one certificate."""

import base64
import concurrent.futures
import os
import subprocess

import world
from acme import csr
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

SECONDS = 120
URL = f"https://{world.GATE}/dir"


class Run:
    """What a client said, and whether it has a certificate."""

    def __init__(self, name):
        self.name, self.text, self.chain, self.status = name, "", "", 0

    def step(self, *words, **more):
        environment = dict(os.environ, REQUESTS_CA_BUNDLE=str(world.WORLD.certificate),
                           LEGO_CA_CERTIFICATES=str(world.WORLD.certificate), HOME=str(more.pop("folder")),
                           CURL_CA_BUNDLE=str(world.WORLD.certificate), SSL_CERT_FILE=str(world.WORLD.certificate))
        done = subprocess.run([str(word) for word in words], env=environment, capture_output=True, text=True,
                              timeout=SECONDS, stdin=subprocess.DEVNULL, **more)
        self.text += done.stdout + done.stderr
        self.status = done.returncode
        return self

    def keep(self, pattern, folder):
        found = sorted(folder.glob(pattern))
        self.chain = found[0].read_text() if found else ""
        return self

    def has_certificate(self):
        return "BEGIN CERTIFICATE" in self.chain


def certbot(name, folder):
    """What the server said is in its log: on the screen Debian's 2.1 shows an error of its own instead."""
    run = Run("certbot").step("certbot", "certonly", "--server", URL, "-n", "--agree-tos",
                              "--register-unsafely-without-email", "--config-dir", folder, "--work-dir", folder,
                              "--logs-dir", folder, "--manual", "--manual-auth-hook", "true", "--preferred-challenges",
                              "http", "-d", name, folder=folder)
    run.text += (folder / "letsencrypt.log").read_text()
    return run.keep("live/*/fullchain.pem", folder)


def lego(name, folder, url=None, within=()):
    """`within`: a command that runs it, where it is not to run as it is."""
    run = Run("lego").step(*within, "lego", "--server", url or URL, "--accept-tos", "--email", "a@example.org", "--path", folder,
                           "--http", "--http.webroot", folder, "-d", name, "run", folder=folder)
    return run.keep("certificates/*.crt", folder)


def uacme(name, folder):
    """It trusts what the machine trusts: in a mount namespace of its own, that is us."""
    hook = folder / "hook"
    hook.write_text('#!/bin/sh\n[ "$2" = http-01 ]\n')
    hook.chmod(0o755)
    trusted = ["unshare", "--mount", "sh", "-c",
               f"mount --bind {world.WORLD.certificate} /etc/ssl/certs/ca-certificates.crt && exec \"$@\"", "sh"]
    run = Run("uacme").step(*trusted, "uacme", "-v", "-y", "-a", URL, "-c", folder, "new", folder=folder)
    run.step(*trusted, "uacme", "-v", "-v", "-a", URL, "-c", folder, "-h", hook, "issue", name, folder=folder)
    return run.keep(f"{name}/cert.pem", folder)


def dehydrated(name, folder):
    (folder / "config").write_text(f'CA="{URL}"\nBASEDIR={folder}\nWELLKNOWN={folder}/wk\nCHALLENGETYPE=http-01\n'
                                   f'CONFIG_D=\nHOOK=\nKEY_ALGO=prime256v1\nACCOUNT_KEYSIZE=2048\n')
    (folder / "wk").mkdir()
    run = Run("dehydrated").step("dehydrated", "-f", folder / "config", "--register", "--accept-terms", folder=folder)
    run.step("dehydrated", "-f", folder / "config", "-c", "-d", name, folder=folder)
    return run.keep("certs/*/fullchain.pem", folder)


def acme_tiny(name, folder):
    key = rsa.generate_private_key(65537, 2048)
    (folder / "account.key").write_bytes(key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()))
    pem = base64.encodebytes(csr([name])).decode()
    (folder / "csr.pem").write_text(f"-----BEGIN CERTIFICATE REQUEST-----\n{pem}-----END CERTIFICATE REQUEST-----\n")
    (folder / "wk").mkdir()
    run = Run("acme-tiny").step("acme-tiny", "--account-key", folder / "account.key", "--csr", folder / "csr.pem",
                                "--acme-dir", folder / "wk", "--disable-check", "--directory-url", URL, folder=folder)
    run.chain = run.text
    return run


ALL = (certbot, lego, uacme, dehydrated, acme_tiny)


def together(name, clients=ALL):
    """Every client orders a certificate for the name, at the same time."""
    with concurrent.futures.ThreadPoolExecutor(len(clients)) as pool:
        return list(pool.map(lambda client: client(name, world.folder()), clients))
