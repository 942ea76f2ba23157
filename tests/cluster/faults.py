"""A proxy before the API server that does one thing wrong: at a chosen request it answers 429, 500 or 503, resets the connection, gives half an answer, or stalls. It can also say nothing at
all to it ('silence'), and end a process at a chosen request, before or after the server has seen it."""
import http.client, os, socket, ssl, struct, subprocess, sys, threading, time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'net'))
import servers

KINDS = ('429', '500', '503', 'reset', 'lost', 'half', 'stall')
SAFE = ('429', '503', 'stall')  # after these nobody may notice anything


class Proxy:
    def __init__(self, world, stall=10.0):
        self.world, self.stall = world, stall
        self.late = None  # a part of paths whose answers are made at once, and come late
        self.folder = os.path.join(world.box, 'proxy')
        if not os.path.exists(self.folder):
            os.makedirs(self.folder)
            servers.certificates(self.folder)
        self.inner = ssl.create_default_context(cafile=os.path.join(world.dir, 'pki/server-ca.crt'))
        self.inner.load_cert_chain(os.path.join(world.dir, 'pki/admin.crt'), os.path.join(world.dir, 'pki/admin.key'))
        self.host, self.port = world.url.split('//')[1].rsplit(':', 1)
        self.lock = threading.Lock()
        self.arm(None, -1)
        self.server = servers.Server(self.handle, servers.context(self.folder))
        self.kubeconfig = os.path.join(self.folder, 'kubeconfig')
        with open(self.kubeconfig, 'w') as f:
            f.write('apiVersion: v1\nkind: Config\ncurrent-context: x\nclusters: [{name: x, cluster: {server: "https://127.0.0.1:%d", certificate-authority: %s/ca.pem}}]\n'
                    'users: [{name: x, user: {token: none}}]\ncontexts: [{name: x, context: {cluster: x, user: x, namespace: default}}]\n' % (self.server.port, self.folder))

    def arm(self, kind, at, process=None):
        """From now on: requests are counted from 0; `kind` happens at number `at`. Kinds 'kill-before' and 'kill-after' end `process`."""
        with self.lock:
            self.kind, self.at, self.process, self.seen, self.log, self.happened = kind, at, process, 0, [], False

    def close(self):
        self.server.close()

    # ---- one connection

    def handle(self, c):
        f = c.makefile('rb')
        while True:
            line = f.readline(65536).decode('latin-1').split()
            if len(line) < 2:
                return
            heads = {}
            for raw in iter(f.readline, b'\r\n'):
                if not raw:
                    return
                k, _, v = raw.decode('latin-1').partition(':')
                heads[k.strip().lower()] = v.strip()
            body = f.read(int(heads.get('content-length', 0)))
            with self.lock:
                number, self.seen = self.seen, self.seen + 1
                self.log.append(line[0] + ' ' + line[1])
                kind = self.kind if number == self.at else None
                self.happened = self.happened or kind is not None
            if not self.serve(c, line[0], line[1], heads, body, kind):
                return

    def say(self, c, status, reason, more=''):
        text = '{"kind":"Status","apiVersion":"v1","status":"Failure","message":"made up: %d","reason":"%s","code":%d}' % (status, reason, status)
        c.sendall(('HTTP/1.1 %d x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n%s\r\n%s' % (status, len(text), more, text)).encode())
        return True

    def reset(self, c):
        c.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
        return False

    def serve(self, c, method, path, heads, body, kind):
        if kind == '429':
            return self.say(c, 429, 'TooManyRequests', 'Retry-After: 1\r\n')
        if kind == '500':
            return self.say(c, 500, 'InternalError')
        if kind == '503':
            return self.say(c, 503, 'ServiceUnavailable', 'Retry-After: 1\r\n')
        if kind == 'reset':
            return self.reset(c)
        if kind == 'stall':
            time.sleep(self.stall)
        if kind == 'silence':
            time.sleep(self.stall)
            return False
        if kind == 'kill-before':
            self.process().kill()
            return False
        return self.forward(c, method, path, heads, body, kind)

    def forward(self, c, method, path, heads, body, kind):
        up = http.client.HTTPSConnection(self.host, int(self.port), context=self.inner, timeout=600)
        try:
            keep = {k: v for k, v in heads.items() if k not in ('authorization', 'host', 'connection', 'content-length', 'expect')}
            up.request(method, path, body=body or None, headers=keep)
            r = up.getresponse()
            if kind == 'kill-after':
                r.read()
                self.process().kill()
                return False
            if kind == 'lost':
                r.read()
                return self.reset(c)
            length = r.getheader('Content-Length')
            if length is None and kind != 'half' and 'watch=true' in path or 'follow=true' in path:
                return self.stream(c, r)
            data = r.read()
            if self.late and self.late in path:
                time.sleep(self.stall)
            more = ''.join('%s: %s\r\n' % (k, v) for k, v in r.getheaders() if k.lower() not in ('content-length', 'transfer-encoding', 'connection'))
            head = ('HTTP/1.1 %d x\r\n%sContent-Length: %d\r\n\r\n' % (r.status, more, len(data))).encode()
            if kind == 'half':
                c.sendall(head + data[:len(data) // 2])
                return False
            no_body = r.status in (204, 304)
            c.sendall(head if no_body else head + data)
            return True
        finally:
            up.close()

    def stream(self, c, r):
        c.sendall(('HTTP/1.1 %d x\r\nContent-Type: %s\r\nTransfer-Encoding: chunked\r\n\r\n' % (r.status, r.getheader('Content-Type', 'application/json'))).encode())
        while True:
            try:
                piece = r.read1(65536)
            except (http.client.HTTPException, OSError):
                return False  # the server, or the case, has ended
            if not piece:
                c.sendall(b'0\r\n\r\n')
                return True
            c.sendall(b'%x\r\n%s\r\n' % (len(piece), piece))


def count(proxy, run):
    """How many requests a run makes when nothing goes wrong."""
    proxy.arm(None, -1)
    run()
    return proxy.seen
