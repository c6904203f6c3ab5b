import Basics
import Deployment
import ModelBundles

/// Whether the environment's document names a host.
extension HostView {
    /// Why what a host signs counts for nothing: its key is not one that the document names.
    func unnamed(_ key: PublicKey, _ document: EnvironmentAuthority) -> String? {
        guard !HostView.isNamed(key, document) else { return nil }
        return "the key of this host '\(key.name)' (\(key.id)) is no host's in document \(document.counter) of "
            + "'\(document.name)', so none of its receipts counts; bring back the key that is, or name this one in "
            + "environment.yaml with the role host, then: hftml environments sign \(document.name) --as KEY"
    }

    /// Why a host may open no orders: an earlier document named it, and the newest does not. A host that no document
    /// has named yet is only told of, as ``unnamed(_:_:)`` says.
    func dismissed(_ key: PublicKey, _ authority: AuthorityEnvelope) throws -> String? {
        let document = authority.authority
        guard !HostView.isNamed(key, document),
            let named = try trail(authority).documents.last(where: { HostView.isNamed(key, $0) })
        else { return nil }
        return "its host: the key '\(key.name)' (\(key.id)) was a host's in document \(named.counter), and is none in "
            + "document \(document.counter) of '\(document.name)'"
    }

    private static func isNamed(_ key: PublicKey, _ document: EnvironmentAuthority) -> Bool {
        document.keys.contains {
            $0.id == key.id && $0.roles.contains(EnvironmentAuthority.Role.host) && $0.revoked == nil
        }
    }
}
