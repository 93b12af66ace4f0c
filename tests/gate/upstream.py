"""An HTTPS (or HTTP) server of the test's own behind the gate: it answers what it is told to, octet by octet, and
remembers what it was asked. For what a real ACME server cannot be made to say."""

import contextlib
import http.server
import json
import ssl
import threading

from world import WORLD

PORT = 14900


class Server(http.server.ThreadingHTTPServer):
    request_queue_size = 1024
    daemon_threads = True


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *_):
        pass

    def send_response(self, code, message=None):
        self.send_response_only(code, message)  # neither Server nor Date: what goes out is what was told

    def directory(self):
        base = f"{self.headers.get('X-Forwarded-Proto', self.server.scheme)}://{self.headers['Host']}"
        names = ("newNonce", "newAccount", "newOrder", "revokeCert")
        return 200, [("Content-Type", "application/json")], json.dumps(
            {name: f"{base}/acme/{name}" for name in names} | self.server.more).encode()

    def answer(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        path = self.path.split("?")[0]
        self.server.asked.append((self.command, self.path, dict(self.headers.items()), body))
        told = self.directory() if path == "/acme/directory" else self.server.answers[path]
        told = told() if callable(told) else told
        if told is None:
            self.close_connection = True
            return
        status, fields, said = told
        self.send_response(status)
        for name, value in fields:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(said)

    do_GET = do_POST = do_HEAD = answer


@contextlib.contextmanager
def upstream(answers, *, tls=True, more=None):
    """A server with `answers`: path to (status, [(name, value)], body), to None where it closes without a word, or
    to what is called to give either; `more` stands in its directory."""
    server = Server(("127.0.0.1", PORT), Handler)
    server.answers, server.asked, server.scheme = answers, [], "https" if tls else "http"
    server.more = more or {}
    server.url = f"{server.scheme}://127.0.0.1:{PORT}"
    if tls:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(WORLD.certificate, WORLD.key)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
