import Basics
import Foundation

/// DVC's configuration of a repository: system, global, `.dvc/config`, `.dvc/config.local`; later ones win.
package struct RepositorySettings: Sendable {
    package enum Level: String, Sendable, CaseIterable {
        case system, global, project, local

        /// Where the file of this level is.
        ///
        /// - Parameter environment: of the caller: `DVC_SYSTEM_CONFIG_DIR`, `DVC_GLOBAL_CONFIG_DIR`,
        ///   `XDG_CONFIG_HOME`, `HOME`.
        package func path(
            root: String, environment: [String: String]
        ) -> String {
            func directory(_ variable: String, _ fallback: String) -> String {
                environment[variable].flatMap { $0.isEmpty ? nil : $0 } ?? fallback
            }
            return switch self {
            case .system: directory("DVC_SYSTEM_CONFIG_DIR", "/etc/xdg/dvc") + "/config"
            case .global:
                directory(
                    "DVC_GLOBAL_CONFIG_DIR",
                    Paths.join(directory("XDG_CONFIG_HOME", Paths.join(environment["HOME"] ?? "/", ".config")), "dvc"))
                    + "/config"
            case .project: "\(root)/.dvc/config"
            case .local: "\(root)/.dvc/config.local"
            }
        }
    }

    /// One remote storage as configured; relative paths are made absolute.
    package struct Remote: Sendable, Equatable {
        package var name: String
        package var url: String
        package var options: [String: String]
        /// Variables of the caller, where storages look for what the options leave open.
        package var environment: [String: String]

        package init(name: String, url: String, options: [String: String], environment: [String: String]) {
            self.name = name
            self.url = url
            self.options = options
            self.environment = environment
        }
    }

    private static let sections = [
        "core", "cache", "parsing", "feature", "plots", "exp", "machine", "state", "index", "hydra", "studio", "db",
        "remote-scheme",
    ]

    private var values: [String: [String: String]] = [:]
    package private(set) var remoteNames: [String] = []
    private let root: String
    private let environment: [String: String]

    /// - Parameter environment: of the caller; remotes look there for what their options leave open.
    /// - Throws: ``ConfigError`` for unknown sections, as DVC does.
    package init(root: String, environment: [String: String]) throws {
        self.root = root
        self.environment = environment
        for level in Level.allCases {
            let path = level.path(root: root, environment: environment)
            guard Paths.exists(path), Paths.size(path) != 0 else { continue }
            for section in try INIFile(path).sections {
                if let name = RepositorySettings.remoteName(section.name), !remoteNames.contains(name) {
                    remoteNames.append(name)
                }
                guard section.name.contains("\"") || RepositorySettings.sections.contains(section.name) else {
                    throw ConfigError(
                        "found the unknown section '\(section.name)', expected one of "
                            + "\(RepositorySettings.sections.joined(separator: ", ")) or 'remote \"NAME\"'",
                        at: SourceMark(file: path, line: 1, column: 1),
                        hint: NearestName.of(section.name, in: RepositorySettings.sections).map {
                            "did you mean '\($0)'?"
                        })
                }
                for (key, value) in section.values {
                    // Paths are relative to the directory of the file that states them.
                    let isPath =
                        (key == "url" || key == "dir" || key == "keyfile" || key == "credentialpath")
                        && !value.contains("://") && !value.hasPrefix("/") && !value.hasPrefix("~")
                    values[section.name, default: [:]][key] =
                        isPath ? Paths.normalized(Paths.join(Paths.parent(path), value)) : value
                }
            }
        }
    }

    private static func remoteName(_ section: String) -> String? {
        guard section.hasPrefix("remote \""), section.hasSuffix("\"") else { return nil }
        return String(section.dropFirst(8).dropLast())
    }

    package subscript(section: String, key: String) -> String? { values[section]?[key] }

    package var defaultRemote: String? { self["core", "remote"] }

    /// - Parameter name: nil for the default remote.
    package func remote(_ name: String?) throws -> Remote { try remote(name, on: []) }

    /// - Parameter way: the remotes that refer to this one, so that a circle ends.
    private func remote(_ name: String?, on way: [String]) throws -> Remote {
        guard let name = name ?? defaultRemote else {
            throw Failure(
                "remote.none", "found no default remote", hint: "add one with: hftml remote add -d NAME URL",
                exitStatus: .usage)
        }
        guard let options = values["remote \"\(name)\""], let url = options["url"] else {
            throw Failure(
                "remote.unknown",
                "found no remote '\(name)', expected one of "
                    + "\(remoteNames.isEmpty ? "none" : remoteNames.joined(separator: ", "))",
                hint: NearestName.of(name, in: remoteNames).map { "did you mean '\($0)'?" }
                    ?? "add it with: hftml remote add \(name) URL", exitStatus: .usage)
        }
        // A remote may refer to another one: remote://other/path.
        if url.hasPrefix("remote://") {
            let rest = url.dropFirst(9).split(separator: "/", maxSplits: 1).map(String.init)
            guard let base = rest.first, base != name, !way.contains(base) else {
                throw Failure("remote.loop", "found the remote '\(name)' that refers to itself", exitStatus: .usage)
            }
            let parent = try remote(base, on: way + [name])
            return Remote(
                name: name, url: rest.count > 1 ? parent.url + "/" + rest[1] : parent.url,
                options: parent.options.merging(options) { $1 }, environment: environment)
        }
        return Remote(name: name, url: url, options: options, environment: environment)
    }

    /// Where the cache is.
    package var cacheDirectory: String { self["cache", "dir"] ?? "\(root)/.dvc/cache" }

    /// In order of preference.
    package var linkTypes: [LinkType] {
        let names = self["cache", "type"]?.split(separator: ",").map { String($0).trimmed } ?? []
        let types = names.compactMap { LinkType(rawValue: $0) }
        return types.isEmpty ? [.reflink, .copy] : types
    }

    package var isShared: Bool { self["cache", "shared"] == "group" }

    package var autostages: Bool { self["core", "autostage"]?.lowercased() == "true" }
}

/// How a workspace file comes from its cache object.
package enum LinkType: String, Sendable, CaseIterable { case reflink, hardlink, symlink, copy }
