import Basics
package import Identity
package import ModelBundles
import Registry

/// A key's name in; whatever signs with it out: a file of the person, one that lies in the workspace from before, or an
/// SSH agent.
package enum PrivateKeys {
    /// See ``KeyDirectory``.
    package static func directory(_ session: Session) throws -> KeyDirectory {
        try KeyDirectory(environment: session.caller.environment)
    }

    /// Where keys lay before: inside the workspace. They still count.
    static func olderPath(_ name: String, session: Session) -> String {
        "\(session.root)/Registry/keys/\(name).key.json"
    }

    /// Where the private key of a name lies; where it would be made, if there is none.
    static func path(_ name: String, session: Session) throws -> String {
        let path = try directory(session).file(name), older = olderPath(name, session: session)
        return !Paths.exists(path) && Paths.exists(older) ? older : path
    }

    /// Whether the private half of a key is in the person's directory or, from before, in the workspace. Of a key in an
    /// SSH agent nobody can tell.
    static func holds(_ key: PublicKey, session: Session) -> Bool {
        guard PlainName.isPlain(key.name), let path = try? path(key.name, session: session) else { return false }
        return (try? PrivateKeyFile.publicKey(path))?.id == key.id
    }

    /// Whatever signs with a key.
    ///
    /// - Parameter typed: a name of `keys list`, a file of a private key, or `ssh:NAME` for one in an SSH agent.
    /// - Throws: ``Failure`` with code `key.none`, `key.passphrase`, `key.permissions` or `ssh.…`.
    package static func signer(_ typed: String, session: Session) throws -> any Signer {
        if typed.hasPrefix("ssh:") { return try agentSigner(String(typed.dropFirst(4)), session: session) }
        if typed.contains("/") || typed.hasSuffix(".json") { return try read(session.path(typed), session: session) }
        let path = try path(typed, session: session)
        guard Paths.exists(path) else {
            let known = ManageKeys.publicPath(typed, session: session)
            if Paths.exists(known), try PublicKey.read(known).sshKind != nil {
                return try agentSigner(typed, session: session)
            }
            throw Failure(
                "key.none", "found no private key '\(typed)' in '\(try directory(session).path)'",
                hint: try missing(typed, isKnown: Paths.exists(known), session: session), exitStatus: .usage)
        }
        if path == olderPath(typed, session: session), try directory(session).file(typed) != path {
            session.caller.conversation.say(
                "the private key '\(typed)' lies in the workspace; move it to your own directory: hftml keys move")
        }
        return try read(path, session: session)
    }

    /// What to do without a private key. Where the project knows its public half, a new one would be another key.
    private static func missing(_ name: String, isKnown: Bool, session: Session) throws -> String {
        let here = Set(try names(session)).sorted()
        guard isKnown else {
            return NearestName.of(name, in: here).map { "did you mean '\($0)'?" }
                ?? "make one with: hftml keys generate \(name)"
        }
        return
            "its public half is in this project, so it is the key of somebody else, or of another machine: sign there"
            + (here.isEmpty ? "" : ", or with a key that is here: \(here.joined(separator: ", "))")
    }

    /// The public half of what ``signer(_:session:)`` signs with; asks for no passphrase and no agent.
    ///
    /// - Throws: as ``signer(_:session:)``.
    static func publicKey(_ typed: String, session: Session) throws -> PublicKey {
        if typed.contains("/") || typed.hasSuffix(".json") {
            return try PrivateKeyFile.publicKey(session.path(typed))
        }
        let name = typed.hasPrefix("ssh:") ? String(typed.dropFirst(4)) : typed
        let path = try path(name, session: session), known = ManageKeys.publicPath(name, session: session)
        if name == typed, Paths.exists(path) { return try PrivateKeyFile.publicKey(path) }
        if Paths.exists(known), case let key = try PublicKey.read(known), key.sshKind != nil { return key }
        return try signer(typed, session: session).publicKey
    }

    private static func agentSigner(_ name: String, session: Session) throws -> any Signer {
        let path = ManageKeys.publicPath(name, session: session)
        guard Paths.exists(path) else {
            throw Failure(
                "key.none", "found no SSH key '\(name)' in this project",
                hint: "bring its public half in: hftml keys import ~/.ssh/id_ed25519.pub --name \(name)",
                exitStatus: .usage)
        }
        return try SSHAgentSigner(
            try PublicKey.read(path), agent: try SSHAgent(environment: session.caller.environment))
    }

    /// A key in a file, opened with its passphrase where it has one.
    static func read(_ path: String, session: Session) throws -> SigningKey {
        try PrivateKeyFile.read(path, passphrase: try passphrases(session).existing)
    }

    static func passphrases(_ session: Session) throws -> PassphraseSource {
        PassphraseSource(
            environment: session.caller.environment, ask: session.caller.conversation.askSecret)
    }

    /// Of keys in the person's directory and, from before, in the workspace.
    static func names(_ session: Session) throws -> [String] {
        let older = "\(session.root)/Registry/keys"
        let found = Paths.isDirectory(older) ? try Paths.entries(older) : []
        return try directory(session).names()
            + found.filter { $0.hasSuffix(".key.json") }.map { String($0.dropLast(9)) }
    }

    /// Moves private keys out of the workspace into the person's directory.
    ///
    /// - Parameter asksPassphrase: whether to put them under a passphrase where somebody can be asked.
    /// - Returns: their names, and where they lie now.
    /// - Throws: ``Failure`` with code `key.exists` where another key of a name is there; nothing of it is moved then.
    package static func move(asksPassphrase: Bool, session: Session) throws -> (names: [String], directory: String) {
        let target = try directory(session), older = "\(session.root)/Registry/keys"
        var moved: [String] = []
        for file in Paths.isDirectory(older) ? try Paths.entries(older).sorted() : []
        where file.hasSuffix(".key.json") && target.path != Paths.absolute(older) {
            let name = String(file.dropLast(9)), source = "\(older)/\(file)", path = target.file(name)
            if Paths.exists(path) {
                guard try PrivateKeyFile.publicKey(path).raw == PrivateKeyFile.publicKey(source).raw else {
                    throw Failure(
                        "key.exists", "found another private key '\(name)' in '\(target.path)' already",
                        hint: "keep one of the two: '\(session.shown(source))' or '\(path)'")
                }
            } else {
                try target.prepare()
                let isSealed = try PrivateKeyFile.isSealed(source)
                let key = try read(source, session: session)
                let passphrase =
                    isSealed
                    ? try passphrases(session).existing(name)
                    : asksPassphrase ? try passphrases(session).new(name) : nil
                try PrivateKeyFile.write(key, passphrase: passphrase, to: path)
            }
            // The record first: a key that is nowhere any more was moved by somebody.
            try session.registry().audit(
                action: "key.move", subject: .key(name),
                detail: .map(["keyID": .string(try PrivateKeyFile.publicKey(path).id)]))
            try Paths.remove(source)
            moved.append(name)
        }
        return (moved, target.path)
    }
}
