import Basics

/// Public keys whose signatures count, one file each in a directory.
package struct TrustedKeys: Sendable {
    /// Also those that have expired or were revoked.
    package let keys: [PublicKey]

    /// A set of keys.
    package init(_ keys: [PublicKey]) { self.keys = keys }

    /// An absent directory trusts nobody.
    package init(directory: String) throws {
        guard Paths.isDirectory(directory) else {
            keys = []
            return
        }
        keys = try Paths.files(below: directory).filter { $0.hasSuffix(".pub.json") }.map {
            try PublicKey.read(Paths.join(directory, $0))
        }
    }

    /// The key of that id, or nil.
    package func key(id: String) -> PublicKey? { keys.first { $0.id == id } }
}
