"""Two clients of a caad with two workers: run by scenario.sh, in the lab."""

import concurrent.futures
import http.client
import json
import os
import pathlib
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "daemon"))
from daemon import Caad  # noqa: E402

BASE = pathlib.Path(os.environ["CAA_LAB"], "caa.conf").read_text()
FLOOD_MS = 30000  # as long as its lookups are rescued, they take the room there is
CALM_MS = 20000
WARM_MS = 8000


def check(port, client, name, deadline_ms):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=100, source_address=(client, 0))
    body = json.dumps({"name": name, "issuers": ["ca.example"], "deadline_ms": deadline_ms})
    connection.request("POST", "/v1/check", body, {"Content-Type": "application/json"})
    response = connection.getresponse()
    found = json.loads(response.read())
    connection.close()
    assert response.status == 200, (client, name, response.status, found)
    return found


def ask(pool, port, client, names, deadline_ms):
    """Checks in flight, each on a connection of its own, so that both workers get some."""
    return {name: pool.submit(check, port, client, name, deadline_ms) for name in names}


def ask_both_workers(pool, port, name, deadline_ms):
    """Eight clients at once: their answers, from whichever worker each came to."""
    return [pool.submit(check, port, f"127.0.0.{10 + i}", name, deadline_ms) for i in range(8)]


def assert_looked_at(result, zone):
    found = [(e["zone"], e["failure"], e["fault"]) for e in evidence(result)]
    assert found[:1] == [(zone, "refused", "subscriber")], result
    assert all(e["queries"] < 100 for e in evidence(result)), result


def evidence(result):
    return [level["evidence"] for level in result["levels"] if level.get("evidence")]


def main():
    conf = BASE + 'workers: 2\nhttp: {listen: ["127.0.0.1:0"]}\ndns: {enabled: no}\n'
    with Caad(conf) as caad, concurrent.futures.ThreadPoolExecutor(200) as pool:
        port = int(caad.wait_for(r"HTTP on 127\.0\.0\.1:(\d+)")[1])
        # A worker that begins in the flood may hear of no other registry in time, and then blames itself.
        for asked in ask_both_workers(pool, port, "www.broken122.com", WARM_MS):
            assert_looked_at(asked.result(), "broken122.com")
        subprocess.run(["lab", "fault", "net", "--kind", "servfail", "--for", "3s"], check=True, stdout=subprocess.DEVNULL)
        flood = ask(pool, port, "127.0.0.2", [f"www.broken{i}.com" for i in range(1, 121)], FLOOD_MS)
        names = [f"n{i}.deno.net" for i in range(8)] + [f"n{i}.plain.net" for i in range(8)]
        good = ask(pool, port, "127.0.0.3", names, CALM_MS)
        time.sleep(2)  # the flood has taken what it gets
        calm = ask_both_workers(pool, port, "www.broken121.com", CALM_MS)
        for name, asked in good.items():
            result = asked.result()
            assert result["verdict"] == "allowed", (name, result)
        for asked in calm:
            assert_looked_at(asked.result(), "broken121.com")
        looked_at = 0
        for name, asked in flood.items():
            result = asked.result()
            assert result["verdict"] == "undecided", (name, result)
            assert all(e["queries"] < 100 for e in evidence(result)), result
            looked_at += any(e["failure"] == "refused" for e in evidence(result))
        print(f"{looked_at} of the flood's zones were looked at in {FLOOD_MS} ms")
        assert caad.end() == 0, caad.log()


main()
