import Basics
import Foundation
import TestSupport
import Testing

/// Remotes as people use them, against real servers that the tests start.
@Suite(
    .enabled(if: FileManager.default.isExecutableFile(atPath: RunProgram.hftml), "needs the built programs"),
    .serialized) struct RemoteTests
{
    /// Small files, awkward names, and one that takes several parts.
    static func fill(_ repository: TestRepository) throws {
        for name in ["a", "sub/b", "é", "sp ace"] { try repository.write("content of \(name)", to: "data/\(name)") }
        try repository.write((0..<400_000).map { String($0) }.joined(separator: "\n"), to: "large.csv")
        #expect(try repository.hftml("add", "data", "large.csv").status == 0)
    }

    /// Pushes, pulls into an emptied workspace, pushes again, and fills a hole in the remote.
    static func roundTrip(
        _ repository: TestRepository, environment: [String: String], removeObject: (String) throws -> Void
    ) throws {
        let before = try repository.contents(of: "data"), large = try repository.read("large.csv")
        let push = try repository.hftml("push", environment: environment)
        #expect(push.status == 0 && push.output == "6 files pushed\n", "\(push)")
        #expect(try repository.hftml("push", environment: environment).output == "Everything is up to date.\n")
        #expect(try repository.hftml("status", "--cloud", environment: environment).output.contains("in sync"))
        for name in [".dvc/cache", "data", "large.csv"] { try repository.remove(name) }
        let pull = try repository.hftml("pull", environment: environment)
        #expect(pull.status == 0, "\(pull)")
        #expect(try repository.contents(of: "data") == before)
        #expect(try repository.read("large.csv") == large)
        try removeObject(Digest.md5(Array("content of a".utf8)))
        #expect(
            try repository.hftml("status", "--cloud", "--json", environment: environment).output.contains(
                "\"data\": \"new\""))
        #expect(try repository.hftml("push", environment: environment).output == "1 files pushed\n")
    }

    @Test(
        "a bucket of S3: push, pull, holes filled; large files in parts that are taken up again; real dvc reads it",
        .enabled(if: SharedData.client("moto_server") != nil, "needs moto_server"))
    func s3() throws {
        let repository = try TestRepository()
        let server = try #require(try LocalServer.s3(in: repository.directory))
        let endpoint = "http://127.0.0.1:\(server.port)"
        let environment = [
            "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": "us-east-1",
            "HFTML_S3_PART_SIZE": "\(5 << 20)", "NO_PROXY": "127.0.0.1",
        ]
        func curl(_ arguments: String...) throws -> RunProgram.Result {
            try RunProgram.run(
                "/usr/bin/env",
                ["curl", "-sS", "-f", "--aws-sigv4", "aws:amz:us-east-1:s3", "--user", "test:test"] + arguments,
                in: repository.path)
        }
        #expect(try curl("-X", "PUT", "\(endpoint)/bucket").status == 0)
        #expect(try repository.hftml("init").status == 0)
        #expect(try repository.hftml("remote", "add", "-d", "cloud", "s3://bucket/some/prefix").status == 0)
        #expect(try repository.hftml("remote", "modify", "cloud", "endpointurl", endpoint).status == 0)
        try RemoteTests.fill(repository)
        try RemoteTests.roundTrip(repository, environment: environment) { md5 in
            let removed = try curl(
                "-X", "DELETE", "\(endpoint)/bucket/some/prefix/files/md5/\(md5.prefix(2))/\(md5.dropFirst(2))")
            #expect(removed.status == 0)
        }
        if SharedData.client("dvc") != nil {
            let status = try repository.dvc("status", "-c", environment: environment)
            #expect(status.output.contains("in sync"), "\(status)")
        }

        // 12 MB in parts of 5: the upload is cut after its first part, and goes on from there.
        try repository.write(String(repeating: "0123456789abcdef", count: 750_000), to: "parts.bin")
        #expect(try repository.hftml("add", "parts.bin").status == 0)
        let object = try Digest.md5(file: repository.file("parts.bin"))
        let key = "some/prefix/files/md5/\(object.prefix(2))/\(object.dropFirst(2))"
        let part = Array(try FileChunks.bytes(repository.file("parts.bin")).prefix(5 << 20))
        try Data(part).write(to: URL(fileURLWithPath: repository.directory.file("part")))
        let script = """
            import boto3, sys
            s3 = boto3.client("s3", endpoint_url="\(endpoint)", aws_access_key_id="test", \
            aws_secret_access_key="test", region_name="us-east-1")
            upload = s3.create_multipart_upload(Bucket="bucket", Key="\(key)")["UploadId"]
            s3.upload_part(Bucket="bucket", Key="\(key)", UploadId=upload, PartNumber=1, \
            Body=open("\(repository.directory.file("part"))", "rb").read())
            sys.stdout.write(upload)
            """
        let begun = try RunProgram.run(try #require(SharedData.client("python3")), ["-c", script], in: repository.path)
        #expect(begun.status == 0, "\(begun)")
        let id = begun.output
        let push = try repository.hftml("push", "parts.bin", environment: environment)
        #expect(push.status == 0, "\(push)")
        #expect(
            try curl("\(endpoint)/bucket?uploads").output.contains(id) == false,
            "the begun upload was completed, not left behind")
        // A download that stopped in the middle goes on; one whose beginning is wrong starts anew.
        for beginning in [Array(part.prefix(1_000_000)), [UInt8](repeating: 7, count: 1_000)] {
            try repository.remove("parts.bin")
            try repository.remove(".dvc/cache/files/md5/\(object.prefix(2))/\(object.dropFirst(2))")
            try FileManager.default.createDirectory(
                atPath: repository.file(".dvc/cache/.hftml-partial"), withIntermediateDirectories: true)
            try Data(beginning).write(
                to: URL(fileURLWithPath: repository.file(".dvc/cache/.hftml-partial/resume-\(object)")))
            let pull = try repository.hftml("pull", "parts.bin", environment: environment)
            #expect(pull.status == 0, "\(pull)")
            #expect(try Digest.md5(file: repository.file("parts.bin")) == object)
        }
        // What is damaged there never gets a name here.
        try Data(repeating: 1, count: 12_000_000).write(to: URL(fileURLWithPath: repository.directory.file("bad")))
        #expect(
            try curl("-X", "PUT", "--data-binary", "@\(repository.directory.file("bad"))", "\(endpoint)/bucket/\(key)")
                .status == 0)
        try repository.remove("parts.bin")
        try repository.remove(".dvc/cache/files/md5/\(object.prefix(2))/\(object.dropFirst(2))")
        let damaged = try repository.hftml("pull", "parts.bin", "--json", environment: environment)
        #expect(
            damaged.status == 1 && damaged.output.contains("remote.damaged")
                && !repository.exists(".dvc/cache/files/md5/\(object.prefix(2))/\(object.dropFirst(2))"), "\(damaged)")
    }

    @Test("data from a web server and from a path: recorded as dvc does, fetched again on update")
    func importURL() throws {
        let repository = try TestRepository()
        #expect(try repository.hftml("init").status == 0)
        let directory = repository.directory
        try directory.write("first", to: "web/prices.csv")
        let server = try LocalServer.files(directory.file("web"), in: directory)
        let url = "http://127.0.0.1:\(server.port)/prices.csv"
        let made = try repository.hftml("import-url", url, "-o", "prices.csv")
        #expect(made.status == 0, "\(made)")
        #expect(try repository.hftml("import-url", directory.file("web"), "feed").status == 0)
        #expect(try repository.read("prices.csv") == "first")
        #expect(try repository.read("feed/prices.csv") == "first")
        if SharedData.client("dvc") != nil {
            let status = try repository.dvc("status", "--json")
            #expect(status.output.trimmingCharacters(in: .whitespacesAndNewlines).hasSuffix("{}"), "\(status)")
        }
        try directory.write("second", to: "web/prices.csv")
        #expect(try repository.hftml("update", "prices.csv.dvc", "feed.dvc").status == 0)
        #expect(try repository.read("prices.csv") == "second")
        #expect(try repository.read("feed/prices.csv") == "second")
        let missing = try repository.hftml("import-url", "http://127.0.0.1:\(server.port)/nothing", "--json")
        #expect(missing.status == 1)
        #expect(missing.output.contains("404"))
        #expect(!repository.exists("nothing.dvc"))
    }

    @Test(
        "signatures are those of AWS: a server that checks them takes ours and refuses a wrong secret",
        .enabled(if: SharedData.client("moto_server") != nil, "needs moto_server"))
    func credentials() throws {
        let repository = try TestRepository()
        #expect(try repository.hftml("init").status == 0)
        #expect(try repository.hftml("remote", "add", "-d", "cloud", "s3://bucket/p").status == 0)
        let none = try repository.hftml(
            "push", "--json", environment: ["AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""])
        #expect(none.status == 1 && none.output.contains("remote.credentials"), "\(none)")
        // Secrets do not go where Git would publish them.
        #expect(try repository.hftml("remote", "modify", "cloud", "secret_access_key", "s").status == 64)
        #expect(try repository.hftml("remote", "modify", "--local", "cloud", "secret_access_key", "s").status == 0)
        #expect(try repository.read(".dvc/config.local").contains("secret_access_key = s"))
        #expect(try repository.hftml("remote", "list", "--json").output.contains("\"s\"") == false)
    }

    @Test(
        "a directory over SSH: push, pull, holes filled, a cut upload goes on; real dvc's layout",
        .enabled(if: FileManager.default.isExecutableFile(atPath: LocalServer.sshdPath), "needs sshd"))
    func ssh() throws {
        let repository = try TestRepository()
        let (server, command) = try #require(try LocalServer.ssh(in: repository.directory))
        let storage = repository.directory.file("far/away")
        let environment = ["HFTML_SSH_COMMAND": command]
        #expect(try repository.hftml("init").status == 0)
        #expect(
            try repository.hftml("remote", "add", "-d", "far", "ssh://root@127.0.0.1:\(server.port)\(storage)").status
                == 0)
        try RemoteTests.fill(repository)
        try RemoteTests.roundTrip(repository, environment: environment) { md5 in
            try FileManager.default.removeItem(atPath: "\(storage)/files/md5/\(md5.prefix(2))/\(md5.dropFirst(2))")
        }
        // A cut upload has left the beginning of the file.
        let object = try Digest.md5(file: repository.file("large.csv"))
        let far = "\(storage)/files/md5/\(object.prefix(2))/\(object.dropFirst(2))"
        let bytes = try FileChunks.bytes(far)
        for beginning in [Array(bytes.prefix(1_234_567)), [UInt8](repeating: 7, count: 1_000)] {
            try FileManager.default.removeItem(atPath: far)
            try Data(beginning).write(to: URL(fileURLWithPath: "\(storage)/.hftml-partial/\(object)"))
            let push = try repository.hftml("push", environment: environment)
            #expect(push.output == "1 files pushed\n", "\(push)")
            #expect(try FileChunks.bytes(far) == bytes)
            #expect(try Paths.entries("\(storage)/.hftml-partial") == [], "nothing unfinished stays")
        }
        let gone = try repository.hftml(
            "push", "-r", "far", "--json", environment: ["HFTML_SSH_COMMAND": "ssh -p 1 -oConnectTimeout=1"])
        #expect(gone.status == 1 && gone.output.contains("remote."), "\(gone)")
    }

    @Test("data of another repository, at a revision, as dvc records it; then brought up to date")
    func otherRepository() throws {
        let source = try TestRepository(named: "source")
        #expect(try source.hftml("init").status == 0)
        try source.write("1", to: "data/a")
        try source.write("2", to: "data/sub/b")
        #expect(try source.hftml("add", "data").status == 0)
        try source.write("in git", to: "notes.txt")
        try source.commit("one")
        try source.git("tag", "v1")
        try source.write("1 changed", to: "data/a")
        #expect(try source.hftml("add", "data").status == 0)
        try source.commit("two")
        let repository = try TestRepository(in: source.directory, named: "target")
        #expect(try repository.hftml("init").status == 0)
        let first = try repository.hftml("import", "repo", source.path, "data", "--rev", "v1", "-o", "theirs")
        #expect(first.status == 0, "\(first)")
        #expect(try repository.read("theirs/a") == "1")
        let one = try source.git("rev-parse", "v1").output.trimmingCharacters(in: .whitespacesAndNewlines)
        #expect(try repository.read("theirs.dvc").contains("rev_lock: \(one)"))
        #expect(try repository.hftml("import", "repo", source.path, "notes.txt").status == 0)
        #expect(try repository.hftml("import", "repo", source.path, "data/sub/b", "-o", "b").status == 0)
        #expect(try repository.read("b") == "2")
        #expect(try repository.read("notes.txt") == "in git")
        #expect(try repository.hftml("update", "theirs.dvc", "--rev", "main").status == 0)
        #expect(try repository.read("theirs/a") == "1 changed")
        if SharedData.client("dvc") != nil {
            let status = try repository.dvc("status", "--json")
            #expect(status.output.trimmingCharacters(in: .whitespacesAndNewlines).hasSuffix("{}"), "\(status)")
        }
        try repository.write("mine", to: "theirs/a")
        #expect(try repository.hftml("update", "theirs.dvc", "--json").output.contains("data.would-lose"))
        #expect(try repository.hftml("get", "data@v1", "-o", "x").status != 0)
        #expect(try source.hftml("get", "data@v1", "-o", repository.file("old")).status == 0)
        #expect(try repository.read("old/a") == "1")
    }
}
