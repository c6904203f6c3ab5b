import Basics
import Foundation
import TestSupport

/// A project in Git with the files of `Fixtures/project`, where ``CommandMatrixTests`` walks through all commands.
struct MatrixProject {
    private let directory: TemporaryDirectory
    private let server: LocalServer
    private let path: String
    private let environment: [String: String]

    init() throws {
        directory = try TemporaryDirectory()
        path = directory.file("project")
        try FileManager.default.copyItem(
            atPath: "\(SharedData.repository)/Tests/CommandLineTests/Fixtures/project", toPath: path)
        try FileManager.default.moveItem(atPath: "\(path)/gitignore", toPath: "\(path)/.gitignore")
        try directory.write("[user]\nname = t\nemail = t@t\n[init]\ndefaultBranch = main\n", to: "gitconfig")
        try Paths.makeDirectory(directory.file("www"))
        server = try LocalServer.files(directory.file("www"), in: directory)
        let search = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
        environment = [
            "HFTML": RunProgram.hftml, "HOME": directory.path,
            "GIT_CONFIG_GLOBAL": directory.file("gitconfig"), "SERVER": "http://127.0.0.1:\(server.port)",
            "DVC_GLOBAL_CONFIG_DIR": directory.file(".global"), "DVC_SYSTEM_CONFIG_DIR": directory.file(".system"),
            "PATH": "\(Paths.parent(RunProgram.hftml)):\(search)",
        ]
        _ = try shell("git init -q && git add -A && git commit -qm start")
    }

    /// Runs a line in the project.
    func shell(_ line: String) throws -> RunProgram.Result {
        try RunProgram.run("/bin/sh", ["-c", line], in: path, environment: environment)
    }
}
