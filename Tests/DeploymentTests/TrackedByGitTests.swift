import Basics
import Deployment
import Foundation
import TestSupport
import Testing

/// What Git's index says of a host's files, beside what Git itself says.
@Suite struct TrackedByGitTests {
    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    private func git(_ arguments: String...) throws -> String {
        let result = try RunProgram.run(
            "/usr/bin/git", ["-c", "user.name=t", "-c", "user.email=t@t"] + arguments, in: directory.file("clone"))
        guard result.status == 0 else { throw Failure("test.git", "git \(arguments): \(result.errors)") }
        return result.output
    }

    private func write(_ names: [String]) throws {
        for name in names { try AtomicFile.write("x", to: directory.file("clone/\(name)")) }
    }

    @Test("names of every version of the index, of a worktree and of a repository with SHA-256 are those of Git")
    func names() throws {
        for (format, version) in [("sha1", 2), ("sha1", 3), ("sha1", 4), ("sha256", 2), ("sha256", 4)] {
            try Paths.remove(directory.file("clone"))
            try Paths.makeDirectory(directory.file("clone"))
            _ = try git("init", "-q", "--object-format=\(format)")
            try write(["a", "env/root.json", "env/installed/history/000001.hftbundle", "environment", "ö/ü", "z"])
            _ = try git("add", "-A")
            // An entry with more flags, which version 2 has none of.
            if version == 3 { _ = try git("add", "-N", "--", "z") }
            _ = try git("update-index", "--index-version", "\(version)")
            _ = try git("commit", "-q", "-m", "all")
            let all = try git("ls-files", "-z").split(separator: "\0").map(String.init)
            #expect(GitIndexNames.below(directory.file("clone")) == all, "\(format) \(version)")
            #expect(
                GitIndexNames.below(directory.file("clone/env")) == ["installed/history/000001.hftbundle", "root.json"])
            _ = try git("worktree", "add", "-q", "../other-\(format)\(version)")
            #expect(GitIndexNames.below(directory.file("other-\(format)\(version)")) == all)
            // Whatever it was cut to, or turned into.
            let bytes = try FileChunks.bytes(directory.file("clone/.git/index"))
            for length in bytes.indices {
                var damaged = bytes
                damaged[length] ^= 0xff
                GitIndexNames.each(damaged, digestBytes: 20) { _ in }
                GitIndexNames.each(Array(bytes[..<length]), digestBytes: 20) { _ in }
            }
        }
        #expect(GitIndexNames.below("/").isEmpty)
    }

    @Test("a host whose pin, key or memory Git tracks is told; documents that people share are their own business")
    func host() throws {
        try Paths.makeDirectory(directory.file("clone"))
        _ = try git("init", "-q")
        try AtomicFile.write("{\"schemaVersion\": 1, \"name\": \"live\"}", to: directory.file("clone/env/runtime.json"))
        try write(["env/authority.json", "env/authority/1.json", "env/root.json", "env/installed/state.json"])
        let host = try DeploymentDirectory(directory.file("clone/env"))
        #expect(TrackedByGit.own(host).isEmpty)
        _ = try git("add", "env/runtime.json", "env/authority.json", "env/authority")
        try TrackedByGit.requireNone(host)
        _ = try git("add", "-f", "env/root.json", "env/installed")
        #expect(TrackedByGit.own(host) == ["installed/state.json", "root.json"])
        let refused = #expect(throws: Failure.self) { try TrackedByGit.requireNone(host) }
        // What Git has as a link is written through, and leads where somebody else chose.
        _ = try git("rm", "-q", "-r", "--cached", "env/root.json", "env/installed")
        try FileManager.default.createDirectory(
            atPath: directory.file("clone/else"), withIntermediateDirectories: true)
        for name in ["receipts", "inbox"] {
            try FileManager.default.createSymbolicLink(
                atPath: directory.file("clone/env/\(name)"), withDestinationPath: "../else")
            _ = try git("add", "-f", "env/\(name)")
        }
        #expect(TrackedByGit.own(host) == ["inbox", "receipts"])
        try Paths.remove(directory.file("clone/env/inbox"))
        try Paths.remove(directory.file("clone/env/receipts"))
        _ = try git("add", "-A")
        try FileManager.default.moveItem(atPath: directory.file("clone/env"), toPath: directory.file("hers"))
        let link = directory.file("clone/env")
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: directory.file("hers"))
        #expect(TrackedByGit.own(try DeploymentDirectory(link)).isEmpty, "one's own link")
        _ = try git("rm", "-q", "-r", "--cached", "env")
        _ = try git("add", "-f", "env")
        #expect(TrackedByGit.own(try DeploymentDirectory(link)) == [link])
        #expect(refused?.code == "runtime.tracked" && refused?.message.contains("and 1 more of 'live'") == true)
    }
}
