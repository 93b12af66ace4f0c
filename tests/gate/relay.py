"""Between the gate and a real Pebble: takes plain HTTP, as a server without TLS would, passes it on to the one over
TLS, and keeps the answers back for as long as it is told to."""

import contextlib
import select
import socket
import ssl
import threading

from world import PEBBLE, SECONDS, WORLD

PORT = 14901
LOOK_S = 0.05  # at whether answers may pass


class Relay:
    def __init__(self):
        self.url = f"http://127.0.0.1:{PORT}"
        self.answers = threading.Event()  # clear: they wait
        self.answers.set()
        self.requests = b""
        self.listener = socket.create_server(("127.0.0.1", PORT), backlog=256)

    def run(self):
        with contextlib.suppress(OSError):  # until the listener is closed
            while True:
                client, _ = self.listener.accept()
                threading.Thread(target=self.serve, args=(client,), daemon=True).start()

    def serve(self, client):
        host, port = PEBBLE.split(":")
        context = ssl.create_default_context(cafile=WORLD.certificate)
        # Pebble may not be there yet, or not any more: then the client is cut off.
        with client, contextlib.suppress(OSError), socket.create_connection((host, int(port))) as plain, \
                context.wrap_socket(plain, server_hostname=host) as server:
            while self.pass_on(client, server):
                pass

    def pass_on(self, client, server):
        """What has come, of either; false at the end. One thread does both: a TLS connection is not for two."""
        sides = [client, server] if self.answers.is_set() else [client]
        ready = select.select(sides, [], [], 0 if server.pending() else LOOK_S)[0]
        if client in ready:
            octets = client.recv(65536)
            self.requests += octets
            server.settimeout(SECONDS)
            server.sendall(octets)
            return octets != b""
        if server in ready or (server.pending() and self.answers.is_set()):
            server.settimeout(LOOK_S)  # it may be readable for what TLS says to itself
            with contextlib.suppress(TimeoutError):
                octets = server.recv(65536)
                client.sendall(octets)
                return octets != b""
        return True


@contextlib.contextmanager
def relay():
    made = Relay()
    thread = threading.Thread(target=made.run, daemon=True)
    thread.start()
    try:
        yield made
    finally:
        made.answers.set()
        made.listener.shutdown(socket.SHUT_RDWR)
        made.listener.close()
        thread.join()
