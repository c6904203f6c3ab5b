package import Basics
package import ModelBundles
package import Trading

/// What may run in an environment, under which policy, signed by whom, within which hard limits: its document.
///
/// It is tracked, signed by a threshold of root keys and counted, so that an older one never replaces a newer. Whoever
/// runs a command can tighten what stands here, never choose it.
package struct EnvironmentAuthority: Sendable, Equatable {
    /// Media type of the signed payload.
    package static let payloadType = "application/vnd.hftml.environment+json"

    /// What one key of the environment may do; the tools' own roles. People's roles, such as `validator`, are free.
    package enum Role {
        /// Signs verdicts, where CI runs.
        package static let gate = "gate"
        /// Signs deployments: promotions and rollbacks.
        package static let promoter = "promoter"
        /// Signs heads of the audit log.
        package static let log = "log"
        /// A trading host: signs receipts, and its own rollbacks where it has ``promoter`` as well.
        package static let host = "host"
        /// Roles of programs: what a key signs in them is no person's word.
        package static let tools: Set<String> = [gate, promoter, log, host]
    }

    /// A span of time in which nothing is promoted. A rollback is allowed: it makes safe.
    package struct Freeze: Sendable, Equatable {
        /// First moment.
        package var from: Nanoseconds
        /// First moment after it.
        package var to: Nanoseconds
        /// For people.
        package var reason: String

        /// A span as given.
        package init(from: Nanoseconds, to: Nanoseconds, reason: String) {
            (self.from, self.to, self.reason) = (from, to, reason)
        }
    }

    /// What must have traded a share of the instruments before all of them.
    package struct Canary: Sendable, Equatable {
        /// In force without a break, by the host's receipts.
        package var hours: Double
        /// The largest share that still counts as a canary.
        package var share: Double

        /// A rule as given.
        package init(hours: Double, share: Double) { (self.hours, self.share) = (hours, share) }
    }

    /// As bundles, receipts and the record call it.
    package var name: String
    /// Grows with every version of this document.
    package var counter: Int
    /// When it was drawn up, UTC.
    package var createdAt: Nanoseconds
    /// From when nothing new may be put in force by it.
    package var expiresAt: Nanoseconds
    /// Who may sign the next version.
    package var root: RootKeys
    /// Keys with their roles.
    package var keys: [PublicKey]
    /// The only policy whose verdicts count here: name and SHA-256, see `GatePolicy.digest`.
    package var policy: (name: String, digest: String)
    /// What a strategy's round trip must at least be charged with, in basis points.
    package var minimumCostBps: Double
    /// The outermost limits; a strategy can only tighten them.
    package var limits: RiskLimits
    /// When nothing is promoted.
    package var freezes: [Freeze]
    /// Nil where all instruments may be traded at once.
    package var canary: Canary?
    /// What a bundle must report after it was put in force; nil where only the policy asks.
    package var health: HealthRule?
    /// Days for which a verdict counts.
    package var verdictDays: Double
    /// Days for which a deployment may be put in force.
    package var deploymentDays: Double
    /// Hours after which an anchor of the audit log is too old for a promotion; nil where none is asked for.
    package var anchorHours: Double?
    /// Whose CI tokens say who acts here, each as a file of Registry/issuers has it; nil in a document of before it
    /// could say so.
    package var issuers: [JSONValue]?
    /// Where heads of the audit log have to lie: the settings may name further places, never leave one of these out.
    /// Nil in a document of before it could say so.
    package var anchors: [EnvironmentAnchor]?

    /// A document as given.
    package init(
        name: String, counter: Int, createdAt: Nanoseconds, expiresAt: Nanoseconds, root: RootKeys, keys: [PublicKey],
        policy: (name: String, digest: String), minimumCostBps: Double, limits: RiskLimits, freezes: [Freeze] = [],
        canary: Canary? = nil, health: HealthRule? = nil, verdictDays: Double = 7, deploymentDays: Double = 30,
        anchorHours: Double? = nil, issuers: [JSONValue]? = nil, anchors: [EnvironmentAnchor]? = nil
    ) {
        (self.name, self.counter, self.createdAt, self.expiresAt) = (name, counter, createdAt, expiresAt)
        (self.root, self.keys, self.policy, self.minimumCostBps) = (root, keys, policy, minimumCostBps)
        (self.limits, self.freezes, self.canary, self.health) = (limits, freezes, canary, health)
        (self.verdictDays, self.deploymentDays, self.anchorHours) = (verdictDays, deploymentDays, anchorHours)
        (self.issuers, self.anchors) = (issuers, anchors)
    }

    package static func == (a: EnvironmentAuthority, b: EnvironmentAuthority) -> Bool { a.json == b.json }

    /// Keys whose signatures count for a role at a moment.
    package func keys(for role: String, at time: Nanoseconds) -> [PublicKey] {
        keys.filter { $0.roles.contains(role) && $0.objection(at: time) == nil }
    }

    /// The key of a role that signed an envelope; nil where none of them did.
    package func signer(of envelope: Envelope, role: String, at time: Nanoseconds) -> PublicKey? {
        envelope.signers(among: keys(for: role, at: time)).first
    }

    /// Why a signature does not count for a role, for people: no key signed, or the one that did may not.
    package func objection(to envelope: Envelope, role: String, at time: Nanoseconds) -> String? {
        if signer(of: envelope, role: role, at: time) != nil { return nil }
        guard let key = envelope.signers(among: keys).first else {
            return "its signature is of no key of the environment '\(name)'"
        }
        if let objection = key.objection(at: time) { return objection }
        return "the key of '\(key.name)' (\(key.id)) has no role '\(role)' in '\(name)'"
    }

    /// The span in which a moment lies and nothing is promoted.
    package func freeze(at time: Nanoseconds) -> Freeze? { freezes.first { $0.from <= time && time < $0.to } }
}
