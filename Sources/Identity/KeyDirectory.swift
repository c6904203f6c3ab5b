import Basics
import Foundation

/// Where a person's private keys lie: with the person, not in a project, where `git add .` would take them along.
///
/// `HFTML_KEYS_DIRECTORY` (of a service or a container), else `hftml/keys` in `XDG_CONFIG_HOME`, else in `.config` of
/// the home directory. Files in it are readable by their owner only, and a `.gitignore` keeps Git from it wherever it
/// is.
package struct KeyDirectory: Sendable, Equatable {
    /// Absolute.
    package let path: String

    /// - Parameter environment: variables of the caller; where `HOME` is missing, the account's directory counts.
    /// - Throws: ``Failure`` with code `key.directory` for a relative path: it would be another one in every directory.
    package init(environment: [String: String]) throws {
        func variable(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
        if let named = variable("HFTML_KEYS_DIRECTORY") {
            guard named.hasPrefix("/") else {
                throw Failure(
                    "key.directory", "found HFTML_KEYS_DIRECTORY '\(named)', expected an absolute path",
                    hint: "for example: export HFTML_KEYS_DIRECTORY=$HOME/.config/hftml/keys", exitStatus: .usage)
            }
            path = Paths.absolute(named)
        } else if let settings = variable("XDG_CONFIG_HOME"), settings.hasPrefix("/") {
            path = Paths.absolute("\(settings)/hftml/keys")
        } else if let home = variable("HOME") ?? Account.current.home, home.hasPrefix("/") {
            path = Paths.absolute("\(home)/.config/hftml/keys")
        } else {
            throw Failure(
                "key.directory", "found no home directory for private keys",
                hint: "name one: export HFTML_KEYS_DIRECTORY=/PATH", exitStatus: .usage)
        }
    }

    /// Where the private key of a name lies, or would.
    package func file(_ name: String) -> String { "\(path)/\(name).key.json" }

    /// Names of the keys that are there.
    package func names() throws -> [String] {
        guard Paths.isDirectory(path) else { return [] }
        return try Paths.entries(path).filter { $0.hasSuffix(".key.json") }.map { String($0.dropLast(9)) }.sorted()
    }

    /// Makes the directory, for its owner alone.
    package func prepare() throws {
        guard !Paths.isDirectory(path) else { return try ignore() }
        try Paths.makeDirectory(path)
        guard chmod(path, 0o700) == 0 else { throw FileError("protect", path) }
        try ignore()
    }

    private func ignore() throws {
        let file = "\(path)/.gitignore"
        if !Paths.exists(file) { try AtomicFile.write("# Private keys are nobody else's.\n*.key.json\n", to: file) }
    }
}

/// The account that a process runs under, by its number: not a variable that whoever starts the process may set.
package struct Account: Sendable, Equatable {
    /// As the system knows it; `uid-1000` where it has no name.
    package let name: String
    /// Its home directory.
    package let home: String?

    /// Of the real user of this process.
    package static var current: Account {
        var entry = passwd(), found: UnsafeMutablePointer<passwd>?
        var buffer = [CChar](repeating: 0, count: 1 << 16)
        let number = getuid()
        guard getpwuid_r(number, &entry, &buffer, buffer.count, &found) == 0, found != nil, let name = entry.pw_name
        else { return Account(name: "uid-\(number)", home: nil) }
        return Account(name: String(cString: name), home: entry.pw_dir.map { String(cString: $0) })
    }
}
