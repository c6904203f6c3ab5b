import Basics
import DataVersioning
import Foundation
import TestSupport
import Testing

/// Every kind of remote on a real server of its kind; see ``RemoteConformance``.
@Suite struct RemoteStorageTests {
    private func remote(
        _ url: String, options: [String: String] = [:], environment: [String: String] = [:]
    ) throws -> any RemoteStorage {
        try RepositorySettings.Remote(
            name: "r", url: url, options: options,
            environment: SharedData.environment.merging(environment) { $1 }
        ).open(jobs: 4)
    }

    @Test("a directory")
    func directory() throws {
        let place = try TemporaryDirectory()
        try RemoteConformance(try remote(place.file("store"))).checkWritable()
        let other = try TemporaryDirectory()
        try RemoteConformance(try remote("file://\(other.file("store"))")).checkWritable()
    }

    @Test("a bucket of S3", .enabled(if: SharedData.client("moto_server") != nil, "needs moto_server"))
    func s3() throws {
        let place = try TemporaryDirectory()
        let server = try #require(try LocalServer.s3(in: place))
        let endpoint = "http://127.0.0.1:\(server.port)"
        let made = try RunProgram.run(
            "/usr/bin/env",
            [
                "curl", "-sS", "-f", "--aws-sigv4", "aws:amz:us-east-1:s3", "--user", "test:test", "-X", "PUT",
                "\(endpoint)/bucket",
            ], in: place.path, environment: ["NO_PROXY": "127.0.0.1"])
        #expect(made.status == 0, "\(made)")
        // Parts of 5 MiB, the smallest that S3 takes, so that the largest object has two.
        let storage = try remote(
            "s3://bucket/some/prefix", options: ["endpointurl": endpoint],
            environment: [
                "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "HFTML_S3_PART_SIZE": "\(5 << 20)",
            ])
        try RemoteConformance(storage).checkWritable()
        withExtendedLifetime(server) {}
    }

    @Test(
        "a directory of another host over SSH, with OpenSSH's server",
        .enabled(if: FileManager.default.isExecutableFile(atPath: LocalServer.sshdPath), "needs openssh-server"))
    func ssh() throws {
        let place = try TemporaryDirectory()
        let (server, command) = try #require(try LocalServer.ssh(in: place))
        let storage = try remote(
            "ssh://127.0.0.1:\(server.port)\(place.file("store"))", environment: ["HFTML_SSH_COMMAND": command])
        try RemoteConformance(storage).checkWritable()
        withExtendedLifetime(server) {}
    }

    static let sftpServer = "/usr/lib/openssh/sftp-server"

    @Test(
        "an ssh that writes much to its standard error all the while",
        .enabled(if: FileManager.default.isExecutableFile(atPath: sftpServer), "needs openssh-sftp-server"))
    func chattySSH() throws {
        let place = try TemporaryDirectory()
        let script = try place.write(
            "#!/bin/sh\nhead -c 200000 /dev/zero | tr '\\0' x >&2\n(yes chatter | head -c 5000000 >&2) &\n"
                + "exec \(Self.sftpServer)\n", to: "ssh")
        chmod(script, 0o755)
        let storage = try remote("ssh://host\(place.file("store"))", environment: ["HFTML_SSH_COMMAND": script])
        try RemoteConformance(storage).checkWritable()
    }

    @Test(
        "an upload that was cut off resumes: what is there is not sent again",
        .enabled(if: FileManager.default.isExecutableFile(atPath: sftpServer), "needs openssh-sftp-server"),
        arguments: ["as it is named now", "as it was named before", "both"])
    func resumedUpload(_ leftover: String) throws {
        let place = try TemporaryDirectory(), bytes = RemoteConformance.content(6_000_001)
        try AtomicFile.write(bytes, to: place.file("local"))
        // Passes at most so many bytes on to the server, and counts them.
        func upload(limit: Int) throws {
            let script = try place.write(
                """
                #!/usr/bin/env python3
                import os, subprocess
                server = subprocess.Popen(["\(Self.sftpServer)"], stdin=subprocess.PIPE)
                sent = 0
                while sent < \(limit):
                    data = os.read(0, 65536)
                    if not data: break
                    sent += len(data)
                    server.stdin.write(data)
                    server.stdin.flush()
                    open("\(place.file("sent"))", "w").write(str(sent))
                server.stdin.close()
                server.wait()
                """, to: "ssh")
            chmod(script, 0o755)
            let storage = try remote("ssh://host\(place.file("store"))", environment: ["HFTML_SSH_COMMAND": script])
            try storage.upload(place.file("local"), to: RemoteConformance.key(1), progress: nil)
        }
        let error = try #require(throws: RemoteError.self) { try upload(limit: 4_000_000) }
        #expect(error.code == "remote.unreachable" && error.isTransient)
        let target = place.file("store/\(RemoteConformance.key(1))")
        #expect(!Paths.exists(target), "nothing unfinished has an object's name")
        let partial = place.file("store/.hftml-partial"), name = try #require(try Paths.entries(partial).first)
        let old = Digest.md5(Array("object 1".utf8))
        #expect(name.hasPrefix(old + "-"))
        if leftover == "as it was named before" {
            #expect(rename("\(partial)/\(name)", "\(partial)/\(old)") == 0)
        } else if leftover == "both" {
            try AtomicFile.write([1, 2, 3], to: "\(partial)/\(old)")
        }
        try upload(limit: .max)
        #expect(try FileChunks.bytes(target) == bytes)
        #expect(try Paths.entries(partial) == [], "nothing unfinished stays")
        let sent = Int(try FileChunks.text(place.file("sent"))) ?? .max
        #expect(sent < 3_000_000, "\(sent) bytes were sent the second time")
    }

