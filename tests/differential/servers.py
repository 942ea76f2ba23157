"""The two that are compared: long-lived processes with a JSON request a line in and an answer a line out."""
import json
import os
import resource
import select
import subprocess
import threading
import time

NO_ANSWER = {'error': '(no answer)'}


class Server:
    """Restarted when it dies or takes too long; the request that did it has NO_ANSWER."""

    def __init__(self, command, memory=3 << 30, patience=6):
        self.command, self.memory, self.patience = command, memory, patience
        self.process = None
        self.deaths = 0
        self.killer = None

    def start(self):
        def limit():
            resource.setrlimit(resource.RLIMIT_AS, (self.memory, self.memory))
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        env = dict(os.environ, TZ='UTC', GOMAXPROCS='1', GOGC='off', GOMEMLIMIT='700MiB', http_proxy='http://127.0.0.1:1', https_proxy='http://127.0.0.1:1', no_proxy='')
        self.process = subprocess.Popen(self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=env, preexec_fn=limit if self.memory else None)
        self.rest = b''

    def stop(self):
        if self.process:
            self.process.kill()
            self.process.wait()
            for pipe in (self.process.stdin, self.process.stdout):
                try:
                    pipe.close()
                except OSError:
                    pass
        self.process = None

    def ask(self, requests):
        """The answers' lines, in order."""
        answers = []
        while len(answers) < len(requests):
            if self.process is None:
                self.start()
            todo = requests[len(answers):]
            writer = threading.Thread(target=self.write, args=(self.process, todo), daemon=True)
            writer.start()
            for line in self.lines(len(todo)):
                answers.append(line)
            writer.join()
            if len(answers) < len(requests):
                self.deaths += 1
                self.killer = requests[len(answers)]
                if os.environ.get('BK_KILLERS'):
                    open(os.environ['BK_KILLERS'], 'a').write(self.killer + '\n')
                self.stop()
                answers.append(json.dumps(NO_ANSWER))
        return answers

    @staticmethod
    def write(process, requests):
        try:
            process.stdin.write(('\n'.join(requests) + '\n').encode('utf-8', 'surrogatepass'))
            process.stdin.flush()
        except (BrokenPipeError, ValueError, OSError):
            pass

    def lines(self, count):
        fd = self.process.stdout.fileno()
        until = time.monotonic() + self.patience
        while count:
            at = self.rest.find(b'\n')
            if at >= 0:
                line, self.rest = self.rest[:at], self.rest[at + 1:]
                yield line.decode('utf-8', 'replace')
                count -= 1
                until = time.monotonic() + self.patience
                continue
            ready, _, _ = select.select([fd], [], [], max(0, until - time.monotonic()))
            more = os.read(fd, 1 << 20) if ready else b''
            if not more:
                self.process.kill()
                return
            self.rest += more


class Pair:
    """Oracle and engine side by side."""

    def __init__(self, oracle, engine):
        self.oracle, self.engine = Server([oracle]), Server(engine, memory=0)

    def ask(self, requests):
        """[(request, oracle's answer, engine's answer)] of those that differ."""
        lines = [json.dumps(r, ensure_ascii=True) for r in requests]
        theirs = []
        other = threading.Thread(target=lambda: theirs.extend(self.oracle.ask(lines)))
        other.start()
        ours = self.engine.ask(lines)
        other.join()
        found = []
        for r, a, b in zip(requests, theirs, ours):
            if a == b:
                continue
            a, b = parse(a), parse(b)
            if a != b:
                found.append((r, a, b))
        return found

    def stop(self):
        self.oracle.stop()
        self.engine.stop()


def parse(line):
    try:
        v = json.loads(line)
        v.pop('id', None)
        if 'error' in v and v.get('out') == '':
            del v['out']  # what an operation has when it fails is its own affair
        return v
    except ValueError:
        return {'error': '(not JSON) ' + line[:200]}
