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

    /// Why a host may open no orders: an earlier document named it, or the newest names others, and not this one. Where
    /// none was ever named it is only told of, as ``unnamed(_:_:)`` says.
    func dismissed(_ key: PublicKey, _ authority: AuthorityEnvelope) throws -> String? {
        let document = authority.authority
        guard !HostView.isNamed(key, document) else { return nil }
        let own = "its host: the key '\(key.name)' (\(key.id))"
        if let named = try trail(authority).documents.last(where: { HostView.isNamed(key, $0) }) {
            return "\(own) was a host's in document \(named.counter), and is none in document \(document.counter) of "
                + "'\(document.name)'"
        }
        // A key that was made where the one before was lost: nobody believes what it signs.
        let others = document.keys.filter { HostView.isNamed($0, document) }.map { "'\($0.name)'" }
        guard !others.isEmpty else { return nil }
        return "\(own) is no host's in document \(document.counter) of '\(document.name)', which names "
            + others.joined(separator: ", ")
    }

    /// What an operator should mend: what is in force was ordered for another host, as after a key was replaced in the
    /// same place. It trades on, and nothing new follows it.
    func orderedElsewhere(_ bundle: ModelBundle, _ key: PublicKey) -> String? {
        guard let terms = bundle.terms, let order = try? DeploymentOrder(terms.deployment), let host = order.host,
            host != key.id
        else { return nil }
        let reference = "\(bundle.identity.name)/\(bundle.identity.version)"
        return "revision \(order.counter) (\(reference)) was ordered for the host \(host), and this is '\(key.name)' "
            + "(\(key.id)); judge and promote it again: \(directory.again(reference))"
    }

    private static func isNamed(_ key: PublicKey, _ document: EnvironmentAuthority) -> Bool {
        document.keys.contains {
            $0.id == key.id && $0.roles.contains(EnvironmentAuthority.Role.host) && $0.revoked == nil
        }
    }
}

extension DeploymentDirectory {
    /// How what lies in force is judged and promoted anew here: by the directory, since another host of the environment
    /// has the same name.
    func again(_ reference: String) -> String {
        "hftml gate \(reference) --for '\(directory)' --key GATE …; hftml promote \(reference) --to '\(directory)' "
            + "--key PROMOTER …"
    }
}
