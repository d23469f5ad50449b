"""A shared cache over HTTP that keeps files, and misbehaves on request.

remote_server.py FOLDER PORT_FILE [FAULT]: listens on a port of 127.0.0.1 that it writes down."""
import http.server
import os
import sys

folder, port_file = sys.argv[1:3]
fault = sys.argv[3] if len(sys.argv) > 3 else ""


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        with open(os.path.join(folder, "log"), "a") as f:
            f.write(f"{self.command} {self.path} {self.headers.get('Authorization', '')}\n")

    def answer(self, status, body=b""):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def path_of(self):
        return os.path.join(folder, self.path.strip("/").replace("/", "_"))

    def misbehaves(self):
        if fault == "drop":
            self.log_message()
            self.close_connection = True
            self.connection.close()
        elif fault == "500":
            self.answer(500, b"no")
        return fault in ("drop", "500")

    def do_GET(self):
        if self.misbehaves():
            return
        try:
            with open(self.path_of(), "rb") as f:
                body = f.read()
        except OSError:
            self.answer(404)
            return
        if fault == "lie" and "cas" in self.path:
            body = body[:-1] + bytes([body[-1] ^ 1])
        if fault == "cut" and "cas" in self.path:
            body = body[: len(body) // 2]
        if fault == "html":
            body = b"<html>please log in</html>"
        self.answer(200, body)

    do_HEAD = do_GET

    def do_PUT(self):
        if self.misbehaves():
            return
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if fault == "readonly":
            self.answer(403)
            return
        with open(self.path_of(), "wb") as f:
            f.write(body)
        self.answer(201)


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
with open(port_file + ".new", "w") as f:
    f.write(str(server.server_port))
os.rename(port_file + ".new", port_file)
server.serve_forever()
