"""Sends requests over several keep-alive connections until stdin closes; prints what came of them as JSON.

    load.py ADDRESS PORT TARGET CONNECTIONS
"""

import json
import socket
import sys
import threading


def read_response(sock, buffered):
    while b"\r\n\r\n" not in buffered:
        data = sock.recv(65536)
        if not data:
            return None, b""
        buffered += data
    head, _, rest = buffered.partition(b"\r\n\r\n")
    fields = {k.strip().lower(): v.strip() for k, _, v in (line.partition(b":") for line in head.split(b"\r\n")[1:])}
    length = int(fields.get(b"content-length", b"0"))
    while len(rest) < length:
        data = sock.recv(65536)
        if not data:
            return None, b""
        rest += data
    return (int(head.split(b" ")[1]), fields.get(b"connection", b"").lower() == b"close"), rest[length:]


def worker(address, target, stop, results, lock):
    request = f"GET {target} HTTP/1.1\r\nHost: load.example\r\n\r\n".encode()
    sock, buffered = None, b""
    while not stop.is_set():
        try:
            if sock is None:
                sock, buffered = socket.create_connection(address, timeout=20), b""
            sock.sendall(request)
            answer, buffered = read_response(sock, buffered)
            outcome = str(answer[0]) if answer else "closed"
            if answer is None or answer[1]:
                sock.close()
                sock = None
        except OSError as e:
            outcome, sock = type(e).__name__, None
        with lock:
            results[outcome] = results.get(outcome, 0) + 1
            results["total"] = results.get("total", 0) + 1


def main():
    address, target, connections = (sys.argv[1], int(sys.argv[2])), sys.argv[3], int(sys.argv[4])
    stop, lock, results = threading.Event(), threading.Lock(), {}
    threads = [threading.Thread(target=worker, args=(address, target, stop, results, lock)) for _ in range(connections)]
    for t in threads:
        t.start()
    print("running", flush=True)
    sys.stdin.read()
    stop.set()
    for t in threads:
        t.join()
    print(json.dumps(results))


main()