    @Test("what a web server shows: to fetch, and nothing else")
    func http() throws {
        let place = try TemporaryDirectory()
        var objects: [String: [UInt8]] = [:]
        for (number, size) in [1, 2_000_000].enumerated() {
            let key = RemoteConformance.key(number)
            objects[key] = RemoteConformance.content(size)
            try AtomicFile.write(objects[key] ?? [], to: place.file("store/\(key)"))
        }
        let server = try LocalServer.files(place.file("store"), in: place)
        let conformance = try RemoteConformance(try remote("http://127.0.0.1:\(server.port)/"))
        try conformance.checkReadable(objects)
        try conformance.checkRefusesChanges()
        withExtendedLifetime(server) {}
    }
}

@Suite struct RemoteKindTests {
    @Test("no scheme and no option stands twice")
    func tables() {
        #expect(RemoteKind.kinds.duplicates == [] && RemoteOption.kinds.duplicates == [])
        #expect(RemoteKind.kinds.names == ["file", "s3", "ssh", "sftp", "http", "https"])
        let secrets = RemoteOption.kinds.entries.filter(\.value.isSecret).map(\.name)
        #expect(secrets == ["access_key_id", "secret_access_key", "session_token", "password"])
    }

    @Test("an unknown scheme is refused with all that there are, and the nearest")
    func unknownScheme() throws {
        for url in ["s4://bucket", "gs://bucket/x"] {
            let error = try #require(throws: Failure.self) { try RepositorySettings.Remote.checkScheme(url) }
            #expect(error.code == "remote.scheme" && error.exitStatus == .usage)
            #expect(error.message.contains("expected one of file, s3, ssh"), "\(error)")
        }
        let typo = try #require(throws: Failure.self) { try RepositorySettings.Remote.checkScheme("shh://h/p") }
        #expect(typo.hint == "did you mean 'ssh'?")
        for url in ["/mnt/x", "S3://b", "sftp://h/p", "remote://other/x"] {
            try RepositorySettings.Remote.checkScheme(url)
        }
    }

    @Test("transfers at once are 1 to 4096, wherever the number stands", arguments: [-1, 0, 4097, .min, .max])
    func jobs(_ number: Int) throws {
        func remote(_ options: [String: String]) -> RepositorySettings.Remote {
            RepositorySettings.Remote(name: "r", url: "/mnt/x", options: options, environment: [:])
        }
        #expect(#expect(throws: Failure.self) { try remote([:]).open(jobs: number) }?.code == "usage.jobs")
        for text in ["\(number)", "x", ""] {
            let error = #expect(throws: Failure.self) { try remote(["jobs": text]).open() }
            #expect(error?.code == "remote.option-value" && error?.message.contains("'\(text)'") == true)
        }
    }

    @Test("parts of an upload to S3 have bytes, and are at most 10,000", arguments: ["0", "-1", "x", "5368709121"])
    func parts(_ text: String) throws {
        let error = #expect(throws: Failure.self) {
            try RepositorySettings.Remote(
                name: "r", url: "s3://b/p", options: ["access_key_id": "k", "secret_access_key": "s"],
                environment: ["HFTML_S3_PART_SIZE": text]
            ).open()
        }
        #expect(error?.code == "remote.option-value" && error?.message.contains("'\(text)'") == true)
        for size in [1, 16 << 20, 10_000 << 24, (10_000 << 24) + 1, 5 << 40] {
            let part = S3Remote.partSize(for: size, wanted: 16 << 20)
            #expect(part >= 16 << 20 && (size + part - 1) / part <= 10_000)
        }
    }

    @Test("time-outs are seconds", arguments: ["0", "-1", "x", "1.5", "86401", ""])
    func timeouts(_ text: String) throws {
        let error = try #require(throws: Failure.self) {
            try RepositorySettings.Remote(
                name: "r", url: "ssh://h/p", options: ["timeout": text], environment: [:]
            ).open()
        }
        #expect(error.code == "remote.option-value" && error.message.contains("'\(text)'"))
    }
}
