import Deployment
package import ModelBundles

/// What of a key's roles speaks for a person: an approval signed by the key of a gate or a host is no approval.
extension PublicKey {
    /// Without those of programs; see `EnvironmentAuthority.Role.tools`.
    package var peopleRoles: [String] { roles.filter { !EnvironmentAuthority.Role.tools.contains($0) } }

    /// The key with its roles of people alone.
    var asPerson: PublicKey {
        var key = self
        key.roles = peopleRoles
        return key
    }

    /// Why what it signs is no person's word; nil where it may be.
    package var toolObjection: String? {
        guard !roles.isEmpty, peopleRoles.isEmpty else { return nil }
        return
            "the key of '\(name)' (\(id)) has only roles of programs (\(roles.joined(separator: ", "))), and what it "
            + "signs is no person's word"
    }
}
