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

    /// Each content of a path once; oldest commit first, what is in no commit at the end.
    package private(set) var versions: [Version] = []
    /// Pointers and locks, of the workspace or of commits, that cannot be read.
    package private(set) var unreadable: [UnreadableFile] = []
    /// Whether older commits were left out when the repository was cloned.
    package private(set) var isShallow = false

    /// - Complexity: linear in the distinct trees of all commits, and in the distinct pointers and locks.
    /// - Throws: ``Failure`` for a Git repository that cannot be read.
    package init(of workspace: Workspace) throws {
        var places: [[UInt8]: Int] = [:]
        func note(_ data: TrackedData, _ commit: String?, _ time: Int?) {
            guard !data.entry.md5.isEmpty else { return }
            let key = Array("\(data.entry.md5)\(data.entry.isLegacy ? " 2" : "") \(data.path)".utf8)
            if let place = places[key] {
                if commit == nil { versions[place].isPresent = true }
                return
            }
            places[key] = versions.count
            versions.append(Version(data: data, commit: commit, time: time, isPresent: commit == nil))
        }
        if let repository = try GitRepository.around(workspace.root) {
            isShallow = repository.isShallow
            let prefix = workspace.gitPrefix(repository)
            for file in try repository.firstVersions(named: Workspace.holdsData) where file.path.hasPrefix(prefix) {
                let path = String(file.path.dropFirst(prefix.count))
                do {
                    let items = try workspace.items(path, text: String(decoding: try file.read(), as: UTF8.self))
                    for item in items { note(item, file.commit, file.time) }
                } catch { unreadable.append(UnreadableFile(path, commit: file.commit, error)) }
            }
        }
        let present = try workspace.tracked()
        for item in present.data { note(item, nil, nil) }
        unreadable += present.unreadable
    }
}
