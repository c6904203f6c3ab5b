import Basics
import CGit2

/// The repository's own configuration, and the remotes that it names.
extension GitRepository {
    /// Sets a value.
    package func configure(_ key: String, _ value: String) throws {
        try withConfiguration { local in
            guard git_config_set_string(local, key, value) == 0 else {
                throw GitRepository.failure("cannot set '\(key)'")
            }
        }
    }

    /// Adds one of several values, in the place of those that the expression fits.
    package func configure(_ key: String, adding value: String, replacing expression: String) throws {
        try withConfiguration { local in
            guard git_config_set_multivar(local, key, expression, value) == 0 else {
                throw GitRepository.failure("cannot add to '\(key)'")
            }
        }
    }

    /// Names of the remotes.
    ///
    /// - Throws: ``Failure`` with code `git.failed`.
    package func remotes() throws -> [String] {
        var list = git_strarray()
        guard git_remote_list(&list, handle) == 0 else { throw GitRepository.failure("cannot read the remotes") }
        defer { git_strarray_dispose(&list) }
        return (0..<list.count).compactMap { list.strings[$0].map { String(cString: $0) } }.sorted()
    }

    private func withConfiguration(_ body: (OpaquePointer) throws -> Void) throws {
        var config: OpaquePointer?
        guard git_repository_config(&config, handle) == 0, let config else {
            throw GitRepository.failure("cannot open Git's configuration")
        }
        defer { git_config_free(config) }
        var local: OpaquePointer?
        guard git_config_open_level(&local, config, GIT_CONFIG_LEVEL_LOCAL) == 0, let local else {
            throw GitRepository.failure("cannot open Git's configuration")
        }
        defer { git_config_free(local) }
        try body(local)
    }
}
