"""A mail server on the loopback: keeps what it takes, and answers as the test says."""

import contextlib
import email
import email.policy
import socketserver
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass
class MailServer:
    """`answers` are by command (`connect`, `MAIL`, `RCPT`, `DATA`, and `.` for a mail's end): one
    each time, then the last of them. A mail counts as taken when its end was read and is answered
    with 250, whoever hears of it. `hold` stops whatever command `held` names."""

    port: int = 0
    answers: dict[str, list[str]] = field(default_factory=dict)
    held: str = ""
    hold: threading.Event = field(default_factory=threading.Event)
    taken: list[email.message.EmailMessage] = field(default_factory=list)
    receivers: list[str] = field(default_factory=list)
    connections: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def answer(self, command: str, usual: str) -> str:
        with self.lock:
            wanted = self.answers.get(command, [usual])
            return wanted.pop(0) if len(wanted) > 1 else wanted[0]

    def wait(self, command: str) -> None:
        if command == self.held:
            self.hold.wait(60)


class _Talk(socketserver.StreamRequestHandler):
    def handle(self):
        server: MailServer = self.server.mail_server
        server.connections += 1
        with contextlib.suppress(OSError):
            self._talk(server)

    def _talk(self, server):
        server.wait("connect")
        if not self._say(server.answer("connect", "220 here")):
            return
        while line := self.rfile.readline():
            command = line.decode().split()[0].upper().partition(":")[0]
            server.wait(command)
            if command == "QUIT":
                self._say("221 bye")
                return
            usual = {"DATA": "354 go on"}.get(command, "250 fine")
            answer = server.answer(command, usual)
            self._say(answer)
            if command == "RCPT" and answer.startswith("250"):
                server.receivers.append(line.decode().partition("<")[2].partition(">")[0])
            if command == "DATA" and answer.startswith("354"):
                self._take(server)

    def _take(self, server):
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        answer = server.answer(".", "250 taken")
        if answer.startswith("250"):
            message = email.message_from_bytes(b"".join(lines), policy=email.policy.default)
            with server.lock:
                server.taken.append(message)
        server.wait(".")
        self._say(answer)

    def _say(self, line):
        """False where there is nothing to be said, and the talk is over."""
        if line:
            self.wfile.write(line.encode() + b"\r\n")
        return bool(line)


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True


@contextlib.contextmanager
def running_mail_server() -> Iterator[MailServer]:
    mail_server = MailServer()
    with _Server(("127.0.0.1", 0), _Talk) as server:
        server.mail_server = mail_server
        mail_server.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield mail_server
        finally:
            mail_server.hold.set()
            server.shutdown()
            thread.join()
