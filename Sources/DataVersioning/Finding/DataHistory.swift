import Basics

/// Everything that was ever under version control: what the pointers and locks of the workspace and of all commits
/// name.
package struct DataHistory: Sendable {
    package struct Version: Sendable {
        package var data: TrackedData
        /// The first commit that names it; nil where only the workspace does.
        package var commit: String?
        /// When that commit was made, in seconds since 1970.
        package var time: Int?
        /// Whether a file of the workspace names it now.
        package var isPresent = false
    }

    /// What a stage read and made once, as a lock says. Paths are from the root of the workspace.
    package struct Stage: Sendable {
        package struct Place: Sendable {
            package var path: String
            /// With `.dir` for a directory.
            package var md5: String
            package var isLegacy: Bool

            package init(path: String, md5: String, isLegacy: Bool = false) {
                (self.path, self.md5, self.isLegacy) = (path, md5, isLegacy)
            }
        }

        package var name: String
        package var dependencies: [Place]
        package var outputs: [Place]
    }

    /// Each content of a path once; oldest commit first, what is in no commit at the end.
    package private(set) var versions: [Version] = []
    /// Each state of a stage once, as far as locks tell; oldest first.
    package private(set) var stages: [Stage] = []
    /// Pointers and locks, of the workspace or of commits, that cannot be read.
    package private(set) var unreadable: [UnreadableFile] = []
    /// Whether older commits were left out when the repository was cloned.
    package private(set) var isShallow = false

    /// - Parameters:
    ///   - isWanted: names of further files whose contents are of interest.
    ///   - visit: takes those: the path from the root of the workspace, and the text.
    /// - Complexity: linear in the distinct trees of all commits, and in the distinct pointers and locks.
    /// - Throws: ``Failure`` for a Git repository that cannot be read.
    package init(
        of workspace: Workspace, also isWanted: (String) -> Bool = { _ in false },
        visit: (_ path: String, _ text: String) -> Void = { _, _ in }
    ) throws {
        var notes = Notes()
        if let repository = try GitRepository.around(workspace.root) {
            isShallow = repository.isShallow
            let prefix = workspace.gitPrefix(repository)
            for file in try repository.firstVersions(named: { Workspace.holdsData($0) || isWanted($0) }) {
                guard let path = file.path.rest(after: prefix) else { continue }
                do {
                    let text = String(decoding: try file.read(), as: UTF8.self)
                    guard Workspace.holdsData(Paths.name(path)) else {
                        visit(path, text)
                        continue
                    }
                    for item in try workspace.items(path, text: text) { notes.add(item, file.commit, file.time) }
                    if path.isLock { try notes.add(stagesOf: path, text: text, workspace) }
                } catch { unreadable.append(UnreadableFile(path, commit: file.commit, error)) }
            }
        }
        let present = try workspace.tracked()
        for item in present.data { notes.add(item, nil, nil) }
        unreadable += present.unreadable
        for file in try workspace.files(named: { $0 == "dvc.lock" || isWanted($0) }) {
            let path = workspace.shown(file)
            do {
                let text = try FileChunks.text(file)
                if path.isLock { try notes.add(stagesOf: path, text: text, workspace) } else { visit(path, text) }
            } catch {
                // A lock that cannot be read is among the unreadable already.
                if !path.isLock { unreadable.append(UnreadableFile(path, error)) }
            }
        }
        (versions, stages) = (notes.versions, notes.stages)
    }

    /// What was found, each once.
    private struct Notes {
        var versions: [Version] = []
        var stages: [Stage] = []
        private var places: [[UInt8]: Int] = [:]
        private var seen: Set<[UInt8]> = []

        mutating func add(_ data: TrackedData, _ commit: String?, _ time: Int?) {
            guard !data.entry.md5.isEmpty else { return }
            let key = Array("\(data.entry.md5)\(data.entry.isLegacy ? " 2" : "") \(data.path)".utf8)
            if let place = places[key] {
                if commit == nil { versions[place].isPresent = true }
                return
            }
            places[key] = versions.count
            versions.append(Version(data: data, commit: commit, time: time, isPresent: commit == nil))
        }

        mutating func add(stagesOf path: String, text: String, _ workspace: Workspace) throws {
            for (name, stage) in try LockFile(path, text: text).stages {
                let stage = Stage(name, stage, of: path, in: workspace)
                if seen.insert(stage.key).inserted { stages.append(stage) }
            }
        }
    }
}

extension String {
    fileprivate var isLock: Bool { Paths.name(self) == "dvc.lock" }
}

extension DataHistory.Stage {
    /// - Parameter file: the lock, relative to the workspace.
    fileprivate init(_ name: String, _ stage: LockFile.Stage, of file: String, in workspace: Workspace) {
        let base = Paths.parent(file) == "." ? "" : Paths.parent(file)
        func places(_ entries: [DataEntry]) -> [Place] {
            entries.filter { !$0.md5.isEmpty }.map {
                Place(
                    path: workspace.shown(Paths.normalized(Paths.join(base, $0.path))), md5: $0.md5,
                    isLegacy: $0.isLegacy)
            }
        }
        self.name = name
        (dependencies, outputs) = (places(stage.dependencies), places(stage.outputs))
    }

    /// Tells states of stages apart.
    fileprivate var key: [UInt8] {
        Array((dependencies + outputs).map { "\($0.md5)\($0.path)" }.joined(separator: "\0").utf8)
    }
}
