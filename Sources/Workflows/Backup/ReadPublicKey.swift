package import ModelBundles
import Basics

/// A public key as people name it in; the key out.
package enum ReadPublicKey {
    /// What others verify with.
    package typealias Key = PublicKey

    /// - Parameters:
    ///   - name: a file, or the name of a key of the project or one that it trusts.
    ///   - session: of the project; nil where a file is named.
    /// - Throws: ``Failure`` with code `key.not-trusted`, ``FileError``.
    package static func run(_ name: String, session: Session?, caller: Caller) throws -> PublicKey {
        guard let session else { return try PublicKey.read(caller.path(name)) }
        let places = [
            "\(session.root)/Registry/trusted/\(name).pub.json", ManageKeys.publicPath(name, session: session),
        ]
        guard let path = places.first(where: Paths.exists) else {
            throw Failure("key.not-trusted", "found no key '\(name)' in this project", hint: "see: hftml keys list")
        }
        return try PublicKey.read(path)
    }
}
