"""A proxy before the API server that counts requests and, at one of them, kills the client.

Clients speak HTTP to it without credentials; it asks the server with those of the administrator. `before`: the request is not passed on. `after`: it is, and
nobody hears of the answer."""
import http.client
import http.server
import os
import signal
import socketserver
import ssl
import threading
import urllib.parse

HOP = {"connection", "keep-alive", "transfer-encoding", "upgrade", "te", "trailer", "content-length", "host"}


class Cut:
    """at: number of the request (from 1) that is the last; 0: none. `pid` is set once the client runs."""

    def __init__(self, url, ca, cert, key):
        self.url = urllib.parse.urlsplit(url)
        self.tls = ssl.create_default_context(cafile=ca)
        self.tls.load_cert_chain(cert, key)
        self.lock = threading.Lock()
        self.started = threading.Event()
        self.reset(0, "before")
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def log_message(self, *args):
                pass

            def serve(self):
                outer.serve(self)

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = serve

        class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
            daemon_threads = True
            request_queue_size = 128

            def handle_error(self, *args):
                pass

        self.server = Server(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.address = "http://127.0.0.1:%d" % self.server.server_address[1]

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def reset(self, at, when):
        with self.lock:
            self.at, self.when, self.count, self.dead, self.pid = at, when, 0, False, None
            self.log = []
            self.started.clear()

    def begin(self, pid):
        self.pid = pid
        self.started.set()

    def kill(self):
        self.started.wait(10)
        self.dead = True
        try:
            os.kill(self.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass

    def serve(self, h):
        body = h.rfile.read(int(h.headers.get("Content-Length") or 0))
        with self.lock:
            self.count += 1
            mine = self.count == self.at
            if self.dead:
                h.close_connection = True
                return
            self.log.append("%s %s" % (h.command, h.path.split("?")[0]))
            if mine and self.when == "before":
                self.kill()
                h.close_connection = True
                return
            if mine:  # nothing else gets through meanwhile
                self.forward(h, body, False)
                self.kill()
                h.close_connection = True
                return
        self.forward(h, body, True)

    def forward(self, h, body, answer):
        c = http.client.HTTPSConnection(self.url.hostname, self.url.port, context=self.tls, timeout=60)
        headers = {k: v for k, v in h.headers.items() if k.lower() not in HOP}
        c.request(h.command, h.path, body or None, headers)
        r = c.getresponse()
        if not answer:
            r.read()
            c.close()
            return
        try:
            h.send_response(r.status)
            for k, v in r.getheaders():
                if k.lower() not in HOP:
                    h.send_header(k, v)
            length = r.getheader("Content-Length")
            if r.status in (204, 304):  # these have no body
                h.end_headers()
            elif length is not None:
                h.send_header("Content-Length", length)
                h.end_headers()
                h.wfile.write(r.read())
            else:
                h.send_header("Transfer-Encoding", "chunked")
                h.end_headers()
                while True:
                    piece = r.read1(65536)
                    if not piece:
                        break
                    h.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
                    h.wfile.flush()
                h.wfile.write(b"0\r\n\r\n")
        except OSError:
            h.close_connection = True
        finally:
            c.close()
