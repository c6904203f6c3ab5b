import Basics
package import Deployment
import ModelBundles

/// Names of keys in the document that lies in a host's directory, whoever signed it: for words alone.
extension DeploymentDirectory {
    private var namedKeys: [PublicKey] {
        (try? AuthorityEnvelope(HostFile.words(authorityFile)))?.authority.keys ?? []
    }

    /// A name for a host's key that the document gives to no other one.
    var freeHostName: String {
        let names = Set(namedKeys.map(\.name)), first = "\(name)-host"
        guard names.contains(first) else { return first }
        return (2...).lazy.map { "\(first)-\($0)" }.first { !names.contains($0) } ?? first
    }

    /// What whoever made a host's key should know: the document gives its name to another one, such as that of a host
    /// which is lost.
    ///
    /// - Parameter id: of the key that was made.
    package func nameTaken(_ name: String, id: String) -> String? {
        guard let other = namedKeys.first(where: { $0.name == name }), other.id != id,
            !namedKeys.contains(where: { $0.id == id })
        else { return nil }
        return "warning: the document here gives the name '\(name)' to another key, \(other.id): receipts of the two "
            + "are told apart by their ids alone; for a name of its own: rm \(hostKey), then the same again with "
            + "--name \(freeHostName)"
    }
}
