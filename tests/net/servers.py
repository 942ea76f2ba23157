"""Small servers on 127.0.0.1 for tests: an honest and hostile HTTP(S) server, a crude HTTP/2 server, a proxy. Each runs on threads of the test."""
import base64, hashlib, os, socket, ssl, struct, subprocess, threading, time


def certificates(folder):
    """A CA, and certificates of its own: server (127.0.0.1, localhost, named.test), client, expired; and one by nobody."""
    def run(*a, text=None):
        subprocess.run(['openssl', *a], check=True, cwd=folder, input=text, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    run('req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', 'ca.key', '-out', 'ca.pem', '-subj', '/CN=test ca', '-days', '30')
    with open(os.path.join(folder, 'ext'), 'w') as f:
        f.write('subjectAltName=IP:127.0.0.1,DNS:localhost,DNS:named.test\n')
    for name, subject, days in (('server', '/CN=server', '30'), ('client', '/CN=somebody', '30')):
        run('req', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', name + '.key', '-out', name + '.csr', '-subj', subject)
        run('x509', '-req', '-in', name + '.csr', '-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-out', name + '.pem', '-days', days, '-extfile', 'ext')
    run('x509', '-req', '-in', 'server.csr', '-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-out', 'expired.pem', '-days', '-1', '-extfile', 'ext')
    run('req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', 'alien.key', '-out', 'alien.pem', '-subj', '/CN=127.0.0.1', '-days', '30')


def read_head(c):
    """A request's head, and what came with it; None at the end."""
    head = b''
    while b'\r\n\r\n' not in head:
        more = c.recv(65536)
        if not more:
            return None
        head += more
    return head


class Server:
    """Accepts on 127.0.0.1 and calls handle(socket) on a thread for each connection; counts them."""
    def __init__(self, handle, context=None, address='127.0.0.1'):
        self.socket = socket.create_server((address, 0))
        self.port = self.socket.getsockname()[1]
        self.connections = 0
        self.handle, self.context = handle, context
        threading.Thread(target=self.loop, daemon=True).start()

    def loop(self):
        while True:
            try:
                c, _ = self.socket.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self.one, args=(c,), daemon=True).start()

    def one(self, c):
        try:
            c.settimeout(60)
            if self.context:
                c = self.context.wrap_socket(c, server_side=True)
            self.handle(c)
        except (OSError, ValueError, IndexError):
            pass
        finally:
            try:
                c.close()
            except OSError:
                pass

    def close(self):
        self.socket.close()


def context(folder, cert='server', key='server', client=False, h2=False):
    c = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    c.load_cert_chain(os.path.join(folder, cert + '.pem'), os.path.join(folder, key + '.key'))
    c.set_alpn_protocols(['h2'] if h2 else ['http/1.1'])
    if client:
        c.verify_mode = ssl.CERT_REQUIRED
        c.load_verify_locations(os.path.join(folder, 'ca.pem'))
    return c


class Request:
    def __init__(self, f):
        line = f.readline(65536).decode('latin1').split()
        if len(line) < 3:
            raise ValueError('end')
        self.method, self.target = line[0], line[1]
        self.headers = {}
        while True:
            h = f.readline(65536).decode('latin1').rstrip('\r\n')
            if not h:
                break
            k, _, v = h.partition(':')
            self.headers[k.lower()] = v.strip()
        self.body = b''
        if self.headers.get('transfer-encoding') == 'chunked':
            while True:
                n = int(f.readline(100).strip() or b'0', 16)
                self.body += f.read(n)
                f.readline(10)
                if n == 0:
                    break
        elif 'content-length' in self.headers:
            self.body = f.read(int(self.headers['content-length']))


def reply(c, status, body=b'', headers=(), length=True):
    out = 'HTTP/1.1 %s\r\n' % status
    for k, v in headers:
        out += '%s: %s\r\n' % (k, v)
    if length:
        out += 'Content-Length: %d\r\n' % len(body)
    c.sendall(out.encode('latin1') + b'\r\n' + body)


class Web:
    """The paths of a server; `log` holds every request."""
    def __init__(self, files=None):
        self.log, self.files = [], files or {}

    def __call__(self, c):
        f = c.makefile('rb')
        while True:
            r = Request(f)
            self.log.append(r)
            if self.answer(c, r) is False:
                return

    def answer(self, c, r):
        path, _, query = r.target.partition('?')
        if path.startswith('http://'):
            path = '/' + path.split('/', 3)[3]
        if path in self.files:
            return reply(c, '200 OK', self.files[path])
        name = path.strip('/').split('/')[0]
        m = getattr(self, 'do_' + name.replace('-', '_'), None)
        if not m:
            return reply(c, '404 Not Found', b'<html>no such page</html>', [('Content-Type', 'text/html')])
        return m(c, r, query)

    def do_echo(self, c, r, q):
        lines = ['%s %s' % (r.method, r.target)] + ['%s: %s' % kv for kv in sorted(r.headers.items())] + ['', r.body[:200].decode('latin1')]
        reply(c, '200 OK', '\n'.join(lines).encode())

    def do_size(self, c, r, q):
        reply(c, '200 OK', b'x' * int(q))

    def do_count(self, c, r, q):
        reply(c, '200 Fine', hashlib.sha256(r.body).hexdigest().encode() + b' %d' % len(r.body))

    def do_status(self, c, r, q):
        reply(c, q.replace('+', ' '), b'body of it')

    def do_redirect(self, c, r, q):
        status, _, where = q.replace('%2C', ',').partition(',')
        reply(c, status + ' Moved', b'see there', [('Location', where)])

    def do_ring(self, c, r, q):
        reply(c, '302 Found', b'', [('Location', '/ring?%d' % (int(q or 0) + 1))])

    def do_endless(self, c, r, q):
        c.sendall(b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n')
        while True:
            c.sendall(b'1000\r\n' + b'y' * 4096 + b'\r\n')

    def do_endless_close(self, c, r, q):
        c.sendall(b'HTTP/1.1 200 OK\r\n\r\n')
        while True:
            c.sendall(b'y' * 4096)

    def do_huge(self, c, r, q):
        c.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 300000000000\r\n\r\n')
        while True:
            c.sendall(b'y' * 4096)

    def do_slow(self, c, r, q):
        c.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n')
        while True:
            c.sendall(b'z')
            time.sleep(0.1)

    def do_silent(self, c, r, q):
        time.sleep(30)
        return False

    def do_stall(self, c, r, q):
        c.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc')
        time.sleep(30)
        return False

    def do_truncated(self, c, r, q):
        c.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc')
        return False

    def do_truncated_chunk(self, c, r, q):
        c.sendall(b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n100\r\nabc')
        return False

    def do_bad_chunk(self, c, r, q):
        c.sendall(b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzzz\r\nabc\r\n0\r\n\r\n')
        return False

    def do_two_lengths(self, c, r, q):
        c.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 5\r\n\r\nabcde')
        return False

    def do_negative(self, c, r, q):
        c.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: -3\r\n\r\nabc')
        return False

    def do_nothing(self, c, r, q):
        return False

    def do_reset(self, c, r, q):
        c.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
        return False

    def do_http09(self, c, r, q):
        c.sendall(b'<html>just text')
        return False

    def do_garbage(self, c, r, q):
        c.sendall(b'HTTP/1.1 abc hello\r\n\r\n')
        return False

    def do_flood(self, c, r, q):
        c.sendall(b'HTTP/1.1 200 OK\r\n')
        while True:
            c.sendall(b'X-Flood: ' + b'f' * 1000 + b'\r\n')

    def do_small_flood(self, c, r, q):
        c.sendall(b'HTTP/1.1 200 OK\r\n')
        while True:
            c.sendall(b'A: b\r\n' * 100)

    def do_long_header(self, c, r, q):
        c.sendall(b'HTTP/1.1 200 OK\r\nX: ')
        while True:
            c.sendall(b'f' * 65536)

    def do_hints(self, c, r, q):
        while True:
            c.sendall(b'HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n')

    def do_one_hint(self, c, r, q):
        c.sendall(b'HTTP/1.1 103 Early Hints\r\nLink: </x>\r\nX-Hint: 1\r\n\r\n')
        reply(c, '200 OK', b'after hints')

    def do_trailer(self, c, r, q):
        c.sendall(b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-T\r\n\r\n3\r\nabc\r\n0\r\nX-T: late\r\n\r\n')

    def do_events(self, c, r, q):
        c.sendall(b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n')
        for i in range(int(q)):
            line = b'{"event":%d}\n' % i
            c.sendall(b'%x\r\n' % len(line) + line + b'\r\n')
            time.sleep(0.05)
        c.sendall(b'0\r\n\r\n')


def http2(body, log):
    """Answers every stream with 200 and the body, after all streams of a burst have begun; knows just enough of RFC 9113."""
    def frame(kind, flags, stream, payload=b''):
        return struct.pack('>I', len(payload))[1:] + bytes([kind, flags]) + struct.pack('>I', stream) + payload

    def handle(c):
        f = c.makefile('rb')
        if f.read(24) != b'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n':
            return
        c.sendall(frame(4, 0, 0))
        streams = []
        while True:
            head = f.read(9)
            if len(head) < 9:
                return
            n, kind, flags = int.from_bytes(head[:3], 'big'), head[3], head[4]
            stream = int.from_bytes(head[5:9], 'big')
            f.read(n)
            if kind == 4 and not flags & 1:
                c.sendall(frame(4, 1, 0))
            if kind == 1:
                log.append(stream)
                c.sendall(frame(1, 4, stream, b'\x88'))  # :status 200
                c.sendall(frame(0, 1, stream, body))
            if kind == 7:
                return
    return handle


def proxy(log):
    """CONNECT tunnels, and plain requests that are passed on."""
    def pump(a, b):
        try:
            while True:
                d = a.recv(65536)
                if not d:
                    break
                b.sendall(d)
        except OSError:
            pass
        for s in (a, b):
            try:
                s.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def handle(c):
        head = read_head(c)
        if head is None:
            return
        line = head.split(b'\r\n')[0].decode('latin1')
        log.append(head.decode('latin1'))
        method, target, _ = line.split()
        host = target if method == 'CONNECT' else target.split('/')[2]
        name, _, port = host.rpartition(':')
        up = socket.create_connection(('127.0.0.1', int(port)))
        if method == 'CONNECT':
            c.sendall(b'HTTP/1.1 200 Connection established\r\n\r\n')
        else:
            up.sendall(head)
        t = threading.Thread(target=pump, args=(up, c), daemon=True)
        t.start()
        pump(c, up)
    return handle
