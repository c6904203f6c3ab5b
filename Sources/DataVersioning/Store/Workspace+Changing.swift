import Basics

extension Workspace {
    /// Changes files of the workspace: under the repository lock, with these paths registered as written, so that no
    /// other process of hftml or DVC reads or writes them meanwhile.
    ///
    /// - Parameters:
    ///   - paths: absolute.
    ///   - command: what other processes are told that holds them, such as `hftml add`.
    ///   - onWait: gets a sentence for people whenever another process has to finish first.
    package func changing<T>(
        _ paths: [String], command: String, onWait: (String) -> Void = { _ in }, _ body: () throws -> T
    ) throws -> T {
        try pathLock(command).holding(
            write: paths,
            onWait: {
                onWait("waiting for process \($0.processID) (\($0.command)) to finish with '\(shown($0.path))' …")
            }
        ) {
            try locked(onWait: { onWait("waiting for another process to release the workspace …") }) { try body() }
        }
    }

    /// The pointer that a person means by its own path or by that of its data.
    ///
    /// - Throws: ``Failure`` with code `data.unknown-target` where there is none; ``ConfigError`` for one that cannot
    ///   be read.
    package func pointer(named target: String) throws -> PointerFile {
        let path = Paths.absolute(target)
        let file = path.hasSuffix(".dvc") ? path : path + ".dvc"
        guard Paths.exists(file) else {
            throw Failure(
                "data.unknown-target", "found no pointer '\(Paths.relative(file, to: Paths.absolute(".")))'",
                hint: "see what there is with: hftml status; stage outputs belong to their pipeline",
                exitStatus: .usage)
        }
        return try pointer(at: file)
    }
}
