import Basics
import Foundation
import TestSupport
import Workflows

/// A workspace with Git and nothing else, in a temporary directory: what tests of data versioning start from.
///
/// A session is made anew for every call of ``session()``, as a command would, so that changed settings are read.
struct VersionedProject {
    let directory: TemporaryDirectory
    let root: String

    init(named name: String = "project", in directory: TemporaryDirectory? = nil) throws {
        self.directory = try directory ?? TemporaryDirectory()
        root = self.directory.file(name)
        try Paths.makeDirectory(root)
        try git("init", "-q", "-b", "main")
        _ = try InitializeWorkspace.run(root, program: "/opt/hftml", environment: environment)
    }

    /// Nothing of the machine's own configuration is seen.
    var environment: [String: String] {
        [
            "HOME": directory.path, "DVC_GLOBAL_CONFIG_DIR": directory.file(".global"),
            "DVC_SYSTEM_CONFIG_DIR": directory.file(".system"), "PATH": "/usr/bin:/bin",
        ]
    }

    func session() throws -> Session {
        try Session(Caller(actor: "ann@desk", environment: environment, directory: root))
    }

    func file(_ name: String) -> String { "\(root)/\(name)" }
    func read(_ name: String) throws -> String { try FileChunks.text(file(name)) }
    func exists(_ name: String) -> Bool { Paths.exists(file(name)) }
    func remove(_ name: String) throws { try Paths.remove(file(name)) }

    @discardableResult
    func write(_ text: String, to name: String) throws -> String {
        try Paths.makeDirectory(Paths.parent(file(name)))
        try Paths.remove(file(name))
        try AtomicFile.write(text, to: file(name))
        return file(name)
    }

    /// Removes every object of the cache.
    func emptyCache() throws { try Paths.remove(file(".dvc/cache")) }

    @discardableResult
    func git(_ arguments: String...) throws -> String {
        let result = try RunProgram.run(
            "/usr/bin/git", ["-c", "user.name=t", "-c", "user.email=t@t"] + arguments, in: root,
            environment: ["GIT_CONFIG_GLOBAL": directory.file(".gitconfig")])
        guard result.status == 0 else { throw Failure("test.git", "git \(arguments): \(result.errors)") }
        return result.output
    }

    func commit(_ message: String) throws {
        try git("add", "-A")
        try git("commit", "-q", "-m", message)
    }

    /// Commits as if the machine's clock stood there, such as `2024-03-04T18:00:00Z`.
    func commit(_ message: String, at time: String) throws {
        try git("add", "-A")
        let result = try RunProgram.run(
            "/usr/bin/git", ["-c", "user.name=t", "-c", "user.email=t@t", "commit", "-q", "-m", message], in: root,
            environment: ["GIT_CONFIG_GLOBAL": directory.file(".gitconfig"), "GIT_COMMITTER_DATE": time])
        guard result.status == 0 else { throw Failure("test.git", "git commit: \(result.errors)") }
    }
}
