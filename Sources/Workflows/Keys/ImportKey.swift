import Basics
package import ModelBundles
import Registry

/// The public half of an SSH key in; a key of this project out, whose owner signs with `ssh-agent` or `ssh-keygen`.
package enum ImportKey {
    /// - Parameters:
    ///   - path: a file such as `id_ed25519.pub`.
    ///   - name: what the key is called here.
    ///   - person: whose it is; the name where nothing is said.
    /// - Throws: ``Failure`` with code `key.format`, `key.name` or `key.exists`.
    package static func run(_ path: String, name: String, person: String?, session: Session) throws -> PublicKey {
        try ManageKeys.check(name, session: session)
        if let person { try ManageKeys.check(person: person) }
        let text = try FileChunks.text(session.path(path))
        let key = try PublicKey(sshLine: text, name: name, person: person)
        let target = ManageKeys.publicPath(name, session: session)
        if Paths.exists(target) {
            guard try PublicKey.read(target).id == key.id else {
                throw Failure(
                    "key.exists", "found another key named '\(name)' already", hint: "choose another name: --name NAME")
            }
        }
        try AtomicFile.write(key.json.text(.pretty) + "\n", to: target)
        try session.registry().audit(
            action: "key.import", subject: .key(name),
            detail: .map([
                "keyID": .string(key.id), "kind": .string(key.sshKind), "person": .string(key.person),
            ]))
        return key
    }
}
