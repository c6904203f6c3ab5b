package import Foundation

/// A Git repository in a temporary directory, with hftml, the real dvc and git run in it as people do.
package final class TestRepository: Sendable {
    package let directory: TemporaryDirectory
    package let path: String
    private let environment: [String: String]

    /// - Parameter name: a directory below the temporary one, so that several repositories can share it.
    package init(in directory: TemporaryDirectory? = nil, named name: String = "repository", isInitialized: Bool = true)
        throws
    {
        self.directory = try directory ?? TemporaryDirectory()
        path = self.directory.file(name)
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        environment = TestRepository.environment(self.directory)
        if isInitialized { try git("init", "-q", "-b", "main") }
    }

    private static func environment(_ directory: TemporaryDirectory) -> [String: String] {
        [
            "DVC_NO_ANALYTICS": "1", "DVC_SITE_CACHE_DIR": directory.file(".site"), "SHELL": "/bin/sh",
            "GIT_CONFIG_GLOBAL": directory.file(".gitconfig"),
            "DVC_GLOBAL_CONFIG_DIR": directory.file(".global"), "DVC_SYSTEM_CONFIG_DIR": directory.file(".system"),
            "GIT_AUTHOR_NAME": "t", "GIT_AUTHOR_EMAIL": "t@example.com",
            "GIT_COMMITTER_NAME": "t", "GIT_COMMITTER_EMAIL": "t@example.com", "HOME": directory.path,
            "SWIFT_BACKTRACE": "enable=no",
        ]
    }

    package func file(_ name: String) -> String { "\(path)/\(name)" }

    package func write(_ text: String, to name: String) throws {
        try FileManager.default.createDirectory(
            atPath: (file(name) as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
        // A link into the cache must not be written through.
        try? FileManager.default.removeItem(atPath: file(name))
        try Data(text.utf8).write(to: URL(fileURLWithPath: file(name)))
    }

    package func read(_ name: String) throws -> String {
        String(decoding: try Data(contentsOf: URL(fileURLWithPath: file(name))), as: UTF8.self)
    }
    package func exists(_ name: String) -> Bool { FileManager.default.fileExists(atPath: file(name)) }
    package func remove(_ name: String) throws { try FileManager.default.removeItem(atPath: file(name)) }

    @discardableResult
    package func hftml(_ arguments: String..., environment extra: [String: String] = [:]) throws -> RunProgram.Result {
        try RunProgram.run(RunProgram.hftml, arguments, in: path, environment: environment.merging(extra) { $1 })
    }

    package func start(_ program: String, _ arguments: [String], environment extra: [String: String] = [:]) throws
        -> Process
    {
        try RunProgram.start(program, arguments, in: path, environment: environment.merging(extra) { $1 })
    }

    @discardableResult
    package func dvc(_ arguments: String..., environment extra: [String: String] = [:]) throws -> RunProgram.Result {
        try RunProgram.run(
            SharedData.client("dvc") ?? "dvc", arguments, in: path, environment: environment.merging(extra) { $1 })
    }

    @discardableResult
    package func git(_ arguments: String...) throws -> RunProgram.Result {
        try RunProgram.run("/usr/bin/git", arguments, in: path, environment: environment)
    }

    /// Commits everything that is not ignored.
    package func commit(_ message: String) throws {
        try git("add", "-A")
        try git("commit", "-q", "-m", message)
    }

    /// All files below a directory with their bytes, except hidden ones at the top.
    package func contents(of name: String) throws -> [String: Data] {
        var out: [String: Data] = [:]
        for path in try FileManager.default.subpathsOfDirectory(atPath: file(name)) {
            var isDirectory: ObjCBool = false
            let full = file("\(name)/\(path)")
            guard FileManager.default.fileExists(atPath: full, isDirectory: &isDirectory), !isDirectory.boolValue else {
                continue
            }
            out[path] = try Data(contentsOf: URL(fileURLWithPath: full))
        }
        return out
    }
}
