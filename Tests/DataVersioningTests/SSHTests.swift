import Basics
import DataVersioning
import Foundation
import TestSupport
import Testing

/// What an `ssh` can do to a transfer, by programs that stand in for it; the real one is in the conformance tests.
@Suite struct SSHTests {
    private func upload(through program: String, in directory: TemporaryDirectory, bytes: Int = 10) throws {
        let script = try directory.write(program, to: "ssh")
        chmod(script, 0o755)
        let file = try directory.write(String(repeating: "x", count: bytes), to: "file")
        let remote = RepositorySettings.Remote(
            name: "far", url: "ssh://host/store", options: ["timeout": "1"],
            environment: SharedData.environment.merging(["HFTML_SSH_COMMAND": script]) { $1 })
        try remote.open(jobs: 1).upload(file, to: "files/md5/00/00", progress: nil)
    }

    @Test("whatever ssh writes to its standard error, the push ends, and the last line is in the error")
    func chatty() throws {
        let directory = try TemporaryDirectory()
        let error = try #require(throws: RemoteError.self) {
            try upload(
                through:
                    "#!/bin/sh\nhead -c 300000 /dev/zero | tr '\\0' x >&2\necho >&2\n"
                    + "echo no route to host >&2\nexit 255\n",
                in: directory)
        }
        #expect(error.code == "remote.unreachable" && error.isTransient)
        #expect(error.message.hasSuffix("no route to host"), "\(error.message.suffix(200))")
    }

    @Test("an ssh that says nothing, or takes nothing, is given up after its time")
    func silent() throws {
        let directory = try TemporaryDirectory()
        let silent = try #require(throws: RemoteError.self) {
            try upload(through: "#!/bin/sh\nexec sleep 600\n", in: directory)
        }
        #expect(silent.code == "remote.timeout" && silent.message.contains("within 1 s"))
        // Answers the greeting and what a small upload asks first, then reads nothing more.
        let answers = """
            #!/usr/bin/env python3
            import os, struct, sys, time
            def read():
                size = struct.unpack(">I", sys.stdin.buffer.read(4))[0]
                return sys.stdin.buffer.read(size)
            def say(body):
                sys.stdout.buffer.write(struct.pack(">I", len(body)) + body)
                sys.stdout.flush()
            read()
            say(b"\\x02" + struct.pack(">I", 3))
            while True:
                packet = read()
                kind, number = packet[0], packet[1:5]
                if kind == 17: say(b"\\x65" + number + struct.pack(">I", 2) + b"\\0" * 8)
                elif kind in (3, 11): say(b"\\x66" + number + struct.pack(">I", 1) + b"h")
                elif kind == 12: say(b"\\x65" + number + struct.pack(">I", 1) + b"\\0" * 8)
                elif kind == 6: time.sleep(600)
                else: say(b"\\x65" + number + struct.pack(">I", 0) + b"\\0" * 8)
            """
        let full = try #require(throws: RemoteError.self) {
            try upload(through: answers, in: directory, bytes: 4 << 20)
        }
        #expect(full.code == "remote.timeout" && full.message.contains("within 1 s"), "\(full)")
    }

    @Test("an ssh that ends is an error, and no signal ends this process")
    func gone() throws {
        let directory = try TemporaryDirectory()
        for _ in 0..<20 {
            #expect(throws: RemoteError.self) { try upload(through: "#!/bin/sh\nexit 1\n", in: directory) }
        }
    }
}
