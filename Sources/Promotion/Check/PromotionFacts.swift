package import Basics
package import Deployment
package import ModelBundles
package import Trading

/// All that decides whether a version may go into force, gathered anew by whoever asks; see ``PromotionCheck``.
package struct PromotionFacts: Sendable {
    /// What somebody wants in force.
    package struct Candidate: Sendable, Equatable {
        /// `NAME/VERSION`.
        package var subject: String
        /// SHA-256 of the weights.
        package var weights: String
        /// SHA-256 of the strategy in canonical JSON.
        package var strategy: String
        /// Cost of a round trip that the strategy reckons with.
        package var costBps: Double
        /// Of the strategy, for all instruments.
        package var limits: RiskLimits
        /// Of the instruments; below 1 for a canary.
        package var share: Double
        /// Id of the feature table that its golden input and the instruments of a canary come from; nil where nobody
        /// reads one.
        package var features: String?

        /// A candidate as given.
        package init(
            subject: String, weights: String, strategy: String, costBps: Double, limits: RiskLimits, share: Double
        ) {
            (self.subject, self.weights, self.strategy) = (subject, weights, strategy)
            (self.costBps, self.limits, self.share) = (costBps, limits, share)
        }
    }

    /// A verdict as it is kept: what was signed, and the report that it names by digest.
    package struct Judgement: Sendable, Equatable {
        /// Nil for one that nobody signed.
        package var envelope: Envelope?
        /// The report in canonical JSON.
        package var report: String

        /// A judgement as given.
        package init(envelope: Envelope?, report: String) { (self.envelope, self.report) = (envelope, report) }
    }

    /// A receipt of the environment, signed by one of its hosts.
    package struct Event: Sendable, Equatable {
        /// What happened.
        package enum Kind: Sendable, Equatable {
            /// A deployment came in force.
            case inForce
            /// Trading stopped, and began again.
            case halted, resumed
        }

        /// What happened.
        package var kind: Kind
        /// Of the deployment.
        package var counter: Int
        /// `NAME/VERSION`, for people.
        package var reference: String
        /// SHA-256 of the weights; nil where nobody can tell any more.
        package var weights: String?
        /// SHA-256 of the strategy; nil where nobody can tell any more.
        package var strategy: String?
        /// Of the instruments.
        package var share: Double
        /// SHA-256 of the environment's document that the deployment rests on.
        package var authority: String?
        /// When it happened.
        package var time: Nanoseconds
        /// Number and time of the entry of the log that took it up; nil where none has yet. Hosts have clocks of their
        /// own: what was said before and what since is told by the log.
        package var entry: Int?
        /// See ``entry``.
        package var entryTime: Nanoseconds?
        /// Whether a rollback put it in force.
        package var isRollback = false
        /// What was said of that rollback; empty where nobody said anything.
        package var reason = ""
        /// Whether its promotion was taken back: withdrawn, or refused for its health.
        package var isTakenBack = false

        /// An event as given.
        package init(
            kind: Kind, counter: Int, reference: String, weights: String?, strategy: String?, share: Double,
            authority: String?, time: Nanoseconds
        ) {
            (self.kind, self.counter, self.reference, self.weights) = (kind, counter, reference, weights)
            (self.strategy, self.share, self.authority, self.time) = (strategy, share, authority, time)
        }
    }

    /// When it is asked.
    package var now: Nanoseconds
    /// The newest document, whose root signatures were checked.
    package var authority: AuthorityEnvelope
    /// What is wanted.
    package var candidate: Candidate
    /// Verdicts on these weights, in any order, forged ones too.
    package var judgements: [Judgement]
    /// Hashes of the entries of the log, the first first; empty where no log is asked.
    package var logHashes: [String] = []
    /// The policy as its file is now; nil where it is gone.
    package var policy: GatePolicy?
    /// Keys that earlier documents let judge here, or this one until they were taken back in the registry: each good
    /// until then. What they refused is known.
    package var formerGates: [PublicKey] = []
    /// What people signed, as it counts now.
    package var standing: StandingEvidence
    /// What hosts signed, in any order.
    package var events: [Event]
    /// The same of each other host of the environment where somebody was rolled back: a yes is for the environment, and
    /// so is what one of its hosts took out since.
    package var elsewhere: [[Event]] = []
    /// The environment as it was asked for, for what is to be typed next; nil for its name.
    package var place: String?
    /// When the host's loop traded, by its signed word, oldest first.
    package var runs: [RevisionHistory.Run] = []
    /// Number of a rollback that was ordered here and that no host has answered; nil for none. What is ordered after it
    /// would rest on what the rollback is to take out.
    package var waitingRollback: Int?
    /// Why what hosts signed last is not what lies in force at the host, and what to do; nil where it is.
    package var hostProblem: PromotionCheck.Objection?
    /// Whether nothing is in force at the host, whatever the record has: it lost what it had, or a new one stands in
    /// the place of one that is lost.
    package var isHostEmpty = false
    /// Whether nobody is to put back what the record has in force and the host has not: somebody whose word counts
    /// rejected it, a rollback of it was ordered, or its own order was taken back.
    package var isRecordUnwanted = false
    /// That an earlier rollback had taken out what is in force, which its host has forgotten, and what to do; nil where
    /// that is not so.
    package var forgottenRollback: PromotionCheck.Objection?
    /// The key that is to sign the order.
    package var promoter: PublicKey
    /// What is wrong with the audit log, a sentence each: also an anchor that is missing or too old for the document.
    package var logProblems: [String]

    /// Facts as given.
    package init(
        now: Nanoseconds, authority: AuthorityEnvelope, candidate: Candidate, judgements: [Judgement],
        policy: GatePolicy?, standing: StandingEvidence, events: [Event], promoter: PublicKey,
        logProblems: [String] = []
    ) {
        (self.now, self.authority, self.candidate, self.judgements) = (now, authority, candidate, judgements)
        (self.policy, self.standing, self.events, self.promoter) = (policy, standing, events, promoter)
        self.logProblems = logProblems
    }

    /// What is in force: what the newest receipt says.
    package var inForce: Event? {
        events.filter { $0.kind == .inForce }.max { ($0.counter, $0.time) < ($1.counter, $1.time) }
    }
}
