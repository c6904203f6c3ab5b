import Basics
import Deployment
import Foundation
import TestSupport
import Testing

/// What Git's index says of a host's files, beside what Git itself says.
@Suite struct TrackedByGitTests {
    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    @discardableResult private func git(_ arguments: String...) throws -> String {
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
            #expect(try GitIndexNames.below(directory.file("clone")) == all, "\(format) \(version)")
            #expect(
                try GitIndexNames.below(directory.file("clone/env")) == [
                    "installed/history/000001.hftbundle", "root.json",
                ])
            _ = try git("worktree", "add", "-q", "../other-\(format)\(version)")
            #expect(try GitIndexNames.below(directory.file("other-\(format)\(version)")) == all)
            // Whatever it was cut to, or turned into.
            let bytes = try FileChunks.bytes(directory.file("clone/.git/index"))
            for length in bytes.indices {
                var damaged = bytes
                damaged[length] ^= 0xff
                _ = GitIndexFile(damaged, digestBytes: 20)
                _ = GitIndexFile(Array(bytes[..<length]), digestBytes: 20)
            }
        }
        #expect(try GitIndexNames.below("/").isEmpty)
    }

    @Test("a host whose pin, key or memory Git tracks is told; documents that people share are their own business")
    func host() throws {
        try Paths.makeDirectory(directory.file("clone"))
        _ = try git("init", "-q")
        try AtomicFile.write("{\"schemaVersion\": 1, \"name\": \"live\"}", to: directory.file("clone/env/runtime.json"))
        try write(["env/authority.json", "env/authority/1.json", "env/root.json", "env/installed/state.json"])
        let host = try DeploymentDirectory(directory.file("clone/env"))
        #expect(try TrackedByGit.own(host).isEmpty)
        _ = try git("add", "env/runtime.json", "env/authority.json", "env/authority")
        try TrackedByGit.requireNone(host)
        _ = try git("add", "-f", "env/root.json", "env/installed")
        #expect(try TrackedByGit.own(host) == ["installed/state.json", "root.json"])
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
        #expect(try TrackedByGit.own(host) == ["inbox", "receipts"])
        try Paths.remove(directory.file("clone/env/inbox"))
        try Paths.remove(directory.file("clone/env/receipts"))
        _ = try git("add", "-A")
        try FileManager.default.moveItem(atPath: directory.file("clone/env"), toPath: directory.file("hers"))
        let link = directory.file("clone/env")
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: directory.file("hers"))
        #expect(try TrackedByGit.own(DeploymentDirectory(link)).isEmpty, "one's own link")
        _ = try git("rm", "-q", "-r", "--cached", "env")
        _ = try git("add", "-f", "env")
        #expect(try TrackedByGit.own(DeploymentDirectory(link)) == [link])
        #expect(refused?.code == "runtime.tracked" && refused?.message.contains("and 1 more of 'live'") == true)
    }

    private func begin() throws {
        try Paths.makeDirectory(directory.file("clone"))
        try git("init", "-q")
        try AtomicFile.write("{\"schemaVersion\": 1, \"name\": \"live\"}", to: directory.file("clone/env/runtime.json"))
        try git("add", "-A")
    }

    private func link(_ path: String, to target: String) throws {
        try? Paths.remove(path)
        try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: target)
    }

    @Test("a committed link in the place of runtime.json leads to no other host, and is told; one's own is nobody's")
    func linkedSettings() throws {
        try begin()
        let settings = directory.file("clone/env/runtime.json"), hers = directory.file("hers/runtime.json")
        try AtomicFile.write("{\"schemaVersion\": 1, \"name\": \"live\"}", to: hers)
        try git("rm", "-q", "--cached", "env/runtime.json")
        try link(settings, to: hers)
        for path in [settings, directory.file("clone/env")] {
            let host = try DeploymentDirectory(path)
            #expect(host.directory == Paths.resolved(directory.file("clone/env")))
            #expect(try TrackedByGit.own(host) == [])
        }
        try git("add", "-f", "env/runtime.json")
        #expect(try TrackedByGit.own(DeploymentDirectory(settings)) == ["runtime.json"])
    }

    @Test("directories in the place of a host's files, and a link in that of what it refused, are told")
    func directories() throws {
        try begin()
        for name in ["root.json", "host.key.json", "health.json", "halt"] { try write(["env/\(name)/x"]) }
        try link(directory.file("clone/env/rejected"), to: "../papers")
        try git("add", "-f", "env")
        let host = try DeploymentDirectory(directory.file("clone/env"))
        #expect(
            try TrackedByGit.own(host) == ["halt/x", "health.json/x", "host.key.json/x", "rejected", "root.json/x"])
        let error = #expect(throws: Failure.self) { try TrackedByGit.requireNone(host) }
        #expect(error?.hint?.contains("--ignore-unmatch halt health.json host.key.json rejected root.json") == true)
    }

    @Test("a committed link that another link, or where the person stands, leads over is told by its own place")
    func linksBehindLinks() throws {
        try begin()
        let link = directory.file("clone/env"), desk = directory.file("desk")
        try FileManager.default.moveItem(atPath: link, toPath: directory.file("hers"))
        try self.link(link, to: "../hers")
        try git("rm", "-q", "-r", "--cached", "env")
        try git("add", "-f", "env")
        let place = Paths.resolved(directory.file("clone")) + "/env"
        for target in ["clone/env", link] {
            try self.link(desk, to: target)
            #expect(try TrackedByGit.own(DeploymentDirectory(desk)) == [place])
        }
        // As for whoever knows the directory by what was found there.
        #expect(try TrackedByGit.own(DeploymentDirectory(directory.file("hers"), over: link)) == [place])
        // As it is for somebody who went there over the link: the system says where they came to.
        let here = Paths.absolute("."), hers = Paths.relative(directory.file("hers"), to: here)
        try self.link(directory.file("clone/env"), to: here)
        #expect(throws: (any Error).self) { try DeploymentDirectory("runtime.json", standing: link) }
        #expect(try TrackedByGit.own(DeploymentDirectory(hers)) == [])
        #expect(try TrackedByGit.own(DeploymentDirectory(hers, standing: "/nowhere")) == [])
        #expect(try TrackedByGit.own(DeploymentDirectory(hers, standing: link)).isEmpty == false)
    }

    @Test("a split index is read whole, and what was taken out of it is gone")
    func splitIndex() throws {
        try begin()
        let names = (0..<200).map { "env/installed/\($0)" }
        try write(names + ["env/root.json"])
        try git("add", "-f", "env")
        try git("-c", "core.splitIndex=true", "update-index", "--split-index")
        let place = directory.file("clone/.git")
        #expect(try Paths.entries(place).contains { $0.hasPrefix("sharedindex.") })
        func all() throws -> [String] {
            try git("ls-files", "-z").split(separator: "\0").map(String.init).sorted()
        }
        #expect(try GitIndexNames.below(directory.file("clone")).sorted() == all())
        try write(["env/host.key.json"])
        try AtomicFile.write("y", to: directory.file("clone/env/installed/7"))
        try git("-c", "core.splitIndex=true", "add", "-f", "env")
        try git("-c", "core.splitIndex=true", "rm", "-q", "--cached", "env/root.json", "env/installed/9")
        #expect(try GitIndexNames.below(directory.file("clone")).sorted() == all())
        #expect(try all().count == 201)
        for name in try Paths.entries(place) where name.hasPrefix("sharedindex.") {
            try Paths.remove("\(place)/\(name)")
        }
        let host = try DeploymentDirectory(directory.file("clone/env"))
        let error = #expect(throws: Failure.self) { try TrackedByGit.requireNone(host) }
        #expect(error?.code == "runtime.tracked" && error?.message.contains("nobody can tell") == true)
    }

    @Test("a repository further down hides none above it, and an index that nobody can read is no empty one")
    func further() throws {
        try begin()
        try write(["env/root.json"])
        try git("add", "-f", "env")
        let host = try DeploymentDirectory(directory.file("clone/env"))
        let stamp = GitIndexNames.stamp(around: host.directory)
        // A directory of that name alone, then a repository that has begun.
        try Paths.makeDirectory(directory.file("clone/env/.git"))
        #expect(try TrackedByGit.own(host) == ["root.json"])
        try git("init", "-q", "env")
        #expect(try TrackedByGit.own(host) == ["root.json"])
        try Paths.remove(directory.file("clone/env/.git"))
        try AtomicFile.write("gitdir: ../.git\r\n", to: directory.file("clone/env/.git"))
        #expect(try TrackedByGit.own(host) == ["root.json"])
        try AtomicFile.write("junk", to: directory.file("clone/env/.git"))
        #expect(throws: Failure.self) { try TrackedByGit.requireNone(host) }
        try Paths.remove(directory.file("clone/env/.git"))
        #expect(GitIndexNames.stamp(around: host.directory) == stamp)
        try AtomicFile.write("DIRC of another program", to: directory.file("clone/.git/index"))
        #expect(GitIndexNames.stamp(around: host.directory) != stamp)
        let error = #expect(throws: Failure.self) { try TrackedByGit.requireNone(host) }
        #expect(error?.code == "runtime.tracked" && error?.message.contains("nobody can tell") == true)
    }
}
