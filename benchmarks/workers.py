"""How many processes serve best: adds a second from many clients, each to a draft of its own, by number of workers.

The clients run on the same machine and take their share of it, as scripts beside a service do.
"""

import http.client
import json
import multiprocessing
import os
import tempfile
import time

from benchmarks.http import free_port, serve

CLIENTS = 32
SECONDS = 4.0


def client(port: int, number: int, counted) -> None:
    """Add texts until the time is over; put the count and the times of all calls on `counted`."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    taken = []
    until = time.perf_counter() + SECONDS
    while (began := time.perf_counter()) < until:
        start = len(taken)
        body = {"draft_id": f"d{number}", "text": f"caption {start}", "start": start, "end": start + 1}
        connection.request("POST", "/add_text", json.dumps(body), {"Content-Type": "application/json"})
        answer = connection.getresponse().read()
        assert b'"success":true' in answer, answer
        taken.append(time.perf_counter() - began)
    counted.put(taken)


def measure(workers: int, **settings: str) -> tuple[float, float, float]:
    """Adds a second, and milliseconds of the median and the 99th of a hundred."""
    with tempfile.TemporaryDirectory() as folder:
        port = free_port()
        os.environ |= {"CAPCUT_WORKERS": str(workers)} | {f"CAPCUT_{key.upper()}": of for key, of in settings.items()}
        server = serve(port, folder)
        time.sleep(1.5 * workers)  # each imports the app
        counted = multiprocessing.SimpleQueue()
        clients = [multiprocessing.Process(target=client, args=(port, number, counted)) for number in range(CLIENTS)]
        for one in clients:
            one.start()
        taken = sorted(seconds for _ in clients for seconds in counted.get())
        for one in clients:
            one.join()
        server.terminate()
        server.wait()
    return len(taken) / SECONDS, taken[len(taken) // 2] * 1e3, taken[len(taken) * 99 // 100] * 1e3


def main() -> None:
    """Print a line for each number of workers."""
    for workers in (1, 2, 3, 4):
        rate, median, slow = measure(workers)
        print(f"{workers} workers: {rate:.0f} adds/s, median {median:.1f} ms, 99th of a hundred {slow:.1f} ms")


if __name__ == "__main__":
    main()
