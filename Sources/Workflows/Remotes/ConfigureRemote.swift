import Basics
package import DataVersioning

/// A remote storage and its options in; DVC's configuration files that say so out.
package enum ConfigureRemote {
    /// Which of DVC's configuration files is edited.
    package enum Level: String, Sendable, CaseIterable {
        /// Of all users of this machine.
        case system
        /// Of all repositories of this user.
        case global
        /// `.dvc/config`, which Git tracks.
        case project
        /// `.dvc/config.local`, which Git ignores: for secrets.
        case local

        fileprivate var settings: RepositorySettings.Level {
            switch self {
            case .system: .system
            case .global: .global
            case .project: .project
            case .local: .local
            }
        }
    }

    package struct Remote: Sendable, Equatable {
        package let name: String
        package let url: String
        package let isDefault: Bool
        /// Sorted by name, without the URL; a secret's value is `…`.
        package let options: [(name: String, value: String)]

        package static func == (a: Remote, b: Remote) -> Bool {
            a.name == b.name && a.url == b.url && a.isDefault == b.isDefault
                && a.options.elementsEqual(b.options, by: ==)
        }
    }

    /// Adds a remote.
    ///
    /// - Parameters:
    ///   - url: a directory, `ssh://USER@HOST/PATH` or `s3://BUCKET/PREFIX`; a relative directory is kept relative to
    ///     the file that states it, so that the repository can move.
    ///   - isDefault: whether it becomes the default.
    ///   - replaces: whether a remote of this name may be there already.
    /// - Returns: the URL as it was written.
    /// - Throws: ``Failure`` with code `remote.name`, `remote.exists` or `remote.scheme`.
    package static func add(
        _ name: String, url: String, isDefault: Bool = false, replaces: Bool = false, level: Level = .project,
        in workspace: Workspace
    ) throws -> String {
        guard !name.isEmpty, !name.contains(where: { "\"'[]\n".contains($0) }) else {
            throw Failure("remote.name", "found the name '\(name)', expected letters and digits", exitStatus: .usage)
        }
        try RepositorySettings.Remote.checkScheme(url)
        var written = url
        try edit(level, workspace) { file in
            if file.sections.contains(where: { $0.name == section(name) }), !replaces {
                throw Failure(
                    "remote.exists", "found a remote '\(name)' already",
                    hint: "change it with: hftml remote modify \(name) url \(url)", exitStatus: .usage)
            }
            written = kept(url, in: file)
            try file.set(section(name), "url", written)
            if isDefault { try file.set("core", "remote", name) }
        }
        return written
    }

    /// All remotes of all configuration files, in their order.
    package static func list(in workspace: Workspace) throws -> [Remote] {
        let settings = workspace.settings
        return try settings.remoteNames.map { name in
            let remote = try settings.remote(name)
            let options = remote.options.sorted { $0.key < $1.key }.filter { $0.key != "url" }.map {
                (name: $0.key, value: RemoteOption.kinds[$0.key]?.isSecret == true ? "…" : $0.value)
            }
            return Remote(
                name: name, url: remote.url, isDefault: name == settings.defaultRemote, options: options)
        }
    }

    /// The default remote; nil where there is none.
    package static func defaultRemote(in workspace: Workspace) -> String? { workspace.settings.defaultRemote }

    /// Sets the default remote; nil to have none.
    ///
    /// - Throws: ``Failure`` with code `remote.unknown` for a remote that is not configured.
    package static func setDefault(_ name: String?, level: Level = .project, in workspace: Workspace) throws {
        if let name { _ = try workspace.settings.remote(name) }
        try edit(level, workspace) { file in
            if let name { try file.set("core", "remote", name) } else { file.remove("core", "remote") }
        }
    }

    /// Refuses a secret where the next commit of everything would publish it.
    ///
    /// - Throws: ``Failure`` with code `remote.secret`; `git.failed` where Git cannot tell.
    private static func requireUntracked(_ option: String, _ workspace: Workspace) throws {
        let file = ".dvc/config.local", path = "\(Paths.resolved(workspace.root))/\(file)"
        guard let git = try GitRepository.around(workspace.root) else { return }
        let isTracked = try git.tracks(path)
        guard isTracked || !git.ignores(path) else { return }
        let root = Inbox.word(workspace.root)
        throw Failure(
            "remote.secret",
            "'\(option)' would be written to \(file), which Git " + (isTracked ? "tracks" : "does not ignore"),
            hint: isTracked
                ? "take it out of Git, where it keeps no secret: git -C \(root) rm -f --cached \(file)"
                : "have Git ignore it: echo /config.local >> \(Inbox.word("\(workspace.root)/.dvc/.gitignore"))",
            exitStatus: .refused)
    }

    /// Sets an option of a remote, or unsets it.
    ///
    /// - Parameter value: nil to unset the option.
    /// - Throws: ``Failure`` with code `remote.option` for an option that DVC does not know, `remote.secret` for a
    ///   secret that would be written to a file that Git tracks, or takes in with all others.
    package static func modify(
        _ name: String, option typed: String, value: String?, level: Level = .project, in workspace: Workspace
    ) throws {
        _ = try workspace.settings.remote(name)
        let option = typed.lowercased()
        guard let kind = RemoteOption.kinds[option] else {
            throw Failure.unknown("option", option, code: "remote.option", in: RemoteOption.kinds.names)
        }
        if kind.isSecret, level == .project, value != nil {
            throw Failure(
                "remote.secret", "'\(option)' would be written to .dvc/config, which Git tracks",
                hint: "keep it on this machine with: hftml remote modify --local \(name) \(option) …",
                exitStatus: .usage)
        }
        if kind.isSecret, level == .local, value != nil { try requireUntracked(option, workspace) }
        try edit(level, workspace) { file in
            guard let value else {
                file.remove(section(name), option)
                return
            }
            try file.set(section(name), option, kind.isPath ? kept(value, in: file) : value)
        }
    }

    /// Sets an option that was named with or without a value.
    ///
    /// - Throws: ``Failure`` with code `remote.option-value` where there is no value and none is to be unset.
    package static func modify(
        _ name: String, option: String, value: String?, isUnset: Bool, level: Level = .project,
        in workspace: Workspace
    ) throws {
        guard isUnset || value != nil else {
            throw Failure(
                "remote.option-value", "found no value for '\(option)'",
                hint: "to unset it: hftml remote modify --unset \(name) \(option)", exitStatus: .usage)
        }
        try modify(name, option: option, value: isUnset ? nil : value, level: level, in: workspace)
    }

    /// Forgets a remote; what it stores stays.
    ///
    /// - Throws: ``Failure`` with code `remote.unknown` where the file of this level does not name it.
    package static func remove(_ name: String, level: Level = .project, in workspace: Workspace) throws {
        try edit(level, workspace) { file in
            guard file.remove(section: section(name)) else {
                throw Failure("remote.unknown", "found no remote '\(name)' in '\(file.path)'", exitStatus: .usage)
            }
            if file.sections.contains(where: { $0.name == "core" && $0.values.contains { $0 == ("remote", name) } }) {
                file.remove("core", "remote")
            }
        }
    }

    // MARK: Files

    private static func section(_ name: String) -> String { "remote \"\(name)\"" }

    /// A path as the file keeps it: relative to its directory where it was typed relative.
    private static func kept(_ value: String, in file: INIFile) -> String {
        guard !value.contains("://"), !value.hasPrefix("/"), !value.hasPrefix("~") else { return value }
        return Paths.relative(Paths.absolute(value), to: Paths.parent(file.path))
    }

    /// Reads, changes and writes the file of a level under the repository lock.
    private static func edit(_ level: Level, _ workspace: Workspace, _ body: (inout INIFile) throws -> Void) throws {
        try workspace.locked {
            let path = level.settings.path(root: workspace.root, environment: workspace.environment)
            // A person's own settings may be a link; what Git has for everybody is none to somebody's secrets.
            if path.isBelow(workspace.root) { try OwnFile.requireNoLink(path) }
            var file = try INIFile(path)
            try body(&file)
            try file.write()
        }
    }
}
