import Basics
import Deployment
package import ModelBundles

extension GatePolicy {
    /// Somewhere in a policy that asks for people.
    package struct AskedRoles: Sendable, Equatable {
        /// The id of the rule; `waivers` for who may sign those.
        package let by: String
        /// Of which each person must have one; empty for any.
        package let roles: [String]
    }

    /// Where the policy asks for people, and in which roles.
    package var askedRoles: [AskedRoles] {
        let rules = rules.compactMap { instance in
            (instance.rule as? Approvals).map { AskedRoles(by: instance.id, roles: $0.roles) }
        }
        return rules + (waiverRoles.isEmpty ? [] : [AskedRoles(by: "waivers", roles: waiverRoles)])
    }

    /// Of the key that signs backups, which `environments init` names: no policy asks for it.
    private static let backup = "backup"

    /// What a document's keys leave open for this policy, a sentence each: roles that it asks for and no key has, and
    /// roles that it never asks for, with the one that was probably meant.
    package func remarks(on keys: [PublicKey]) -> [String] {
        let asked = askedRoles, wanted = Set(asked.flatMap(\.roles)).sorted(),
            held = Set(keys.filter { $0.revoked == nil }.flatMap(\.peopleRoles))
        let open = asked.filter { !$0.roles.isEmpty && held.isDisjoint(with: $0.roles) }.map {
            "'\($0.by)' of the policy '\(name)' asks for \($0.roles.joined(separator: ", ")), which no key here has"
        }
        let asksForAnybody = asked.contains { $0.roles.isEmpty }
        let strange = keys.flatMap { key in
            key.peopleRoles.filter { !wanted.contains($0) && $0 != GatePolicy.backup && key.revoked == nil }.compactMap
            { role -> String? in
                let known = wanted + EnvironmentAuthority.Role.tools.sorted()
                let near = NearestName.of(role, in: known).map { "; did you mean '\($0)'?" }
                guard near != nil || !asksForAnybody else { return nil }
                return "the policy '\(name)' asks nobody for the role '\(role)' of '\(key.name)'" + (near ?? "")
            }
        }
        return open + strange
    }
}
