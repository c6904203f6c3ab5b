package import Basics

extension RepositorySettings.Remote {
    /// An option that is a number of seconds; nil where it is not set.
    ///
    /// - Throws: ``Failure`` with code `remote.option-value` for anything but a whole number from 1 to 86,400.
    func seconds(_ option: String) throws -> Int? {
        guard let text = options[option] else { return nil }
        guard let value = Int(text), (1...86_400).contains(value) else {
            throw Failure(
                "remote.option-value",
                "found '\(text)' as '\(option)' of the remote '\(name)', "
                    + "expected seconds from 1 to 86400",
                hint: "set it with: hftml remote modify \(name) \(option) 60", exitStatus: .usage)
        }
        return value
    }
}

/// An option of a remote, as DVC's configuration files write it.
package struct RemoteOption: Sendable, Equatable {
    /// Whether it must not be written to a file that Git tracks, nor be shown.
    package let isSecret: Bool
    /// Whether a relative value starts at the directory of the file that states it.
    package let isPath: Bool

    init(isSecret: Bool = false, isPath: Bool = false) {
        self.isSecret = isSecret
        self.isPath = isPath
    }

    /// All that DVC knows; those marked "for dvc" are kept for it and have no effect here.
    package static let kinds = Kinds<RemoteOption>(
        "option",
        [
            .init("url", "where the objects are", RemoteOption(isPath: true)),
            .init("jobs", "transfers at once", RemoteOption()),
            .init("endpointurl", "S3: another service than Amazon's", RemoteOption()),
            .init("region", "S3: the region; us-east-1 if nothing says otherwise", RemoteOption()),
            .init("profile", "S3: the section of the credentials file", RemoteOption()),
            .init("credentialpath", "S3: the credentials file", RemoteOption(isPath: true)),
            .init("access_key_id", "S3: the key's name", RemoteOption(isSecret: true)),
            .init("secret_access_key", "S3: the key", RemoteOption(isSecret: true)),
            .init("session_token", "S3: the token of a temporary key", RemoteOption(isSecret: true)),
            .init("connect_timeout", "S3: seconds until a connection must stand; 10", RemoteOption()),
            .init("read_timeout", "S3: seconds without a byte of an answer; 60", RemoteOption()),
            .init("user", "SSH: the user there", RemoteOption()),
            .init("port", "SSH: the port", RemoteOption()),
            .init("keyfile", "SSH: the private key", RemoteOption(isPath: true)),
            .init(
                "timeout", "SSH: seconds until a connection must stand, 20, and without a byte of an answer, 60",
                RemoteOption()),
            .init("password", "for dvc; hftml takes keys and agents only", RemoteOption(isSecret: true)),
        ]
            + [
                "type", "checksum_jobs", "shared", "verify", "worktree", "version_aware", "sse", "acl", "use_ssl",
                "ssl_verify", "allow_agent", "max_sessions", "ask_password", "gss_auth", "configpath", "no_traverse",
                "checksum_local", "sse_kms_key_id", "allow_anonymous_login", "grant_read", "grant_read_acp",
                "grant_write_acp", "grant_full_control",
            ].map { .init($0, "for dvc", RemoteOption()) })
}
